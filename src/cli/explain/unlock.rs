//! What to do when no identity came out of a source.

use std::path::Path;

use super::{KEYCHAIN, kernel::refusal, quoted};
use crate::{
    kernel::refusal::Refusal,
    ui::{Class, Failure},
    unlock::{KeychainFault, Origin, UnlockError},
};

/// Explains why there is no identity.
pub(super) fn unlock(error: &UnlockError) -> Failure {
    let failure = |class, code| Failure::new(class, code, error.to_string());
    match error {
        UnlockError::Source { refusal: fault, origin } => {
            let failure = Failure { error: error.to_string(), class: Class::Locked, ..refusal(fault) };
            match (fault, origin) {
                (Refusal::Identity, Origin::Stored(path)) => failure.help(put_away(path)),
                (Refusal::Identity, _) => failure.help("`cargo vault identity new --output FILE` makes one"),
                _ => failure,
            }
        }
        UnlockError::Read { .. } => failure(Class::Locked, "read"),
        UnlockError::Readable { origin, .. } => {
            let failure = failure(Class::Locked, "readable");
            match origin {
                Origin::Stored(path) | Origin::Ssh(path) => {
                    failure.help(format!("`chmod 600 {}` makes it yours alone", quoted(path)))
                }
                Origin::Flag(_)
                | Origin::Key
                | Origin::KeyFile(_)
                | Origin::Command
                | Origin::Keychain(_) => failure,
            }
        }
        UnlockError::NobodyToAsk { .. } => failure(Class::Locked, "no-terminal")
            .help("a machine has a key of its own: `cargo vault ci setup`, typed at a terminal, makes one"),
        UnlockError::WouldAsk { .. } => failure(Class::Locked, "would-ask")
            .help("`cargo vault run` asks; `cargo vault identity protect` changes what stands before a key"),
        UnlockError::NotGiven { .. } => failure(Class::Locked, "no-passphrase"),
        UnlockError::Command { .. } => failure(Class::Locked, "key-command")
            .help("it has to print a key, or a file of keys, and to end with 0"),
        UnlockError::Keychain(fault) => keychain(fault, failure(Class::Locked, KEYCHAIN)),
        UnlockError::Index { path, .. } => failure(Class::Locked, "identities-list")
            .help(format!("{}; the keys stay in the keychain", put_away(path))),
    }
}

/// For a file of the user's own that stops every command: its new name is none that is looked at.
fn put_away(path: &Path) -> String {
    let mut away = path.as_os_str().to_owned();
    away.push(".bad");
    format!("`mv {} {}` puts it away", quoted(path), quoted(Path::new(&away)))
}

fn keychain(fault: &KeychainFault, failure: Failure) -> Failure {
    match fault {
        KeychainFault::None => failure.help("another session of yours may have one, such as the desktop's"),
        KeychainFault::WouldAsk | KeychainFault::Silent => {
            failure.help("unlock it, as by logging in at the desktop, and try again")
        }
        KeychainFault::Gone => failure.help("`cargo vault identity list` shows what lies where"),
        KeychainFault::Said { .. } => failure,
    }
}
