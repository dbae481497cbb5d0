//! The commits that lead to a tip, newest first, and what each has of the vault: judged by the roster that stands beside it, as
//! far as the tip's log has come from that.

mod blame;
mod log;
mod versions;

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, HashMap, HashSet},
    rc::Rc,
};

use crate::{
    git::{Commit, ObjectId, Past, VaultAt},
    kernel::{
        format::path,
        limits,
        model::{Judge, Kept, Log, Record, Roster, Standing, judge},
        name::{EnvName, SecretName},
        seal::PublicKey,
        time::Timestamp,
        tree::Tree,
    },
};

use super::{Then, Vault, VaultError, history::head, tree::RosterFiles};

pub use blame::Blamed;
pub use log::{Entry, LogScope};
pub use versions::{Event, Place, Versions};

/// A roster and the log that signs it.
type Signed = (Roster, Log);
/// The roster and log of a tree, by their names in the object store.
type Pair = (Option<ObjectId>, Option<ObjectId>);

/// What a commit has of one secret.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// No file.
    Nothing,
    /// A file that does not verify.
    Unsound,
    /// A record that somebody signed who might.
    Record(Rc<Record>),
}

impl Found {
    pub(super) fn record(&self) -> Option<&Record> {
        match self {
            Self::Record(record) => Some(record),
            Self::Nothing | Self::Unsound => None,
        }
    }

    /// Whether it has a version of this number.
    fn has(&self, number: u64) -> bool {
        self.record().is_some_and(|record| record.versions.iter().any(|version| version.number == number))
    }
}

/// The commits that lead to a tip.
pub(super) struct Timeline<'v> {
    pub(super) past: Past<'v>,
    /// The log that the past is to lead to.
    log: Log,
    bytes: Vec<u8>,
    next: BinaryHeap<(Timestamp, Reverse<usize>, ObjectId)>,
    met: HashSet<ObjectId>,
    commits: HashMap<ObjectId, Option<Rc<Commit>>>,
    vaults: HashMap<ObjectId, Option<ObjectId>>,
    rosters: HashMap<Pair, Option<Rc<Signed>>>,
    records: HashMap<(ObjectId, String), (Rc<Record>, PublicKey)>,
}

impl<'v> Timeline<'v> {
    /// From HEAD, with the log that lies here, or from another commit with its own; none before the first commit.
    pub(super) fn of(vault: &'v Vault<'v>, then: Option<&Then<'_>>) -> Result<Self, VaultError> {
        let (repo, git) = vault.repository()?;
        let past = repo.past(&git.inside)?;
        let (log, bytes, tip) = match then {
            Some(then) => (then.log().0.clone(), then.log().1.to_vec(), Some(then.commit().id)),
            None => (vault.log()?, vault.files.log.clone(), head(repo)?),
        };
        let mut timeline = Self {
            past,
            log,
            bytes,
            next: BinaryHeap::new(),
            met: HashSet::new(),
            commits: HashMap::new(),
            vaults: HashMap::new(),
            rosters: HashMap::new(),
            records: HashMap::new(),
        };
        tip.into_iter().try_for_each(|tip| timeline.meet(tip))?;
        Ok(timeline)
    }

    fn meet(&mut self, id: ObjectId) -> Result<(), VaultError> {
        if self.met.insert(id)
            && let Some(commit) = self.commit(id)?
        {
            self.next.push((commit.at, Reverse(self.met.len()), id));
        }
        Ok(())
    }

    /// The next older commit. A parent never comes before its child.
    pub(super) fn next(&mut self) -> Result<Option<Rc<Commit>>, VaultError> {
        let Some((_, _, id)) = self.next.pop() else { return Ok(None) };
        let commit = self.commit(id)?;
        for parent in commit.iter().flat_map(|commit| &commit.parents) {
            self.meet(*parent)?;
        }
        Ok(commit)
    }

    fn commit(&mut self, id: ObjectId) -> Result<Option<Rc<Commit>>, VaultError> {
        if let Some(known) = self.commits.get(&id) {
            return Ok(known.clone());
        }
        let found = self.past.commit(id)?.map(Rc::new);
        self.commits.insert(id, found.clone());
        Ok(found)
    }

