//! Masking at a terminal: the program has one of its own, and nobody notices but by the names.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use super::ana_with;
use crate::{
    harness::{PROGRAM, Person, Said, said, skipped},
    pty::{at_terminal, is_here, shell_at_terminal},
};

fn ana() -> Option<Person> {
    let ana = ana_with(&[("TOKEN", b"s3cret/value?")]);
    is_here(&ana).then_some(ana)
}

/// A shell line under `run --mask` at a terminal.
#[track_caller]
fn masked(person: &Person, steps: &[(&str, &str)], line: &str) -> Said {
    at_terminal(person, steps, &[PROGRAM, "run", "--mask", "--", "/bin/sh", "-c", line])
}

/// The same in an interactive bash, whose prompt is `$ `.
#[track_caller]
fn in_bash(person: &Person, steps: &[(&str, &str)]) -> Option<Said> {
    if !std::path::Path::new("/bin/bash").exists() {
        skipped("there is no bash");
        return None;
    }
    person.sh(&format!("ln -sf {PROGRAM} cv"));
    let steps: Vec<(&str, &str)> = [("", "PS1='@ '\r"), ("\n@ ", "")].iter().chain(steps).copied().collect();
    Some(at_terminal(person, &steps, &["/bin/bash", "--norc", "--noprofile", "--noediting", "-i"]))
}

#[test]
fn program_finds_a_terminal_on_all_sides() {
    let Some(ana) = ana() else { return };
    let line = "test -t 0 && test -t 1 && test -t 2 && : </dev/tty && echo $TOKEN; echo $TOKEN >&2; echo $TOKEN >/dev/tty";
    assert_eq!(masked(&ana, &[], line).ok().text(), "[TOKEN]\n[TOKEN]\n[TOKEN]\n");
}

#[test]
fn program_is_in_the_foreground_from_its_first_moment() {
    let Some(ana) = ana() else { return };
    let line = "set -- $(sed 's/.*) //' /proc/$$/stat); test $3 = $6 && echo foreground";
    assert_eq!(masked(&ana, &[], line).ok().text(), "foreground\n");
}

#[test]
fn size_is_that_of_the_real_terminal_and_follows_it() {
    let Some(ana) = ana() else { return };
    let line = "stty size; trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.05; done";
    let said = masked(&ana, &[("ready", "resize:99"), ("50 99", "")], line).ok();
    assert_eq!(said.text(), "50 120\nready\n50 99\n");
}

#[test]
fn exit_code_at_a_masked_terminal_is_the_childs() {
    let Some(ana) = ana() else { return };
    assert_eq!(masked(&ana, &[], "exit 7").code, 7);
}

#[test]
fn death_by_a_signal_at_a_masked_terminal_is_the_childs() {
    let Some(ana) = ana() else { return };
    assert_eq!(masked(&ana, &[], "kill -TERM $$").code, 128 + 15);
}

#[test]
fn program_that_is_not_there_is_127_at_a_masked_terminal() {
    let Some(ana) = ana() else { return };
    let said = at_terminal(&ana, &[], &[PROGRAM, "run", "--mask", "--", "no-such-program"]);
    assert_eq!((said.code, said.text().as_str()), (127, "error: there is no program `no-such-program`\n"));
}

#[test]
fn prompt_is_shown_at_once_and_what_is_typed_is_masked() {
    let Some(ana) = ana() else { return };
    let steps = [("Password: ", "s3cret/value?\r"), ("got ", "")];
    let said = masked(&ana, &steps, "printf 'Password: '; read x; echo got $x").ok();
    assert_eq!(said.text(), "Password: [TOKEN]\ngot [TOKEN]\n");
}

#[test]
fn what_is_typed_hidden_stays_hidden() {
    let Some(ana) = ana() else { return };
    let said =
        masked(&ana, &[("? ", "typed\r")], "stty -echo; printf '? '; read x; stty echo; echo ${#x}").ok();
    assert_eq!(said.text(), "? 5\n");
}

#[test]
fn key_reaches_a_program_in_raw_mode_by_itself() {
    let Some(ana) = ana() else { return };
    let line = "stty raw -echo; printf ready; dd bs=1 count=1 2>/dev/null | od -An -tx1; stty sane";
    let said = masked(&ana, &[("ready", "\x03")], line).ok();
    assert!(said.text().contains(" 03"), "{:?}", said.text());
}

