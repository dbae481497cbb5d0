//! Files that are to be in no commit, told by their paths and by how they begin and end.

use crate::kernel::{
    format::{is_signed, path},
    seal::dearmor,
};

/// Why a file is to be in no commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// It lies below `.vault` and is none of a vault's files.
    Stray,
    /// It lies where a sealed file belongs, and is not sealed.
    Unsealed,
    /// It is a `.env` file.
    Dotenv,
}

const EXAMPLES: [&str; 4] = [".example", ".sample", ".template", ".dist"];

/// How a reference to a secret begins.
const REFERENCES: [&[u8]; 2] = [b"cvault://", b"{{ vault "];

impl Rule {
    /// Its name, which stays.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Stray => "vault-stray",
            Self::Unsealed => "vault-unsealed",
            Self::Dotenv => "dotenv",
        }
    }

    /// What a path and a content break; `vault` is the vault's folder below the work tree.
    pub(super) fn broken(vault: Option<&str>, path: &str, bytes: &[u8]) -> Option<Self> {
        let below = vault.and_then(|vault| path.strip_prefix(vault)?.strip_prefix('/'));
        match below {
            Some(below) if !is_of_vault(below) => Some(Self::Stray),
            Some(below) if !is_sealed(below, bytes) => Some(Self::Unsealed),
            Some(_) => None,
            None => (is_dotenv(path) && !refers(bytes)).then_some(Self::Dotenv),
        }
    }
}

/// Whether a file refers to secrets, as one is to that `run --inject` reads: it may be committed.
fn refers(bytes: &[u8]) -> bool {
    REFERENCES.iter().any(|reference| bytes.windows(reference.len()).any(|window| window == *reference))
}

fn is_dotenv(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some(rest) = name.strip_prefix(".env") else { return false };
    rest.is_empty() || (rest.starts_with('.') && !EXAMPLES.iter().any(|example| rest.ends_with(example)))
}

/// Whether a file is as sealed as its path has it.
fn is_sealed(below: &str, bytes: &[u8]) -> bool {
    match below.split_once('/') {
        Some(("keys", _)) => dearmor(below, bytes).is_ok(),
        Some(("secrets", _)) => is_signed(bytes),
        _ => true,
    }
}

/// Whether a vault has a file at such a path (format.md §2).
fn is_of_vault(below: &str) -> bool {
    let parts: Vec<&str> = below.split('/').collect();
    match &parts[..] {
        [name] => [
            path::ROSTER,
            path::LOG,
            path::ATTRIBUTES,
            path::IGNORE,
            "schema.toml",
            "config.toml",
            "scan-allow.toml",
        ]
        .contains(name),
        ["requests", name] => name.ends_with(".toml"),
        ["keys", _, name] => name.ends_with(".age"),
        ["secrets", _, .., name] => name.ends_with(".toml"),
        _ => false,
    }
}
