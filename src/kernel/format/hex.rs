//! Lower-case hex.

/// Parses lower-case hex digits.
pub fn parse(text: &str) -> Option<Vec<u8>> {
    base16ct::lower::decode_vec(text).ok()
}

/// Parses exactly 64 digits.
pub fn parse32(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    base16ct::lower::decode(text, &mut bytes).is_ok_and(|read| read.len() == 32).then_some(bytes)
}

/// Prints bytes.
pub fn print(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}
