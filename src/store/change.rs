//! Changing many files all or not at all: stage each, write the moves down, make them, strike the journal.
//!
//! One file needs no journal, since its rename is one step. Only sealed bytes and public text come here.

use std::{collections::BTreeSet, fs::File, io::Write};

use rustix::{
    fd::{AsFd, OwnedFd},
    fs::{self, AtFlags, FileType, Mode, OFlags},
    io::Errno,
};

use super::{
    beneath::{self, Wanted},
    error::StoreError,
    journal::{Journal, Move, Target},
    lock::{JOURNAL, Lock, NEW, WORK, not_plain},
};

/// The name that a journal has before it is whole.
const STAGED_JOURNAL: &str = "journal";

/// From so many files on, one sync of the whole file system takes less than one for each file.
const TOGETHER: usize = 64;
/// Only Linux tells of an error of such a sync.
const SYNCS_TOGETHER: bool = cfg!(target_os = "linux");

/// One file of a change. Paths are relative to `.vault`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The file holds these bytes from then on, whether there was one or not.
    Put {
        /// Where.
        path: String,
        /// What it holds.
        bytes: Vec<u8>,
    },
    /// There is no such file from then on, nor the folders that it leaves empty.
    Remove {
        /// Where.
        path: String,
    },
}

impl Edit {
    /// Where.
    pub fn path(&self) -> &str {
        match self {
            Self::Put { path, .. } | Self::Remove { path } => path,
        }
    }
}

/// What a change does to the disk, one at a time. A crash can fall between any two, and the tests stop there.
#[derive(Debug)]
pub(super) enum Step {
    /// Writes one staged file, and through to the disk unless all are synced together.
    Stage { number: usize, bytes: Vec<u8>, together: bool },
    /// Writes the journal beside the staged files.
    StageJournal(Journal),
    /// Makes the staged names outlive a loss of power, and what they name where it was not synced one by one.
    SyncStaged { together: bool },
    /// From here on the change will be made, whatever happens.
    PlaceJournal,
    /// Makes the coming or going of the journal outlive a loss of power.
    SyncWork,
    /// Makes one move.
    Make(Move),
    /// Makes the moves outlive a loss of power.
    SyncFolders(BTreeSet<String>),
    /// Strikes the journal.
    DropJournal,
}

/// The steps of a change: those that can be taken back, and those that follow.
pub(super) struct Plan {
    pub(super) before: Vec<Step>,
    pub(super) after: Vec<Step>,
}

