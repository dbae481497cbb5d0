//! What to do when cargo was not started, or a program that it started got nothing.

use super::{quoted, run};
use crate::{
    run::cargo::CargoError,
    ui::{Class, Failure},
};

/// The way out that is there on every system.
const BUILD_FIRST: &str = "build first, and run the built program: `cargo vault run -- ./target/debug/NAME`";

/// Explains why a program of cargo's has no values.
pub(in crate::cli) fn cargo(error: &CargoError) -> Failure {
    let failure = |class, code| Failure::new(class, code, error.to_string());
    match error {
        CargoError::System => failure(Class::Refused, "no-peer").help(BUILD_FIRST),
        CargoError::Miri => {
            failure(Class::Refused, "miri").help("`cargo miri` alone runs it, without secrets")
        }
        CargoError::Socket { .. } => failure(Class::Refused, "socket")
            .help("`export XDG_RUNTIME_DIR=FOLDER` names another folder, of yours and mode 0700"),
        CargoError::LongSocket { .. } => failure(Class::Refused, "long-socket")
            .help("`export XDG_RUNTIME_DIR=FOLDER` names a folder with a shorter path"),
        CargoError::Space { .. } => failure(Class::Refused, "runner-space")
            .help("`export XDG_RUNTIME_DIR=FOLDER` names a folder without one, of yours and mode 0700"),
        CargoError::Asked { .. } => failure(Class::Refused, "cargo-asked").help(BUILD_FIRST),
        CargoError::SeveralRunners => {
            failure(Class::Refused, "several-runners").help("name one target with `--target`")
        }
        CargoError::Manifest { manifest, .. } => failure(Class::Refused, "manifest").help(format!(
            "it takes `env` and `only`, as `only = [\"DATABASE_URL\"]`, in {}",
            quoted(manifest)
        )),
        CargoError::LateEnv { envs, .. } => {
            let flags = envs.iter().map(|env| format!("-e {env} ")).collect::<String>();
            failure(Class::Refused, "late-env")
                .help(format!("list the package in `[workspace] members`, or run with `{}`", flags.trim_end()))
        }
        CargoError::NotGiven { .. } => failure(Class::Refused, "not-given")
            .help("only what `cargo vault run -- cargo …` was asked to start gets any, for as long as that is there"),
        CargoError::NotStarted(refused) => run::child(refused),
        CargoError::Wait { .. } => failure(Class::Refused, "wait"),
    }
}
