//! What was found and where: names and places, and never anything of a value.

use super::{known::Owner, rules::Rule, shapes::Shape};
use crate::kernel::{
    format::hex,
    name::VaultId,
    seal::{Hash, pae, sha256},
};

const LABEL: &[u8] = b"cargo-vault/finding/v1";
/// How many digits of a finding's fingerprint there are.
const DIGITS: usize = 16;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A value of the vault's own.
    Value(Owner),
    /// A token of a known shape, and the hash of it.
    Token(Kind, Hash),
    /// What looks drawn at random, and the hash of it.
    Random(Hash),
    /// A file that is to be in no commit.
    File(Rule),
}

/// A known shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its name, which stays.
    pub name: &'static str,
    /// What it is, for a person.
    pub says: &'static str,
}

impl From<&Shape> for Kind {
    fn from(shape: &Shape) -> Self {
        Self { name: shape.kind, says: shape.says }
    }
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub what: What,
    /// The path as it is told: below the work tree, or as it was named.
    pub path: String,
    /// The commit that brought it, where commits are searched.
    pub commit: Option<String>,
    /// Line and column; none of a file as a whole.
    pub at: Option<(u64, u64)>,
    /// By what it can be allowed.
    pub fingerprint: String,
}

impl What {
    /// Its name, which stays.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Value(_) => "value",
            Self::Token(kind, _) => kind.name,
            Self::Random(_) => "random",
            Self::File(rule) => rule.kind(),
        }
    }

    /// By what it can be allowed: path and kind, and the hash of a token, which nobody guesses. A value may be one that can be
    /// guessed, so only its name goes in (docs/decisions/0048).
    pub fn fingerprint(&self, vault: Option<&VaultId>, path: &str) -> String {
        let mut pieces = vec![LABEL, vault.map_or(&[][..], |vault| vault.as_bytes()), path.as_bytes()];
        pieces.push(self.kind().as_bytes());
        match self {
            Self::Value(Owner { env, name }) => {
                pieces.extend([env.as_str().as_bytes(), name.as_str().as_bytes()])
            }
            Self::Token(_, hash) | Self::Random(hash) => pieces.push(hash),
            Self::File(_) => {}
        }
        hex::print(&sha256(&pae(&pieces)))[..DIGITS].to_owned()
    }
}

/// Whether a text can be a fingerprint.
pub fn is_fingerprint(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
