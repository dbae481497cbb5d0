//! Where a vault's files are read from: the port that the disk and a git commit both implement.

use super::refusal::Refusal;

/// What a name in a folder of the vault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A plain file.
    File,
    /// A folder.
    Folder,
    /// Anything else: a link, a pipe, a socket, a device, a submodule.
    Other,
}

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The name alone, lossily decoded where it is no UTF-8 (such a name is refused anyway).
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
}

/// Why a path could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// What is there is not what a vault may hold.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The disk or the object store failed.
    #[error("cannot read `.vault/{path}`: {source}")]
    Io {
        /// Path below `.vault`.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A vault's files. Paths are relative to `.vault`, with `/` between their parts, and no link is ever followed.
pub trait Tree {
    /// The names in a folder in byte order; none if there is no such folder.
    fn list(&self, folder: &str) -> Result<Vec<Entry>, TreeError>;

    /// The bytes of a plain file of at most `cap` bytes; `None` if nothing has that name.
    fn read(&self, path: &str, cap: u64) -> Result<Option<Vec<u8>>, TreeError>;
}
