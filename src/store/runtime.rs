//! The user's folder for what lives as long as a process: sockets, and what stands beside them.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
};

use rustix::process::getuid;

use super::error::StoreError;

/// Makes the folder below the session's runtime folder, or in `/tmp` where there is none. Refused unless it is this user's alone.
pub fn runtime_folder(session: Option<&Path>) -> Result<PathBuf, StoreError> {
    let session = session.filter(|folder| folder.is_absolute() && folder.is_dir());
    let folder = session.map_or_else(
        || PathBuf::from(format!("/tmp/cargo-vault-{}", getuid().as_raw())),
        |session| session.join("cargo-vault"),
    );
    match DirBuilder::new().mode(0o700).create(&folder) {
        Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
            return Err(StoreError::Write { path: folder, source });
        }
        _ => {}
    }
    let found =
        fs::symlink_metadata(&folder).map_err(|source| StoreError::Read { path: folder.clone(), source })?;
    let ours = found.is_dir() && found.uid() == getuid().as_raw() && found.mode() & 0o077 == 0;
    if ours { Ok(folder) } else { Err(StoreError::NotOurs { path: folder }) }
}
