//! Starting the child, and becoming it: then exit code, signals, terminal and job control are exactly the program's own, since nothing else is
//! left.

use std::{
    ffi::{OsStr, OsString},
    io::{self, Write},
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
    /// What is to stay beside it cannot.
    #[error("what is to stay beside the program cannot: {source}")]
    Beside {
        /// What the system said.
        source: io::Error,
    },
    /// The environment and arguments are more than it takes.
    #[error("all variables and arguments together are over the system's limit")]
    TooMuch,
}

/// A program with its arguments and exactly this environment.
pub fn command((program, args): (&OsStr, &[OsString]), environment: &[(OsString, Secret)]) -> Command {
    let mut command = Command::new(program);
    command.args(args).env_clear();
    for (name, value) in environment {
        command.env(name, OsStr::from_bytes(value.expose()));
    }
    command
}

/// Writes a value into a file that the child reads.
pub(super) fn hand_over(value: &Secret, to: &mut impl Write) -> io::Result<()> {
    to.write_all(value.expose())
}

/// Replaces this process by the program. Returns only if the system refuses.
pub fn become_child(
    (program, args): (&OsStr, &[OsString]),
    environment: &[(OsString, Secret)],
    core: &CoreLimit,
) -> Refused {
    let mut command = command((program, args), environment);
    core.restore();
    let source = command.exec();
    Refused::of(program, source)
}

impl Refused {
    /// What the system's answer to starting a program means.
    pub(super) fn of(program: &OsStr, source: io::Error) -> Self {
        let program = program.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound { program },
            io::ErrorKind::ArgumentListTooLong => Self::TooMuch,
            _ => Self::CannotRun { program, source },
        }
    }
}
