//! What to do when a child was not started.

use std::io;

use super::{CANNOT_RUN, NO_PROGRAM, ui};
use crate::{
    kernel::refusal::Refusal,
    run::{FilterError, Refused, RunError},
    ui::{Class, Failure, UiError},
};

/// Explains an environment that no child can have.
pub(super) fn environment(error: &RunError) -> Failure {
    let failure = |code| Failure::new(Class::Refused, code, error.to_string());
    match error {
        RunError::Clash(fault) => match fault {
            Refusal::Variable { b, .. } => failure("variable").help(except(&[b.to_string()])),
            _ => failure("variable"),
        },
        RunError::Names { variables, names } => {
            let allow = variables.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
            failure("name-refused").help(except(names)).help(format!(
                "`allow = [{allow}]` under `[run]` in your own `settings.toml` lets {} through",
                it(names)
            ))
        }
        RunError::Nul { names } => {
            failure("nul").help(except(names)).help("`cargo vault get NAME` has such bytes")
        }
        RunError::TooLong { names } => failure("too-long")
            .help(except(names))
            .help("`cargo vault get NAME -o FILE` writes such a value to a file"),
    }
}

fn except(names: &[String]) -> String {
    format!("`--except {}` leaves {} out", names.join(","), it(names))
}

fn it(names: &[String]) -> &'static str {
    if names.len() == 1 { "it" } else { "them" }
}

/// Explains a filter that stopped.
pub(super) fn filter(error: &FilterError) -> Failure {
    match error {
        FilterError::Read { .. } => Failure::new(Class::Refused, "read", error.to_string()),
        FilterError::Write { source } if source.kind() == io::ErrorKind::BrokenPipe => ui(&UiError::Closed),
        FilterError::Write { source } => match source.raw_os_error() {
            Some(number) => ui(&UiError::Write { source: io::Error::from_raw_os_error(number) }),
            None => ui(&UiError::Write { source: source.kind().into() }),
        },
    }
}

/// Explains a program that was not started.
pub(super) fn child(error: &Refused) -> Failure {
    match error {
        Refused::NotFound { .. } => Failure::new(Class::NotFound, NO_PROGRAM, error.to_string()),
        Refused::CannotRun { .. } => Failure::new(Class::Refused, CANNOT_RUN, error.to_string()),
        Refused::Beside { .. } => Failure::new(Class::Refused, "beside", error.to_string()),
        Refused::TooMuch => Failure::new(Class::Refused, "too-much", error.to_string())
            .help("`--only NAME,NAME` takes only what the program needs"),
    }
}
