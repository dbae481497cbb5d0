//! `get`.

use super::{ana_with, conversation, json};
use crate::harness::{PROGRAM, Person};

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
    help: `cargo vault history -e dev A` shows what there was
    help: `cargo vault show -e dev --version 1 A` looks in git's history too
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
    let ask = "help: ask with `cargo vault join -e dev`; ana then runs `cargo vault approve NAME`";
    assert_eq!(lines[3..], ["  readable by  ana", ask]);
}

/// A value that nothing but exact bytes would survive.
const BYTES: &[u8] = b"\x00\xff-----\r\n\n";

/// Ana with `A`, and a shell line in her project run first.
fn ana_after(line: &str) -> Person {
    let ana = ana_with(&[]);
    ana.vault_with(&["set", "A", "--exact"], BYTES).ok();
    ana.sh(line);
    ana
}

/// The names in a folder of the project that nobody but the test put there.
fn listed(ana: &Person) -> String {
    ana.sh("ls -A | grep -vx -e .git -e .vault || true")
}

#[test]
fn file_gets_the_exact_bytes_for_its_user_alone() {
    let ana = ana_after("umask 0; :");
    insta::assert_snapshot!(conversation(&ana, &["get", "A", "-o", "out"], b""), @r"
    exit 0
    --- stdout
    wrote `dev/A` (version 1) to `out`
    --- stderr
    ");
    assert_eq!((ana.read("out"), ana.sh("stat -c %a out")), (BYTES.to_vec(), "600\n".to_owned()));
    assert_eq!(listed(&ana), "out\n");
}

#[test]
fn written_file_is_told_in_json_without_its_value() {
    let ana = ana_after("mkdir f");
    let answer = json(&ana.vault(&["get", "A", "-o", "f/out", "--json"]).ok());
    let expected = serde_json::json!({
        "schema": 1, "env": "dev", "name": "A", "version": 1, "kind": "binary", "path": "f/out",
    });
    assert_eq!((answer, ana.read("f/out")), (expected, BYTES.to_vec()));
}

#[test]
fn dash_is_standard_output() {
    let ana = ana_after(":");
    assert_eq!(ana.vault(&["get", "A", "-o", "-"]).ok().out, BYTES);
    assert_eq!(listed(&ana), "");
}

#[test]
fn file_that_is_there_is_refused_and_stays() {
    let ana = ana_after("echo mine > out; chmod 640 out");
    let said = ana.vault(&["get", "A", "-o", "out"]);
    assert!(said.err.ends_with("\n\nhelp: `--force` replaces it\n"), "{}", said.err);
    said.refused(6, &format!("error: `{}` exists already", ana.path("out").display()));
    assert_eq!((ana.read("out"), listed(&ana)), (b"mine\n".to_vec(), "out\n".to_owned()));
}

#[test]
fn forced_file_is_replaced_and_another_name_of_it_is_not() {
    let ana = ana_after("echo mine > out; chmod 644 out; ln out other");
    ana.vault(&["get", "A", "-o", "out", "--force"]).ok();
    assert_eq!((ana.read("out"), ana.read("other")), (BYTES.to_vec(), b"mine\n".to_vec()));
    assert_eq!((ana.sh("stat -c %a out"), listed(&ana)), ("600\n".to_owned(), "other\nout\n".to_owned()));
}

/// What `line` makes of `out` is no target, not even by force.
#[track_caller]
fn assert_no_target(line: &str) {
    let ana = ana_after(line);
    let before = ana.sh("ls -lA; cat elsewhere 2>/dev/null || true");
    let error = format!("error: `{}` is no plain file", ana.path("out").display());
    ana.vault(&["get", "A", "-o", "out"]).refused(1, &error);
    ana.vault(&["get", "A", "-o", "out", "--force"]).refused(1, &error);
    assert_eq!(ana.sh("ls -lA; cat elsewhere 2>/dev/null || true"), before);
}

#[test]
fn link_is_no_target() {
    assert_no_target("echo mine > elsewhere; ln -s elsewhere out");
}

#[test]
fn dangling_link_is_no_target() {
    assert_no_target("ln -s nowhere out");
}

#[test]
fn folder_is_no_target() {
    assert_no_target("mkdir out");
}

#[test]
fn pipe_is_no_target() {
    assert_no_target("mkfifo out");
}

#[test]
fn name_that_ends_in_a_slash_is_no_file() {
    let ana = ana_after(":");
    let said = ana.vault(&["get", "A", "-o", "out/"]);
    assert_eq!((said.code, listed(&ana)), (1, String::new()), "{}", said.err);
}

#[test]
fn folder_that_is_not_there_is_not_made() {
    let ana = ana_after(":");
    let said = ana.vault(&["get", "A", "-o", "none/out"]);
    assert_eq!((said.code, listed(&ana)), (1, String::new()));
    let error = format!("error: cannot write `{}`: No such file", ana.path("none/out").display());
    assert!(said.err.starts_with(&error), "{}", said.err);
}

#[test]
fn full_disk_leaves_no_file() {
    let ana = ana_after(":");
    // No file may be longer than one block of 512 bytes, and the signal for it is ignored.
    ana.vault_with(&["set", "BIG"], &[b'x'; 4096]).ok();
    let line =
        format!("trap '' XFSZ; ulimit -f 1; {PROGRAM} get BIG -o out 2>&1 && exit 9; echo \"code $?\"");
    let said = ana.sh(&line);
    assert!(said.ends_with("code 1\n"), "{said}");
    assert_eq!(listed(&ana), "");
}

#[test]
fn secret_that_is_not_there_writes_no_file() {
    let ana = ana_after(":");
    assert_eq!(ana.vault(&["get", "NONE", "-o", "out"]).code, 3);
    assert_eq!(listed(&ana), "");
}
