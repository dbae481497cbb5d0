//! What to do when a text of many values is not in order.

use crate::{
    interchange::{BatchError, BatchFault, KeysError},
    ui::{Class, Failure},
};

/// How many faults are told one by one.
const SHOWN: usize = 20;

/// Explains a batch that was not taken.
pub(super) fn batch(error: &BatchError) -> Failure {
    let failure = Failure::new(Class::Usage, "batch", format!("standard input: {error}"));
    let shown = if error.faults.len() > 1 { &error.faults[..] } else { &[] };
    let names = std::iter::once("faults").chain(std::iter::repeat(""));
    let mut failure = shown
        .iter()
        .take(SHOWN)
        .zip(names)
        .fold(failure, |failure, (fault, name)| failure.detail(name, fault.to_string()));
    if shown.len() > SHOWN {
        failure = failure.detail("", format!("and {} more", shown.len() - SHOWN));
    }
    match error.faults.iter().find_map(hint) {
        Some(hint) => failure.help(hint),
        None => failure,
    }
}

/// Explains a text that gave no public keys.
pub(super) fn public_keys(error: &KeysError) -> Failure {
    let failure = Failure::new(Class::Usage, "public-keys", format!("standard input: {error}"));
    match error {
        KeysError::Empty | KeysError::NoKey { .. } => {
            failure.help("a line is as in `authorized_keys`, or a recipient of age; see what is sent before it is piped here")
        }
        KeysError::NoneUsable { .. } => failure
            .help("`cargo vault join`, typed by who is to come in, makes a key and asks with it"),
    }
}

fn hint(fault: &BatchFault) -> Option<&'static str> {
    match fault {
        BatchFault::NoEquals { .. } => {
            Some("`--batch=null` takes values of several lines, each ended by NUL, as `env -0` prints them")
        }
        BatchFault::NotString { .. } => Some("write it as a string, or set it alone with `--kind json`"),
        BatchFault::Empty
        | BatchFault::Name { .. }
        | BatchFault::Twice { .. }
        | BatchFault::TooLarge { .. }
        | BatchFault::NotJson { .. }
        | BatchFault::NotObject
        | BatchFault::Surrogate { .. } => None,
    }
}
