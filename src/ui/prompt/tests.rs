//! What keys do to an answer, on a terminal made of two buffers.

use std::io::{self, Cursor, Read, Write};

use super::{Typed, ask_hidden, ask_twice, ask_yes_or_no};
use crate::{
    kernel::{limits, secret::Secret},
    ui::UiError,
};

struct Terminal {
    keys: Cursor<Vec<u8>>,
    shown: Vec<u8>,
}

impl Terminal {
    fn typing(keys: impl AsRef<[u8]>) -> Self {
        Self { keys: Cursor::new(keys.as_ref().to_vec()), shown: Vec::new() }
    }

    fn shown(&self) -> &str {
        std::str::from_utf8(&self.shown).unwrap()
    }
}

impl Read for Terminal {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.keys.read(buffer)
    }
}

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.shown.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn answer(keys: &[u8]) -> Result<Secret, UiError> {
    ask_hidden(&mut Terminal::typing(keys), "value")
}

fn is(answer: &Secret, expected: &str) -> bool {
    answer.same_as(&Secret::new(expected.as_bytes().to_vec()))
}

#[test]
fn a_hidden_answer_ends_at_enter_and_is_not_shown() {
    let mut terminal = Terminal::typing("s3cret\n");
    let answer = ask_hidden(&mut terminal, "passphrase").unwrap();
    assert!(is(&answer, "s3cret"));
    assert_eq!(terminal.shown(), "passphrase: \n");
}

#[test]
fn a_prompt_is_escaped() {
    let mut terminal = Terminal::typing("x\n");
    ask_hidden(&mut terminal, "a\u{1b}[2Jb").unwrap();
    assert_eq!(terminal.shown(), "a\\u{1b}[2Jb: \n");
}

#[test]
fn backspace_takes_a_whole_character() {
    assert!(is(&answer("pé\u{7f}x\r".as_bytes()).unwrap(), "px"));
}

#[test]
fn backspace_on_nothing_does_nothing() {
    assert!(is(&answer(b"\x7f\x08x\n").unwrap(), "x"));
}

#[test]
fn ctrl_u_begins_again() {
    assert!(is(&answer(b"wrong\x15right\n").unwrap(), "right"));
}

#[test]
fn ctrl_c_interrupts() {
    assert!(matches!(answer(b"half\x03"), Err(UiError::Interrupted)));
}

#[test]
fn ctrl_d_interrupts_an_empty_answer_and_ends_another() {
    assert!(matches!(answer(b"\x04"), Err(UiError::Interrupted)));
    assert!(is(&answer(b"x\x04").unwrap(), "x"));
}

#[test]
fn arrow_keys_leave_nothing_in_the_answer() {
    assert!(is(&answer(b"a\x1b[Ab\x1b[1;5Cc\x1bOPd\n").unwrap(), "abcd"));
}

#[test]
fn a_terminal_that_goes_away_is_no_answer() {
    assert!(matches!(answer(b"half"), Err(UiError::NoAnswer)));
}

#[test]
fn an_answer_longer_than_a_terminal_s_own_line_is_whole() {
    let long = "x".repeat(10_000);
    assert!(is(&answer(format!("{long}\n").as_bytes()).unwrap(), &long));
}

#[test]
fn an_answer_over_the_limit_of_a_value_is_refused() {
    let keys = vec![b'x'; limits::VALUE + 2];
    assert!(matches!(answer(&keys), Err(UiError::TooLong)));
}

#[test]
fn the_same_twice_is_taken() {
    let mut terminal = Terminal::typing("abc\nabc\n");
    assert!(is(&ask_twice(&mut terminal, "value").unwrap(), "abc"));
    assert_eq!(terminal.shown(), "value: \nthe same again: \n");
}

#[test]
fn a_difference_asks_again() {
    let mut terminal = Terminal::typing("abc\nabd\nxyz\nxyz\n");
    assert!(is(&ask_twice(&mut terminal, "value").unwrap(), "xyz"));
}

#[test]
fn three_differences_are_enough() {
    let mut terminal = Terminal::typing("a\nb\na\nb\na\nb\na\na\n");
    assert!(matches!(ask_twice(&mut terminal, "value"), Err(UiError::Differ)));
}

#[test]
fn an_empty_answer_is_the_default() {
    assert!(ask_yes_or_no(&mut Terminal::typing("\n"), "go on?", true).unwrap());
    assert!(!ask_yes_or_no(&mut Terminal::typing("\n"), "go on?", false).unwrap());
}

#[test]
fn yes_and_no_are_taken_in_any_case() {
    assert!(ask_yes_or_no(&mut Terminal::typing("YES\n"), "go on?", false).unwrap());
    assert!(!ask_yes_or_no(&mut Terminal::typing("n\n"), "go on?", true).unwrap());
}

#[test]
fn another_answer_asks_again() {
    let mut terminal = Terminal::typing("maybe\ny\n");
    assert!(ask_yes_or_no(&mut terminal, "go on?", false).unwrap());
    assert_eq!(terminal.shown(), "go on? [y/N] `y` or `n`\ngo on? [y/N] ");
}

#[test]
fn no_answer_is_never_a_yes() {
    assert!(matches!(ask_yes_or_no(&mut Terminal::typing(""), "go on?", true), Err(UiError::NoAnswer)));
}

#[test]
fn growing_keeps_every_byte() {
    let mut typed = Typed::default();
    (0..1000).for_each(|n| typed.push(b'a' + (n % 26) as u8));
    let expected: Vec<u8> = (0..1000).map(|n| b'a' + (n % 26) as u8).collect();
    assert!(typed.into_secret().same_as(&Secret::new(expected)));
}
