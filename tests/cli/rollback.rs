//! `rollback`: an old value is a new version, and as old as it was for whoever knew it.

use serde_json::Value;

use crate::{forge::Team, harness::Person, history::told};

/// Ana with `DB` set three times, each in a commit of its own.
fn ana() -> Person {
    let ana = Person::with_vault("ana");
    for value in ["first", "second", "third"] {
        ana.vault_with(&["set", "DB"], value.as_bytes()).ok();
        ana.commit(value);
    }
    ana
}

fn json(person: &Person, args: &[&str]) -> Value {
    let said = person.vault(&[args, &["--json"]].concat());
    serde_json::from_slice(&said.out).unwrap_or_else(|e| panic!("{e}: {}", said.conversation()))
}

#[test]
fn value_that_only_git_has_is_a_new_version_again() {
    let ana = ana();
    insta::assert_snapshot!(told(&ana.vault(&["rollback", "DB", "--to", "1"]), &ana), @r"
    exit 0
    --- stdout
    `dev/DB` has the value of version 1 again (version 4), from commit [COMMIT]
    --- stderr
    ");
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "first");
    ana.commit("back");
    assert_eq!(ana.vault(&["show", "-q", "DB", "--version", "3"]).ok().text(), "third");
    ana.vault(&["verify", "--strict"]).ok();
}

#[test]
fn value_that_the_file_has_still_is_taken_from_there_without_git() {
    let ana = ana();
    ana.vault_with(&["set", "DB", "--keep", "2"], b"fourth").ok();
    ana.sh("rm -rf .git");
    let answer = json(&ana, &["rollback", "DB", "--to", "3"]);
    assert_eq!((&answer["version"], &answer["commit"]), (&Value::from(5), &Value::Null), "{answer:#}");
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "third");
}

#[test]
fn value_that_it_has_already_makes_no_version() {
    let ana = ana();
    let before = ana.read(".vault/secrets/dev/DB.toml");
    let said = ana.vault(&["rollback", "DB", "--to", "3"]).ok().text();
    assert_eq!(said, "`dev/DB` has the value of version 3 already (version 3)\n");
    assert_eq!(ana.read(".vault/secrets/dev/DB.toml"), before);
}

#[test]
fn secret_that_was_removed_comes_back() {
    let ana = ana();
    ana.vault(&["rm", "DB"]).ok();
    ana.commit("removed");
    assert_eq!(json(&ana, &["rollback", "DB", "--to", "2"])["version"], 4);
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "second");
    ana.commit("back");
    ana.vault(&["verify", "--strict"]).ok();
}

#[test]
fn value_of_another_kind_comes_back_as_what_it_was() {
    let ana = ana();
    ana.vault_with(&["set", "DB", "--kind", "binary"], b"\xff").ok();
    ana.commit("binary");
    ana.vault_with(&["set", "DB", "--kind", "json"], b"{}").ok();
    ana.commit("json");
    ana.vault(&["rollback", "DB", "--to", "4"]).ok();
    let answer = json(&ana, &["get", "DB"]);
    assert_eq!((&answer["kind"], &answer["value_base64"]), (&"binary".into(), &"/w==".into()), "{answer:#}");
}

#[test]
fn value_of_an_older_epoch_comes_back_under_the_key_of_now() {
    let ana = ana();
    ana.vault(&["rekey"]).ok();
    ana.commit("rekey");
    ana.vault(&["rollback", "DB", "--to", "1"]).ok();
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "first");
    ana.vault(&["verify"]).ok();
}

#[test]
fn value_that_somebody_knew_who_left_is_exposed_again() {
    let team = Team::new();
    team.ana.vault(&["member", "remove", "bob", "-y"]).ok();
    team.ana.vault_with(&["set", "DB"], b"second").ok();
    team.ana.commit("bob left");
    team.ana.vault(&["exposed", "--check"]).ok();
    let said = team.ana.vault(&["rollback", "DB", "--to", "1"]);
    insta::assert_snapshot!(told(&said, &team.ana), @r"
    exit 0
    --- stdout
    `dev/DB` has the value of version 1 again (version 3), from commit [COMMIT]
    --- stderr
    warning: `bob` could read this value, and should not know it any more
    help: `cargo vault set -e dev DB` gives it a new value, once it has one where it counts
    ");
    let exposed = json(&team.ana, &["exposed", "--check"]);
    let found = &exposed["exposed"][0];
    assert_eq!((&found["to"], &found["version"]), (&"bob".into(), &3.into()), "{exposed:#}");
}

#[test]
fn value_that_nobody_knew_who_left_is_not_exposed() {
    let team = Team::new();
    team.ana.vault(&["member", "remove", "bob", "-y"]).ok();
    for value in ["second", "third"] {
        team.ana.vault_with(&["set", "DB"], value.as_bytes()).ok();
        team.ana.commit(value);
    }
    let answer = json(&team.ana, &["rollback", "DB", "--to", "2"]);
    assert_eq!(answer["exposed"], serde_json::json!([]));
    team.ana.vault(&["exposed", "--check"]).ok();
}

#[test]
fn reader_rolls_nothing_back() {
    let team = Team::new();
    let before = team.carl.read(".vault/secrets/dev/DB.toml");
    team.carl
        .vault(&["rollback", "DB", "--to", "1"])
        .refused(1, "error: `carl` may not write environment `dev`");
    assert_eq!(team.carl.read(".vault/secrets/dev/DB.toml"), before);
}

#[test]
fn secret_of_an_extended_environment_is_rolled_back_there() {
    let ana = ana();
    ana.vault(&["env", "add", "prod", "--extends", "dev"]).ok();
    let error = "error: `prod/DB` stands in `dev`, which `prod` extends";
    ana.vault(&["rollback", "-e", "prod", "DB", "--to", "1"]).refused(1, error);
}

#[test]
fn rollback_stands_in_the_audit_log_without_a_value() {
    let ana = ana();
    ana.vault(&["rollback", "DB", "--to", "1"]).ok();
    let log = std::fs::read_to_string(ana.home.join(".local/state/cargo-vault/audit.jsonl")).unwrap();
    let last = log.lines().last().unwrap();
    assert!(last.contains(r#""action":"rollback","env":"dev","names":["DB"],"outcome":"done""#), "{last}");
    assert!(!log.contains("first"), "{log}");
}
