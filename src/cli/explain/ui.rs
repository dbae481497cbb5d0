//! What to do when the terminal did not do its part.

use super::CLOSED;
use crate::ui::{Class, Failure, UiError};

/// Explains a fault of the terminal.
pub(in crate::cli) fn ui(error: &UiError) -> Failure {
    let (class, code) = match error {
        UiError::Closed => (Class::Refused, CLOSED),
        UiError::Write { .. } => (Class::Refused, "write"),
        UiError::NoTerminal => (Class::Usage, "no-terminal"),
        UiError::Terminal { .. } => (Class::Refused, "terminal"),
        UiError::Interrupted => (Class::Refused, "interrupted"),
        UiError::NoAnswer => (Class::Refused, "no-answer"),
        UiError::Differ => (Class::Refused, "differ"),
        UiError::TooLong => (Class::Refused, "too-long"),
    };
    Failure::new(class, code, error.to_string())
}
