//! direnv's `use cargo_vault`, by the real direnv.

use std::process::Stdio;

use super::{allowed_with, told};
use crate::harness::{PROGRAM, Person, Said, said, skipped};

/// direnv hands on what is text.
const BYTES: &str = "cargo vault: without `BYTES`: no variable of this shell can have its bytes\n";

/// Ana with the function in her library and an `.envrc` that direnv allows.
fn ana_with_envrc(envrc: &str) -> Option<Person> {
    let mut ana =
        allowed_with(&[("DB", b"value'\n$(touch RAN)\xc3\xa9"), ("BYTES", b"\xff"), ("OLD", b"new")]);
    if ana.command("direnv").arg("version").stdout(Stdio::null()).status().is_err() {
        skipped("there is no direnv");
        return None;
    }
    ana.sh(&format!(
        "mkdir -p ~/.config/direnv/lib below; '{PROGRAM}' hook direnv > ~/.config/direnv/lib/cargo_vault.sh"
    ));
    ana.write(".envrc", envrc);
    ana.sh("direnv allow .");
    ana.set("OLD", "old");
    Some(ana)
}

/// Evaluates lines of bash in which `prompt` is what direnv's own hook does before a prompt.
fn at_direnv(person: &Person, lines: &str) -> Said {
    let mut command = person.command("bash");
    let log = person.root().join("direnv");
    let hook = format!("prompt() {{ eval \"$(direnv export bash 2>>'{}')\"; }}\n", log.display());
    let vault = format!("vault() {{ '{PROGRAM}' \"$@\" >/dev/null; }}\n");
    command.args(["--noprofile", "--norc", "-c", &format!("{vault}{hook}{lines}")]);
    said(command, b"")
}

/// What our part said on direnv's standard error.
fn heard(person: &Person) -> String {
    let text = std::fs::read_to_string(person.path("../direnv")).unwrap_or_default();
    text.lines().filter(|line| line.starts_with("cargo vault:")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn direnv_loads_below_the_folder_and_puts_back_elsewhere() {
    let Some(ana) = ana_with_envrc("use cargo_vault\n") else { return };
    let line = "printf '%s|%s;' \"${DB-none}\" \"$OLD\"";
    let said = at_direnv(&ana, &format!("cd below; prompt; {line}; cd /; prompt; {line}")).ok();
    assert_eq!(said.out, b"value'\n$(touch RAN)\xc3\xa9|new;none|old;");
    assert_eq!((heard(&ana), told(&said, &ana)), (BYTES.to_owned(), String::new()));
    assert!(!ana.path("RAN").exists() && !ana.path("below/RAN").exists());
}

#[test]
fn direnv_loads_again_when_a_value_changes() {
    let Some(ana) = ana_with_envrc("use cargo_vault\n") else { return };
    // direnv looks at whole seconds.
    let lines = "prompt; sleep 1.1; printf two | vault set -q OLD; prompt; echo $OLD; sleep 1.1; printf x | vault set -q NEW; prompt; echo $NEW";
    assert_eq!(at_direnv(&ana, lines).ok().text(), "two\nx\n");
}

#[test]
fn direnv_loads_nothing_that_was_not_allowed_until_it_is() {
    let Some(ana) = ana_with_envrc("use cargo_vault\n") else { return };
    ana.vault(&["deny"]).ok();
    let said =
        at_direnv(&ana, "prompt; echo ${DB+there}; sleep 1.1; vault allow -q; prompt; echo ${DB+there}").ok();
    assert_eq!(said.text(), "\nthere\n");
    assert_eq!(
        heard(&ana),
        format!("cargo vault: `.vault` here is not allowed to load: `cargo vault allow`\n{BYTES}")
    );
}

#[test]
fn direnv_loads_the_environments_that_the_envrc_names_if_they_are_allowed() {
    let Some(ana) = ana_with_envrc("use cargo_vault prod\n") else { return };
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "-e", "prod", "PROD"], b"prod").ok();
    let said = at_direnv(
        &ana,
        "prompt; echo ${PROD-none}; sleep 1.1; vault allow -e dev -e prod; prompt; echo ${PROD-none} ${DB+dev}",
    )
    .ok();
    assert_eq!(said.text(), "none\nprod\n");
    assert_eq!(
        heard(&ana),
        "cargo vault: `prod` is not allowed to load here: `cargo vault allow -e dev -e prod`\n"
    );
}

#[test]
fn direnv_says_what_is_no_environment_s_name() {
    let Some(ana) = ana_with_envrc("use cargo_vault '$(touch RAN)'\n") else { return };
    let said = at_direnv(&ana, "prompt; echo ${DB-none}").ok();
    assert_eq!(said.text(), "none\n");
    assert!(
        heard(&ana).starts_with("cargo vault: nothing loaded: `$(touch RAN)` cannot be"),
        "{}",
        heard(&ana)
    );
    assert!(!ana.path("RAN").exists());
}
