//! A child that this process stays beside: all that a person expects of it happens as if nobody were there.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    os::unix::process::ExitStatusExt,
    process::{Child, ChildStdout, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};

use super::files::ana;
use crate::{
    harness::{PROGRAM, Person, said},
    pty::{at_terminal, is_here, shell_at_terminal},
};

/// What makes `run` stay.
const STAY: &str = "run --dir SECRETS --on-disk --";

/// How a shell line ends that we stay beside: its exit code, or the signal that it died of.
fn ends(line: &str) -> (Option<i32>, Option<i32>) {
    let ana = ana();
    let mut command = ana.command(PROGRAM);
    command.args(STAY.split(' ')).args(["/bin/sh", "-c", line]).stdin(Stdio::null());
    let status = command.status().unwrap();
    (status.code(), status.signal())
}

macro_rules! ends {
    ($($name:ident: $line:literal => $end:expr;)+) => {$(
        #[test]
        fn $name() {
            assert_eq!(ends($line), $end);
        }
    )+};
}

ends! {
    exit_code_0_arrives: "exit 0" => (Some(0), None);
    exit_code_1_arrives: "exit 1" => (Some(1), None);
    exit_code_7_arrives: "exit 7" => (Some(7), None);
    exit_code_126_arrives: "exit 126" => (Some(126), None);
    exit_code_127_arrives: "exit 127" => (Some(127), None);
    exit_code_255_arrives: "exit 255" => (Some(255), None);
    death_by_hup_arrives: "kill -HUP $$" => (None, Some(1));
    death_by_int_arrives: "kill -INT $$" => (None, Some(2));
    death_by_quit_arrives: "kill -QUIT $$" => (None, Some(3));
    death_by_ill_arrives: "kill -ILL $$" => (None, Some(4));
    death_by_trap_arrives: "kill -TRAP $$" => (None, Some(5));
    death_by_abrt_arrives: "kill -ABRT $$" => (None, Some(6));
    death_by_fpe_arrives: "kill -FPE $$" => (None, Some(8));
    death_by_kill_arrives: "kill -KILL $$" => (None, Some(9));
    death_by_segv_arrives: "kill -SEGV $$" => (None, Some(11));
    death_by_pipe_arrives: "kill -PIPE $$" => (None, Some(13));
    death_by_alrm_arrives: "kill -ALRM $$" => (None, Some(14));
    death_by_term_arrives: "kill -TERM $$" => (None, Some(15));
}

/// The numbers are Linux's.
#[cfg(target_os = "linux")]
mod linux {
    use super::ends;

    ends! {
        death_by_bus_arrives: "kill -BUS $$" => (None, Some(7));
        death_by_usr1_arrives: "kill -USR1 $$" => (None, Some(10));
        death_by_usr2_arrives: "kill -USR2 $$" => (None, Some(12));
        death_by_stkflt_arrives: "kill -16 $$" => (None, Some(16));
        death_by_xcpu_arrives: "kill -XCPU $$" => (None, Some(24));
        death_by_xfsz_arrives: "kill -XFSZ $$" => (None, Some(25));
        death_by_vtalrm_arrives: "kill -VTALRM $$" => (None, Some(26));
        death_by_prof_arrives: "kill -PROF $$" => (None, Some(27));
        death_by_io_arrives: "kill -29 $$" => (None, Some(29));
        death_by_pwr_arrives: "kill -30 $$" => (None, Some(30));
        death_by_sys_arrives: "kill -SYS $$" => (None, Some(31));
        death_by_a_real_time_signal_arrives: "kill -34 $$" => (None, Some(34));
    }
}

/// Starts a shell line that says `ready`, and waits until it has.
fn ready(person: &Person, line: &str) -> (Child, BufReader<ChildStdout>) {
    let mut command = person.command(PROGRAM);
    command.args(STAY.split(' ')).args(["/bin/sh", "-c", line]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    out.read_line(&mut first).unwrap();
    assert_eq!(first, "ready\n");
    (child, out)
}

/// A shell line that counts how often it gets a signal, and says so when no more come.
fn counting(signal: &str) -> String {
    format!(
        "n=0; trap 'n=$((n+1))' {signal}; echo ready; while [ $n = 0 ]; do sleep 0.05; done; sleep 0.3; echo $n"
    )
}

#[track_caller]
fn reaches_the_child_once(signal: Signal, name: &str) {
    let ana = ana();
    let (mut child, mut out) = ready(&ana, &counting(name));
    kill_process(Pid::from_child(&child), signal).unwrap();
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!((rest.as_str(), child.wait().unwrap().code()), ("1\n", Some(0)));
}

#[test]
fn term_reaches_the_child_once() {
    reaches_the_child_once(Signal::TERM, "TERM");
}

#[test]
fn int_that_no_key_made_reaches_the_child_once() {
    reaches_the_child_once(Signal::INT, "INT");
}

#[test]
fn hup_reaches_the_child_once() {
    reaches_the_child_once(Signal::HUP, "HUP");
}

#[test]
fn usr1_reaches_the_child_once() {
    reaches_the_child_once(Signal::USR1, "USR1");
}

#[test]
fn term_that_the_child_dies_of_is_died_of() {
    let ana = ana();
    let (mut child, _out) = ready(&ana, "echo ready; exec sleep 60");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(15));
}

