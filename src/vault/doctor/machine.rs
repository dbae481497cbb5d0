//! The machine and the shell: memory, dumps, `PATH`, the home folder, the terminal, and what cargo would run.

use std::{
    env::{join_paths, split_paths},
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use rustix::process::{Resource, getrlimit};

use super::{Fact, InKeychain, Machine, Patient, cargo_runs};
use crate::{
    git,
    kernel::{seal::AGE, secret::memory_can_be_locked},
    unlock::{Index, KeychainFault},
};

/// Variables by which cargo runs a program in place of the compiler, or around it.
const COMPILERS: [&str; 6] = [
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "RUSTC",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
];

pub(super) fn versions() -> Fact {
    Fact::Versions { libgit2: git::version(), age: AGE }
}

pub(super) fn cargo(patient: &Patient<'_>) -> Vec<Fact> {
    let (runs, unread) = cargo_runs(patient.cwd, patient.env);
    let variables = COMPILERS.iter().filter(|name| patient.variable(name).is_some());
    let variables = variables.map(|name| Fact::CargoVariable { name });
    let files = runs.into_iter().map(Fact::CargoRuns);
    files.chain(unread.into_iter().map(Fact::CargoUnread)).chain(variables).collect()
}

pub(super) fn memory() -> Vec<Machine> {
    let mut found = Vec::new();
    if !memory_can_be_locked() {
        let limit = getrlimit(Resource::Memlock);
        found.push(Machine::Unlocked { soft: limit.current, hard: limit.maximum });
    }
    if is_dumpable() {
        found.push(Machine::Dumpable);
    }
    found
}

#[cfg(target_os = "linux")]
fn is_dumpable() -> bool {
    use rustix::process::{DumpableBehavior, dumpable_behavior};
    dumpable_behavior().is_ok_and(|now| now == DumpableBehavior::Dumpable) || leaves_core_files()
}

#[cfg(not(target_os = "linux"))]
fn is_dumpable() -> bool {
    leaves_core_files()
}

fn leaves_core_files() -> bool {
    getrlimit(Resource::Core).current != Some(0)
}

pub(super) fn keychain(patient: &Patient<'_>) -> Option<InKeychain> {
    let index = match Index::read(&Index::place(patient.config?)) {
        Ok(index) => index,
        Err(error) => return Some(InKeychain::NotListed(error)),
    };
    let identities = index.0.len();
    Some(match patient.keychain.answers() {
        Ok(()) => InKeychain::Answers { identities },
        Err(KeychainFault::None) => InKeychain::None { identities },
        Err(fault) => InKeychain::Fails { identities, fault },
    })
}

pub(super) fn path(patient: &Patient<'_>) -> Vec<Machine> {
    let Some(path) = patient.variable("PATH") else { return vec![Machine::NoPath] };
    let (sound, odd): (Vec<PathBuf>, Vec<PathBuf>) = split_paths(path).partition(|entry| entry.is_absolute());
    if odd.is_empty() {
        return Vec::new();
    }
    let sound = join_paths(&sound).expect("what was split can be joined");
    vec![Machine::OddPath { odd: odd.into_iter().map(OsString::from).collect(), sound }]
}

pub(super) fn home(patient: &Patient<'_>) -> Vec<Machine> {
    let Some(config) = patient.config else { return vec![Machine::NoHome] };
    let Some(home) = patient.variable("HOME").map(Path::new) else { return vec![Machine::HomeUnset] };
    // Where the folders lie elsewhere, nothing is missing.
    let missing = config.starts_with(home) && fs::metadata(home).is_err();
    if missing { vec![Machine::HomeMissing { path: home.to_owned() }] } else { Vec::new() }
}

pub(super) fn terminal(patient: &Patient<'_>) -> Vec<Machine> {
    if patient.terminal { Vec::new() } else { vec![Machine::NoTerminal] }
}
