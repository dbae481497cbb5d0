//! Where a command finds the vault, the environment and the key.

use std::fs;

use super::{ana_with, json};
use crate::harness::{PROGRAM, Person, said};

const OWN: &str = ".config/cargo-vault/identities/default.txt";

/// Ana whose identity was moved out of her folder into this file of the project.
fn ana_without_identity() -> Person {
    let ana = ana_with(&[("A", "x")]);
    fs::rename(ana.home.join(OWN), ana.path("key.txt")).unwrap();
    ana
}

fn own_key(ana: &Person) -> String {
    let text = fs::read_to_string(ana.home.join(OWN)).unwrap();
    text.lines().find(|line| line.starts_with("AGE-")).unwrap().to_owned()
}

#[test]
fn vault_is_found_from_a_folder_below() {
    let ana = ana_with(&[("A", "x")]);
    ana.write("a/b/c/file", "");
    assert_eq!(
        ana.sh(&format!("cd a/b/c; {PROGRAM} get A; {PROGRAM} set B y; {PROGRAM} list")),
        "xset `dev/B` (version 1)\nA\nB\n"
    );
}

#[test]
fn vault_is_found_from_inside_itself() {
    let ana = ana_with(&[("A", "x")]);
    assert_eq!(ana.sh(&format!("cd .vault/secrets/dev; {PROGRAM} get A")), "x");
}

#[test]
fn folder_of_the_flag_stands_for_the_current_one() {
    let ana = ana_with(&[("A", "x")]);
    ana.write("sub/value", "of a file");
    let sub = ana.path("sub");
    let mut command = ana.command(PROGRAM);
    command.current_dir("/").args(["-C", sub.to_str().unwrap(), "set", "B", "--file", "value"]);
    said(command, b"").ok();
    assert_eq!(ana.vault(&["get", "B", "-C", "sub"]).ok().out, b"of a file");
}

#[test]
fn folder_of_the_flag_that_is_not_there_is_a_fault_of_usage() {
    let ana = ana_with(&[]);
    ana.vault(&["-C", "none", "list"]).refused(2, "error: there is no folder `none`");
}

#[test]
fn variable_names_the_vaults_folder_itself() {
    let ana = ana_with(&[("A", "x")]);
    let mut away = ana.command(PROGRAM);
    away.current_dir("/").env("CVAULT_DIR", ana.path(".vault")).args(["get", "A"]);
    assert_eq!(said(away, b"").ok().out, b"x");
}

#[test]
fn variable_that_names_no_vault_is_refused_and_nothing_else_is_looked_at() {
    let mut ana = ana_with(&[("A", "x")]);
    ana.set("CVAULT_DIR", "none");
    let said = ana.vault(&["get", "A"]);
    assert_eq!((said.code, said.out.len()), (3, 0), "{}", said.err);
}

#[test]
fn no_vault_is_said_with_what_to_type() {
    let ana = Person::new("ana");
    let place = ana.cwd.canonicalize().unwrap();
    let said = ana.vault(&["list"]);
    assert!(said.err.ends_with("\n\nhelp: `cargo vault init` makes one here\n"), "{}", said.err);
    said.refused(3, &format!("error: there is no `.vault` in `{}` or any folder above it", place.display()));
}

#[test]
fn variable_names_the_environment() {
    let mut ana = ana_with(&[("A", "dev")]);
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "-e", "prod", "A"], b"prod").ok();
    ana.set("CVAULT_ENV", "prod");
    assert_eq!(ana.vault(&["get", "A"]).ok().out, b"prod");
    assert_eq!(ana.vault(&["get", "-e", "dev", "A"]).ok().out, b"dev");
}

#[test]
fn variable_that_names_no_environment_is_refused() {
    let mut ana = ana_with(&[("A", "dev")]);
    ana.set("CVAULT_ENV", "Prod!");
    let said = ana.vault(&["get", "A"]);
    assert_eq!(said.code, 2);
    assert!(said.err.starts_with("error: `CVAULT_ENV`: "), "{}", said.err);
}

#[test]
fn empty_variables_are_as_none() {
    let mut ana = ana_with(&[("A", "dev")]);
    for name in ["CVAULT_ENV", "CVAULT_DIR", "CVAULT_KEY", "CVAULT_KEY_FILE", "CVAULT_TRUST"] {
        ana.set(name, "");
    }
    assert_eq!(ana.vault(&["get", "A"]).ok().out, b"dev");
}

#[test]
fn key_comes_from_a_file_that_a_variable_names() {
    let mut ana = ana_without_identity();
    assert_eq!(ana.vault(&["get", "A"]).code, 4);
    ana.set("CVAULT_KEY_FILE", "key.txt");
    assert_eq!(ana.vault(&["get", "A"]).ok().out, b"x");
}

#[test]
fn key_comes_from_a_file_that_a_flag_names() {
    let ana = ana_without_identity();
    assert_eq!(ana.vault(&["get", "A", "--identity", "key.txt"]).ok().out, b"x");
    assert_eq!(ana.vault(&["-i", "key.txt", "get", "A"]).ok().out, b"x");
}

#[test]
fn key_comes_through_a_pipe_that_a_flag_names() {
    let ana = ana_without_identity();
    assert_eq!(ana.sh(&format!("cat key.txt | {PROGRAM} get A -i /dev/stdin")), "x");
}