#[test]
fn end_of_input_is_one() {
    let Some(ana) = ana() else { return };
    let said = masked(&ana, &[("ready", "\x04")], "echo ready; cat; echo ended").ok();
    assert_eq!(said.text(), "ready\nended\n");
}

#[test]
fn one_ctrl_c_is_one_interrupt_under_a_mask() {
    let Some(ana) = ana() else { return };
    let line = "n=0; trap 'n=$((n+1))' INT; echo ready; sleep 2; sleep 0.2; echo interrupts $n";
    let said = masked(&ana, &[("ready", "\x03"), ("interrupts 1", "")], line);
    assert_eq!(said.code, 0, "{}", said.text());
}

#[test]
fn terminal_is_as_it_was_afterwards() {
    let Some(ana) = ana() else { return };
    let line =
        "stty -a >before; $0 run --mask -- stty raw -echo; stty -a >after; cmp before after && echo same";
    assert_eq!(shell_at_terminal(&ana, &[], line).ok().text(), "same\n");
}

#[test]
fn terminal_is_as_it_was_after_ctrl_c() {
    let Some(ana) = ana() else { return };
    // A shell that is about to start a program keeps the signal until that ends.
    let line = "echo ready >up; trap : INT; stty -a >before; $0 run --mask -- tail -f up; echo code $?; stty -a >after; cmp before after && echo same";
    let said = shell_at_terminal(&ana, &[("ready", "\x03")], line).ok();
    assert_eq!(said.text(), "ready\n^Ccode 130\nsame\n");
}

#[test]
fn terminal_is_as_it_was_after_a_kill() {
    let Some(ana) = ana() else { return };
    let line = "exec 3<&0; stty -a >before; $0 run --mask -- sh -c 'stty raw; echo $$ >child; sleep 60' <&3 & \
                while ! test -s child; do sleep 0.05; done; kill -KILL $!; wait $!; \
                until stty -a >after; cmp -s before after; do sleep 0.05; done; echo same";
    // In a shell without job control all are in one group, and so in the foreground.
    let said = shell_at_terminal(&ana, &[], line);
    assert!(said.text().ends_with("same\n"), "{}", said.text());
}

#[test]
fn signal_that_is_sent_reaches_the_program() {
    let Some(ana) = ana() else { return };
    let line = "exec 3<&0; $0 run --mask -- sh -c 'trap \"echo usr1; exit 3\" USR1; echo $$ >child; while :; do sleep 0.05; done' <&3 & \
                while ! test -s child; do sleep 0.05; done; kill -USR1 $!; wait $!; echo code $?";
    assert_eq!(shell_at_terminal(&ana, &[], line).ok().text(), "usr1\ncode 3\n");
}

#[test]
fn stopped_program_continues_in_the_foreground() {
    let Some(ana) = ana() else { return };
    let steps = [
        ("", "./cv run --mask -- sh -c 'echo ready; read x; echo got $x $TOKEN; exit 5'\r"),
        ("\nready", "\x1a"),
        ("Stopped", "stty -a | grep -o ' echo '; fg\r"),
        ("\n./cv run", "typed\r"),
        ("got typed [TOKEN]\r\n@ ", "exit $?\r"),
    ];
    let Some(said) = in_bash(&ana, &steps) else { return };
    assert_eq!(said.code, 5, "{}", said.text());
    assert!(said.text().contains(" echo \n"), "{}", said.text());
}

#[test]
fn stopped_program_continues_in_the_background() {
    let Some(ana) = ana() else { return };
    let steps = [
        // Nothing is being started when the key comes: a shell that waits for that with vfork(2) cannot be stopped.
        ("", "./cv run --mask -- sh -c 'sleep 0.5 & echo ready; wait; echo $TOKEN; exit 5'\r"),
        ("\nready", "\x1a"),
        ("Stopped", "bg; wait %1; exit $?\r"),
        ("[TOKEN]", ""),
    ];
    let Some(said) = in_bash(&ana, &steps) else { return };
    assert_eq!(said.code, 5, "{}", said.text());
}

