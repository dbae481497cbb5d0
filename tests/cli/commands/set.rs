//! `set`.

use super::{ana_with, conversation, files, json, keys};
use crate::harness::Person;

/// The value after `set A` with these flags and this input.
#[track_caller]
fn value(flags: &[&str], stdin: &[u8]) -> Vec<u8> {
    let ana = ana_with(&[]);
    ana.write("file", "of a file\n");
    ana.vault_with(&[&["set", "A"], flags].concat(), stdin).ok();
    ana.vault(&["get", "A"]).ok().out
}

/// The text that `set A` with these flags makes.
#[track_caller]
fn generated(flag: &str) -> String {
    String::from_utf8(value(&[flag], b"not this")).unwrap()
}

#[test]
fn set_says_what_it_did() {
    let ana = ana_with(&[]);
    insta::assert_snapshot!(conversation(&ana, &["set", "db/url"], b"x\n"), @r"
    exit 0
    --- stdout
    set `dev/db/url` (version 1)
    --- stderr
    ");
    insta::assert_snapshot!(conversation(&ana, &["set", "db/url"], b"y\n"), @r"
    exit 0
    --- stdout
    changed `dev/db/url` (version 2)
    --- stderr
    ");
}

#[test]
fn set_in_json_has_its_shape() {
    let ana = ana_with(&[]);
    let answer = json(&ana.vault_with(&["set", "A", "--json"], b"x").ok());
    assert_eq!(
        answer,
        serde_json::json!({ "schema": 1, "env": "dev", "name": "A", "version": 1, "written": "new" })
    );
    let answer = json(&ana.vault_with(&["set", "A", "--json"], b"y").ok());
    assert_eq!((&answer["version"], &answer["written"]), (&2.into(), &"changed".into()));
}

#[test]
fn one_final_newline_of_a_pipe_is_dropped() {
    assert_eq!(value(&[], b"x\n\n"), b"x\n");
}

#[test]
fn final_crlf_of_a_pipe_is_dropped_as_one_line_end() {
    let got = value(&[], b"x\r\n");
    assert!([&b"x"[..], b"x\r"].contains(&&got[..]), "{got:?}");
}

#[test]
fn exact_keeps_the_final_newline() {
    assert_eq!(value(&["--exact"], b"x\r\n"), b"x\r\n");
}

#[test]
fn value_comes_from_a_file() {
    assert_eq!(value(&["--file", "file"], b"not this"), b"of a file");
}

#[test]
fn exact_keeps_the_final_newline_of_a_file() {
    assert_eq!(value(&["--file", "file", "--exact"], b""), b"of a file\n");
}

#[test]
fn value_comes_from_a_command() {
    assert_eq!(value(&["--from-command", "printf '%s\\n' $((6*7))"], b""), b"42");
}

#[test]
fn value_comes_from_the_argument_as_it_is() {
    assert_eq!(value(&["a value\n"], b"not this"), b"a value\n");
}

#[test]
fn generated_value_has_32_letters_and_digits() {
    let made = generated("--generate");
    assert!(made.len() == 32 && made.bytes().all(|b| b.is_ascii_alphanumeric()), "{made}");
}

#[test]
fn generated_letters_and_digits_have_the_length_asked_for() {
    let made = generated("--generate=alphanumeric:20");
    assert!(made.len() == 20 && made.bytes().all(|b| b.is_ascii_alphanumeric()), "{made}");
}

#[test]
fn generated_hex_has_the_length_asked_for() {
    let made = generated("--generate=hex:64");
    assert!(made.len() == 64 && made.bytes().all(|b| b"0123456789abcdef".contains(&b)), "{made}");
}

#[test]
fn generated_base64_is_of_so_many_bytes() {
    use base64::{Engine, prelude::BASE64_STANDARD};
    assert_eq!(BASE64_STANDARD.decode(generated("--generate=base64:33")).unwrap().len(), 33);
}

#[test]
fn generated_uuid_is_one() {
    let made = generated("--generate=uuid");
    let parts: Vec<usize> = made.split('-').map(str::len).collect();
    assert_eq!((parts, made.as_bytes()[14]), (vec![8, 4, 4, 4, 12], b'4'));
}

#[test]
fn generated_age_identity_is_one() {
    let made = generated("--generate=age");
    assert!(made.starts_with("AGE-SECRET-KEY-1") && made.len() == 74, "{made}");
}

#[test]
fn generated_value_is_never_shown() {
    let ana = ana_with(&[]);
    let said = ana.vault(&["set", "A", "--generate", "-v"]).ok();
    let made = ana.vault(&["get", "A"]).ok().text();
    assert!(!said.text().contains(&made) && !said.err.contains(&made));
}

#[test]
fn two_generated_values_differ() {
    let ana = ana_with(&[]);
    ana.vault(&["set", "A", "--generate"]).ok();
    ana.vault(&["set", "B", "--generate"]).ok();
    assert_ne!(ana.vault(&["get", "A"]).ok().out, ana.vault(&["get", "B"]).ok().out);
}

/// `set A` with these flags is refused so, and writes nothing.
#[track_caller]
fn assert_refused(flags: &[&str], stdin: &[u8], code: i32, error: &str) {
    let ana = ana_with(&[("OTHER", "x")]);
    let before = files(&ana);
    ana.vault_with(&[&["set", "A"], flags].concat(), stdin).refused(code, error);
    assert_eq!(files(&ana), before);
}

#[test]
fn unknown_generator_is_refused() {
    assert_refused(&["--generate=dice"], b"", 2, "error: `dice` names no generator");
}

#[test]
fn uuid_of_a_length_is_refused() {
    assert_refused(&["--generate=uuid:8"], b"", 2, "error: `uuid:8` names no generator");
}

#[test]
fn too_short_a_generated_value_is_refused() {
    let error = "error: a generated value has 8 to 4096 characters or bytes";
    assert_refused(&["--generate=hex:7"], b"", 2, error);
}

#[test]
fn too_long_a_generated_value_is_refused() {
    let error = "error: a generated value has 8 to 4096 characters or bytes";
    assert_refused(&["--generate=hex:4097"], b"", 2, error);
}

#[test]
fn command_that_fails_sets_nothing() {
    let error = "error: `echo half; exit 3` ended with exit status: 3";
    assert_refused(&["--from-command", "echo half; exit 3"], b"", 1, error);
}

#[test]
fn file_that_is_not_there_sets_nothing() {
    let ana = ana_with(&[]);
    let said = ana.vault(&["set", "A", "--file", "none"]);
    assert_eq!(said.code, 3);
    assert!(said.err.starts_with("error: `") && said.err.contains("none` cannot be read: "), "{}", said.err);
}

#[test]
fn text_that_is_no_utf8_is_refused_as_text() {
    assert_refused(&["--kind", "text"], b"caf\xe9", 2, "error: this value is not of kind `text`");
}

#[test]
fn json_that_is_none_is_refused() {
    assert_refused(&["--kind", "json"], b"{\"a\": }", 2, "error: this value is not of kind `json`");
}

#[test]
fn userpass_without_a_password_is_refused() {
    let error = "error: this value is not of kind `userpass`";
    assert_refused(&["--kind", "userpass"], b"{\"username\":\"u\"}", 2, error);
}

#[test]
fn userpass_with_more_is_refused() {
    let stdin = b"{\"username\":\"u\",\"password\":\"p\",\"x\":1}";
    assert_refused(&["--kind", "userpass"], stdin, 2, "error: this value is not of kind `userpass`");
}

#[test]
fn environment_that_is_not_there_is_refused_with_the_nearest() {
    let ana = ana_with(&[]);
    let said = ana.vault_with(&["set", "-e", "dve", "A"], b"x");
    assert!(said.err.contains("help: there is an environment `dev`\n"), "{}", said.err);
    said.refused(3, "error: environment `dve` does not exist");
}

#[test]
fn several_environments_are_refused() {
    let ana = ana_with(&[]);
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "-e", "dev", "-e", "prod", "A"], b"x")
        .refused(2, "error: this command takes one environment");
}

