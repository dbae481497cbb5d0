//! A vault as one commit has it, judged by what is trusted now (format.md §7): it can be read as it was, and is never written.

mod opened;
mod standing;

use crate::{
    git::{Commit, CommitTree, ObjectId, Past, VaultAt},
    kernel::{
        model::{Judge, Log, Record, Roster},
        name::{EnvName, MemberName, SecretName},
        refusal::Refusal,
        tree::Tree,
    },
    vault::open::nearest_secret,
};

use super::{
    Listing, PastFault, Vault, VaultError,
    tree::{self, RosterFiles},
};

pub use opened::{OpenedThen, UnlockedThen};

/// A vault as a commit has it.
pub struct Then<'v> {
    commit: Commit,
    tree: CommitTree<'v>,
    roster: Roster,
    log: Log,
    files: RosterFiles,
    /// Whose former keys are dead in it too; none where its own roster goes on from the one that is known.
    kept: Option<Roster>,
    /// Whether it lies before a verified tip of the default branch, so that it is readable as it was.
    old: bool,
}

/// A record of a commit, and whether its signer has left since.
#[derive(Debug)]
pub struct Signed {
    /// The record.
    pub record: Record,
    /// Who signed it, if that key is a former one by now.
    pub former: Option<MemberName>,
}

impl<'v> Vault<'v> {
    /// The vault as the commit has it that a person names.
    pub fn at(&'v self, revision: &str) -> Result<Then<'v>, VaultError> {
        let id = self.commit_of(revision)?;
        let (repo, git) = self.repository()?;
        let past = repo.past(&git.inside)?;
        let commit = past.commit(id)?.ok_or_else(|| PastFault::NoVault { commit: id.to_string() })?;
        self.as_of(&past, commit)
    }

    /// The vault as a commit has it.
    pub(super) fn as_of(&'v self, past: &Past<'v>, commit: Commit) -> Result<Then<'v>, VaultError> {
        let VaultAt::Folder(folder) = past.vault_at(&commit)? else {
            return Err(PastFault::NoVault { commit: commit.id.to_string() }.into());
        };
        let tree = past.tree(folder)?;
        let there = |fault: Refusal| in_commit(commit.id, fault.into());
        let files = RosterFiles::read(&tree).map_err(|fault| in_commit(commit.id, fault))?;
        let (roster, log) = files.verify(0).map_err(there)?;
        let old = self.lies_before_verified_tip(commit.id)?;
        let kept = self.former_keys_for(commit.id, (&roster, &log), old).map_err(|fault| match fault {
            VaultError::Refused(refusal) => there(refusal),
            other => other,
        })?;
        Ok(Then { commit, tree, roster, log, files, kept, old })
    }
}

impl Then<'_> {
    /// The commit.
    pub fn commit(&self) -> &Commit {
        &self.commit
    }

    /// The roster, verified.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    pub(super) fn tree(&self) -> &dyn Tree {
        &self.tree
    }

    pub(super) fn log(&self) -> (&Log, &[u8]) {
        (&self.log, &self.files.log)
    }

    /// Lists an environment, as it was.
    pub fn list(&self, env: &EnvName) -> Result<Listing, VaultError> {
        self.check_environment(env)?;
        let (mut secrets, mut faults) = (Vec::<Record>::new(), Vec::new());
        for env in self.roster.lineage(env) {
            for name in self.names(env)? {
                match self.record(env, &name) {
                    Ok(found) => {
                        secrets.extend(found.map(|signed| signed.record).filter(|r| r.deleted.is_none()));
                    }
                    Err(fault) => faults.push(fault),
                }
            }
        }
        // Stable, so that of one name the environment that is asked first stays.
        secrets.sort_by(|a, b| a.name.cmp(&b.name));
        secrets.dedup_by(|later, first| later.name == first.name);
        match VaultError::several(faults) {
            Some(fault) => Err(fault),
            None => Ok(Listing { env: env.clone(), secrets }),
        }
    }

    /// The record that held a name's value: the environment's own, or that of the first one it extended which had it.
    pub fn find(&self, env: &EnvName, name: &SecretName) -> Result<Signed, VaultError> {
        self.check_environment(env)?;
        let mut all = Vec::new();
        for env in self.roster.lineage(env) {
            match self.record(env, name)? {
                Some(signed) if signed.record.deleted.is_none() => return Ok(signed),
                _ => all.append(&mut self.names(env)?),
            }
        }
        all.retain(|other| other != name);
        let (env, name, commit) = (env.clone(), name.clone(), self.commit.id.to_string());
        let nearest = nearest_secret(&all, &name);
        Err(PastFault::NoSecret { env, name, commit, nearest }.into())
    }

    /// The secrets of one environment, tombstones among them.
    pub(super) fn names(&self, env: &EnvName) -> Result<Vec<SecretName>, VaultError> {
        let names = tree::names(&self.tree, env).map_err(|fault| in_commit(self.commit.id, fault))?;
        Ok(names.secrets)
    }

    /// One record, judged; none if the secret has no file.
    pub(super) fn record(&self, env: &EnvName, name: &SecretName) -> Result<Option<Signed>, VaultError> {
        let there = |fault| in_commit(self.commit.id, fault);
        let Some(bytes) = tree::secret_bytes(&self.tree, env, name).map_err(there)? else { return Ok(None) };
        let judged = |old_commit| {
            let by = Judge { roster: &self.roster, kept: self.kept.as_ref(), old_commit };
            by.record(env, name, &bytes)
        };
        match judged(false) {
            Err(Refusal::FormerKey { .. }) if self.old => {
                let record = judged(true).map_err(|refusal| there(refusal.into()))?;
                let former = Some(record.writer.clone());
                Ok(Some(Signed { record, former }))
            }
            other => {
                let record = other.map_err(|refusal| there(refusal.into()))?;
                Ok(Some(Signed { record, former: None }))
            }
        }
    }

    fn check_environment(&self, env: &EnvName) -> Result<(), VaultError> {
        if self.roster.environments.contains_key(env) {
            return Ok(());
        }
        let (env, commit) = (env.clone(), self.commit.id.to_string());
        Err(PastFault::NoEnvironment { env, commit }.into())
    }
}

/// The same fault, with the commit that has it.
pub(super) fn in_commit(commit: ObjectId, fault: VaultError) -> VaultError {
    match fault {
        VaultError::Refused(fault) => PastFault::There { commit: commit.to_string(), fault }.into(),
        other => other,
    }
}
