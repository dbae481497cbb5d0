//! Former keys: dead in the environments that they once opened or wrote (format.md §§6 and 7).

use std::collections::BTreeMap;

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