#[test]
fn name_that_differs_in_case_only_is_refused() {
    let ana = ana_with(&[("db", "x")]);
    let said = ana.vault_with(&["set", "DB"], b"y");
    assert_eq!(said.code, 6, "{}", said.err);
    assert!(said.err.contains("`DB`") && said.err.contains("`db`"), "{}", said.err);
}

#[test]
fn name_of_a_folder_is_refused_or_stands_beside_it() {
    let ana = ana_with(&[("db/url", "x")]);
    let said = ana.vault_with(&["set", "db"], b"y");
    if said.code == 0 {
        assert_eq!(ana.vault(&["get", "db"]).ok().out, b"y");
    }
    assert_eq!(ana.vault(&["get", "db/url"]).ok().out, b"x");
    ana.vault(&["verify"]).ok();
}

#[track_caller]
fn assert_bad_name(name: &str) {
    let ana = ana_with(&[]);
    let before = files(&ana);
    let said = ana.vault_with(&["set", "--", name], b"x");
    assert_eq!(said.code, 2, "{}", said.err);
    assert_eq!(files(&ana), before);
}

macro_rules! bad_names {
    ($($test:ident: $name:expr;)+) => {$(
        #[test]
        fn $test() {
            assert_bad_name($name);
        }
    )+};
}

