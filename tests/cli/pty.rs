//! A terminal: programs that ask are run at one, by a few lines of Python, which can make terminals without `unsafe`.

use std::process::Stdio;

use serde_json::json;

use crate::harness::{PROGRAM, Person, Said, said, skipped};

const DRIVER: &str = include_str!("terminal.py");

/// Whether there is a Python to make terminals with. If not, says that this test is skipped.
pub(crate) fn is_here(person: &Person) -> bool {
    let mut python = person.command("python3");
    python.args(["-c", "import pty"]).stdout(Stdio::null()).stderr(Stdio::null());
    let here = python.status().is_ok_and(|status| status.success());
    if !here {
        skipped("there is no python3");
    }
    here
}

/// Runs a program at a terminal: each text that is waited for, with what is typed when it is shown. Standard output is the screen.
#[track_caller]
pub(crate) fn at_terminal(person: &Person, steps: &[(&str, &str)], argv: &[&str]) -> Said {
    driven(person, json!({ "argv": argv, "steps": steps, "answers": [] }))
}

/// The same for `cargo-vault`.
#[track_caller]
pub(crate) fn vault_at_terminal(person: &Person, steps: &[(&str, &str)], args: &[&str]) -> Said {
    at_terminal(person, steps, &[&[PROGRAM], args].concat())
}

/// The same for a shell line in which `$0` is `cargo-vault`.
#[track_caller]
pub(crate) fn shell_at_terminal(person: &Person, steps: &[(&str, &str)], line: &str) -> Said {
    at_terminal(person, steps, &["/bin/sh", "-c", line, PROGRAM])
}

/// Runs a program at a terminal where each question of a kind gets the same answer.
#[track_caller]
pub(crate) fn with_answers(person: &Person, answers: &[(&str, &str)], argv: &[&str]) -> Said {
    driven(person, json!({ "argv": argv, "steps": [], "answers": answers }))
}

/// Runs a shell line in which `$0` is `cargo-vault`, at a terminal of this kind and width.
#[track_caller]
pub(crate) fn at_terminal_of(person: &Person, (term, columns): (&str, u16), line: &str) -> Said {
    let argv = ["/usr/bin/env", &format!("TERM={term}"), "/bin/sh", "-c", line, PROGRAM];
    driven(person, json!({ "argv": argv, "steps": [], "answers": [], "columns": columns }))
}

#[track_caller]
fn driven(person: &Person, plan: serde_json::Value) -> Said {
    let mut python = person.command("python3");
    python.args(["-c", DRIVER, &plan.to_string()]).env("TERM", "dumb");
    said(python, b"")
}
