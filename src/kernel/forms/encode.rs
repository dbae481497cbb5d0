//! The encodings that programs print values in. Each takes bytes and gives bytes that are wiped when dropped.

use std::char::REPLACEMENT_CHARACTER;

use base64::{
    Engine,
    alphabet::{STANDARD, URL_SAFE},
    engine::{GeneralPurpose, general_purpose::PAD},
};
use zeroize::Zeroizing;

/// Encoded plaintext.
pub(super) type Bytes = Zeroizing<Vec<u8>>;

const UPPER: &[u8; 16] = b"0123456789ABCDEF";
const LOWER: &[u8; 16] = b"0123456789abcdef";

/// What encoders of URLs leave as it is, beside letters and digits: RFC 3986, JavaScript's two, Python's, and that of forms.
const PLAIN_IN_URLS: [&[u8]; 5] = [b"-._~", b"-_.!~*'()", b"-_.!~*'();,/?:@&=+$#", b"-._~/", b"*-._"];

/// Base64 of both alphabets. Wherever the value begins in what was encoded, one of three alignments is there: without the
/// characters that the bytes before it take part in, and with or without the one that bytes behind it may.
pub(super) fn base64(value: &[u8]) -> Vec<Bytes> {
    let mut all = Vec::new();
    for alphabet in [&STANDARD, &URL_SAFE] {
        let engine = GeneralPurpose::new(alphabet, PAD);
        for before in 0..3 {
            let mut padded = Zeroizing::new(Vec::with_capacity(before + value.len()));
            padded.resize(before, 0);
            padded.extend_from_slice(value);
            let text = Zeroizing::new(engine.encode(&*padded).into_bytes());
            // A byte is eight bits and a character six.
            let (from, sure) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
            let unpadded = (padded.len() * 8).div_ceil(6);
            for to in [sure, unpadded, text.len()] {
                all.push(Zeroizing::new(text[from..to].to_vec()));
            }
        }
    }
    all
}

/// Hexadecimal digits, small and capital.
pub(super) fn hex(value: &[u8]) -> Vec<Bytes> {
    let encode = |digits: &[u8; 16]| {
        let mut text = Zeroizing::new(Vec::with_capacity(value.len() * 2));
        value.iter().for_each(|byte| text.extend(pair(*byte, digits)));
        text
    };
    vec![encode(LOWER), encode(UPPER)]
}

/// Percent-encoding, as the usual encoders have it.
pub(super) fn url(value: &[u8]) -> Vec<Bytes> {
    let encode = |digits: &[u8; 16], plain: &[u8], space: &[u8]| {
        let mut text = Zeroizing::new(Vec::with_capacity(value.len() * 3));
        for byte in value {
            match byte {
                b' ' => text.extend_from_slice(space),
                byte if byte.is_ascii_alphanumeric() || plain.contains(byte) => text.push(*byte),
                byte => {
                    text.push(b'%');
                    text.extend(pair(*byte, digits));
                }
            }
        }
        text
    };
    let mut all = Vec::new();
    for digits in [UPPER, LOWER] {
        for plain in PLAIN_IN_URLS {
            all.push(encode(digits, plain, b"%20"));
            all.push(encode(digits, plain, b"+"));
        }
    }
    all
}

/// The inside of a JSON string: as serde_json writes it, with `\/`, without characters beyond ASCII, and with those escaped
/// that mean something in HTML. Nothing if the value is not text.
pub(super) fn json(value: &[u8]) -> Vec<Bytes> {
    let Ok(text) = std::str::from_utf8(value) else { return Vec::new() };
    let mut all = Vec::new();
    for slash in [false, true] {
        for html in [false, true] {
            for beyond_ascii in [None, Some(LOWER), Some(UPPER)] {
                all.push(json_string(text, &Escaped { slash, html, beyond_ascii }));
            }
        }
    }
    all
}

/// What is escaped beside what must be.
struct Escaped {
    slash: bool,
    html: bool,
    beyond_ascii: Option<&'static [u8; 16]>,
}

fn json_string(text: &str, escaped: &Escaped) -> Bytes {
    // A byte takes at most six characters, so the buffer never grows and leaves no copy behind.
    let mut out = Zeroizing::new(Vec::with_capacity(text.len() * 6));
    for c in text.chars() {
        let short = match c {
            '"' | '\\' => Some(c),
            '/' if escaped.slash => Some(c),
            '\n' => Some('n'),
            '\r' => Some('r'),
            '\t' => Some('t'),
            '\u{8}' => Some('b'),
            '\u{c}' => Some('f'),
            _ => None,
        };
        let digits = escaped.beyond_ascii.unwrap_or(LOWER);
        let by_number = c < ' '
            || (!c.is_ascii() && escaped.beyond_ascii.is_some())
            || (escaped.html && "<>&\u{2028}\u{2029}".contains(c));
        match short {
            Some(short) => out.extend([b'\\', u8::try_from(short).unwrap_or(b'?')]),
            None if by_number => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                out.extend_from_slice(b"\\u");
                unit.to_be_bytes().iter().for_each(|byte| out.extend(pair(*byte, digits)));
            }),
            None => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out
}

fn pair(byte: u8, digits: &[u8; 16]) -> [u8; 2] {
    [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]
}

/// What a program prints that takes bytes for text: each sequence that is none becomes one replacement character.
pub(super) fn lossy(value: &[u8]) -> Vec<Bytes> {
    let mut out = Zeroizing::new(Vec::with_capacity(value.len() * 3));
    for chunk in value.utf8_chunks() {
        out.extend_from_slice(chunk.valid().as_bytes());
        if !chunk.invalid().is_empty() {
            out.extend_from_slice(REPLACEMENT_CHARACTER.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    vec![out]
}
