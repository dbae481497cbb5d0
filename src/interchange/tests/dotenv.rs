//! Tests of dotenv files.

use super::super::dotenv;
use crate::kernel::secret::Secret;

/// The variables, `<NAME>` where a value would be, or everything that is wrong.
fn read(text: impl AsRef<[u8]>) -> Result<Vec<(String, String)>, Vec<String>> {
    let variables = dotenv(text.as_ref());
    let variables =
        variables.map_err(|error| error.faults.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    let value = Secret::new(b"<$x\"'\\n>".to_vec());
    let filled = variables.iter().map(|variable| {
        let filled = variable.value.fill(|_| &value).unwrap();
        (variable.name.to_string(), String::from_utf8_lossy(filled.expose()).into_owned())
    });
    Ok(filled.collect())
}

#[track_caller]
fn assert_read(text: &str, expected: &[(&str, &str)]) {
    let expected = expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    assert_eq!(read(text), Ok(expected));
}

#[track_caller]
fn assert_faults(text: &str, faults: &[&str]) {
    assert_eq!(read(text), Err(faults.iter().map(|fault| (*fault).to_owned()).collect()));
}

#[test]
fn bare_value_is_trimmed_and_ends_at_a_comment() {
    assert_read(
        "\u{feff}# head\n\nA=1\r\n  export B =  a b\tc  # more\nC=\nD= # none\nE=#x\nF=a#b\\n\nG=it's \"so\"\n",
        &[
            ("A", "1"),
            ("B", "a b\tc"),
            ("C", ""),
            ("D", ""),
            ("E", "#x"),
            ("F", "a#b\\n"),
            ("G", "it's \"so\""),
        ],
    );
}

#[test]
fn single_quotes_keep_all_and_double_ones_unescape() {
    assert_read(
        "A='a\\n$HOME \"${x}\"\nb'\nB=\"a\\n\\r\\t\\\"\\\\\\$x\\d \nb # c\" # d\nC=''\nD=\"\"",
        &[("A", "a\\n$HOME \"${x}\"\nb"), ("B", "a\n\r\t\"\\$x\\d \nb # c"), ("C", ""), ("D", "")],
    );
}

#[test]
fn references_are_filled_in_every_kind_of_value() {
    let value = "<$x\"'\\n>";
    assert_read(
        "A=cvault://dev/A # c\nB=\"u:{{ vault \"PW\" }}@h\"\nC='cvault://dev/A'\nD={{ vault 'A' }} x {{ vault literal \"$x\" }}",
        &[("A", value), ("B", &format!("u:{value}@h")), ("C", value), ("D", &format!("{value} x $x"))],
    );
}

#[test]
fn dollar_that_expands_nothing_is_a_character() {
    assert_read("A=$2a$10$ $\nB=\"5$\"", &[("A", "$2a$10$ $"), ("B", "5$")]);
}

#[test]
fn everything_that_is_wrong_is_named_by_its_line() {
    assert_faults(
        "A=1\nsome text\n1B=2\nA-B=2\nA=3\nCON=1\nD=\"a\nb\" c\nE=${A}\nF=\"$A\"\nG=$(id)\nH=cvault://x\n=1\nexport I\nJ='a\n",
        &[
            "line 2 has no `=`",
            "line 3 begins with no variable's name",
            "line 4 begins with no variable's name",
            "line 5 sets `A`, and so does line 1",
            "line 6 begins with no name: Windows keeps this name for a device",
            "line 8: something stands behind the closing quote",
            "line 9: `$` would have to be expanded",
            "line 10: `$` would have to be expanded",
            "line 11: `$` would have to be expanded",
            "line 12, column 3: the reference names no secret: it is empty",
            "line 13 begins with no variable's name",
            "line 14 has no `=`",
            "line 15: nothing closes the quote",
        ],
    );
}

#[test]
fn bytes_that_are_no_text_stay_as_they_are() {
    let variables = dotenv(b"A=\xff\xfe\rb\nB='\0'").unwrap();
    let none = Secret::new(Vec::new());
    let values: Vec<Vec<u8>> =
        variables.iter().map(|variable| variable.value.fill(|_| &none).unwrap().expose().to_vec()).collect();
    assert_eq!(values, [b"\xff\xfe\rb".to_vec(), b"\0".to_vec()]);
}
