//! What to do when no identity came out of a source.

use super::kernel::refusal;
use crate::{
    ui::{Class, Failure},
    unlock::{Origin, UnlockError},
};

/// Explains why there is no identity.
pub(super) fn unlock(error: &UnlockError) -> Failure {
    let failure = |class, code| Failure::new(class, code, error.to_string());
    match error {
        UnlockError::Source { refusal: fault, .. } => {
            Failure { error: error.to_string(), class: Class::Locked, ..refusal(fault) }
        }
        UnlockError::Read { .. } => failure(Class::Locked, "read"),
        UnlockError::Readable { origin, .. } => {
            let failure = failure(Class::Locked, "readable");
            match origin {
                Origin::Stored(path) => failure.help(format!("`chmod 600 '{}'`", path.display())),
                Origin::Flag(_) | Origin::Key | Origin::KeyFile(_) => failure,
            }
        }
        UnlockError::NobodyToAsk { .. } => failure(Class::Locked, "no-terminal")
            .help("a machine has a key of its own: `cargo vault ci setup` makes one"),
        UnlockError::NotGiven { .. } => failure(Class::Locked, "no-passphrase"),
    }
}
