//! What is loaded at a prompt, what is left out, what is put back, and what nobody is asked.

use std::process::Stdio;

use super::{allowed_with, ana_with, has, prompted, told, typed};
use crate::{
    harness::{PROGRAM, Person, said, skipped},
    pty::{is_here, vault_at_terminal},
};

#[test]
fn folder_that_was_not_allowed_loads_nothing_and_says_so_once() {
    let ana = ana_with(&[("DB", b"value")]);
    let said = prompted(&ana, "prompt; prompt; cd .vault; prompt; echo ${DB-none}").ok();
    assert_eq!(said.text(), "none\n");
    assert_eq!(said.err, "cargo vault: `.vault` here is not allowed to load: `cargo vault allow`\n");
}

#[test]
fn folder_without_a_vault_changes_nothing() {
    let ana = allowed_with(&[("DB", b"value")]);
    let said =
        prompted(&ana, "cd ..; before=$(env -0 | od -c); prompt; [ \"$before\" = \"$(env -0 | od -c)\" ]");
    assert_eq!(said.conversation(), "exit 0\n--- stdout\n--- stderr\n");
}

#[test]
fn prompt_at_which_nothing_changed_gets_nothing_to_evaluate() {
    let ana = allowed_with(&[("DB", b"value")]);
    // What is kept by the first reading is looked at once more.
    let said = prompted(&ana, &format!("prompt; prompt; '{PROGRAM}' __hook bash; echo \"exit $?\"")).ok();
    assert_eq!(said.conversation(), "exit 0\n--- stdout\nexit 0\n--- stderr\ncargo vault: +DB\n");
}

#[test]
fn vaults_value_takes_the_place_of_one_that_is_there_and_gives_it_back() {
    let mut ana = allowed_with(&[("DB", b"vault"), ("EMPTY", b"vault")]);
    ana.set("DB", "before '\n\\").set("EMPTY", "");
    let line = "echo \"$DB ${EMPTY-none}\"";
    let said =
        prompted(&ana, &format!("prompt; {line}; cd ..; prompt; {line}; env | grep ^CVAULT")).conversation();
    assert_eq!(
        said,
        "exit 1\n--- stdout\nvault vault\nbefore '\n\\ \n--- stderr\ncargo vault: ~DB ~EMPTY\ncargo vault: ~DB ~EMPTY\n"
    );
}

#[test]
fn variable_that_was_changed_by_hand_stays_while_the_vault_is_loaded_and_after() {
    let ana = allowed_with(&[("DB", b"one"), ("GONE", b"one"), ("OTHER", b"one")]);
    let change = "export DB=mine; unset GONE";
    let set = "for n in DB GONE OTHER; do printf two | vault set $n; done";
    let line = "echo \"${DB-none} ${GONE-none} ${OTHER-none}\"";
    let said =
        prompted(&ana, &format!("prompt; {change}; prompt; {set}; prompt; {line}; cd ..; prompt; {line}"))
            .ok();
    assert_eq!(said.text(), "mine none two\nmine none none\n");
    assert_eq!(said.err, "cargo vault: +DB +GONE +OTHER\ncargo vault: ~OTHER\ncargo vault: -OTHER\n");
}

#[test]
fn name_that_could_run_code_or_steers_a_shell_is_left_out_by_name() {
    let ana =
        allowed_with(&[("DB", b"value"), ("PATH", b"evil"), ("PS1", b"$(touch RAN)"), ("fpath", b"evil")]);
    let said = prompted(&ana, "prompt; echo \"$DB ${PS1-none} ${fpath-none}\"; command -v cat");
    assert_eq!(said.ok().text(), "value none none\n/usr/bin/cat\n");
    let said = prompted(&ana, "prompt");
    assert_eq!(
        said.err,
        "cargo vault: +DB; without `PATH`: it could run code or change tools; \
         without `PS1`: it could run code or change tools; without `fpath`: it could run code or change tools\n"
    );
    ana.vault(&["config", "set", "run.allow", "PS1"]).ok();
    assert_eq!(prompted(&ana, "prompt; echo \"$PS1\"").text(), "$(touch RAN)\n");
}

