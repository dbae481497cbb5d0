//! Completion: what is offered for a half-typed line, and the scripts of the shells, run in those that are here.

mod offers;
mod shells;

use std::{fs, path::Path};

use crate::harness::{PROGRAM, Person, Said};

/// Ana with `dev` (DATABASE_URL, DB_HOST, db/password) and `prod` (TLS_KEY), which extends nothing.
fn ana() -> Person {
    let ana = Person::with_vault("ana");
    for name in ["DATABASE_URL", "DB_HOST", "db/password"] {
        ana.vault_with(&["set", name], format!("value of {name}").as_bytes()).ok();
    }
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "-e", "prod", "TLS_KEY"], b"value of TLS_KEY").ok();
    ana
}

/// What is offered for these words, the last of which is being typed.
#[track_caller]
fn offered(person: &Person, words: &[&str]) -> String {
    let Said { code, out, err } = person.vault(&[&["__complete", "--"], words].concat());
    assert_eq!((code, err.as_str()), (0, ""), "completion is silent");
    String::from_utf8(out).unwrap()
}

/// A folder with `cargo-vault`, and a `cargo` that knows only `vault`.
fn bin(person: &Person) -> String {
    let bin = person.root().join("bin");
    person.write("../bin/cargo", "#!/bin/sh\n[ \"$1\" = vault ] || exit 101\nexec cargo-vault \"$@\"\n");
    person.sh(&format!("chmod +x '{0}/cargo'; ln -sf '{PROGRAM}' '{0}/cargo-vault'", bin.display()));
    bin.display().to_string()
}

const SHELLS: [(&str, &str); 6] = [
    ("bash", "cargo-vault.bash"),
    ("zsh", "_cargo-vault"),
    ("fish", "cargo-vault.fish"),
    ("powershell", "cargo-vault.ps1"),
    ("elvish", "cargo-vault.elv"),
    ("nushell", "cargo-vault.nu"),
];

#[test]
fn each_file_in_completions_is_what_the_program_prints() {
    let ana = Person::new("ana");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    for (shell, file) in SHELLS {
        let printed = ana.vault(&["completions", shell]).ok();
        assert_eq!(printed.out, fs::read(folder.join(file)).unwrap(), "{file}");
    }
    assert_eq!(fs::read_dir(folder).unwrap().count(), SHELLS.len());
}

#[test]
fn script_in_json_is_the_script() {
    let ana = Person::new("ana");
    let said = ana.vault(&["completions", "fish", "--json"]).ok();
    let answer: serde_json::Value = serde_json::from_slice(&said.out).unwrap();
    assert_eq!(answer["shell"], "fish");
    assert_eq!(answer["script"], ana.vault(&["completions", "fish"]).ok().text());
}

#[test]
fn shell_without_a_script_is_refused() {
    let said = Person::new("ana").vault(&["completions", "tcsh"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("[possible values: bash, zsh, fish, powershell, elvish, nushell]"),
        "{}",
        said.err
    );
}

#[test]
fn every_script_asks_the_program_and_knows_both_ways_of_typing_it() {
    for (shell, file) in SHELLS {
        let text =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(file)).unwrap();
        let code: String = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(code.contains("cargo-vault __complete"), "{shell} asks");
        assert!(
            code.contains("vault") && code.replace("cargo-vault", "").contains("cargo"),
            "{shell} knows cargo"
        );
        assert!(
            !["eval", "iex", "Invoke-Expression"].iter().any(|word| code.contains(word)),
            "{shell} evaluates"
        );
    }
}
