//! A program at a terminal, masked: on a terminal of its own, whose leader is a [`super::monitor`]. Here is the process that
//! stands between both terminals, and that the shell sees.

use std::{
    env::current_exe,
    ffi::{OsStr, OsString},
    io::{self, BufRead, BufReader, PipeReader, PipeWriter, Read, Write, pipe, stderr, stdin, stdout},
    os::fd::{AsFd, OwnedFd},
    process::{Child, ChildStdin, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    io::retry_on_intr,
    process::{Signal, getpid, kill_current_process_group, kill_process},
    termios::isatty,
};
use signal_hook::consts::signal::{SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH};

use super::{
    monitor::{ALL, BUT_ERRORS, MONITOR, Told},
    outputs::Outputs,
    pump::Way,
    stream::Mask,
    terminal::{Pty, Raw, copy_size, in_foreground},
};
use crate::{
    kernel::secret::Secret,
    run::{CoreLimit, Ended, Refused, child::command, supervise},
};

/// How often a process in the background looks whether it is there still. No signal tells it.
const LOOK: Duration = Duration::from_secs(1);

enum Event {
    Signal(i32),
    Told(Told),
    Gone,
}

/// Whether a person is at both ends: then the program gets a terminal of its own.
pub(super) fn is_wanted() -> bool {
    isatty(stdin()) && isatty(stdout()) && rustix::termios::tcgetpgrp(stdin()).is_ok()
}

/// Runs a program at a terminal of its own, and shows it masked on this one.
pub(super) fn run(
    (program, args): (&OsStr, &[OsString]),
    environment: &[(OsString, Secret)],
    mask: &Arc<Mask>,
    core: &CoreLimit,
) -> Result<Ended, Refused> {
    let beside = |source| Refused::Beside { source };
    let pty = Pty::like(stdin().as_fd()).map_err(beside)?;
    let errors_too = isatty(stderr());
    let which = if errors_too { ALL } else { BUT_ERRORS };
    let words = [MONITOR.into(), pty.path.clone().into_os_string(), which.into(), program.to_owned()];
    let words: Vec<OsString> = words.into_iter().chain(args.iter().cloned()).collect();
    let exe = current_exe().map_err(beside)?;
    let mut monitor = command((exe.as_os_str(), &words), environment);
    let mut outputs = Outputs::none();
    let to = stdout().as_fd().try_clone_to_owned().map_err(beside)?;
    let from = pty.master.try_clone().map_err(beside)?;
    if !errors_too {
        monitor.stderr(Stdio::from(outputs.masked(mask, stderr().as_fd()).map_err(beside)?));
    }
    let (sender, events) = channel();
    let signals = sender.clone();
    let caught = supervise::catch(move |signal, _| signals.send(Event::Signal(signal)).is_ok());
    let caught = caught.map_err(beside)?;
    // Held open until the program holds it, since a terminal that nobody has open is at its end.
    let side = pty.open().map_err(beside)?;
    core.restore();
    let started = monitor.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    core.forbid();
    drop(monitor);
    let mut between = Between::begin(started.map_err(beside)?, &pty.master, sender).map_err(beside)?;
    outputs.pump(mask, Way { from, to }).map_err(beside)?;
    let told = between.stay(&events);
    drop(side);
    between.typing.end();
    outputs.finish();
    caught.close();
    drop(between.raw);
    let waited = between.monitor.wait();
    match told {
        Some(Told::Ended(ended)) => Ok(ended),
        Some(Told::Refused(error)) => Err(Refused::of(program, io::Error::from_raw_os_error(error))),
        _ => Ok(Ended::of(waited.map_err(beside)?)),
    }
}

/// What stands between both terminals.
struct Between<'a> {
    monitor: Child,
    /// Where the monitor gets signals for the program.
    signals: ChildStdin,
    master: &'a OwnedFd,
    raw: Raw,
    typing: Typing,
    /// Whether the program was stopped, and this process with it.
    stopped: bool,
}

impl<'a> Between<'a> {
    fn begin(mut monitor: Child, master: &'a OwnedFd, events: Sender<Event>) -> io::Result<Self> {
        let lost = || io::Error::other("the monitor has no pipe");
        let (signals, told) =
            (monitor.stdin.take().ok_or_else(lost)?, monitor.stdout.take().ok_or_else(lost)?);
        thread::Builder::new().name("monitor".to_owned()).spawn(move || {
            let lines = BufReader::new(told).lines().map_while(Result::ok);
            let told = lines.filter_map(|line| Told::parse(&line)).map(Event::Told);
            // Nobody who is gone waits for what comes last.
            let _ = told.chain([Event::Gone]).try_for_each(|event| events.send(event));
        })?;
        let raw = Raw::of(stdin().as_fd())?;
        let typing = Typing::begin(master.try_clone()?)?;
        let mut between = Self { monitor, signals, master, raw, typing, stopped: false };
        between.take_terminal();
        Ok(between)
    }

