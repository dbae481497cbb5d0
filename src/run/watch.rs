//! Noticing that something at or below a vault's folder may have changed, whether it, or a part of it, comes, goes or is replaced.
//!
//! Who is woken looks for himself: what was noticed is a hint. By inotify(7) where there is such a thing, else by looking every second.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use super::Waker;

const PAUSE: Duration = Duration::from_secs(1);
/// A name of a secret has fewer parts.
const DEEPEST: usize = 16;

/// Begins to notice. The first thing noticed is that this has begun: what changed before that is looked for then.
pub fn watch(vault: PathBuf, waker: Waker) -> io::Result<()> {
    thread::Builder::new().name("vault".to_owned()).spawn(move || {
        // It returns where this user has no watches left, for instance.
        #[cfg(target_os = "linux")]
        let _ = inotify::follow(&vault, &waker);
        look_now_and_then(&vault, &waker);
    })?;
    Ok(())
}

fn look_now_and_then(vault: &Path, waker: &Waker) {
    let mut before = None;
    loop {
        let now = Some(stand(vault));
        if before != now {
            waker.wake();
        }
        before = now;
        thread::sleep(PAUSE);
    }
}

/// Which file has each name, how long it is and when it was written.
fn stand(vault: &Path) -> BTreeMap<PathBuf, [i128; 4]> {
    let mut all = BTreeMap::new();
    for folder in folders(vault, DEEPEST) {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if let Ok(found) = entry.metadata() {
                let (second, part) = (found.mtime().into(), found.mtime_nsec().into());
                all.insert(entry.path(), [found.ino().into(), found.len().into(), second, part]);
            }
        }
    }
    all
}

/// A folder and those below it, as far as they are there; no links.
fn folders(folder: &Path, depth: usize) -> Vec<PathBuf> {
    let mut all = vec![folder.to_owned()];
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let below = entries.filter(|entry| depth > 0 && entry.file_type().is_ok_and(|kind| kind.is_dir()));
    below.for_each(|entry| all.extend(folders(&entry.path(), depth - 1)));
    all
}

#[cfg(target_os = "linux")]
mod inotify {
    use std::{convert::Infallible, mem::MaybeUninit, os::unix::ffi::OsStrExt, path::Path};

    use rustix::{
        fd::OwnedFd,
        fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init},
        io::{Errno, Result},
    };

    use super::{DEEPEST, Waker};

    /// Wakes for each change, until there is a fault.
    pub(super) fn follow(vault: &Path, waker: &Waker) -> Result<Infallible> {
        let watches = init(CreateFlags::CLOEXEC)?;
        let mut above = arm(&watches, vault)?;
        waker.wake();
        let mut buffer = [MaybeUninit::uninit(); 8192];
        let mut events = Reader::new(&watches, &mut buffer);
        loop {
            let mut ours = false;
            loop {
                let event = match events.next() {
                    Err(Errno::INTR) => continue,
                    event => event?,
                };
                // The folder that the vault lies in is the project's own, where much happens.
                let name = event.file_name().map(|name| name.to_bytes());
                ours |= event.wd() != above || name == vault.file_name().map(|name| name.as_bytes());
                if events.is_buffer_empty() {
                    break;
                }
            }
            if ours {
                above = arm(&watches, vault)?;
                waker.wake();
            }
        }
    }

    /// Watches the vault's folders, those that are new too, and the one that it lies in, whose number this gives.
    fn arm(watches: &OwnedFd, vault: &Path) -> Result<i32> {
        let changes = WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MODIFY
            | WatchFlags::MOVE
            | WatchFlags::DELETE_SELF
            | WatchFlags::MOVE_SELF;
        let flags = changes | WatchFlags::ONLYDIR | WatchFlags::DONT_FOLLOW;
        let above = add_watch(watches, vault.parent().unwrap_or(vault), flags)?;
        below(watches, vault, flags, DEEPEST)?;
        Ok(above)
    }

    /// A folder is watched before it is listed, so that none in it comes unseen.
    fn below(watches: &OwnedFd, folder: &Path, flags: WatchFlags, depth: usize) -> Result<()> {
        match add_watch(watches, folder, flags) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::ACCESS) => return Ok(()),
            added => added?,
        };
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut folders =
            entries.filter(|entry| depth > 0 && entry.file_type().is_ok_and(|kind| kind.is_dir()));
        folders.try_for_each(|entry| below(watches, &entry.path(), flags, depth - 1))
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::stand;

    /// Whether what is done to a vault with one file is noticed by looking.
    fn is_noticed(act: impl Fn(&Path)) -> bool {
        let root = tempfile::tempdir().unwrap();
        let vault = root.path().join(".vault");
        fs::create_dir_all(vault.join("secrets/dev")).unwrap();
        fs::copy("Cargo.toml", vault.join("secrets/dev/A.toml")).unwrap();
        let before = stand(&vault);
        act(&vault);
        stand(&vault) != before
    }

    #[test]
    fn nothing_done_is_not_noticed() {
        assert!(!is_noticed(|vault| drop(fs::read(vault.join("secrets/dev/A.toml")))));
    }

    #[test]
    fn file_of_the_same_length_in_the_place_of_another_is_noticed() {
        assert!(is_noticed(|vault| {
            fs::copy("Cargo.toml", vault.join("new")).unwrap();
            fs::rename(vault.join("new"), vault.join("secrets/dev/A.toml")).unwrap();
        }));
    }

    #[test]
    fn new_file_in_a_new_folder_is_noticed() {
        assert!(is_noticed(|vault| {
            fs::create_dir_all(vault.join("secrets/dev/db/deep")).unwrap();
            fs::copy("Cargo.toml", vault.join("secrets/dev/db/deep/B.toml")).unwrap();
        }));
    }

    #[test]
    fn vault_that_is_gone_is_noticed() {
        assert!(is_noticed(|vault| fs::remove_dir_all(vault).unwrap()));
    }
}
