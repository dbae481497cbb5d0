//! `hook`, `allow` and `deny`: real shells that load what was allowed and put back what was there before.

mod allowing;
mod changes;
mod direnv;
mod prompt;
mod quoting;
mod shells;

use std::{fs, process::Stdio};

use crate::{
    harness::{PROGRAM, Person, Said, said, skipped},
    pty::at_terminal,
};

/// Ana with a vault in which these are set, and `cargo-vault` on the PATH of who is asked by [`prompted`].
fn ana_with(secrets: &[(&str, &[u8])]) -> Person {
    let ana = Person::with_vault("ana");
    for (name, value) in secrets {
        ana.vault_with(&["set", "--exact", name], value).ok();
    }
    ana.commit("secrets");
    ana
}

/// The same, allowed to load.
fn allowed_with(secrets: &[(&str, &[u8])]) -> Person {
    let ana = ana_with(secrets);
    ana.vault(&["allow"]).ok();
    ana
}

/// Whether a program is on this machine. If not, says that this test is skipped.
fn has(person: &Person, program: &str) -> bool {
    let mut command = person.command(program);
    command.args(["-c", "exit"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let here = command.status().is_ok_and(|status| status.success());
    if !here {
        skipped(&format!("there is no {program}"));
    }
    here
}

/// Evaluates lines of bash, without a terminal, in which `prompt` is what the hook does before a prompt, and `vault` the program
/// whose answer is not wanted.
#[track_caller]
fn prompted(person: &Person, lines: &str) -> Said {
    let mut command = person.command("bash");
    let vault = format!("vault() {{ '{PROGRAM}' \"$@\" >/dev/null; }}\n");
    let hook =
        format!("{vault}eval \"$('{PROGRAM}' hook bash)\"\nprompt() {{ eval \"$PROMPT_COMMAND\"; }}\n");
    command.args(["--noprofile", "--norc", "-c", &format!("{hook}{lines}")]);
    said(command, b"")
}

/// What the person was told, a line each, without the folder that differs from run to run.
fn told(said: &Said, person: &Person) -> String {
    said.err.replace(person.root().to_str().unwrap(), "[ROOT]")
}

/// Types lines at an interactive shell that shows `READY>`. Gives what they wrote to `../log`, and what was to be seen.
#[track_caller]
fn typed(person: &Person, argv: &[&str], lines: &[&str]) -> (String, String) {
    let typed: Vec<String> = lines.iter().chain(&["exit 0"]).map(|line| format!("{line}\r")).collect();
    let steps: Vec<(&str, &str)> = typed.iter().map(|line| ("READY>", line.as_str())).collect();
    let Said { code, out, err } = at_terminal(person, &steps, argv);
    let shown = String::from_utf8_lossy(&out).into_owned();
    assert!(code != 99, "{err}{shown}");
    (fs::read_to_string(person.root().join("log")).unwrap_or_default(), shown)
}
