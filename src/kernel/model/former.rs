//! Former keys: dead in the environments that they once opened or wrote (format.md §§6 and 7).

use std::{collections::BTreeMap, fmt};

use crate::kernel::{
    name::EnvName,
    seal::{PublicKey, Recipient},
    time::Timestamp,
};

/// A recipient or a signing key, as its text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyText(String);

impl KeyText {
    /// Parses either.
    pub fn parse(text: &str) -> Option<Self> {
        Recipient::parse(text).map(|key| Self(key.as_str().to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As people recognise it.
    pub fn short(&self) -> String {
        Recipient::parse(&self.0).map_or_else(|| self.0.clone(), |key| key.short())
    }
}

impl From<&Recipient> for KeyText {
    fn from(recipient: &Recipient) -> Self {
        Self(recipient.as_str().to_owned())
    }
}

impl From<&PublicKey> for KeyText {
    fn from(key: &PublicKey) -> Self {
        Self(key.text())
    }
}

/// A key as people point at it: whole, or by its end, with its beginning before an ellipsis as [`Recipient::short`] has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyForm {
    /// All of it.
    Whole(KeyText),
    /// How it begins, if that is told, and how it ends.
    Ends(String, String),
}

impl KeyForm {
    /// Parses either. Four characters are the least, since fewer are a slip sooner than a key.
    pub fn parse(text: &str) -> Option<Self> {
        let ends = text.split_once('…').or_else(|| text.split_once("..."));
        if let (None, Some(key)) = (ends, KeyText::parse(text)) {
            return Some(Self::Whole(key));
        }
        let (head, tail) = ends.unwrap_or(("", text));
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.+/= ".contains(&b);
        let told = head.len() + tail.len() >= 4 && head.bytes().chain(tail.bytes()).all(plain);
        told.then(|| Self::Ends(head.to_owned(), tail.to_owned()))
    }

    /// Whether it points at this key.
    pub fn fits(&self, key: &KeyText) -> bool {
        match self {
            Self::Whole(whole) => whole == key,
            Self::Ends(head, tail) => key.0.starts_with(head.as_str()) && key.0.ends_with(tail.as_str()),
        }
    }
}

impl fmt::Display for KeyForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(key) => f.write_str(&key.short()),
            Self::Ends(head, tail) => write!(f, "{head}…{tail}"),
        }
    }
}

/// Who could once read or write something here and no longer can, or not with these keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    /// The keys that are dead.
    pub keys: Vec<KeyText>,
    /// Since when, for people.
    pub left: Timestamp,
    /// The last epoch of each environment that he could open.
    pub environments: BTreeMap<EnvName, u64>,
}