#[test]
fn key_comes_from_a_variable() {
    let mut ana = ana_with(&[("A", "x")]);
    let key = own_key(&ana);
    fs::remove_file(ana.home.join(OWN)).unwrap();
    ana.set("CVAULT_KEY", key);
    assert_eq!(ana.vault(&["get", "A"]).ok().out, b"x");
    ana.vault_with(&["set", "A"], b"y").ok();
}

#[test]
fn key_file_that_is_not_there_is_refused() {
    let mut ana = ana_with(&[("A", "x")]);
    ana.set("CVAULT_KEY_FILE", "none.txt");
    let said = ana.vault(&["get", "A"]);
    assert_eq!(said.code, 4);
    assert!(said.err.contains("none.txt` (from `CVAULT_KEY_FILE`) cannot be read: "), "{}", said.err);
}

#[test]
fn variable_that_is_no_key_is_refused_without_being_shown() {
    let mut ana = ana_with(&[("A", "x")]);
    ana.set("CVAULT_KEY", "AGE-SECRET-KEY-1QQQQQQQQ");
    let said = ana.vault(&["get", "A"]);
    assert!(!said.err.contains("QQQ"), "{}", said.err);
    said.refused(4, "error: `CVAULT_KEY`: this is no identity of age");
}

#[test]
fn second_work_tree_of_a_repository_knows_the_vault() {
    let ana = ana_with(&[("A", "x")]);
    ana.commit("A");
    ana.git(&["worktree", "add", "-q", "-b", "side", "../side"]);
    let line = format!("cd ../side; {PROGRAM} get A; {PROGRAM} set B y; {PROGRAM} verify");
    let told = ana.sh(&line);
    assert!(
        told.starts_with("xset `dev/B` (version 1)\neverything here is as its members signed it\n"),
        "{told}"
    );
    assert_eq!(ana.vault(&["list"]).ok().text(), "A\n");
}

#[test]
fn vault_works_without_any_git() {
    let ana = Person::new("ana");
    ana.vault(&["init"]).ok();
    ana.vault_with(&["set", "A"], b"x").ok();
    assert_eq!(ana.vault(&["run", "--", "/usr/bin/printenv", "A"]).ok().out, b"x\n");
    ana.vault(&["rm", "A"]).ok();
    ana.vault(&["verify"]).ok();
}

#[test]
fn vault_in_a_folder_below_the_repositorys_works() {
    let ana = Person::new("ana");
    ana.git(&["init", "-q", "-b", "main", "."]);
    ana.write("app/file", "");
    ana.vault(&["-C", "app", "init"]).ok();
    ana.vault_with(&["-C", "app", "set", "A"], b"x").ok();
    ana.commit("vault");
    assert_eq!(ana.vault(&["-C", "app", "get", "A"]).ok().out, b"x");
    ana.vault(&["list"]).refused(
        3,
        &format!(
            "error: there is no `.vault` in `{}` or any folder above it",
            ana.cwd.canonicalize().unwrap().display()
        ),
    );
}

#[test]
fn program_is_the_same_as_cargo_calls_it() {
    let ana = ana_with(&[("A", "x")]);
    assert_eq!(ana.vault(&["vault", "get", "A"]).ok().out, b"x");
    assert_eq!(ana.vault(&["vault", "-C", ".", "list"]).ok().text(), "A\n");
}

#[test]
fn help_speaks_of_cargo_vault() {
    let ana = Person::new("ana");
    let help = ana.vault(&["--help"]).ok().text();
    assert!(help.contains("Usage: cargo vault [OPTIONS] <COMMAND>"), "{help}");
    let help = ana.vault(&["vault", "set", "--help"]).ok().text();
    assert!(help.contains("Usage: cargo vault set [OPTIONS] <NAME> [VALUE]"), "{help}");
}

#[test]
fn version_is_that_of_the_package() {
    let ana = Person::new("ana");
    let version = format!("cargo-vault {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(ana.vault(&["--version"]).ok().text(), version);
}

#[test]
fn unknown_command_is_a_fault_of_usage() {
    let ana = Person::new("ana");
    let told = ana.vault(&["gte"]);
    assert_eq!((told.code, told.out.len()), (2, 0), "{}", told.err);
}

#[test]
fn one_environment_may_be_named_several_times_where_several_are_taken() {
    let ana = ana_with(&[("A", "x")]);
    let told = ana.vault(&["run", "-e", "dev", "-e", "dev", "--", "/usr/bin/printenv", "A"]).ok();
    assert_eq!(told.out, b"x\n");
}

#[test]
fn settings_that_are_not_known_are_refused_by_name() {
    let ana = ana_with(&[("A", "x")]);
    ana.sh("printf 'hook = \"x\"\\n' > $HOME/.config/cargo-vault/settings.toml");
    let told = ana.vault(&["list"]);
    assert_eq!(told.code, 2);
    assert!(told.err.contains("settings.toml`: ") && told.err.contains("hook"), "{}", told.err);
}

#[test]
fn same_answer_comes_from_every_place() {
    let ana = ana_with(&[("A", "x")]);
    let shown = |args: &[&str]| json(&ana.vault(args).ok())["anchor"].clone();
    assert_eq!(shown(&["trust", "--show", "--json"]), shown(&["-C", ".vault", "trust", "--show", "--json"]));
}
