//! The user's own settings, `cargo-vault/settings.toml` in the configuration folder. What can weaken a check or run something
//! is honoured from here only, never from a repository.

use std::{collections::BTreeSet, path::Path};

use serde::Deserialize;

use crate::vault::Color;

/// Every setting there is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Settings {
    /// When to colour.
    pub(super) color: Option<Color>,
    /// The audit log.
    pub(super) audit: Audit,
    /// `run`.
    pub(super) run: Run,
    /// Age plugins.
    pub(super) plugins: Plugins,
}

/// What is written to the audit log.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Audit {
    /// Nothing at all.
    pub(super) off: bool,
    /// Plain reads too.
    pub(super) reads: bool,
}

/// What `run` lets through.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Run {
    /// Names that are refused otherwise.
    pub(super) allow: BTreeSet<String>,
}

/// Which age plugins may be wrapped to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Plugins {
    /// Their names, as in `age-plugin-NAME`.
    pub(super) allow: BTreeSet<String>,
}

impl Settings {
    /// Reads the file; none is the same as an empty one. Gives what is wrong with it in one clause.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        match std::fs::read_to_string(path) {
            Ok(text) => toml::from_str(&text).map_err(|error| error.message().to_owned()),
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(Self::default())
            }
            Err(error) => Err(error.to_string()),
        }
    }
}
