//! `list`.

use std::fs;

use super::{ana_with, conversation, json, keys};

#[test]
fn pipe_gets_one_name_a_line() {
    let ana = ana_with(&[("B", "x"), ("db/c", "x"), ("A", "x")]);
    insta::assert_snapshot!(conversation(&ana, &["list"], b""), @r"
    exit 0
    --- stdout
    A
    B
    db/c
    --- stderr
    ");
}

#[test]
fn ls_is_list() {
    let ana = ana_with(&[("A", "x")]);
    assert_eq!(ana.vault(&["ls"]).ok().text(), "A\n");
}

#[test]
fn long_list_is_a_table() {
    let ana = ana_with(&[("A", "x")]);
    ana.vault_with(&["set", "db/url", "--description", "the database"], b"1").ok();
    ana.vault_with(&["set", "db/url"], b"2").ok();
    insta::assert_snapshot!(conversation(&ana, &["list", "-l"], b""), @r"
    exit 0
    --- stdout
    NAME    VERSION  SET         BY   KIND  DESCRIPTION
    A       1        [DATE]  ana  text
    db/url  2        [DATE]  ana  text  the database
    --- stderr
    ");
}

#[test]
fn list_in_json_has_its_shape() {
    let ana = ana_with(&[("db/url", "x")]);
    let answer = json(&ana.vault(&["list", "--json"]).ok());
    assert_eq!(keys(&answer), ["env", "schema", "secrets"]);
    let secret = &answer["secrets"][0];
    assert_eq!(
        keys(secret),
        [
            "author",
            "description",
            "env",
            "kind",
            "name",
            "revision",
            "set_at",
            "tags",
            "variable",
            "version",
            "writer"
        ]
    );
    assert_eq!((&secret["variable"], &secret["version"]), (&"DB_URL".into(), &1.into()));
}

#[test]
fn prefix_keeps_names_that_begin_so() {
    let ana = ana_with(&[("db/a", "x"), ("db/b", "x"), ("other", "x")]);
    assert_eq!(ana.vault(&["list", "db/"]).ok().text(), "db/a\ndb/b\n");
}

#[test]
fn list_needs_no_key() {
    let ana = ana_with(&[("A", "x")]);
    fs::remove_dir_all(ana.home.join(".config")).unwrap();
    assert_eq!(ana.vault(&["list"]).ok().text(), "A\n");
}

#[test]
fn removed_secret_is_not_listed() {
    let ana = ana_with(&[("A", "x"), ("B", "x")]);
    ana.vault(&["rm", "A"]).ok();
    assert_eq!(ana.vault(&["list"]).ok().text(), "B\n");
}

#[test]
fn empty_list_is_silent_into_a_pipe() {
    let ana = ana_with(&[]);
    insta::assert_snapshot!(conversation(&ana, &["list"], b""), @r"
    exit 0
    --- stdout
    --- stderr
    ");
}

#[test]
fn empty_list_in_json_is_an_empty_one() {
    let ana = ana_with(&[]);
    let answer = json(&ana.vault(&["list", "--json"]).ok());
    assert_eq!(answer, serde_json::json!({ "schema": 1, "env": "dev", "secrets": [] }));
}

#[test]
fn list_shows_from_where_an_extending_environment_has_a_value() {
    let ana = ana_with(&[("A", "x"), ("B", "x")]);
    ana.vault(&["env", "add", "prod", "--extends", "dev"]).ok();
    ana.vault_with(&["set", "-e", "prod", "B"], b"y").ok();
    insta::assert_snapshot!(conversation(&ana, &["list", "-l", "-e", "prod"], b""), @r"
    exit 0
    --- stdout
    NAME  VERSION  SET         BY   KIND  FROM
    A     1        [DATE]  ana  text  dev
    B     1        [DATE]  ana  text
    --- stderr
    ");
}

#[test]
fn names_end_in_nul_where_that_is_asked_for() {
    let ana = ana_with(&[("B", "x"), ("db/c", "x"), ("A", "x")]);
    assert_eq!(ana.vault(&["list", "-z"]).ok().out, b"A\0B\0db/c\0");
    assert_eq!(ana.vault(&["list", "-z", "db/"]).ok().out, b"db/c\0");
    assert_eq!(ana.vault(&["list", "-z", "none"]).ok().out, b"");
}

#[test]
fn nul_is_for_names_alone() {
    let ana = ana_with(&[]);
    assert_eq!(ana.vault(&["list", "-z", "-l"]).code, 2);
    assert_eq!(ana.vault(&["list", "-z", "--json"]).code, 2);
}
