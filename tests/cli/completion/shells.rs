//! The scripts in real shells: a line is typed, a tab, and what the shell makes of it is run or shown.

use std::process::Stdio;

use super::{ana, bin};
use crate::{
    harness::{Person, Said, said, skipped},
    pty::{at_terminal, is_here},
};

/// Whether a shell is on this machine. If not, says that this test is skipped.
fn has(person: &Person, shell: &str) -> bool {
    let mut command = person.command(shell);
    command.args(["-c", "exit"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let here = command.status().is_ok_and(|status| status.success());
    if !here {
        skipped(&format!("there is no {shell}"));
    }
    here
}

/// Types a line, with a tab in it, at a shell that shows `READY>`; gives what was to be seen until `seen` was.
fn typed(person: &Person, argv: &[&str], line: &str, seen: &str) -> String {
    let steps = [("READY>", line), (seen, "\u{15}exit\r")];
    let Said { code, out, err } = at_terminal(person, &steps, argv);
    let shown = String::from_utf8_lossy(&out).into_owned();
    assert!(code != 99, "{err}{shown}");
    shown
}

const BASH: [&str; 4] = ["bash", "--noprofile", "--rcfile", "../rc"];

/// Ana at a bash with the script and this before it.
fn ana_at_bash(before: &str) -> Option<Person> {
    let mut ana = ana();
    if !has(&ana, "bash") || !is_here(&ana) {
        return None;
    }
    let path = format!("{}:/usr/bin:/bin", bin(&ana));
    ana.write(
        "../rc",
        format!("PATH='{path}'\n{before}\neval \"$(cargo-vault completions bash)\"\nPS1='READY>'\n"),
    );
    ana.set("INPUTRC", "/dev/null");
    Some(ana)
}

#[test]
fn bash_completes_a_secret_of_cargo_vault() {
    let Some(ana) = ana_at_bash("") else { return };
    typed(&ana, &BASH, "cargo-vault get DAT\t\r", "value of DATABASE_URL");
}

#[test]
fn bash_completes_a_secret_of_cargo_vault_as_a_command_of_cargo() {
    let Some(ana) = ana_at_bash("") else { return };
    typed(&ana, &BASH, "cargo vault get --env=pr\t TLS\t\r", "value of TLS_KEY");
}

#[test]
fn bash_leaves_the_rest_of_cargo_to_its_own_completion() {
    let Some(ana) = ana_at_bash("_own() { COMPREPLY=(vault get DB_HOST); }; complete -F _own cargo") else {
        return;
    };
    let line = "complete -p cargo; echo $_cargo_vault_before; cargo bui\t\r";
    typed(&ana, &BASH, line, "_own");
    typed(&ana, &BASH, "cargo vault get DB\t\r", "value of DB_HOST");
}

#[test]
fn bash_does_not_run_what_is_typed() {
    let Some(ana) = ana_at_bash("") else { return };
    typed(&ana, &BASH, "cargo-vault -C \"$(touch RAN)\" get D\t\u{15}echo do\"\"ne\r", "done");
    assert!(!ana.path("RAN").exists());
}

const ZSH: [&str; 2] = ["zsh", "-i"];

/// Ana at a zsh that has the script as a file, and this in its settings.
fn ana_at_zsh(rest: &str) -> Option<Person> {
    let mut ana = ana();
    if !has(&ana, "zsh") || !is_here(&ana) {
        return None;
    }
    let path = format!("{}:/usr/bin:/bin", bin(&ana));
    ana.sh("mkdir ../functions; cargo=\"$PATH\"; '../bin/cargo-vault' completions zsh > ../functions/_cargo-vault");
    let functions = ana.root().join("functions");
    ana.write(
        "../zdot/.zshrc",
        format!(
            "PATH='{path}'\nfpath=('{}' $fpath)\nautoload -U compinit\ncompinit -u -D\n{rest}\nPS1='READY>'\n",
            functions.display()
        ),
    );
    ana.set("ZDOTDIR", ana.root().join("zdot").to_str().unwrap().to_owned());
    Some(ana)
}

#[test]
fn zsh_completes_a_secret_of_cargo_vault() {
    let Some(ana) = ana_at_zsh("") else { return };
    typed(&ana, &ZSH, "cargo-vault get DAT\t\r", "value of DATABASE_URL");
}

#[test]
fn zsh_completes_what_cargo_s_own_completion_passes_on() {
    let own = "_own() { local ret; shift words; (( CURRENT-- )); _call_function ret _cargo-${words[1]}; }; compdef _own cargo";
    let Some(ana) = ana_at_zsh(own) else { return };
    typed(&ana, &ZSH, "cargo vault get --env=pr\t TLS\t\r", "value of TLS_KEY");
}

#[test]
fn zsh_completes_cargo_vault_where_cargo_has_no_completion() {
    let Some(ana) = ana_at_zsh("eval \"$(cargo-vault completions zsh)\"") else { return };
    typed(&ana, &ZSH, "cargo vault get DAT\t\r", "value of DATABASE_URL");
}

#[test]
fn zsh_sees_the_environment_that_is_typed_before_the_command() {
    let Some(ana) = ana_at_zsh("") else { return };
    typed(&ana, &ZSH, "CVAULT_ENV=prod cargo-vault get T\t\r", "value of TLS_KEY");
}

#[test]
fn zsh_does_not_run_what_is_typed() {
    let Some(ana) = ana_at_zsh("") else { return };
    typed(&ana, &ZSH, "cargo-vault -C \"$(touch RAN)\" get D\t\u{15}echo do\"\"ne\r", "done");
    assert!(!ana.path("RAN").exists());
}

/// What fish offers for a line.
#[track_caller]
fn fish(person: &Person, line: &str) -> String {
    let mut command = person.command("fish");
    let path = format!("{}:/usr/bin:/bin", bin(person));
    let script = "cargo-vault completions fish | source; complete -C $argv[1]";
    command.env("PATH", path).args(["--no-config", "-c", script, line]);
    said(command, b"").ok().text()
}

#[test]
fn fish_completes_both_ways_of_typing_it() {
    let ana = ana();
    if !has(&ana, "fish") {
        return;
    }
    assert_eq!(fish(&ana, "cargo-vault get DAT"), "DATABASE_URL\n");
    assert_eq!(fish(&ana, "cargo +nightly vault get -e prod "), "TLS_KEY\n");
    assert_eq!(fish(&ana, "CVAULT_ENV=prod cargo vault get "), "TLS_KEY\n");
    assert_eq!(fish(&ana, "cargo vault get --env=p"), "--env=prod\n");
    assert_eq!(fish(&ana, "cargo-vault ge"), "get\tPrint a secret's value\n");
}

#[test]
fn fish_completes_files_where_one_is_asked_for() {
    let ana = ana();
    if !has(&ana, "fish") {
        return;
    }
    ana.write("key.pem", "");
    assert_eq!(fish(&ana, "cargo vault set A --file=ke"), "--file=key.pem\n");
    assert_eq!(fish(&ana, "cargo vault get DB_HOST key"), "");
}

#[test]
fn fish_does_not_run_what_is_typed() {
    let ana = ana();
    if !has(&ana, "fish") {
        return;
    }
    fish(&ana, "cargo-vault -C (touch RAN) get D");
    assert!(!ana.path("RAN").exists());
}

#[test]
fn elvish_completes_both_ways_of_typing_it() {
    let mut ana = ana();
    if !has(&ana, "elvish") || !is_here(&ana) {
        return;
    }
    let path = format!("{}:/usr/bin:/bin", bin(&ana));
    let rc = format!(
        "set E:PATH = '{path}'\neval (cargo-vault completions elvish | slurp)\n\
         set edit:prompt = {{ put 'READY>' }}\nset edit:rprompt = {{ }}\n"
    );
    ana.write("../rc.elv", rc);
    ana.set("TERM", "xterm");
    let argv = ["elvish", "-rc", "../rc.elv"];
    for line in ["cargo-vault get DAT\t\r\r", "cargo vault get DAT\t\r\r"] {
        let steps = [("READY>", line), ("value of DATABASE_URL", "exit\r")];
        let Said { code, out, err } = at_terminal(&ana, &steps, &argv);
        assert!(code != 99, "{err}{}", String::from_utf8_lossy(&out));
    }
}

/// What Nushell's completer answers for a line that it has split so.
#[track_caller]
fn nushell(person: &Person, spans: &str) -> String {
    let script = person.root().join("cargo-vault.nu");
    person.write("../cargo-vault.nu", person.vault(&["completions", "nushell"]).ok().out);
    let line = format!(
        "source '{}'; do $env.config.completions.external.completer {spans} | to json --raw",
        script.display()
    );
    let mut command = person.command("nu");
    command.env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", bin(person)));
    command.args(["--no-config-file", "-c", &line]);
    said(command, b"").ok().text()
}

#[test]
fn nushell_completes_both_ways_of_typing_it_and_leaves_the_rest_to_the_completer_before() {
    let ana = ana();
    if !has(&ana, "nu") {
        return;
    }
    let one = "[{\"value\":\"DATABASE_URL\",\"description\":\"\"}]";
    assert_eq!(nushell(&ana, "[cargo-vault get DAT]").trim(), one);
    assert_eq!(nushell(&ana, "[cargo '+nightly' vault get DAT]").trim(), one);
    assert_eq!(nushell(&ana, "[cargo build '']").trim(), "null");
    assert_eq!(nushell(&ana, "[cargo vault set A --file '']").trim(), "null");
}
