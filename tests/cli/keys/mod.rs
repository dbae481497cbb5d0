//! Every kind of key that people have, and the order in which they are looked for.

mod command;
mod keychain;
mod order;
pub(crate) mod plugin;
mod ssh;
mod team;

use std::{path::PathBuf, process::Command};

use crate::harness::{PROGRAM, Person, skipped};

/// Where this person's own identity lies.
const DEFAULT: &str = ".config/cargo-vault/identities/default.txt";

/// Ana with a vault, and a secret that is committed.
fn ana() -> Person {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    ana.commit("DB");
    ana
}

/// Takes a person's own identity away, and gives the place where it is then.
fn hidden_away(person: &Person) -> PathBuf {
    let away = person.root().join("away.txt");
    std::fs::rename(person.home.join(DEFAULT), &away).unwrap();
    away
}

/// Whether these programs are all here. If not, says that this test is skipped.
pub(crate) fn have(programs: &[&str]) -> bool {
    let missing = |program: &&&str| {
        let found = Command::new("/bin/sh").args(["-c", &format!("command -v {program}")]).output().unwrap();
        !found.status.success()
    };
    let missing = programs.iter().find(missing);
    if let Some(program) = missing {
        skipped(&format!("there is no {program}"));
    }
    missing.is_none()
}

/// Makes an SSH key of a person's, and gives its public line without the comment.
fn ssh_key(person: &Person, kind: &str, name: &str, passphrase: &str) -> String {
    let place = person.home.join(".ssh").join(name);
    person.sh(&format!(
        "mkdir -p -m 700 '{}' && ssh-keygen -q -t {kind} -N '{passphrase}' -C '' -f '{}'",
        place.parent().unwrap().display(),
        place.display()
    ));
    let public = std::fs::read_to_string(place.with_extension("pub")).unwrap();
    public.split(' ').take(2).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// The folder of the program under test, for a PATH.
fn bin() -> PathBuf {
    PathBuf::from(PROGRAM).parent().unwrap().to_owned()
}
