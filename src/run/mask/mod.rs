//! Masking: a secret's value, as it is or encoded, becomes `[NAME]` in what a program prints.
//!
//! A seat belt, and no wall: what a program does to a value on purpose, nobody recognises (docs/threat-model.md).

mod matcher;
mod monitor;
mod outputs;
mod pump;
mod runner;
mod session;
mod stream;
mod terminal;

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io::{self, stdin, stdout},
    os::fd::AsFd,
    sync::Arc,
};

pub use monitor::{MONITOR, monitor};
pub use outputs::Outputs;
pub use runner::{Stream as Log, log};
pub use stream::{CHUNK, Mask, Stream};

use super::{CoreLimit, Ended, Refused, Step, Supervisor, child::command};
use crate::kernel::secret::Secret;

/// Runs a program whose outputs are masked.
pub fn run_masked(
    program: (&OsStr, &[OsString]),
    environment: &[(OsString, Secret)],
    mask: &Arc<Mask>,
    core: &CoreLimit,
) -> Result<Ended, Refused> {
    if session::is_wanted() {
        return session::run(program, environment, mask, core);
    }
    let beside = |source| Refused::Beside { source };
    let mut command = command(program, environment);
    let supervisor = Supervisor::begin().map_err(beside)?;
    let outputs = Outputs::begin(mask, &mut command).map_err(beside)?;
    let child = supervisor.spawn(&mut command, core);
    drop(command);
    let ended = child.and_then(|child| {
        loop {
            if let Step::Ended(ended) = supervisor.wait(child, None).map_err(beside)? {
                return Ok(ended);
            }
        }
    });
    outputs.finish();
    ended
}

/// Why a filter stopped.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// What was to be masked could not be read.
    #[error("standard input: {source}")]
    Read {
        /// What the system said.
        source: io::Error,
    },
    /// What was masked could not be written.
    #[error("standard output cannot be written: {source}")]
    Write {
        /// What the system said.
        source: io::Error,
    },
}

/// Masks standard input on standard output, as it comes.
pub fn filter(mask: &Arc<Mask>) -> Result<(), FilterError> {
    let from = stdin().as_fd().try_clone_to_owned().map_err(|source| FilterError::Read { source })?;
    let to = stdout().as_fd().try_clone_to_owned().map_err(|source| FilterError::Write { source })?;
    pump::mask(mask.stream(), (&mut File::from(from), |_| true), &mut File::from(to))
}

#[cfg(test)]
mod tests;