    /// Does what is to be done until the program has ended; what was told of that.
    fn stay(&mut self, events: &Receiver<Event>) -> Option<Told> {
        loop {
            let event = if self.raw.is_raw() || self.stopped {
                events.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                events.recv_timeout(LOOK)
            };
            match event {
                Ok(Event::Told(Told::Stopped(signal))) => self.stop(signal),
                Ok(Event::Told(told)) => return Some(told),
                Ok(Event::Signal(signal)) => self.signal(signal),
                Err(RecvTimeoutError::Timeout) => self.take_terminal(),
                Ok(Event::Gone) | Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    /// Takes the terminal over, if this process is in the foreground.
    fn take_terminal(&mut self) {
        if self.raw.begin() {
            copy_size(stdin().as_fd(), self.master.as_fd());
            self.typing.go_on();
        }
    }

    /// Every signal is passed on, wherever it came from: the program is not in the group that a key reaches.
    fn signal(&mut self, signal: i32) {
        match signal {
            // The kernel tells the program of it.
            SIGWINCH => copy_size(stdin().as_fd(), self.master.as_fd()),
            SIGCONT => {
                self.take_terminal();
                if std::mem::take(&mut self.stopped) {
                    self.pass_on(signal);
                }
            }
            _ => self.pass_on(signal),
        }
    }

    fn pass_on(&mut self, signal: i32) {
        // A monitor that is gone has said so, or will be found gone.
        let _ = self.signals.write_all(&[u8::try_from(signal).unwrap_or(0)]);
    }

    /// Stops too, as its shell expects, until both are continued.
    fn stop(&mut self, signal: i32) {
        let by_terminal = [SIGTSTP, SIGTTIN, SIGTTOU].contains(&signal);
        if by_terminal && supervise::is_orphaned() {
            // Without masking the kernel would not have stopped it.
            return self.pass_on(SIGCONT);
        }
        self.typing.pause();
        self.raw.end();
        self.stopped = true;
        // A key stops all of a pipeline. Of what comes next, SIGCONT tells.
        let _ = if by_terminal {
            kill_current_process_group(Signal::STOP)
        } else {
            kill_process(getpid(), Signal::STOP)
        };
    }
}

/// What is typed, on its way to the program while the real terminal is raw.
struct Typing {
    on: Arc<AtomicBool>,
    thread: JoinHandle<()>,
    over: PipeWriter,
}

impl Typing {
    fn begin(to: OwnedFd) -> io::Result<Self> {
        let on = Arc::new(AtomicBool::new(false));
        let (until, over) = pipe()?;
        let is_on = on.clone();
        let forward = move || forward(&is_on, &until, &mut std::fs::File::from(to));
        let thread = thread::Builder::new().name("typing".to_owned()).spawn(forward)?;
        Ok(Self { on, thread, over })
    }

    fn go_on(&self) {
        self.on.store(true, Ordering::SeqCst);
        self.thread.thread().unpark();
    }

    fn pause(&self) {
        self.on.store(false, Ordering::SeqCst);
    }

    fn end(self) {
        drop(self.over);
        self.on.store(true, Ordering::SeqCst);
        self.thread.thread().unpark();
        let _ = self.thread.join();
    }
}

fn forward(on: &AtomicBool, until: &PipeReader, to: &mut impl Write) {
    let Ok(from) = stdin().as_fd().try_clone_to_owned() else { return };
    let mut from = std::fs::File::from(from);
    let mut bytes = zeroize::Zeroizing::new([0; 4096]);
    loop {
        while !on.load(Ordering::SeqCst) {
            thread::park();
        }
        let mut both = [PollFd::new(&from, PollFlags::IN), PollFd::new(until, PollFlags::IN)];
        let _ = retry_on_intr(|| poll(&mut both, None));
        let [terminal, over] = both.map(|polled| polled.revents());
        // A terminal that went away has something to read for ever, and nobody in its foreground.
        if !over.is_empty() || terminal.contains(PollFlags::HUP) {
            return;
        }
        if terminal.is_empty() || !on.load(Ordering::SeqCst) {
            continue;
        }
        if !in_foreground(from.as_fd()) {
            // Reading would stop this process; what is typed is somebody else's.
            thread::sleep(LOOK);
            continue;
        }
        match from.read(&mut *bytes) {
            Ok(0) | Err(_) => return,
            Ok(read) if to.write_all(&bytes[..read]).is_err() => return,
            Ok(_) => {}
        }
    }
}
