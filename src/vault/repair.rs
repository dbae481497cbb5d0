//! Secrets that a merge or a fault left behind, mended by writing them once more: under the present key (format.md §11), or above
//! every revision that there was (§12).

use std::rc::Rc;

use crate::{
    git::Operation,
    kernel::{
        format::secret,
        model::{Judge, Record},
        name::{EnvName, MemberName, SecretName},
        refusal::Refusal,
        seal::{PublicKey, SealKey, sha256},
    },
};

use super::{
    Change, PastFault, Progress, Vault, VaultError,
    history::Highest,
    older::Old,
    tree::{self, RosterFiles},
};

/// What a secret that is not in order is mended with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// What lies here, sealed under the key of an older epoch.
    Older {
        /// Which.
        epoch: u64,
    },
    /// What lies here, signed by somebody who may not write there any more.
    Former {
        /// Who.
        writer: MemberName,
    },
    /// What lies here, above what a commit has: other bytes of the same revision, or a higher one by somebody who may not write
    /// there any more.
    Here {
        /// The revision in the commit.
        revision: u64,
        /// The commit.
        commit: String,
    },
    /// What a commit has, of a higher revision than what lies here.
    Commit {
        /// The commit.
        commit: String,
        /// Its revision there.
        revision: u64,
        /// The revision here; none where nothing of it lies here.
        found: Option<u64>,
        /// Who signed it, if he may not write there any more.
        former: Option<MemberName>,
    },
}

impl Source {
    /// Whether a person is asked first: by it the secret gets another value, or one that nobody signed who may.
    pub fn is_asked(&self) -> bool {
        matches!(self, Self::Former { .. } | Self::Commit { .. })
    }
}

/// A secret that was mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repaired {
    /// The environment.
    pub env: EnvName,
    /// The name.
    pub name: SecretName,
    /// With what.
    pub source: Source,
}

/// A secret that was not mended.
#[derive(Debug)]
pub struct Unrepaired {
    /// The environment.
    pub env: EnvName,
    /// The name.
    pub name: SecretName,
    /// Why.
    pub fault: VaultError,
}

/// A secret in the commit that git is bringing in.
struct BroughtIn {
    revision: u64,
    commit: String,
    /// Whether that is what lies here.
    is_here: bool,
}

impl Vault<'_> {
    /// The secrets of an environment that are sealed under an older key, or signed by somebody who may not write there any more.
    pub fn left_behind(&self, env: &EnvName) -> Result<Vec<SecretName>, VaultError> {
        self.environment(env)?;
        let mut names = tree::names(self.tree, env)?.secrets;
        names.retain(|name| {
            let epoch = |fault: &Refusal| matches!(fault, Refusal::Epoch { .. } | Refusal::OtherKey { .. });
            let signer =
                |fault: &Refusal| matches!(fault, Refusal::NotWriter { .. } | Refusal::FormerKey { .. });
            matches!(self.record(env, name), Err(VaultError::Refused(fault)) if epoch(&fault) || signer(&fault))
        });
        Ok(names)
    }

    /// What would mend a secret; none if it is in order. Its history is looked through.
    pub fn source(
        &self,
        env: &EnvName,
        name: &SecretName,
        progress: Progress<'_>,
    ) -> Result<Option<Source>, VaultError> {
        self.environment(env)?;
        let bytes = tree::secret_bytes(self.tree, env, name)?;
        let parsed = bytes.as_ref().and_then(|bytes| secret::parse(env, name, bytes).ok());
        let found = parsed.map(|file| file.record.revision);
        let highest = self.highest((env, name), progress)?;
        if let Some(Highest { revision, copies }) = &highest {
            let here = bytes.as_ref().filter(|bytes| self.judge_anew(env, name, bytes).is_ok());
            let hash = here.map(|bytes| sha256(bytes));
            let other = copies.iter().find(|(other, _)| Some(*other) != hash);
            let (revision, commit) = (*revision, &other.unwrap_or(&copies[0]).1);
            if found < Some(revision) {
                let former = self.former_signer((env, name), commit)?;
                let commit = commit.clone();
                return Ok(Some(match (here, former) {
                    (Some(_), Some(_)) => Source::Here { revision, commit },
                    (_, former) => Source::Commit { commit, revision, found, former },
                }));
            }
            if found == Some(revision) && here.is_some() && other.is_some() {
                return Ok(Some(Source::Here { revision, commit: commit.clone() }));
            }
        }
        // In a merge what lies here was chosen, and the other side's is to be below it.
        if let Some(BroughtIn { revision, commit, .. }) =
            self.brought_in(env, name)?.filter(|theirs| Some(theirs.revision) >= found)
            && bytes.as_ref().is_some_and(|bytes| self.judge_anew(env, name, bytes).is_ok())
        {
            return Ok(Some(Source::Here { revision, commit }));
        }
        match self.record(env, name) {
            Ok(Some(_)) => Ok(None),
            Ok(None) => Err(self.no_secret(env, name)),
            Err(VaultError::Refused(
                Refusal::Epoch { found, .. } | Refusal::OtherKey { epoch: found, .. },
            )) => Ok(Some(Source::Older { epoch: found })),
            Err(VaultError::Refused(
                Refusal::NotWriter { writer, .. } | Refusal::FormerKey { writer, .. },
            )) => Ok(Some(Source::Former { writer })),
            Err(fault) => Err(fault),
        }
    }
}

