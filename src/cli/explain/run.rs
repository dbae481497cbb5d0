//! What to do when a child was not started.

use std::io;

use super::{CANNOT_RUN, NO_PROGRAM, quoted, ui};
use crate::{
    kernel::refusal::Refusal,
    run::{FilesError, FilterError, Refused, RunError},
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
        RunError::Path { variable } => failure("path-refused").help(format!(
            "`allow = [\"{variable}\"]` under `[run]` in your own `settings.toml` lets it through"
        )),
        RunError::Twice { .. } => failure("variable-twice")
            .help("`--file NAME=VARIABLE` or `--dir VARIABLE` puts the path into another"),
        RunError::Nul { names } => as_files(failure("nul"), names),
        RunError::TooLong { names } => as_files(failure("too-long"), names),
    }
}

/// Values that no variable carries are given as files.
fn as_files(failure: Failure, names: &[String]) -> Failure {
    let flags = names.iter().map(|name| format!("--file {name}")).collect::<Vec<_>>().join(" ");
    let given = if names.len() == 1 { "it as a file, its path" } else { "them as files, their paths" };
    failure.help(format!("`{flags}` gives {given} in the variable")).help(except(names))
}

/// Explains values that could not be put into files.
pub(super) fn files(error: &FilesError) -> Failure {
    let failure = |code| Failure::new(Class::Refused, code, error.to_string());
    match error {
        FilesError::NoMemory => failure("no-memory")
            .help("`--on-disk` takes a folder on a disk, of mode 0700, that goes away with the program"),
        FilesError::NotOurs { folder } => failure("not-private")
            .help(format!("`ls -ld {}` shows whose it is and who can enter", quoted(folder))),
        FilesError::Clash { below, .. } => failure("file-clash").help(except(&[below.to_string()])),
        FilesError::Write { .. } | FilesError::Memory { .. } => failure("files"),
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
