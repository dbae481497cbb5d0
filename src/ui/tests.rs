//! What is said, and in which words, for each look.

use std::io;

use serde_json::{Value, json};

use super::{Class, Color, Failure, Look, Page, Report, Ui, UiError, Word, answer, with_schema};

fn ui(look: Look, on_terminal: bool) -> Ui {
    Ui {
        look: look.into(),
        no_color: false,
        answer_on_terminal: on_terminal,
        talk_on_terminal: on_terminal,
        drawn: 0.into(),
    }
}

fn pipe() -> Ui {
    ui(Look::default(), false)
}

fn json() -> Ui {
    ui(Look { json: true, ..Look::default() }, false)
}

fn page(write: impl FnOnce(&mut Page)) -> String {
    let mut page = Page::new(false);
    write(&mut page);
    page.into_text()
}

struct Listing;

impl Report for Listing {
    fn text(&self, page: &mut Page) {
        page.words(&[Word::strong("dev"), Word::plain(" has "), Word::dim("two\u{1b}")]);
    }

    fn json(&self) -> Value {
        json!({ "names": ["A", "B\u{202e}"], "env": "dev" })
    }
}

fn locked() -> Failure {
    Failure::new(Class::Locked, "no-key", "none of your 2 keys can open environment `prod`")
        .detail("your keys", "age1q8… (system keychain)")
        .detail("", "ssh-ed25519 …x3Fq")
        .detail("readable by", "ana, ci")
        .help("ask with `cargo vault join -e prod`")
}

#[test]
fn a_report_into_a_pipe_has_no_style() {
    assert_eq!(pipe().rendered(&Listing), "dev has two\\u{1b}\n");
}

#[test]
fn a_report_on_a_terminal_has_style() {
    let text = ui(Look::default(), true).rendered(&Listing);
    assert_eq!(text, "\u{1b}[1mdev\u{1b}[0m has \u{1b}[2mtwo\\u{1b}\u{1b}[0m\n");
}

#[test]
fn a_terminal_whose_user_wants_no_color_has_no_style() {
    let ui = Ui { no_color: true, ..ui(Look::default(), true) };
    assert_eq!(ui.rendered(&Listing), "dev has two\\u{1b}\n");
}

#[test]
fn color_never_wins_over_a_terminal_and_always_over_no_color() {
    let never = ui(Look { color: Color::Never, ..Look::default() }, true);
    let always = Ui { no_color: true, ..ui(Look { color: Color::Always, ..Look::default() }, false) };
    assert_eq!((never.colors(true), always.colors(false)), (false, true));
}

#[test]
fn a_json_report_is_one_line_with_its_schema_first() {
    assert_eq!(json().rendered(&Listing), "{\"schema\":1,\"env\":\"dev\",\"names\":[\"A\",\"B\\u202e\"]}\n");
}

