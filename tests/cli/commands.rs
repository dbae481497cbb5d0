//! Every command: what it says to a person, what it says to a program, and what it leaves behind.

mod batch;
mod ci;
mod config;
mod cp;
mod demo;
mod doctor;
mod edit;
mod env;
mod get;
mod identity;
mod init;
mod inject;
mod join;
mod leave;
mod list;
mod member;
mod mv;
mod place;
mod recovery;
mod replace;
mod rm;
mod set;
mod status;
mod trust;
mod typo;
mod verify;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::harness::{Person, Said, redacted};

/// The JSON of an answer; its schema must come first and nothing may follow its one line.
#[track_caller]
pub(crate) fn json(said: &Said) -> Value {
    let text = said.text();
    assert!(
        text.starts_with("{\"schema\":1,") && text.ends_with("}\n") && text.lines().count() == 1,
        "{text}"
    );
    serde_json::from_str(&text).unwrap()
}

/// The keys of an object, in order.
#[track_caller]
pub(crate) fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("it is an object").keys().map(String::as_str).collect()
}

/// The whole conversation of a command without what differs from run to run.
#[track_caller]
pub(crate) fn conversation(person: &Person, args: &[&str], stdin: &[u8]) -> String {
    redacted(&person.vault_with(args, stdin).conversation(), person)
}

/// Ana with these secrets in `dev`.
#[track_caller]
fn ana_with(secrets: &[(&str, &str)]) -> Person {
    let ana = Person::with_vault("ana");
    for (name, value) in secrets {
        ana.vault_with(&["set", name], value.as_bytes()).ok();
    }
    ana
}

/// Every file of the vault with its bytes, but for what is only of this work tree.
fn files(person: &Person) -> BTreeMap<String, Vec<u8>> {
    let listed = person.sh("cd .vault; find . -type f -not -path './.work/*' | sort");
    listed.lines().map(|path| (path.to_owned(), person.read(&format!(".vault/{path}")))).collect()
}
