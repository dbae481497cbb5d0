//! Refusals as people meet them: the whole conversation, and what becomes of each help line that is typed as it was printed.
//!
//! A case runs a command and says its code; then it types every command, and tries every flag, that the help lines have
//! between backticks, in the same situation; then it runs the command again. `NAME`, `FILE` and `ANCHOR` are the only words
//! that are not typed as printed. A new code in the sources of the command line needs a case here.

mod keys;
mod leaving;
mod locked;
mod merging;
mod missing;
mod moving;
mod past;
mod refused;
mod replacing;
mod scanning;
mod settings;
mod syncing;
mod tampered;
mod team;
mod usage;

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::harness::{PROGRAM, Person, Said, redacted, said};

/// What begins a help line's text that is typed as a command, and not read as a name.
const TYPED: [&str; 7] = ["cargo vault ", "git ", "chmod ", "rm ", "mv ", "export ", "ls "];

/// A command that is refused, and what stands for the words that a help line leaves open.
struct Try<'a> {
    person: &'a Person,
    /// The code that it is refused with.
    code: &'a str,
    /// A line of the shell.
    line: &'a str,
    fill: &'a [(&'a str, &'a str)],
}

/// Tries a command whose help lines leave nothing open.
#[track_caller]
fn tried(person: &Person, code: &str, line: &str) -> String {
    Try { person, code, line, fill: &[] }.told()
}

impl Try<'_> {
    /// The conversation.
    #[track_caller]
    fn told(&self) -> String {
        let json = self.typed(&self.line.replacen("cargo vault ", "cargo vault --json ", 1));
        let fault = self.fault(&json);
        let said = self.typed(self.line);
        assert_eq!(
            said.code,
            documented_end(self.line, &fault),
            "docs/exit-codes.md says otherwise: {}",
            said.err
        );
        let mut text = format!("$ {}\n{}{}[exit {}]\n", self.line, said.text(), said.err, said.code);
        check_lines(&redacted(&said.err, self.person));
        let mut before = String::new();
        for command in hints(&fault).iter().flat_map(|hint| between_backticks(hint)) {
            let command = self.filled(&command);
            if command.starts_with("--") {
                let with = with_flag(self.line, &command);
                writeln!(text, "\n$ {with}\n{}", self.outcome(&self.typed(&format!("{before}{with}"))))
                    .unwrap();
            } else if TYPED.iter().any(|typed| command.starts_with(typed)) {
                writeln!(text, "\n$ {command}\n{}", self.outcome(&self.typed(&format!("{before}{command}"))))
                    .unwrap();
                if command.starts_with("export ") {
                    write!(before, "{command}; ").unwrap();
                }
            }
        }
        let again = self.typed(&format!("{before}{}", self.line));
        writeln!(text, "\nagain: exit {}", again.code).unwrap();
        without_ids(&redacted(&text, self.person))
    }

    /// Types a line of the shell, with a value on standard input for who reads it.
    fn typed(&self, line: &str) -> Said {
        let mut shell = self.person.command("setsid");
        shell
            .args(["--wait", "/bin/sh", "-c", &line.replace("cargo vault", PROGRAM)])
            .env("GIT_PAGER", "cat");
        said(shell, b"typed")
    }

    /// The error or the finding that has the code.
    #[track_caller]
    fn fault(&self, said: &Said) -> Value {
        let both = format!("{}\n{}", said.text(), said.err);
        let objects = both.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut faults = objects.flat_map(|object| match &object["findings"] {
            Value::Array(findings) => findings.clone(),
            _ => vec![object["error"].clone()],
        });
        let fault = faults.find(|fault| fault["code"] == self.code);
        fault.unwrap_or_else(|| panic!("not `{}`: {both}", self.code))
    }

    /// A command with what stands for the words that are left open.
    fn filled(&self, command: &str) -> String {
        let mut out = String::new();
        for word in command.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let filled = self.fill.iter().find(|(open, _)| *open == bare).map_or(bare, |(_, filled)| filled);
            assert!(
                !["NAME", "FILE", "ANCHOR"].contains(&filled),
                "what stands for {filled} in `{command}`?"
            );
            out.push_str(filled);
            out.push_str(&word[bare.len()..]);
        }
        out
    }

    /// How a command that a help line names ended. One that makes no sense to the shell or to us was no help.
    #[track_caller]
    fn outcome(&self, said: &Said) -> String {
        let makes_sense = said.code != 2 || !said.err.contains("\nUsage: ");
        assert!(
            makes_sense && ![126, 127].contains(&said.code),
            "it cannot be typed: {}",
            said.conversation()
        );
        let all = format!("{}{}", said.text(), said.err);
        if all.starts_with("commit ") {
            return "(commits are shown)".to_owned();
        }
        if all.starts_with("lrwxrwxrwx ") {
            return "(a link is shown)".to_owned();
        }
        let all = all.replace('\0', "\\0");
        let mut lines: Vec<&str> = all.lines().take(3).collect();
        if all.lines().count() > 3 {
            lines.push("(and so on)");
        }
        if lines.is_empty() {
            lines.push("(nothing is shown)");
        }
        match said.code {
            0 => lines.join("\n"),
            code => format!("{}\n[exit {code}]", lines.join("\n")),
        }
    }
}

