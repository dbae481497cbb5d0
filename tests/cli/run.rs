//! `run`: what the child gets, how it ends, and when it is not started at all.

use std::{os::unix::process::ExitStatusExt, process::Stdio};

use crate::{
    harness::{PROGRAM, Person, said, skipped},
    pty::{is_here, shell_at_terminal},
};

mod cargo;
mod files;
mod inject;
mod masked;
mod masked_terminal;
mod refused;
mod supervise;
mod watch;

fn ana_with(secrets: &[(&str, &[u8])]) -> Person {
    let ana = Person::with_vault("ana");
    for (name, value) in secrets {
        ana.vault_with(&["set", "--exact", name], value).ok();
    }
    ana
}

/// What a shell line prints as a child of `run` with these flags.
#[track_caller]
fn child(person: &Person, flags: &[&str], line: &str) -> String {
    person.vault(&[&["run"], flags, &["--", "/bin/sh", "-c", line]].concat()).ok().text()
}

fn exit_code(line: &str) -> i32 {
    let ana = ana_with(&[("A", b"x")]);
    ana.vault(&["run", "--", "/bin/sh", "-c", line]).code
}

#[test]
fn exit_code_0_is_the_childs() {
    assert_eq!(exit_code("exit 0"), 0);
}

#[test]
fn exit_code_7_is_the_childs() {
    assert_eq!(exit_code("exit 7"), 7);
}

#[test]
fn exit_code_126_is_the_childs() {
    assert_eq!(exit_code("exit 126"), 126);
}

#[test]
fn exit_code_127_is_the_childs() {
    assert_eq!(exit_code("exit 127"), 127);
}

fn signal_that_ends(line: &str) -> Option<i32> {
    let ana = ana_with(&[("A", b"x")]);
    let mut command = ana.command(PROGRAM);
    command.args(["run", "--", "/bin/sh", "-c", line]).stdin(Stdio::null());
    command.status().unwrap().signal()
}

#[test]
fn child_dies_of_term_itself() {
    assert_eq!(signal_that_ends("kill -TERM $$"), Some(15));
}

#[test]
fn child_dies_of_kill_itself() {
    assert_eq!(signal_that_ends("kill -KILL $$"), Some(9));
}

#[test]
fn signals_are_as_the_system_has_them_by_default() {
    let ana = ana_with(&[("A", b"x")]);
    let line = "grep -E 'Sig(Blk|Ign)' /proc/self/status";
    let plain = ana.sh(line);
    assert_eq!(ana.sh(&format!("exec {PROGRAM} run -- /bin/sh -c \"{line}\"")), plain);
}

#[test]
fn program_takes_the_place_of_this_one() {
    let ana = ana_with(&[("A", b"x")]);
    let said = ana.sh(&format!("echo $$; exec {PROGRAM} run -- /bin/sh -c 'echo $$'"));
    let pids: Vec<&str> = said.lines().collect();
    assert_eq!(pids[0], pids[1]);
}

#[test]
fn arguments_arrive_as_they_are() {
    let ana = ana_with(&[("A", b"x")]);
    let args = ["run", "--", "/usr/bin/printf", "[%s]", "a b", "", "--only", "-e", "$A", "'\""];
    assert_eq!(ana.vault(&args).ok().text(), "[a b][][--only][-e][$A]['\"]");
}

#[test]
fn arguments_of_the_program_need_no_two_hyphens() {
    let ana = ana_with(&[("A", b"x")]);
    let args = ["run", "/usr/bin/printf", "[%s]", "--only", "-e", "--", "-x"];
    assert_eq!(ana.vault(&args).ok().text(), "[--only][-e][--][-x]");
}

#[test]
fn vaults_value_wins_over_an_inherited_one() {
    let mut ana = ana_with(&[("TOKEN", b"vault")]);
    ana.set("TOKEN", "inherited");
    assert_eq!(child(&ana, &[], "printf %s \"$TOKEN\""), "vault");
}

