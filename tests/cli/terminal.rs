//! At a terminal: what is asked, hidden or refused there, and what becomes of an answer that nobody reads.

use crate::{
    harness::{PROGRAM, Person, skipped},
    pty::{at_terminal, is_here, shell_at_terminal, vault_at_terminal},
};

fn person_at_terminal() -> Option<Person> {
    let ana = Person::with_vault("ana");
    is_here(&ana).then_some(ana)
}

#[test]
fn value_is_asked_twice_and_not_shown() {
    let Some(ana) = person_at_terminal() else { return };
    let steps = [("Value of TOKEN: ", "tippe-tappe\r"), ("the same again: ", "tippe-tappe\r")];
    let said = vault_at_terminal(&ana, &steps, &["set", "TOKEN"]).ok();
    assert_eq!(said.text(), "Value of TOKEN: \nthe same again: \nset `dev/TOKEN` (version 1)\n");
    assert_eq!(ana.vault(&["get", "TOKEN"]).ok().out, b"tippe-tappe");
}

#[test]
fn two_values_that_differ_are_asked_again() {
    let Some(ana) = person_at_terminal() else { return };
    let steps = [
        ("Value of TOKEN: ", "one\r"),
        ("the same again: ", "two\r"),
        ("Value of TOKEN: ", "three\r"),
        ("the same again: ", "three\r"),
    ];
    let said = vault_at_terminal(&ana, &steps, &["set", "TOKEN"]).ok();
    assert!(said.text().contains("the two differ\n"), "{}", said.text());
    assert_eq!(ana.vault(&["get", "TOKEN"]).ok().out, b"three");
}

#[test]
fn values_that_differ_three_times_are_refused() {
    let Some(ana) = person_at_terminal() else { return };
    let pair = [("Value of TOKEN: ", "one\r"), ("the same again: ", "two\r")];
    let said = vault_at_terminal(&ana, &[pair, pair, pair].concat(), &["set", "TOKEN"]);
    assert_eq!(said.code, 1);
    assert!(said.text().ends_with("error: the two answers differed three times\n"), "{}", said.text());
    assert!(!ana.path(".vault/secrets/dev/TOKEN.toml").exists());
}

#[test]
fn value_longer_than_a_terminal_line_is_whole() {
    let Some(ana) = person_at_terminal() else { return };
    let long = format!("{}é", "x".repeat(5000));
    let typed = format!("{long}\r");
    let steps = [("Value of TOKEN: ", typed.as_str()), ("the same again: ", typed.as_str())];
    vault_at_terminal(&ana, &steps, &["set", "TOKEN"]).ok();
    assert_eq!(ana.vault(&["get", "TOKEN"]).ok().text(), long);
}

#[test]
fn ctrl_c_at_a_hidden_question_writes_nothing() {
    let Some(ana) = person_at_terminal() else { return };
    let said = vault_at_terminal(&ana, &[("Value of TOKEN: ", "half\x03")], &["set", "TOKEN"]);
    assert_eq!((said.code, said.text().contains("error: interrupted at a question\n")), (1, true));
    assert!(!ana.path(".vault/secrets/dev/TOKEN.toml").exists());
}

#[test]
fn terminal_shows_again_what_is_typed_after_a_hidden_question() {
    let Some(ana) = person_at_terminal() else { return };
    let steps = [("Value of TOKEN: ", "\x03")];
    let said = shell_at_terminal(&ana, &steps, "$0 set TOKEN; stty -a");
    assert!(said.text().contains(" echo ") && said.text().contains(" icanon "), "{}", said.text());
}

#[test]
fn value_on_the_line_is_warned_of_once() {
    let Some(ana) = person_at_terminal() else { return };
    let first = vault_at_terminal(&ana, &[], &["set", "A", "1"]).ok();
    assert!(first.text().contains("warning: your shell's history holds this value now"), "{}", first.text());
    let second = vault_at_terminal(&ana, &[], &["set", "A", "2"]).ok();
    assert_eq!(second.text(), "changed `dev/A` (version 2)\n");
}

#[test]
fn get_ends_with_a_newline_at_a_terminal() {
    let Some(ana) = person_at_terminal() else { return };
    ana.vault_with(&["set", "A"], b"one\ttwo").ok();
    assert_eq!(vault_at_terminal(&ana, &[], &["get", "A"]).ok().text(), "one\ttwo\n");
}

#[test]
fn list_is_a_table_at_a_terminal() {
    let Some(ana) = person_at_terminal() else { return };
    ana.vault_with(&["set", "A"], b"x").ok();
    let said = vault_at_terminal(&ana, &[], &["list"]).ok();
    let head = "NAME  VERSION  SET         BY   KIND\nA     1        ";
    assert!(said.text().starts_with(head), "{}", said.text());
}

