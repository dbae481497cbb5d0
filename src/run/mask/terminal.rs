//! Terminals: making one like another, and lending out the mode of the real one.

use std::{
    fs::{File, OpenOptions},
    io,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::{ffi::OsStringExt, fs::OpenOptionsExt},
    },
    path::{Path, PathBuf},
};

use rustix::{
    fs::OFlags,
    io::{FdFlags, fcntl_setfd},
    process::getpgrp,
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{
        OptionalActions, OutputModes, Termios, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr, tcsetwinsize,
    },
};

/// A terminal that this process is behind.
pub(super) struct Pty {
    /// What is shown, and where typing goes.
    pub(super) master: OwnedFd,
    /// The program's side.
    pub(super) path: PathBuf,
}

impl Pty {
    /// Makes one of the size and mode of a real one.
    pub(super) fn like(real: BorrowedFd<'_>) -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        fcntl_setfd(&master, FdFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let path = std::ffi::OsString::from_vec(ptsname(&master, Vec::new())?.into_bytes()).into();
        let pty = Self { master, path };
        tcsetattr(pty.open()?, OptionalActions::Now, &tcgetattr(real)?)?;
        copy_size(real, pty.master.as_fd());
        Ok(pty)
    }

    /// Opens the program's side, which does not become this process's terminal.
    pub(super) fn open(&self) -> io::Result<File> {
        open(&self.path)
    }

    /// Leaves what is written as it is: the real terminal does what is to be done.
    pub(super) fn show_raw(&self) -> io::Result<()> {
        let side = self.open()?;
        let mut mode = tcgetattr(&side)?;
        mode.output_modes.remove(OutputModes::OPOST);
        Ok(tcsetattr(&side, OptionalActions::Now, &mode)?)
    }
}

/// Opens a terminal that does not become this process's.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let flags = i32::try_from(OFlags::NOCTTY.bits()).unwrap_or(0);
    OpenOptions::new().read(true).write(true).custom_flags(flags).open(path)
}

/// Gives one terminal the size of another. One that has none leaves it.
pub(super) fn copy_size(from: BorrowedFd<'_>, to: BorrowedFd<'_>) {
    let _ = tcgetwinsize(from).and_then(|size| tcsetwinsize(to, size));
}

/// Whether this process is in the group that the terminal listens to.
pub(super) fn in_foreground(terminal: BorrowedFd<'_>) -> bool {
    tcgetpgrp(terminal).is_ok_and(|group| group == getpgrp())
}

/// The real terminal, which passes on each key while it is raw, and is as it was when this is dropped.
pub(super) struct Raw {
    terminal: OwnedFd,
    before: Termios,
    raw: bool,
}

impl Raw {
    /// Remembers the mode. Nothing is changed yet.
    pub(super) fn of(terminal: BorrowedFd<'_>) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        Ok(Self { terminal: terminal.try_clone_to_owned()?, before, raw: false })
    }

    /// Makes it raw, if it listens to this process; the mode before is remembered anew. Whether it is raw now.
    pub(super) fn begin(&mut self) -> bool {
        if self.raw || !in_foreground(self.terminal.as_fd()) {
            return self.raw;
        }
        let Ok(before) = tcgetattr(&self.terminal) else { return false };
        let mut mode = before.clone();
        mode.make_raw();
        self.before = before;
        self.raw = tcsetattr(&self.terminal, OptionalActions::Drain, &mode).is_ok();
        self.raw
    }

    /// Whether it is raw.
    pub(super) fn is_raw(&self) -> bool {
        self.raw
    }

    /// Makes it as it was.
    pub(super) fn end(&mut self) {
        if std::mem::take(&mut self.raw) {
            // In the background it would stop this process, and is the shell's by now.
            if in_foreground(self.terminal.as_fd()) {
                let _ = tcsetattr(&self.terminal, OptionalActions::Drain, &self.before);
            }
        }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.end();
    }
}