#[test]
fn kept_variable_wins_over_the_vaults_value() {
    let mut ana = ana_with(&[("TOKEN", b"vault"), ("OTHER", b"vault")]);
    ana.set("TOKEN", "inherited").set("OTHER", "inherited");
    assert_eq!(child(&ana, &["--keep", "TOKEN"], "printf '%s %s' \"$TOKEN\" \"$OTHER\""), "inherited vault");
}

#[test]
fn keep_without_an_inherited_variable_gives_the_vaults_value() {
    let ana = ana_with(&[("TOKEN", b"vault")]);
    assert_eq!(child(&ana, &["--keep", "TOKEN"], "printf %s \"$TOKEN\""), "vault");
}

#[test]
fn keep_all_lets_every_inherited_variable_win() {
    let mut ana = ana_with(&[("TOKEN", b"vault"), ("OTHER", b"vault"), ("MORE", b"vault")]);
    ana.set("TOKEN", "inherited").set("OTHER", "inherited");
    let line = "printf '%s %s %s' \"$TOKEN\" \"$OTHER\" \"$MORE\"";
    assert_eq!(child(&ana, &["--keep-all"], line), "inherited inherited vault");
}

#[test]
fn clean_environment_has_basics_and_secrets_only() {
    let mut ana = ana_with(&[("TOKEN", b"vault")]);
    ana.set("LEFTOVER", "x").set("LC_TIME", "C").set("KEPT", "k");
    let env = ana.vault(&["run", "--clean-env", "--keep", "KEPT", "--", "/usr/bin/env"]).ok().text();
    let mut names: Vec<&str> = env.lines().filter_map(|line| line.split('=').next()).collect();
    names.sort_unstable();
    assert_eq!(names, ["HOME", "KEPT", "LC_ALL", "LC_TIME", "PATH", "TOKEN", "USER"]);
}

#[test]
fn only_gives_these_and_no_other() {
    let ana = ana_with(&[("A", b"1"), ("B", b"2"), ("C", b"3")]);
    assert_eq!(child(&ana, &["--only", "A,C"], "echo \"$A-$B-$C\""), "1--3\n");
}

#[test]
fn except_leaves_these_out() {
    let ana = ana_with(&[("A", b"1"), ("B", b"2"), ("C", b"3")]);
    assert_eq!(child(&ana, &["--except", "A", "--except", "C"], "echo \"$A-$B-$C\""), "-2-\n");
}

#[test]
fn prefix_stands_in_front_of_every_variable() {
    let ana = ana_with(&[("A", b"1"), ("db/password", b"2")]);
    assert_eq!(child(&ana, &["--prefix", "APP_"], "echo \"$APP_A-$APP_DB_PASSWORD-$A\""), "1-2-\n");
}

#[test]
fn later_environments_win() {
    let ana = ana_with(&[("A", b"dev"), ("B", b"dev")]);
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "-e", "prod", "A"], b"prod").ok();
    assert_eq!(child(&ana, &["-e", "dev", "-e", "prod"], "echo $A $B"), "prod dev\n");
    assert_eq!(child(&ana, &["-e", "prod", "-e", "dev"], "echo $A $B"), "dev dev\n");
}

#[test]
fn extended_environments_give_what_is_missing() {
    let ana = ana_with(&[("A", b"dev"), ("B", b"dev")]);
    ana.vault(&["env", "add", "prod", "--extends", "dev"]).ok();
    ana.vault_with(&["set", "-e", "prod", "A"], b"prod").ok();
    assert_eq!(child(&ana, &["-e", "prod"], "echo $A $B"), "prod dev\n");
}

#[test]
fn no_key_of_the_vault_reaches_the_child() {
    let mut ana = ana_with(&[("A", b"x")]);
    let identity = ana.home.join(".config/cargo-vault/identities/default.txt");
    let key = ana.sh(&format!("grep ^AGE {}", identity.display())).trim().to_owned();
    ana.set("CVAULT_KEY", &key).set("CVAULT_KEY_FILE", identity.to_str().unwrap());
    ana.set("CVAULT_KEY_COMMAND", "false").set("CVAULT_ENV", "dev");
    let seen = child(&ana, &[], "env; tr '\\0' '\\n' < /proc/$$/environ; tr '\\0' ' ' < /proc/$$/cmdline");
    assert!(!seen.contains("CVAULT_KEY") && !seen.contains(&key), "{seen}");
    assert_eq!(seen.matches("\nA=x\n").count(), 2, "{seen}");
}

