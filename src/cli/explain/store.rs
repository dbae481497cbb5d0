//! What to do when the disk did not do its part.

use super::{EXISTS, kernel::refusal, quoted};
use crate::{
    kernel::tree::TreeError,
    store::StoreError,
    ui::{Class, Failure},
};

/// Explains a fault of the disk.
pub(super) fn store(error: &StoreError) -> Failure {
    let failure = |class, code| Failure::new(class, code, error.to_string());
    match error {
        StoreError::NoVault { .. } => {
            failure(Class::NotFound, "no-vault").help("`cargo vault init` makes one here")
        }
        StoreError::NotFolder { path } => {
            failure(Class::Tampered, "not-folder").help(format!("`ls -ld {}` shows what it is", quoted(path)))
        }
        StoreError::Tree(TreeError::Refused(refused)) => refusal(refused),
        StoreError::Tree(TreeError::Io { .. }) | StoreError::Read { .. } => failure(Class::Refused, "read"),
        StoreError::Write { .. } => failure(Class::Refused, "write").help("nothing was changed"),
        StoreError::NotFile { .. } => failure(Class::Refused, "not-file")
            .help("name a file that is not there yet; `-o -` is standard output"),
        StoreError::NotOurs { path } => failure(Class::Refused, "not-ours").help(format!(
            "`ls -ld {}` shows whose it is; `export XDG_RUNTIME_DIR=FOLDER` names another, of yours and mode 0700",
            quoted(path)
        )),
        StoreError::Exists { .. } => failure(Class::Conflict, EXISTS),
        StoreError::KeptKey { path } => failure(Class::Refused, "kept-key").help(format!(
            "`rm {}` has a new one made; what was trusted and seen is forgotten then",
            quoted(path)
        )),
        StoreError::KeptName { .. } | StoreError::Clash { .. } => failure(Class::Bug, "bug"),
        StoreError::Unsettled { .. } => failure(Class::Refused, "unsettled")
            .help("let any command that may write this folder run once, and it will be finished"),
        StoreError::ForeignJournal { journal } => failure(Class::Tampered, "foreign-journal")
            .help(format!("a commit or a copy brought it: `rm {}` removes it", quoted(journal))),
        StoreError::Unfinished { .. } => failure(Class::Refused, "unfinished")
            .help("the next command finishes it; `cargo vault verify` is one"),
    }
}
