//! Tests of the forms of many values.

mod dotenv;
mod template;

use super::{Form, parse};
use crate::kernel::secret::Secret;

fn read(text: impl AsRef<[u8]>, form: Form) -> Result<Vec<(String, Vec<u8>)>, Vec<String>> {
    let parsed = parse(&Secret::new(text.as_ref().to_vec()), form);
    let entries =
        parsed.map_err(|error| error.faults.iter().map(ToString::to_string).collect::<Vec<String>>())?;
    Ok(entries.into_iter().map(|e| (e.name.to_string(), e.value.expose().to_vec())).collect())
}

fn pair(name: &str, value: impl AsRef<[u8]>) -> (String, Vec<u8>) {
    (name.to_owned(), value.as_ref().to_vec())
}

#[track_caller]
fn assert_faults(text: impl AsRef<[u8]>, form: Form, faults: &[&str]) {
    assert_eq!(read(text, form), Err(faults.iter().map(|fault| (*fault).to_owned()).collect()));
}

#[test]
fn line_is_taken_literally() {
    let got = read("A= x \"y\" $z # no comment \nB==\\n=\nC=\n", Form::Lines);
    assert_eq!(got, Ok(vec![pair("A", " x \"y\" $z # no comment "), pair("B", "=\\n="), pair("C", "")]));
}

#[test]
fn last_line_needs_no_end() {
    assert_eq!(read("A=1\r\nB=2\r", Form::Lines), Ok(vec![pair("A", "1"), pair("B", "2")]));
}

#[test]
fn record_ends_in_nul_and_holds_anything_else() {
    let got = read(b"A=1\n2\r\n\0db/b=\xff\0", Form::Null);
    assert_eq!(got, Ok(vec![pair("A", "1\n2\r\n"), pair("db/b", b"\xff")]));
}

#[test]
fn json_string_is_unescaped() {
    let got = read(r#" { "A" : "\"\\\/\b\f\n\r\té\u00e9\ud83d\ude00\u0000", "\u0042": "" } "#, Form::Json);
    assert_eq!(got, Ok(vec![pair("A", "\"\\/\u{8}\u{c}\n\r\téé😀\0"), pair("B", "")]));
}

#[test]
fn everything_that_is_wrong_is_named_by_its_line_and_not_shown() {
    assert_faults(
        "A=1\n-----BEGIN KEY-----\n\n=x\na b=x\nA=2\nCON=x\n\u{e9}=x\n",
        Form::Lines,
        &[
            "line 2 has no `=`",
            "line 3 has no `=`",
            "line 4 begins with no name: it is empty",
            "line 5 begins with no name: only letters, digits and `_` `-` `.` `+` `=` `@` may stand in it, with `/` \
             between parts",
            "line 6 sets `A`, and so does line 1",
            "line 7 begins with no name: Windows keeps this name for a device",
            "line 8 begins with no name: only letters, digits and `_` `-` `.` `+` `=` `@` may stand in it, with `/` \
             between parts",
        ],
    );
}

#[test]
fn record_is_counted_as_one() {
    assert_faults(b"A=1\n\n\0x", Form::Null, &["record 2 has no `=`"]);
}

#[test]
fn nothing_at_all_is_a_fault() {
    let faults = ["nothing is there to be set"];
    assert_faults("", Form::Lines, &faults);
    assert_faults("\n", Form::Lines, &faults);
    assert_faults("", Form::Null, &faults);
    assert_faults("{}", Form::Json, &faults);
}

#[test]
fn value_over_the_limit_is_named() {
    let most = "x".repeat(1024 * 1024);
    assert!(read(format!("A={most}"), Form::Lines).is_ok());
    assert_faults(format!("A={most}x"), Form::Lines, &["line 1 gives `A` a value over 1 MiB"]);
    assert!(read(format!("{{\"A\":\"{most}\"}}"), Form::Json).is_ok());
    assert_faults(format!("{{\"A\":\"{most}x\"}}"), Form::Json, &["line 1 gives `A` a value over 1 MiB"]);
}

#[test]
fn json_that_is_no_string_is_named() {
    assert_faults(
        "{\"A\": 1,\n\"B\": {\"x\": \"y\"},\n\n\"C\": [1], \"D\": true, \"E\":\nnull, \"A\": \"x\"}",
        Form::Json,
        &[
            "line 1 gives `A` a number, which is no string",
            "line 2 gives `B` an object, which is no string",
            "line 4 gives `C` a list, which is no string",
            "line 4 gives `D` a boolean, which is no string",
            "line 5 gives `E` null, which is no string",
            "line 5 sets `A`, and so does line 1",
        ],
    );
}

#[test]
fn text_that_is_no_json_object_is_refused_without_showing_it() {
    assert_faults("\"secret\"", Form::Json, &["this is no JSON object"]);
    assert_faults("[\"secret\"]", Form::Json, &["this is no JSON object"]);
    assert_faults("{\"A\": secret}", Form::Json, &["this is no JSON: line 1, column 7"]);
    assert_faults("{\"A\": \"x\"} more", Form::Json, &["this is no JSON: line 1, column 12"]);
    assert_faults(b"{\"A\": \"\xff\"}", Form::Json, &["this is no JSON: line 1, column 8"]);
    assert_faults("{\"A\": \"a\nb\"}", Form::Json, &["this is no JSON: line 1, column 8"]);
}

#[test]
fn surrogate_alone_is_named() {
    for value in [r"\ud83d", r"\ude00", r"\ud83dx", r"\ud83d\n", r"\ud83d\ud83d"] {
        let fault = "line 1 gives `A` half a character (`\\u` and a surrogate alone)";
        assert_faults(format!("{{\"A\": \"x{value}\"}}"), Form::Json, &[fault]);
    }
}

mod keys {
    use crate::interchange::{KeysError, Skipped, public_keys};

    const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN";

    fn read(text: &str) -> Result<(Vec<String>, Vec<Skipped>), KeysError> {
        let keys = public_keys(text)?;
        Ok((keys.recipients.iter().map(ToString::to_string).collect(), keys.skipped))
    }

    #[test]
    fn options_comments_and_line_ends_are_not_the_key_s() {
        for line in [
            ED25519.to_owned(),
            format!("{ED25519} ana@x, her laptop"),
            format!("no-pty,command=\"sh -c \\\"a b\\\"\" {ED25519} x\r"),
            format!("# hers\n\n  from=\"*.x.org\"\t{ED25519}"),
            format!("{ED25519}\n{ED25519} again"),
        ] {
            assert_eq!(read(&line), Ok((vec![ED25519.to_owned()], Vec::new())), "{line}");
        }
    }

    #[test]
    fn key_of_another_kind_is_passed_over_by_its_own_name() {
        let text = format!("ssh-dss AAAAB3NzaC1kc3M= x\n{ED25519}\ncert-authority {ED25519}");
        let skipped = |line, kind: &str| Skipped { line, kind: kind.to_owned() };
        let wanted = vec![skipped(1, "ssh-dss"), skipped(3, "cert-authority")];
        assert_eq!(read(&text), Ok((vec![ED25519.to_owned()], wanted)));
    }

    #[test]
    fn kind_that_the_key_itself_does_not_say_is_no_key() {
        let other = ED25519.replace("ssh-ed25519 ", "ssh-rsa ");
        for line in [other.as_str(), "ssh-dss AAAA", "hello world", "a b ssh-ed25519", "\"", "ssh-ed25519"] {
            assert_eq!(read(line), Err(KeysError::NoKey { line: 1 }), "{line}");
        }
    }
}
