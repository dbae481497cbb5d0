//! Every ```console block of README.md and docs/*.md is run, and says what stands there.
//!
//! The rules for who writes such a block:
//!
//! - A line that begins with `$ ` is a command of `/bin/sh`; the lines up to the next one are what it shows at a terminal,
//!   standard output and standard error together. Spaces at the end of a line do not count.
//! - `…` or `[..]` in a line stands for any text of that line; a line of nothing else for any number of lines.
//! - A command must end with 0, unless a line that begins with `error` is expected of it.
//! - All blocks of one file are one session, in an empty repository on branch `main`, with `cargo-vault` and a `cargo` that
//!   knows only `cargo vault` on the PATH. There is no identity and no name in git's configuration; the login is `ana`.
//! - A hidden question is answered with `postgres://localhost/app`, a question of yes or no with yes.
//! - A line `<!-- console: COMMAND -->` between the blocks is run there too, out of the reader's sight; it must end with 0.

use std::{fmt::Write, fs, path::Path};

use crate::{
    harness::{PROGRAM, Person, Said},
    pty::{is_here, with_answers},
};

const FENCE: &str = "```";
/// Stands in front of what the session says of itself.
const MARK: char = '\u{1e}';

/// A command of a document.
struct Step {
    /// Its line in the document, from 1.
    line: usize,
    command: String,
    /// What it is to show; none for a command out of sight.
    expected: Option<Vec<String>>,
}

/// What a command showed.
struct Shown {
    lines: Vec<String>,
    code: i32,
}

fn steps(document: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for (i, text) in document.lines().enumerate() {
        let line = i + 1;
        let hidden = text.strip_prefix("<!-- console: ").and_then(|rest| rest.strip_suffix(" -->"));
        if text.starts_with(FENCE) {
            inside = text.trim_end() == "```console";
        } else if let (false, Some(command)) = (inside, hidden) {
            steps.push(Step { line, command: command.to_owned(), expected: None });
        } else if let (true, Some(command)) = (inside, text.strip_prefix("$ ")) {
            steps.push(Step { line, command: command.to_owned(), expected: Some(Vec::new()) });
        } else if inside {
            let step = steps.last_mut().and_then(|step| step.expected.as_mut());
            step.unwrap_or_else(|| panic!("line {line}: it follows no command"))
                .push(text.trim_end().to_owned());
        }
    }
    steps
}

/// Runs all commands in one shell at one terminal.
fn session(person: &Person, steps: &[Step]) -> Vec<Shown> {
    let bin = person.root().join("bin");
    person.write("../bin/cargo", "#!/bin/sh\n[ \"$1\" = vault ] || exit 101\nexec cargo-vault \"$@\"\n");
    person.sh(&format!("chmod +x '{0}/cargo'; ln -s '{PROGRAM}' '{0}/cargo-vault'", bin.display()));
    let mut script = format!("export PATH='{}':\"$PATH\" GIT_PAGER=cat\n", bin.display());
    for step in steps {
        write!(script, "printf '{MARK}'\n{}\nprintf '{MARK}%s{MARK}' $?\n", step.command).unwrap();
    }
    person.write("../session", script);
    let answers = [
        ("(Value of|Passphrase of|New passphrase|the same again).*: ", "postgres://localhost/app\r"),
        ("\\[[yY]/[nN]\\] ", "y\r"),
    ];
    let Said { out, .. } = with_answers(person, &answers, &["/bin/sh", "../session"]);
    let text = String::from_utf8(out).expect("a session shows text");
    let parts: Vec<&str> = text.split(MARK).collect();
    let shown = parts.chunks(3).filter_map(|three| <[&str; 3]>::try_from(three).ok());
    shown.map(|[_, shown, code]| Shown { lines: trimmed(shown), code: code.parse().unwrap_or(-1) }).collect()
}

fn trimmed(shown: &str) -> Vec<String> {
    shown.trim_end_matches('\n').lines().map(|line| line.trim_end().to_owned()).collect()
}

fn is_any(pattern: &str) -> bool {
    matches!(pattern.trim(), "…" | "[..]")
}

