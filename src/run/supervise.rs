//! Staying beside the child, where something is to be done while it runs or after it. What a person expects of the child
//! happens as if we were not there: signals reach it, it is stopped and continued, and we end as it ended.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    fs, io,
    os::unix::process::ExitStatusExt,
    process::{Command, ExitStatus},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use rustix::{
    io::retry_on_intr,
    process::{
        Pid, Signal, WaitId, WaitIdOptions, WaitOptions, WaitStatus, getpid, getsid, kill_process, waitid,
        waitpid,
    },
};
use signal_hook::{
    consts::signal::{
        SIGALRM, SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGTERM, SIGTSTP, SIGURG, SIGUSR1,
        SIGUSR2, SIGVTALRM, SIGWINCH,
    },
    flag::register_conditional_default,
    iterator::{Handle, SignalsInfo, exfiltrator::WithOrigin},
    low_level::{emulate_default_handler, raise, siginfo::Cause},
};

use super::{CoreLimit, Refused};

/// What is passed on to the child.
const CAUGHT: [i32; 13] = [
    SIGALRM, SIGCONT, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGTERM, SIGTSTP, SIGURG, SIGUSR1, SIGUSR2,
    SIGVTALRM, SIGWINCH,
];
/// What a terminal sends to the whole group in the foreground, the child too.
const BY_TERMINAL: [i32; 4] = [SIGINT, SIGQUIT, SIGTSTP, SIGWINCH];
/// What a terminal that goes away sends to the leader of the session, and to nobody else.
const BY_HANGING_UP: [i32; 2] = [SIGHUP, SIGCONT];

/// What ends a process that does nothing about it, as a person or the system asks one to end.
const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

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
    /// A signal, and whether the kernel sent it.
    Signal(i32, bool),
    /// A child was stopped.
    Stopped(Pid),
    /// A child is no longer there but for its exit code.
    Over(Pid),
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
    told: Cell<Option<i32>>,
    /// Whether there is no child: then a signal that ends a process ends this one, as without a supervisor.
    alone: Arc<AtomicBool>,
    /// Children that ended while another was waited for.
    over: RefCell<Vec<Pid>>,
}

impl Supervisor {
    /// Takes over the signals. One that is ignored already stays so, for the child too.
    pub fn begin() -> io::Result<Self> {
        let ignored = ignored();
        let alone = Arc::new(AtomicBool::new(true));
        for signal in ENDING.into_iter().filter(|signal| !ignored.contains(signal)) {
            register_conditional_default(signal, alone.clone())?;
        }
        let (sender, events) = channel();
        let waker = Waker(sender.clone());
        let signals = catch(move |signal, by_kernel| sender.send(Event::Signal(signal, by_kernel)).is_ok())?;
        let (told, over) = (Cell::new(None), RefCell::default());
        Ok(Self { events, waker, signals, told, alone, over })
    }

    /// What wakes [`Self::wait`].
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Starts the child, with the core limit that this process was started with.
    pub fn spawn(&self, command: &mut Command, core: &CoreLimit) -> Result<Pid, Refused> {
        self.alone.store(false, Ordering::SeqCst);
        core.restore();
        let spawned = command.spawn().map_err(|source| Refused::of(command.get_program(), source));
        core.forbid();
        let child = Pid::from_child(&spawned?);
        let events = self.waker.0.clone();
        // Not by SIGCHLD, which may be blocked in what this process inherited.
        let looking = thread::Builder::new().name("child".to_owned()).spawn(move || look(child, &events));
        match looking {
            Ok(_) => Ok(child),
            Err(source) => {
                // A child that nobody looks after is worse than none.
                let _ = kill_process(child, Signal::KILL);
                Err(Refused::of(command.get_program(), source))
            }
        }
    }

    /// Waits until the child ends, somebody wakes, or the time is over, and passes on what comes meanwhile.
    pub fn wait(&self, child: Pid, most: Option<Duration>) -> io::Result<Step> {
        let until = most.and_then(|most| Instant::now().checked_add(most));
        if self.over.borrow().contains(&child) {
            self.over.borrow_mut().retain(|over| *over != child);
            return self.over_with(child);
        }
        loop {
            let event = match until {
                None => self.events.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(until) => self.events.recv_timeout(until.saturating_duration_since(Instant::now())),
            };
            match event {
                Ok(Event::Signal(signal, by_kernel)) => {
                    self.heed(signal);
                    pass_on(signal, by_kernel, child);
                }
                Ok(Event::Stopped(stopped)) if stopped == child => stop_with(child),
                Ok(Event::Stopped(_)) => {}
                Ok(Event::Over(over)) if over == child => return self.over_with(child),
                Ok(Event::Over(other)) => self.over.borrow_mut().push(other),
                Ok(Event::Woken) => return Ok(Step::Woken),
                Err(RecvTimeoutError::Timeout) => return Ok(Step::TimeOver),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(io::Error::other("signals come no longer"));
                }
            }
        }
    }
}

impl Supervisor {
    /// Takes up how a child ended. Until there is another one, a signal is this process's own.
    fn over_with(&self, child: Pid) -> io::Result<Step> {
        self.alone.store(true, Ordering::SeqCst);
        Ok(Step::Ended(reap(child)?))
    }

