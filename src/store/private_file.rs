//! Files that hold an identity, written so that nobody else can read them.
//!
//! They lie outside the vault, where a link is the user's own and is followed.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use super::error::StoreError;

/// Writes a new file of mode 0600, in a folder that is made with mode 0700 if there is none. Nothing is overwritten.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => StoreError::Exists { path: path.to_owned() },
        _ => StoreError::Write { path: path.to_owned(), source },
    };
    let folder = folder_of(path);
    make_private_folder(folder)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    let written =
        file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| File::open(folder)?.sync_all());
    written.map_err(|source| {
        // Half an identity is none; the first error is the one to report.
        let _ = fs::remove_file(path);
        failed(source)
    })
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