#[test]
fn shell_under_a_mask_has_jobs_of_its_own() {
    let Some(ana) = ana() else { return };
    let steps = [
        ("", "./cv run --mask -- bash --norc --noediting -i\r"),
        ("bash-", "PS1='# '\r"),
        ("\n# ", "sh -c 'echo up; exec cat'\r"),
        ("\nup", "\x1a"),
        ("Stopped", ""),
        ("\n# ", "fg\r"),
        ("exec cat'\r\n", "\x04"),
        ("# ", "echo $TOKEN; exit 4\r"),
        ("[TOKEN]\r\nexit\r\n@ ", "exit $?\r"),
    ];
    let Some(said) = in_bash(&ana, &steps) else { return };
    assert_eq!(said.code, 4, "{}", said.text());
    assert!(!said.text().contains("no job control"), "{}", said.text());
}

#[test]
fn program_that_nobody_could_continue_is_not_stopped() {
    let Some(ana) = ana() else { return };
    // Nobody is above it in its session.
    let said =
        masked(&ana, &[("ready", "\x1a"), ("over", "")], "sleep 0.5 & echo ready; wait; echo over").ok();
    assert_eq!(said.text(), "ready\n^Zover\n");
}

#[test]
fn terminal_that_goes_away_is_listened_to_no_more() {
    let Some(ana) = ana() else { return };
    // Which threads its grandparent has, and what that is to have lost, the program looks at itself.
    ana.write(
        "watch",
        "trap '' HUP; set -- $(sed 's/.*) //' /proc/$PPID/stat); cat /proc/$2/task/*/comm >first; touch up\n\
         until ! cat /proc/$2/task/*/comm | grep -q typing; do sleep 0.05; done; echo gone >last.new; mv last.new last\n",
    );
    // Whoever holds the other side of the terminal ends, and the kernel hangs up.
    let holder = "import os, pty, sys, time\n\
                  if pty.fork()[0] == 0: os.execvp(sys.argv[1], sys.argv[1:])\n\
                  while not os.path.exists('up'): time.sleep(0.05)\n";
    let mut python = ana.command("python3");
    python.args(["-c", holder, PROGRAM, "run", "--mask", "--", "sh", "watch"]);
    said(python, b"").ok();
    assert!(String::from_utf8(ana.read("first")).unwrap().contains("typing\n"));
    let until = Instant::now() + Duration::from_secs(60);
    while !ana.path("last").exists() {
        assert!(Instant::now() < until, "it still listens");
        sleep(Duration::from_millis(20));
    }
    assert_eq!(ana.read("last"), b"gone\n");
}

#[test]
fn output_that_is_no_terminal_is_none_for_the_program() {
    let Some(ana) = ana() else { return };
    let line =
        "$0 run --mask -- sh -c 'test -t 1; echo $?; test -t 2; echo $? $TOKEN' 2>/dev/null >out; cat out";
    assert_eq!(shell_at_terminal(&ana, &[], line).ok().text(), "1\n1 [TOKEN]\n");
}

#[test]
fn errors_at_a_terminal_keep_it_where_the_output_goes_to_a_file() {
    let Some(ana) = ana() else { return };
    let line = "$0 run --mask -- sh -c 'test -t 2 && echo $TOKEN >&2; stty size <&2; test -t 0 && echo $TOKEN' >out; cat out";
    assert_eq!(shell_at_terminal(&ana, &[], line).ok().text(), "[TOKEN]\n50 120\n[TOKEN]\n");
}

#[test]
fn errors_in_a_file_are_masked_where_the_rest_is_at_a_terminal() {
    let Some(ana) = ana() else { return };
    let line =
        "$0 run --mask -- sh -c 'test -t 1 && test ! -t 2 && echo $TOKEN; echo e $TOKEN >&2' 2>err; cat err";
    assert_eq!(shell_at_terminal(&ana, &[], line).ok().text(), "[TOKEN]\ne [TOKEN]\n");
}

#[test]
fn input_from_a_pipe_stays_one_at_a_terminal() {
    let Some(ana) = ana() else { return };
    let line = "echo piped | $0 run --mask -- sh -c 'test -t 1 && cat; echo $TOKEN'";
    assert_eq!(shell_at_terminal(&ana, &[], line).ok().text(), "piped\n[TOKEN]\n");
}
