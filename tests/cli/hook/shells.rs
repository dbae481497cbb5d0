//! The scripts in interactive shells at a terminal.

use super::{allowed_with, has, typed};
use crate::{
    harness::{PROGRAM, Person, said},
    pty::is_here,
};

/// Appends a status and the value of a variable to the log, in the words of any POSIX shell.
const LOG: &str = "echo \"$? ${DB-none} ${OLD-none}\" >> \"$HOME/../log\"";

/// Ana, with a vault that sets `DB` and takes the place of `OLD`, at a shell whose start-up file is this one.
fn ana_at(shell: &str, file: &str, text: &str) -> Option<Person> {
    let mut ana = allowed_with(&[("DB", b"value"), ("OLD", b"new")]);
    if !has(&ana, shell) || !is_here(&ana) {
        return None;
    }
    ana.write(&format!("../start/{file}"), text.replace("HOOK", &format!("'{PROGRAM}' hook {shell}")));
    ana.sh("mkdir below ../elsewhere; touch ../log");
    ana.set("OLD", "old").set("INPUTRC", "/dev/null");
    ana.set("ZDOTDIR", ana.root().join("start").to_str().unwrap().to_owned());
    Some(ana)
}

fn ana_at_bash(before: &str, after: &str) -> Option<Person> {
    ana_at("bash", "rc", &format!("PS1='READY>'\n{before}\neval \"$(HOOK)\"\n{after}\n"))
}

const BASH: [&str; 4] = ["bash", "--noprofile", "--rcfile", "../start/rc"];

#[test]
fn bash_loads_where_it_is_allowed_and_puts_back_elsewhere() {
    let Some(ana) = ana_at_bash("", "") else { return };
    let lines = [LOG, "cd below", LOG, "cd ../../elsewhere", LOG, "cd -", LOG];
    let (log, shown) = typed(&ana, &BASH, &lines);
    assert_eq!(log, "0 value new\n0 value new\n0 none old\n0 value new\n");
    assert_eq!(shown.matches("cargo vault: +DB ~OLD\n").count(), 2, "{shown}");
    assert_eq!(shown.matches("cargo vault: -DB ~OLD\n").count(), 1, "{shown}");
    assert_eq!(shown.matches("cargo vault:").count(), 3, "{shown}");
}

#[test]
fn bash_keeps_the_exit_status_for_the_next_command_and_for_the_prompt() {
    let Some(ana) = ana_at_bash("PROMPT_COMMAND='echo \"prompt $?\" >> ../log'", "") else { return };
    let (log, _) = typed(&ana, &BASH, &["(exit 7)", LOG]);
    assert_eq!(log, "prompt 0\nprompt 7\n7 value new\nprompt 0\n");
}

#[test]
fn bash_runs_what_was_to_be_run_before_the_prompt() {
    let before = "PROMPT_COMMAND=('echo one >> ../log' 'echo two >> ../log')";
    let Some(ana) = ana_at_bash(before, "") else { return };
    let (log, _) = typed(&ana, &BASH, &[LOG]);
    assert_eq!(log, "one\ntwo\n0 value new\none\ntwo\n");
}

#[test]
fn bash_that_evaluates_the_script_twice_calls_it_once() {
    let Some(ana) = ana_at_bash("", "eval \"$('PROGRAM' hook bash)\"") else { return };
    ana.sh(&format!("sed -i 's|PROGRAM|{PROGRAM}|' ../start/rc"));
    let (log, _) = typed(&ana, &BASH, &["echo \"$PROMPT_COMMAND\" >> ../log"]);
    assert_eq!(log, "_cargo_vault_hook\n");
}

#[test]
fn bash_of_somebody_who_sets_e_and_u_goes_on() {
    let Some(ana) = ana_at_bash("set -eu", "") else { return };
    let (log, _) = typed(&ana, &BASH, &["! true", LOG, "cd ../elsewhere", LOG]);
    assert_eq!(log, "1 value new\n0 none old\n");
}

#[test]
fn bash_in_a_bash_puts_back_too() {
    let Some(ana) = ana_at_bash("", "") else { return };
    let lines = ["bash --noprofile --rcfile ../start/rc", LOG, "cd ../elsewhere", LOG, "exit", LOG];
    let (log, _) = typed(&ana, &BASH, &lines);
    assert_eq!(log, "0 value new\n0 none old\n0 value new\n");
}

fn ana_at_zsh(before: &str, after: &str) -> Option<Person> {
    ana_at("zsh", ".zshrc", &format!("{before}\neval \"$(HOOK)\"\n{after}\nPS1='READY>'\n"))
}

const ZSH: [&str; 2] = ["zsh", "-i"];

#[test]
fn zsh_loads_where_it_is_allowed_and_puts_back_elsewhere() {
    let Some(ana) = ana_at_zsh("", "") else { return };
    let lines = [LOG, "cd below", LOG, "cd ../../elsewhere", LOG];
    let (log, shown) = typed(&ana, &ZSH, &lines);
    assert_eq!(log, "0 value new\n0 value new\n0 none old\n");
    assert_eq!(shown.matches("cargo vault: +DB ~OLD\n").count(), 1, "{shown}");
    assert_eq!(shown.matches("cargo vault: -DB ~OLD\n").count(), 1, "{shown}");
}

#[test]
fn zsh_loads_as_the_folder_changes_within_one_line() {
    let Some(ana) = ana_at_zsh("", "") else { return };
    let (log, _) = typed(
        &ana,
        &ZSH,
        &[&format!("cd ../elsewhere; {LOG}; cd -q -; cd below; {LOG}; (cd ../../elsewhere; {LOG})")],
    );
    assert_eq!(log, "0 none old\n0 value new\n0 value new\n");
}

