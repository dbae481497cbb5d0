//! Text of unknown origin, made safe to show: nothing in it moves the cursor, hides, or turns the direction of writing.

use std::{
    borrow::Cow,
    fmt::{Debug, Write},
};

use serde::Serialize;

/// Shows what would not show itself, on one line: `\n`, `\u{1b}`, `\u{202e}`.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match is_hidden(c) {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// One line of JSON, equal for a parser to what serde prints, whose strings are as safe to show as `printable` text.
pub(super) fn json_line(value: &(impl Serialize + Debug)) -> String {
    let json = serde_json::to_string(value).expect("what is reported has nothing that JSON cannot hold");
    let mut line = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        match is_hidden(c) {
            true => push_json_escape(&mut line, c),
            false => line.push(c),
        }
    }
    line.push('\n');
    line
}

// Hidden characters can stand in JSON only inside a string, where an escape means the same.
fn push_json_escape(line: &mut String, c: char) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        write!(line, "\\u{unit:04x}").expect("a string takes all that is written");
    }
}

/// Controls (C0, DEL, C1), controls of direction, and what is as wide as nothing. The joiners U+200C and U+200D are
/// not among them: several scripts cannot be written without.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{json_line, printable};

    #[test]
    fn plain_text_is_lent_as_it_is() {
        let text = "`db/password` für 名前 👩‍💻";
        assert!(matches!(printable(text), Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn escape_sequences_are_shown() {
        assert_eq!(printable("a\u{1b}[31mb"), "a\\u{1b}[31mb");
    }

    #[test]
    fn carriage_return_newline_and_tab_are_shown() {
        assert_eq!(printable("a\rb\nc\td"), "a\\rb\\nc\\td");
    }

    #[test]
    fn nul_and_del_are_shown() {
        assert_eq!(printable("\0\u{7f}"), "\\u{0}\\u{7f}");
    }

    #[test]
    fn c1_controls_are_shown() {
        assert_eq!(printable("\u{80}\u{9b}31m\u{9f}"), "\\u{80}\\u{9b}31m\\u{9f}");
    }

    #[test]
    fn controls_of_direction_are_shown() {
        assert_eq!(
            printable("\u{202e}\u{2066}\u{2069}\u{200f}\u{61c}"),
            "\\u{202e}\\u{2066}\\u{2069}\\u{200f}\\u{61c}"
        );
    }

    #[test]
    fn invisible_characters_are_shown() {
        assert_eq!(printable("a\u{200b}b\u{feff}c\u{e0041}"), "a\\u{200b}b\\u{feff}c\\u{e0041}");
    }

    #[test]
    fn json_escapes_what_serde_leaves_raw() {
        let line = json_line(&"\u{1b}\u{7f}\u{9b}\u{202e}\u{e0041}é");
        assert_eq!(line, "\"\\u001b\\u007f\\u009b\\u202e\\udb40\\udc41é\"\n");
    }

    #[test]
    fn json_means_the_same_to_a_parser() {
        let text = "\0\u{1b}\u{7f}\u{9b}\u{202e}\u{e0041}é\"\\";
        assert_eq!(serde_json::from_str::<String>(&json_line(&text)).unwrap(), text);
    }
}
