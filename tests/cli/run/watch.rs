//! `run --watch`: what restarts the program or tells it, what does not, and how it all ends.

use std::{
    fs::{self, File},
    os::unix::process::ExitStatusExt,
    process::{Child, ExitStatus, Stdio},
    thread::sleep,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use super::files::{ana, in_time, resident};
use crate::{
    harness::{PROGRAM, Person},
    pty::{is_here, shell_at_terminal},
};

/// A program that says each time when it starts, and with which value.
const STARTS: &str = "echo \"start $A\" >>../log; exec sleep 60";

/// A person's `run --watch`, which is told to end when the test is over.
struct Watching<'a> {
    person: &'a Person,
    child: Child,
}

impl<'a> Watching<'a> {
    fn begin(person: &'a Person, flags: &[&str], line: &str) -> Self {
        let mut command = person.command(PROGRAM);
        command.args(["run", "--watch"]).args(flags).args(["--", "/bin/sh", "-c", line]);
        let talk = File::create(person.root().join("talk")).unwrap();
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(talk).spawn().unwrap();
        Self { person, child }
    }

    /// Waits until the program has said this and no more.
    #[track_caller]
    fn says(&self, all: &str) {
        let log = self.person.root().join("log");
        let said = || fs::read_to_string(&log).unwrap_or_default();
        in_time(&format!("not {all:?}"), || said() == all);
    }