#[test]
fn value_that_no_variable_can_have_is_left_out_by_name() {
    let ana = allowed_with(&[("DB", b"value"), ("BYTES", b"a\0b"), ("my/x", b"1"), ("MY_X", b"2")]);
    ana.vault_with(&["set", "LONG"], &[b'x'; 128 * 1024]).ok();
    let said = prompted(&ana, "prompt; env | grep -c '^DB=\\|^BYTES\\|^LONG\\|^MY_X'").ok();
    assert_eq!(
        said.conversation(),
        "exit 0\n--- stdout\n1\n--- stderr\ncargo vault: +DB; without `BYTES`: no variable of this shell can have its bytes; \
         without `LONG`: it is too long for a variable; without `MY_X`: another one has the same variable; \
         without `my/x`: another one has the same variable\n"
    );
}

#[test]
fn more_than_an_environment_can_have_loads_nothing() {
    let big = [b'x'; 100 * 1024];
    let ana = allowed_with(&[("A", &big), ("B", &big), ("C", &big), ("D", &big), ("E", &big), ("F", &big)]);
    let said = prompted(&ana, "prompt; prompt; echo \"${A-none}\"").ok();
    assert_eq!(
        said.conversation(),
        "exit 0\n--- stdout\nnone\n--- stderr\n\
         cargo vault: nothing loaded: all values together are more than a shell's environment can have\n"
    );
}

#[test]
fn many_variables_are_counted_on_one_line() {
    let ana = ana_with(&[]);
    let lines: String = (10..40).map(|i| format!("V{i}=x\n")).collect();
    ana.vault_with(&["set", "--batch"], lines.as_bytes()).ok();
    ana.vault(&["allow"]).ok();
    let named: String = (10..30).map(|i| format!("+V{i} ")).collect();
    assert_eq!(prompted(&ana, "prompt").err, format!("cargo vault: {named}and 10 more\n"));
}

#[test]
fn passphrase_is_not_asked_for_and_that_is_said_once() {
    let mut ana = allowed_with(&[("DB", b"value")]);
    if !is_here(&ana) {
        return;
    }
    let steps = [("New passphrase", "long enough\r"), ("the same again", "long enough\r")];
    vault_at_terminal(&ana, &steps, &["identity", "protect", "default"]).ok();
    ana.set("TERM", "dumb");
    let rc = format!("PS1='READY>'\neval \"$('{PROGRAM}' hook bash)\"\n");
    ana.write("../rc", rc);
    let lines = ["echo one >> ../log", "echo \"${DB-none}\" >> ../log"];
    let (log, shown) = typed(&ana, &["bash", "--noprofile", "--rcfile", "../rc"], &lines);
    assert_eq!(log, "one\nnone\n");
    let why = "default.txt` opens only when you are asked: under a passphrase\n";
    assert!(shown.contains(why) && shown.matches("cargo vault:").count() == 1, "{shown}");
}

#[test]
fn command_that_prints_a_key_is_not_run() {
    let mut ana = allowed_with(&[("DB", b"value")]);
    ana.sh("mv ~/.config/cargo-vault/identities ../identities");
    ana.set(
        "CVAULT_KEY_COMMAND",
        format!("touch '{}'; cat ../identities/default.txt", ana.path("RAN").display()),
    );
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "value");
    ana.sh("rm RAN");
    let said = prompted(&ana, "prompt; prompt; echo ${DB-none}").ok();
    assert_eq!(
        said.conversation(),
        "exit 0\n--- stdout\nnone\n--- stderr\n\
         cargo vault: nothing loaded: no key of yours was found, so environment `dev` stays locked\n"
    );
    assert!(!ana.path("RAN").exists());
}

#[test]
fn key_that_appears_loads_at_the_next_prompt() {
    let ana = allowed_with(&[("DB", b"value")]);
    ana.sh("mv ~/.config/cargo-vault/identities ../identities");
    let said =
        prompted(&ana, "prompt; mv ../identities ~/.config/cargo-vault/; prompt; echo ${DB-none}").ok();
    assert_eq!(
        said.conversation(),
        "exit 0\n--- stdout\nvalue\n--- stderr\n\
         cargo vault: nothing loaded: no key of yours was found, so environment `dev` stays locked\ncargo vault: +DB\n"
    );
}

