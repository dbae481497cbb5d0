//! `get`.

use super::{ana_with, conversation, json};

#[test]
fn pipe_gets_the_exact_bytes() {
    let ana = ana_with(&[("A", "x")]);
    let said = ana.vault(&["get", "A"]).ok();
    assert_eq!((said.out, said.err), (b"x".to_vec(), String::new()));
}

#[test]
fn text_in_json_is_a_string() {
    let ana = ana_with(&[("A", "é\"")]);
    assert_eq!(
        ana.vault(&["get", "A", "--json"]).ok().text(),
        "{\"schema\":1,\"env\":\"dev\",\"name\":\"A\",\"version\":1,\"kind\":\"text\",\"value\":\"é\\\"\"}\n"
    );
}

#[test]
fn binary_in_json_is_base64() {
    let ana = ana_with(&[]);
    ana.vault_with(&["set", "A"], b"\xff\x00").ok();
    assert_eq!(
        ana.vault(&["get", "A", "--json"]).ok().text(),
        "{\"schema\":1,\"env\":\"dev\",\"name\":\"A\",\"version\":1,\"kind\":\"binary\",\"value_base64\":\"/wA=\"}\n"
    );
}

#[test]
fn version_that_is_kept_is_got() {
    let ana = ana_with(&[]);
    ana.vault_with(&["set", "A", "--keep", "3"], b"1").ok();
    ana.vault_with(&["set", "A"], b"2").ok();
    let answer = json(&ana.vault(&["get", "A", "--version", "1", "--json"]).ok());
    assert_eq!((&answer["version"], &answer["value"]), (&1.into(), &"1".into()));
}

#[test]
fn version_that_is_not_kept_is_refused_with_those_that_are() {
    let ana = ana_with(&[]);
    ana.vault_with(&["set", "A", "--keep", "2"], b"1").ok();
    ana.vault_with(&["set", "A"], b"2").ok();
    ana.vault_with(&["set", "A"], b"3").ok();
    insta::assert_snapshot!(conversation(&ana, &["get", "A", "--version", "1"], b""), @r"
    exit 3
    --- stdout
    --- stderr
    error: `dev/A` has no version 1 in its file

      versions  3, 2
    help: `git log -- .vault/secrets/dev/A.toml` shows when the others were there
    ");
}

#[test]
fn name_that_is_not_there_is_refused_with_the_nearest() {
    let ana = ana_with(&[("DATABASE_URL", "x")]);
    insta::assert_snapshot!(conversation(&ana, &["get", "DATABSE_URL"], b""), @r"
    exit 3
    --- stdout
    --- stderr
    error: environment `dev` has no secret `DATABSE_URL`

    help: there is a secret `DATABASE_URL`
    help: `cargo vault list -e dev` shows them all
    ");
}

#[test]
fn deleted_name_is_refused_as_such() {
    let ana = ana_with(&[("A", "x")]);
    ana.vault(&["rm", "A"]).ok();
    insta::assert_snapshot!(conversation(&ana, &["get", "A"], b""), @r"
    exit 3
    --- stdout
    --- stderr
    error: `dev/A` was deleted on [TIME]

    help: `cargo vault set -e dev A` sets it again
    ");
}

#[test]
fn name_of_another_environment_is_not_found() {
    let ana = ana_with(&[("A", "x")]);
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault(&["get", "-e", "prod", "A"]).refused(3, "error: environment `prod` has no secret `A`");
}

#[test]
fn error_in_json_is_a_document_on_standard_error() {
    let ana = ana_with(&[]);
    let said = ana.vault(&["get", "A", "--json"]);
    assert!(said.out.is_empty());
    assert_eq!(
        said.err,
        "{\"schema\":1,\"error\":{\"class\":\"not-found\",\"code\":\"no-secret\",\"message\":\"environment `dev` has no \
         secret `A`\",\"details\":[],\"help\":[\"`cargo vault list -e dev` shows them all\"]}}\n"
    );
}

#[test]
fn key_that_opens_nothing_is_told_with_who_can() {
    let ana = ana_with(&[("A", "x")]);
    ana.commit("A");
    let mut bob = ana.clone_for("bob");
    bob.set("CVAULT_TRUST", "first-use");
    bob.vault(&["identity", "new"]).ok();
    let said = bob.vault(&["get", "A"]);
    let lines: Vec<&str> = said.err.lines().collect();
    assert_eq!((said.code, lines[0]), (4, "error: your one key cannot open environment `dev`"));
    assert!(
        lines[2].starts_with("  your keys    age1") && lines[2].contains("default.txt`)"),
        "{}",
        lines[2]
    );
    assert_eq!(lines[3..], ["  readable by  ana"]);
}