fn hints(fault: &Value) -> Vec<String> {
    let hints = fault["help"].as_array().expect("there is a list of hints").iter();
    hints.map(|hint| hint.as_str().unwrap().to_owned()).collect()
}

/// The exit code that docs/exit-codes.md promises for a fault: by its class, by what became of a child, or by what a check found.
fn documented_end(line: &str, fault: &Value) -> i32 {
    let docs = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/exit-codes.md")).unwrap();
    let rows = docs.lines().filter_map(|line| line.strip_prefix("| "));
    let cells: Vec<Vec<&str>> = rows.map(|row| row.split(" | ").collect()).collect();
    let code_of = |column: usize, text: &str| -> i32 {
        let row = cells.iter().find(|cells| cells.get(column).is_some_and(|cell| cell.starts_with(text)));
        row.unwrap_or_else(|| panic!("no row for `{text}`"))[0].parse().unwrap()
    };
    let class = fault["class"].as_str().unwrap().replace('-', " ");
    match (line, fault["code"].as_str().unwrap()) {
        (line, "no-program") if line.contains(" run ") => code_of(1, "the program was not found"),
        (line, "cannot-run") if line.contains(" run ") => code_of(1, "the program was found and cannot"),
        (line, _) if line.contains(" run ") => code_of(1, "the program was not started"),
        // What a check finds has a path, if only an empty one.
        (_, _) if fault.get("path").is_some() && class != "tampered" => code_of(1, "refused"),
        _ => code_of(1, &class),
    }
}

/// The command line with one flag more, in the place of the same one, and in front of a program that follows.
fn with_flag(line: &str, flag: &str) -> String {
    let (own, program) = line.split_once(" -- ").map_or((line, None), |(own, rest)| (own, Some(rest)));
    let name = flag.split([' ', '=']).next().unwrap_or_default();
    let mut words: Vec<&str> = own.split(' ').collect();
    let same = words.iter().position(|word| word.split('=').next() == Some(name));
    match same {
        // Its value stands behind it, as that of the new one does.
        Some(at) if flag.contains(' ') => drop(words.splice(at..=at + 1, [flag])),
        Some(at) => words[at] = flag,
        None => words.push(flag),
    }
    let program = program.map(|program| format!(" -- {program}")).unwrap_or_default();
    words.join(" ") + &program
}

/// Without what names a commit, a key file or a recipient in short.
pub(crate) fn without_ids(text: &str) -> String {
    let mut out = String::new();
    let mut in_recipient = false;
    for word in text.split_inclusive([' ', '`', '.', ':', '\n', '…']) {
        let bare = word.trim_end_matches([' ', '`', '.', ':', '\n', '…']);
        let hex = bare.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let begun = word.ends_with('…') && bare.starts_with("age1");
        let id = hex && matches!(bare.len(), 8 | 12 | 40) || begun || in_recipient;
        in_recipient = begun;
        out.push_str(if id { "[ID]" } else { bare });
        out.push_str(&word[bare.len()..]);
    }
    out
}

