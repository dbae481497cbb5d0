//! What to do when a search did not take place.

use std::io::ErrorKind;

use super::vault;
use crate::{
    git::GitError,
    scan::ScanError,
    ui::{Class, Failure},
};

/// Explains a search that did not take place.
pub(super) fn scan(error: &ScanError) -> Failure {
    let failure = |class, code| Failure::new(class, code, error.to_string());
    match error {
        ScanError::Git(GitError::Open { .. }) => failure(Class::Refused, "git")
            .help("`cargo vault scan .` searches the files of this folder, as if there were no git"),
        ScanError::Git(GitError::Read { .. } | GitError::Write { .. }) => failure(Class::Refused, "git"),
        ScanError::Vault(fault) => vault::vault(fault),
        ScanError::Path { source, .. } if source.kind() == ErrorKind::NotFound => {
            failure(Class::NotFound, "no-file")
        }
        ScanError::Path { .. } => failure(Class::Refused, "read"),
        ScanError::NoGit => {
            failure(Class::Refused, "no-git").help("`cargo vault scan .` searches the files of this folder")
        }
        ScanError::NoWorkTree => {
            failure(Class::Refused, "no-work-tree").help("`cargo vault scan --history` searches its commits")
        }
        ScanError::NoTarget { .. } => failure(Class::NotFound, "no-target")
            .help("`CARGO_TARGET_DIR` says where it is, if it is elsewhere"),
        ScanError::NoRevision { .. } => {
            failure(Class::NotFound, "no-revision").help("`git fetch` brings what the remote has")
        }
        ScanError::NoFinding { .. } => failure(Class::NotFound, "no-finding")
            .help("`cargo vault scan` shows the fingerprint of each finding: allow one with the flags that found it"),
        ScanError::NoVault => {
            failure(Class::NotFound, "no-vault").help("`cargo vault init` makes one here")
        }
    }
}
