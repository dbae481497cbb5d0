//! The pager: which one, what it gets, and that nothing depends on it.

use crate::{
    harness::{PROGRAM, Person, Said},
    pty::{at_terminal, is_here},
};

/// Ana with more secrets than the terminal of the tests has lines, which are 50.
fn ana_with_many() -> Option<Person> {
    let ana = Person::with_vault("ana");
    let lines: String = (100..160).map(|i| format!("K{i}=x\n")).collect();
    ana.vault_with(&["set", "--batch"], lines.as_bytes()).ok();
    is_here(&ana).then_some(ana)
}

/// What a shell line shows at a terminal that can do something; `$0` is the program.
#[track_caller]
fn shown(ana: &Person, steps: &[(&str, &str)], line: &str) -> Said {
    at_terminal(ana, steps, &["/usr/bin/env", "TERM=xterm", "NO_COLOR=1", "/bin/sh", "-c", line, PROGRAM])
}

/// Fails unless the list was shown by this pager, which marks it so.
#[track_caller]
fn assert_marked(said: &Said, mark: &str) {
    let text = said.text();
    assert!(text.starts_with(&format!("{mark}NAME")), "{text}");
    assert!(text.lines().last().is_some_and(|line| line.starts_with(&format!("{mark}K159"))), "{text}");
    assert_eq!((said.code, text.lines().count()), (0, 61));
}

#[test]
fn long_list_goes_through_the_pager() {
    let Some(ana) = ana_with_many() else { return };
    assert_marked(&shown(&ana, &[], "PAGER='sed s/^/P:/' $0 list"), "P:");
}

#[test]
fn pager_is_chosen_in_git_s_order() {
    let Some(ana) = ana_with_many() else { return };
    ana.git(&["config", "--global", "core.pager", "sed s/^/C:/"]);
    assert_marked(&shown(&ana, &[], "PAGER='sed s/^/P:/' $0 list"), "C:");
    assert_marked(&shown(&ana, &[], "GIT_PAGER='sed s/^/G:/' PAGER='sed s/^/P:/' $0 list"), "G:");
}

#[test]
fn repository_chooses_no_pager() {
    let Some(ana) = ana_with_many() else { return };
    ana.git(&["config", "core.pager", "touch EVIL"]);
    ana.git(&["config", "pager.list", "touch EVIL"]);
    ana.sh("printf '#!/bin/sh\\ntouch EVIL\\n' > less; cp less head; chmod +x less head");
    assert_marked(&shown(&ana, &[], "PATH=:.:bin:$PATH PAGER='head -n 99' $0 list"), "");
    assert!(!ana.path("EVIL").exists());
}

#[test]
fn empty_pager_and_cat_and_no_pager_are_none() {
    let Some(ana) = ana_with_many() else { return };
    assert_marked(&shown(&ana, &[], "GIT_PAGER= PAGER='sed s/^/P:/' $0 list"), "");
    assert_marked(&shown(&ana, &[], "PAGER=cat $0 list"), "");
    assert_marked(&shown(&ana, &[], "PAGER='sed s/^/P:/' $0 --no-pager list"), "");
    assert_marked(&shown(&ana, &[], "PAGER='sed s/^/P:/' $0 list --no-pager"), "");
    assert_marked(&shown(&ana, &[], "TERM=dumb PAGER='sed s/^/P:/' $0 list"), "");
}

#[test]
fn what_fits_or_goes_to_a_pipe_or_is_for_a_program_needs_no_pager() {
    let Some(ana) = ana_with_many() else { return };
    let pager = "PAGER='sed s/^/P:/'";
    assert!(shown(&ana, &[], &format!("{pager} $0 list K10")).ok().text().starts_with("NAME"));
    assert!(shown(&ana, &[], &format!("{pager} $0 list --json")).ok().text().starts_with("{\"schema\":1,"));
    assert!(shown(&ana, &[], &format!("{pager} $0 list -l | cat")).ok().text().starts_with("NAME"));
}

#[test]
fn pager_that_cannot_be_started_is_done_without() {
    let Some(ana) = ana_with_many() else { return };
    assert_marked(&shown(&ana, &[], "PAGER=./none $0 list 2>/dev/null"), "");
    assert_marked(&shown(&ana, &[], "PAGER=/dev/null $0 list 2>/dev/null"), "");
}

#[test]
fn pager_that_is_left_early_is_no_failure() {
    let Some(ana) = ana_with_many() else { return };
    let said = shown(&ana, &[], "PAGER='head -n 1' $0 list");
    assert_eq!((said.code, said.text().lines().count()), (0, 1));
    let said = shown(&ana, &[], "PAGER=false $0 list");
    assert_eq!((said.code, said.text()), (0, String::new()));
}

#[test]
fn pager_gets_no_key_and_what_git_sets() {
    let Some(mut ana) = ana_with_many() else { return };
    let identity =
        std::fs::read_to_string(ana.home.join(".config/cargo-vault/identities/default.txt")).unwrap();
    let key = identity.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap().to_owned();
    ana.set("CVAULT_KEY", key).set("CVAULT_KEY_COMMAND", "true").set("LV", "mine");
    ana.write("page", "env | grep -e CVAULT_K -e ^LESS= -e ^LV= -e ^HOME= | sort\n");
    let home = ana.home.display().to_string();
    assert_eq!(
        shown(&ana, &[], "PAGER='sh ./page' $0 list").ok().text(),
        format!("HOME={home}\nLESS=FRX\nLV=mine\n")
    );
}

#[test]
fn ctrl_c_is_the_pager_s_own() {
    let Some(ana) = ana_with_many() else { return };
    ana.write(
        "page",
        "trap 'echo caught' INT\necho ready\nread x </dev/tty || read x </dev/tty\necho \"got $x\"\n",
    );
    let said = shown(&ana, &[("ready", "\x03"), ("caught", "go\r")], "PAGER='sh ./page' exec $0 list");
    assert!(said.text().ends_with("got go\n"), "{}", said.text());
    assert_eq!(said.code, 0);
}

#[test]
fn paged_list_is_in_the_audit_log_once() {
    let Some(ana) = ana_with_many() else { return };
    ana.write("../ana-home/.config/cargo-vault/settings.toml", "[audit]\nreads = true\n");
    shown(&ana, &[], "PAGER='sed s/^/P:/' $0 list").ok();
    shown(&ana, &[], "PAGER=cat $0 list").ok();
    let log = ana.sh("cat ~/.local/state/cargo-vault/audit.jsonl");
    assert_eq!(log.matches(r#""action":"list""#).count(), 2, "{log}");
}

#[test]
fn description_is_cut_at_the_edge_of_the_terminal_and_not_in_a_pipe() {
    let Some(ana) = ana_with_many() else { return };
    let about = "what it is for, in so many words that no narrow terminal has room for them all";
    ana.vault_with(&["set", "A", "--description", about], b"x").ok();
    let table = |columns: &str| shown(&ana, &[], &format!("stty cols {columns}; $0 list A")).ok().text();
    let narrow = table("60");
    assert!(narrow.ends_with("  text  what it is for, in so…\n"), "{narrow}");
    assert!(narrow.lines().all(|line| line.chars().count() <= 60), "{narrow}");
    assert!(table("200").ends_with(&format!("  text  {about}\n")));
    let piped = shown(&ana, &[], "stty cols 60; $0 list -l A | cat").ok().text();
    assert!(piped.ends_with(&format!("  text  {about}\n")), "{piped}");
}