#[test]
fn one_ctrl_c_is_one_interrupt() {
    let ana = ana();
    if !is_here(&ana) {
        return;
    }
    let line = format!(
        "exec $0 {STAY} /bin/sh -c 'n=0; trap \"n=\\$((n+1))\" INT; echo ready; sleep 2; sleep 0.2; echo \"interrupts $n\"'"
    );
    let said = shell_at_terminal(&ana, &[("ready", "\x03"), ("interrupts 1", "")], &line);
    assert_eq!(said.code, 0, "{}", said.text());
}

#[test]
fn ctrl_c_that_the_child_dies_of_is_died_of() {
    let ana = ana();
    if !is_here(&ana) {
        return;
    }
    let line = format!("exec $0 {STAY} /bin/sh -c 'echo ready; sleep 60'");
    assert_eq!(shell_at_terminal(&ana, &[("ready", "\x03")], &line).code, 130);
}

/// What an interactive shell shows while this is typed.
#[track_caller]
fn interactive(person: &Person, steps: &[(&str, &str)]) -> String {
    let shell = ["/usr/bin/env", "PS1=$ ", "/bin/bash", "--norc", "--noprofile", "-i"];
    let said = at_terminal(person, steps, &shell);
    assert_eq!(said.code, 0, "{}{}", said.text(), said.err);
    said.text()
}

#[test]
fn ctrl_z_stops_the_job_and_fg_continues_it() {
    let ana = ana();
    if !is_here(&ana) {
        return;
    }
    let line = format!(
        "{PROGRAM} {STAY} /bin/sh -c 'echo rea\"\"dy; sleep 1; sleep 1; echo went-on; read x; echo got-$x'\r"
    );
    let steps = [
        ("$ ", line.as_str()),
        ("ready", "\x1a"),
        ("Stopped", "fg\r"),
        ("\nwent-on", "word\r"),
        ("got-word", "exit\r"),
    ];
    interactive(&ana, &steps);
}

#[test]
fn stop_of_the_child_alone_stops_the_job_and_fg_continues_it() {
    let ana = ana();
    if !is_here(&ana) {
        return;
    }
    let line = format!("{PROGRAM} {STAY} /bin/sh -c 'kill -STOP $$; echo went-on; exit 7'\r");
    let steps =
        [("$ ", line.as_str()), ("Stopped", "fg\r"), ("went-on", "echo code-$?\r"), ("code-7", "exit\r")];
    interactive(&ana, &steps);
}

#[test]
fn job_in_the_background_is_continued_there() {
    let ana = ana();
    if !is_here(&ana) {
        return;
    }
    let line = format!("{PROGRAM} {STAY} /bin/sh -c 'kill -STOP $$; echo went-on'\r");
    interactive(&ana, &[("$ ", line.as_str()), ("Stopped", "bg\r"), ("went-on", "exit\r")]);
}

#[test]
fn where_no_shell_controls_jobs_who_stops_the_child_continues_it() {
    let ana = ana();
    let line = "(sleep 0.3; kill -CONT $$) & kill -STOP $$; echo went on";
    let mut command = ana.command("setsid");
    command.args(["--wait", "timeout", "--foreground", "30", PROGRAM]).args(STAY.split(' '));
    command.args(["/bin/sh", "-c", line]);
    assert_eq!(said(command, b"").ok().text(), "went on\n");
}

#[test]
fn terminal_that_goes_away_is_told_to_the_child() {
    let ana = ana();
    if !is_here(&ana) {
        return;
    }
    let leader = "import os, pty, sys
pid, screen = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
shown = b''
while b'ready' not in shown:
    shown += os.read(screen, 100)
os.close(screen)
os.waitpid(pid, 0)";
    let line = "trap 'echo hung up > told; exit' HUP; echo ready; while :; do sleep 0.05; done";
    let mut python = ana.command("timeout");
    python.args(["30", "python3", "-c", leader, PROGRAM]).args(STAY.split(' '));
    python.args(["/bin/sh", "-c", line]);
    said(python, b"").ok();
    assert_eq!(fs::read_to_string(ana.path("told")).unwrap(), "hung up\n");
}

/// A process that changes something about itself by Python, and then becomes what it is told to.
fn python(person: &Person, change: &str, argv: &[&str]) -> Command {
    let mut command = person.command("python3");
    let code = format!("import os, signal, sys\n{change}\nos.execvp(sys.argv[1], sys.argv[1:])");
    command.args(["-c", &code]).args(argv);
    command
}

