//! What to tell a person: class, code and hints for every error, by one exhaustive match a room. A new variant does not
//! compile until somebody has said what to do next.

mod cargo;
pub(super) mod doctor;
mod driver;
pub(super) mod git;
mod interchange;
mod kernel;
mod merging;
pub(super) mod past;
mod run;
mod scan;
mod store;
pub(super) mod team;
mod ui;
mod unlock;
mod vault;

use std::path::Path;

use crate::{
    git::CallError,
    interchange::{BatchError, KeysError},
    run::{FilesError, FilterError, Refused, RunError, cargo::CargoError},
    scan::ScanError,
    store::StoreError,
    ui::Failure,
    unlock::UnlockError,
    vault::VaultError,
};

pub(super) use interchange::{dotenv, template, unfilled, values};
pub(super) use ui::{lost_key, ui, unseen_key};

/// The code of a standard output that nobody reads any more.
pub(super) const CLOSED: &str = "closed";
/// The code of an answer that could not be written.
pub(super) const UNREAD: &str = "unread";
/// The code of a key that was shown to nobody, and is kept nowhere.
pub(super) const LOST_KEY: &str = "lost-key";
/// The code of an identity that is there already.
pub(super) const IDENTITY_EXISTS: &str = "identity-exists";
/// The code of a system keychain that does not do its part.
pub(super) const KEYCHAIN: &str = "keychain";
/// The code of a file that would have been overwritten.
pub(super) const EXISTS: &str = "exists";
/// The code of a program that `run` did not find.
pub(super) const NO_PROGRAM: &str = "no-program";
/// The code of a program that `run` found and could not start.
pub(super) const CANNOT_RUN: &str = "cannot-run";

macro_rules! explained {
    ($($error:ty => $room:ident::$function:ident),+ $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                $room::$function(&error)
            }
        }
    )+};
}

explained!(
    BatchError => interchange::batch,
    CallError => git::call,
    CargoError => cargo::cargo,
    FilesError => run::files,
    KeysError => interchange::public_keys,
    RunError => run::environment,
    FilterError => run::filter,
    Refused => run::child,
    ScanError => scan::scan,
    StoreError => store::store,
    UnlockError => unlock::unlock,
    VaultError => vault::vault,
);

impl Failure {
    /// The failure of a finding, which stays where it was found.
    pub(super) fn from_ref(error: &VaultError) -> Self {
        vault::vault(error)
    }
}

/// A path as it can be typed in a shell, whatever stands in it.
pub(super) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.+=@/,:".contains(&b));
    if plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// Names as a person lists them.
fn listed<T: std::fmt::Display>(names: &[T]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
