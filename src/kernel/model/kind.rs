//! The kinds of value that a secret can have.

use serde::de::IgnoredAny;

use crate::kernel::secret::Secret;

/// What a value is, bound to its seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Text.
    Text,
    /// A JSON document.
    Json,
    /// Any bytes.
    Binary,
    /// A JSON object with `username` and `password`.
    Userpass,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Text, Self::Json, Self::Binary, Self::Userpass];

    /// Parses the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Binary => "binary",
            Self::Userpass => "userpass",
        }
    }
    /// Whether a value is of this kind. Nothing of the value is copied.
    pub fn fits(self, value: &Secret) -> bool {
        match self {
            Self::Text => value.is_text(),
            Self::Json => value.is_json::<IgnoredAny>(),
            Self::Binary => true,
            Self::Userpass => value.is_json::<Userpass>(),
        }
    }
}

/// The two keys of a userpass, whatever they hold.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Userpass {
    #[serde(rename = "username")]
    _username: IgnoredAny,
    #[serde(rename = "password")]
    _password: IgnoredAny,
}
