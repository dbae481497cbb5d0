//! An SSH private key as an identity: `ssh-ed25519` unwraps and signs, `ssh-rsa` unwraps only (format.md §5).

use std::io::BufReader;

use ssh_key::{Kdf, LineEnding, PrivateKey, PublicKey};
use zeroize::Zeroizing;

use super::{Passphrase, Recipient, SigningKey, Unwraps};
use crate::kernel::refusal::Refusal;

/// The most rounds of bcrypt that a key may ask for: `ssh-keygen -a 1000` takes seconds, and a file could ask for years.
const ROUNDS: u32 = 1024;

/// The fewest bits of an RSA modulus: below this a key is weak, and below 664 none could be wrapped to at all.
const RSA_BITS: usize = 2048;

/// A private key that lies open.
pub struct SshKey {
    age: age::ssh::Identity,
    recipient: Recipient,
    seed: Option<Zeroizing<[u8; 32]>>,
}

/// A private key as its file has it, perhaps under a passphrase. The public half is known either way.
pub struct SshFile {
    text: Zeroizing<Vec<u8>>,
    recipient: Recipient,
    locked: bool,
}

impl SshFile {
    /// Parses it. A kind of key that age cannot open with, such as one in a security token, is refused.
    pub fn parse(file: &[u8]) -> Result<Self, Refusal> {
        let key = of_age(file)?;
        let locked = match &key {
            age::ssh::Identity::Unencrypted(_) => false,
            age::ssh::Identity::Encrypted(_) => true,
            age::ssh::Identity::Unsupported(_) => return Err(Refusal::SshKey),
        };
        let recipient = age::ssh::Recipient::try_from(key).map_err(|_| Refusal::SshKey)?;
        let recipient = Recipient::parse(&recipient.to_string()).ok_or(Refusal::SshKey)?;
        if locked && !within_rounds(file) {
            return Err(Refusal::SshKey);
        }
        Ok(Self { text: Zeroizing::new(file.to_vec()), recipient, locked })
    }

    /// The public half.
    pub fn recipient(&self) -> &Recipient {
        &self.recipient
    }

    /// Whether a passphrase stands before it.
    pub fn is_locked(&self) -> bool {
        self.locked
    }

    /// Opens it, with its passphrase where it has one.
    pub fn open(self, passphrase: Option<&Passphrase>) -> Result<SshKey, Refusal> {
        let Some(passphrase) = passphrase.filter(|_| self.locked) else {
            return SshKey::of(&self.text, self.recipient);
        };
        let key = openssh(&self.text)?.decrypt(passphrase.bytes()).map_err(|_| Refusal::Passphrase)?;
        let text = key.to_openssh(LineEnding::LF).map_err(|_| Refusal::SshKey)?;
        SshKey::of(text.as_bytes(), self.recipient)
    }
}

impl SshKey {
    fn of(text: &[u8], recipient: Recipient) -> Result<Self, Refusal> {
        let age = of_age(text)?;
        if !matches!(age, age::ssh::Identity::Unencrypted(_)) {
            return Err(Refusal::SshKey);
        }
        // An old PEM of an RSA key is none of OpenSSH's form; it signs nothing here anyway.
        let seed = openssh(text)
            .ok()
            .and_then(|key| key.key_data().ed25519().map(|pair| Zeroizing::new(pair.private.to_bytes())));
        Ok(Self { age, recipient, seed })
    }

    /// The key that signs: an Ed25519 key itself, and none for RSA.
    pub fn signing_key(&self) -> Option<SigningKey> {
        SigningKey::from_seed(&**self.seed.as_ref()?)
    }
}

impl Unwraps for SshKey {
    fn recipient(&self) -> &Recipient {
        &self.recipient
    }

    fn age(&self) -> &dyn age::Identity {
        &self.age
    }
}

/// Whether the text of a public key is one of RSA with a modulus that is long enough.
pub(super) fn is_long_rsa(text: &str) -> bool {
    let key = PublicKey::from_openssh(text).ok();
    let modulus = |key: &PublicKey| key.key_data().rsa()?.n.as_positive_bytes().map(bits);
    key.as_ref().and_then(modulus).is_some_and(|bits| bits >= RSA_BITS)
}

fn bits(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

fn of_age(file: &[u8]) -> Result<age::ssh::Identity, Refusal> {
    age::ssh::Identity::from_buffer(BufReader::new(file), None).map_err(|_| Refusal::SshKey)
}

fn openssh(file: &[u8]) -> Result<PrivateKey, Refusal> {
    PrivateKey::from_openssh(file).map_err(|_| Refusal::SshKey)
}

fn within_rounds(file: &[u8]) -> bool {
    openssh(file).is_ok_and(|key| match key.kdf() {
        Kdf::Bcrypt { rounds, .. } => *rounds <= ROUNDS,
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_STANDARD};
    use ssh_key::{
        Cipher, Kdf, LineEnding, PrivateKey,
        private::{Ed25519Keypair, Ed25519PrivateKey},
        public::Ed25519PublicKey,
    };

    use super::{ROUNDS, SigningKey, SshFile};
    use crate::kernel::refusal::Refusal;

    const SALT: [u8; 16] = [0x5a; 16];

    /// A key under a passphrase whose file says that it takes so many rounds.
    fn locked(rounds: u32) -> String {
        let pair = Ed25519Keypair {
            public: Ed25519PublicKey(*SigningKey::from_seed(&[1; 32]).unwrap().public().as_bytes()),
            private: Ed25519PrivateKey::from_bytes(&[1; 32]),
        };
        let key = PrivateKey::from(pair);
        let kdf = Kdf::Bcrypt { salt: SALT.to_vec(), rounds: 1 };
        let key = key.encrypt_with(Cipher::Aes256Ctr, kdf, 7, "a phrase").unwrap();
        let text = key.to_openssh(LineEnding::LF).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let mut file = BASE64_STANDARD.decode(lines[1..lines.len() - 1].concat()).unwrap();
        let at = file.windows(16).position(|bytes| bytes == SALT).unwrap() + 16;
        file[at..at + 4].copy_from_slice(&rounds.to_be_bytes());
        let body = BASE64_STANDARD.encode(file);
        let body: Vec<_> =
            body.as_bytes().chunks(70).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("{}\n{}\n{}\n", lines[0], body.join("\n"), lines[lines.len() - 1])
    }

    #[test]
    fn key_that_asks_for_years_of_rounds_is_refused_before_its_passphrase() {
        for rounds in [1, ROUNDS] {
            assert!(SshFile::parse(locked(rounds).as_bytes()).unwrap().is_locked(), "{rounds}");
        }
        for rounds in [ROUNDS + 1, u32::MAX] {
            assert_eq!(SshFile::parse(locked(rounds).as_bytes()).err(), Some(Refusal::SshKey), "{rounds}");
        }
    }
}
