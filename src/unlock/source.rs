//! The sources of an identity: what was named for this command, and the user's own files.

use std::{
    io::Read,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::{Candidate, Origin, UnlockError, parse_file};
use crate::kernel::{model::Anchor, secret::Secret};

/// The most that an identity's file may hold.
const FILE: u64 = 64 * 1024;

/// A place that may hold identities.
pub trait KeySource {
    /// What it holds, nothing unlocked.
    fn candidates(self: Box<Self>) -> Result<Vec<Candidate>, UnlockError>;
}

/// An identity that was named for this command, by a variable or a flag.
pub struct Variable {
    candidates: Vec<Candidate>,
    pub(super) anchor: Option<Anchor>,
}

impl Variable {
    /// Parses a key, or a whole identity file, with an anchor behind `#` if any.
    pub fn parse(origin: Origin, text: &Secret) -> Result<Self, UnlockError> {
        let (candidates, anchor) = parse_file(&origin, text)?;
        Ok(Self { candidates, anchor })
    }
}

impl KeySource for Variable {
    fn candidates(self: Box<Self>) -> Result<Vec<Candidate>, UnlockError> {
        Ok(self.candidates)
    }
}

/// Reads the file that a flag or a variable names. It may be a pipe, as shells make of `<(…)`, so its mode is not asked.
pub fn from_file(origin: Origin, path: &Path) -> Result<Variable, UnlockError> {
    let read = std::fs::File::open(path).and_then(read_capped);
    let file =
        read.map_err(|source| UnlockError::Read { origin: origin.clone(), reason: source.to_string() })?;
    Variable::parse(origin, &file)
}

fn read_capped(file: std::fs::File) -> std::io::Result<Secret> {
    // Whole from the start, so that no copy of the key is left behind by a growing buffer; with less than 32 bytes to spare the
    // standard library would read by way of another. A pipe does not tell its size.
    let facts = file.metadata()?;
    let size = if facts.is_file() { facts.len().min(FILE) } else { FILE };
    let mut bytes = Vec::with_capacity(size as usize + 64);
    file.take(FILE + 1).read_to_end(&mut bytes)?;
    let too_large = bytes.len() as u64 > FILE;
    let file = Secret::new(bytes);
    if too_large { Err(std::io::Error::other("it is over 64 KiB")) } else { Ok(file) }
}

/// The user's own identities: every `*.txt` of the folder, in the order of their names. A file that others can read is
/// refused, as ssh does.
pub struct Stored {
    folder: PathBuf,
}

impl Stored {
    /// Names the folder; nothing is read yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The identity files in it.
    pub fn files(&self) -> Result<Vec<PathBuf>, UnlockError> {
        let failed = |source: std::io::Error| UnlockError::Read {
            origin: Origin::Stored(self.folder.clone()),
            reason: source.to_string(),
        };
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(e)
                if matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
            {
                return Ok(Vec::new());
            }
            Err(e) => return Err(failed(e)),
        };
        let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
        let mut files: Vec<PathBuf> = paths
            .map_err(failed)?
            .into_iter()
            .filter(|path| path.extension().is_some_and(|e| e == "txt"))
            .collect();
        files.sort();
        Ok(files)
    }
}

impl KeySource for Stored {
    fn candidates(self: Box<Self>) -> Result<Vec<Candidate>, UnlockError> {
        let mut candidates = Vec::new();
        for path in self.files()? {
            candidates.extend(stored(&path)?);
        }
        Ok(candidates)
    }
}

fn stored(path: &Path) -> Result<Vec<Candidate>, UnlockError> {
    let origin = Origin::Stored(path.to_owned());
    let failed =
        |source: std::io::Error| UnlockError::Read { origin: origin.clone(), reason: source.to_string() };
    // Looked at through the handle that is read, and without waiting for the other end of a pipe.
    let nonblock = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let handle = std::fs::OpenOptions::new().read(true).custom_flags(nonblock).open(path).map_err(failed)?;
    let about = handle.metadata().map_err(failed)?;
    let mode = about.mode() & 0o777;
    if !about.is_file() {
        return Err(UnlockError::Read { origin, reason: "it is no plain file".to_owned() });
    }
    if mode & 0o077 != 0 {
        return Err(UnlockError::Readable { origin, mode });
    }
    let file = read_capped(handle).map_err(failed)?;
    parse_file(&origin, &file).map(|(candidates, _)| candidates)
}