#[test]
fn vault_in_a_vault_takes_its_place_and_gives_it_back() {
    let ana = allowed_with(&[("OUTER", b"outer"), ("DB", b"outer")]);
    ana.sh(&format!(
        "mkdir inner && cd inner && git init -q . && '{PROGRAM}' init -q && printf inner | '{PROGRAM}' set -q DB"
    ));
    let line = "echo \"${OUTER-none} ${DB-none}\"";
    let lines = format!(
        "prompt; {line}; cd inner; prompt; {line}; vault allow; prompt; {line}; cd ..; prompt; {line}"
    );
    let said = prompted(&ana, &lines).ok();
    assert_eq!(said.text(), "outer outer\nnone none\nnone inner\nouter outer\n");
    assert_eq!(
        said.err,
        "cargo vault: +DB +OUTER\ncargo vault: `.vault` here is not allowed to load: `cargo vault allow`\n\
         cargo vault: -DB -OUTER\ncargo vault: +DB\ncargo vault: ~DB +OUTER\n"
    );
}

#[test]
fn folder_that_vanished_puts_back() {
    let ana = allowed_with(&[("DB", b"value")]);
    let said = prompted(&ana, "mkdir sub; cd sub; prompt; rmdir ../sub; prompt; echo ${DB-none}");
    assert_eq!(
        said.conversation(),
        "exit 0\n--- stdout\nnone\n--- stderr\ncargo vault: +DB\ncargo vault: -DB\n"
    );
}

#[test]
fn folder_whose_name_steers_a_terminal_is_no_way_to_it() {
    let ana = ana_with(&[]);
    ana.sh(&format!("mkdir -p \"$(printf '../zz\\033[31m$(touch RAN)\\n\\047\\140b')\" && cd ../zz* && '{PROGRAM}' init -q && printf value | '{PROGRAM}' set -q DB"));
    let said =
        prompted(&ana, "cd ../zz*; prompt; vault allow; prompt; echo $DB; cd /; prompt; echo ${DB-none}");
    assert!(said.text().ends_with("value\nnone\n"), "{}", said.conversation());
    assert!(!said.conversation().contains('\x1b'), "{}", said.conversation());
    assert!(!ana.path("RAN").exists());
}

#[test]
fn hook_that_is_killed_changes_nothing() {
    let ana = allowed_with(&[("DB", b"value")]);
    ana.write("../bin/slow", format!("#!/bin/sh\n'{PROGRAM}' \"$@\"\nkill -9 $$\n"));
    ana.sh("chmod +x ../bin/slow");
    let hook = ana.vault(&["hook", "bash"]).ok().text().replace(PROGRAM, "../bin/slow");
    ana.write("../hook.bash", hook);
    let said = prompted(
        &ana,
        ". ../hook.bash; (exit 3); prompt 2>/dev/null; echo \"$? ${DB-none} ${CVAULT_HOOK-none}\"",
    );
    assert_eq!(said.ok().text(), "3 none none\n");
}

#[test]
fn program_that_is_gone_leaves_a_shell_that_works() {
    let ana = allowed_with(&[("DB", b"value")]);
    ana.sh(&format!("cp '{PROGRAM}' ../copy; ../copy hook bash > ../hook.bash; rm ../copy"));
    let said = prompted(&ana, ". ../hook.bash; (exit 3); prompt 2>/dev/null; echo \"$? ${DB-none}\"");
    assert_eq!(said.ok().text(), "3 none\n");
}

#[test]
fn state_that_was_made_up_runs_nothing() {
    let ana = ana_with(&[]);
    for state in [
        "1:Lw:00000000000000000000000000000000::X;touch RAN,AAAAAAAAAAAAAAAAAAAAAA,-",
        "1:Lw:00000000000000000000000000000000::X=$(touch RAN),AAAAAAAAAAAAAAAAAAAAAA,-",
        "1:Lw:0000::$(touch RAN)",
        "2",
        "$(touch RAN)",
    ] {
        let said = prompted(
            &ana,
            &format!("cd ..; export CVAULT_HOOK='{state}'; prompt; echo ${{CVAULT_HOOK-none}}"),
        );
        assert_eq!(said.conversation(), "exit 0\n--- stdout\nnone\n--- stderr\n", "{state}");
    }
    assert!(!ana.path("../RAN").exists() && !ana.path("RAN").exists());
}

