//! Private files that change: replaced whole, under a lock, so that of two who change one at once neither is lost.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use rustix::{
    fs::{CWD, FlockOperation, Mode, OFlags, flock, openat},
    io::Errno,
};

use super::{
    error::StoreError,
    private_file::{folder_of, make_private_folder},
};

/// Changes a private file under a lock of its own folder, so that of two who change at once neither is lost. `change` is given
/// what the file holds, and gives what it is to hold; none of either is no file.
pub fn update_private<E: From<StoreError>>(
    path: &Path,
    change: impl FnOnce(Option<Vec<u8>>) -> Result<Option<Vec<u8>>, E>,
) -> Result<(), E> {
    let failed = |source: io::Error| StoreError::Write { path: path.to_owned(), source };
    let folder = folder_of(path);
    make_private_folder(folder)?;
    let held = File::open(folder).map_err(failed)?;
    hold_folder(&held).map_err(failed)?;
    let before = match fs::read(path) {
        Ok(bytes) => Some(bytes),
        Err(source) if source.kind() == io::ErrorKind::NotFound => None,
        Err(source) => return Err(StoreError::Read { path: path.to_owned(), source }.into()),
    };
    let there = before.is_some();
    match change(before)? {
        Some(bytes) => replace_file(path, &bytes, Durable::Yes)?,
        None if there => fs::remove_file(path).map_err(failed)?,
        None => return Ok(()),
    }
    Ok(held.sync_all().map_err(failed)?)
}

/// Waits for whoever else of ours commits in a clone, whose git takes no second one meanwhile; dropped with the handle.
pub fn hold_commits(git_common: &Path) -> Result<File, StoreError> {
    let folder = git_common.join("cargo-vault");
    make_private_folder(&folder)?;
    hold(&folder.join("commits.lock"))
}

/// Locks a folder itself, so that no lock's file is left in it.
pub(super) fn hold_folder(folder: &File) -> io::Result<()> {
    loop {
        match flock(folder, FlockOperation::LockExclusive) {
            Err(Errno::INTR) => {}
            other => return Ok(other?),
        }
    }
}

/// Takes the lock of a file that it makes if there is none; dropped with the handle.
pub(super) fn hold(path: &Path) -> Result<File, StoreError> {
    let failed = |source| StoreError::Write { path: path.to_owned(), source };
    let flags = OFlags::RDWR
        | OFlags::CREATE
        | OFlags::NOFOLLOW
        | OFlags::NONBLOCK
        | OFlags::CLOEXEC
        | OFlags::NOCTTY;
    let file = openat(CWD, path, flags, Mode::RUSR | Mode::WUSR).map_err(|errno| failed(errno.into()))?;
    loop {
        match flock(&file, FlockOperation::LockExclusive) {
            Ok(()) => return Ok(File::from(file)),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(failed(errno.into())),
        }
    }
}

#[derive(PartialEq)]
pub(super) enum Durable {
    Yes,
    No,
}

/// Replaces a file by one of mode 0600, under a lock that keeps the staged name to one process.
pub(super) fn replace_file(path: &Path, bytes: &[u8], durable: Durable) -> Result<(), StoreError> {
    let staged = path.with_extension("new");
    let written = stage(&staged, bytes, durable).and_then(|()| fs::rename(&staged, path));
    written.map_err(|source| {
        // The first error is the one to report.
        let _ = fs::remove_file(&staged);
        StoreError::Write { path: path.to_owned(), source }
    })
}

fn stage(staged: &Path, bytes: &[u8], durable: Durable) -> io::Result<()> {
    // A crash may have left one.
    match fs::remove_file(staged) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(source),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(staged)?;
    file.write_all(bytes)?;
    if durable == Durable::Yes { file.sync_all() } else { Ok(()) }
}
