//! Opening a vault without any key: its roster, verified, and how that stands to what this client trusts.

use std::{
    cell::{OnceCell, RefCell},
    collections::BTreeMap,
    path::Path,
};

use crate::{
    git::Repo,
    kernel::{
        format::{log, roster},
        model::{Anchor, Environment, Judge, Log, Roster, Standing},
        name::{EnvName, MemberName, SecretName, VaultId},
        seal::{Hash, sha256},
        tree::Tree,
    },
    store::{Disk, Lock, Place, Stamp},
};

use super::{
    VaultError,
    memory::{Memory, Summary},
    seen::{Note, SeenSecrets},
    tree::RosterFiles,
};

/// What somebody is shown who meets a vault for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introduction {
    /// The vault.
    pub vault: VaultId,
    /// Who founded it, if the founder is a member still.
    pub founder: Option<MemberName>,
    /// Who is in it.
    pub members: Vec<MemberName>,
    /// The anchor of the log's last line, to compare or to paste.
    pub anchor: Anchor,
}

/// What to do with a vault that is not known here yet and that no anchor vouches for.
#[derive(Clone, Copy)]
pub enum FirstUse<'a> {
    /// Take it as it is, as `CVAULT_TRUST=first-use` asks.
    Accept,
    /// Ask once.
    Ask(&'a dyn Fn(&Introduction) -> bool),
    /// Open it without trusting it: for a check that says so.
    Look,
    /// Trust it by this anchor, even in the place of another vault that was known here.
    Renew(&'a Anchor),
}

/// Whether others may change the vault meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// They may.
    Shared,
    /// They wait: a change is to be begun.
    Exclusive,
}

/// What a vault is opened with.
#[derive(Clone, Copy)]
pub struct Opening<'a> {
    /// Where it is.
    pub place: &'a Place,
    /// The user's data folder.
    pub data: &'a Path,
    /// An anchor that came with a key.
    pub anchor: Option<&'a Anchor>,
    /// What to do on first use.
    pub first_use: FirstUse<'a>,
}

/// A vault that can be listed and verified, and unlocked by somebody who has a key.
pub struct Vault<'d> {
    /// Where it is locked and written.
    pub(super) disk: &'d Disk,
    /// What it is read from: the disk, but while two commits are brought together.
    pub(super) tree: &'d dyn Tree,
    pub(super) lock: Option<Lock<'d>>,
    pub(super) opening: Opening<'d>,
    /// What told, before anything was read without the lock, whether somebody changes it.
    pub(super) stamp: Option<Stamp>,
    pub(super) place: &'d Place,
    pub(super) memory: Memory<'d>,
    pub(super) files: RosterFiles,
    pub(super) roster: Roster,
    pub(super) trust: Trusted,
    pub(super) seen: RefCell<BTreeMap<EnvName, SeenSecrets>>,
    pub(super) notes: RefCell<Vec<Note>>,
    repo: OnceCell<Option<Repo>>,
    old_commit: OnceCell<bool>,
    roster_hash: OnceCell<Hash>,
}

/// How the opened roster stands to what is kept.
pub(super) struct Trusted {
    pub(super) standing: Standing,
    /// The kept roster, where the tree's is another.
    pub(super) kept: Option<Roster>,
    /// The commit in which the kept log was verified.
    pub(super) tip: String,
    /// Whether nothing vouches for this vault: it is only looked at.
    pub(super) unknown: bool,
}

impl<'d> Vault<'d> {
    /// Opens the vault of a disk. With [`Hold::Exclusive`] this waits for the lock first, and holds it.
    pub fn open(disk: &'d Disk, opening: &Opening<'d>, hold: Hold) -> Result<Self, VaultError> {
        if hold == Hold::Exclusive {
            return Self::open_locked(disk, opening, Some(disk.lock()?));
        }
        disk.settle()?;
        let before = disk.stamp();
        match Self::open_locked(disk, opening, None) {
            Err(VaultError::FirstUse(introduction)) => Err(VaultError::FirstUse(introduction)),
            Err(_) if before.changing() || disk.stamp() != before => {
                // Read in the middle of somebody's change: again, after it.
                let vault = Self::open_locked(disk, opening, Some(disk.lock()?))?;
                Ok(Self { lock: None, stamp: Some(disk.stamp()), ..vault })
            }
            other => other.map(|vault| Self { stamp: Some(before), ..vault }),
        }
    }

    pub(super) fn open_locked(
        disk: &'d Disk,
        opening: &Opening<'d>,
        lock: Option<Lock<'d>>,
    ) -> Result<Self, VaultError> {
        Self::open_over((disk, disk), opening, lock)
    }

    /// The same over files that are read from elsewhere.
    pub(super) fn open_over(
        (disk, tree): (&'d Disk, &'d dyn Tree),
        opening: &Opening<'d>,
        lock: Option<Lock<'d>>,
    ) -> Result<Self, VaultError> {
        let files = RosterFiles::read(tree)?;
        let memory = Memory::open(opening.place, opening.data);
        let summary = memory.summary().filter(|summary| summary.is_of(&files.log, &files.roster));
        // Unsigned bytes are never parsed: the kept ones were verified, and others are before anything reads them.
        let (roster, log) = match &summary {
            Some(_) => (roster::parse(&files.roster)?, None),
            None => files.verify(0).map(|(roster, log)| (roster, Some(log)))?,
        };
        let mut vault = Self {
            disk,
            tree,
            lock,
            opening: *opening,
            stamp: None,
            place: opening.place,
            memory,
            roster,
            files,
            trust: Trusted { standing: Standing::Known, kept: None, tip: String::new(), unknown: false },
            seen: RefCell::default(),
            notes: RefCell::default(),
            repo: OnceCell::new(),
            old_commit: OnceCell::new(),
            roster_hash: OnceCell::new(),
        };
        if let Some(log) = log {
            vault.decide(opening, &log)?;
        }
        if let Some(summary) = summary {
            vault.reopen_known(summary, opening)?;
        }
        if vault.lock.is_some() {
            vault.look_at_default_branch()?;
        }
        Ok(vault)
    }

