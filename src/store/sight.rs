//! What files look like from outside: names, times, sizes and numbers of inodes, so that whoever looks again knows whether anything
//! changed, without opening one.

use std::{
    ffi::OsStr,
    fs::{self, Metadata},
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

/// How many folders deep is looked.
const DEPTH: usize = 8;
/// The most files of one folder; a change of those beyond shows when the folder itself changes.
const FILES: usize = 20_000;

/// What some files looked like, in a few bytes.
#[derive(Clone, Default)]
pub struct Sight(Sha256);

impl Sight {
    /// Looks at a file; that there is none is a sight too. Where a link lies, both it and what it leads to.
    pub fn look(&mut self, path: &Path) {
        self.note(path.as_os_str());
        match fs::symlink_metadata(path) {
            Ok(found) if found.is_symlink() => {
                self.facts(&found);
                fs::metadata(path).iter().for_each(|found| self.facts(found));
            }
            Ok(found) => self.facts(&found),
            Err(_) => self.0.update([0]),
        }
    }

    /// Takes a word into account that is no file.
    pub fn note(&mut self, word: impl AsRef<OsStr>) {
        let bytes = word.as_ref().as_bytes();
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    /// What came of it.
    pub fn seen(self) -> [u8; 16] {
        let mut seen = [0; 16];
        seen.copy_from_slice(&self.0.finalize()[..16]);
        seen
    }

    fn facts(&mut self, found: &Metadata) {
        let times = [found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec()];
        let numbers = [found.ino(), found.dev(), found.size(), u64::from(found.mode())];
        times.iter().for_each(|time| self.0.update(time.to_le_bytes()));
        numbers.iter().for_each(|number| self.0.update(number.to_le_bytes()));
    }
}

/// A folder and all that lies below it, in order; the folder alone where it cannot be read.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(folder.to_owned(), DEPTH, &mut found);
    found
}

fn walk(folder: PathBuf, depth: usize, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(&folder).into_iter().flatten().flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    found.push(folder);
    for entry in entries {
        match entry.file_type() {
            _ if found.len() >= FILES => return,
            Ok(kind) if kind.is_dir() && depth > 0 => walk(entry.path(), depth - 1, found),
            _ => found.push(entry.path()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs::{self, File},
        io::Write,
        path::Path,
    };

    use super::{Sight, files_below};

    fn seen(folder: &Path) -> [u8; 16] {
        let mut sight = Sight::default();
        files_below(folder).iter().for_each(|path| sight.look(path));
        sight.seen()
    }

    #[test]
    fn file_that_is_written_in_place_looks_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = File::create(folder.path().join("a")).unwrap();
        let before = seen(folder.path());
        assert_eq!(seen(folder.path()), before);
        file.write_all(b"x").unwrap();
        assert_ne!(seen(folder.path()), before);
    }

    #[test]
    fn file_that_is_replaced_by_one_of_its_size_looks_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let [path, other] = ["a", "b"].map(|name| folder.path().join(name));
        File::create(&path).unwrap().write_all(b"x").unwrap();
        let before = seen(folder.path());
        File::create(&other).unwrap().write_all(b"y").unwrap();
        fs::rename(&other, &path).unwrap();
        assert_ne!(seen(folder.path()), before);
    }

    #[test]
    fn file_deep_below_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a/b")).unwrap();
        let before = seen(folder.path());
        File::create(folder.path().join("a/b/c")).unwrap();
        assert_ne!(seen(folder.path()), before);
    }
}