#[test]
fn a_json_report_that_is_no_object_becomes_one() {
    let object = serde_json::to_string(&with_schema(json!([1]))).unwrap();
    assert_eq!(object, r#"{"schema":1,"answer":[1]}"#);
}

#[test]
fn columns_stand_below_each_other_without_trailing_spaces() {
    let rows =
        vec![vec!["DB".into(), "3".into(), "ana".into()], vec!["API_KEY".into(), "12".into(), "".into()]];
    let text = page(|page| page.table(&["name", "version", "author"], &rows));
    assert_eq!(text, "name     version  author\nDB       3        ana\nAPI_KEY  12\n");
}

#[test]
fn a_cell_cannot_break_its_row() {
    let text = page(|page| page.table(&[], &[vec!["a\nb".into(), "c".into()]]));
    assert_eq!(text, "a\\nb  c\n");
}

#[test]
fn a_failure_has_its_details_aligned_and_its_hints_last() {
    let expected = "\
error: none of your 2 keys can open environment `prod`

  your keys    age1q8… (system keychain)
               ssh-ed25519 …x3Fq
  readable by  ana, ci
help: ask with `cargo vault join -e prod`
";
    assert_eq!(pipe().failure_text(&locked()), expected);
}

#[test]
fn a_failure_without_details_has_a_gap_before_its_hints() {
    let failure = Failure::new(Class::NotFound, "env", "environment `prdo` does not exist")
        .help("there is an environment `prod`")
        .help("`cargo vault env list` shows them all");
    assert_eq!(
        pipe().failure_text(&failure),
        "error: environment `prdo` does not exist\n\nhelp: there is an environment `prod`\nhelp: `cargo vault env list` shows them all\n"
    );
}

#[test]
fn a_bare_failure_is_one_line() {
    let failure = Failure::new(Class::Refused, "x", "no\u{1b}[2J\r");
    assert_eq!(pipe().failure_text(&failure), "error: no\\u{1b}[2J\\r\n");
}

#[test]
fn details_and_hints_are_escaped() {
    let failure = Failure::new(Class::Refused, "x", "no").detail("a\u{9b}", "b\u{202e}").help("c\nd");
    assert_eq!(pipe().failure_text(&failure), "error: no\n\n  a\\u{9b}  b\\u{202e}\nhelp: c\\nd\n");
}

#[test]
fn a_failure_in_json_has_class_code_message_details_and_help() {
    let failure = Failure::new(Class::NotFound, "env", "no\u{9b}").detail("a", "b").help("c");
    assert_eq!(
        json().failure_text(&failure),
        "{\"schema\":1,\"error\":{\"class\":\"not-found\",\"code\":\"env\",\"message\":\"no\\u009b\",\"details\":[{\"name\":\"a\",\"text\":\"b\"}],\"help\":[\"c\"]}}\n"
    );
}

#[test]
fn exit_codes_are_those_that_are_documented() {
    let codes = [
        Class::Refused,
        Class::Usage,
        Class::NotFound,
        Class::Locked,
        Class::Tampered,
        Class::Conflict,
        Class::Bug,
    ]
    .map(Class::exit_code);
    assert_eq!(codes, [1, 2, 3, 4, 5, 6, 70]);
}

#[test]
fn quiet_silences_status_and_notes_and_no_warning() {
    let quiet = ui(Look { quiet: true, verbose: true, ..Look::default() }, false);
    assert_eq!(quiet.status_line("s") + &quiet.note_line("n") + &quiet.detail_line("d"), "");
    assert_eq!(quiet.accented(super::WARNING, "warning", "w"), "warning: w\n");
}

#[test]
fn a_detail_is_only_for_who_asked() {
    let verbose = ui(Look { verbose: true, ..Look::default() }, false);
    assert_eq!((pipe().detail_line("d"), verbose.detail_line("d")), (String::new(), "d\n".to_owned()));
}

#[test]
fn talk_is_escaped() {
    assert_eq!(pipe().status_line("a\u{1b}b"), "a\\u{1b}b\n");
    assert_eq!(pipe().note_line("a\rb"), "note: a\\rb\n");
}

#[test]
fn a_warning_in_json_says_its_kind() {
    let line = json().accented(super::WARNING, "warning", "w");
    assert_eq!(line, "{\"schema\":1,\"kind\":\"warning\",\"message\":\"w\"}\n");
}

#[test]
fn a_warning_on_a_terminal_is_in_the_accent_of_cargo() {
    let line = ui(Look::default(), true).accented(super::WARNING, "warning", "w");
    assert_eq!(line, "\u{1b}[1m\u{1b}[33mwarning\u{1b}[0m\u{1b}[1m:\u{1b}[0m w\n");
}

#[test]
fn a_reader_that_went_away_is_closed() {
    let (reader, mut writer) = io::pipe().unwrap();
    drop(reader);
    assert!(matches!(answer(&mut writer, b"x"), Err(UiError::Closed)));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_an_error() {
    let mut full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    assert!(matches!(answer(&mut full, b"x"), Err(UiError::Write { .. })));
}

#[cfg(target_os = "linux")]
#[test]
fn what_only_fails_when_flushed_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut buffered = io::BufWriter::new(full);
    assert!(matches!(answer(&mut buffered, b"x"), Err(UiError::Write { .. })));
    let _ = buffered.into_parts();
}

#[test]
fn bytes_are_written_exactly() {
    let mut out = Vec::new();
    answer(&mut out, b"\0\x1b\xff\n").unwrap();
    assert_eq!(out, b"\0\x1b\xff\n");
}

/// A table for a terminal so wide, or for a pipe.
fn table_within(columns: Option<usize>) -> String {
    let mut page = Page::new(false).within(columns);
    let row = |name: &str, about: &str| vec![Word::strong(name), Word::plain("1"), Word::dim(about).cut()];
    let rows = [row("DATABASE_URL", "the primary database, in Dublin"), row("A", ""), row("B", "short")];
    page.table(&["NAME", "N", "DESCRIPTION"], &rows);
    page.into_text()
}

#[test]
fn last_column_is_cut_at_the_edge_of_a_terminal() {
    insta::assert_snapshot!(table_within(Some(40)), @r"
    NAME          N  DESCRIPTION
    DATABASE_URL  1  the primary database, …
    A             1
    B             1  short
    ");
}

#[test]
fn last_column_keeps_eight_characters_even_if_it_wraps() {
    insta::assert_snapshot!(table_within(Some(12)), @r"
    NAME          N  DESCRIP…
    DATABASE_URL  1  the pri…
    A             1
    B             1  short
    ");
}

#[test]
fn nothing_is_cut_where_there_is_room_or_no_terminal() {
    assert_eq!(table_within(Some(200)), table_within(None));
    assert!(table_within(None).contains("the primary database, in Dublin\n"));
}
