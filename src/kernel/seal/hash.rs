//! PAE and the hashes over it: what every statement of the format is bound by (format.md §4).

use sha2::{Digest, Sha256};

use super::{PublicKey, Recipient};
use crate::kernel::name::VaultId;

/// A SHA-256 hash, raw.
pub type Hash = [u8; 32];

/// Pre-authentication encoding: the number of pieces as LE64, then each as LE64(length) and its bytes.
///
/// Source: PASETO, "Common Implementation Details".
pub fn pae(pieces: &[&[u8]]) -> Vec<u8> {
    let size = pieces.iter().map(|piece| piece.len() + 8).sum::<usize>() + 8;
    let mut out = Vec::with_capacity(size);
    out.extend_from_slice(&le64(pieces.len() as u64));
    for piece in pieces {
        out.extend_from_slice(&le64(piece.len() as u64));
        out.extend_from_slice(piece);
    }
    out
}

/// A number as PASETO's LE64 has it: little endian, the topmost bit clear.
pub(super) fn le64(number: u64) -> [u8; 8] {
    (number & (u64::MAX >> 1)).to_le_bytes()
}

/// Plain SHA-256.
pub fn sha256(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// `SHA-256(PAE("cvault/v1/vault", founder's public key, nonce))` (format.md §5).
pub fn vault_id(founder: &PublicKey, nonce: &[u8; 32]) -> VaultId {
    VaultId(sha256(&pae(&[b"cvault/v1/vault", founder.as_bytes(), nonce])))
}

/// `SHA-256(PAE("cvault/v1/roster-file", bytes))` (format.md §6).
pub fn roster_hash(bytes: &[u8]) -> Hash {
    sha256(&pae(&[b"cvault/v1/roster-file", bytes]))
}

/// The first 16 bytes of `SHA-256(PAE("cvault/v1/fingerprint", PAE(recipients…), PAE(signs…)))` (format.md §10), by
/// which people compare who asks.
pub fn fingerprint(recipients: &[Recipient], signs: &[PublicKey]) -> [u8; 16] {
    let recipients: Vec<&[u8]> = recipients.iter().map(|r| r.as_str().as_bytes()).collect();
    let signs: Vec<&[u8]> = signs.iter().map(|key| key.as_bytes().as_slice()).collect();
    let hash = sha256(&pae(&[b"cvault/v1/fingerprint", &pae(&recipients), &pae(&signs)]));
    let mut first = [0; 16];
    first.copy_from_slice(&hash[..16]);
    first
}
