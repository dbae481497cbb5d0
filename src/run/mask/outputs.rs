//! The outputs of a program that stays in this process's group: each a pipe, or a terminal where a terminal is.
//!
//! What a person types goes to the program as without masking: it has the real terminal, and only what it shows comes here.

use std::{
    io::{self, PipeWriter, pipe, stderr, stdout},
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    process::{Command, Stdio},
    sync::Arc,
    thread::{self, JoinHandle},
};

use rustix::{fs::fstat, termios::isatty};
use signal_hook::{
    consts::signal::SIGWINCH,
    iterator::{Handle, Signals},
};

use super::{
    pump::Way,
    stream::Mask,
    terminal::{Pty, copy_size},
};

/// Outputs that are masked while the program runs.
pub struct Outputs {
    pumps: Vec<JoinHandle<()>>,
    over: Vec<PipeWriter>,
    resized: Vec<Handle>,
}

impl Outputs {
    /// Leads the outputs of a program that is to be started through masks. The command is to be dropped after the start, since
    /// it holds the program's side.
    pub fn begin(mask: &Arc<Mask>, command: &mut Command) -> io::Result<Self> {
        let mut outputs = Self::none();
        let (out, err) = (stdout(), stderr());
        let side = outputs.masked(mask, out.as_fd())?;
        // In one, so that what is written to both is in its order.
        let err_side = if same(out.as_fd(), err.as_fd()) {
            side.try_clone()?
        } else {
            outputs.masked(mask, err.as_fd())?
        };
        command.stdout(Stdio::from(side)).stderr(Stdio::from(err_side));
        Ok(outputs)
    }

    /// Begins to mask one output, and gives the program's side of it.
    pub(super) fn masked(&mut self, mask: &Arc<Mask>, real: BorrowedFd<'_>) -> io::Result<OwnedFd> {
        let to = real.try_clone_to_owned()?;
        let (from, side): (OwnedFd, OwnedFd) = if isatty(real) {
            let pty = Pty::like(real)?;
            pty.show_raw()?;
            let side = pty.open()?.into();
            self.resized.push(keep_size(&to, &pty.master)?);
            (pty.master, side)
        } else {
            let (from, side) = pipe()?;
            (from.into(), side.into())
        };
        self.pump(mask, Way { from, to })?;
        Ok(side)
    }

    /// Masks what goes this way.
    pub(super) fn pump(&mut self, mask: &Arc<Mask>, way: Way) -> io::Result<()> {
        let (until, over) = pipe()?;
        self.pumps.push(way.pump(mask.stream(), until)?);
        self.over.push(over);
        Ok(())
    }

    /// Begins with none.
    pub(super) fn none() -> Self {
        Self { pumps: Vec::new(), over: Vec::new(), resized: Vec::new() }
    }

    /// Waits for what the program has shown, when it has ended.
    pub fn finish(self) {
        drop(self.over);
        for pump in self.pumps {
            let _ = pump.join();
        }
        self.resized.iter().for_each(Handle::close);
    }
}

/// Whether two descriptors lead to one file.
pub(super) fn same(a: BorrowedFd<'_>, b: BorrowedFd<'_>) -> bool {
    let of = |fd| fstat(fd).ok().map(|stat| (stat.st_dev, stat.st_ino));
    of(a).is_some() && of(a) == of(b)
}

/// Gives a terminal each new size of the real one.
fn keep_size(real: &OwnedFd, pty: &OwnedFd) -> io::Result<Handle> {
    let (real, pty) = (real.try_clone()?, pty.try_clone()?);
    let mut signals = Signals::new([SIGWINCH])?;
    let handle = signals.handle();
    let follow = move || signals.forever().for_each(|_| copy_size(real.as_fd(), pty.as_fd()));
    thread::Builder::new().name("size".to_owned()).spawn(follow)?;
    Ok(handle)
}
