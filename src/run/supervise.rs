//! Staying beside the child, where something is to be done while it runs or after it. What a person expects of the child
//! happens as if we were not there: signals reach it, it is stopped and continued, and we end as it ended.

use std::{
    collections::BTreeSet,
    fs, io,
    os::unix::process::ExitStatusExt,
    process::{Command, ExitStatus},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, getpid, kill_process, waitpid};
use signal_hook::{
    consts::signal::{
        SIGALRM, SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGTERM, SIGTSTP, SIGURG,
        SIGUSR1, SIGUSR2, SIGVTALRM, SIGWINCH,
    },
    iterator::{Handle, SignalsInfo, exfiltrator::WithOrigin},
    low_level::{emulate_default_handler, siginfo::Cause},
};

use super::{CoreLimit, Refused};

/// What is passed on to the child, and what says that it changed.
const CAUGHT: [i32; 15] = [
    SIGALRM, SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGTERM, SIGTSTP, SIGURG, SIGUSR1,
    SIGUSR2, SIGVTALRM, SIGWINCH,
];

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With this exit code.
    Code(u8),
    /// By this signal.
    Signal(i32),
}

/// What a supervisor waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The child ended.
    Ended(Ended),
    /// Somebody called [`Waker::wake`].
    Woken,
    /// The time is over.
    TimeOver,
}

enum Event {
    /// A signal, and whether the kernel sent it: then a key was pressed, and the whole group has it.
    Signal(i32, bool),
    Woken,
}

/// Wakes a supervisor that waits, from another thread.
#[derive(Clone)]
pub struct Waker(Sender<Event>);

impl Waker {
    /// Makes the next [`Supervisor::wait`] return.
    pub fn wake(&self) {
        // A supervisor that is gone waits for nothing.
        let _ = self.0.send(Event::Woken);
    }
}

/// The process beside the child, from before it starts until it has ended.
pub struct Supervisor {
    events: Receiver<Event>,
    waker: Waker,
    signals: Handle,
}

impl Supervisor {
    /// Takes over the signals. One that is ignored already stays so, for the child too.
    pub fn begin() -> io::Result<Self> {
        let (sender, events) = channel();
        let waker = Waker(sender.clone());
        let signals = catch(move |signal, by_kernel| sender.send(Event::Signal(signal, by_kernel)).is_ok())?;
        Ok(Self { events, waker, signals })
    }

    /// What wakes [`Self::wait`].
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Starts the child, with the core limit that this process was started with.
    pub fn spawn(&self, command: &mut Command, core: &CoreLimit) -> Result<Pid, Refused> {
        core.restore();
        let spawned = command.spawn().map_err(|source| Refused::of(command.get_program(), source));
        core.forbid();
        // It is reaped by `wait`, which sees it stopped too.
        Ok(Pid::from_child(&spawned?))
    }

    /// Waits until the child ends, somebody wakes, or the time is over, and passes on what comes meanwhile.
    pub fn wait(&self, child: Pid, most: Option<Duration>) -> io::Result<Step> {
        let until = most.and_then(|most| Instant::now().checked_add(most));
        loop {
            if let Some(ended) = look_at(child)? {
                return Ok(Step::Ended(ended));
            }
            let event = match until {
                None => self.events.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(until) => self.events.recv_timeout(until.saturating_duration_since(Instant::now())),
            };
            match event {
                Ok(Event::Signal(signal, by_kernel)) => pass_on(signal, by_kernel, child),
                Ok(Event::Woken) => return Ok(Step::Woken),
                Err(RecvTimeoutError::Timeout) => return Ok(Step::TimeOver),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(io::Error::other("signals come no longer"));
                }
            }
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.signals.close();
    }
}

impl Ended {
    /// Ends this process as the child ended: by the same signal, or with the exit code that is returned. Called last, since
    /// nothing is dropped after a signal.
    pub fn leave(self) -> u8 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => {
                // Either works, or there is no such signal to die of.
                let _ = emulate_default_handler(signal);
                if let Some(signal) = Signal::from_named_raw(signal) {
                    let _ = kill_process(getpid(), signal);
                }
                u8::try_from(128 + signal).unwrap_or(u8::MAX)
            }
        }
    }
}

impl Ended {
    /// What the library of the language says of a child that it has waited for.
    pub(super) fn of(status: ExitStatus) -> Self {
        let code = status.code().map(|code| Self::Code(u8::try_from(code).unwrap_or(u8::MAX)));
        code.or(status.signal().map(Self::Signal)).unwrap_or(Self::Code(u8::MAX))
    }
}

/// Whether the child has ended. If it was stopped, this process stops too, as its shell expects, until both are continued.
fn look_at(child: Pid) -> io::Result<Option<Ended>> {
    while let Some((_, status)) = waitpid(Some(child), WaitOptions::NOHANG | WaitOptions::UNTRACED)? {
        if let Some(ended) = ended(status) {
            return Ok(Some(ended));
        }
        // The rest of a pipeline is in the group and was stopped by itself, if it was to be.
        let _ = kill_process(getpid(), Signal::STOP);
    }
    Ok(None)
}

/// How a child ended, if it has.
pub(super) fn ended(status: WaitStatus) -> Option<Ended> {
    let code = status.exit_status().map(|code| Ended::Code(u8::try_from(code).unwrap_or(u8::MAX)));
    code.or_else(|| status.terminating_signal().map(Ended::Signal))
}

/// Passes a signal on, unless it came by a key: then the child, in the same group, has it already.
fn pass_on(signal: i32, by_kernel: bool, child: Pid) {
    if signal != SIGCHLD
        && !by_kernel
        && let Some(signal) = Signal::from_named_raw(signal)
    {
        // A child that has just ended gets no signal, and is found ended next.
        let _ = kill_process(child, signal);
    }
}

/// Catches signals, and tells each with whether the kernel sent it, until nobody listens any more. One that is ignored already
/// stays so.
pub(super) fn catch(mut told: impl FnMut(i32, bool) -> bool + Send + 'static) -> io::Result<Handle> {
    let ignored = ignored();
    let caught = CAUGHT.into_iter().filter(|signal| *signal == SIGCHLD || !ignored.contains(signal));
    let mut signals = SignalsInfo::<WithOrigin>::new(caught)?;
    let handle = signals.handle();
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for origin in signals.forever() {
            if !told(origin.signal, origin.cause == Cause::Kernel) {
                return;
            }
        }
    })?;
    Ok(handle)
}

/// Does something about a signal, unless it is ignored since this process was started.
pub(super) fn unless_ignored(signal: i32, act: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    if ignored().contains(&signal) { Ok(()) } else { act() }
}

/// The signals that this process ignores since it was started, as `nohup` has it. Empty where the system does not tell.
fn ignored() -> BTreeSet<i32> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    (1..=64).filter(|signal| mask & (1 << (signal - 1)) != 0).collect()
}
