//! The shapes of well-known tokens, as data: how each begins, what follows, and by what a real one is told from an example.

/// One shape.
pub(super) struct Shape {
    /// Its name, which stays.
    pub(super) kind: &'static str,
    /// What it is, for a person.
    pub(super) says: &'static str,
    /// How it begins.
    pub(super) begins: &'static str,
    pub(super) rest: Rest,
}

/// What follows the beginning.
pub(super) enum Rest {
    /// So many characters of an alphabet and none more, that pass a check.
    Run(Alphabet, std::ops::RangeInclusive<usize>, Check),
    /// Runs with something fixed between them.
    Parts(&'static [Part]),
    /// A private key in PEM: the label's end, then base64.
    Pem,
    /// An identity of age, whose checksum the kernel knows.
    Age,
}

/// A piece of a token.
pub(super) enum Part {
    /// So many characters of an alphabet.
    Run(Alphabet, std::ops::RangeInclusive<usize>),
    /// These.
    Fixed(&'static str),
}

/// Which characters.
#[derive(Clone, Copy)]
pub(super) enum Alphabet {
    Alphanumeric,
    /// With `_` and `-`.
    UrlSafe,
    /// Of base32.
    Base32,
    /// Small letters and digits of hexadecimal numbers.
    Hex,
    Digits,
    /// Of standard base64.
    Base64,
}

/// By what a real token is told.
#[derive(Clone, Copy)]
pub(super) enum Check {
    /// Its last six characters are the CRC-32 of those before them, in base 62: GitHub's scheme, which npm took over.
    Crc,
    /// Small and capital letters and digits stand in it, as in one that was drawn at random.
    Mixed,
    /// As many different characters as one that was drawn at random would have.
    Spread,
    /// Within 512 bytes of it stand 40 characters that can be its secret half.
    SecretNear,
}

use Alphabet::{Alphanumeric, Base32, Base64, Digits, Hex, UrlSafe};
use Check::{Crc, Mixed, SecretNear, Spread};
use Part::{Fixed, Run};

macro_rules! shapes {
    ($($kind:literal $says:literal $begins:literal $rest:expr;)+) => {
        /// All shapes. A shape that has raised a false alarm on code in public gets a check, or goes.
        pub(super) const SHAPES: &[Shape] =
            &[$(Shape { kind: $kind, says: $says, begins: $begins, rest: $rest }),+];
    };
}

shapes! {
    "github-token" "a GitHub token" "ghp_" Rest::Run(Alphanumeric, 36..=36, Crc);
    "github-token" "a GitHub token" "gho_" Rest::Run(Alphanumeric, 36..=36, Crc);
    "github-token" "a GitHub token" "ghu_" Rest::Run(Alphanumeric, 36..=36, Crc);
    "github-token" "a GitHub token" "ghs_" Rest::Run(Alphanumeric, 36..=36, Crc);
    "github-token" "a GitHub token" "ghr_" Rest::Run(Alphanumeric, 76..=76, Mixed);
    "github-token" "a GitHub token" "github_pat_"
        Rest::Parts(&[Run(Alphanumeric, 22..=22), Fixed("_"), Run(Alphanumeric, 59..=59)]);
    "npm-token" "an npm token" "npm_" Rest::Run(Alphanumeric, 36..=36, Crc);
    "cargo-token" "a crates.io token" "cio" Rest::Run(Alphanumeric, 32..=32, Mixed);
    "pypi-token" "a PyPI token" "pypi-AgEIcHlwaS5vcmc" Rest::Run(UrlSafe, 50..=512, Mixed);
    "gitlab-token" "a GitLab token" "glpat-" Rest::Run(UrlSafe, 20..=64, Mixed);
    "aws-key" "an AWS key with its secret" "AKIA" Rest::Run(Base32, 16..=16, SecretNear);
    "aws-key" "an AWS key with its secret" "ASIA" Rest::Run(Base32, 16..=16, SecretNear);
    "google-key" "a Google API key" "AIza" Rest::Run(UrlSafe, 35..=35, Mixed);
    "stripe-key" "a Stripe key" "sk_live_" Rest::Run(Alphanumeric, 24..=247, Mixed);
    "stripe-key" "a Stripe key" "rk_live_" Rest::Run(Alphanumeric, 24..=247, Mixed);
    "slack-token" "a Slack token" "xoxb-"
        Rest::Parts(&[Run(Digits, 10..=13), Fixed("-"), Run(Digits, 10..=13), Fixed("-"), Run(Alphanumeric, 24..=32)]);
    "slack-token" "a Slack token" "xoxp-"
        Rest::Parts(&[Run(Digits, 10..=13), Fixed("-"), Run(Digits, 10..=13), Fixed("-"), Run(Digits, 10..=13), Fixed("-"), Run(Hex, 32..=32)]);
    "slack-token" "a Slack token" "xoxa-"
        Rest::Parts(&[Run(Digits, 10..=13), Fixed("-"), Run(Digits, 10..=13), Fixed("-"), Run(Digits, 10..=13), Fixed("-"), Run(Hex, 32..=32)]);
    "slack-token" "a Slack token" "xoxr-"
        Rest::Parts(&[Run(Digits, 10..=13), Fixed("-"), Run(Digits, 10..=13), Fixed("-"), Run(Alphanumeric, 24..=32)]);
    "slack-token" "a Slack token" "xoxs-"
        Rest::Parts(&[Run(Digits, 10..=13), Fixed("-"), Run(Digits, 10..=13), Fixed("-"), Run(Digits, 10..=13), Fixed("-"), Run(Hex, 10..=32)]);
    "sendgrid-key" "a SendGrid key" "SG." Rest::Parts(&[Run(UrlSafe, 22..=22), Fixed("."), Run(UrlSafe, 43..=43)]);
    "digitalocean-token" "a DigitalOcean token" "dop_v1_" Rest::Run(Hex, 64..=64, Spread);
    "age-identity" "an age identity" "AGE-SECRET-KEY-1" Rest::Age;
    "private-key" "a private key" "-----BEGIN PRIVATE KEY-----" Rest::Pem;
    "private-key" "a private key" "-----BEGIN RSA PRIVATE KEY-----" Rest::Pem;
    "private-key" "a private key" "-----BEGIN EC PRIVATE KEY-----" Rest::Pem;
    "private-key" "a private key" "-----BEGIN DSA PRIVATE KEY-----" Rest::Pem;
    "private-key" "a private key" "-----BEGIN ENCRYPTED PRIVATE KEY-----" Rest::Pem;
    "ssh-key" "an SSH private key" "-----BEGIN OPENSSH PRIVATE KEY-----" Rest::Pem;
}

impl Alphabet {
    /// Whether a character belongs to it.
    pub(super) fn has(self, byte: u8) -> bool {
        match self {
            Alphanumeric => byte.is_ascii_alphanumeric(),
            UrlSafe => byte.is_ascii_alphanumeric() || b"_-".contains(&byte),
            Base32 => byte.is_ascii_uppercase() || (b'2'..=b'7').contains(&byte),
            Hex => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
            Digits => byte.is_ascii_digit(),
            Base64 => byte.is_ascii_alphanumeric() || b"+/".contains(&byte),
        }
    }

    /// How many of these bytes come first, up to so many and one more.
    pub(super) fn run(self, bytes: &[u8], most: usize) -> usize {
        bytes.iter().take(most + 1).take_while(|byte| self.has(**byte)).count()
    }
}

/// What the secret half of an AWS key is made of.
pub(super) const AWS_SECRET: (Alphabet, usize) = (Base64, 40);