    /// Waits until `run` has said something.
    #[track_caller]
    fn tells(&self, text: &str) {
        let talk = || fs::read_to_string(self.person.root().join("talk")).unwrap();
        in_time(&format!("{text:?} was not said"), || talk().contains(text));
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn end(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        // It may have ended.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
    }
}

fn set(person: &Person, name: &str, value: &str) {
    person.vault_with(&["set", name], value.as_bytes()).ok();
}

/// Longer than changes are taken together.
fn later() {
    sleep(Duration::from_secs(1));
}

#[test]
fn set_of_a_value_that_it_has_restarts_the_program() {
    let ana = ana();
    let run = Watching::begin(&ana, &[], STARTS);
    run.says("start x\n");
    set(&ana, "A", "y");
    run.says("start x\nstart y\n");
    set(&ana, "A", "z");
    run.says("start x\nstart y\nstart z\n");
}

#[test]
fn change_before_the_watch_has_begun_is_seen() {
    let ana = ana();
    let line = format!("test -e ../log || printf y | {PROGRAM} set -q A; {STARTS}");
    let run = Watching::begin(&ana, &[], &line);
    run.says("start x\nstart y\n");
}

#[test]
fn value_that_it_does_not_have_changes_nothing() {
    let ana = resident(&[("A", b"x"), ("B", b"x")]);
    let run = Watching::begin(&ana, &["--only", "A"], STARTS);
    run.says("start x\n");
    set(&ana, "B", "y");
    set(&ana, "NEW", "y");
    later();
    set(&ana, "A", "y");
    run.says("start x\nstart y\n");
}

#[test]
fn another_version_of_the_same_value_changes_nothing() {
    let ana = ana();
    let run = Watching::begin(&ana, &[], STARTS);
    run.says("start x\n");
    set(&ana, "A", "x");
    later();
    set(&ana, "A", "y");
    run.says("start x\nstart y\n");
}

#[test]
fn other_files_of_the_project_change_nothing() {
    let ana = ana();
    let run = Watching::begin(&ana, &[], STARTS);
    run.says("start x\n");
    ana.write("target/debug/app", "x");
    ana.write("README.md", "x");
    later();
    set(&ana, "A", "y");
    run.says("start x\nstart y\n");
}

#[test]
fn twenty_edits_in_a_burst_are_one_restart() {
    let ana = ana();
    let run = Watching::begin(&ana, &[], STARTS);
    run.says("start x\n");
    ana.sh(&format!("for i in $(seq 20); do printf $i | {PROGRAM} set -q A; done"));
    run.says("start x\nstart 20\n");
    later();
    run.says("start x\nstart 20\n");
}

#[test]
fn removed_secret_restarts_the_program_without_it() {
    let ana = resident(&[("A", b"x"), ("B", b"x")]);
    let run = Watching::begin(&ana, &[], STARTS);
    run.says("start x\n");
    ana.vault(&["rm", "A"]).ok();
    run.says("start x\nstart \n");
}

#[test]
fn pull_restarts_the_program() {
    let ana = ana();
    ana.commit("A");
    let mut bob = ana.clone_for("bob");
    let key = ana.home.join(".config/cargo-vault/identities/default.txt");
    bob.set("CVAULT_KEY_FILE", key.to_str().unwrap()).set("CVAULT_TRUST", "first-use");
    let run = Watching::begin(&bob, &[], STARTS);
    run.says("start x\n");
    for name in ["B", "C", "D", "db/E", "db/F"] {
        set(&ana, name, "new");
    }
    set(&ana, "A", "y");
    ana.commit("more");
    bob.git(&["pull", "-q"]);
    run.says("start x\nstart y\n");
}

#[test]
fn checkout_of_a_branch_restarts_the_program() {
    let ana = ana();
    ana.commit("A");
    ana.git(&["checkout", "-q", "-b", "other"]);
    set(&ana, "A", "y");
    ana.commit("other");
    ana.git(&["checkout", "-q", "main"]);
    let run = Watching::begin(&ana, &[], STARTS);
    run.says("start x\n");
    ana.git(&["checkout", "-q", "other"]);
    run.says("start x\nstart y\n");
}

#[test]
fn stash_of_the_change_and_the_change_again_are_both_seen() {
    let ana = ana();
    ana.commit("A");
    set(&ana, "A", "y");
    let run = Watching::begin(&ana, &[], STARTS);
    run.says("start y\n");
    ana.git(&["stash", "-q"]);
    later();
    set(&ana, "A", "z");
    run.tells("changed: `A`");
    in_time("z did not start", || fs::read_to_string(ana.root().join("log")).unwrap().ends_with("start z\n"));
}

#[test]
fn vault_that_is_away_for_a_while_leaves_the_program_as_it_is() {
    let ana = ana();
    let run = Watching::begin(&ana, &[], STARTS);
    run.says("start x\n");
    ana.sh("mv .vault ../away");
    run.tells("warning: `/bin/sh` goes on with what it has, since the vault cannot be used as it is: ");
    ana.sh("mv ../away .vault");
    set(&ana, "A", "y");
    run.says("start x\nstart y\n");
}

#[test]
fn vault_further_up_is_not_taken_in_its_place() {
    let ana = ana();
    ana.sh("mkdir ../.vault && mkdir below && mv .vault below/");
    let mut command = ana.command(PROGRAM);
    command.current_dir(ana.path("below")).args(["run", "--watch", "--", "/bin/sh", "-c"]);
    command.arg("echo \"start $A\" >>../../log; exec sleep 60");
    command.stderr(File::create(ana.root().join("talk")).unwrap());
    let run = Watching { person: &ana, child: command.spawn().unwrap() };
    run.says("start x\n");
    ana.sh("mv below/.vault away");
    run.tells("below/.vault`: No such file or directory");
}

#[test]
fn secret_that_no_longer_opens_is_named_and_the_program_goes_on() {
    let ana = resident(&[("A", b"x"), ("B", b"x")]);
    let run = Watching::begin(&ana, &[], STARTS);
    run.says("start x\n");
    let sound = ana.read(".vault/secrets/dev/B.toml");
    ana.write(".vault/secrets/dev/B.toml", [&sound[..40], b"?", &sound[41..]].concat());
    run.tells("dev/B.toml");
    ana.write(".vault/secrets/dev/B.toml", &sound);
    set(&ana, "A", "y");
    run.says("start x\nstart y\n");
}

#[test]
fn conflict_markers_are_named_and_the_program_goes_on() {
    let ana = ana();
    let run = Watching::begin(&ana, &[], STARTS);
    run.says("start x\n");
    let sound = ana.read(".vault/secrets/dev/A.toml");
    let text =
        format!("<<<<<<< ours\n{0}=======\n{0}>>>>>>> theirs\n", String::from_utf8(sound.clone()).unwrap());
    ana.write(".vault/secrets/dev/A.toml", text);
    run.tells("conflict markers");
    ana.write(".vault/secrets/dev/A.toml", &sound);
    set(&ana, "A", "y");
    run.says("start x\nstart y\n");
}

#[test]
fn other_vault_in_its_place_is_refused_and_the_program_goes_on() {
    let mut ana = ana();
    ana.set("CVAULT_TRUST", "first-use");
    let mallory = resident(&[("A", b"evil")]);
    let run = Watching::begin(&ana, &[], STARTS);
    run.says("start x\n");
    ana.sh(&format!("mv .vault ../away; cp -r {} .vault", mallory.path(".vault").display()));
    run.tells("this is another vault");
    ana.sh("rm -r .vault; mv ../away .vault");
    set(&ana, "A", "y");
    run.says("start x\nstart y\n");
}

#[test]
fn program_that_ends_by_itself_ends_us_with_its_code() {
    let ana = ana();
    let run = Watching::begin(&ana, &[], "test $A = y && exit 7; echo start >>../log; exec sleep 60");
    run.says("start\n");
    set(&ana, "A", "y");
    assert_eq!(run.end().code(), Some(7));
}

#[test]
fn program_that_does_not_heed_term_is_killed_and_restarted() {
    let ana = ana();
    let line = "trap 'echo term >>../log' TERM; echo \"start $A\" >>../log; while ! test -e ../stop; do sleep 0.1; done";
    let run = Watching::begin(&ana, &[], line);
    run.says("start x\n");
    set(&ana, "A", "y");
    run.says("start x\nterm\nstart y\n");
    ana.sh("touch ../stop");
    assert_eq!(run.end().code(), Some(0));
}

#[test]
fn term_ends_both_and_starts_nothing() {
    let ana = ana();
    let run = Watching::begin(&ana, &[], STARTS);
    run.says("start x\n");
    run.signal(Signal::TERM);
    assert_eq!(run.end().signal(), Some(15));
    assert_eq!(fs::read_to_string(ana.root().join("log")).unwrap(), "start x\n");
}

#[test]
fn term_while_the_program_is_being_restarted_ends_both() {
    let ana = ana();
    let line =
        "trap 'echo term >>../log; sleep 1; exit 3' TERM; echo start >>../log; while :; do sleep 0.1; done";
    let run = Watching::begin(&ana, &[], line);
    run.says("start\n");
    set(&ana, "A", "y");
    run.says("start\nterm\n");
    run.signal(Signal::TERM);
    assert_eq!(run.end().code(), Some(3));
    assert!(!fs::read_to_string(ana.root().join("log")).unwrap().contains("term\nstart"));
}

#[test]
fn signal_finds_the_files_replaced() {
    let ana = ana();
    let line = "trap 'echo \"hup $(cat $SECRETS/A)\" >>../log' HUP; echo \"start $(cat $SECRETS/A)\" >>../log; while :; do sleep 0.1; done";
    let flags = ["--dir", "SECRETS", "--on-disk", "--on-change", "signal:HUP"];
    let run = Watching::begin(&ana, &flags, line);
    run.says("start x\n");
    set(&ana, "A", "y");
    run.says("start x\nhup y\n");
}

#[test]
fn file_that_is_watched_can_be_replaced() {
    let ana = ana();
    let line = "echo \"start $(cat $P)\" >>../log; trap 'cat $P >>../log' USR1; while :; do sleep 0.1; done";
    let flags = ["--file", "A=P", "--on-disk", "--on-change", "signal:SIGUSR1"];
    let run = Watching::begin(&ana, &flags, line);
    run.says("start x\n");
    set(&ana, "A", "new\n");
    run.says("start x\nnew");
}

#[test]
fn removed_secret_takes_its_file_with_it() {
    let ana = resident(&[("A", b"x"), ("B", b"x")]);
    let line = "trap 'ls $SECRETS >>../log' HUP; ls $SECRETS >>../log; while :; do sleep 0.1; done";
    let flags = ["--dir", "SECRETS", "--on-disk", "--on-change", "signal:HUP"];
    let run = Watching::begin(&ana, &flags, line);
    run.says("A\nB\n");
    ana.vault(&["rm", "B"]).ok();
    run.says("A\nB\nA\n");
}

#[test]
fn restarted_program_finds_its_files_in_the_same_place() {
    let ana = ana();
    let line = "cat $SECRETS/A >>../log; echo $SECRETS >>../places; exec sleep 60";
    let run = Watching::begin(&ana, &["--dir", "SECRETS", "--on-disk"], line);
    run.says("x");
    set(&ana, "A", "y");
    run.says("xy");
    let places = fs::read_to_string(ana.root().join("places")).unwrap();
    let places: Vec<&str> = places.lines().collect();
    assert_eq!(places[0], places[1]);
}

#[test]
fn command_is_run_and_gets_no_key() {
    let mut ana = ana();
    let key = ana.home.join(".config/cargo-vault/identities/default.txt");
    let key = key.to_str().unwrap().to_owned();
    ana.set("CVAULT_KEY_FILE", key).set("MINE", "here");
    let flags = ["--on-change", "command:echo \"command $MINE\" >>../log; env >../env; exit 4"];
    let run = Watching::begin(&ana, &flags, STARTS);
    run.says("start x\n");
    set(&ana, "A", "y");
    run.says("start x\ncommand here\n");
    run.tells("warning: the command of `--on-change` was not done: exit status: 4");
    let env = fs::read_to_string(ana.root().join("env")).unwrap();
    assert!(!env.contains("CVAULT_KEY") && !env.contains("\nA="), "{env}");
}

#[test]
fn own_settings_say_what_is_done() {
    let ana = ana();
    ana.vault(&["config", "set", "run.on_change", "command:echo told >>../log"]).ok();
    let run = Watching::begin(&ana, &[], STARTS);
    run.says("start x\n");
    set(&ana, "A", "y");
    run.says("start x\ntold\n");
}

#[test]
fn settings_of_the_repository_say_nothing_of_it() {
    let ana = ana();
    ana.commit("x");
    ana.git(&["checkout", "-q", "-b", "other"]);
    set(&ana, "A", "y");
    ana.commit("y");
    ana.git(&["checkout", "-q", "main"]);
    ana.write(".vault/config.toml", "[run]\non_change = \"command:touch ../told\"\n");
    let run = Watching::begin(&ana, &[], STARTS);
    run.says("start x\n");
    // Other commands refuse it, so that the change comes from elsewhere.
    ana.git(&["checkout", "-q", "other", "--", ".vault/secrets"]);
    run.says("start x\nstart y\n");
    assert!(!ana.root().join("told").exists());
}

#[test]
fn nothing_is_left_when_we_were_killed() {
    let ana = ana();
    let line = "echo start >>../log; exec sleep 5";
    let run = Watching::begin(&ana, &["--dir", "SECRETS", "--on-disk"], line);
    run.says("start\n");
    run.signal(Signal::KILL);
    assert_eq!(run.end().signal(), Some(9));
    in_time("a folder stays", || ana.lying().is_empty());
}

#[test]
fn passphrase_is_asked_for_once() {
    let ana = ana();
    if !is_here(&ana) {
        return;
    }
    let key = ana.home.join(".config/cargo-vault/identities/default.txt");
    fs::copy(&key, ana.root().join("open.txt")).unwrap();
    let asked = [("assphrase", "secret words here\r"), ("again", "secret words here\r")];
    shell_at_terminal(&ana, &asked, "$0 identity protect default").ok();
    let line = "(while ! test -e ../log; do sleep 0.1; done; printf y | CVAULT_KEY_FILE=../open.txt $0 set -q A) & \
                exec $0 run --watch -- /bin/sh -c 'echo \"start-$A\"; echo >>../log; test $A = y || exec sleep 60'";
    let steps = [("Passphrase of", "secret words here\r"), ("start-x", ""), ("start-y", "")];
    let said = shell_at_terminal(&ana, &steps, line).ok();
    assert_eq!(said.text().matches("Passphrase of").count(), 1, "{}", said.text());
}

#[test]
fn what_is_to_be_done_is_named_or_refused() {
    let ana = ana();
    let said = ana.vault(&["run", "--watch", "--on-change", "signal:KILLER", "--", "/bin/true"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("it is `restart`, `signal:NAME` or `command:LINE`"), "{}", said.err);
}

#[test]
fn cargo_is_not_watched() {
    let ana = ana();
    let error = "error: `--file`, `--dir` and `--watch` are for the program itself, and not for cargo";
    ana.vault(&["run", "--watch", "--", "cargo", "run"]).refused(125, error);
}
