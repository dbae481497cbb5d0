//! Finds tokens by their shapes: an automaton finds how they begin, and each is then looked at.

use aho_corasick::{AhoCorasick, MatchKind};

use super::shapes::{AWS_SECRET, Alphabet, Check, Part, Rest, SHAPES, Shape};
use crate::kernel::seal::Identity;

/// How far behind and before its place a token is looked at.
pub(super) const NEAR: usize = 512;
/// The longest token that is looked at whole.
pub(super) const LONGEST: usize = 4096;

const AGE_IDENTITY: usize = 74;
/// No private key is shorter in base64 than that of Ed25519 in PKCS #8.
const PEM_BODY: usize = 60;
/// `Proc-Type` and `DEK-Info`, and some more.
const PEM_HEADERS: usize = 4;

/// A token in bytes.
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) len: usize,
    pub(super) shape: &'static Shape,
}

/// Finds tokens.
pub(super) struct Tokens(AhoCorasick);

impl Tokens {
    pub(super) fn new() -> Self {
        let mut automaton = AhoCorasick::builder();
        let automaton = automaton.match_kind(MatchKind::LeftmostLongest);
        let begins = SHAPES.iter().map(|shape| shape.begins);
        Self(automaton.build(begins).expect("the beginnings of tokens are few and short"))
    }

    /// The tokens that begin in `from..to`. They may end behind it.
    pub(super) fn search(&self, bytes: &[u8], (from, to): (usize, usize), found: &mut impl FnMut(Token)) {
        // A beginning may stand across the end.
        let end = bytes.len().min(to + LONGEST);
        for begin in self.0.find_iter(&bytes[from..end]) {
            let at = from + begin.start();
            if at >= to {
                return;
            }
            let shape = &SHAPES[begin.pattern().as_usize()];
            if let Some(len) = measured(shape, bytes, at) {
                found(Token { at, len, shape });
            }
        }
    }
}

/// How long the token is that begins there; none if it is no real one.
fn measured(shape: &Shape, bytes: &[u8], at: usize) -> Option<usize> {
    let rest = &bytes[at + shape.begins.len()..];
    let in_word = at.checked_sub(1).is_some_and(|before| is_word(bytes[before]));
    if in_word && !matches!(shape.rest, Rest::Pem) {
        return None;
    }
    let len = match &shape.rest {
        Rest::Run(alphabet, count, check) => {
            let len = alphabet.run(rest, *count.end());
            let ends = rest.get(len).is_none_or(|byte| !is_word(*byte));
            (count.contains(&len) && ends && passes(*check, bytes, at, &rest[..len])).then_some(len)?
        }
        Rest::Parts(parts) => parted(parts, rest)?,
        Rest::Pem => pem(shape, rest)?,
        Rest::Age => {
            let whole = bytes.get(at..at + AGE_IDENTITY)?;
            Identity::parse(std::str::from_utf8(whole).ok()?).ok()?;
            AGE_IDENTITY - shape.begins.len()
        }
    };
    Some(shape.begins.len() + len)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn passes(check: Check, bytes: &[u8], at: usize, run: &[u8]) -> bool {
    match check {
        Check::Crc => has_crc(run),
        Check::Mixed => is_mixed(run),
        Check::Spread => is_spread(run),
        Check::SecretNear => is_spread(run) && has_secret_near(bytes, at),
    }
}

fn is_mixed(run: &[u8]) -> bool {
    let kinds = [u8::is_ascii_digit, u8::is_ascii_lowercase, u8::is_ascii_uppercase];
    kinds.iter().all(|kind| run.iter().any(kind)) && is_spread(run)
}

/// An example repeats itself or counts up.
fn is_spread(run: &[u8]) -> bool {
    let mut seen = [false; 256];
    run.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    let different = seen.iter().filter(|seen| **seen).count();
    let steps =
        run.windows(2).filter(|pair| pair[1] == pair[0] || pair[1] == pair[0].wrapping_add(1)).count();
    different >= run.len().min(16) / 2 && steps * 3 < run.len()
}

fn parted(parts: &[Part], rest: &[u8]) -> Option<usize> {
    let mut at = 0;
    for part in parts {
        at += match part {
            Part::Fixed(text) => rest[at..].starts_with(text.as_bytes()).then_some(text.len())?,
            Part::Run(alphabet, count) => {
                let len = alphabet.run(&rest[at..], *count.end());
                (count.contains(&len) && (len < 20 || is_spread(&rest[at..at + len]))).then_some(len)?
            }
        };
    }
    rest.get(at).is_none_or(|byte| !is_word(*byte)).then_some(at)
}

/// The length of a key in PEM, the line behind it left out. Its label alone, as code has it that reads keys, is none.
fn pem(shape: &Shape, rest: &[u8]) -> Option<usize> {
    let rest = &rest[..rest.len().min(LONGEST)];
    let mut at = line_break(rest)?;
    // Of a key under a passphrase the lines that say so come first.
    for _ in 0..PEM_HEADERS {
        let ends = rest[at..].iter().take(64).position(|byte| !is_word(*byte) && *byte != b'-');
        if ends.is_none_or(|ends| rest[at + ends] != b':') {
            break;
        }
        at += rest[at..].iter().position(|byte| *byte == b'\n')? + 1;
    }
    while let Some(len) = line_break(&rest[at..]).filter(|len| *len > 0) {
        at += len;
    }
    // Both forms tell what they are in their first bytes: a sequence of ASN.1, and OpenSSH's own words.
    let begins = if shape.kind == "ssh-key" { &b"b3BlbnNzaC1rZXktdjE"[..] } else { b"M" };
    let protected = at > 2 && rest[..at].windows(5).any(|word| word == b"Proc-");
    if !protected && !rest[at..].starts_with(begins) {
        return None;
    }
    let mut count = 0;
    while at < rest.len() {
        let run = Alphabet::Base64.run(&rest[at..], LONGEST);
        count += run;
        at += run;
        match line_break(&rest[at..]) {
            Some(len) if run > 0 && len > 0 => at += len,
            _ => break,
        }
    }
    (count >= PEM_BODY).then_some(at)
}

/// How long the break of a line is that comes first: a real one, or one written as `\n`, with white space around it.
fn line_break(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += match &bytes[at..] {
            [b' ' | b'\t' | b'\r' | b'\n', ..] => 1,
            [b'\\', b'n' | b'r', ..] => 2,
            _ => return (at > 0).then_some(at),
        };
    }
}

/// Whether 40 characters of base64 with nothing around them stand near, that look drawn at random.
fn has_secret_near(bytes: &[u8], at: usize) -> bool {
    let (alphabet, len) = AWS_SECRET;
    let near = &bytes[at.saturating_sub(NEAR)..bytes.len().min(at + NEAR)];
    near.split(|byte| !alphabet.has(*byte)).any(|run| run.len() == len && is_mixed(run))
}

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CRC_DIGITS: usize = 6;

/// Whether the last six characters are the checksum of those before them.
fn has_crc(run: &[u8]) -> bool {
    let Some(at) = run.len().checked_sub(CRC_DIGITS) else { return false };
    let (text, told) = run.split_at(at);
    let mut left = crc32(text);
    told.iter().rev().all(|digit| {
        let next = BASE62[(left % 62) as usize];
        left /= 62;
        next == *digit
    }) && left == 0
}

/// CRC-32 as in ISO 3309, bit by bit: 30 bytes a token.
fn crc32(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0xedb8_8320;
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            let carry = if crc & 1 == 1 { POLYNOMIAL } else { 0 };
            (crc >> 1) ^ carry
        })
    })
}
