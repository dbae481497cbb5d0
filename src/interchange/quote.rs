//! Quoting for shells: one statement a variable, in which a value of any bytes arrives as it is and runs nothing. What a shell
//! cannot carry is no statement.
//!
//! A statement is one line of ASCII, so that neither a locale nor the substitution that reads it changes anything.

use std::ops::Range;

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::kernel::secret::Secret;

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
            let coded = Secret::new(BASE64_STANDARD.encode(value.expose()).into_bytes());
            ("[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('", coded, "'))")
        }
        Shell::Nushell => ("", json(value), ""),
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
fn json(value: &Secret) -> Secret {
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