#[test]
fn empty_list_says_what_to_type_at_a_terminal() {
    let Some(ana) = person_at_terminal() else { return };
    let said = vault_at_terminal(&ana, &[], &["list"]).ok();
    assert_eq!(said.text(), "note: environment `dev` has no secret\nhelp: `cargo vault set NAME` sets one\n");
}

#[test]
fn binary_value_is_refused_at_a_terminal() {
    let Some(ana) = person_at_terminal() else { return };
    ana.vault_with(&["set", "A", "--exact"], b"\x1b]0;owned\x07").ok();
    let said = vault_at_terminal(&ana, &[], &["get", "A"]);
    assert_eq!(
        (said.code, said.text().as_str()),
        (
            1,
            "error: this value is not text for a terminal\n\nhelp: `cargo vault get A -o FILE` writes it to a file\n\
             help: `--force` prints it all the same\n"
        )
    );
}

#[test]
fn forced_binary_value_is_printed() {
    let Some(ana) = person_at_terminal() else { return };
    ana.vault_with(&["set", "A", "--exact"], b"\x01\xff").ok();
    assert_eq!(vault_at_terminal(&ana, &[], &["get", "--force", "A"]).ok().out, b"\x01\xff\n");
}

#[test]
fn binary_value_reaches_a_file_from_a_terminal() {
    let Some(ana) = person_at_terminal() else { return };
    ana.vault_with(&["set", "A", "--exact"], b"\x01\xff").ok();
    shell_at_terminal(&ana, &[], "$0 get A > out").ok();
    assert_eq!(ana.read("out"), b"\x01\xff");
}

#[test]
fn unknown_vault_is_shown_and_trusted_on_yes() {
    let Some(ana) = person_at_terminal() else { return };
    let bob = ana.clone_for("bob");
    let said = vault_at_terminal(&bob, &[("Trust it? [y/N] ", "y\r")], &["list"]).ok();
    assert!(
        said.text().starts_with("note: this vault is not known here yet\n  vault     "),
        "{}",
        said.text()
    );
    assert!(said.text().contains("  founder   ana\n  members   ana\n"), "{}", said.text());
    bob.vault(&["list"]).ok();
}

#[test]
fn unknown_vault_stays_unknown_on_no() {
    let Some(ana) = person_at_terminal() else { return };
    let bob = ana.clone_for("bob");
    let said = vault_at_terminal(&bob, &[("Trust it? [y/N] ", "n\r")], &["list"]);
    assert_eq!(said.code, 5, "{}", said.text());
    bob.vault(&["list"]).refused(5, "error: this vault is not known here yet");
}

#[test]
fn unknown_vault_stays_unknown_on_a_bare_return() {
    let Some(ana) = person_at_terminal() else { return };
    let bob = ana.clone_for("bob");
    let said = vault_at_terminal(&bob, &[("Trust it? [y/N] ", "\r")], &["list"]);
    assert_eq!(said.code, 5, "{}", said.text());
}

#[test]
fn identity_under_a_passphrase_is_asked_for_once_a_command() {
    let ana = Person::new("ana");
    if !is_here(&ana) {
        return;
    }
    let new = [("New passphrase: ", "pa ss\r"), ("the same again: ", "pa ss\r")];
    vault_at_terminal(&ana, &new, &["init", "--passphrase"]).ok();
    let typed = [("default.txt`: ", "pa ss\r")];
    vault_at_terminal(&ana, &typed, &["set", "A", "--generate=hex:8"]).ok();
    let said = shell_at_terminal(&ana, &typed, "$0 get A > out").ok();
    assert!(said.text().starts_with("Passphrase of `"), "{}", said.text());
    assert_eq!(ana.read("out").len(), 8);
    ana.vault(&["list"]).ok();
    let away = ana.vault(&["get", "A"]);
    assert_eq!((away.code, away.out.len()), (4, 0));
    assert!(
        away.err.contains("is under a passphrase, and there is no terminal to ask for it"),
        "{}",
        away.err
    );
}

#[test]
fn wrong_passphrase_opens_nothing() {
    let ana = Person::new("ana");
    if !is_here(&ana) {
        return;
    }
    let new = [("New passphrase: ", "right\r"), ("the same again: ", "right\r")];
    vault_at_terminal(&ana, &new, &["init", "--passphrase"]).ok();
    let said =
        vault_at_terminal(&ana, &[("default.txt`: ", "wrong\r")], &["run", "--", "/bin/echo", "started"]);
    assert_eq!((said.code, said.text().contains("started")), (125, false), "{}", said.text());
}

#[test]
fn empty_passphrase_is_refused() {
    let ana = Person::new("ana");
    if !is_here(&ana) {
        return;
    }
    let new = [("New passphrase: ", "\r"), ("the same again: ", "\r")];
    let said = vault_at_terminal(&ana, &new, &["identity", "new", "--passphrase"]);
    assert_eq!(said.code, 2);
    assert!(said.text().ends_with("error: an empty passphrase protects nothing\n"), "{}", said.text());
    assert!(!ana.home.join(".config/cargo-vault/identities/default.txt").exists());
}