#[test]
fn no_key_of_the_vault_reaches_the_child_even_if_kept() {
    let mut ana = ana_with(&[("A", b"x")]);
    let identity = ana.home.join(".config/cargo-vault/identities/default.txt");
    ana.set("CVAULT_KEY_FILE", identity.to_str().unwrap());
    let seen = child(&ana, &["--keep-all", "--keep", "CVAULT_KEY_FILE"], "env");
    assert!(!seen.contains("CVAULT_KEY"), "{seen}");
}

#[test]
fn limit_on_core_files_is_the_callers_again() {
    let ana = ana_with(&[("A", b"x")]);
    let line =
        format!("ulimit -S -c $(ulimit -H -c); ulimit -c; exec {PROGRAM} run -- /bin/sh -c 'ulimit -c'");
    let said = ana.sh(&line);
    let limits: Vec<&str> = said.lines().collect();
    if limits[0] == "0" {
        skipped("core files are forbidden here anyway");
    }
    assert_eq!(limits[0], limits[1]);
}

#[test]
fn child_has_the_callers_descriptors_and_no_other() {
    let ana = ana_with(&[("A", b"x")]);
    ana.write("line", "ls -l /proc/$$/fd >&2");
    let redirected = "<line >out 2>err; sed -n 's/.* \\([0-9]* -> \\)/\\1/p' err; rm err";
    let plain = ana.sh(&format!("sh line {redirected}"));
    assert!(plain.contains("/line\n") && plain.contains("/out\n"), "{plain}");
    assert_eq!(ana.sh(&format!("{PROGRAM} run -- sh line {redirected}")), plain);
}

#[test]
fn standard_input_is_left_to_the_child_whole() {
    let ana = ana_with(&[("A", b"x")]);
    let input = vec![b'y'; 300_000];
    assert_eq!(ana.vault_with(&["run", "--", "/bin/cat"], &input).ok().out, input);
}

#[test]
fn one_ctrl_c_is_one_interrupt() {
    let ana = ana_with(&[("A", b"x")]);
    if !is_here(&ana) {
        return;
    }
    let line = "exec $0 run -- /bin/sh -c 'n=0; trap \"n=\\$((n+1))\" INT; echo ready; sleep 2; sleep 0.2; echo \"interrupts $n\"'";
    let said = shell_at_terminal(&ana, &[("ready", "\x03"), ("interrupts 1", "")], line);
    assert_eq!(said.code, 0, "{}", said.text());
}

#[test]
fn child_has_the_terminal() {
    let ana = ana_with(&[("A", b"x")]);
    if !is_here(&ana) {
        return;
    }
    let said = shell_at_terminal(
        &ana,
        &[],
        "$0 run -- /bin/sh -c 'test -t 0 && test -t 1 && test -t 2 && : </dev/tty'",
    );
    assert_eq!(said.code, 0, "{}", said.text());
}

#[test]
fn folder_of_the_child_is_the_callers() {
    let ana = ana_with(&[("A", b"x")]);
    ana.write("src/deep/file", "");
    let said = ana.sh(&format!("cd src/deep; {PROGRAM} run -- /bin/pwd"));
    assert_eq!(said.trim(), ana.path("src/deep").canonicalize().unwrap().to_str().unwrap());
}

#[test]
fn program_is_looked_for_where_the_caller_looks() {
    let mut ana = ana_with(&[("A", b"x")]);
    ana.write("own/greet", "#!/bin/sh\necho hello\n");
    ana.sh("chmod +x own/greet");
    ana.set("PATH", format!("{}:/usr/bin:/bin", ana.path("own").display()));
    let mut command = ana.command(PROGRAM);
    command.args(["run", "--", "greet"]).env("PATH", &ana.env["PATH"]);
    assert_eq!(said(command, b"").ok().text(), "hello\n");
}
