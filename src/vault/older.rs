//! Secrets of an older epoch, as a merge can leave them: sealed under a key that git's history has, and taken over under a new
//! one (format.md §11).

use std::{collections::BTreeSet, rc::Rc};

use crate::kernel::{
    format::{path, roster, secret},
    limits,
    model::{Log, Record, Roster},
    name::{EnvName, SecretName, VaultId},
    refusal::Refusal,
    seal::{Hash, SealKey, roster_hash},
    secret::Secret,
    tree::Tree,
};

use super::{
    Change, VaultError,
    tree::{self, RosterFiles},
};

/// What to do with a secret of an older epoch that a present writer signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Older {
    /// Refuse it by name.
    Refuse,
    /// Take it over.
    TakeOver,
}

/// A record that is to be sealed anew.
pub(super) struct Old {
    pub(super) record: Record,
    /// What opens it, where that is not the environment's present key.
    pub(super) key: Option<Rc<SealKey>>,
}

/// The rosters that a log signs, and the lines of other branches that it names as dropped.
struct Signed {
    vault: VaultId,
    rosters: BTreeSet<Hash>,
    dropped: BTreeSet<Hash>,
}

impl Signed {
    fn by(log: &Log) -> Self {
        let rosters = log.lines().iter().map(|line| line.roster).collect();
        let dropped = log.lines().iter().flat_map(|line| line.drops.iter().copied()).collect();
        Self { vault: log.vault(), rosters, dropped }
    }

    /// A tree's roster, if a line of the log signs it, or one that the log dropped does. What was dropped is believed only from a
    /// log that is valid from its founder on: the log that dropped it names it and no more.
    fn roster_of(&self, tree: &dyn Tree) -> Option<Roster> {
        let bytes = tree.read(path::ROSTER, limits::ROSTER).ok()??;
        if self.rosters.contains(&roster_hash(&bytes)) {
            return roster::parse(&bytes).ok();
        }
        if self.dropped.is_empty() {
            return None;
        }
        let files = RosterFiles { roster: bytes, log: tree.read(path::LOG, limits::LOG).ok()?? };
        // Its signatures are verified only if it is one.
        let (_, log) = files.verify(u64::MAX).ok()?;
        let is_dropped = log.hashes().last().is_some_and(|hash| self.dropped.contains(hash));
        if !is_dropped || log.vault() != self.vault {
            return None;
        }
        files.verify(0).ok().map(|(roster, _)| roster)
    }
}

impl Change<'_> {
    /// Every record of an environment, or everything that is wrong with them.
    pub(super) fn old(&self, env: &EnvName, older: Older) -> Result<Vec<Old>, Vec<VaultError>> {
        let vault = self.unlocked.vault;
        let names = match (older, vault.records(env)) {
            (Older::TakeOver, Err(_)) => tree::names(vault.tree, env).map_err(|fault| vec![fault])?,
            (_, Ok(records)) => {
                return Ok(records.into_iter().map(|record| Old { record, key: None }).collect());
            }
            (_, Err(faults)) => return Err(faults),
        };
        let (mut old, mut faults) = (Vec::new(), Vec::new());
        for name in vault.names_gone(env, &names.secrets) {
            faults.extend(vault.check_vanished(env, &name).err());
        }
        for name in &names.secrets {
            match self.taken_over(env, name, None) {
                Ok(found) => old.extend(found),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() { Ok(old) } else { Err(faults) }
    }

    /// A record, of an older epoch if so it is. What was seen is held against it as it lies in HEAD, or in another commit.
    pub(super) fn taken_over(
        &self,
        env: &EnvName,
        name: &SecretName,
        commit: Option<&str>,
    ) -> Result<Option<Old>, VaultError> {
        let vault = self.unlocked.vault;
        let fault = match vault.record(env, name) {
            // The signature was found to be a present writer's before the epoch was looked at.
            Err(fault @ VaultError::Refused(Refusal::Epoch { .. } | Refusal::OtherKey { .. })) => fault,
            other => return Ok(other?.map(|record| Old { record, key: None })),
        };
        let bytes = tree::secret_bytes(vault.tree, env, name)?.unwrap_or_default();
        let record = secret::parse(env, name, &bytes)?.record;
        vault.check_not_older(&record, &bytes, commit)?;
        match self.key_in_history(&record)? {
            Some(key) => Ok(Some(Old { record, key: Some(key) })),
            None => Err(fault),
        }
    }

    /// The key of a record's epoch, out of a commit. Where many records have one key it is looked for once.
    pub(super) fn key_in_history(&self, record: &Record) -> Result<Option<Rc<SealKey>>, VaultError> {
        let wanted = (record.env.clone(), record.epoch, record.key);
        if let Some((_, known)) = self.older.borrow().iter().find(|(of, _)| *of == wanted) {
            return Ok(known.clone());
        }
        let found = self.search_history(record)?.map(Rc::new);
        self.older.borrow_mut().push((wanted, found.clone()));
        Ok(found)
    }

    fn search_history(&self, record: &Record) -> Result<Option<SealKey>, VaultError> {
        self.first_vouched(|tree, roster| self.key_at(tree, roster, record))
    }

    /// What the first commit gives whose roster the log vouches for; none where there is no git.
    pub(super) fn first_vouched<T>(
        &self,
        look: impl Fn(&dyn Tree, &Roster) -> Option<T>,
    ) -> Result<Option<T>, VaultError> {
        let vault = self.unlocked.vault;
        let (Some(repo), Some(git)) = (vault.repo(), &vault.place.git) else { return Ok(None) };
        let signed = Signed::by(&vault.log()?);
        for commit in repo.commits_known()? {
            let Some(tree) = repo.vault_at(&commit, &git.inside)? else { continue };
            if let Some(found) = signed.roster_of(&tree).and_then(|roster| look(&tree, &roster)) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The key of a record's epoch, out of a tree whose roster is vouched for.
    pub(super) fn key_at(&self, tree: &dyn Tree, roster: &Roster, record: &Record) -> Option<SealKey> {
        let then = roster.environments.get(&record.env)?;
        if then.epoch != record.epoch || then.commitment.tag() != record.key {
            return None;
        }
        let key = tree::env_key(tree, roster, &record.env, (&self.unlocked.me, &*self.unlocked.key)).ok()?;
        Some(key.seal_key(&tree::epoch(roster, &record.env)))
    }

    /// Opens every version of a record, and hands each on.
    pub(super) fn open_old(&self, old: &Old, mut each: impl FnMut(usize, Secret)) -> Result<(), VaultError> {
        let roster = &self.unlocked.vault.roster;
        for (i, version) in old.record.versions.iter().enumerate() {
            each(
                i,
                match &old.key {
                    Some(key) => tree::open_version(roster, key, &old.record, version)?,
                    None => self.unlocked.open(&old.record, version)?,
                },
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