    /// The log is the kept one, byte for byte, so it was verified; only an anchor is still to be compared.
    fn reopen_known(&mut self, summary: Summary, opening: &Opening<'_>) -> Result<(), VaultError> {
        self.trust.tip = summary.tip;
        match opening.anchor {
            Some(anchor) => Ok(self.log()?.check_anchor(anchor)?),
            None => Ok(()),
        }
    }

    /// The roster, verified.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// Where the vault lies.
    pub fn place(&self) -> &Place {
        self.place
    }

    /// The files, to be read without any trust.
    pub fn tree(&self) -> &dyn Tree {
        self.tree
    }

    /// Whether nothing vouches for this vault.
    pub fn is_unknown(&self) -> bool {
        self.trust.unknown
    }

    /// The log, whose signatures were verified when the vault was opened, or before.
    pub fn log(&self) -> Result<Log, VaultError> {
        Ok(Log::verify(log::parse(&self.files.log)?, u64::MAX)?)
    }

    /// What came up while reading and the person should know.
    pub fn notes(&self) -> Vec<Note> {
        self.notes.take()
    }

    pub(super) fn note(&self, note: Note) {
        let mut notes = self.notes.borrow_mut();
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    /// An environment by name, or the nearest name.
    pub fn environment(&self, env: &EnvName) -> Result<&Environment, VaultError> {
        self.roster.environments.get(env).ok_or_else(|| {
            let names = self.roster.environments.keys();
            let nearest = nearest(env.as_str(), names.map(|name| (name.as_str(), name)));
            VaultError::NoEnvironment { name: env.clone(), nearest: nearest.cloned() }
        })
    }

    /// What its secret files are judged by.
    pub(super) fn judge(&self, old_commit: bool) -> Judge<'_> {
        Judge { roster: &self.roster, kept: self.trust.kept.as_ref(), old_commit }
    }

    /// The hash of the roster's bytes, under which secrets were verified.
    pub(super) fn roster_hash(&self) -> Hash {
        *self.roster_hash.get_or_init(|| sha256(&self.files.roster))
    }

    /// The repository, opened when something has to be asked; none where there is none or it does not open.
    pub(super) fn repo(&self) -> Option<&Repo> {
        let open = || self.place.git.as_ref().and_then(|git| Repo::open(&git.folder).ok());
        self.repo.get_or_init(open).as_ref()
    }

    /// Whether HEAD is an ancestor of the verified tip and the vault is as HEAD has it: an old commit, readable as it was.
    pub(super) fn is_old_commit(&self) -> bool {
        *self.old_commit.get_or_init(|| {
            let answer = || {
                let (repo, git) = (self.repo()?, self.place.git.as_ref()?);
                let head = repo.head().ok()??;
                let before = !self.trust.tip.is_empty() && repo.descends(&self.trust.tip, &head).ok()?;
                Some(before && repo.is_as_in_head(&git.inside).ok()?)
            };
            self.trust.standing == Standing::Aside && answer().unwrap_or(false)
        })
    }

    /// Refuses to write an environment that is not, here, as the kept roster has it.
    pub(super) fn check_present(&self, env: &EnvName) -> Result<(), VaultError> {
        if self.trust.standing != Standing::Aside {
            return Ok(());
        }
        let here = &self.roster.environments[env];
        let now = self.trust.kept.as_ref().and_then(|kept| kept.environments.get(env));
        match now {
            Some(now) if now.epoch == here.epoch && now.commitment == here.commitment => Ok(()),
            _ => Err(VaultError::Aside { env: env.clone() }),
        }
    }
}

/// The candidate nearest to a name, if one is near: at most a third of its letters differ.
pub fn nearest<'a, T>(name: &str, candidates: impl Iterator<Item = (&'a str, T)>) -> Option<T> {
    let ranked = candidates.map(|(text, candidate)| (distance(name, text), candidate));
    let (best, candidate) = ranked.min_by_key(|(distance, _)| *distance)?;
    (best <= name.len().div_ceil(3)).then_some(candidate)
}

/// Damerau's distance without the case of letters: insertions, deletions, changes, and neighbours swapped.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.to_ascii_lowercase().into_bytes(), b.to_ascii_lowercase().into_bytes());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                let swap = if swapped { rows[i - 2][j - 2] + 1 } else { usize::MAX };
                change.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(swap)
            };
        }
    }
    rows[a.len()][b.len()]
}

/// The nearest secret of an environment, to offer it for one that is not there.
pub(super) fn nearest_secret(names: &[SecretName], name: &SecretName) -> Option<SecretName> {
    nearest(name.as_str(), names.iter().map(|name| (name.as_str(), name))).cloned()
}