    /// Whether this process was told to end, by a signal that was passed on. A program may make another use of any but SIGTERM, so
    /// that only those count that came since [`Self::forget_what_was_told`].
    pub(super) fn was_told_to_end(&self) -> bool {
        self.told.get().is_some()
    }

    pub(super) fn forget_what_was_told(&self) {
        self.told.set(self.told.get().filter(|signal| *signal == SIGTERM));
    }

    fn heed(&self, signal: i32) {
        if ENDING.contains(&signal) && self.told.get() != Some(SIGTERM) {
            self.told.set(Some(signal));
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        // What was taken over once is never given back, only passed on.
        self.alone.store(true, Ordering::SeqCst);
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
                let _ = raise(signal);
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

/// Tells when the child is stopped and when it ends. It is left to be reaped, so that its number stays its own.
fn look(child: Pid, events: &Sender<Event>) {
    let (ends, stops) = (WaitIdOptions::EXITED, WaitIdOptions::STOPPED);
    let state = |options| retry_on_intr(|| waitid(WaitId::Pid(child), options));
    while let Ok(Some(status)) = state(ends | stops | WaitIdOptions::NOWAIT) {
        if !status.stopped() {
            break;
        }
        // Taken up, or it would be told for ever.
        let taken = state(stops | WaitIdOptions::NOHANG);
        if matches!(taken, Ok(Some(_))) && events.send(Event::Stopped(child)).is_err() {
            return;
        }
    }
    // A supervisor that is gone waits for nothing.
    let _ = events.send(Event::Over(child));
}

fn reap(child: Pid) -> io::Result<Ended> {
    let (_, status) = retry_on_intr(|| waitpid(Some(child), WaitOptions::empty()))?
        .ok_or_else(|| io::Error::other("the child ended in no way"))?;
    ended(status).ok_or_else(|| io::Error::other("the child ended in no way"))
}

/// How a child ended, if it has.
pub(super) fn ended(status: WaitStatus) -> Option<Ended> {
    let code = status.exit_status().map(|code| Ended::Code(u8::try_from(code).unwrap_or(u8::MAX)));
    code.or_else(|| status.terminating_signal().map(Ended::Signal))
}

/// Stops this process because the child was, as its shell expects, until both are continued. Where there is no such shell, whoever
/// stops the child continues the child alone.
fn stop_with(child: Pid) {
    if !was_continued(child) && !is_orphaned() {
        // The rest of a pipeline is in the group and was stopped by itself, if it was to be.
        let _ = kill_process(getpid(), Signal::STOP);
    }
}

/// Whether the child, once stopped, goes on again; says so once.
fn was_continued(child: Pid) -> bool {
    let options = WaitIdOptions::CONTINUED | WaitIdOptions::NOHANG;
    matches!(waitid(WaitId::Pid(child), options), Ok(Some(_)))
}

/// Whether nobody in this session could continue this process's group: no parent of one in it is in another group. POSIX calls it so.
/// Where the system does not tell, somebody could.
pub(super) fn is_orphaned() -> bool {
    let Some(Family { group, session, mut parent }) = family(getpid().as_raw_nonzero().get()) else {
        return false;
    };
    loop {
        match family(parent) {
            None => return parent == 0,
            Some(above) if above.session != session => return true,
            Some(above) if above.group != group => return false,
            Some(above) => parent = above.parent,
        }
    }
}

struct Family {
    parent: i32,
    group: i32,
    session: i32,
}

/// What proc_pid_stat(5) says of a process behind its name, which is in parentheses and may hold some.
fn family(process: i32) -> Option<Family> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, behind) = stat.rsplit_once(") ")?;
    let mut numbers = behind.split(' ').skip(1).map_while(|number| number.parse().ok());
    Some(Family { parent: numbers.next()?, group: numbers.next()?, session: numbers.next()? })
}

/// Passes a signal on, unless the child has it already.
fn pass_on(signal: i32, by_kernel: bool, child: Pid) {
    let leads = || getsid(None).is_ok_and(|session| session == getpid());
    let has_it = match signal {
        _ if by_kernel && BY_TERMINAL.contains(&signal) => true,
        _ if by_kernel && BY_HANGING_UP.contains(&signal) => !leads(),
        // `fg` continues the whole group.
        SIGCONT => was_continued(child),
        _ => false,
    };
    if !has_it && let Some(signal) = Signal::from_named_raw(signal) {
        // A child that has just ended gets no signal, and is found ended next.
        let _ = kill_process(child, signal);
    }
}

/// Catches signals, and tells each with whether the kernel sent it, until nobody listens any more. One that is ignored already
/// stays so.
pub(super) fn catch(mut told: impl FnMut(i32, bool) -> bool + Send + 'static) -> io::Result<Handle> {
    let ignored = ignored();
    let caught = CAUGHT.into_iter().filter(|signal| !ignored.contains(signal));
    // A parent that ignores the death of children never learns how one ended.
    let mut signals = SignalsInfo::<WithOrigin>::new(caught.chain([SIGCHLD]))?;
    let handle = signals.handle();
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for origin in signals.forever() {
            if origin.signal != SIGCHLD && !told(origin.signal, origin.cause == Cause::Kernel) {
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