fn between_backticks(hint: &str) -> Vec<String> {
    hint.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// What style.md asks of each line that is shown; the words themselves are looked at where they are made.
#[track_caller]
fn check_lines(shown: &str) {
    for line in shown.lines() {
        let bare = line.replace("[ROOT]", "");
        assert!(bare.chars().count() <= 200, "too long: {line}");
        assert!(line.chars().all(|c| !c.is_control()), "not shown as it is: {line:?}");
        assert!(line.matches('`').count() % 2 == 0, "backticks without a partner: {line}");
        assert!(!line.starts_with("error") || !line.ends_with('.'), "a full stop: {line}");
    }
    let order = |label: &str| shown.lines().position(|line| line.starts_with(label));
    if let (Some(error), Some(help)) = (order("error: "), order("help: ")) {
        assert!(error < help, "help before the error:\n{shown}");
    }
}

/// Codes of the command line that no case here has, each with a reason.
const ELSEWHERE: &[(&str, &str)] = &[
    ("masked-watch", "run/masked.rs"),
    ("no-memory", "run/files.rs, in a mount namespace"),
    ("files", "memory that the system does not give; the words are in the snapshots of cli/explain"),
    ("edit", "a folder that cannot be made, as that of the demo"),
    ("editor", "commands/edit.rs, which has editors"),
    ("meanwhile", "commands/edit.rs"),
    ("no-memory-folder", "commands/edit.rs"),
    ("cargo-asked", "a cargo that does not say its host; the words are in the snapshots of cli/explain"),
    ("late-env", "a member that no pattern lists; the words are in the snapshots of cli/explain"),
    ("long-socket", "a folder of a long path; the words are in the snapshots of cli/explain"),
    ("no-peer", "another system; the words are in the snapshots of cli/explain"),
    ("not-given", "run/cargo/settings.rs has it of a program that cargo starts"),
    ("not-ours", "run/cargo.rs"),
    ("runner-space", "run/cargo/settings.rs"),
    ("several-runners", "several targets; the words are in the snapshots of cli/explain"),
    ("socket", "a folder that fills up; the words are in the snapshots of cli/explain"),
    ("wait", "no child to wait for; the words are in the snapshots of cli/explain"),
    ("no-git", "history.rs"),
    ("unrelated", "review.rs"),
    ("race", "sync.rs"),
    ("no-text", "sync/odd.rs"),
    ("git-conflict", "sync.rs, which has two clones"),
    ("no-git-program", "sync/odd.rs"),
    ("branch-rewritten", "history.rs"),
    ("replaced", "review.rs"),
    ("too-large", "64 MiB of a batch; of a file it is a refusal's own"),
    ("rotating", "no rotation can be begun yet"),
    ("unseen-key", "odd.rs"),
    ("refused", "is a class; the refusal's own code is told"),
    ("bug", "nobody can make one; the words are in the snapshots of cli/explain"),
    ("closed", "is silent, by odd.rs"),
    ("unread", "odd.rs has it of every command"),
    ("lost-key", "odd.rs"),
    ("unlock", "is a class; the source's own code is told"),
    ("git", "a damaged repository; the words are in the snapshots of cli/explain"),
    ("not-current", "a pending version is made by rotation alone"),
    ("request-changed", "commands/join.rs swaps it while a person compares"),
    ("cannot-sign", "nobody can be enrolled so yet; the words are in the snapshots of cli/explain"),
    ("unsettled", "store/tests/changing.rs stops in the middle; crash.rs finishes"),
    ("unfinished", "store/tests/changing.rs"),
    ("interrupted", "terminal.rs"),
    ("terminal", "a terminal that fails; the words are in the snapshots of cli/explain"),
    ("no-answer", "a terminal that goes away; the words are in the snapshots of cli/explain"),
    ("differ", "terminal.rs"),
    ("no-passphrase", "terminal.rs"),
    ("binary", "terminal.rs"),
    ("cwd", "a folder that was removed; usage.rs would need a shell that stands in it"),
    ("no-home", "odd.rs"),
    ("would-ask", "hook/prompt.rs"),
    ("not-allowed", "hook/prompt.rs and hook/changes.rs"),
    ("no-program-path", "hook/allowing.rs"),
    ("merge-conflict", "merge.rs: git types the command"),
    ("config-locked", "merge.rs"),
    ("not-torn", "merge/choice.rs"),
    ("still-in-conflict", "merge/choice.rs, which has an editor"),
    ("not-secret", "merge.rs: git types the command"),
    ("beside", "a system without pipes, threads or terminals; the words are in the snapshots of cli/explain"),
];

/// Every word that the sources of the command line make a code of.
fn codes() -> Vec<String> {
    let mut codes = Vec::new();
    for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli")) {
        let text = fs::read_to_string(&path).unwrap();
        for mark in ["usage(", "failure(", "Failure::new(", "(Class::", "&str ="] {
            for (at, _) in text.match_indices(mark) {
                codes.extend(code_after(&text[at + mark.len()..]));
            }
        }
    }
    codes.sort();
    codes.dedup();
    codes
}

/// The first literal behind a mark, if it stands where a code does and has a code's letters.
fn code_after(text: &str) -> Option<String> {
    let (before, rest) = text.split_once('"')?;
    let code = rest.split('"').next()?;
    let near = before.len() < 60 && !before.contains([';', '{', '}', '&', '!', '.']);
    let letters = code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    (near && letters && !code.is_empty()).then(|| code.to_owned())
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let all = paths.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] });
    all.filter(|path| {
        path.extension().is_some_and(|e| e == "rs") && !path.to_string_lossy().contains("/tests")
    })
    .collect()
}

#[test]
fn every_code_of_the_command_line_has_a_case() {
    let cases: String = [
        "keys",
        "leaving",
        "locked",
        "merging",
        "missing",
        "moving",
        "past",
        "refused",
        "settings",
        "syncing",
        "tampered",
        "team",
        "usage",
        "replacing",
        "scanning",
    ]
    .map(|name| format!("{}/tests/cli/messages/{name}.rs", env!("CARGO_MANIFEST_DIR")))
    .map(|path| fs::read_to_string(path).unwrap())
    .concat();
    let codes = codes();
    for known in ["no-secret", "first-use", "generate", "no-program", "alias"] {
        assert!(codes.iter().any(|code| code == known), "`{known}` is not found: {codes:?}");
    }
    let has =
        |code: &&String| cases.contains(&format!("\"{code}\"")) || ELSEWHERE.iter().any(|(e, _)| e == code);
    let missing: Vec<&String> = codes.iter().filter(|code| !has(code)).collect();
    assert!(missing.is_empty(), "a refusal without a case: {missing:?}");
    let gone: Vec<&str> =
        ELSEWHERE.iter().map(|(code, _)| *code).filter(|code| !codes.iter().any(|c| c == code)).collect();
    assert!(gone.is_empty(), "no code any more: {gone:?}");
}
