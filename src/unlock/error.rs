//! Why no key came out of a source, and where one came from.

use std::{fmt, path::PathBuf};

use super::KeychainFault;
use crate::kernel::refusal::Refusal;

/// Why no key came out of a source.
#[derive(Debug, thiserror::Error)]
pub enum UnlockError {
    /// A source holds something that is no identity, or no anchor.
    #[error("{origin}: {refusal}")]
    Source {
        /// Where it came from.
        origin: Origin,
        /// What is wrong with it.
        refusal: Refusal,
    },
    /// An identity's file cannot be read.
    #[error("{origin} cannot be read: {reason}")]
    Read {
        /// Which file.
        origin: Origin,
        /// Why, in one clause.
        reason: String,
    },
    /// Others may read an identity's file.
    #[error("others can read {origin} (mode {mode:03o})")]
    Readable {
        /// Which file.
        origin: Origin,
        /// Its permission bits.
        mode: u32,
    },
    /// A passphrase is needed, and nobody can be asked.
    #[error("{origin} is under a passphrase, and there is no terminal to ask for it")]
    NobodyToAsk {
        /// Which identity.
        origin: Origin,
    },
    /// The person asked for the passphrase did not give one.
    #[error("no passphrase was given for {origin}")]
    NotGiven {
        /// Which identity.
        origin: Origin,
    },
    /// It opens by a question alone, and nobody may be asked now.
    #[error("{origin} opens only when you are asked: {guard}")]
    WouldAsk {
        /// Which identity.
        origin: Origin,
        /// What stands before it, in a word or two.
        guard: String,
    },
    /// The command that is to print a key did not.
    #[error("`CVAULT_KEY_COMMAND` {what}")]
    Command {
        /// How it failed, in one clause.
        what: String,
    },
    /// The system's keychain did not do its part.
    #[error(transparent)]
    Keychain(#[from] KeychainFault),
    /// The list of what lies in the keychain is not as it was written.
    #[error("`{}` is not as it was written: {what}", path.display())]
    Index {
        /// Which file.
        path: PathBuf,
        /// What is wrong, in one clause.
        what: String,
    },
}

/// Where a key came from, as people know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `--identity FILE`.
    Flag(PathBuf),
    /// `CVAULT_KEY`.
    Key,
    /// `CVAULT_KEY_FILE`.
    KeyFile(PathBuf),
    /// `CVAULT_KEY_COMMAND`.
    Command,
    /// The system's keychain, under a name.
    Keychain(String),
    /// A file in the user's configuration folder.
    Stored(PathBuf),
    /// An SSH key of the user's.
    Ssh(PathBuf),
}

impl Origin {
    /// The file, where it is one.
    pub fn path(&self) -> Option<&std::path::Path> {
        match self {
            Self::Flag(path) | Self::KeyFile(path) | Self::Stored(path) | Self::Ssh(path) => Some(path),
            Self::Key | Self::Command | Self::Keychain(_) => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(path) | Self::Stored(path) | Self::Ssh(path) => write!(f, "`{}`", path.display()),
            Self::Key => f.write_str("`CVAULT_KEY`"),
            Self::KeyFile(path) => write!(f, "`{}` (from `CVAULT_KEY_FILE`)", path.display()),
            Self::Command => f.write_str("`CVAULT_KEY_COMMAND`"),
            Self::Keychain(name) => write!(f, "the system keychain, as `{name}`"),
        }
    }
}