impl Vault<'_> {
    /// A secret as the commit has it that git is bringing in just now.
    fn brought_in(&self, env: &EnvName, name: &SecretName) -> Result<Option<BroughtIn>, VaultError> {
        let (Some(git), Some(repo)) = (&self.place.git, self.repo()) else { return Ok(None) };
        let merging = repo.merging()?.filter(|merging| merging.operation != Operation::Merged);
        let Some(commit) = merging.map(|merging| merging.theirs.to_string()) else { return Ok(None) };
        let Some(tree) = repo.vault_at(&commit, &git.inside)? else { return Ok(None) };
        let bytes = tree::secret_bytes(&tree, env, name)?.unwrap_or_default();
        let revision = secret::parse(env, name, &bytes).ok().map(|file| file.record.revision);
        let is_here = tree::secret_bytes(self.tree, env, name)?.as_ref() == Some(&bytes);
        Ok(revision.map(|revision| BroughtIn { revision, commit, is_here }))
    }

    /// What a commit has of a secret, judged by the roster beside it.
    fn in_commit(
        &self,
        (env, name): (&EnvName, &SecretName),
        commit: &str,
    ) -> Result<(Record, PublicKey), VaultError> {
        let (repo, git) = self.repository()?;
        let no_vault = || PastFault::NoVault { commit: commit.to_owned() };
        let tree = repo.vault_at(commit, &git.inside)?.ok_or_else(no_vault)?;
        let (roster, _) = RosterFiles::read(&tree)?.verify(0)?;
        let then = Judge { roster: &roster, kept: None, old_commit: false };
        let bytes = tree::secret_bytes(&tree, env, name)?.unwrap_or_default();
        Ok(then.signed(env, name, &bytes)?)
    }

    fn former_signer(
        &self,
        (env, name): (&EnvName, &SecretName),
        commit: &str,
    ) -> Result<Option<MemberName>, VaultError> {
        let (record, key) = self.in_commit((env, name), commit)?;
        Ok((!self.judge(false).lets_sign(env, &record.writer, &key)).then_some(record.writer))
    }
}

