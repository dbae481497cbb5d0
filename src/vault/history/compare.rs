//! What a tree lacks of all that its ancestors have, and which commit took it away.

use crate::{
    git::{Commit, ObjectId, VaultAt},
    kernel::{
        format::path,
        name::{EnvName, SecretName},
    },
};

use super::{
    PastFault, Stands,
    fault::By,
    walk::{Copy, Top, Walk},
};
use crate::vault::{Finding, VaultError};

/// For how many findings the commit is looked for that did it: each asks all commits.
const TRACED: usize = 20;

impl Walk<'_> {
    /// Everything that the subject lacks.
    pub(super) fn compare(&self) -> Result<Vec<Finding>, VaultError> {
        let mut findings: Vec<Finding> = Vec::new();
        // From the tip back it was met first, so a commit that was looked at before has cut it.
        if let Some(fork) = self.gathered.forks.first() {
            let after = self.looked.iter().find(|commit| commit.parents.contains(&fork.commit));
            let fault =
                PastFault::LogCut { line: fork.line, commit: fork.commit.to_string(), by: after.map(By::of) };
            findings.push(Finding { path: path::LOG.to_owned(), fault: fault.into() });
        }
        for ((env, name), top) in &self.gathered.tops {
            let retired = self.subject.roster.retired.get(env).copied().unwrap_or(0);
            if !self.subject.roster.environments.contains_key(env) || top.epoch <= retired {
                continue;
            }
            let trace = findings.len() < TRACED;
            if let Some(fault) = self.lacks((env, name), top, trace)? {
                findings.push(Finding { path: path::secret(env, name), fault: fault.into() });
            }
        }
        Ok(findings)
    }

    fn lacks(
        &self,
        (env, name): (&EnvName, &SecretName),
        top: &Top,
        trace: bool,
    ) -> Result<Option<PastFault>, VaultError> {
        let stands = self.subject.standings.get(&(env.clone(), name.clone()));
        let (found, hash) = match stands {
            Some(Stands::Broken) => return Ok(None),
            Some(Stands::At { revision, hash }) => (Some(*revision), Some(hash)),
            None => (None, None),
        };
        let Some(other) =
            top.copies.iter().find(|copy| found < Some(top.revision) || hash != Some(&copy.hash))
        else {
            return Ok(None);
        };
        if found > Some(top.revision) {
            return Ok(None);
        }
        let by = if trace { self.who_took_away(&path::secret(env, name), other)? } else { None };
        let (env, name, had, commit) = (env.clone(), name.clone(), top.revision, other.commit.to_string());
        Ok(Some(match found {
            None => PastFault::Lost { env, name, had, commit, by },
            Some(found) if found < had => PastFault::PutBack { env, name, had, found, commit, by },
            Some(revision) => PastFault::Twice { env, name, revision, commit, by },
        }))
    }

    /// A commit that has not the bytes which a commit right before it has.
    fn who_took_away(&self, path: &str, copy: &Copy) -> Result<Option<By>, VaultError> {
        for commit in &self.looked {
            let had = |id: &ObjectId| -> Result<bool, VaultError> {
                let parent = self.past.commit(*id)?;
                let at = parent.map(|parent| self.content(&parent, path)).transpose()?;
                Ok(at.flatten() == Some(copy.id))
            };
            if self.content(commit, path)? == Some(copy.id) {
                continue;
            }
            for parent in &commit.parents {
                if had(parent)? {
                    return Ok(Some(By::of(commit)));
                }
            }
        }
        Ok(None)
    }

    fn content(&self, commit: &Commit, path: &str) -> Result<Option<ObjectId>, VaultError> {
        match self.past.vault_at(commit)? {
            VaultAt::Folder(folder) => Ok(self.past.id_at(folder, path)?),
            _ => Ok(None),
        }
    }
}
