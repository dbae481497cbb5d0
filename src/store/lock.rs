//! The lock on a vault's folder, and what is done when it is taken: finish or clear what a crash left.

use std::{fs::File, io, path::PathBuf};

use rustix::{
    fd::{AsFd, BorrowedFd, OwnedFd},
    fs::{self, AtFlags, FileType, FlockOperation, Mode, OFlags},
    io::Errno,
};

use super::{
    beneath::{self, Wanted},
    disk::Disk,
    error::StoreError,
    journal::{JOURNAL_BYTES, Journal},
};
use crate::kernel::{
    refusal::Refusal,
    tree::{Tree, TreeError},
};

pub(super) const WORK: &str = ".work";
pub(super) const NEW: &str = ".work/new";
pub(super) const JOURNAL: &str = ".work/journal";
const LOCK: &str = ".work/lock";

/// The right to change a vault, held by one process at a time until it is dropped.
#[must_use]
pub struct Lock<'a> {
    pub(super) disk: &'a Disk,
    pub(super) work: OwnedFd,
    pub(super) new: OwnedFd,
    _held: OwnedFd,
}

/// What tells that several files were changed together between two looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    changing: bool,
    work: Option<[i128; 3]>,
}

impl Stamp {
    /// Whether such a change was under way at that look.
    pub fn changing(&self) -> bool {
        self.changing
    }
}

