//! `CVAULT_KEY_COMMAND`: a password manager prints the key, when its turn comes.

use super::{ana, hidden_away};
use crate::{commands::json, harness::Person};

/// Ana whose key is printed by a command, which counts how often it was asked and keeps its environment.
fn ana_with_command() -> Person {
    let mut ana = ana();
    let away = hidden_away(&ana);
    let root = ana.root().display().to_string();
    let line = format!("echo asked >> '{root}/asked'; env > '{root}/env'; cat '{}'", away.display());
    ana.set("CVAULT_KEY_COMMAND", line);
    ana
}

fn asked(ana: &Person) -> usize {
    std::fs::read_to_string(ana.root().join("asked")).unwrap_or_default().lines().count()
}

#[test]
fn command_is_asked_once_and_only_by_what_needs_a_key() {
    let ana = ana_with_command();
    ana.vault(&["list"]).ok();
    ana.vault(&["verify"]).ok();
    ana.vault(&["trust", "--show"]).ok();
    assert_eq!(asked(&ana), 0);
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "first");
    assert_eq!(asked(&ana), 1);
    ana.vault_with(&["set", "DB"], b"second").ok();
    assert_eq!(asked(&ana), 2);
}

#[test]
fn command_is_not_asked_where_a_variable_has_the_key() {
    let mut ana = ana_with_command();
    let key = std::fs::read_to_string(ana.root().join("away.txt")).unwrap();
    let key = key.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap().to_owned();
    ana.set("CVAULT_KEY", key);
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "first");
    assert_eq!(asked(&ana), 0);
}

#[test]
fn command_gets_no_key_and_no_standard_input() {
    let mut ana = ana_with_command();
    ana.set("CVAULT_KEY_FILE", "../other.txt");
    ana.vault(&["identity", "new", "-o", "../other.txt"]).ok();
    let line = ana.env["CVAULT_KEY_COMMAND"].clone();
    ana.set("CVAULT_KEY_COMMAND", format!("wc -c > ../input; {line}"));
    ana.vault_with(&["set", "DB"], b"second").ok();
    assert_eq!(std::fs::read_to_string(ana.root().join("input")).unwrap().trim(), "0");
    let env = std::fs::read_to_string(ana.root().join("env")).unwrap();
    assert!(env.contains("HOME=") && !env.contains("CVAULT_KEY"), "{env}");
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "second");
}

#[test]
fn command_that_fails_is_named() {
    let mut ana = ana_with_command();
    ana.set("CVAULT_KEY_COMMAND", "exit 7");
    ana.vault(&["get", "DB"]).refused(4, "error: `CVAULT_KEY_COMMAND` ended with exit status: 7");
    ana.set("CVAULT_KEY_COMMAND", "echo nonsense");
    ana.vault(&["get", "DB"]).refused(4, "error: `CVAULT_KEY_COMMAND`: this is no identity of age");
    ana.set("CVAULT_KEY_COMMAND", "yes || true");
    ana.vault(&["get", "DB"]).refused(4, "error: `CVAULT_KEY_COMMAND` cannot be read: it is over 64 KiB");
}

/// A machine on a fresh clone that gets its anchored key from a command.
fn machine(ana: &Person) -> (Person, String) {
    let key = json(&ana.vault(&["ci", "setup", "--json"]).ok())["key"].as_str().unwrap().to_owned();
    ana.commit("ci");
    (ana.clone_for("ci"), key)
}

#[test]
fn anchor_that_a_command_prints_vouches_for_a_fresh_clone() {
    let ana = ana();
    let (mut ci, key) = machine(&ana);
    let bare = key.split('#').next().unwrap().to_owned();
    ci.set("CVAULT_KEY_COMMAND", format!("echo '{bare}'"));
    ci.vault(&["get", "DB"]).refused(5, "error: this vault is not known here yet");
    ci.set("CVAULT_KEY_COMMAND", format!("echo '{key}'"));
    assert_eq!(ci.vault(&["get", "DB"]).ok().text(), "first");
}

#[test]
fn anchor_that_a_command_prints_is_held_against_a_vault_that_is_known() {
    let ana = ana();
    let (mut ci, key) = machine(&ana);
    ci.set("CVAULT_TRUST", "first-use");
    ci.set("CVAULT_KEY_COMMAND", format!("echo '{key}'"));
    assert_eq!(ci.vault(&["get", "DB"]).ok().text(), "first");
    // Another line of the same vault's log than the one that lies here.
    let (head, _) = key.rsplit_once('.').unwrap();
    ci.set("CVAULT_KEY_COMMAND", format!("echo '{head}.{}'", "0".repeat(32)));
    let said = ci.vault(&["get", "DB"]);
    assert_eq!(said.code, 5, "{}", said.err);
}