fn line_matches(pattern: &str, line: &str) -> bool {
    let pattern = pattern.replace("[..]", "…");
    let pieces: Vec<&str> = pattern.split('…').collect();
    let [first, middle @ .., last] = &pieces[..] else { return pattern == line };
    let Some(mut rest) = line.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else {
        return false;
    };
    for piece in middle {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    true
}

fn lines_match(patterns: &[String], lines: &[String]) -> bool {
    match (patterns, lines) {
        ([], _) => lines.is_empty(),
        ([any, patterns @ ..], _) if is_any(any) => {
            (0..=lines.len()).any(|skipped| lines_match(patterns, &lines[skipped..]))
        }
        (_, []) => false,
        ([pattern, patterns @ ..], [line, lines @ ..]) => {
            line_matches(pattern, line) && lines_match(patterns, lines)
        }
    }
}

/// What is not as the document says, in the words of a test that fails.
fn fault(step: &Step, shown: Option<&Shown>) -> Option<String> {
    let Step { line, command, expected } = step;
    let Some(Shown { lines, code }) = shown else {
        return Some(format!("line {line}: `{command}` was not reached"));
    };
    let ends = |what: &str| Some(format!("line {line}: `{command}` {what}\n{}\n", lines.join("\n")));
    let is_error = expected.iter().flatten().any(|line| line.starts_with("error"));
    match expected {
        _ if (*code != 0) != is_error => ends(&format!("ended with {code} and showed")),
        Some(expected) if !lines_match(expected, lines) => {
            ends(&format!("is to show\n{}\nand showed", expected.join("\n")))
        }
        _ => None,
    }
}

/// Runs a document and gives what is not as it says; nothing if there is no terminal to run it at.
fn faults(document: &str) -> Vec<String> {
    let ana = Person::new("ana");
    let steps = steps(document);
    if steps.is_empty() || !is_here(&ana) {
        return Vec::new();
    }
    ana.git(&["init", "-q", "-b", "main", "."]);
    let shown = session(&ana, &steps);
    steps.iter().enumerate().filter_map(|(i, step)| fault(step, shown.get(i))).collect()
}

fn document(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .unwrap_or_else(|e| panic!("{path}: {e}"))
}

#[test]
fn readme_shows_what_happens() {
    let readme = document("README.md");
    assert!(readme.contains("```console\n$ "), "README.md shows no session");
    let faults = faults(&readme);
    assert!(faults.is_empty(), "README.md\n{}", faults.join("\n"));
}

#[test]
fn docs_show_what_happens() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    for path in paths.filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        let faults = faults(&fs::read_to_string(&path).unwrap());
        assert!(faults.is_empty(), "{}\n{}", path.display(), faults.join("\n"));
    }
}

/// The two commands that README.md names for a fresh machine: its first indented lines.
fn two_commands() -> Vec<String> {
    let readme = document("README.md");
    let indented = readme.lines().skip_while(|line| !line.starts_with("    "));
    indented.take_while(|line| line.starts_with("    ")).map(|line| line.trim().to_owned()).collect()
}

#[test]
fn readme_names_two_commands_for_a_fresh_machine() {
    let commands = two_commands();
    assert_eq!(commands.len(), 2, "{commands:?}");
    let script = commands[0].strip_prefix("sh ").expect("the first is a script");
    assert!(document(script).starts_with("#!/bin/sh\n"));
    assert!(commands[1].starts_with("cargo test"), "{}", commands[1]);
}

#[test]
fn ci_calls_the_second_command_of_the_readme_and_no_other_tests() {
    let run = document(".ci/run");
    let code = run.lines().map(str::trim).filter(|line| !line.starts_with('#') && !line.starts_with("say "));
    let tests: Vec<&str> = code.filter(|line| line.contains("cargo test")).collect();
    let [line] = tests[..] else { panic!("one line calls cargo test: {tests:?}") };
    let command = line.trim_start_matches("{ ");
    let rest = command.strip_prefix(&two_commands()[1]).unwrap_or_else(|| panic!("{command}"));
    assert!(rest.is_empty() || rest.starts_with([';', ' ']) && !rest.starts_with(" -"), "{rest}");
}

const FIRST: &str = "```console\n$ echo one; echo two; echo three\n";

#[test]
fn session_that_is_as_written_has_no_fault() {
    let rest = "$ cd /\n$ pwd\n/\n```\n<!-- console: X=5 -->\n```console\n$ echo $X; cargo vault get N\n5\nerror: …\n…\n```\n";
    assert_eq!(faults(&format!("{FIRST}one\n…\nth[..]e\n{rest}")), Vec::<String>::new());
}

#[test]
fn line_that_is_missing_is_a_fault() {
    assert_eq!(faults(&format!("{FIRST}one\ntwo\n```\n")).len(), usize::from(is_here(&Person::new("ana"))));
}

#[test]
fn line_that_is_too_many_is_a_fault() {
    assert!(!lines_match(&["one".to_owned(), "two".to_owned()], &["one".to_owned()]));
}

#[test]
fn line_that_differs_is_a_fault() {
    assert!(!lines_match(&["o…x".to_owned()], &["one".to_owned()]));
}

#[test]
fn command_that_fails_without_a_word_of_it_is_a_fault() {
    let step = Step { line: 1, command: "false".to_owned(), expected: Some(Vec::new()) };
    assert!(fault(&step, Some(&Shown { lines: Vec::new(), code: 1 })).is_some());
}

#[test]
fn command_that_was_to_fail_and_does_not_is_a_fault() {
    let step = Step { line: 1, command: "x".to_owned(), expected: Some(vec!["error: x".to_owned()]) };
    assert!(fault(&step, Some(&Shown { lines: vec!["error: x".to_owned()], code: 0 })).is_some());
}