impl Lock<'_> {
    /// Makes a change of any number of files, all or none of which a crash leaves done.
    pub fn replace(&self, edits: Vec<Edit>) -> Result<(), StoreError> {
        self.replace_telling(edits, &|_, _| {})
    }

    /// The same, and tells how many of the steps are done.
    pub fn replace_telling(&self, edits: Vec<Edit>, told: &dyn Fn(usize, usize)) -> Result<(), StoreError> {
        let journalled = edits.len() > 1;
        let plan = self.plan(edits)?;
        let (before, all) = (plan.before.len(), plan.before.len() + plan.after.len());
        if let Err(error) = self.take_all(plan.before, &|done| told(done, all)) {
            self.take_back();
            return Err(error);
        }
        match self.take_all(plan.after, &|done| told(before + done, all)) {
            Err(cause) if journalled => Err(StoreError::Unfinished { cause: Box::new(cause) }),
            Err(error) => {
                self.take_back();
                Err(error)
            }
            Ok(()) => Ok(()),
        }
    }

    /// The error that led here is the one to report; what cannot be removed now, the next lock removes.
    fn take_back(&self) {
        let _ = self.clear_staged();
    }

    /// Checks a change against the folder as it is, and lays out its steps.
    pub(super) fn plan(&self, edits: Vec<Edit>) -> Result<Plan, StoreError> {
        refuse_clashes(&edits)?;
        let journalled = edits.len() > 1;
        let together = SYNCS_TOGETHER && edits.len() >= TOGETHER;
        let (mut before, mut moves) = (Vec::new(), Vec::new());
        for (number, edit) in edits.into_iter().enumerate() {
            let target = Target::parse(edit.path())?;
            self.check(&target)?;
            moves.push(match edit {
                Edit::Put { bytes, .. } => {
                    before.push(Step::Stage { number, bytes, together });
                    Move::Put { number, to: target }
                }
                Edit::Remove { .. } => Move::Remove { target },
            });
        }
        if !journalled {
            let folders = self.touched_by_one(&moves)?;
            let after = moves.into_iter().map(Step::Make).chain([Step::SyncFolders(folders)]).collect();
            return Ok(Plan { before, after });
        }
        let journal = Journal { folder: self.folder_id()?, moves: moves.clone() };
        before.extend([Step::StageJournal(journal), Step::SyncStaged { together }, Step::PlaceJournal]);
        Ok(Plan { before, after: following(moves) })
    }

    /// A file put in a folder that is there changes that folder alone, and each sync saved shows.
    fn touched_by_one(&self, moves: &[Move]) -> Result<BTreeSet<String>, StoreError> {
        if let [Move::Put { to, .. }] = moves {
            let (folder, _) = to.split();
            if beneath::open(self.disk.root(), folder, Wanted::Folder)?.is_some() {
                return Ok(BTreeSet::from([folder.to_owned()]));
            }
        }
        Ok(touched(moves))
    }

    /// Makes the moves of a journal that is in place, those that were made already included.
    pub(super) fn finish(&self, moves: Vec<Move>) -> Result<(), StoreError> {
        self.take_all(following(moves), &|_| {})
    }

    fn take_all(&self, steps: Vec<Step>, told: &dyn Fn(usize)) -> Result<(), StoreError> {
        let taken = steps.into_iter().zip(1..).try_for_each(|(step, number)| {
            self.take(step)?;
            told(number);
            Ok(())
        });
        self.disk.forget();
        taken
    }

    /// Takes one step.
    pub(super) fn take(&self, step: Step) -> Result<(), StoreError> {
        match step {
            Step::Stage { number, bytes, together } => self.stage(&number.to_string(), &bytes, !together),
            Step::StageJournal(journal) => self.stage(STAGED_JOURNAL, journal.print().as_bytes(), true),
            Step::SyncStaged { together: true } => self.sync_all_staged(),
            Step::SyncStaged { together: false } => self.sync(&self.new, NEW),
            Step::PlaceJournal => fs::renameat(&self.new, STAGED_JOURNAL, &self.work, "journal")
                .map_err(|errno| self.disk.cannot_write(JOURNAL, errno)),
            Step::SyncWork => self.sync(&self.work, WORK),
            Step::Make(Move::Put { number, to }) => self.put(number, &to),
            Step::Make(Move::Remove { target }) => self.remove(&target),
            Step::SyncFolders(folders) => folders.iter().try_for_each(|folder| self.sync_folder(folder)),
            Step::DropJournal => self.unlink(&self.work, JOURNAL),
        }
    }

    /// Refuses a target that is no plain file, or lies behind something that is no folder. Found out now, because
    /// once the journal is in place there is no way back.
    fn check(&self, target: &Target) -> Result<(), StoreError> {
        let (folder, name) = target.split();
        let Some(folder) = beneath::open(self.disk.root(), folder, Wanted::Folder)? else {
            return Ok(());
        };
        match beneath::kind(folder.as_fd(), name) {
            Ok(None | Some(FileType::RegularFile)) => Ok(()),
            Ok(Some(_)) => Err(not_plain(target.as_str())),
            Err(errno) => Err(self.disk.cannot_write(target.as_str(), errno)),
        }
    }

    #[cfg(target_os = "linux")]
    fn sync_all_staged(&self) -> Result<(), StoreError> {
        fs::syncfs(&self.new).map_err(|errno| self.disk.cannot_write(NEW, errno))
    }

    #[cfg(not(target_os = "linux"))]
    fn sync_all_staged(&self) -> Result<(), StoreError> {
        self.sync(&self.new, NEW)
    }

    fn stage(&self, name: &str, bytes: &[u8], synced: bool) -> Result<(), StoreError> {
        let path = format!("{NEW}/{name}");
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        // What the user's umask leaves of it, as for any file of a work tree.
        let mode = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::ROTH;
        let file =
            fs::openat(&self.new, name, flags, mode).map_err(|errno| self.disk.cannot_write(&path, errno))?;
        let mut file = File::from(file);
        let written = file.write_all(bytes).and_then(|()| if synced { file.sync_all() } else { Ok(()) });
        written.map_err(|source| self.disk.cannot_write(&path, source))
    }

    fn put(&self, number: usize, to: &Target) -> Result<(), StoreError> {
        let staged = number.to_string();
        match beneath::kind(self.new.as_fd(), &staged) {
            // Moved already, before the crash that this makes good.
            Ok(None) => return Ok(()),
            Ok(Some(FileType::RegularFile)) => {}
            Ok(Some(_)) => return Err(not_plain(&format!("{NEW}/{staged}"))),
            Err(errno) => return Err(self.disk.cannot_write(NEW, errno)),
        }
        let (folder, name) = to.split();
        let folder = self.make_folders(folder)?;
        fs::renameat(&self.new, &staged, &folder, name)
            .map_err(|errno| self.disk.cannot_write(to.as_str(), errno))
    }

    /// Opens a folder, and makes those on the way that are missing.
    fn make_folders(&self, path: &str) -> Result<OwnedFd, StoreError> {
        if let Some(found) = beneath::open(self.disk.root(), path, Wanted::Folder)? {
            return Ok(found);
        }
        // The umask takes from these too.
        let mode = Mode::RWXU | Mode::RWXG | Mode::RWXO;
        let (above, _) = path.rsplit_once('/').unwrap_or_default();
        let above = self.make_folders(above)?;
        self.disk.make_folder(above.as_fd(), path, mode)
    }

    fn remove(&self, target: &Target) -> Result<(), StoreError> {
        let (folder, _) = target.split();
        if let Some(folder) = beneath::open(self.disk.root(), folder, Wanted::Folder)? {
            self.unlink(&folder, target.as_str())?;
        }
        self.remove_empty_folders(target)
    }

    /// Removes the folders of a path upwards until one is not empty; never the vault itself.
    fn remove_empty_folders(&self, target: &Target) -> Result<(), StoreError> {
        for folder in target.folders().filter(|folder| !folder.is_empty()) {
            let (above, name) = folder.rsplit_once('/').unwrap_or(("", folder));
            let Some(above) = beneath::open(self.disk.root(), above, Wanted::Folder)? else {
                continue;
            };
            match fs::unlinkat(&above, name, AtFlags::REMOVEDIR) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(Errno::NOTEMPTY | Errno::EXIST) => return Ok(()),
                Err(errno) => return Err(self.disk.cannot_write(folder, errno)),
            }
        }
        Ok(())
    }

    fn sync_folder(&self, folder: &str) -> Result<(), StoreError> {
        match beneath::open(self.disk.root(), folder, Wanted::Folder)? {
            Some(handle) => self.sync(handle, folder),
            None => Ok(()),
        }
    }
}

/// The steps after a journal is in place.
fn following(moves: Vec<Move>) -> Vec<Step> {
    let folders = touched(&moves);
    let moves = moves.into_iter().map(Step::Make);
    let end = [Step::SyncFolders(folders), Step::DropJournal, Step::SyncWork];
    [Step::SyncWork].into_iter().chain(moves).chain(end).collect()
}

/// All folders that the moves may change: those above a folder that is made or removed change with it.
fn touched(moves: &[Move]) -> BTreeSet<String> {
    moves.iter().flat_map(|step| step.target().folders().map(str::to_owned)).collect()
}

/// Refuses a path that stands twice, or both as a file and as a folder.
fn refuse_clashes(edits: &[Edit]) -> Result<(), StoreError> {
    let mut seen = BTreeSet::new();
    for path in edits.iter().map(Edit::path) {
        if !seen.insert(path) {
            return Err(StoreError::Clash { a: path.to_owned(), b: path.to_owned() });
        }
    }
    for path in &seen {
        let above = path.match_indices('/').map(|(at, _)| &path[..at]).find(|above| seen.contains(above));
        if let Some(above) = above {
            return Err(StoreError::Clash { a: above.to_owned(), b: (*path).to_owned() });
        }
    }
    Ok(())
}
