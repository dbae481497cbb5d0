//! Values as another language writes them: each in a buffer that never grows, so that no copy is left behind.

use base64::{Engine, prelude::BASE64_STANDARD};
use zeroize::Zeroizing;

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

/// A value of TOML: a string, of several lines where it has several; bytes that are no text, or have a NUL, in base64. What an
/// editor might take away or not show (white space at the end of a line, carriage returns, what steers a terminal) is escaped.
pub(super) fn toml(value: &Secret) -> Secret {
    let Some(text) = std::str::from_utf8(value.expose()).ok().filter(|text| !text.contains('\0')) else {
        let parts = [Secret::new(b"{ base64 = \"".to_vec()), base64(value), Secret::new(b"\" }".to_vec())];
        return Secret::concat(&parts.each_ref());
    };
    if !text.contains('\n') {
        return Secret::new(escaped(text, "\"", "\""));
    }
    if is_plain(text) {
        let parts = [Secret::new(b"'''\n".to_vec()), Secret::new(text.into()), Secret::new(b"'''".to_vec())];
        return Secret::concat(&parts.each_ref());
    }
    Secret::new(escaped(text, "\"\"\"\n", "\"\"\""))
}

/// Whether text of several lines can stand between `'''` as it is.
fn is_plain(text: &str) -> bool {
    let shown = text.chars().all(|c| c == '\n' || c == '\t' || !is_hidden(c));
    let ends = text.split('\n').any(|line| line.ends_with([' ', '\t']));
    shown && !ends && !text.contains("'''") && !text.ends_with('\'')
}

/// What is not seen, or changes how the rest is seen: controls, marks of direction and of byte order, separators of lines.
fn is_hidden(c: char) -> bool {
    let marks =
        ['\u{200b}'..='\u{200f}', '\u{2028}'..='\u{202e}', '\u{2060}'..='\u{2069}', '\u{feff}'..='\u{feff}'];
    c.is_control() || c == '\u{61c}' || marks.iter().any(|marks| marks.contains(&c))
}

fn escaped(text: &str, begin: &str, end: &str) -> Vec<u8> {
    // A character takes at most ten bytes.
    let mut bytes = Vec::with_capacity(text.len() * 10 + 8);
    bytes.extend_from_slice(begin.as_bytes());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let ends_line = chars.peek() == Some(&'\n');
        match c {
            '\n' if begin.len() > 1 => bytes.push(b'\n'),
            '"' => bytes.extend_from_slice(b"\\\""),
            '\\' => bytes.extend_from_slice(b"\\\\"),
            '\t' => bytes.extend_from_slice(b"\\t"),
            '\r' => bytes.extend_from_slice(b"\\r"),
            c if is_hidden(c) || (ends_line && c.is_whitespace()) => {
                let code = Zeroizing::new(format!("\\U{:08x}", u32::from(c)));
                bytes.extend_from_slice(code.as_bytes());
            }
            c => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes.extend_from_slice(end.as_bytes());
    bytes
}
