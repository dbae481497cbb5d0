//! cargo, which gets nothing: the values go to the program that it starts, and to no build script, proc macro or compiler.
//!
//! We make ourselves cargo's runner, and stay beside it as a server. The runner asks at a socket, whose name is no secret: a
//! build script reads it in its parent's arguments. What counts is who asks, as the kernel shows it.

mod admit;
mod build;
mod cfg;
mod configured;
mod credential;
mod invocation;
mod line;
mod manifest;
mod peer;
mod runner;
mod serve;
mod setting;

use std::{ffi::OsString, io, path::PathBuf};

use super::Refused;
use crate::kernel::name::EnvName;

pub use invocation::{Cargo, Offer, Outcome, Stage, programs_only};
pub use line::Kind;

#[cfg(test)]
mod tests;

/// Why cargo was not started, or a program got nothing.
#[derive(Debug, thiserror::Error)]
pub enum CargoError {
    /// The system does not show who asks.
    #[error("this system does not show who asks for a value, so nothing is given to what cargo starts")]
    System,
    /// Miri starts no program.
    #[error(
        "`cargo miri` interprets the program inside the compiler, where build scripts and macros would see the values"
    )]
    Miri,
    /// No socket.
    #[error("no socket can be made at `{}`: {source}", path.display())]
    Socket {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A socket's path that not every system takes.
    #[error("`{}` is over 104 bytes, too long for a socket", path.display())]
    LongSocket {
        /// The whole path.
        path: PathBuf,
    },
    /// A path that cannot be written where cargo wants it.
    #[error("`{}` has a space or is no text, and cargo takes a runner in one string there", path.display())]
    Space {
        /// The whole path.
        path: PathBuf,
    },
    /// A program that was asked about cargo's settings.
    #[error("`{}` did not say what it builds for", program.display())]
    Asked {
        /// The program.
        program: OsString,
    },
    /// Targets that are to be run by different programs.
    #[error("the targets have different runners")]
    SeveralRunners,
    /// A package's manifest.
    #[error("`[package.metadata.vault]` in `{}`: {what}", manifest.display())]
    Manifest {
        /// The manifest.
        manifest: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A package that wants another environment, and is no member that was seen before.
    #[error("`{}` wants {}, which was not opened", manifest.display(), listed(envs))]
    LateEnv {
        /// The manifest.
        manifest: PathBuf,
        /// The environments.
        envs: Vec<EnvName>,
    },
    /// A program was not started, because nobody gave it anything.
    #[error("`{}` was not started, since its secrets were not given: {source}", program.display())]
    NotGiven {
        /// The program.
        program: OsString,
        /// What happened.
        source: io::Error,
    },
    /// cargo itself, or the program, was not started by the system.
    #[error(transparent)]
    NotStarted(#[from] Refused),
    /// Waiting failed.
    #[error("cargo cannot be waited for: {source}")]
    Wait {
        /// What the system said.
        source: io::Error,
    },
}

fn listed(envs: &[EnvName]) -> String {
    envs.iter().map(|env| format!("`{env}`")).collect::<Vec<_>>().join(", ")
}

/// What a program has to do that cargo has started: [`CargoError`] if it was the runner and did not become the program.
pub fn called_by_cargo(args: &[OsString]) -> Option<Result<(), CargoError>> {
    if let [_, word, socket, program @ ..] = args
        && word == runner::RUNNER
    {
        return Some(Err(runner::become_program(socket, program)));
    }
    if args.get(1..) != Some(&[OsString::from(credential::PLUGIN)]) {
        return None;
    }
    // cargo hears what went wrong, if it still listens.
    Some(credential::provide().or(Ok(())))
}
