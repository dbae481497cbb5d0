//! What the disk refuses, what a crash leaves, and what is kept.

mod changing;
mod keeping;
mod placing;
mod reading;

use std::{fs, path::Path};

use super::{
    disk::Disk,
    place::{Place, place_for_new},
};
use tempfile::TempDir;

/// A folder of its own with a vault in it.
struct Ground {
    top: TempDir,
    place: Place,
}

impl Ground {
    fn new(files: &[(&str, &str)]) -> Self {
        let top = TempDir::new().unwrap();
        let place = place_for_new(top.path()).unwrap();
        fs::create_dir(&place.vault).unwrap();
        let ground = Self { top, place };
        files.iter().for_each(|(path, text)| put(&ground.at(path), text));
        ground
    }

    fn at(&self, path: &str) -> std::path::PathBuf {
        self.place.vault.join(path)
    }

    fn disk(&self) -> Disk {
        Disk::open(&self.place).unwrap()
    }

    /// Each file of the vault but those of `.work`, as `path=text`.
    fn state(&self) -> Vec<String> {
        let mut state = Vec::new();
        gather(&self.place.vault, &self.place.vault, &mut state);
        state.retain(|line| !line.starts_with(".work/"));
        state.sort();
        state
    }

    /// The names left in the staging folder, and the journal.
    fn left(&self) -> Vec<String> {
        let mut left = Vec::new();
        gather(&self.at(".work"), &self.at(".work"), &mut left);
        left.retain(|line| line != "lock=");
        left
    }
}

fn gather(top: &Path, folder: &Path, state: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.symlink_metadata().unwrap().is_dir() {
            gather(top, &path, state);
            continue;
        }
        let name = path.strip_prefix(top).unwrap().display();
        state.push(format!("{name}={}", fs::read_to_string(&path).unwrap_or_default()));
    }
}

#[expect(clippy::disallowed_methods, reason = "a test lays out files that `store` did not write")]
fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
