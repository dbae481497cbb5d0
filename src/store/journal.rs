//! The journal: the moves of a change, written down before the first is made, so that a crash can be made good.
//!
//! ```text
//! cargo-vault journal 1
//! folder 1048602
//! put 0 secrets/dev/DB.toml
//! remove secrets/dev/OLD.toml
//! <SHA-256 of the lines above in hex>
//! ```
//!
//! Somebody may commit a journal. So a path in it is parsed as strictly as one of ours, and `folder` is the inode of
//! the staging folder, which a journal brought from elsewhere cannot know.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::kernel::{format::hex, refusal::Refusal, tree::TreeError};

const HEAD: &str = "cargo-vault journal 1\n";
/// 100,000 paths of 300 bytes.
pub(super) const JOURNAL_BYTES: u64 = 32 * 1024 * 1024;
const DEPTH: usize = 16;

/// A path below `.vault` that a change may write or remove.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target(String);

impl Target {
    /// Parses a path of the characters that names in a vault are made of. No part begins with `.`, which keeps out
    /// `..`, `.work` and `.git`; two files at the top are the exception.
    pub(super) fn parse(path: &str) -> Result<Self, TreeError> {
        let ours = |part: &str| {
            let known = part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.+=@".contains(&b));
            known && !part.is_empty() && !part.starts_with('.')
        };
        let fits = path.split('/').all(ours) && path.split('/').count() <= DEPTH;
        match fits || matches!(path, ".gitattributes" | ".gitignore") {
            true => Ok(Self(path.to_owned())),
            false => Err(Refusal::Stray { path: path.to_owned() }.into()),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder that the path is in, empty at the top, and the name in it.
    pub(super) fn split(&self) -> (&str, &str) {
        self.0.rsplit_once('/').unwrap_or(("", &self.0))
    }

    /// Each folder that the path lies in, the nearest first, the vault itself (empty) last.
    pub(super) fn folders(&self) -> impl Iterator<Item = &str> {
        let slashes = self.0.rmatch_indices('/').map(|(at, _)| &self.0[..at]);
        slashes.chain([""])
    }
}

/// One step of a change that readers can see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// The staged file of this number gets this name.
    Put { number: usize, to: Target },
    /// This name goes away.
    Remove { target: Target },
}

impl Move {
    pub(super) fn target(&self) -> &Target {
        match self {
            Self::Put { to, .. } => to,
            Self::Remove { target } => target,
        }
    }
}

/// The moves of a change, and the staging folder that they were written for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Journal {
    pub(super) folder: u64,
    pub(super) moves: Vec<Move>,
}

impl Journal {
    pub(super) fn print(&self) -> String {
        let mut text = format!("{HEAD}folder {}\n", self.folder);
        for step in &self.moves {
            match step {
                Move::Put { number, to } => writeln!(text, "put {number} {}", to.as_str()),
                Move::Remove { target } => writeln!(text, "remove {}", target.as_str()),
            }
            .expect("a String takes all that is written");
        }
        let sum = checksum(&text);
        text + &sum
    }

    /// `None` if it is torn, or not as `print` has it.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (body, sum) = text.split_at_checked(text.len().checked_sub(64)?)?;
        if checksum(body) != sum {
            return None;
        }
        let mut lines = body.strip_prefix(HEAD)?.strip_suffix('\n')?.split('\n');
        let folder = lines.next()?.strip_prefix("folder ")?.parse().ok()?;
        let moves = lines.map(parse_move).collect::<Option<_>>()?;
        let journal = Self { folder, moves };
        (journal.print() == text).then_some(journal)
    }
}

fn parse_move(line: &str) -> Option<Move> {
    if let Some(path) = line.strip_prefix("remove ") {
        return Some(Move::Remove { target: Target::parse(path).ok()? });
    }
    let (number, path) = line.strip_prefix("put ")?.split_once(' ')?;
    Some(Move::Put { number: number.parse().ok()?, to: Target::parse(path).ok()? })
}

fn checksum(body: &str) -> String {
    hex::print(&Sha256::digest(body))
}
