//! `status`.

use serde_json::json as object;

use super::{ana_with, conversation, json};
use crate::{
    forge::{Team, pull, push},
    harness::Person,
};

#[test]
fn sound_vault_is_told_in_a_few_lines() {
    let team = Team::new();
    team.ana.vault(&["env", "add", "prod", "--extends", "dev"]).ok();
    team.ana.vault_with(&["set", "KEY"], b"key").ok();
    insta::assert_snapshot!(conversation(&team.ana, &["status"], b""), @r"
    exit 0
    --- stdout
    vault [VAULT]
      you          ana (admin)
      members      ana, bob, carl
      uncommitted  4 files: `git status .vault` shows them
      exposed      nothing

    ENVIRONMENT  EPOCH  SECRETS  READERS
    dev          1      2        3
    prod         1      0        1
    --- stderr
    ");
}

#[test]
fn status_is_told_to_a_program() {
    let team = Team::new();
    let answer = json(&team.ana.vault(&["status", "--json"]).ok());
    let wanted = object!({
        "schema": 1, "vault": answer["vault"], "anchor": crate::forge::anchor(&team.ana), "known": true,
        "me": { "name": "ana", "role": "admin" }, "members": ["ana", "bob", "carl"],
        "environments": [{ "name": "dev", "epoch": 1, "secrets": 1, "readers": 3 }],
        "uncommitted": 0, "exposed": 0, "drift": []
    });
    assert_eq!(answer, wanted);
}

#[test]
fn who_has_no_key_is_told_how_it_stands() {
    let team = Team::new();
    team.ana.vault(&["member", "remove", "bob", "-y"]).ok();
    push(&team.ana);
    pull(&team.carl);
    team.carl.sh("rm -r \"$HOME/.config/cargo-vault/identities\"");
    let answer = json(&team.carl.vault(&["status", "--json"]).ok());
    assert_eq!((&answer["me"], &answer["exposed"]), (&object!(null), &object!(1)));
}

#[test]
fn vault_without_git_says_so() {
    let ana = Person::new("ana");
    ana.vault(&["init", "--name", "ana"]).ok();
    assert_eq!(json(&ana.vault(&["status", "--json"]).ok())["uncommitted"], object!(null));
    let said = ana.vault(&["status"]).ok().text();
    assert!(said.contains("uncommitted  there is no git here\n"), "{said}");
}

#[test]
fn key_file_that_is_missing_or_stray_is_mended_by_the_command_that_is_named() {
    let ana = ana_with(&[("DB", "value")]);
    ana.vault(&["ci", "setup", "--json"]).ok();
    ana.sh("mv .vault/keys/dev/ci.*.age .vault/keys/dev/bob.01234567.age");
    insta::assert_snapshot!(super::super::messages::without_ids(&conversation(&ana, &["status"], b"")), @r"
    exit 0
    --- stdout
    vault [VAULT]
      you          ana (admin)
      members      ana, ci
      uncommitted  4 files: `git status .vault` shows them
      exposed      nothing

    ENVIRONMENT  EPOCH  SECRETS  READERS
    dev          1      1        2

    2 things are not in order:
    stray: `.vault/keys/dev/bob.[ID].age` does not belong in a vault
      help: `cargo vault rekey -e dev` makes the key files anew
    key-missing: `.vault/keys/dev/ci.[ID].age` is missing, so this key cannot open environment `dev`
      help: `cargo vault rekey -e dev` makes the key files anew
    --- stderr
    ");
    ana.vault(&["rekey", "-e", "dev"]).ok();
    assert_eq!(json(&ana.vault(&["status", "--json"]).ok())["drift"], object!([]));
    ana.vault(&["verify"]).ok();
}

#[test]
fn fresh_clone_is_told_that_nothing_vouches_for_it() {
    let team = Team::new();
    let fresh = team.fresh("fresh");
    let said = fresh.vault(&["status", "--json"]).ok();
    assert_eq!(json(&said)["known"], object!(false));
    assert!(said.err.contains("nothing vouches for this vault here"), "{}", said.err);
}
