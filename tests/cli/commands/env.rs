//! `env`.

use super::{ana_with, conversation, files, json};
use crate::{
    forge::{Team, pull, push},
    harness::Person,
};

/// Ana with `dev` (A, B), and `prod` that extends it and has a B of its own.
fn ana_with_two() -> Person {
    let ana = ana_with(&[("A", "dev"), ("B", "dev")]);
    ana.vault(&["env", "add", "prod", "--extends", "dev"]).ok();
    ana.vault_with(&["set", "-e", "prod", "B"], b"prod").ok();
    ana
}

#[test]
fn environment_is_made_and_listed() {
    let ana = ana_with(&[]);
    insta::assert_snapshot!(conversation(&ana, &["env", "add", "prod", "--extends", "dev"], b""), @r"
    exit 0
    --- stdout
    made environment `prod`
    --- stderr
    ");
    insta::assert_snapshot!(conversation(&ana, &["env", "list"], b""), @r"
    exit 0
    --- stdout
    ENVIRONMENT  WRITE  READ  EXTENDS
    dev          ana                   default
    prod         ana          dev
    --- stderr
    ");
}

#[test]
fn env_ls_is_env_list() {
    let ana = ana_with(&[]);
    assert_eq!(ana.vault(&["env", "ls"]).ok().text(), ana.vault(&["env", "list"]).ok().text());
}

#[test]
fn environments_in_json_have_their_shape() {
    let ana = ana_with_two();
    let answer = json(&ana.vault(&["env", "list", "--json"]).ok());
    let dev = serde_json::json!({
        "name": "dev", "epoch": 1, "write": ["ana"], "read": [], "extends": [], "default": true
    });
    let prod = serde_json::json!({
        "name": "prod", "epoch": 1, "write": ["ana"], "read": [], "extends": ["dev"], "default": false
    });
    assert_eq!(answer, serde_json::json!({ "schema": 1, "environments": [dev, prod] }));
}

#[test]
fn env_add_in_json_has_its_shape() {
    let ana = ana_with(&[]);
    let answer = json(&ana.vault(&["env", "add", "prod", "--json"]).ok());
    assert_eq!(answer, serde_json::json!({ "schema": 1, "environment": "prod", "done": "made", "also": [] }));
}

#[test]
fn environment_is_made_with_those_who_read_and_write_it() {
    let team = Team::new();
    team.ana.vault(&["env", "add", "prod"]).ok();
    team.ana.vault_with(&["set", "-e", "prod", "KEY"], b"of prod").ok();
    let args =
        ["env", "add", "canary", "--extends", "prod", "--write", "bob", "--read", "carl", "--read", "bob"];
    insta::assert_snapshot!(conversation(&team.ana, &args, b""), @r"
    exit 0
    --- stdout
    made environment `canary`
    `bob` may read `prod` now, which it extends
    `carl` may read `prod` now, which it extends
    --- stderr
    ");
    insta::assert_snapshot!(conversation(&team.ana, &["env", "list"], b""), @r"
    exit 0
    --- stdout
    ENVIRONMENT  WRITE    READ      EXTENDS
    canary       ana bob  carl      prod
    dev          ana bob  carl               default
    prod         ana      bob carl
    --- stderr
    ");
    push(&team.ana);
    for person in [&team.bob, &team.carl] {
        pull(person);
        assert_eq!(person.vault(&["get", "-e", "canary", "KEY"]).ok().text(), "of prod");
    }
    team.bob.vault_with(&["set", "-e", "canary", "KEY"], b"of canary").ok();
    team.bob.vault(&["verify"]).ok();
    assert_eq!(team.carl.vault_with(&["set", "-e", "canary", "KEY"], b"x").code, 1);
    assert_eq!(team.bob.vault_with(&["set", "-e", "prod", "KEY"], b"x").code, 1);
}

#[test]
fn environment_is_not_made_with_somebody_who_cannot_be_in_it() {
    let team = Team::new();
    let before = files(&team.ana);
    let stranger = ["env", "add", "canary", "--read", "bobb"];
    team.ana.vault(&stranger).refused(3, "error: there is no member `bobb`");
    team.ana.vault(&["ci", "setup", "--json"]).ok();
    let machine = ["env", "add", "canary", "--write", "ci"];
    let unsigned = "error: nothing that `ci` brings can sign, and who writes or administers has to";
    team.ana.vault(&machine).refused(2, unsigned);
    assert_ne!(files(&team.ana), before, "the machine is there");
    assert!(!team.ana.path(".vault/keys/canary").exists());
}

#[test]
fn values_fall_through_to_the_extended_environment() {
    let ana = ana_with_two();
    assert_eq!(ana.vault(&["get", "-e", "prod", "A"]).ok().out, b"dev");
    assert_eq!(ana.vault(&["get", "-e", "prod", "B"]).ok().out, b"prod");
    assert_eq!(ana.vault(&["list", "-e", "prod"]).ok().text(), "A\nB\n");
    let line = "echo $A $B";
    assert_eq!(ana.vault(&["run", "-e", "prod", "--", "/bin/sh", "-c", line]).ok().text(), "dev prod\n");
}

#[test]
fn value_removed_here_falls_through_again() {
    let ana = ana_with_two();
    ana.vault(&["rm", "-e", "prod", "B"]).ok();
    assert_eq!(ana.vault(&["get", "-e", "prod", "B"]).ok().out, b"dev");
}

#[test]
fn values_fall_through_several_floors() {
    let ana = ana_with_two();
    ana.vault(&["env", "add", "stage", "--extends", "prod"]).ok();
    assert_eq!(ana.vault(&["get", "-e", "stage", "A"]).ok().out, b"dev");
    assert_eq!(ana.vault(&["get", "-e", "stage", "B"]).ok().out, b"prod");
}

/// The environment command is refused so and leaves every file as it was.
#[track_caller]
fn assert_refused(args: &[&str], code: i32, error: &str) {
    let ana = ana_with_two();
    let before = files(&ana);
    ana.vault(&[&["env"], args].concat()).refused(code, error);
    assert_eq!(files(&ana), before);
}

#[test]
fn environment_that_is_there_cannot_be_made() {
    assert_refused(&["add", "dev"], 6, "error: environment `dev` exists already");
}

#[test]
fn environment_cannot_extend_one_that_is_not_there() {
    assert_refused(&["add", "x", "--extends", "none"], 3, "error: environment `none` does not exist");
}

#[test]
fn environment_cannot_extend_itself() {
    assert_refused(&["add", "x", "--extends", "x"], 3, "error: environment `x` does not exist");
}

#[test]
fn default_environment_cannot_be_removed() {
    assert_refused(&["rm", "dev", "--yes"], 1, "error: `dev` is the default environment");
}

#[test]
fn extended_environment_cannot_be_removed() {
    let ana = ana_with_two();
    ana.vault(&["env", "add", "stage", "--extends", "prod"]).ok();
    let before = files(&ana);
    let said = ana.vault(&["env", "rm", "prod", "--yes"]);
    assert!(said.err.contains("help: `cargo vault env rm stage` removes that one first\n"), "{}", said.err);
    said.refused(1, "error: environment `stage` extends `prod`");
    assert_eq!(files(&ana), before);
}

#[test]
fn environment_that_is_not_there_cannot_be_removed() {
    assert_refused(&["rm", "none", "--yes"], 3, "error: environment `none` does not exist");
}

#[test]
fn removal_away_from_a_terminal_needs_yes() {
    let ana = ana_with_two();
    let before = files(&ana);
    let said = ana.vault(&["env", "rm", "prod"]);
    assert!(said.err.ends_with("help: `cargo vault env rm prod --yes` removes them\n"), "{}", said.err);
    assert_eq!((said.code, files(&ana)), (2, before));
}

#[test]
fn reserved_name_is_a_fault_of_usage() {
    let ana = ana_with(&[]);
    assert_eq!(ana.vault(&["env", "add", "secrets"]).code, 2);
}

#[test]
fn removed_environment_leaves_no_key_and_no_secret() {
    let ana = ana_with_two();
    ana.vault(&["env", "rm", "prod", "--yes"]).ok();
    let left: Vec<String> = files(&ana).into_keys().filter(|path| path.contains("/prod")).collect();
    assert_eq!(left, Vec::<String>::new());
    ana.vault(&["get", "-e", "prod", "A"]).refused(3, "error: environment `prod` does not exist");
    ana.vault(&["verify"]).ok();
}

#[test]
fn environment_made_again_goes_on_counting_its_epochs() {
    let ana = ana_with_two();
    ana.vault(&["env", "rm", "prod", "--yes"]).ok();
    ana.vault(&["env", "add", "prod"]).ok();
    let answer = json(&ana.vault(&["env", "list", "--json"]).ok());
    assert_eq!(answer["environments"][1]["epoch"], 2);
    ana.vault_with(&["set", "-e", "prod", "B"], b"new").ok();
    assert_eq!(ana.vault(&["get", "-e", "prod", "B"]).ok().out, b"new");
    ana.vault(&["verify"]).ok();
}

#[test]
fn machine_may_not_make_an_environment() {
    let ana = ana_with(&[]);
    let key = json(&ana.vault(&["ci", "setup", "--json"]).ok())["key"].as_str().unwrap().to_owned();
    ana.commit("ci");
    let mut ci = ana.clone_for("ci");
    ci.set("CVAULT_KEY", key);
    let before = files(&ci);
    let said = ci.vault(&["env", "add", "prod"]);
    assert_eq!((said.code, files(&ci)), (1, before), "{}", said.err);
}
