//! Where files with values may lie: a folder in memory that is the user's alone, or one on a disk if he says so.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
};

use rustix::process::getuid;

use super::FilesError;

/// What the caller's environment says of such places.
pub struct Places {
    /// `XDG_RUNTIME_DIR`.
    pub runtime: Option<PathBuf>,
    /// Where temporary files go.
    pub temporary: PathBuf,
}

/// What a folder must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// Backed by memory.
    Memory,
    /// By memory, or else by a disk.
    Any,
}

impl Places {
    /// A folder of ours, made if it is not there, in the first place that will do.
    pub fn folder(&self, medium: Medium) -> Result<PathBuf, FilesError> {
        let runtime = self.runtime.iter().filter(|folder| folder.is_absolute() && is_private(folder));
        let own = format!("cargo-vault-{}", getuid().as_raw());
        let memory = runtime.map(|folder| folder.join("cargo-vault"));
        let memory = memory.chain([Path::new("/dev/shm").join(&own)]);
        let found = memory.into_iter().find(|folder| folder.parent().is_some_and(in_memory));
        let on_disk = || (medium == Medium::Any).then(|| self.temporary.join(&own));
        made(found.or_else(on_disk).ok_or(FilesError::NoMemory)?)
    }
}

/// Makes a folder that only this user can enter, or finds it so.
fn made(folder: PathBuf) -> Result<PathBuf, FilesError> {
    match DirBuilder::new().mode(0o700).create(&folder) {
        Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
            Err(FilesError::Write { path: folder, source })
        }
        // Whoever made it before us may read what lies in it.
        _ if !is_private(&folder) => Err(FilesError::NotOurs { folder }),
        _ => Ok(folder),
    }
}

/// Whether it is a folder, and no link to one, that nobody but this user can enter.
fn is_private(folder: &Path) -> bool {
    fs::symlink_metadata(folder)
        .is_ok_and(|found| found.is_dir() && found.uid() == getuid().as_raw() && found.mode() & 0o077 == 0)
}

/// Whether what lies in a folder is in memory and on no disk, but for what the system swaps out.
#[cfg(target_os = "linux")]
fn in_memory(folder: &Path) -> bool {
    /// `TMPFS_MAGIC` and `RAMFS_MAGIC` of statfs(2).
    const IN_MEMORY: [i128; 2] = [0x0102_1994, 0x8584_58f6];
    rustix::fs::statfs(folder).is_ok_and(|found| IN_MEMORY.contains(&i128::from(found.f_type)))
}

/// No other system has such a folder from the start.
#[cfg(not(target_os = "linux"))]
fn in_memory(_: &Path) -> bool {
    false
}
