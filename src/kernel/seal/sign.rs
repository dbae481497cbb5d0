//! Ed25519 over SSHSIG blobs: strict to verify, so that one statement has one meaning everywhere (format.md §4).

use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signer, VerifyingKey};
use hkdf::Hkdf;
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

const NAMESPACE: &[u8] = b"cvault@v1";
const ALGORITHM: &str = "ssh-ed25519";

/// A public signing key, compared by its raw 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Parses `ssh-ed25519 AAAA…`, canonical and without a comment.
    pub fn parse(text: &str) -> Option<Self> {
        let blob = BASE64_STANDARD.decode(text.strip_prefix(ALGORITHM)?.strip_prefix(' ')?).ok()?;
        let raw = blob.strip_prefix(&header()[..])?;
        raw.try_into().ok().map(Self)
    }

    /// As OpenSSH writes it, without comment.
    pub fn text(&self) -> String {
        let blob = [&header()[..], &self.0].concat();
        format!("{ALGORITHM} {}", BASE64_STANDARD.encode(blob))
    }

    /// The raw 32 bytes, as they go into every hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether this is the canonical encoding of a point whose order is not small.
    pub fn is_sound(&self) -> bool {
        self.is_reduced() && VerifyingKey::from_bytes(&self.0).is_ok_and(|key| !key.is_weak())
    }

    /// Whether the y coordinate is below 2^255 − 19: the curve's library decodes larger ones too.
    fn is_reduced(&self) -> bool {
        let [first, middle @ .., last] = &self.0;
        !(*first >= 0xed && middle.iter().all(|b| *b == 0xff) && last & 0x7f == 0x7f)
    }

    /// Verifies a statement: cofactorless; small-order A and R, other encodings and S ≥ L are refused.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        self.is_reduced()
            && VerifyingKey::from_bytes(&self.0)
                .is_ok_and(|key| key.verify_strict(&to_be_signed(message), &signature).is_ok())
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text())
    }
}

/// The first 19 bytes of OpenSSH's wire encoding of an Ed25519 key.
fn header() -> [u8; 19] {
    *b"\0\0\0\x0bssh-ed25519\0\0\0\x20"
}

/// A signature's raw 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Signature {
    /// What stands in a line's place for its signature before it is signed; verifies under no key.
    pub(in crate::kernel) const UNSIGNED: Self = Self([0; 64]);

    /// Parses canonical base64 of 64 bytes, 88 characters.
    pub fn parse(text: &str) -> Option<Self> {
        BASE64_STANDARD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// The 88 characters.
    pub fn base64(&self) -> String {
        BASE64_STANDARD.encode(self.0)
    }
}

impl std::fmt::Debug for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.base64())
    }
}

/// A private signing key; wiped when dropped.
pub struct SigningKey(Box<ed25519_dalek::SigningKey>);

impl SigningKey {
    /// The key of a native identity: its seed is
    /// `HKDF-SHA256(ikm = the identity's characters, salt = "", info = "cvault/v1/signing", 32)` (format.md §5).
    pub(super) fn derive(identity: &[u8]) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(b""), identity)
            .expand(b"cvault/v1/signing", seed.as_mut())
            .expect("32 bytes are within HKDF's reach");
        Self(Box::new(ed25519_dalek::SigningKey::from_bytes(&seed)))
    }

    /// The key of a seed of its own, as an SSH key has one; none unless it has 32 bytes.
    pub(super) fn from_seed(seed: &[u8]) -> Option<Self> {
        let seed = Zeroizing::new(<[u8; 32]>::try_from(seed).ok()?);
        Some(Self(Box::new(ed25519_dalek::SigningKey::from_bytes(&seed))))
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs a statement.
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(&to_be_signed(message)).to_bytes())
    }
}

/// The blob that is signed in place of the message. Source: OpenSSH's PROTOCOL.sshsig.
fn to_be_signed(message: &[u8]) -> Vec<u8> {
    let hash = Sha512::digest(message);
    let mut blob = Vec::with_capacity(112);
    blob.extend_from_slice(b"SSHSIG");
    for part in [NAMESPACE, b"", b"sha512", &hash[..]] {
        blob.extend_from_slice(&(part.len() as u32).to_be_bytes());
        blob.extend_from_slice(part);
    }
    blob
}