bad_names! {
    empty_name_is_refused: "";
    name_of_the_folder_above_is_refused: "..";
    path_to_the_outside_is_refused: "../../x";
    absolute_path_is_refused: "/etc/passwd";
    name_like_a_flag_is_refused: "-rf";
    backslash_is_refused: "a\\b";
    device_name_is_refused: "CON";
    device_name_with_an_extension_is_refused: "nul.txt";
    dot_at_the_end_is_refused: "x.";
    hidden_name_is_refused: ".x";
    name_with_an_escape_sequence_is_refused: "a\x1b[31m";
    name_of_256_bytes_is_refused: &"x".repeat(256);
    name_ending_in_toml_is_refused: "x.toml";
    empty_segment_is_refused: "a//b";
    name_with_a_space_is_refused: "a b";
    name_that_is_not_ascii_is_refused: "é";
}

#[test]
fn kind_is_text_unless_the_value_is_none() {
    let ana = ana_with(&[("A", "x")]);
    ana.vault_with(&["set", "B"], b"\xff").ok();
    let listed = ana.vault(&["list", "-l"]).ok().text();
    assert!(listed.contains("text") && listed.contains("binary"), "{listed}");
}

#[test]
fn each_kind_is_kept() {
    let ana = ana_with(&[]);
    ana.vault_with(&["set", "J", "--kind", "json"], b"{\"a\": [1]}").ok();
    ana.vault_with(&["set", "U", "--kind", "userpass"], b"{\"password\":\"p\",\"username\":\"u\"}").ok();
    ana.vault_with(&["set", "B", "--kind", "binary"], b"text").ok();
    let kinds = json(&ana.vault(&["list", "--json"]).ok());
    let kinds: Vec<&str> =
        kinds["secrets"].as_array().unwrap().iter().map(|secret| secret["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["binary", "json", "userpass"]);
}

#[test]
fn kind_stays_when_the_value_changes() {
    let ana = ana_with(&[]);
    ana.vault_with(&["set", "J", "--kind", "json"], b"1").ok();
    ana.vault_with(&["set", "J"], b"2").ok();
    assert_eq!(json(&ana.vault(&["get", "J", "--json"]).ok())["kind"], "json");
}

#[test]
fn kind_changes_without_the_value() {
    let ana = ana_with(&[("A", "12")]);
    ana.vault_with(&["set", "A", "--kind", "json"], b"12").ok();
    let answer = json(&ana.vault(&["get", "A", "--json"]).ok());
    assert_eq!((&answer["kind"], &answer["value"]), (&"json".into(), &"12".into()));
}

#[test]
fn description_and_tags_are_kept_and_taken_away() {
    let ana = ana_with(&[]);
    let all = ["set", "A", "--description", "what for", "--tag", "owner=ana", "--tag", "tier=1"];
    ana.vault_with(&all, b"x").ok();
    let secret = |ana: &Person| json(&ana.vault(&["list", "--json"]).ok())["secrets"][0].clone();
    let before = secret(&ana);
    assert_eq!(before["description"], "what for");
    assert_eq!(before["tags"], serde_json::json!({ "owner": "ana", "tier": "1" }));
    ana.vault_with(&["set", "A", "--description", "", "--tag", "owner="], b"x").ok();
    let after = secret(&ana);
    assert_eq!(after["description"], serde_json::Value::Null);
    assert_eq!(after["tags"], serde_json::json!({ "tier": "1" }));
}

#[test]
fn description_stays_when_the_value_changes() {
    let ana = ana_with(&[]);
    ana.vault_with(&["set", "A", "--description", "what for", "--tag", "a=b"], b"x").ok();
    ana.vault_with(&["set", "A"], b"y").ok();
    let secret = json(&ana.vault(&["list", "--json"]).ok())["secrets"][0].clone();
    assert_eq!((&secret["description"], &secret["tags"]["a"]), (&"what for".into(), &"b".into()));
}

#[test]
fn tag_without_an_equals_sign_is_a_fault_of_usage() {
    let ana = ana_with(&[]);
    assert_eq!(ana.vault_with(&["set", "A", "--tag", "owner"], b"x").code, 2);
}

#[test]
fn as_many_versions_stay_as_are_to_be_kept() {
    let ana = ana_with(&[]);
    ana.vault_with(&["set", "A", "--keep", "2"], b"1").ok();
    ana.vault_with(&["set", "A"], b"2").ok();
    ana.vault_with(&["set", "A"], b"3").ok();
    assert_eq!(ana.vault(&["get", "A", "--version", "2"]).ok().out, b"2");
    ana.vault(&["get", "A", "--version", "1"]).refused(3, "error: `dev/A` has no version 1 in its file");
}

#[test]
fn one_version_stays_by_default() {
    let ana = ana_with(&[("A", "1"), ("A", "2")]);
    ana.vault(&["get", "A", "--version", "1"]).refused(3, "error: `dev/A` has no version 1 in its file");
}

#[test]
fn keep_of_0_or_101_is_a_fault_of_usage() {
    let ana = ana_with(&[]);
    assert_eq!(ana.vault_with(&["set", "A", "--keep", "0"], b"x").code, 2);
    assert_eq!(ana.vault_with(&["set", "A", "--keep", "101"], b"x").code, 2);
}

#[test]
fn same_value_again_writes_nothing() {
    let ana = ana_with(&[("A", "x")]);
    let before = files(&ana);
    let said = ana.vault_with(&["set", "A"], b"x").ok();
    assert_eq!(said.text(), "`dev/A` is so already (version 1)\n");
    assert_eq!(files(&ana), before);
}

#[test]
fn empty_value_is_set_and_warned_of() {
    let ana = ana_with(&[]);
    insta::assert_snapshot!(conversation(&ana, &["set", "A"], b""), @r"
    exit 0
    --- stdout
    set `dev/A` (version 1)
    --- stderr
    warning: the value is empty
    ");
}

#[test]
fn warning_is_json_where_json_was_asked_for() {
    let ana = ana_with(&[]);
    let said = ana.vault_with(&["set", "A", "--json"], b"").ok();
    assert_eq!(said.err, "{\"schema\":1,\"kind\":\"warning\",\"message\":\"the value is empty\"}\n");
}

#[test]
fn two_sources_are_a_fault_of_usage() {
    let ana = ana_with(&[]);
    assert_eq!(ana.vault(&["set", "A", "x", "--generate"]).code, 2);
    assert_eq!(ana.vault(&["set", "A", "--file", "f", "--from-command", "c"]).code, 2);
}

#[test]
fn error_in_json_has_its_shape() {
    let ana = ana_with(&[]);
    let said = ana.vault_with(&["set", "A", "--kind", "json", "--json"], b"{");
    let error: serde_json::Value = serde_json::from_str(&said.err).unwrap();
    assert!(said.out.is_empty() && said.err.starts_with("{\"schema\":1,\"error\":{"), "{}", said.err);
    assert_eq!(keys(&error["error"]), ["class", "code", "details", "help", "message"]);
    assert_eq!((&error["error"]["class"], &error["error"]["code"]), (&"usage".into(), &"not-of-kind".into()));
}
