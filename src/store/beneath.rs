//! Opening what lies beneath a folder: no link is followed, and no open blocks.

use rustix::{
    fd::{AsFd, BorrowedFd, OwnedFd},
    fs::{self, AtFlags, FileType, Mode, OFlags},
    io::Errno,
};

use crate::kernel::{refusal::Refusal, tree::TreeError};

/// A pipe or a terminal must neither block an open nor become the process's own.
const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC)
    .union(OFlags::NOCTTY);
const FOLDER: OFlags = FILE.union(OFlags::DIRECTORY);

/// What the caller takes a path for.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    /// A file; whether it is a plain one, the reader of the handle asks.
    File,
    Folder,
}

impl Wanted {
    fn flags(self) -> OFlags {
        match self {
            Self::File => FILE,
            Self::Folder => FOLDER,
        }
    }
}

/// Opens a path beneath `root`; the empty path is `root` itself as a folder. `None` if nothing has that name.
pub(super) fn open(root: BorrowedFd<'_>, path: &str, wanted: Wanted) -> Result<Option<OwnedFd>, TreeError> {
    if path.is_empty() {
        return open_in(root, ".", path, Wanted::Folder);
    }
    if !is_relative(path) {
        return Err(Refusal::Stray { path: path.to_owned() }.into());
    }
    match open_at_once(root, path, wanted) {
        Ok(handle) => Ok(Some(handle)),
        Err(Errno::NOENT) => Ok(None),
        // The system or its sandbox lacks the call, or something is in the way and the walk finds out which part.
        Err(_) => open_part_by_part(root, path, wanted),
    }
}

/// Whether a path has only parts that name something: no empty one, no `.`, no `..`.
fn is_relative(path: &str) -> bool {
    !path.contains('\0') && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

#[cfg(target_os = "linux")]
fn open_at_once(root: BorrowedFd<'_>, path: &str, wanted: Wanted) -> Result<OwnedFd, Errno> {
    use rustix::fs::ResolveFlags;
    let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    fs::openat2(root, path, wanted.flags(), Mode::empty(), beneath)
}

#[cfg(not(target_os = "linux"))]
fn open_at_once(_root: BorrowedFd<'_>, _path: &str, _wanted: Wanted) -> Result<OwnedFd, Errno> {
    Err(Errno::NOSYS)
}

/// Opens each part from the handle of the one before. The path has been found relative.
pub(super) fn open_part_by_part(
    root: BorrowedFd<'_>,
    path: &str,
    wanted: Wanted,
) -> Result<Option<OwnedFd>, TreeError> {
    let mut above: Option<OwnedFd> = None;
    let mut begin = 0;
    while let Some(length) = path[begin..].find('/') {
        let end = begin + length;
        let folder = above.as_ref().map_or(root, AsFd::as_fd);
        match open_in(folder, &path[begin..end], &path[..end], Wanted::Folder)? {
            Some(handle) => above = Some(handle),
            None => return Ok(None),
        }
        begin = end + 1;
    }
    open_in(above.as_ref().map_or(root, AsFd::as_fd), &path[begin..], path, wanted)
}

/// Opens one name in a folder; `path` is what errors call it.
pub(super) fn open_in(
    folder: BorrowedFd<'_>,
    name: &str,
    path: &str,
    wanted: Wanted,
) -> Result<Option<OwnedFd>, TreeError> {
    match fs::openat(folder, name, wanted.flags(), Mode::empty()) {
        Ok(handle) => Ok(Some(handle)),
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => Err(in_the_way(folder, name, path, errno)),
    }
}

/// Says what a name is that could not be opened.
fn in_the_way(folder: BorrowedFd<'_>, name: &str, path: &str, errno: Errno) -> TreeError {
    let path = path.to_owned();
    match (kind(folder, name), errno) {
        (Ok(Some(FileType::Symlink)), _) => Refusal::NotPlain { path }.into(),
        (_, Errno::NOTDIR) => Refusal::NotFolder { path }.into(),
        // A socket, or a device without a driver.
        (_, Errno::LOOP | Errno::NXIO | Errno::NODEV | Errno::OPNOTSUPP) => Refusal::NotPlain { path }.into(),
        _ => TreeError::Io { path, source: errno.into() },
    }
}

/// What a name in a folder is, the name itself and not what it links to.
pub(super) fn kind(folder: BorrowedFd<'_>, name: &str) -> Result<Option<FileType>, Errno> {
    match fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(FileType::from_raw_mode(stat.st_mode))),
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => Err(errno),
    }
}
