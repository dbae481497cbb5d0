//! `rm`.

use super::{ana_with, conversation, files, json};

#[test]
fn several_are_removed_at_once() {
    let ana = ana_with(&[("A", "x"), ("B", "x"), ("C", "x")]);
    insta::assert_snapshot!(conversation(&ana, &["rm", "C", "A", "C"], b""), @r"
    exit 0
    --- stdout
    removed `dev/A`
    removed `dev/C`
    --- stderr
    ");
    assert_eq!(ana.vault(&["list"]).ok().text(), "B\n");
}

#[test]
fn rm_in_json_has_its_shape() {
    let ana = ana_with(&[("A", "x")]);
    let answer = json(&ana.vault(&["rm", "A", "--json"]).ok());
    assert_eq!(answer, serde_json::json!({ "schema": 1, "env": "dev", "removed": ["A"] }));
}

#[test]
fn signed_tombstone_stays() {
    let ana = ana_with(&[("A", "x")]);
    ana.vault(&["rm", "A"]).ok();
    let text = String::from_utf8(ana.read(".vault/secrets/dev/A.toml")).unwrap();
    assert!(text.contains("deleted"), "{text}");
    ana.vault(&["verify"]).ok();
}

#[test]
fn name_set_again_goes_on_counting() {
    let ana = ana_with(&[("A", "1"), ("A", "2")]);
    ana.vault(&["rm", "A"]).ok();
    let said = ana.vault_with(&["set", "A"], b"3").ok();
    assert_eq!(said.text(), "set `dev/A` (version 3)\n");
    assert_eq!(ana.vault(&["get", "A"]).ok().out, b"3");
}

#[test]
fn all_are_removed_or_none() {
    let ana = ana_with(&[("A", "x")]);
    let before = files(&ana);
    ana.vault(&["rm", "A", "NONE"]).refused(3, "error: environment `dev` has no secret `NONE`");
    assert_eq!(files(&ana), before);
}

#[test]
fn removed_one_cannot_be_removed_again() {
    let ana = ana_with(&[("A", "x")]);
    ana.vault(&["rm", "A"]).ok();
    let before = files(&ana);
    let said = ana.vault(&["rm", "A"]);
    assert!(said.err.starts_with("error: `dev/A` was deleted on "), "{}", said.err);
    assert_eq!((said.code, files(&ana)), (3, before));
}

#[test]
fn value_of_an_extended_environment_cannot_be_removed_through_another() {
    let ana = ana_with(&[("A", "x")]);
    ana.vault(&["env", "add", "prod", "--extends", "dev"]).ok();
    ana.vault(&["rm", "-e", "prod", "A"]).refused(3, "error: environment `prod` has no secret `A`");
    assert_eq!(ana.vault(&["get", "-e", "prod", "A"]).ok().out, b"x");
}
