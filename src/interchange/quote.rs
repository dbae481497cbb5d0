//! Values as another language writes them: each in a buffer that never grows, so that no copy is left behind.
//!
//! For shells that is one statement a variable, in which a value of any bytes arrives as it is and runs nothing. What a shell
//! cannot carry is no statement. A statement is one line of ASCII, so that neither a locale nor the substitution that reads it
//! changes anything.

use std::ops::Range;

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
    const UPPER: &[u8; 16] = b"0123456789ABCDEF";
    let mut bytes = Vec::with_capacity(value.len() * 3);
    for byte in value.expose() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            bytes.push(*byte);
        } else {
            bytes.extend([b'%', UPPER[usize::from(byte >> 4)], UPPER[usize::from(byte & 15)]]);
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

/// Who evaluates the statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// bash.
    Bash,
    /// direnv, which evaluates them in bash and hands on what is text.
    Direnv,
    /// zsh.
    Zsh,
    /// fish.
    Fish,
    /// PowerShell.
    Powershell,
    /// Nushell, which evaluates nothing: it reads JSON.
    Nushell,
}

impl Shell {
    /// Whether a variable of this shell can have this value. None has a NUL.
    pub fn carries(self, value: &Secret) -> bool {
        match self {
            Self::Bash | Self::Zsh | Self::Fish => !value.has_nul(),
            Self::Direnv | Self::Nushell => !value.has_nul() && value.is_text(),
            // There, to set a variable to nothing is to take it away.
            Self::Powershell => !value.has_nul() && value.is_text() && !value.is_empty(),
        }
    }
}

/// The statements by which a shell's variables are set, and others taken away. A name must be one of a variable.
pub fn statements(shell: Shell, set: &[(&str, &Secret)], unset: &[&str]) -> Secret {
    if shell == Shell::Nushell {
        return object(set, unset);
    }
    let (before, after) = match shell {
        Shell::Fish => ("set -gx NAME ", ";"),
        Shell::Powershell => ("$Env:NAME = ", ";\n"),
        // Taken away first, so that nothing that the shell knows of the variable, such as that it is a number, evaluates the value.
        _ => ("unset -v NAME; export NAME=", ";\n"),
    };
    let gone = match shell {
        Shell::Fish => "set -e NAME;",
        Shell::Powershell => "Remove-Item -ErrorAction Ignore Env:NAME;\n",
        _ => "unset -v NAME;\n",
    };
    let named = |text: &str, name: &str| plain(&text.replace("NAME", name));
    let mut pieces = Vec::new();
    for (name, value) in set {
        pieces.extend([named(before, name), word(shell, value), plain(after)]);
    }
    pieces.extend(unset.iter().map(|name| named(gone, name)));
    Secret::concat(&pieces.iter().collect::<Vec<_>>())
}

/// A value as one word of a shell's language.
pub fn word(shell: Shell, value: &Secret) -> Secret {
    let (before, quoted, after) = match shell {
        Shell::Bash | Shell::Direnv | Shell::Zsh => ("$'", coded(value, octal), "'"),
        // Of no byte at all, it is a word still.
        Shell::Fish => ("''", coded(value, hexadecimal), ""),
        Shell::Powershell => {
            ("[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('", base64(value), "'))")
        }
        Shell::Nushell => ("", ascii_json(value), ""),
    };
    Secret::concat(&[&plain(before), &quoted, &plain(after)])
}

/// What Nushell loads and hides, as JSON.
fn object(set: &[(&str, &Secret)], unset: &[&str]) -> Secret {
    let mut pieces = vec![plain("{\"set\":{")];
    for (i, (name, value)) in set.iter().enumerate() {
        let comma = if i > 0 { "," } else { "" };
        pieces.extend([plain(&format!("{comma}\"{name}\":")), word(Shell::Nushell, value)]);
    }
    let names = unset.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(",");
    pieces.push(plain(&format!("}},\"unset\":[{names}]}}\n")));
    Secret::concat(&pieces.iter().collect::<Vec<_>>())
}

fn plain(text: &str) -> Secret {
    Secret::new(text.as_bytes().to_vec())
}

/// Letters and digits as they are, every other byte as a number.
fn coded(value: &Secret, number: fn(u8) -> [u8; 4]) -> Secret {
    // Made in one piece, so that no copy is left behind by growing.
    let mut out = Vec::with_capacity(value.len() * 4);
    for byte in value.expose() {
        match byte.is_ascii_alphanumeric() {
            true => out.push(*byte),
            false => out.extend(number(*byte)),
        }
    }
    Secret::new(out)
}

fn octal(byte: u8) -> [u8; 4] {
    [b'\\', b'0' + (byte >> 6), b'0' + (byte >> 3 & 7), b'0' + (byte & 7)]
}

fn hexadecimal(byte: u8) -> [u8; 4] {
    [b'\\', b'X', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]
}

const HEX: &[u8; 16] = b"0123456789abcdef";
/// What stands in a JSON string as it is.
const PLAIN: Range<u8> = 0x20..0x7f;

/// A JSON string of ASCII alone.
fn ascii_json(value: &Secret) -> Secret {
    let mut out = Vec::with_capacity(value.len() * 6 + 2);
    out.push(b'"');
    let text = std::str::from_utf8(value.expose()).unwrap_or_default();
    for c in text.chars() {
        match u8::try_from(c) {
            Ok(byte) if PLAIN.contains(&byte) && !b"\"\\".contains(&byte) => out.push(byte),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.extend_from_slice(b"\\u");
                    out.extend([12, 8, 4, 0].map(|shift| HEX[usize::from(*unit >> shift & 15)]));
                }
            }
        }
    }
    out.push(b'"');
    Secret::new(out)
}
