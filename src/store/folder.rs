//! Folders beside a vault whose files are read as streams: no link is followed, and nothing but a plain file is read.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use rustix::{
    fd::{AsFd, OwnedFd},
    fs::{CWD, FileType, Mode, OFlags, fstat, openat},
    io::Errno,
};

/// A pipe or a terminal must neither block an open nor become the process's own.
const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC)
    .union(OFlags::NOCTTY);
const FOLDER: OFlags = FILE.union(OFlags::DIRECTORY);

/// An open folder.
pub struct Folder(OwnedFd);

impl Folder {
    /// Opens a folder that somebody named; a link to one is his own.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(openat(CWD, path, flags, Mode::empty())?))
    }

    /// The plain file at a path below; `None` if nothing is there, or a link, a pipe or the like, or a link is in the way.
    pub fn file(&self, below: &Path) -> io::Result<Option<File>> {
        let mut above: Option<OwnedFd> = None;
        let mut parts = below.as_os_str().as_bytes().split(|byte| *byte == b'/').peekable();
        while let Some(part) = parts.next() {
            if matches!(part, b"" | b"." | b"..") {
                return Ok(None);
            }
            let folder = above.as_ref().map_or(self.0.as_fd(), AsFd::as_fd);
            let flags = if parts.peek().is_some() { FOLDER } else { FILE };
            match openat(folder, OsStr::from_bytes(part), flags, Mode::empty()) {
                Ok(opened) => above = Some(opened),
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::NXIO | Errno::NODEV) => {
                    return Ok(None);
                }
                Err(errno) => return Err(errno.into()),
            }
        }
        let Some(file) = above else { return Ok(None) };
        let is_plain = FileType::from_raw_mode(fstat(&file)?.st_mode) == FileType::RegularFile;
        Ok(is_plain.then(|| File::from(file)))
    }
}

/// The paths of all files below a folder, in order; what cannot be listed is told. No link is followed, whatever it leads to.
pub fn walk(folder: &Path, told: &mut dyn FnMut(PathBuf, io::Result<()>)) {
    let mut left = vec![PathBuf::new()];
    while let Some(below) = left.pop() {
        let entries = fs::read_dir(folder.join(&below)).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                told(below, Err(error));
                continue;
            }
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        let mut folders = Vec::new();
        for entry in entries {
            let path = below.join(entry.file_name());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(path),
                Ok(kind) if kind.is_file() => told(path, Ok(())),
                Ok(_) => {}
                Err(error) => told(path, Err(error)),
            }
        }
        left.extend(folders.into_iter().rev());
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Read, os::unix::fs::symlink, path::Path};

    use super::{Folder, walk};

    #[test]
    fn file_behind_a_link_is_not_there_and_one_beside_it_is() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::File::create(folder.path().join("a/file")).unwrap();
        symlink("a", folder.path().join("b")).unwrap();
        symlink("file", folder.path().join("a/link")).unwrap();
        let opened = Folder::open(folder.path()).unwrap();
        let found = ["a/file", "b/file", "a/link", "a", "../a/file"].map(|path| {
            let file = opened.file(Path::new(path)).unwrap();
            file.map(|mut file| file.read(&mut [0]).unwrap())
        });
        assert_eq!(found, [Some(0), None, None, None, None]);
    }

    #[test]
    fn walk_goes_through_no_link() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::File::create(folder.path().join("a/file")).unwrap();
        symlink(".", folder.path().join("a/loop")).unwrap();
        let mut found = Vec::new();
        walk(folder.path(), &mut |path, _| found.push(path));
        assert_eq!(found, [Path::new("a/file")]);
    }
}
