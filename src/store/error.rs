//! What can go wrong on the disk, as facts with the path they are about.

use std::{io, path::PathBuf};

use crate::kernel::tree::TreeError;

/// A fault of the disk, or of what lies there.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No `.vault` in a folder or any above it.
    #[error("there is no `.vault` in `{}` or any folder above it", start.display())]
    NoVault {
        /// Where the search began.
        start: PathBuf,
    },
    /// A link, or anything else, where a vault's folder should be.
    #[error("`{}` is no folder", path.display())]
    NotFolder {
        /// The whole path.
        path: PathBuf,
    },
    /// Something below `.vault` that is refused or cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The system could not read a path.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The whole path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system could not write a path.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        /// The whole path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A private file that would be overwritten.
    #[error("`{}` exists already", path.display())]
    Exists {
        /// The whole path.
        path: PathBuf,
    },
    /// Something that no value is written to.
    #[error("`{}` is no plain file", path.display())]
    NotFile {
        /// The whole path.
        path: PathBuf,
    },
    /// A folder for sockets that others could reach into.
    #[error("`{}` is no folder of this user's alone", path.display())]
    NotOurs {
        /// The whole path.
        path: PathBuf,
    },
    /// The key of what is kept is not 32 bytes, not private, or not ours.
    #[error("`{}` is no key that only this user can read", path.display())]
    KeptKey {
        /// The whole path.
        path: PathBuf,
    },
    /// What is kept cannot have this name.
    #[error("nothing can be kept as `{}`", name.escape_debug())]
    KeptName {
        /// The name that was asked for.
        name: String,
    },
    /// One change names a path twice, or a path and a folder above it.
    #[error("one change has both `.vault/{a}` and `.vault/{b}`")]
    Clash {
        /// The path that sorts first.
        a: String,
        /// The other one.
        b: String,
    },
    /// An interrupted change is written down, and cannot be finished here.
    #[error("an interrupted change cannot be finished: {cause} (it is written down in `{}`)", journal.display())]
    Unsettled {
        /// The whole path of the journal.
        journal: PathBuf,
        /// Why not.
        cause: Box<StoreError>,
    },
    /// A journal made in another folder, and brought here by a commit or a copy.
    #[error("`{}` was not written in this folder", journal.display())]
    ForeignJournal {
        /// The whole path of the journal.
        journal: PathBuf,
    },
    /// A change stopped after it was written down; whoever opens the vault next finishes it.
    #[error("the change is written down but not finished: {cause}")]
    Unfinished {
        /// Why it stopped.
        cause: Box<StoreError>,
    },
}
