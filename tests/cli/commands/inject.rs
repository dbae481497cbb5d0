//! `inject`.

use std::{fs, os::unix::fs::PermissionsExt};

use super::{ana_with, conversation, json};
use crate::harness::Person;

/// Ana with a value in each of two environments.
fn ana() -> Person {
    let ana = ana_with(&[("A", "dev"), ("db/password", "p@ss\"w'rd"), ("B", "only dev")]);
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "-e", "prod", "A"], b"prod").ok();
    ana
}

#[test]
fn text_comes_out_with_values_and_else_byte_for_byte() {
    let ana = ana();
    ana.write("t", b"\xef\xbb\xbfa: {{ vault \"A\" }}\r\nb: cvault://prod/A\xff {{ x }}");
    assert_eq!(ana.vault(&["inject", "t"]).ok().out, b"\xef\xbb\xbfa: dev\r\nb: prod\xff {{ x }}");
}

#[test]
fn standard_input_is_a_text_too() {
    let said = ana().vault_with(&["inject", "-"], b"{{ vault \"db/password\" | url }}\n").ok();
    assert_eq!((said.text(), said.err), ("p%40ss%22w%27rd\n".to_owned(), String::new()));
}

#[test]
fn later_environments_win_and_a_named_one_is_named() {
    let ana = ana();
    ana.write("t", "{{ vault 'A' }} {{ vault 'B' }} cvault://dev/A");
    assert_eq!(ana.vault(&["inject", "-e", "dev", "-e", "prod", "t"]).ok().text(), "prod only dev dev");
    assert_eq!(ana.vault(&["inject", "-e", "prod", "-e", "dev", "t"]).ok().text(), "dev only dev dev");
}

#[test]
fn text_without_references_needs_no_vault() {
    let person = Person::new("bob");
    assert_eq!(person.vault_with(&["inject", "-"], b"x {{ y }}").ok().text(), "x {{ y }}");
}

#[test]
fn environment_that_nothing_refers_to_is_not_opened() {
    let ana = ana();
    ana.write(".vault/secrets/dev/A.toml", "spoiled");
    assert_eq!(ana.vault_with(&["inject", "-"], b"cvault://prod/A").ok().text(), "prod");
}