impl Change<'_> {
    /// Seals everything anew that a present writer signed under an older key; gives what else is not in order of that kind.
    pub fn repair_all(&mut self, env: &EnvName) -> Result<(Vec<Repaired>, Vec<Unrepaired>), VaultError> {
        let (mut repaired, mut left) = (Vec::new(), Vec::new());
        for name in self.unlocked.vault.left_behind(env)? {
            match self.check_writer(env).and_then(|()| self.older(env, &name)) {
                Ok(Some(old)) => {
                    let (env, source) = (env.clone(), Source::Older { epoch: old.record.epoch });
                    self.write_anew(&old)?;
                    repaired.push(Repaired { env, name, source });
                }
                Ok(None) => {}
                Err(fault) => left.push(Unrepaired { env: env.clone(), name, fault }),
            }
        }
        Ok((repaired, left))
    }

    /// Writes a secret anew, with what was agreed to mend it with.
    pub fn repair(
        &mut self,
        (env, name): (&EnvName, &SecretName),
        agreed: Source,
        progress: Progress<'_>,
    ) -> Result<Repaired, VaultError> {
        self.check_writer(env)?;
        let vault = self.unlocked.vault;
        if vault.source(env, name, progress)?.as_ref() != Some(&agreed) {
            return Err(PastFault::Changed { env: env.clone(), name: name.clone() }.into());
        }
        let bytes = tree::secret_bytes(vault.tree, env, name)?.unwrap_or_default();
        let old = match &agreed {
            Source::Older { .. } => self.older(env, name)?,
            Source::Former { .. } => self.adopted(env, name, &bytes)?,
            Source::Here { .. } => Some(Old { record: vault.judge_anew(env, name, &bytes)?, key: None }),
            Source::Commit { commit, .. } => {
                let (record, _) = vault.in_commit((env, name), commit)?;
                self.own_or_older_key(&record)?.map(|key| Old { record, key: Some(key) })
            }
        };
        let Some(mut old) = old else {
            let former = match agreed {
                Source::Former { writer } => Some(writer),
                _ => None,
            };
            return Err(PastFault::NoKey { env: env.clone(), name: name.clone(), former }.into());
        };
        let above = match agreed {
            Source::Older { .. } | Source::Former { .. } => 0,
            Source::Here { revision, .. } | Source::Commit { revision, .. } => revision,
        };
        let here = secret::parse(env, name, &bytes).map_or(0, |file| file.record.revision);
        old.record.revision = old.record.revision.max(here).max(above);
        self.write_anew(&old)?;
        Ok(Repaired { env: env.clone(), name: name.clone(), source: agreed })
    }

    /// What lies here under an older key, to be written above what git brings in.
    fn older(&self, env: &EnvName, name: &SecretName) -> Result<Option<Old>, VaultError> {
        let theirs = self.unlocked.vault.brought_in(env, name)?;
        let commit = theirs.as_ref().filter(|theirs| theirs.is_here).map(|theirs| theirs.commit.as_str());
        let mut old = match self.taken_over(env, name, commit) {
            Err(VaultError::Refused(Refusal::Epoch { .. } | Refusal::OtherKey { .. })) => {
                let (env, name) = (env.clone(), name.clone());
                return Err(PastFault::NoKey { env, name, former: None }.into());
            }
            other => other?,
        };
        if let (Some(old), Some(theirs)) = (&mut old, &theirs) {
            old.record.revision = old.record.revision.max(theirs.revision);
        }
        Ok(old)
    }

    fn write_anew(&mut self, old: &Old) -> Result<(), VaultError> {
        let (env, roster) = (&old.record.env, &self.unlocked.vault.roster);
        let epoch = tree::epoch(roster, env);
        let key = self.unlocked.env_key(env)?.seal_key(&epoch);
        let record = self.resealed(old, epoch.number, &key)?;
        self.write(record)
    }

    /// What somebody signed who could once, as a commit's roster has it that the log vouches for, with the key of then.
    fn adopted(&self, env: &EnvName, name: &SecretName, bytes: &[u8]) -> Result<Option<Old>, VaultError> {
        self.first_vouched(|tree, roster| {
            let then = Judge { roster, kept: None, old_commit: false };
            let record = then.record(env, name, bytes).ok()?;
            let key = self.key_at(tree, roster, &record)?;
            Some(Old { record, key: Some(Rc::new(key)) })
        })
    }

    fn own_or_older_key(&self, record: &Record) -> Result<Option<Rc<SealKey>>, VaultError> {
        let roster = &self.unlocked.vault.roster;
        let now = &roster.environments[&record.env];
        if (now.epoch, now.commitment.tag()) == (record.epoch, record.key) {
            let key = self.unlocked.env_key(&record.env)?;
            return Ok(Some(Rc::new(key.seal_key(&tree::epoch(roster, &record.env)))));
        }
        self.key_in_history(record)
    }
}
