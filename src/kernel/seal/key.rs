//! The keys of an environment: one type each, so that none can stand in for another (format.md §5).

use hkdf::Hkdf;
use sha2::Sha256;

use super::hash::{le64, pae};
use crate::kernel::{
    format::hex,
    name::{EnvName, VaultId},
    secret::Locked,
};

/// What an environment's keys are bound to: the vault, the environment and the epoch.
#[derive(Clone, Copy)]
pub struct Epoch<'a> {
    /// The vault.
    pub vault: &'a VaultId,
    /// The environment.
    pub env: &'a EnvName,
    /// The number of the key, from 1.
    pub number: u64,
}

impl Epoch<'_> {
    /// `ctx = PAE("cvault/v1/env", vault id, env, LE64(epoch))`.
    fn context(&self) -> Vec<u8> {
        pae(&[b"cvault/v1/env", self.vault.as_bytes(), self.env.as_str().as_bytes(), &le64(self.number)])
    }
}

/// An environment's key: 32 random bytes, new with each epoch, wrapped to every member who may read.
pub struct EnvKey(Locked);

impl EnvKey {
    /// A new key.
    pub fn generate() -> Self {
        Self(Locked::filled(32, |key| rand::RngCore::fill_bytes(&mut rand::rngs::OsRng, key)))
    }

    /// A key out of a key file; `None` unless it has 32 bytes.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == 32).then(|| Self(Locked::filled(32, |key| key.copy_from_slice(bytes))))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }

    /// `HKDF-SHA256(env key, salt = "", info = PAE("cvault/v1/seal", ctx), 32)`.
    pub fn seal_key(&self, epoch: &Epoch<'_>) -> SealKey {
        SealKey(Locked::filled(32, |out| self.derive(b"cvault/v1/seal", epoch, out)))
    }

    /// `HKDF-SHA256(env key, salt = "", info = PAE("cvault/v1/commit", ctx), 32)`.
    pub fn commitment(&self, epoch: &Epoch<'_>) -> Commitment {
        let mut out = [0; 32];
        self.derive(b"cvault/v1/commit", epoch, &mut out);
        Commitment(out)
    }

    fn derive(&self, label: &[u8], epoch: &Epoch<'_>, out: &mut [u8]) {
        let info = pae(&[label, &epoch.context()]);
        Hkdf::<Sha256>::new(Some(b""), self.bytes())
            .expand(&info, out)
            .expect("32 bytes are within HKDF's reach");
    }
}

/// The key that seals values under one epoch.
pub struct SealKey(Locked);

impl SealKey {
    pub(super) fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }
}

/// What the signed roster says of an environment's key, so that no key file can be swapped for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commitment([u8; 32]);

impl Commitment {
    /// Parses 64 lower-case hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        hex::parse32(text).map(Self)
    }

    /// All 64 hex digits.
    pub fn hex(&self) -> String {
        hex::print(&self.0)
    }

    /// The short form that secret files carry.
    pub fn tag(&self) -> KeyTag {
        let mut tag = [0; 8];
        tag.copy_from_slice(&self.0[..8]);
        KeyTag(tag)
    }
}

/// The first 8 bytes of a commitment: tells two branches' epochs of one number apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyTag([u8; 8]);

impl KeyTag {
    /// Parses 16 lower-case hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        hex::parse(text)?.try_into().ok().map(Self)
    }

    /// The 16 hex digits.
    pub fn hex(&self) -> String {
        hex::print(&self.0)
    }
}
