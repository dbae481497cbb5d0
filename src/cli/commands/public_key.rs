//! Public keys as arguments: as their files have them, with a comment behind.

use crate::kernel::{
    model::KeyForm,
    seal::{PublicKey, Recipient},
};

/// Parses a recipient.
pub(super) fn recipient(text: &str) -> Result<Recipient, String> {
    let found = Recipient::parse(&without_comment(text)).filter(Recipient::is_sound);
    found.ok_or_else(|| "it is written `age1…`, `ssh-ed25519 AAAA…` or `ssh-rsa AAAA…`".to_owned())
}

/// A public key as ssh writes it has a comment behind it.
fn without_comment(text: &str) -> String {
    let words = text.split_whitespace();
    words.take(if text.starts_with("ssh-") { 2 } else { usize::MAX }).collect::<Vec<_>>().join(" ")
}

/// Parses a key that signs.
pub(super) fn signing_key(text: &str) -> Result<PublicKey, String> {
    let found = PublicKey::parse(&without_comment(text)).filter(PublicKey::is_sound);
    found.ok_or_else(|| "it is written `ssh-ed25519 AAAA…`".to_owned())
}

/// Parses what points at a key: all of it, or its end.
pub(super) fn form(text: &str) -> Result<KeyForm, String> {
    let found = KeyForm::parse(&without_comment(text));
    found.ok_or_else(|| "it is a whole key, or at least four characters of its ends, as `…x3Fq`".to_owned())
}
