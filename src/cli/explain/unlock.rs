//! What to do when no identity came out of a source.

use super::{kernel::refusal, quoted};
use crate::{
    kernel::refusal::Refusal,
    ui::{Class, Failure},
    unlock::{Origin, UnlockError},
};

/// Explains why there is no identity.
pub(super) fn unlock(error: &UnlockError) -> Failure {
    let failure = |class, code| Failure::new(class, code, error.to_string());
    match error {
        UnlockError::Source { refusal: fault, .. } => {
            let failure = Failure { error: error.to_string(), class: Class::Locked, ..refusal(fault) };
            match fault {
                Refusal::Identity => failure.help("`cargo vault identity new --output FILE` makes one"),
                _ => failure,
            }
        }
        UnlockError::Read { .. } => failure(Class::Locked, "read"),
        UnlockError::Readable { origin, .. } => {
            let failure = failure(Class::Locked, "readable");
            match origin {
                Origin::Stored(path) => {
                    failure.help(format!("`chmod 600 {}` makes it yours alone", quoted(path)))
                }
                Origin::Flag(_) | Origin::Key | Origin::KeyFile(_) => failure,
            }
        }
        UnlockError::NobodyToAsk { .. } => failure(Class::Locked, "no-terminal")
            .help("a machine has a key of its own: `cargo vault ci setup`, typed at a terminal, makes one"),
        UnlockError::NotGiven { .. } => failure(Class::Locked, "no-passphrase"),
    }
}
