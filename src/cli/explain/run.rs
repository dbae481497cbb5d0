//! What to do when a child was not started.

use super::{CANNOT_RUN, NO_PROGRAM};
use crate::{
    run::{Refused, RunError},
    ui::{Class, Failure},
};

/// Explains an environment that no child can have.
pub(super) fn environment(error: &RunError) -> Failure {
    let failure = |code| Failure::new(Class::Refused, code, error.to_string());
    match error {
        RunError::Clash(_) => failure("variable").help("leave one out with `--except NAME`, or rename it"),
        RunError::Names { variables } => failure("name-refused")
            .help(format!("leave {} out with `--except`", if variables.len() == 1 { "it" } else { "them" }))
            .help("`allow = [\"NAME\"]` under `[run]` in your own `settings.toml` lets a name through"),
        RunError::Nul { .. } => {
            failure("nul").help("leave it out with `--except NAME`; `cargo vault get NAME` has its bytes")
        }
        RunError::TooLong { .. } => failure("too-long")
            .help("leave it out with `--except NAME`; `cargo vault get NAME -o FILE` writes it to a file"),
    }
}

/// Explains a program that was not started.
pub(super) fn child(error: &Refused) -> Failure {
    match error {
        Refused::NotFound { .. } => Failure::new(Class::NotFound, NO_PROGRAM, error.to_string()),
        Refused::CannotRun { .. } => Failure::new(Class::Refused, CANNOT_RUN, error.to_string()),
        Refused::TooMuch => Failure::new(Class::Refused, "too-much", error.to_string())
            .help("`--only NAME,NAME` takes only what the program needs"),
    }
}
