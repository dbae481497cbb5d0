//! Lower-case hex.

/// Parses lower-case hex digits.
pub fn parse(text: &str) -> Option<Vec<u8>> {
    base16ct::lower::decode_vec(text).ok()
}

/// Parses exactly 64 digits.
pub fn parse32(text: &str) -> Option<[u8; 32]> {
    parse(text)?.try_into().ok()
}

/// Prints bytes.
pub fn print(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}
