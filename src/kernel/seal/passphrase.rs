//! An identity at rest under a passphrase: Argon2id and XChaCha20-Poly1305 (format.md §14).

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHash, Salt, SaltString},
};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};

use zeroize::Zeroizing;

use super::{Identity, Recipient, hash::pae, random};
use crate::kernel::{
    format::stanza::Stanza,
    refusal::Refusal,
    secret::{Locked, Secret},
};

/// Least and most memory in KiB, passes and lanes that a file may ask for: below is weak, above is an attack.
const MEMORY: std::ops::RangeInclusive<u32> = 64 * 1024..=1024 * 1024;
const PASSES: std::ops::RangeInclusive<u32> = 3..=16;
const LANES: std::ops::RangeInclusive<u32> = 1..=4;
const NONCE: usize = 24;

/// What a person types to open an identity.
pub struct Passphrase(Secret);

impl Passphrase {
    /// Takes what was typed.
    pub fn new(typed: Secret) -> Self {
        Self(typed)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.expose()
    }

    /// What was typed as a stanza's body, for the plugin that asked for it.
    pub fn stanza(&self, tag: &str) -> Stanza {
        Stanza::new(tag, &[], self.bytes())
    }
}

/// An identity sealed under a passphrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protected {
    /// The public half, readable without the passphrase and bound to the seal.
    pub recipient: Recipient,
    /// The PHC string: algorithm, version, costs and salt, without a hash.
    pub kdf: String,
    /// nonce (24) ‖ ciphertext ‖ tag (16) of the identity's characters.
    pub sealed: Vec<u8>,
}

impl Protected {
    /// Seals an identity, at 64 MiB and 3 passes.
    pub fn seal(identity: &Identity, passphrase: &Passphrase) -> Self {
        let salt = SaltString::encode_b64(&random::<16>()).expect("16 bytes make a salt");
        let kdf =
            format!("$argon2id$v=19$m={},t={},p={}${salt}", MEMORY.start(), PASSES.start(), LANES.start());
        let key = derive(&kdf, passphrase).expect("our own costs are within bounds");
        let nonce = random::<NONCE>();
        let recipient = identity.recipient().clone();
        let aad = associated_data(&recipient);
        let payload = Payload { msg: identity.characters(), aad: &aad };
        let sealed = cipher(&key).encrypt(XNonce::from_slice(&nonce), payload).expect("an identity is short");
        Self { recipient, kdf, sealed: [&nonce[..], &sealed].concat() }
    }

    /// Opens it again. A wrong passphrase and a changed file look alike.
    pub fn open(&self, passphrase: &Passphrase) -> Result<Identity, Refusal> {
        let key = derive(&self.kdf, passphrase)?;
        let (nonce, sealed) = self.sealed.split_at_checked(NONCE).ok_or(Refusal::Protected)?;
        let payload = Payload { msg: sealed, aad: &associated_data(&self.recipient) };
        let text =
            cipher(&key).decrypt(XNonce::from_slice(nonce), payload).map_err(|_| Refusal::Passphrase)?;
        let text = Zeroizing::new(text);
        let identity = Identity::parse(std::str::from_utf8(&text).map_err(|_| Refusal::Identity)?)?;
        if identity.recipient() == &self.recipient { Ok(identity) } else { Err(Refusal::Protected) }
    }

    /// Whether the costs are within bounds, asked before a passphrase is.
    pub fn is_sound(&self) -> bool {
        costs(&self.kdf).is_some()
    }
}

fn associated_data(recipient: &Recipient) -> Vec<u8> {
    pae(&[b"cvault/v1/identity", recipient.as_str().as_bytes()])
}

fn cipher(key: &Locked) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new_from_slice(key.bytes()).expect("the key has 32 bytes")
}

fn derive(kdf: &str, passphrase: &Passphrase) -> Result<Locked, Refusal> {
    let (params, salt) = costs(kdf).ok_or(Refusal::Protected)?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut failed = false;
    let key =
        Locked::filled(32, |out| failed = argon.hash_password_into(passphrase.bytes(), &salt, out).is_err());
    if failed { Err(Refusal::Protected) } else { Ok(key) }
}

/// Reads the PHC string, and refuses costs that a hostile file could hurt with.
fn costs(kdf: &str) -> Option<(Params, Vec<u8>)> {
    let phc = PasswordHash::new(kdf).ok()?;
    let params = Params::try_from(&phc).ok()?;
    let sound = phc.algorithm.as_str() == "argon2id"
        && phc.version == Some(19)
        && phc.hash.is_none()
        && MEMORY.contains(&params.m_cost())
        && PASSES.contains(&params.t_cost())
        && LANES.contains(&params.p_cost());
    let mut buffer = [0; Salt::MAX_LENGTH];
    let salt = phc.salt?.decode_b64(&mut buffer).ok()?.to_vec();
    (sound && salt.len() >= 16).then_some((params, salt))
}
