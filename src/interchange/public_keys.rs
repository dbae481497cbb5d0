//! Public keys as people hand them around: lines of OpenSSH's `authorized_keys`, or recipients of age, a line each.
//!
//! Source: sshd(8), AUTHORIZED_KEYS FILE FORMAT. A key of a kind that nothing can be wrapped to is passed over and named, since
//! a file of a person's keys is rarely made for this; a line that is no key at all is refused, since then the file may be
//! anything.

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::kernel::seal::Recipient;

/// The keys of a text.
#[derive(Debug, PartialEq, Eq)]
pub struct PublicKeys {
    /// Those that can be wrapped to, each once, in their order.
    pub recipients: Vec<Recipient>,
    /// The others.
    pub skipped: Vec<Skipped>,
}

/// A key that was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its line, from 1.
    pub line: usize,
    /// Its kind, as OpenSSH calls it.
    pub kind: String,
}

/// Why a text gave no keys.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each variant is its documentation")]
pub enum KeysError {
    #[error("there is no key in it")]
    Empty,
    #[error("line {line} is no public key")]
    NoKey { line: usize },
    #[error("nothing can be wrapped to any key in it: {}", kinds(skipped))]
    NoneUsable { skipped: Vec<Skipped> },
}

fn kinds(skipped: &[Skipped]) -> String {
    skipped.iter().map(|key| key.kind.as_str()).collect::<Vec<_>>().join(", ")
}

/// Reads the keys of a text.
pub fn public_keys(text: &str) -> Result<PublicKeys, KeysError> {
    let (mut recipients, mut skipped) = (Vec::new(), Vec::new());
    for (text, line) in text.lines().map(str::trim).zip(1..) {
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        match key(text).ok_or(KeysError::NoKey { line })? {
            Key::Usable(recipient) if recipients.contains(&recipient) => {}
            Key::Usable(recipient) => recipients.push(recipient),
            Key::Other(kind) => skipped.push(Skipped { line, kind }),
        }
    }
    match (recipients.is_empty(), skipped.is_empty()) {
        (true, true) => Err(KeysError::Empty),
        (true, false) => Err(KeysError::NoneUsable { skipped }),
        (false, _) => Ok(PublicKeys { recipients, skipped }),
    }
}

enum Key {
    Usable(Recipient),
    Other(String),
}

fn key(text: &str) -> Option<Key> {
    if text.starts_with("age1") {
        return Recipient::parse(text).filter(Recipient::is_sound).map(Key::Usable);
    }
    let (options, key) = match ssh(text) {
        Some(key) => ("", key),
        None => text
            .split_at_checked(options_end(text)?)
            .and_then(|(options, rest)| Some((options, ssh(rest)?)))?,
    };
    // Such a line is about the certificates that the key signs, and not about its holder.
    if options.split(',').any(|option| option.eq_ignore_ascii_case("cert-authority")) {
        return Some(Key::Other("cert-authority".to_owned()));
    }
    match key {
        (kind @ ("ssh-ed25519" | "ssh-rsa"), blob) => {
            let recipient = Recipient::parse(&format!("{kind} {blob}"));
            recipient.filter(Recipient::is_sound).map(Key::Usable)
        }
        (kind, _) => Some(Key::Other(kind.to_owned())),
    }
}

/// The kind and the blob of an SSH key, whose blob says the kind again; what follows is its comment.
fn ssh(text: &str) -> Option<(&str, &str)> {
    let mut words = text.split_whitespace();
    let (kind, blob) = (words.next()?, words.next()?);
    let bytes = BASE64_STANDARD.decode(blob).ok()?;
    let length = u32::try_from(kind.len()).ok()?.to_be_bytes();
    let named = bytes.strip_prefix(&length)?.starts_with(kind.as_bytes());
    let plain = kind.bytes().all(|b| b.is_ascii_alphanumeric() || b"-@.".contains(&b));
    (named && plain).then_some((kind, blob))
}

/// Where the options in front of a key end: at the first blank that stands in no quotes.
fn options_end(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    text.char_indices().find_map(|(at, c)| {
        match c {
            '"' if !escaped => quoted = !quoted,
            ' ' | '\t' if !quoted => return Some(at),
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        None
    })
}