#[test]
fn zsh_keeps_the_exit_status_for_the_next_command_and_for_the_prompt() {
    let Some(ana) = ana_at_zsh("precmd() { echo \"prompt $?\" >> $HOME/../log }", "") else { return };
    let (log, _) = typed(&ana, &ZSH, &["(exit 7)", LOG]);
    assert_eq!(log, "prompt 0\nprompt 7\n7 value new\nprompt 0\n");
}

#[test]
fn zsh_of_somebody_with_options_of_his_own_goes_on() {
    let Some(ana) = ana_at_zsh("", "setopt err_exit no_unset sh_word_split extended_glob no_clobber") else {
        return;
    };
    let (log, _) = typed(&ana, &ZSH, &["! true", LOG, "cd ../elsewhere", LOG]);
    assert_eq!(log, "1 value new\n0 none old\n");
}

#[test]
fn zsh_that_evaluates_the_script_twice_calls_it_once() {
    let Some(ana) = ana_at_zsh("", "eval \"$(HOOK)\"") else { return };
    let (log, _) = typed(&ana, &ZSH, &["echo $precmd_functions $chpwd_functions >> ../log"]);
    assert_eq!(log, "_cargo_vault_hook _cargo_vault_hook\n");
}

fn ana_at_fish() -> Option<Person> {
    let prompt = "function fish_prompt; echo 'READY>'; end\n";
    ana_at("fish", "config.fish", &format!("set fish_greeting\n{prompt}HOOK | source\nHOOK | source\n"))
}

const FISH: [&str; 5] = ["fish", "-i", "--no-config", "-C", "source ../start/config.fish"];
const FISH_LOG: &str = "echo $status \"$DB\" \"$OLD\" >> $HOME/../log";

#[test]
fn fish_loads_where_it_is_allowed_and_puts_back_elsewhere() {
    let Some(ana) = ana_at_fish() else { return };
    let lines =
        [FISH_LOG, "cd below", FISH_LOG, "cd ../../elsewhere", FISH_LOG, "set -q DB; echo $status >> ../log"];
    let (log, shown) = typed(&ana, &FISH, &lines);
    assert_eq!(log, "0 value new\n0 value new\n0  old\n1\n");
    assert_eq!(shown.matches("cargo vault: +DB ~OLD").count(), 1, "{shown}");
    assert_eq!(shown.matches("cargo vault: -DB ~OLD").count(), 1, "{shown}");
}

#[test]
fn fish_keeps_the_exit_status_and_loads_within_one_line() {
    let Some(ana) = ana_at_fish() else { return };
    let line = format!("cd ../elsewhere; {FISH_LOG}; cd ../ana-project; {FISH_LOG}");
    let (log, _) = typed(&ana, &FISH, &["sh -c 'exit 7'", FISH_LOG, &line]);
    assert_eq!(log, "7 value new\n0  old\n0 value new\n");
}

/// Evaluates lines of Nushell in which `prompt` is what the hook does before a prompt.
fn at_nushell(person: &Person, lines: &str) -> String {
    person.write("../hook.nu", person.vault(&["hook", "nushell"]).ok().out);
    let hook = format!("source '{}'\n", person.root().join("hook.nu").display());
    let lines = lines.replace("HOOK\n", &hook);
    person.write("../script.nu", format!("{hook}{hook}alias prompt = _cargo_vault_hook\n{lines}"));
    let mut command = person.command("nu");
    command.args(["--no-config-file", "../script.nu"]);
    said(command, b"").ok().text()
}

#[test]
fn nushell_loads_where_it_is_allowed_and_puts_back_elsewhere() {
    let mut ana = allowed_with(&[("DB", b"a \"value\"\\'$(x)\n`"), ("OLD", b"new")]);
    if !has(&ana, "nu") {
        return;
    }
    ana.set("OLD", "old");
    let log = "print ([$env.LAST_EXIT_CODE, ($env.DB? | default none), $env.OLD, ($env.CVAULT_HOOK? | is-empty)] | to json -r)\n";
    let lines = format!("prompt\n{log}cd ..\n$env.LAST_EXIT_CODE = 7\nprompt\n{log}");
    let wanted = "[0,\"a \\\"value\\\"\\\\'$(x)\\n`\",\"new\",false]\n[7,\"none\",\"old\",true]\n";
    assert_eq!(at_nushell(&ana, &lines), wanted);
}

#[test]
fn nushell_that_sources_the_script_twice_calls_it_once() {
    let ana = allowed_with(&[]);
    if !has(&ana, "nu") {
        return;
    }
    let lines =
        "$env.config.hooks.pre_prompt ++= [{|| 1 }]\nHOOK\nprint ($env.config.hooks.pre_prompt | length)\n";
    assert_eq!(at_nushell(&ana, lines), "2\n");
}

#[test]
fn powershell_loads_where_it_is_allowed_and_puts_back_elsewhere() {
    let mut ana = allowed_with(&[("DB", "a 'value' ’$(x)\n`".as_bytes()), ("OLD", b"new")]);
    if !has(&ana, "pwsh") {
        return;
    }
    ana.set("OLD", "old");
    let log = "[Console]::Out.Write(\"$LASTEXITCODE $Env:DB $Env:OLD;\")\n";
    let hook = format!("Invoke-Expression ((& '{PROGRAM}' hook powershell) -join \"`n\")\n");
    let lines =
        format!("{hook}{hook}sh -c 'exit 7'\nprompt | Out-Null\n{log}cd ..\nprompt | Out-Null\n{log}");
    let mut command = ana.command("pwsh");
    command.args(["-NoProfile", "-NonInteractive", "-Command", &lines]);
    assert_eq!(said(command, b"").ok().text(), "7 a 'value' ’$(x)\n` new;7  old;");
}