#[test]
fn output_is_for_its_owner_alone_and_replaces_nothing_unless_forced() {
    let ana = ana();
    ana.write("t", "{{ vault \"A\" }}");
    insta::assert_snapshot!(conversation(&ana, &["inject", "t", "-o", "out"], b""), @r"
    exit 0
    --- stdout
    wrote `out` with 1 secret
    --- stderr
    ");
    assert_eq!(ana.read("out"), b"dev");
    assert_eq!(fs::metadata(ana.path("out")).unwrap().permissions().mode() & 0o777, 0o600);
    insta::assert_snapshot!(conversation(&ana, &["inject", "-e", "prod", "t", "-o", "out"], b""), @r"
    exit 6
    --- stdout
    --- stderr
    error: `[ROOT]/ana-project/out` exists already

    help: `--force` replaces it
    ");
    assert_eq!(ana.read("out"), b"dev");
    ana.vault(&["inject", "-e", "prod", "t", "-o", "out", "--force"]).ok();
    assert_eq!(ana.read("out"), b"prod");
}

#[test]
fn everything_that_is_missing_or_does_not_open_is_named_with_its_lines() {
    let ana = ana();
    ana.vault(&["rm", "B"]).ok();
    ana.write(".vault/secrets/prod/A.toml", ana.read(".vault/secrets/dev/A.toml"));
    ana.write("t", "{{ vault \"NONE\" }} {{ vault \"NONE\" }}\n{{ vault \"A\" }}\n\n{{ vault \"NONE\" }}cvault://dev/B\ncvault://prod/A\n");
    insta::assert_snapshot!(conversation(&ana, &["inject", "t", "-o", "out"], b""), @r"
    exit 5
    --- stdout
    --- stderr
    error: 3 references lead to no value

      faults  `t`, line 1, 4: environment `dev` has no secret `NONE`
              `t`, line 4: `dev/B` was deleted on [TIME]
              `t`, line 5: `.vault/secrets/prod/A.toml` calls itself `dev/A`
    ");
    assert!(!ana.path("out").exists());
}

#[test]
fn one_that_is_missing_is_told_with_what_there_is() {
    let ana = ana();
    insta::assert_snapshot!(conversation(&ana, &["inject", "-"], b"\n\n{{ vault 'db/pasword' }}"), @r"
    exit 3
    --- stdout
    --- stderr
    error: standard input, line 3: environment `dev` has no secret `db/pasword`

    help: there is a secret `db/password`
    help: `cargo vault list -e dev` shows them all
    ");
}

#[test]
fn environment_that_is_not_there_is_named_with_its_line() {
    let ana = ana();
    insta::assert_snapshot!(conversation(&ana, &["inject", "-"], b"cvault://prdo/A"), @r"
    exit 3
    --- stdout
    --- stderr
    error: standard input, line 1: environment `prdo` does not exist

    help: there is an environment `prod`
    help: `cargo vault env list` shows them all
    ");
}

#[test]
fn environment_that_is_locked_is_named_with_who_refers_to_it() {
    let ana = ana();
    ana.commit("secrets");
    let mut bob = ana.clone_for("bob");
    bob.set("CVAULT_TRUST", "first-use");
    insta::assert_snapshot!(conversation(&bob, &["inject", "-"], b"x\ncvault://prod/A"), @r"
    exit 4
    --- stdout
    --- stderr
    error: no key of yours was found, so environment `prod` stays locked

      readable by  ana
      wanted by    standard input, line 2
    help: set `CVAULT_KEY` or `CVAULT_KEY_FILE`, or name a file with `--identity FILE`
    help: ask with `cargo vault join -e prod`; ana then runs `cargo vault approve NAME`
    ");
}

#[test]
fn mistakes_in_a_text_are_all_named_before_a_key_is_asked() {
    let bob = Person::new("bob");
    insta::assert_snapshot!(conversation(&bob, &["inject", "-"], b"{{ vault }}\n cvault://Prod/A"), @r#"
    exit 2
    --- stdout
    --- stderr
    error: standard input: 2 things are not in order

      faults  line 1, column 1: behind `{{ vault` stands neither a name nor a literal
              line 2, column 2: the reference names no environment: only lower-case letters, digits and `-` may stand in it
    help: a reference is written {{ vault "NAME" }}, and two braces as text {{ vault literal "{{" }}
    "#);
    insta::assert_snapshot!(conversation(&bob, &["inject", "-"], b"{{ vault \"A\""), @r#"
    exit 2
    --- stdout
    --- stderr
    error: standard input: line 1, column 1: nothing closes what `{{ vault` opens

    help: a reference is written {{ vault "NAME" }}, and two braces as text {{ vault literal "{{" }}
    "#);
}

#[test]
fn value_that_is_no_text_is_named_where_text_is_wanted() {
    let ana = ana();
    ana.vault_with(&["set", "BIN"], b"\xff\0").ok();
    insta::assert_snapshot!(conversation(&ana, &["inject", "-"], b"{{ vault 'BIN' | json }}"), @r"
    exit 2
    --- stdout
    --- stderr
    error: standard input: line 1, column 1: the value of `BIN` is no text

    help: `base64` is a filter that takes any bytes
    ");
    assert_eq!(ana.vault_with(&["inject", "-"], b"{{ vault 'BIN' }}").ok().out, b"\xff\0");
}

#[test]
fn file_that_is_not_there_is_named() {
    insta::assert_snapshot!(conversation(&ana(), &["inject", "none"], b""), @r"
    exit 3
    --- stdout
    --- stderr
    error: `none` cannot be read: No such file or directory (os error 2)
    ");
}

#[test]
fn answer_in_json_names_where_values_came_from() {
    let ana = ana();
    let said =
        ana.vault_with(&["inject", "--json", "-"], b"{{ vault 'A' }} cvault://prod/A {{ vault 'A' }}").ok();
    let secrets = serde_json::json!([{ "env": "dev", "name": "A" }, { "env": "prod", "name": "A" }]);
    assert_eq!(json(&said), serde_json::json!({ "schema": 1, "secrets": secrets, "text": "dev prod dev" }));
    let said = ana.vault_with(&["inject", "--json", "-", "-o", "out"], b"\xffcvault://prod/A").ok();
    let secrets = serde_json::json!([{ "env": "prod", "name": "A" }]);
    assert_eq!(json(&said), serde_json::json!({ "schema": 1, "path": "out", "secrets": secrets }));
    let said = ana.vault_with(&["inject", "--json", "-"], b"\xff").ok();
    assert_eq!(json(&said), serde_json::json!({ "schema": 1, "secrets": [], "text_base64": "/w==" }));
}