    /// The vault's folder in a commit.
    pub(super) fn folder(&mut self, id: ObjectId) -> Result<Option<ObjectId>, VaultError> {
        if let Some(known) = self.vaults.get(&id) {
            return Ok(*known);
        }
        let found = match self.commit(id)? {
            Some(commit) => self.past.vault_at(&commit)?,
            None => VaultAt::Nowhere,
        };
        let folder = if let VaultAt::Folder(folder) = found { Some(folder) } else { None };
        self.vaults.insert(id, folder);
        Ok(folder)
    }

    /// The vault's folder in the first commit before one.
    fn folder_before(&mut self, commit: &Commit) -> Result<Option<ObjectId>, VaultError> {
        commit.parents.first().map_or(Ok(None), |parent| self.folder(*parent))
    }

    /// The paths below a folder of the vault that a commit has otherwise than each commit before it: what a merge took over from
    /// one side is not its doing.
    pub(super) fn touched(&mut self, commit: &Commit, below: &str) -> Result<BTreeSet<String>, VaultError> {
        let now = self.folder(commit.id)?;
        let mut befores = Vec::with_capacity(commit.parents.len());
        for parent in &commit.parents {
            befores.push(self.folder(*parent)?);
        }
        if befores.is_empty() {
            befores.push(None);
        }
        if befores.contains(&now) {
            return Ok(BTreeSet::new());
        }
        let mut touched: Option<BTreeSet<String>> = None;
        for before in befores {
            let there = self.past.added(before, now, below)?.into_iter();
            let gone = self.past.added(now, before, below)?.into_iter();
            let paths: BTreeSet<String> = there.chain(gone).map(|added| added.path).collect();
            touched = Some(match touched {
                Some(touched) => touched.intersection(&paths).cloned().collect(),
                None => paths,
            });
        }
        Ok(touched.unwrap_or_default())
    }

    /// The roster of a folder, if it verifies and the tip's comes from it.
    pub(super) fn roster(&mut self, folder: ObjectId) -> Result<Option<Rc<Signed>>, VaultError> {
        let pair = (self.past.id_at(folder, path::ROSTER)?, self.past.id_at(folder, path::LOG)?);
        if let Some(known) = self.rosters.get(&pair) {
            return Ok(known.clone());
        }
        let files = RosterFiles::read(&self.past.tree(folder)?).ok();
        let found = files.and_then(|files| self.believed(&files)).map(Rc::new);
        self.rosters.insert(pair, found.clone());
        Ok(found)
    }

    fn believed(&self, files: &RosterFiles) -> Option<Signed> {
        if self.bytes.starts_with(&files.log) && files.log.ends_with(b"\n") {
            let log = self.log.until(files.log.iter().filter(|byte| **byte == b'\n').count());
            return files.verify_against(&log).ok().map(|roster| (roster, log));
        }
        let (roster, log) = files.verify(0).ok()?;
        let then = Kept { vault: log.vault(), hashes: log.hashes().to_vec(), roster: Some(roster.clone()) };
        let goes_on = matches!(judge(&then, &self.log), Ok(Standing::Known | Standing::Newer));
        goes_on.then_some((roster, log))
    }

    /// What a folder has of a secret.
    pub(super) fn secret(
        &mut self,
        folder: Option<ObjectId>,
        env: &EnvName,
        name: &SecretName,
    ) -> Result<Found, VaultError> {
        let path = path::secret(env, name);
        let Some(folder) = folder else { return Ok(Found::Nothing) };
        let Some(id) = self.past.id_at(folder, &path)? else { return Ok(Found::Nothing) };
        let signed = self.roster(folder)?;
        let roster = signed.as_ref().map(|signed| &signed.0);
        let Some(roster) = roster.filter(|roster| roster.environments.contains_key(env)) else {
            return Ok(Found::Unsound);
        };
        let by = Judge { roster, kept: None, old_commit: false };
        let known = self.records.get(&(id, path.clone()));
        if let Some((record, key)) = known
            && by.lets_sign(env, &record.writer, key)
        {
            return Ok(Found::Record(record.clone()));
        }
        let bytes = self.past.tree(folder)?.read(&path, limits::SECRET_FILE);
        // Of another epoch is what a merge can leave behind; its writer signed it all the same.
        let judged = bytes.ok().flatten().and_then(|bytes| by.signed(env, name, &bytes).ok());
        let Some((record, key)) = judged else { return Ok(Found::Unsound) };
        let record = Rc::new(record);
        self.records.insert((id, path), (record.clone(), key));
        Ok(Found::Record(record))
    }
}
