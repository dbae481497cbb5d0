//! Files that hold an identity, written so that nobody else can read them, and whole or not at all.
//!
//! They lie outside the vault, where a link is the user's own and is followed.

use std::{
    fs::{DirBuilder, File},
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
    path::Path,
};

use rustix::{
    fs::{AtFlags, CWD, Mode, OFlags, RenameFlags, linkat, openat, renameat_with, unlinkat},
    io::Errno,
};

use super::error::StoreError;

/// Writes a new file of mode 0600, in a folder that is made with mode 0700 if there is none. Nothing is overwritten, and a crash
/// leaves the whole file or none: half an identity would be neither.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let folder = folder_of(path);
    make_private_folder(folder)?;
    let written = nameless(folder, path, bytes).unwrap_or_else(|| named(folder, path, bytes));
    let kept = written.and_then(|()| {
        File::open(folder).and_then(|folder| folder.sync_all()).inspect_err(|_| {
            // Who is told that it was not written shall not find it; the first error is the one to report.
            let _ = unlinkat(CWD, path, AtFlags::empty());
        })
    });
    kept.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => StoreError::Exists { path: path.to_owned() },
        _ => StoreError::Write { path: path.to_owned(), source },
    })
}

/// Writes a file that gets its name when it is whole, so that a crash leaves nothing; `None` where the system has no such files.
#[cfg(target_os = "linux")]
fn nameless(folder: &Path, path: &Path, bytes: &[u8]) -> Option<io::Result<()>> {
    use std::os::fd::AsRawFd;

    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = File::from(openat(CWD, folder, flags, Mode::RUSR | Mode::WUSR).ok()?);
    if let Err(error) = fill(&file, bytes) {
        return Some(Err(error));
    }
    let handle = format!("/proc/self/fd/{}", file.as_raw_fd());
    match linkat(CWD, handle, CWD, path, AtFlags::SYMLINK_FOLLOW) {
        Ok(()) => Some(Ok(())),
        Err(Errno::EXIST) => Some(Err(Errno::EXIST.into())),
        // No `/proc`, for instance.
        Err(_) => None,
    }
}

#[cfg(not(target_os = "linux"))]
fn nameless(_: &Path, _: &Path, _: &[u8]) -> Option<io::Result<()>> {
    None
}

/// The same by way of a hidden name beside it, which a crash can leave behind.
fn named(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let staged = folder.join(format!(".{name}.{}.new", std::process::id()));
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = File::from(openat(CWD, &staged, flags, Mode::RUSR | Mode::WUSR)?);
    let placed = fill(&file, bytes).and_then(|()| match linkat(CWD, &staged, CWD, path, AtFlags::empty()) {
        Ok(()) => Ok(()),
        Err(Errno::EXIST) => Err(Errno::EXIST.into()),
        // A file system without links, as a stick for a key that is to lie offline has.
        Err(_) => Ok(renameat_with(CWD, &staged, CWD, path, RenameFlags::NOREPLACE)?),
    });
    // It is gone if it was renamed; the first error is the one to report.
    let _ = unlinkat(CWD, &staged, AtFlags::empty());
    placed
}

fn fill(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes).and_then(|()| file.sync_all())
}

/// Makes a folder of mode 0700 and those above it; one that is there is left as it is.
pub(super) fn make_private_folder(folder: &Path) -> Result<(), StoreError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|source| StoreError::Write { path: folder.to_owned(), source })
}

/// The folder that a path lies in.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt, path::Path};

    use super::{named, nameless, write_private};

    fn listed(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).collect()
    }

    #[test]
    fn file_that_had_a_name_from_the_start_lies_there_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.txt");
        named(folder.path(), &path, b"identity").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"identity");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(listed(folder.path()), ["key.txt"]);
    }

    #[test]
    fn neither_way_overwrites() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.txt");
        write_private(&path, b"first").unwrap();
        let kinds = [Some(named(folder.path(), &path, b"other")), nameless(folder.path(), &path, b"other")];
        for error in kinds.into_iter().flatten() {
            assert_eq!(error.unwrap_err().kind(), std::io::ErrorKind::AlreadyExists);
        }
        assert_eq!(
            (fs::read(&path).unwrap(), listed(folder.path())),
            (b"first".to_vec(), vec!["key.txt".to_owned()])
        );
    }

    #[test]
    fn link_that_leads_nowhere_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.txt");
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), &path).unwrap();
        write_private(&path, b"identity").unwrap_err();
        assert_eq!(listed(folder.path()), ["key.txt"]);
    }
}