impl Disk {
    /// Waits for the lock, then finishes or clears what a crash left.
    pub fn lock(&self) -> Result<Lock<'_>, StoreError> {
        loop {
            let work = self.make_folder(self.root(), WORK, Mode::RWXU)?;
            let held = self.take_lock(&work)?;
            // `git clean` may have removed the folder while this waited: then the lock is on nothing.
            if !self.is_there(&held)? {
                continue;
            }
            let new = self.make_folder(work.as_fd(), NEW, Mode::RWXU)?;
            let lock = Lock { disk: self, work, new, _held: held };
            lock.recover()?;
            return Ok(lock);
        }
    }

    /// Finishes what a crash left, if there is anything; one look at the disk if not.
    pub fn settle(&self) -> Result<(), StoreError> {
        if !self.changing() {
            return Ok(());
        }
        match self.lock() {
            Ok(_) => Ok(()),
            Err(cause @ StoreError::Write { .. }) => {
                Err(StoreError::Unsettled { journal: self.path().join(JOURNAL), cause: Box::new(cause) })
            }
            Err(other) => Err(other),
        }
    }

    /// Whether a change of several files is under way, or was left by a crash.
    pub fn changing(&self) -> bool {
        // Only whether something has that name: what it is, the lock looks at.
        fs::statat(self.root(), JOURNAL, AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    /// A look to be compared with a later one: whoever reads several files without the lock reads them again, with
    /// it, if the first look says `changing` or the second differs.
    pub fn stamp(&self) -> Stamp {
        // A journal comes and goes in this folder, which changes the folder's time.
        let work = fs::statat(self.root(), WORK, AtFlags::SYMLINK_NOFOLLOW).ok();
        // The types of these fields differ by system, and all fit.
        let moment = |stat: fs::Stat| [stat.st_ino.into(), stat.st_mtime.into(), stat.st_mtime_nsec.into()];
        Stamp { changing: self.changing(), work: work.map(moment) }
    }

    /// Opens the folder at the end of `path` in the one above it, and makes it first if there is none.
    pub(super) fn make_folder(
        &self,
        above: BorrowedFd<'_>,
        path: &str,
        mode: Mode,
    ) -> Result<OwnedFd, StoreError> {
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        if let Some(found) = beneath::open_in(above, name, path, Wanted::Folder)? {
            return Ok(found);
        }
        match fs::mkdirat(above, name, mode) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(self.cannot_write(path, errno)),
        }
        let made = beneath::open_in(above, name, path, Wanted::Folder)?;
        made.ok_or_else(|| self.cannot_write(path, Errno::NOENT))
    }

    fn take_lock(&self, work: &OwnedFd) -> Result<OwnedFd, StoreError> {
        let flags = OFlags::RDWR
            | OFlags::CREATE
            | OFlags::NOFOLLOW
            | OFlags::NONBLOCK
            | OFlags::CLOEXEC
            | OFlags::NOCTTY;
        let held = match fs::openat(work, "lock", flags, Mode::RUSR | Mode::WUSR) {
            Ok(held) => held,
            Err(Errno::LOOP | Errno::ISDIR | Errno::NXIO) => return Err(not_plain(LOCK)),
            Err(errno) => return Err(self.cannot_write(LOCK, errno)),
        };
        let stat = fs::fstat(&held).map_err(|errno| self.cannot_write(LOCK, errno))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(not_plain(LOCK));
        }
        loop {
            match fs::flock(&held, FlockOperation::LockExclusive) {
                Ok(()) => return Ok(held),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(self.cannot_write(LOCK, errno)),
            }
        }
    }

    fn is_there(&self, held: &OwnedFd) -> Result<bool, StoreError> {
        let ours = fs::fstat(held).map_err(|errno| self.cannot_write(LOCK, errno))?;
        match fs::statat(self.root(), LOCK, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(there) => Ok((there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(self.cannot_write(LOCK, errno)),
        }
    }

    pub(super) fn cannot_write(&self, path: &str, source: impl Into<io::Error>) -> StoreError {
        StoreError::Write { path: self.whole(path), source: source.into() }
    }

    fn whole(&self, path: &str) -> PathBuf {
        self.path().join(path)
    }
}

impl Lock<'_> {
    fn recover(&self) -> Result<(), StoreError> {
        // Another process may have replaced a folder while this one waited.
        self.disk.forget();
        if let Some(bytes) = self.disk.read(JOURNAL, JOURNAL_BYTES)? {
            match Journal::parse(&bytes) {
                Some(journal) if journal.folder != self.folder_id()? => {
                    return Err(StoreError::ForeignJournal { journal: self.disk.whole(JOURNAL) });
                }
                Some(journal) => self.finish(journal.moves)?,
                // Torn: it was never in place, or is not ours. No move of it was made.
                None => self.unlink(&self.work, JOURNAL)?,
            }
        }
        self.clear_staged()
    }

    /// The inode of the staging folder.
    pub(super) fn folder_id(&self) -> Result<u64, StoreError> {
        fs::fstat(&self.new).map(|stat| stat.st_ino).map_err(|errno| self.disk.cannot_write(NEW, errno))
    }

    /// Removes what was staged and never moved. A folder among it is not ours, and refused.
    pub(super) fn clear_staged(&self) -> Result<(), StoreError> {
        for entry in self.disk.list(NEW)? {
            let path = format!("{NEW}/{}", entry.name);
            match fs::unlinkat(&self.new, &entry.name, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(Errno::ISDIR | Errno::PERM) => return Err(not_plain(&path)),
                Err(errno) => return Err(self.disk.cannot_write(&path, errno)),
            }
        }
        Ok(())
    }

    /// Removes the name at the end of `path`, if it is there.
    pub(super) fn unlink(&self, folder: impl AsFd, path: &str) -> Result<(), StoreError> {
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        match fs::unlinkat(folder, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(self.disk.cannot_write(path, errno)),
        }
    }

    /// Has the system write a handle's content to the disk; `path` is what errors call it.
    pub(super) fn sync(&self, handle: impl AsFd, path: &str) -> Result<(), StoreError> {
        // As the standard library does it, which knows that macOS needs F_FULLFSYNC.
        let whole = handle.as_fd().try_clone_to_owned().map(File::from).and_then(|file| file.sync_all());
        whole.map_err(|source| self.disk.cannot_write(path, source))
    }
}

pub(super) fn not_plain(path: &str) -> StoreError {
    TreeError::from(Refusal::NotPlain { path: path.to_owned() }).into()
}
