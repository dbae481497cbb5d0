//! Every byte string survives every way in and out, or the way says that it cannot carry it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;

use crate::harness::Person;

/// The most that the system takes as one argument or variable, with room for a name.
const ARGUMENT: usize = 128 * 1024 - 16;
const MIB: usize = 1024 * 1024;

/// Each way in that can carry these bytes, into a secret of its own. Gives the secrets' names.
#[track_caller]
fn set_every_way(ana: &Person, value: &[u8]) -> Vec<&'static str> {
    ana.write("value", value);
    ana.vault_with(&["set", "PIPE", "--exact"], value).ok();
    ana.vault(&["set", "FILE", "--exact", "--file", "value"]).ok();
    ana.vault(&["set", "COMMAND", "--exact", "--from-command", "cat value"]).ok();
    let mut names = vec!["PIPE", "FILE", "COMMAND"];
    let is_argument = value.len() < ARGUMENT && !value.contains(&0) && std::str::from_utf8(value).is_ok();
    if is_argument {
        let words = ["set", "ARGUMENT", "--"].map(OsStr::new);
        ana.vault(&[&words[..], &[OsStr::from_bytes(value)]].concat()).ok();
        names.push("ARGUMENT");
    }
    names
}

/// Reads a secret in each way out that can carry these bytes.
#[track_caller]
fn assert_every_way_out(ana: &Person, name: &str, value: &[u8]) {
    assert!(ana.vault(&["get", name]).ok().out == value, "get {name}");
    let json: Value = serde_json::from_slice(&ana.vault(&["get", "--json", name]).ok().out).unwrap();
    let told = match (&json["value"], &json["value_base64"]) {
        (Value::String(text), Value::Null) => text.clone().into_bytes(),
        (Value::Null, Value::String(encoded)) => BASE64_STANDARD.decode(encoded).unwrap(),
        _ => panic!("one of both: {json}"),
    };
    assert!(told == value, "get --json {name}");
    if value.len() < ARGUMENT && !value.contains(&0) {
        // `printenv` would add a newline; awk and the shell would drop some bytes.
        let line = "cat /proc/self/environ";
        let out = ana.vault(&["run", "--only", name, "--", "/bin/sh", "-c", line]).ok().out;
        let wanted = [name.as_bytes(), b"=", value].concat();
        assert!(out.split(|byte| *byte == 0).any(|one| one == wanted), "run {name}");
    }
}

#[track_caller]
fn assert_survives(value: &[u8]) {
    let ana = Person::with_vault("ana");
    for name in set_every_way(&ana, value) {
        assert_every_way_out(&ana, name, value);
    }
    ana.vault(&["verify"]).ok();
    assert!(!ana.path("P").exists(), "a value was run");
}

macro_rules! survives {
    ($($name:ident: $value:expr;)+) => {$(
        #[test]
        fn $name() {
            assert_survives($value);
        }
    )+};
}

survives! {
    empty_value_survives: b"";
    one_byte_survives: b"x";
    nul_survives: b"\0";
    nul_inside_survives: b"a\0b\0";
    invalid_utf8_survives: b"\xff\xfe\x80caf\xe9";
    every_byte_survives: &(0..=255u8).collect::<Vec<_>>();
    every_byte_but_nul_survives: &(1..=255u8).collect::<Vec<_>>();
    command_substitution_survives: b"$(touch P)";
    backquotes_survive: b"`touch P`";
    semicolons_and_pipes_survive: b"; touch P | touch P & touch P #";
    variables_survive: b"$HOME ${HOME} $$ $0 %PATH% !!";
    formats_survive: b"%s%n%d %%";
    templates_survive: b"{{x}} {% x %} <%= x %> ${{ x }} \\{\\}";
    bcrypt_hash_with_quotes_survives: b"$2a$10$Tw\"'";
    quotes_and_backslashes_survive: b"'\"\\'\\\"\\\\ \\n \\u0041 \"\"\"";
    newlines_survive: b"\none\n\ntwo\n";
    final_newline_survives: b"one\n";
    crlf_survives: b"one\r\ntwo\r\n";
    lone_carriage_returns_survive: b"one\rtwo\r";
    spaces_at_both_ends_survive: b"  \t x \t  ";
    equals_signs_survive: b"=A=B==";
    leading_hyphens_survive: b"--exact";
    one_hyphen_survives: b"-";
    escape_sequences_survive: b"\x1b[31mred\x1b]0;title\x07";
    byte_order_mark_survives: "\u{feff}x".as_bytes();
    wide_and_joined_characters_survive: "名前 👩‍💻 e\u{301} \u{202e}x\u{2028}".as_bytes();
    conflict_markers_survive: b"<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n";
    file_format_inside_a_value_survives: b"[signature]\nvalue = \"\"\"x\"\"\"\n# comment";
    private_key_survives: b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQ==\n-----END PRIVATE KEY-----\n";
    longest_variable_survives: &[b'v'; 100 * 1024];
    one_mib_survives: &[b'm'; MIB];
    one_mib_of_quotes_survives: &[b'"'; MIB];
    one_mib_of_binary_survives: &[0xff; MIB];
}

/// One byte over the limit, with what is said of it.
#[track_caller]
fn assert_refused_by_size(args: &[&str], stdin: &[u8]) {
    let ana = Person::with_vault("ana");
    ana.write("value", vec![b'x'; MIB + 1]);
    let said = ana.vault_with(args, stdin);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.err.starts_with("error: ") && said.err.contains("1 MiB"), "{}", said.err);
    assert!(!ana.path(".vault/secrets/dev/A.toml").exists());
}

#[test]
fn one_byte_more_than_one_mib_is_refused_from_a_pipe() {
    assert_refused_by_size(&["set", "A"], &[b'x'; MIB + 1]);
}

#[test]
fn one_byte_more_than_one_mib_is_refused_from_a_file() {
    assert_refused_by_size(&["set", "A", "--file", "value"], b"");
}

#[test]
fn one_byte_more_than_one_mib_is_refused_from_a_command() {
    assert_refused_by_size(&["set", "A", "--from-command", "cat value"], b"");
}

#[test]
fn endless_input_is_refused() {
    assert_refused_by_size(&["set", "A", "--file", "/dev/zero"], b"");
}

#[test]
fn one_mib_and_a_newline_loses_only_the_newline() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "A"], &[&[b'x'; MIB][..], b"\n"].concat()).ok();
    assert!(ana.vault(&["get", "A"]).ok().out == [b'x'; MIB]);
}

#[test]
fn one_mib_and_a_newline_is_refused_when_exact() {
    assert_refused_by_size(&["set", "A", "--exact"], &[&[b'x'; MIB][..], b"\n"].concat());
}

#[test]
fn argument_that_is_no_utf8_is_refused_and_not_changed() {
    let ana = Person::with_vault("ana");
    let said = ana.vault(&[OsStr::new("set"), OsStr::new("A"), OsStr::from_bytes(b"caf\xe9")]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(!ana.path(".vault/secrets/dev/A.toml").exists());
}
