//! Values as another language writes them: each in a buffer that never grows, so that no copy is left behind.

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::kernel::secret::Secret;

/// A string of JSON with its quotes; none where the value is no text.
pub(super) fn json(value: &Secret) -> Option<Secret> {
    let text = std::str::from_utf8(value.expose()).ok()?;
    // A character takes at most six bytes.
    let mut bytes = Vec::with_capacity(text.len() * 6 + 2);
    serde_json::to_writer(&mut bytes, text).expect("text is a string of JSON");
    Some(Secret::new(bytes))
}

/// Standard base64 with padding.
pub(super) fn base64(value: &Secret) -> Secret {
    Secret::new(BASE64_STANDARD.encode(value.expose()).into_bytes())
}

/// Percent-encoded but for what is unreserved (RFC 3986 §2.3), so that it can be any part of a URL.
pub(super) fn url(value: &Secret) -> Secret {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut bytes = Vec::with_capacity(value.len() * 3);
    for byte in value.expose() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            bytes.push(*byte);
        } else {
            bytes.extend([b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }
    Secret::new(bytes)
}
