//! `set --batch`.

use super::{ana_with, conversation, files, json};
use crate::{
    harness::Person,
    pty::{is_here, vault_at_terminal},
};

#[track_caller]
fn got(ana: &Person, name: &str) -> Vec<u8> {
    ana.vault(&["get", name]).ok().out
}

#[test]
fn each_line_sets_a_secret_and_what_became_of_it_is_told() {
    let ana = ana_with(&[("OLD", "1"), ("SAME", "x = \"y\" # z")]);
    let lines = b"db/new=first\nOLD=2\nSAME=x = \"y\" # z\n";
    insta::assert_snapshot!(conversation(&ana, &["set", "--batch"], lines), @r"
    exit 0
    --- stdout
    set `dev/db/new` (version 1)
    changed `dev/OLD` (version 2)
    `dev/SAME` is so already (version 1)
    --- stderr
    ");
    assert_eq!((got(&ana, "db/new"), got(&ana, "OLD")), (b"first".to_vec(), b"2".to_vec()));
    ana.vault(&["verify"]).ok();
}

#[test]
fn batch_in_json_has_its_shape() {
    let ana = ana_with(&[("A", "1")]);
    let answer = json(&ana.vault_with(&["set", "--batch", "--json"], b"A=1\nB=2").ok());
    let secrets = serde_json::json!([
        { "name": "A", "version": 1, "written": "unchanged" },
        { "name": "B", "version": 1, "written": "new" },
    ]);
    assert_eq!(answer, serde_json::json!({ "schema": 1, "env": "dev", "secrets": secrets }));
}

#[test]
fn nul_ends_records_of_any_other_bytes() {
    let ana = ana_with(&[]);
    ana.vault_with(&["set", "--batch=null"], b"KEY=-----BEGIN\nx\n-----END\n\0B=\xff=\0").ok();
    assert_eq!(
        (got(&ana, "KEY"), got(&ana, "B")),
        (b"-----BEGIN\nx\n-----END\n".to_vec(), b"\xff=".to_vec())
    );
}

#[test]
fn what_env_prints_is_a_batch() {
    let ana = ana_with(&[]);
    let program = crate::harness::PROGRAM;
    ana.sh(&format!("env -i A='x\ny' B= env -0 | {program} set --batch=null"));
    assert_eq!((got(&ana, "A"), got(&ana, "B")), (b"x\ny".to_vec(), b"".to_vec()));
}

#[test]
fn json_object_is_a_batch() {
    let ana = ana_with(&[]);
    ana.vault_with(&["set", "--batch=json"], br#"{"A": "x\n\u00e9", "B": "$(touch P)"}"#).ok();
    assert_eq!((got(&ana, "A"), got(&ana, "B")), ("x\né".as_bytes().to_vec(), b"$(touch P)".to_vec()));
}

#[test]
fn kind_tags_and_keep_hold_for_all() {
    let ana = ana_with(&[]);
    ana.vault_with(&["set", "--batch", "--kind", "json", "--tag", "t=u", "--keep", "2"], b"A=1\nB={}").ok();
    let listed = json(&ana.vault(&["list", "--json"]).ok());
    let told = |i: usize| (listed["secrets"][i]["kind"].clone(), listed["secrets"][i]["tags"]["t"].clone());
    assert_eq!([told(0), told(1)], [("json".into(), "u".into()), ("json".into(), "u".into())]);
    ana.vault_with(&["set", "--batch"], b"A=2").ok();
    assert_eq!(ana.vault(&["get", "A", "--version", "1"]).ok().out, b"1");
}

#[test]
fn empty_value_is_warned_of_by_name() {
    let ana = ana_with(&[]);
    insta::assert_snapshot!(conversation(&ana, &["set", "--batch"], b"A=\n"), @r"
    exit 0
    --- stdout
    set `dev/A` (version 1)
    --- stderr
    warning: the value of `A` is empty
    ");
}

/// The refusal of a batch that sets nothing.
#[track_caller]
fn refusal(args: &[&str], stdin: &[u8]) -> String {
    let ana = ana_with(&[("A", "old"), ("db", "x")]);
    let before = files(&ana);
    let said = conversation(&ana, &[&["set", "--batch"], args].concat(), stdin);
    assert_eq!(files(&ana), before);
    said
}

#[test]
fn lines_that_are_wrong_are_named_and_not_shown_and_nothing_is_set() {
    insta::assert_snapshot!(refusal(&[], b"A=new\nhunter2\n-x=hunter2\nA=hunter2\n"), @r"
    exit 2
    --- stdout
    --- stderr
    error: standard input: 3 things are not in order

      faults  line 2 has no `=`
              line 3 begins with no name: a part may not begin with `.` or `-`, nor end with `.`
              line 4 sets `A`, and so does line 1
    help: `--batch=null` takes values of several lines, each ended by NUL, as `env -0` prints them
    ");
}

#[test]
fn many_wrong_lines_are_counted() {
    let said = refusal(&[], "x\n".repeat(30).as_bytes());
    assert!(said.contains("error: standard input: 30 things are not in order\n"), "{said}");
    assert!(said.contains("line 20 has no `=`\n          and 10 more\n"), "{said}");
}

#[test]
fn nothing_on_standard_input_is_refused() {
    insta::assert_snapshot!(refusal(&[], b""), @r"
    exit 2
    --- stdout
    --- stderr
    error: standard input: nothing is there to be set
    ");
}

#[test]
fn json_that_is_no_string_is_named_by_its_secret() {
    let ana = ana_with(&[]);
    let before = files(&ana);
    insta::assert_snapshot!(conversation(&ana, &["set", "--batch=json"], b"{\"B\":\"x\",\n\"C\":[1]}"), @r"
    exit 2
    --- stdout
    --- stderr
    error: standard input: line 2 gives `C` a list, which is no string

    help: write it as a string, or set it alone with `--kind json`
    ");
    assert_eq!(files(&ana), before);
}

#[test]
fn values_that_are_not_of_the_kind_are_all_named() {
    insta::assert_snapshot!(refusal(&["--kind", "json"], b"A={\nB=1\nC=x\n"), @r"
    exit 2
    --- stdout
    --- stderr
    error: 2 things here are not in order

      faults  `dev/A`: this value is not of kind `json`
              `dev/C`: this value is not of kind `json`
    help: `--kind binary` takes any bytes
    ");
}

#[test]
fn names_that_differ_in_case_only_are_refused() {
    insta::assert_snapshot!(refusal(&[], b"B=1\nDB=2\n"), @r"
    exit 6
    --- stdout
    --- stderr
    error: `db` and `DB` of environment `dev` differ only in case

    help: a name keeps its spelling, even after it was moved or removed
    ");
    insta::assert_snapshot!(refusal(&[], b"B=1\nb=2\n"), @r"
    exit 6
    --- stdout
    --- stderr
    error: `B` and `b` of environment `dev` differ only in case

    help: a name keeps its spelling, even after it was moved or removed
    ");
}

#[test]
fn input_over_64_mib_is_refused() {
    let ana = ana_with(&[]);
    let program = crate::harness::PROGRAM;
    let line = format!("yes A=x | {program} set --batch 2>said && exit 9; echo \"code $?\"; cat said");
    assert_eq!(
        ana.sh(&line),
        "code 1\nerror: standard input is over 64 MiB\n\nhelp: set them in several batches\n"
    );
}

#[test]
fn one_value_over_its_limit_is_named() {
    let big = format!("B=1\nC={}\n", "x".repeat(1024 * 1024 + 1));
    let said = refusal(&[], big.as_bytes());
    assert!(said.ends_with("error: standard input: line 2 gives `C` a value over 1 MiB\n"), "{said}");
}

#[test]
fn what_is_for_one_secret_is_not_for_a_batch() {
    let ana = ana_with(&[]);
    assert_eq!(ana.vault_with(&["set", "--batch", "A"], b"B=x").code, 2);
    assert_eq!(ana.vault_with(&["set", "--batch", "--description", "d"], b"B=x").code, 2);
    assert_eq!(ana.vault_with(&["set", "--batch", "--generate"], b"B=x").code, 2);
    assert_eq!(ana.vault_with(&["set", "--batch", "--exact"], b"B=x").code, 2);
    assert_eq!(ana.vault_with(&["set", "--batch=yaml"], b"B=x").code, 2);
    assert_eq!(ana.vault_with(&["set"], b"B=x").code, 2);
}

#[test]
fn batch_is_not_typed_at_a_terminal() {
    let ana = ana_with(&[]);
    if !is_here(&ana) {
        return;
    }
    let said = vault_at_terminal(&ana, &[], &["set", "--batch"]);
    assert_eq!(said.code, 2);
    assert!(
        said.text().starts_with("error: what is typed here would be shown, and `--batch` reads it\n"),
        "{}",
        said.text()
    );
}

#[test]
fn thousand_are_set_at_once() {
    let ana = ana_with(&[]);
    let lines: String = (1..=1000).map(|i| format!("dir{}/K{i}=value {i}\n", i % 7)).collect();
    ana.vault_with(&["set", "--batch", "-q"], lines.as_bytes()).ok();
    assert_eq!(got(&ana, "dir3/K500"), b"value 500");
    assert_eq!(ana.vault(&["list"]).ok().text().lines().count(), 1000);
}
