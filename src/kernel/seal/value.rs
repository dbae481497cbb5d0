//! Sealing one value: XChaCha20-Poly1305 with a random nonce, bound to its place (format.md §9).

use chacha20poly1305::{AeadInPlace, KeyInit, Tag, XChaCha20Poly1305, XNonce};
use zeroize::Zeroize;

use super::{
    SealKey,
    hash::{Hash, le64, pae, sha256},
    random,
};
use crate::kernel::{
    limits,
    model::Kind,
    name::{EnvName, SecretName, VaultId},
    secret::Secret,
};

const NONCE: usize = 24;
const TAG: usize = 16;
const LENGTH: usize = 4;
const CLASSES: [usize; 5] = [64, 128, 256, 512, 1024];

/// Where a value belongs: the associated data of its seal.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The vault.
    pub vault: &'a VaultId,
    /// The environment.
    pub env: &'a EnvName,
    /// The secret.
    pub name: &'a SecretName,
    /// The version's number.
    pub number: u64,
    /// The epoch of the key that seals it.
    pub epoch: u64,
    /// The kind.
    pub kind: Kind,
}

impl Place<'_> {
    fn associated_data(&self) -> Vec<u8> {
        pae(&[
            b"cvault/v1/value",
            self.vault.as_bytes(),
            self.env.as_str().as_bytes(),
            self.name.as_str().as_bytes(),
            &le64(self.number),
            &le64(self.epoch),
            self.kind.as_str().as_bytes(),
        ])
    }
}

/// A sealed value: nonce (24) ‖ ciphertext ‖ tag (16).
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub(in crate::kernel) Vec<u8>);

impl Sealed {
    /// Its hash, by which two seals are told apart.
    pub fn hash(&self) -> Hash {
        sha256(&self.0)
    }
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// Why a sealed value does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenFault {
    /// The tag does not fit key, place and bytes.
    Seal,
    /// It opens, but what is inside is not padded as the format has it.
    Padding,
}

/// Seals a value under a fresh random nonce.
pub fn seal(key: &SealKey, place: &Place<'_>, value: &Secret) -> Sealed {
    let bytes = value.expose();
    let length = u32::try_from(bytes.len()).expect("a value is within its limit");
    let size = padded_size(bytes.len());
    // All at once, so that no copy of the plaintext is left behind by a growing buffer.
    let mut sealed = Vec::with_capacity(NONCE + size + TAG);
    sealed.extend_from_slice(&random::<NONCE>());
    sealed.extend_from_slice(&length.to_le_bytes());
    sealed.extend_from_slice(bytes);
    sealed.resize(NONCE + size, 0);
    let (nonce, padded) = sealed.split_at_mut(NONCE);
    let tag = cipher(key)
        .encrypt_in_place_detached(XNonce::from_slice(nonce), &place.associated_data(), padded)
        .expect("a value is within the cipher's reach");
    sealed.extend_from_slice(&tag);
    Sealed(sealed)
}

/// Opens a sealed value in its place.
pub fn open(key: &SealKey, place: &Place<'_>, sealed: &Sealed) -> Result<Secret, OpenFault> {
    let bytes = &sealed.0;
    if bytes.len() < NONCE + CLASSES[0] + TAG {
        return Err(OpenFault::Seal);
    }
    let (nonce, rest) = bytes.split_at(NONCE);
    let (ciphertext, tag) = rest.split_at(rest.len() - TAG);
    let mut padded = ciphertext.to_vec();
    cipher(key)
        .decrypt_in_place_detached(
            XNonce::from_slice(nonce),
            &place.associated_data(),
            &mut padded,
            Tag::from_slice(tag),
        )
        .map_err(|_| OpenFault::Seal)?;
    let value = unpad(&padded).map(|value| Secret::new(value.to_vec()));
    padded.zeroize();
    value.ok_or(OpenFault::Padding)
}

fn cipher(key: &SealKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new_from_slice(key.bytes()).expect("a seal key has 32 bytes")
}

/// The smallest class that holds length and value; above 1 KiB multiples of 1 KiB.
fn padded_size(len: usize) -> usize {
    let needed = len + LENGTH;
    CLASSES.into_iter().find(|class| needed <= *class).unwrap_or_else(|| needed.next_multiple_of(1024))
}

fn unpad(padded: &[u8]) -> Option<&[u8]> {
    let (length, rest) = padded.split_at_checked(LENGTH)?;
    let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
    let (value, zeros) = rest.split_at_checked(length)?;
    let sound =
        length <= limits::VALUE && padded_size(length) == padded.len() && zeros.iter().all(|b| *b == 0);
    sound.then_some(value)
}

#[cfg(test)]
mod tests {
    use super::padded_size;

    #[test]
    fn sizes_step_through_the_classes_and_then_by_kibibytes() {
        let sizes = [0, 60, 61, 124, 125, 1020, 1021, 2044, 2045].map(padded_size);
        assert_eq!(sizes, [64, 64, 128, 128, 256, 1024, 2048, 2048, 3072]);
    }
}
