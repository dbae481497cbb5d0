//! The user's folders and files: whose they are, who else may read or write them, and whether they can be written.

use std::{
    fs::{self, Metadata},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{Access, access},
    process::geteuid,
};

use super::{Kept, Patient};

const KEPT_KEY: &str = "kept.key";
const KEPT_KEY_BYTES: u64 = 32;

pub(super) fn look(patient: &Patient<'_>) -> Vec<Kept> {
    let mut found = Vec::new();
    let identities = patient.config.map(|config| config.join("identities"));
    let folders = [patient.config, identities.as_deref(), patient.data, patient.state];
    for folder in folders.into_iter().flatten() {
        found.extend(of_folder(folder));
    }
    if let Some(config) = patient.config {
        found.extend(of_file(&config.join("settings.toml"), 0o022));
    }
    for file in identities.as_deref().map(key_files).unwrap_or_default() {
        found.extend(of_file(&file, 0o077));
    }
    if let Some(key) = patient.data.map(|data| data.join(KEPT_KEY)) {
        let facts = of_file(&key, 0o077);
        let is_short = fs::metadata(&key).is_ok_and(|key| key.len() != KEPT_KEY_BYTES);
        found.extend(if facts.is_empty() && is_short { vec![Kept::NoKeptKey { path: key }] } else { facts });
    }
    if let Some(log) = patient.state.map(|state| state.join(crate::audit::FILE)) {
        found.extend(of_file(&log, 0o022));
    }
    once(found)
}

/// Two folders that are not there yet lack the same one above them.
fn once(found: Vec<Kept>) -> Vec<Kept> {
    let mut told: Vec<PathBuf> = Vec::new();
    let mut is_new = |fact: &Kept| match fact {
        Kept::CannotWrite { path, .. } if told.contains(path) => false,
        Kept::CannotWrite { path, .. } => {
            told.push(path.clone());
            true
        }
        _ => true,
    };
    found.into_iter().filter(|fact| is_new(fact)).collect()
}

/// A folder that is there, or the nearest one above in which it would be made.
fn of_folder(folder: &Path) -> Vec<Kept> {
    let path = folder.to_owned();
    let about = match fs::metadata(folder) {
        Ok(about) => about,
        Err(source) if source.kind() == io::ErrorKind::NotFound => {
            let above = folder.ancestors().skip(1).find(|above| fs::symlink_metadata(above).is_ok());
            return above.filter(|above| !can_write(above)).map(cannot_write).into_iter().collect();
        }
        Err(source) => return vec![Kept::CannotLook { path, source }],
    };
    if !about.is_dir() {
        return vec![Kept::NotFolder { path }];
    }
    let mut found = not_ours_alone(&path, &about, 0o022);
    if found.is_empty() && !can_write(folder) {
        found.push(cannot_write(folder));
    }
    found
}

fn can_write(folder: &Path) -> bool {
    access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

fn cannot_write(path: &Path) -> Kept {
    let ours = fs::metadata(path).is_ok_and(|about| about.uid() == geteuid().as_raw());
    Kept::CannotWrite { path: path.to_owned(), ours }
}

/// A file that is there; `forbidden` are the permissions of others that it must not have.
fn of_file(file: &Path, forbidden: u32) -> Vec<Kept> {
    let path = file.to_owned();
    match fs::metadata(file) {
        Ok(about) if !about.is_file() => vec![Kept::NotPlain { path }],
        Ok(about) => not_ours_alone(file, &about, forbidden),
        Err(source) if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Vec::new()
        }
        // The folder above has been told of.
        Err(source) if source.kind() == io::ErrorKind::PermissionDenied => Vec::new(),
        Err(source) => vec![Kept::CannotLook { path, source }],
    }
}

fn not_ours_alone(path: &Path, about: &Metadata, forbidden: u32) -> Vec<Kept> {
    let (path, mode) = (path.to_owned(), about.permissions().mode() & 0o777);
    if about.uid() != geteuid().as_raw() {
        return vec![Kept::NotOurs { path, owner: about.uid() }];
    }
    match mode & forbidden {
        0 => Vec::new(),
        others if others & 0o022 != 0 => vec![Kept::OthersWrite { path, mode }],
        _ => vec![Kept::OthersRead { path, mode }],
    }
}

fn key_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "txt"))
        .collect();
    files.sort();
    files
}