#[test]
fn state_has_no_value_of_the_vault_and_no_mark_that_can_be_guessed_without_the_key() {
    let ana = allowed_with(&[("PIN", b"1234")]);
    let mark = |person: &Person| {
        let state = prompted(person, "prompt; echo \"$CVAULT_HOOK\"").ok().text();
        let entry = state.trim().rsplit(':').next().unwrap().to_owned();
        assert!(entry.starts_with("PIN,") && entry.ends_with(",-") && !state.contains("1234"), "{state}");
        entry
    };
    let first = mark(&ana);
    assert_eq!(mark(&ana), first);
    // Another user, or this one after the key was lost: the same value has another mark.
    ana.sh("rm -r ~/.local/share/cargo-vault .git/cargo-vault");
    let anchor = crate::forge::anchor(&ana);
    ana.vault(&["trust", &anchor]).ok();
    ana.vault(&["allow"]).ok();
    assert_ne!(mark(&ana), first);
}

#[test]
fn keys_of_the_person_are_neither_loaded_nor_touched() {
    let mut ana = allowed_with(&[("CVAULT_KEY", b"evil"), ("CVAULT_HOOK", b"evil"), ("DB", b"value")]);
    ana.set(
        "CVAULT_KEY_FILE",
        ana.home.join(".config/cargo-vault/identities/default.txt").to_str().unwrap().to_owned(),
    );
    let said = prompted(
        &ana,
        "prompt; echo \"$DB ${CVAULT_KEY-none}\"; [ \"$CVAULT_HOOK\" != evil ]; cd ..; prompt; [ -f \"$CVAULT_KEY_FILE\" ]",
    );
    assert_eq!(said.ok().text(), "value none\n");
}

#[test]
fn user_without_a_home_or_who_can_write_none_of_it_has_a_shell_that_works() {
    let ana = allowed_with(&[("DB", b"value")]);
    let lines = "export HOME=/dev/null/home; prompt; echo ${DB-none}; vault allow";
    let said = prompted(&ana, lines);
    assert_eq!(said.text(), "none\n");
    assert!(
        said.code != 0 && said.err.starts_with("cargo vault: `.vault` here is not allowed to load"),
        "{}",
        said.err
    );
    ana.sh("chmod -R a-w ~ .git/cargo-vault");
    let said = prompted(&ana, "prompt; echo ${DB-none}");
    ana.sh("chmod -R u+w ~ .git/cargo-vault");
    assert_eq!(said.conversation(), "exit 0\n--- stdout\nvalue\n--- stderr\ncargo vault: +DB\n");
}

#[test]
fn prompt_opens_no_file_of_the_vault_while_nothing_changes() {
    let ana = allowed_with(&[("DB", b"value")]);
    if !has(&ana, "bash") || ana.command("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
        skipped("there is no strace");
        return;
    }
    let strace =
        format!("strace -f -e trace=openat,clone,clone3,connect -o ../trace '{PROGRAM}' __hook bash");
    prompted(&ana, &format!("prompt; prompt; {strace}")).ok();
    let trace = std::fs::read_to_string(ana.path("../trace")).unwrap();
    let opened: Vec<&str> =
        trace.lines().filter(|line| !line.contains("O_DIRECTORY") && !line.contains("ENOENT")).collect();
    let ours = opened
        .iter()
        .filter(|line| line.contains(".vault/") || line.contains("identities") || line.contains("kept.key"));
    assert_eq!(ours.collect::<Vec<_>>(), Vec::<&&str>::new());
    assert!(!trace.contains("clone") && !trace.contains("connect") && trace.contains("openat"), "{trace}");
}

#[test]
fn word_that_is_no_shell_is_a_fault_of_usage() {
    let ana = allowed_with(&[("DB", b"value")]);
    for words in [&["__hook"][..], &["__hook", "tcsh"], &["__hook", "bash", "x"]] {
        let mut command = ana.command(PROGRAM);
        command.args(words);
        assert_eq!(said(command, b"").conversation(), "exit 2\n--- stdout\n--- stderr\n");
    }
}

#[test]
fn load_stands_in_the_audit_log_where_reads_do() {
    let ana = allowed_with(&[("DB", b"value")]);
    ana.vault(&["config", "set", "audit.reads", "true"]).ok();
    let said = prompted(&ana, "prompt; prompt").ok();
    let log = std::fs::read_to_string(ana.home.join(".local/state/cargo-vault/audit.jsonl")).unwrap();
    let loads: Vec<&str> = log.lines().filter(|line| line.contains("\"action\":\"load\"")).collect();
    assert!(
        !loads.is_empty()
            && loads
                .iter()
                .all(|line| line.contains("\"names\":[\"DB\"]") && line.contains("\"outcome\":\"done\"")),
        "{log}"
    );
    assert_eq!(told(&said, &ana), "cargo vault: +DB\n");
}