#[test]
fn removal_of_an_environment_is_asked_for() {
    let Some(ana) = person_at_terminal() else { return };
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "-e", "prod", "A"], b"x").ok();
    let question = "Remove environment `prod` and its 1 secret? [y/N] ";
    let said = vault_at_terminal(&ana, &[(question, "n\r")], &["env", "rm", "prod"]);
    assert_eq!(said.code, 1);
    assert!(said.text().ends_with("error: nothing was removed\n"), "{}", said.text());
    vault_at_terminal(&ana, &[(question, "y\r")], &["env", "rm", "prod"]).ok();
    assert!(!ana.path(".vault/secrets/prod").exists());
}

#[test]
fn reader_that_stops_early_is_no_failure() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "BIG"], &[b'x'; 1024 * 1024]).ok();
    let line = format!("{{ {PROGRAM} get BIG; echo \"code $?\" >&2; }} 2>said | head -c1; cat said");
    assert_eq!(ana.sh(&line), "xcode 0\n");
}

#[test]
fn full_device_is_a_failure() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "A"], b"x").ok();
    let line = format!("{PROGRAM} get A > /dev/full 2>said && exit 9; echo \"code $?\"; cat said");
    let said = ana.sh(&line);
    assert!(said.starts_with("code 1\nerror: cannot write to standard output: "), "{said}");
}

#[test]
fn closed_standard_output_has_no_file_written_instead() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "A"], b"x").ok();
    let before = ana.git(&["status", "--porcelain", "--ignored"]);
    let line = format!("{PROGRAM} get A >&- 2>\"$HOME/said\"; echo \"code $?\"");
    let said = ana.sh(&line);
    // What the system starts a program with instead is /dev/null.
    assert_eq!(said, "code 0\n");
    assert_eq!(ana.git(&["status", "--porcelain", "--ignored"]), before);
    ana.vault(&["verify"]).ok();
}

#[test]
fn errors_are_said_to_nobody_without_a_fault() {
    let ana = Person::with_vault("ana");
    assert_eq!(ana.sh(&format!("{PROGRAM} get NONE 2>&- || echo \"code $?\"")), "code 3\n");
}

#[test]
fn colour_is_for_terminals_that_take_it() {
    let Some(ana) = person_at_terminal() else { return };
    let plain = at_terminal(&ana, &[], &["/usr/bin/env", "TERM=xterm", "NO_COLOR=1", PROGRAM, "get", "NONE"]);
    assert!(plain.text().starts_with("error: "), "{}", plain.text());
    let coloured = at_terminal(&ana, &[], &["/usr/bin/env", "TERM=xterm", PROGRAM, "get", "NONE"]);
    assert!(coloured.text().starts_with("\x1b["), "{}", coloured.text());
}

/// So many lines for `set --batch`.
fn lines(count: usize) -> String {
    (0..count).map(|i| format!("K{i}=x\n")).collect()
}

#[test]
fn long_work_shows_how_far_it_is_and_wipes_that() {
    let Some(ana) = person_at_terminal() else { return };
    ana.write("many", lines(5000));
    let begun = std::time::Instant::now();
    let said = shell_at_terminal(&ana, &[], "$0 set --batch < many > told").ok();
    if begun.elapsed() < std::time::Duration::from_millis(1500) {
        return skipped("this machine is too fast for progress to be shown");
    }
    let shown = said.text();
    let parts: Vec<&str> = shown.split('\r').collect();
    assert!(parts.iter().any(|part| part.starts_with("writing: ") && part.ends_with(" %")), "{shown:?}");
    // The last part is where the wiped line began.
    assert_eq!(parts.last(), Some(&""), "{shown:?}");
    assert!(parts[parts.len() - 2].trim().is_empty(), "{shown:?}");
    assert!(!String::from_utf8(ana.read("told")).unwrap().contains('\r'));
}

#[test]
fn short_work_shows_no_progress() {
    let Some(ana) = person_at_terminal() else { return };
    ana.write("few", "A=x\n");
    assert_eq!(shell_at_terminal(&ana, &[], "$0 set --batch < few > told").ok().text(), "");
}

#[test]
fn nothing_moves_away_from_a_terminal_nor_for_who_wants_quiet_or_json() {
    let Some(ana) = person_at_terminal() else { return };
    ana.write("many", lines(3000));
    assert_eq!(ana.vault_with(&["set", "--batch"], lines(3000).as_bytes()).ok().err, "");
    assert_eq!(shell_at_terminal(&ana, &[], "$0 verify -q > told").ok().text(), "");
    assert_eq!(shell_at_terminal(&ana, &[], "$0 verify --json > told").ok().text(), "");
    assert_eq!(shell_at_terminal(&ana, &[], "$0 verify > told 2> said").ok().text(), "");
    assert_eq!(ana.read("said"), b"");
}
