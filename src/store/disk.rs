//! The vault's folder on the disk, opened once and read by handles.

use std::{
    cell::RefCell,
    ffi::CStr,
    fs::DirBuilder,
    io,
    path::{Path, PathBuf},
};

use rustix::{
    fd::{AsFd, BorrowedFd, OwnedFd},
    fs::{self, CWD, Dir, FileType, Mode, OFlags},
    io::Errno,
};

use super::{
    beneath::{self, Wanted},
    error::StoreError,
    place::Place,
    plain::{PlainFault, read_plain},
};
use crate::kernel::{
    refusal::Refusal,
    tree::{Entry, EntryKind, Tree, TreeError},
};

/// An open vault folder.
pub struct Disk {
    path: PathBuf,
    root: OwnedFd,
    /// The folder read from last, since a command reads many files of one folder: its name from the first file on, its
    /// handle from the second on.
    last: RefCell<Option<(String, Option<OwnedFd>)>>,
}

impl Disk {
    /// Opens the folder of a place; a link is refused.
    pub fn open(place: &Place) -> Result<Self, StoreError> {
        let path = place.vault.clone();
        let flags =
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        match fs::openat(CWD, &path, flags, Mode::empty()) {
            Ok(root) => Ok(Self { path, root, last: RefCell::new(None) }),
            Err(Errno::NOTDIR | Errno::LOOP) => Err(StoreError::NotFolder { path }),
            Err(errno) => Err(StoreError::Read { path, source: errno.into() }),
        }
    }

    /// Opens the folder of a place, which it makes if there is none.
    pub fn create(place: &Place) -> Result<Self, StoreError> {
        match DirBuilder::new().create(&place.vault) {
            Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
                Err(StoreError::Write { path: place.vault.clone(), source })
            }
            _ => Self::open(place),
        }
    }

    /// The whole path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn root(&self) -> BorrowedFd<'_> {
        self.root.as_fd()
    }

    /// Forgets the folder read from last, which a change may have removed or replaced.
    pub(super) fn forget(&self) {
        self.last.take();
    }

    fn open_file(&self, path: &str) -> Result<Option<OwnedFd>, TreeError> {
        let Some((folder, name)) = path.rsplit_once('/') else {
            return beneath::open(self.root(), path, Wanted::File);
        };
        if matches!(name, "" | "." | "..") {
            return Err(Refusal::Stray { path: path.to_owned() }.into());
        }
        let mut last = self.last.borrow_mut();
        let Some((_, handle)) = last.as_mut().filter(|(known, _)| known == folder) else {
            *last = Some((folder.to_owned(), None));
            return beneath::open(self.root(), path, Wanted::File);
        };
        if let Some(handle) = handle
            && let Ok(Some(file)) = beneath::open_in(handle.as_fd(), name, path, Wanted::File)
        {
            return Ok(Some(file));
        }
        // Also where the remembered folder had nothing: it may have been replaced by another of its name.
        let Some(opened) = beneath::open(self.root(), folder, Wanted::Folder)? else {
            return Ok(None);
        };
        let file = beneath::open_in(opened.as_fd(), name, path, Wanted::File);
        *handle = Some(opened);
        file
    }
}

impl Tree for Disk {
    fn list(&self, folder: &str) -> Result<Vec<Entry>, TreeError> {
        let failed = |errno: Errno| TreeError::Io { path: folder.to_owned(), source: errno.into() };
        let Some(handle) = beneath::open(self.root(), folder, Wanted::Folder)? else {
            return Ok(Vec::new());
        };
        let mut entries = Vec::new();
        for entry in Dir::read_from(&handle).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let kind = kind_of(&handle, name, entry.file_type()).map_err(failed)?;
            entries.extend(kind.map(|kind| Entry { name: name.to_string_lossy().into_owned(), kind }));
        }
        entries.sort_unstable();
        Ok(entries)
    }

    fn read(&self, path: &str, cap: u64) -> Result<Option<Vec<u8>>, TreeError> {
        let Some(file) = self.open_file(path)? else {
            return Ok(None);
        };
        let path = || path.to_owned();
        read_plain(&file, cap).map(Some).map_err(|fault| match fault {
            PlainFault::NotPlain => Refusal::NotPlain { path: path() }.into(),
            PlainFault::TooLarge => Refusal::TooLarge { path: path(), limit: cap }.into(),
            PlainFault::Io(source) => TreeError::Io { path: path(), source },
        })
    }
}

/// `None` for a name that has vanished since it was listed.
fn kind_of(folder: &OwnedFd, name: &CStr, told: FileType) -> Result<Option<EntryKind>, Errno> {
    let kind = match told {
        // Some file systems do not tell with the name.
        FileType::Unknown => match fs::statat(folder, name, fs::AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => FileType::from_raw_mode(stat.st_mode),
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(errno),
        },
        told => told,
    };
    Ok(Some(match kind {
        FileType::RegularFile => EntryKind::File,
        FileType::Directory => EntryKind::Folder,
        _ => EntryKind::Other,
    }))
}
