//! What to do when the terminal did not do its part.

use super::{CLOSED, LOST_KEY, UNREAD};
use crate::{
    kernel::name::MemberName,
    ui::{Class, Failure, UiError},
};

/// Explains a fault of the terminal.
pub(in crate::cli) fn ui(error: &UiError) -> Failure {
    let (class, code) = match error {
        UiError::Closed => (Class::Refused, CLOSED),
        UiError::Write { .. } => (Class::Refused, UNREAD),
        UiError::NoTerminal => (Class::Usage, "no-terminal"),
        UiError::Terminal { .. } => (Class::Refused, "terminal"),
        UiError::Interrupted => (Class::Refused, "interrupted"),
        UiError::NoAnswer => (Class::Refused, "no-answer"),
        UiError::Differ => (Class::Refused, "differ"),
        UiError::TooLong => (Class::Refused, "too-long"),
    };
    Failure::new(class, code, error.to_string())
}

/// Explains that a key which is shown once would be shown to nobody.
pub(in crate::cli) fn unseen_key() -> Failure {
    Failure::new(
        Class::Refused,
        "unseen-key",
        "standard output leads nowhere, and the key would be shown this once",
    )
}

/// Explains that a new member's key, which was to be shown this once, was shown to nobody.
pub(in crate::cli) fn lost_key(name: &MemberName, again: &str, error: &UiError) -> Failure {
    Failure::new(
        Class::Refused,
        LOST_KEY,
        format!("`{name}` was added, and nobody has seen its key: {error}"),
    )
    .help(format!("`{again} --name NAME` adds another"))
}
