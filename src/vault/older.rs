//! Secrets of an older epoch, as a merge can leave them: sealed under a key that git's history has, and taken over under a new
//! one (format.md §11).

use std::collections::BTreeSet;

use crate::kernel::{
    format::{path, roster, secret},
    limits,
    model::Record,
    name::{EnvName, SecretName},
    refusal::Refusal,
    seal::{Hash, SealKey, roster_hash},
    secret::Secret,
    tree::Tree,
};

use super::{Change, VaultError, tree};

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
    pub(super) key: Option<SealKey>,
}

impl Change<'_> {
    /// Every record of an environment, or everything that is wrong with them.
    pub(super) fn old(&self, env: &EnvName, older: Older) -> Result<Vec<Old>, Vec<VaultError>> {
        let vault = self.unlocked.vault;
        let names = match (older, vault.records(env)) {
            (Older::TakeOver, Err(_)) => tree::names(vault.disk, env).map_err(|fault| vec![fault])?,
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
            match self.taken_over(env, name) {
                Ok(found) => old.extend(found),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() { Ok(old) } else { Err(faults) }
    }

    fn taken_over(&self, env: &EnvName, name: &SecretName) -> Result<Option<Old>, VaultError> {
        let vault = self.unlocked.vault;
        let fault = match vault.record(env, name) {
            // The signature was found to be a present writer's before the epoch was looked at.
            Err(fault @ VaultError::Refused(Refusal::Epoch { .. } | Refusal::OtherKey { .. })) => fault,
            other => return Ok(other?.map(|record| Old { record, key: None })),
        };
        let bytes = tree::secret_bytes(vault.disk, env, name)?.unwrap_or_default();
        let record = secret::parse(env, name, &bytes)?.record;
        vault.check_not_older(&record, &bytes)?;
        match self.key_in_history(&record)? {
            Some(key) => Ok(Some(Old { record, key: Some(key) })),
            None => Err(fault),
        }
    }

    /// The key of a record's epoch, out of a commit. It is believed if a line of the log signs the roster that commits to it.
    pub(super) fn key_in_history(&self, record: &Record) -> Result<Option<SealKey>, VaultError> {
        let vault = self.unlocked.vault;
        let (Some(repo), Some(git)) = (vault.repo(), &vault.place.git) else { return Ok(None) };
        let log = vault.log()?;
        let signed: BTreeSet<Hash> = log.lines().iter().map(|line| line.roster).collect();
        for commit in repo.commits(None, None)? {
            let Some(tree) = repo.vault_at(&commit, &git.inside)? else { continue };
            if let Some(key) = self.key_at(&tree, &signed, record) {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    fn key_at(&self, tree: &dyn Tree, signed: &BTreeSet<Hash>, record: &Record) -> Option<SealKey> {
        let bytes = tree.read(path::ROSTER, limits::ROSTER).ok()??;
        if !signed.contains(&roster_hash(&bytes)) {
            return None;
        }
        let roster = roster::parse(&bytes).ok()?;
        let then = roster.environments.get(&record.env)?;
        if then.epoch != record.epoch || then.commitment.tag() != record.key {
            return None;
        }
        let key = tree::env_key(tree, &roster, &record.env, (&self.unlocked.me, &*self.unlocked.key)).ok()?;
        Some(key.seal_key(&tree::epoch(&roster, &record.env)))
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
