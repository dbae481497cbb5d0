//! A file that a value is written to: for its user alone, whole or not at all, and never through a link.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io::{self, Write},
    os::unix::ffi::OsStrExt,
    path::Path,
};

use rustix::{
    fd::{AsFd, BorrowedFd},
    fs::{self, AtFlags, FileType, Mode, OFlags, RenameFlags},
    io::Errno,
};

use super::error::StoreError;

/// What to do with a plain file of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Refuse.
    Refuse,
    /// Replace it.
    Replace,
}

/// Writes a file of mode 0600, in a folder that must be there.
pub fn write_output(path: &Path, bytes: &[u8], over: Over) -> Result<(), StoreError> {
    let failed = |source: io::Error| StoreError::Write { path: path.to_owned(), source };
    let not_file = || StoreError::NotFile { path: path.to_owned() };
    let name = path.file_name().ok_or_else(not_file)?;
    if path.as_os_str().as_bytes().ends_with(b"/") {
        return Err(not_file());
    }
    let above = path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = File::open(above).map_err(failed)?;
    match kind(&folder, name).map_err(failed)? {
        None => {}
        Some(FileType::RegularFile) if over == Over::Replace => {}
        Some(FileType::RegularFile) => return Err(StoreError::Exists { path: path.to_owned() }),
        Some(_) => return Err(not_file()),
    }
    let target = Target { folder: folder.as_fd(), name, over };
    match target.write(bytes).and_then(|()| folder.sync_all()) {
        Err(source) if source.kind() == io::ErrorKind::AlreadyExists => {
            Err(StoreError::Exists { path: path.to_owned() })
        }
        other => other.map_err(failed),
    }
}

struct Target<'a> {
    folder: BorrowedFd<'a>,
    name: &'a OsStr,
    over: Over,
}

impl Target<'_> {
    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let staged = self.staged();
        if let Some(file) = self.nameless() {
            fill(&file, bytes)?;
            // A file gets its first name here, so a crash before this leaves nothing of the value.
            let named = if self.over == Over::Replace { staged.as_os_str() } else { self.name };
            match self.link(&file, named) {
                Ok(()) if self.over == Over::Replace => return self.place(&staged),
                Ok(()) => return Ok(()),
                Err(Errno::EXIST) => return Err(Errno::EXIST.into()),
                // No `/proc`, for instance.
                Err(_) => {}
            }
        }
        self.write_named(bytes)
    }

    /// The same where the system has no nameless files.
    fn write_named(&self, bytes: &[u8]) -> io::Result<()> {
        let staged = self.staged();
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = File::from(fs::openat(self.folder, &staged, flags, Mode::RUSR | Mode::WUSR)?);
        match fill(&file, bytes) {
            Ok(()) => self.place(&staged),
            Err(error) => {
                self.take_back(&staged);
                Err(error)
            }
        }
    }

    fn staged(&self) -> OsString {
        let mut staged = OsString::from(".");
        staged.push(self.name);
        staged.push(format!(".{}.new", std::process::id()));
        staged
    }

    #[cfg(target_os = "linux")]
    fn nameless(&self) -> Option<File> {
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        fs::openat(self.folder, ".", flags, Mode::RUSR | Mode::WUSR).ok().map(File::from)
    }

    #[cfg(not(target_os = "linux"))]
    fn nameless(&self) -> Option<File> {
        None
    }

    fn link(&self, file: &File, name: &OsStr) -> Result<(), Errno> {
        use std::os::fd::AsRawFd;
        let handle = format!("/proc/self/fd/{}", file.as_raw_fd());
        fs::linkat(fs::CWD, handle, self.folder, name, AtFlags::SYMLINK_FOLLOW)
    }

    /// Gives the staged file its name.
    fn place(&self, staged: &OsStr) -> io::Result<()> {
        let placed = match self.over {
            Over::Replace => fs::renameat(self.folder, staged, self.folder, self.name),
            Over::Refuse => self.place_anew(staged),
        };
        placed.map_err(|errno| {
            self.take_back(staged);
            errno.into()
        })
    }

    /// Over nothing that has come meanwhile: by a link, or where the file system has none, by a move that looks first.
    fn place_anew(&self, staged: &OsStr) -> Result<(), Errno> {
        match fs::linkat(self.folder, staged, self.folder, self.name, AtFlags::empty()) {
            Ok(()) => {
                self.take_back(staged);
                Ok(())
            }
            Err(Errno::EXIST) => Err(Errno::EXIST),
            Err(_) => fs::renameat_with(self.folder, staged, self.folder, self.name, RenameFlags::NOREPLACE),
        }
    }

    /// The error that led here is the one to report.
    fn take_back(&self, staged: &OsStr) {
        let _ = fs::unlinkat(self.folder, staged, AtFlags::empty());
    }
}

fn kind(folder: &File, name: &OsStr) -> io::Result<Option<FileType>> {
    match fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(FileType::from_raw_mode(stat.st_mode))),
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => Err(errno.into()),
    }
}

fn fill(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes).and_then(|()| file.sync_all())
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsStr, fs, fs::File, os::fd::AsFd, os::unix::fs::PermissionsExt};

    use super::{Over, Target};

    /// What lies in a folder after `mine` was to be written there without nameless files, and how that ended.
    fn after(there: Option<&[u8]>, over: Over) -> (Vec<(String, Vec<u8>, u32)>, bool) {
        let root = tempfile::tempdir().unwrap();
        if let Some(bytes) = there {
            crate::store::write_private(&root.path().join("out"), bytes).unwrap();
        }
        let folder = File::open(root.path()).unwrap();
        let target = Target { folder: folder.as_fd(), name: OsStr::new("out"), over };
        let done = target.write_named(b"mine").is_ok();
        let listed = fs::read_dir(root.path()).unwrap().map(|entry| {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap(), mode)
        });
        (listed.collect(), done)
    }

    #[test]
    fn file_that_had_a_name_from_the_start_lies_there_alone() {
        assert_eq!(after(None, Over::Refuse), (vec![("out".into(), b"mine".into(), 0o600)], true));
    }

    #[test]
    fn file_that_is_there_stays_without_force() {
        assert_eq!(after(Some(b"x"), Over::Refuse), (vec![("out".into(), b"x".into(), 0o600)], false));
    }

    #[test]
    fn file_that_is_there_is_replaced_by_force() {
        assert_eq!(after(Some(b"x"), Over::Replace), (vec![("out".into(), b"mine".into(), 0o600)], true));
    }
}
