//! The audit log: JSON lines in the user's state folder, each with the hash of the line before.
//!
//! One writer at a time: the file is locked while a line is added, so every line names the one that really precedes
//! it. A line that a crash cut short stays as it is, gets its newline, and the chain goes on from its bytes.

use std::{
    fs::{DirBuilder, File},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, FileExt},
    path::PathBuf,
};

use rustix::{
    fs::{CWD, FileType, FlockOperation, Mode, OFlags, Stat, fchmod, flock, fstat, openat},
    process::geteuid,
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::kernel::model::Event;

/// The name of the log in its folder.
pub const FILE: &str = "audit.jsonl";
/// The version of a line's shape.
const VERSION: u32 = 1;
const BLOCK: u64 = 4096;

/// Whether a line must be on the disk before the appender returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durable {
    /// For what changes something.
    Now,
    /// For what only reads: the system writes it in its own time.
    Later,
}

/// Why an event could not be added.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The folder or the file cannot be made or opened; a link in the file's place is such a case.
    #[error("cannot open `{}`: {source}", path.display())]
    Open {
        /// The folder or the file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder or the file belongs to somebody else.
    #[error("`{}` belongs to user {owner}", path.display())]
    NotOurs {
        /// The folder or the file.
        path: PathBuf,
        /// The system's number of its owner.
        owner: u32,
    },
    /// Something else than a plain file has the log's name.
    #[error("`{}` is no plain file", path.display())]
    NotPlain {
        /// The file.
        path: PathBuf,
    },
    /// The end of the log cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The line cannot be written; what was written of it was cut off again.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The audit log of one user.
#[derive(Clone, Debug)]
pub struct Audit {
    folder: PathBuf,
}

/// One line, in the order of its keys.
#[derive(Serialize)]
struct Line<'a> {
    v: u32,
    #[serde(flatten)]
    event: &'a Event,
    prev: String,
}

impl Audit {
    /// Names the folder that holds the log. Nothing is made before the first event.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The log's path.
    pub fn path(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    /// Adds one event, waiting for others who add theirs.
    pub fn append(&self, event: &Event, durable: Durable) -> Result<(), AuditError> {
        let folder = self.open_folder()?;
        let log = self.open_log(&folder)?;
        flock(&log, FlockOperation::LockExclusive)
            .map_err(|source| AuditError::Open { path: self.path(), source: source.into() })?;
        let end = End::of(&log).map_err(|source| AuditError::Read { path: self.path(), source })?;
        self.write(&log, &end, event).map_err(|source| AuditError::Write { path: self.path(), source })?;
        if durable == Durable::Now {
            let synced =
                log.sync_data().and_then(|()| if end.size == 0 { folder.sync_all() } else { Ok(()) });
            synced.map_err(|source| AuditError::Write { path: self.path(), source })?;
        }
        Ok(())
    }

    fn open_folder(&self) -> Result<File, AuditError> {
        let open_error = |source| AuditError::Open { path: self.folder.clone(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).map_err(open_error)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder =
            openat(CWD, &self.folder, flags, Mode::empty()).map_err(|source| open_error(source.into()))?;
        let stat = fstat(&folder).map_err(|source| open_error(source.into()))?;
        if stat.st_uid != geteuid().as_raw() {
            return Err(AuditError::NotOurs { path: self.folder.clone(), owner: stat.st_uid });
        }
        if is_open_to_others(&stat) {
            fchmod(&folder, Mode::RWXU).map_err(|source| open_error(source.into()))?;
        }
        Ok(folder.into())
    }

    fn open_log(&self, folder: &File) -> Result<File, AuditError> {
        let open_error =
            |source: rustix::io::Errno| AuditError::Open { path: self.path(), source: source.into() };
        // Non-blocking, so that a pipe put in the log's place cannot hold the command up.
        let flags = OFlags::RDWR
            | OFlags::CREATE
            | OFlags::APPEND
            | OFlags::NOFOLLOW
            | OFlags::NONBLOCK
            | OFlags::NOCTTY
            | OFlags::CLOEXEC;
        let private = Mode::RUSR | Mode::WUSR;
        let log = openat(folder, FILE, flags, private).map_err(open_error)?;
        let stat = fstat(&log).map_err(open_error)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(AuditError::NotPlain { path: self.path() });
        }
        if stat.st_uid != geteuid().as_raw() {
            return Err(AuditError::NotOurs { path: self.path(), owner: stat.st_uid });
        }
        if is_open_to_others(&stat) {
            fchmod(&log, private).map_err(open_error)?;
        }
        Ok(log.into())
    }

    fn write(&self, mut log: &File, end: &End, event: &Event) -> io::Result<()> {
        let line = Line { v: VERSION, event, prev: end.hash.clone() };
        let mut bytes = Vec::new();
        if end.is_cut {
            bytes.push(b'\n');
        }
        serde_json::to_writer(&mut bytes, &line).expect("an event has nothing that JSON cannot hold");
        bytes.push(b'\n');
        log.write_all(&bytes).inspect_err(|_| {
            // On a full disk half a line may stand there. Should cutting it off fail too, the next event mends it.
            let _ = log.set_len(end.size);
        })
    }
}

fn is_open_to_others(stat: &Stat) -> bool {
    Mode::from_raw_mode(stat.st_mode).intersects(Mode::RWXG | Mode::RWXO)
}

/// The end of the log, found without reading the rest.
struct End {
    size: u64,
    /// SHA-256 of the last line without its newline; zeros where there is none.
    hash: String,
    /// Whether the last line lacks its newline.
    is_cut: bool,
}

impl End {
    fn of(log: &File) -> io::Result<Self> {
        let size = log.metadata()?.len();
        if size == 0 {
            return Ok(Self { size, hash: "0".repeat(64), is_cut: false });
        }
        let mut last = [0];
        log.read_exact_at(&mut last, size - 1)?;
        let is_cut = last != *b"\n";
        let line_end = if is_cut { size } else { size - 1 };
        let hash = hash_range(log, line_start(log, line_end)?, line_end)?;
        Ok(Self { size, hash, is_cut })
    }
}

/// Where the line that ends at `end` begins, looking backwards a block at a time.
fn line_start(log: &File, end: u64) -> io::Result<u64> {
    let mut block = [0; BLOCK as usize];
    let mut block_end = end;
    while block_end > 0 {
        let start = block_end.saturating_sub(BLOCK);
        let part = &mut block[..(block_end - start) as usize];
        log.read_exact_at(part, start)?;
        if let Some(newline) = part.iter().rposition(|&byte| byte == b'\n') {
            return Ok(start + newline as u64 + 1);
        }
        block_end = start;
    }
    Ok(0)
}

fn hash_range(log: &File, mut start: u64, end: u64) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut block = [0; BLOCK as usize];
    while start < end {
        let part = &mut block[..(end - start).min(BLOCK) as usize];
        log.read_exact_at(part, start)?;
        hash.update(&*part);
        start += part.len() as u64;
    }
    Ok(base16ct::lower::encode_string(&hash.finalize()))
}

#[cfg(test)]
mod tests;
