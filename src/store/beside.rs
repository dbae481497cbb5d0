//! Plain text files beside a vault, which people and other programs write: read without waiting, replaced whole.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{CWD, Mode, OFlags, openat},
    io::Errno,
};

use super::{
    error::StoreError,
    held_file::hold_folder,
    plain::{PlainFault, read_plain},
    private_file::{folder_of, make_private_folder},
};

/// What a person writes by hand is far below this.
const TEXT_BYTES: u64 = 1024 * 1024;

/// Whether a link in a file's place is the user's own, and followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// It is.
    Follow,
    /// Somebody else may have put it there.
    Refuse,
}

/// The text of a plain file of at most 1 MiB; `None` if nothing has that name. A pipe or device is refused, and not waited for.
pub fn read_text(path: &Path, links: Links) -> io::Result<Option<String>> {
    let text = |bytes| String::from_utf8(bytes).map_err(|_| io::Error::other("it is no UTF-8 text"));
    read_bytes(path, TEXT_BYTES, links)?.map(text).transpose()
}

/// The bytes of a plain file of at most so many; the same otherwise.
pub fn read_bytes(path: &Path, cap: u64, links: Links) -> io::Result<Option<Vec<u8>>> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let flags = if links == Links::Refuse { flags | OFlags::NOFOLLOW } else { flags };
    let file = match openat(CWD, path, flags, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
        Err(Errno::LOOP) if links == Links::Refuse => return Err(io::Error::other("it is a link")),
        Err(Errno::NXIO) => return Err(io::Error::other("it is no plain file")),
        Err(errno) => return Err(errno.into()),
    };
    let bytes = read_plain(&file, cap).map_err(|fault| match fault {
        PlainFault::NotPlain => io::Error::other("it is no plain file"),
        PlainFault::TooLarge => io::Error::other(format!("it is over {} MiB", cap / TEXT_BYTES)),
        PlainFault::Io(source) => source,
    })?;
    Ok(Some(bytes))
}

/// Replaces a file of the user's own by what `change` makes of it; whoever else asks this way waits. A link is followed. The
/// file keeps its mode; a new one has 0600, in a folder that is made with 0700 if there is none.
pub fn update_text<E: From<StoreError>>(
    path: &Path,
    change: impl FnOnce(Option<String>) -> Result<String, E>,
) -> Result<(), E> {
    make_private_folder(folder_of(path))?;
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let failed = |source| StoreError::Write { path: path.clone(), source };
    let folder = File::open(folder_of(&path)).map_err(failed)?;
    hold_folder(&folder).map_err(failed)?;
    let there =
        read_text(&path, Links::Follow).map_err(|source| StoreError::Read { path: path.clone(), source })?;
    let text = change(there.clone())?;
    if there.as_deref() != Some(&text) {
        replace(&path, &text, 0o600).and_then(|()| folder.sync_all()).map_err(failed)?;
    }
    Ok(())
}

/// Replaces a file, which keeps its mode; a new one has `new`.
pub(super) fn replace(path: &Path, text: &str, new: u32) -> io::Result<()> {
    let mode = fs::metadata(path).map_or(new, |found| found.permissions().mode() & 0o777);
    let staged = staged(path);
    // A crash may have left one, and nobody else writes it now.
    match fs::remove_file(&staged) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(source),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&staged)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.set_permissions(Permissions::from_mode(mode)))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&staged, path));
    written.inspect_err(|_| {
        // The first error is the one to tell.
        let _ = fs::remove_file(&staged);
    })
}

fn staged(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".new");
    path.with_file_name(name)
}
