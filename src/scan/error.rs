//! Why a search did not take place, as facts.

use std::{io, path::PathBuf};

use crate::{git::GitError, vault::VaultError};

/// Why a search did not take place.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each variant is its documentation")]
pub enum ScanError {
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("cannot read `{}`: {source}", path.display())]
    Path { path: PathBuf, source: io::Error },
    #[error("there is no git repository here")]
    NoGit,
    #[error("this git repository has no work tree")]
    NoWorkTree,
    #[error("there is no folder `{}` of what cargo has built", path.display())]
    NoTarget { path: PathBuf },
    #[error("there is no commit `{revision}` here")]
    NoRevision { revision: String },
    #[error("nothing is found here whose fingerprint is `{fingerprint}`")]
    NoFinding { fingerprint: String },
    #[error("there is no vault here to keep in what is allowed")]
    NoVault,
}
