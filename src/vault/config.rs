//! `.vault/config.toml`: written by hand, unsigned, and so a closed list of harmless settings.

use serde::{Deserialize, Serialize};

use crate::kernel::{limits, refusal::Refusal, tree::Tree};

use super::{Vault, VaultError};

/// Where it lies.
pub(super) const PATH: &str = "config.toml";

/// What a repository may set. Nothing here chooses an environment, a member or a target, or runs anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `auto`, `always` or `never`.
    pub color: Option<Color>,
    /// How many versions a new secret keeps in its file.
    #[serde(default, deserialize_with = "keep")]
    pub keep: Option<u64>,
}

impl Config {
    /// Reads the file; none is the same as an empty one.
    pub fn read(tree: &dyn Tree) -> Result<Self, VaultError> {
        let Some(bytes) = tree.read(PATH, limits::CONFIG)? else { return Ok(Self::default()) };
        let text = String::from_utf8(bytes).map_err(|_| Refusal::NotText { path: PATH.to_owned() })?;
        Ok(toml::from_str(&text).map_err(|error| syntax(PATH, &text, &error))?)
    }
}

/// The refusal of a file that a person wrote and that does not parse.
pub(super) fn syntax(path: &str, text: &str, error: &toml::de::Error) -> Refusal {
    let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
    Refusal::Syntax { path: path.to_owned(), line, what: error.message().to_owned() }
}

impl Vault<'_> {
    /// What the repository sets.
    pub fn config(&self) -> Result<Config, VaultError> {
        Config::read(self.tree)
    }
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

fn keep<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let keep = u64::deserialize(deserializer)?;
    match limits::KEEP.contains(&keep) {
        true => Ok(Some(keep)),
        false => Err(serde::de::Error::custom("`keep` is a number from 1 to 100")),
    }
}
