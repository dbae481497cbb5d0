//! Tests of templates: what is a reference, what stays, and what is refused.

use super::super::{Reference, template};
use crate::kernel::secret::Secret;

/// A reference as `ENV/NAME`, for a value that says where it went.
fn named(reference: &Reference) -> String {
    format!(
        "{}/{}",
        reference.env.as_ref().map_or("-", |env| env.as_str()),
        reference.name.as_str().to_owned()
    )
}

/// The text with `<ENV/NAME>` where a value would be.
fn filled(text: impl AsRef<[u8]>) -> Vec<u8> {
    let template = template(text.as_ref()).unwrap();
    let values: Vec<(String, Secret)> = template
        .references()
        .map(|reference| (named(reference), Secret::new(format!("<{}>", named(reference)).into_bytes())))
        .collect();
    let value = |reference: &Reference| {
        &values.iter().find(|(name, _)| *name == named(reference)).expect("it is a reference").1
    };
    template.fill(value).unwrap().expose().to_vec()
}

#[track_caller]
fn assert_filled(text: &str, expected: &str) {
    assert_eq!(String::from_utf8_lossy(&filled(text)), expected);
}

#[track_caller]
fn assert_faults(text: impl AsRef<[u8]>, faults: &[&str]) {
    let error = template(text.as_ref()).map(|_| ()).unwrap_err();
    assert_eq!(error.faults.iter().map(ToString::to_string).collect::<Vec<_>>(), faults);
}

fn with_value(text: &str, value: &[u8]) -> Result<Vec<u8>, Vec<String>> {
    let value = Secret::new(value.to_vec());
    let filled = template(text.as_bytes()).unwrap().fill(|_| &value);
    filled
        .map(|filled| filled.expose().to_vec())
        .map_err(|error| error.faults.iter().map(ToString::to_string).collect())
}

#[test]
fn both_forms_are_replaced() {
    assert_filled(
        "a={{ vault \"A\" }}\nb=cvault://prod/db/b\nc={{vault 'c/d'}}{{\tvault\n\"cvault://prod/E\" }}x",
        "a=<-/A>\nb=<prod/db/b>\nc=<-/c/d><prod/E>x",
    );
}

#[test]
fn all_else_stays_byte_for_byte() {
    let text = b"\xef\xbb\xbf\r\n\xff\xfe {{ x }} {{ vault_password }} {{ vault.x }} {{vaults}} {{% vault %}} {{{ { \0 cvault:/ \r\nend";
    assert_eq!(filled(text), text);
}

#[test]
fn bare_reference_ends_where_no_name_goes_on() {
    assert_filled(
        "\"cvault://dev/A\" (cvault://dev/A), [cvault://dev/A] cvault://dev/a/b?c=cvault://dev/D&e",
        "\"<dev/A>\" (<dev/A>), [<dev/A>] <dev/a/b>?c=<dev/D>&e",
    );
}

#[test]
fn full_stop_or_slash_at_the_end_is_no_part_of_a_name() {
    assert_filled("See cvault://dev/A. Or cvault://dev/b/", "See <dev/A>. Or <dev/b>/");
}

#[test]
fn part_of_a_longer_word_is_no_reference() {
    let text = "xcvault://dev/A äcvault://dev/A a+cvault://dev/A _cvault://dev/A";
    assert_filled(text, text);
}

#[test]
fn reference_may_follow_anything_that_is_no_word() {
    assert_filled("=cvault://dev/A“cvault://dev/A\u{feff}cvault://dev/A", "=<dev/A>“<dev/A>\u{feff}<dev/A>");
}

#[test]
fn literal_is_taken_as_it_is() {
    assert_filled(
        "{{ vault literal \"{{\" }} vault \"A\" }} {{ vault literal 'cvault' }}://dev/A",
        "{{ vault \"A\" }} cvault://dev/A",
    );
}

#[test]
fn value_is_not_looked_through_again() {
    let value = b"{{ vault \"A\" }} cvault://dev/A";
    assert_eq!(with_value("{{ vault \"A\" }}", value).unwrap(), value);
}

#[test]
fn value_goes_in_raw_unless_a_filter_is_named() {
    let value = "\"a\\\n é/".as_bytes();
    assert_eq!(with_value("{{ vault \"A\" }}", value).unwrap(), value);
    assert_eq!(with_value("{{ vault \"A\"|json }}", value).unwrap(), "\"\\\"a\\\\\\n é/\"".as_bytes());
    assert_eq!(with_value("{{ vault \"A\" | url }}", value).unwrap(), b"%22a%5C%0A%20%C3%A9%2F");
    assert_eq!(with_value("{{ vault \"A\" | base64 }}", b"\xff\0").unwrap(), b"/wA=");
}

#[test]
fn value_that_is_no_text_is_no_string_of_json() {
    let faults = with_value("x\n {{ vault \"A\" | json }}", b"\xff").unwrap_err();
    assert_eq!(faults, ["line 2, column 2: the value of `A` is no text"]);
}

#[test]
fn everything_that_is_wrong_is_named_by_line_and_column() {
    assert_faults(
        "ok\né {{ vault \"A\"\n{{ vault }}\n{{- vault \"A\" }}\n{{ vault \"a b\" }}\n  cvault://Dev/A cvault://\n\
         {{ vault \"cvault://dev\" }}\n{{ vault \"A\" | upper }}\n{{ vault \"A\nB\" }}\n{{ vault",
        &[
            "line 2, column 3: nothing closes what `{{ vault` opens",
            "line 3, column 1: behind `{{ vault` stands neither a name nor a literal",
            "line 4, column 1: behind `{{ vault` stands neither a name nor a literal",
            "line 5, column 1: the reference names no secret: only letters, digits and `_` `-` `.` `+` `=` `@` may \
             stand in it, with `/` between parts",
            "line 6, column 3: the reference names no environment: only lower-case letters, digits and `-` may stand \
             in it",
            "line 6, column 18: the reference names no environment: it is empty",
            "line 7, column 1: the reference names no secret: it is empty",
            "line 8, column 1: there is no such filter",
            "line 9, column 1: nothing closes what `{{ vault` opens",
            "line 11, column 1: nothing closes what `{{ vault` opens",
        ],
    );
}

#[test]
fn text_over_the_limit_is_refused_unread() {
    let text = vec![b'{'; 8 * 1024 * 1024];
    assert_eq!(filled(&text), text);
    assert_faults([&text[..], b"x"].concat(), &["it is over 8 MiB"]);
}

#[test]
fn text_that_values_would_blow_up_is_refused() {
    let text = "{{vault \"A\"}}".repeat(65);
    let value = vec![b'x'; 1024 * 1024];
    assert_eq!(with_value(&text, &value).unwrap_err(), ["with its values it is over 64 MiB"]);
    assert_eq!(with_value(&text[13..], &value).unwrap().len(), 64 * 1024 * 1024);
}