/// The program and its arguments by which this is run and stayed beside.
fn staying<'a>(argv: &[&'a str]) -> Vec<&'a str> {
    [PROGRAM].into_iter().chain(STAY.split(' ')).chain(argv.iter().copied()).collect()
}

#[test]
fn alarm_that_was_set_before_is_the_childs() {
    let ana = ana();
    if !is_here(&ana) {
        return;
    }
    let change = "signal.setitimer(signal.ITIMER_REAL, 1)";
    let said = said(python(&ana, change, &staying(&["sleep", "30"])), b"");
    assert_eq!(said.code, 128 + 14, "{}", said.err);
}

/// What a process says of its signals, but for two that the C library keeps to itself. No shell stands in between, since it changes
/// them.
const SIGNALS: [&str; 4] = ["sed", "-nE", r"s/^(Sig(Blk|Ign|Cgt):).*(.{8})$/\1 \3/p", "/proc/self/status"];

#[test]
fn signals_that_nohup_ignores_stay_ignored() {
    let ana = ana();
    let nohup = |argv: &[&str]| {
        let mut command = ana.command("nohup");
        command.args(argv);
        said(command, b"").ok().text()
    };
    let plain = nohup(&SIGNALS);
    assert!(plain.contains("SigIgn: ") && plain.ends_with("1\nSigCgt: 00000000\n"), "{plain}");
    assert_eq!(nohup(&staying(&SIGNALS)), plain);
}

#[test]
fn ignored_signal_ends_neither_us_nor_the_child() {
    let ana = ana();
    let line = format!("trap '' HUP; exec {PROGRAM} {STAY} /bin/sh -c 'kill -HUP $PPID $$; echo alive'");
    assert_eq!(ana.sh(&line), "alive\n");
}

#[test]
fn blocked_signals_stay_blocked_even_that_of_a_childs_death() {
    let ana = ana();
    if !is_here(&ana) {
        return;
    }
    // Python ignores SIGPIPE, and a program in Rust cannot know that it was.
    let change = "signal.signal(signal.SIGPIPE, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGTERM, signal.SIGCHLD})";
    let plain = said(python(&ana, change, &SIGNALS), b"").ok().text();
    assert!(plain.contains("SigBlk: 00014200"), "{plain}");
    assert_eq!(said(python(&ana, change, &staying(&SIGNALS)), b"").ok().text(), plain);
}

#[test]
fn childs_end_is_learnt_though_the_death_of_children_is_ignored() {
    let ana = ana();
    if !is_here(&ana) {
        return;
    }
    let change = "signal.signal(signal.SIGCHLD, signal.SIG_IGN)";
    assert_eq!(said(python(&ana, change, &staying(&["/bin/sh", "-c", "exit 7"])), b"").code, 7);
}

#[test]
fn child_has_the_callers_descriptors_and_no_other() {
    let ana = ana();
    ana.write("line", "ls -l /proc/$$/fd >&2; stat -Lc %d:%i /proc/$$/fd/0 /proc/$$/fd/1 >&2");
    ana.sh(": >out; : >err");
    let redirected = "<line >out 2>err; sed -n 's/.* \\([0-9]* -> \\)/\\1/p; /:[0-9]*$/p' err";
    let plain = ana.sh(&format!("sh line {redirected}"));
    assert!(plain.contains("/line\n") && plain.contains("/out\n") && plain.contains(':'), "{plain}");
    assert_eq!(ana.sh(&format!("{PROGRAM} {STAY} sh line {redirected}")), plain);
}

#[test]
fn standard_input_is_left_to_the_child_whole() {
    let ana = ana();
    let input = vec![b'y'; 300_000];
    let args: Vec<&str> = STAY.split(' ').chain(["/bin/cat"]).collect();
    assert_eq!(ana.vault_with(&args, &input).ok().out, input);
}

#[test]
fn limit_on_core_files_is_the_callers_again() {
    let ana = ana();
    let line = format!("ulimit -c; {PROGRAM} {STAY} /bin/sh -c 'ulimit -c'");
    let said = ana.sh(&line);
    let limits: Vec<&str> = said.lines().collect();
    assert_eq!(limits[0], limits[1]);
}

#[test]
fn program_that_is_not_there_is_127() {
    let ana = ana();
    let args: Vec<&str> = STAY.split(' ').chain(["no-such-program"]).collect();
    ana.vault(&args).refused(127, "error: there is no program `no-such-program`");
}

#[test]
fn program_that_cannot_be_executed_is_126() {
    let ana = ana();
    ana.write("plain", "not a program");
    let args: Vec<&str> = STAY.split(' ').chain(["./plain"]).collect();
    ana.vault(&args).refused(126, "error: `./plain` cannot be run: Permission denied (os error 13)");
}
