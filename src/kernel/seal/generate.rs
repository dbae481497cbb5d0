//! New values out of the operating system's randomness.

use base64::{Engine, prelude::BASE64_STANDARD};
use rand::{Rng, distributions::Alphanumeric, rngs::OsRng};
use zeroize::Zeroizing;

use crate::kernel::secret::Secret;

/// Letters and digits, each as likely as any other.
pub fn generate_alphanumeric(length: usize) -> Secret {
    Secret::new(OsRng.sample_iter(Alphanumeric).take(length).collect())
}

/// Lower-case hex digits.
pub fn generate_hex(length: usize) -> Secret {
    Secret::new((0..length).map(|_| b"0123456789abcdef"[OsRng.gen_range(0..16)]).collect())
}

/// The base64 of so many random bytes.
pub fn generate_base64(bytes: usize) -> Secret {
    let raw: Zeroizing<Vec<u8>> = Zeroizing::new((0..bytes).map(|_| OsRng.r#gen()).collect());
    Secret::new(BASE64_STANDARD.encode(&*raw).into_bytes())
}

/// A random UUID (RFC 9562, version 4).
pub fn generate_uuid() -> Secret {
    let mut bytes: [u8; 16] = super::random();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = crate::kernel::format::hex::print(&bytes);
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    Secret::new(parts.join("-").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::{generate_alphanumeric, generate_hex, generate_uuid};

    #[test]
    fn values_have_the_length_and_alphabet_asked_for() {
        let (words, hex, uuid) = (generate_alphanumeric(20), generate_hex(31), generate_uuid());
        assert!(words.len() == 20 && words.expose().iter().all(u8::is_ascii_alphanumeric));
        assert!(hex.len() == 31 && hex.expose().iter().all(u8::is_ascii_hexdigit));
        assert!(uuid.len() == 36 && uuid.expose()[14] == b'4' && b"89ab".contains(&uuid.expose()[19]));
    }

    #[test]
    fn two_values_differ() {
        assert!(!generate_alphanumeric(32).same_as(&generate_alphanumeric(32)));
    }
}
