//! The monitor: this program again, as the leader of a session on a terminal that masks, beside the program that runs there.
//!
//! The kernel stops nobody by Ctrl-Z whose group has no parent in its session, so a program alone on a terminal of its own could
//! not be stopped. The monitor is that parent. It tells what becomes of the program, and passes on signals.

use std::{
    env::current_exe,
    ffi::{OsStr, OsString},
    fs::File,
    io::{self, ErrorKind, Read, Write, stderr, stdin, stdout},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
    thread,
};

use rustix::{
    io::{Errno, retry_on_intr},
    process::{
        Pid, Signal, WaitId, WaitIdOptions, WaitOptions, getpgid, getpid, ioctl_tiocsctty, kill_process,
        kill_process_group, setsid, waitid, waitpid,
    },
    termios::{OptionalActions, Termios, isatty, tcgetattr, tcsetattr, tcsetpgrp},
};
use signal_hook::consts::signal::SIGHUP;

use super::terminal::open;
use crate::run::{CoreLimit, Ended, supervise};

/// The word that makes this program a monitor.
pub const MONITOR: &str = "__monitor";

/// What the monitor is told about standard error: it is the terminal too, or stays what the monitor has.
pub(super) const ALL: &str = "all";
pub(super) const BUT_ERRORS: &str = "but-errors";

/// What a monitor tells, a line each: a letter and a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// The program was stopped by this signal.
    Stopped(i32),
    /// It ended.
    Ended(Ended),
    /// It was not started, for this error of the system's.
    Refused(i32),
}

impl Told {
    fn line(self) -> String {
        match self {
            Self::Stopped(signal) => format!("s {signal}\n"),
            Self::Ended(Ended::Code(code)) => format!("c {code}\n"),
            Self::Ended(Ended::Signal(signal)) => format!("k {signal}\n"),
            Self::Refused(error) => format!("r {error}\n"),
        }
    }

    pub(super) fn parse(line: &str) -> Option<Self> {
        let (what, number) = line.split_once(' ')?;
        Some(match what {
            "s" => Self::Stopped(number.parse().ok()?),
            "c" => Self::Ended(Ended::Code(number.parse().ok()?)),
            "k" => Self::Ended(Ended::Signal(number.parse().ok()?)),
            "r" => Self::Refused(number.parse().ok()?),
            _ => return None,
        })
    }
}

/// Is the monitor, with the words behind [`MONITOR`]. Tells on standard output, and gets each signal as a byte on standard input.
pub fn monitor(words: &[OsString], core: &CoreLimit) -> io::Result<()> {
    let [terminal, which, program, args @ ..] = words else { return Err(ErrorKind::InvalidInput.into()) };
    setsid()?;
    let terminal = open(Path::new(terminal))?;
    ioctl_tiocsctty(&terminal)?;
    // Where standard error is the real terminal, its mode can be mended if the other process is killed. This one has it yet.
    let before = if isatty(stderr()) { tcgetattr(&terminal).ok() } else { None };
    if before.is_some() {
        // The other process's end is told by its pipe too.
        supervise::unless_ignored(SIGHUP, || {
            signal_hook::flag::register(SIGHUP, Arc::new(AtomicBool::new(false))).map(drop)
        })?;
    }
    let started = start((program, args), &terminal, which == ALL, core);
    drop(terminal);
    let child = match started {
        Ok(child) => Pid::from_child(&child),
        Err(error) => {
            let error = error.raw_os_error().unwrap_or(Errno::IO.raw_os_error());
            return stdout().write_all(Told::Refused(error).line().as_bytes());
        }
    };
    let running = Arc::new(Mutex::new(Some(child)));
    let passed_on = running.clone();
    thread::Builder::new().name("signals".to_owned()).spawn(move || pass_on(&passed_on, before))?;
    watch(child, &running)
}

/// Starts the program in the group that the terminal listens to, from its first moment on.
fn start(
    (program, args): (&OsStr, &[OsString]),
    terminal: &File,
    errors_too: bool,
    core: &CoreLimit,
) -> io::Result<Child> {
    // A process that ends at once, and leaves its group to the program. It is not reaped before, or the group would be gone.
    let mut first = Command::new(current_exe()?);
    first.arg("--version").env_clear().process_group(0);
    let mut first = first.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let group = Pid::from_child(&first);
    tcsetpgrp(terminal, group)?;
    let mut command = Command::new(program);
    command.args(args).process_group(group.as_raw_nonzero().get());
    command.stdin(terminal.try_clone()?).stdout(terminal.try_clone()?);
    if errors_too {
        command.stderr(terminal.try_clone()?);
    }
    core.restore();
    let started = command.spawn();
    core.forbid();
    // By now a key may have stopped the whole group, and what is stopped ends by nothing else.
    first.kill()?;
    first.wait()?;
    started
}

/// Tells what becomes of the program until it has ended.
fn watch(child: Pid, running: &Mutex<Option<Pid>>) -> io::Result<()> {
    loop {
        // It is looked at first and reaped while no signal can be sent, which would meet whoever has its number next.
        let options = WaitIdOptions::EXITED | WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT;
        retry_on_intr(|| waitid(WaitId::Pid(child), options))?;
        let mut running = running.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((_, status)) = waitpid(Some(child), WaitOptions::NOHANG | WaitOptions::UNTRACED)? else {
            continue;
        };
        let told = match supervise::ended(status) {
            Some(ended) => {
                *running = None;
                Told::Ended(ended)
            }
            None => Told::Stopped(status.stopping_signal().unwrap_or(0)),
        };
        let written = stdout().write_all(told.line().as_bytes());
        if running.is_none() || written.is_err() {
            return written;
        }
    }
}

/// Passes on signals, until the other process is gone: then the terminal is as it was, and the kernel hangs up.
fn pass_on(running: &Mutex<Option<Pid>>, before: Option<Termios>) {
    let mut byte = [0];
    while stdin().read_exact(&mut byte).is_ok() {
        let child = running.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(child), Some(signal)) = (*child, Signal::from_named_raw(i32::from(byte[0]))) {
            // What a key stopped was all of the group.
            let _ = match getpgid(Some(child)) {
                Ok(group) if signal == Signal::CONT => kill_process_group(group, signal),
                _ => kill_process(child, signal),
            };
        }
    }
    if let Some(before) = before {
        let _ = tcsetattr(stderr(), OptionalActions::Now, &before);
    }
    if let Some(child) = *running.lock().unwrap_or_else(PoisonError::into_inner) {
        let _ = kill_process(child, Signal::HUP);
        let _ = kill_process(getpid(), Signal::KILL);
    }
}
