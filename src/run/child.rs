//! Becoming the child: exit code, signals, terminal and job control are exactly the program's own, since nothing else is
//! left.

use std::{
    ffi::{OsStr, OsString},
    io,
    os::unix::{ffi::OsStrExt, process::CommandExt},
    process::Command,
};

use super::CoreLimit;
use crate::kernel::secret::Secret;

/// Why the system did not start the program.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// There is no such program.
    #[error("there is no program `{}`", program.display())]
    NotFound {
        /// As it was typed.
        program: OsString,
    },
    /// It is there and cannot be run.
    #[error("`{}` cannot be run: {source}", program.display())]
    CannotRun {
        /// As it was typed.
        program: OsString,
        /// What the system said.
        source: io::Error,
    },
    /// The environment and arguments are more than it takes.
    #[error("all variables and arguments together are over the system's limit")]
    TooMuch,
}

/// Replaces this process by the program. Returns only if the system refuses.
pub fn become_child(
    (program, args): (&OsStr, &[OsString]),
    environment: &[(OsString, Secret)],
    core: &CoreLimit,
) -> Refused {
    let mut command = Command::new(program);
    command.args(args).env_clear();
    for (name, value) in environment {
        command.env(name, OsStr::from_bytes(value.expose()));
    }
    core.restore();
    let source = command.exec();
    let program = program.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => Refused::NotFound { program },
        io::ErrorKind::ArgumentListTooLong => Refused::TooMuch,
        _ => Refused::CannotRun { program, source },
    }
}
