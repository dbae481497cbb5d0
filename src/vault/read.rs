//! Reading without a key: which secrets an environment has, and what their records say.

use crate::kernel::{
    model::Record,
    name::{EnvName, SecretName},
    time::Timestamp,
};

use super::{Vault, VaultError, open::nearest_secret, seen::Note, tree};

/// An environment's secrets, those of the environments that it extends among them.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The environment asked.
    pub env: EnvName,
    /// Verified, in byte order of their names, tombstones left out.
    pub secrets: Vec<Record>,
}

impl Vault<'_> {
    /// Lists an environment.
    pub fn list(&self, env: &EnvName) -> Result<Listing, VaultError> {
        self.environment(env)?;
        let mut secrets: Vec<Record> = Vec::new();
        let mut faults = Vec::new();
        for env in self.roster.lineage(env) {
            match self.records(env) {
                Ok(mut records) => {
                    records.retain(|record| record.deleted.is_none());
                    match secrets.is_empty() {
                        true => secrets = records,
                        false => secrets.append(&mut records),
                    }
                }
                Err(mut more) => faults.append(&mut more),
            }
        }
        // Stable, so that of one name the environment that is asked first stays.
        secrets.sort_by(|a, b| a.name.cmp(&b.name));
        secrets.dedup_by(|later, first| later.name == first.name);
        self.remember();
        match VaultError::several(faults) {
            Some(fault) => Err(fault),
            None => Ok(Listing { env: env.clone(), secrets }),
        }
    }

    /// Every record of one environment, tombstones among them, or everything that is wrong with them.
    pub(super) fn records(&self, env: &EnvName) -> Result<Vec<Record>, Vec<VaultError>> {
        let names = tree::names(self.tree, env).map_err(|fault| vec![fault])?;
        names.strays.into_iter().for_each(|path| self.note(Note::Stray(path)));
        let mut faults = Vec::new();
        for name in self.names_gone(env, &names.secrets) {
            faults.extend(self.check_vanished(env, &name).err());
        }
        let mut records = Vec::with_capacity(names.secrets.len());
        for name in &names.secrets {
            match self.record(env, name) {
                Ok(record) => records.extend(record),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() { Ok(records) } else { Err(faults) }
    }

    /// One record, judged; none if the secret has no file and was never seen to have one.
    pub(super) fn record(&self, env: &EnvName, name: &SecretName) -> Result<Option<Record>, VaultError> {
        match tree::secret_bytes(self.tree, env, name)? {
            Some(bytes) => self.judge_bytes(env, name, &bytes).map(Some),
            None => self.check_vanished(env, name).map(|()| None),
        }
    }

    /// The record that holds a name's value: the environment's own, or that of the first one it extends which has it.
    pub(super) fn find(&self, env: &EnvName, name: &SecretName) -> Result<Record, VaultError> {
        self.environment(env)?;
        let mut deleted = None;
        for env in self.roster.lineage(env) {
            match self.record(env, name)? {
                Some(record) if record.deleted.is_none() => return Ok(record),
                Some(record) => {
                    deleted = deleted.or(record.deleted.map(|tombstone| (env.clone(), tombstone.at)))
                }
                None => {}
            }
        }
        Err(match deleted {
            Some((env, at)) => self.deleted(env, name, at),
            None => self.no_secret(env, name),
        })
    }

    /// Whether the file of a name has a version.
    pub fn has_version(&self, env: &EnvName, name: &SecretName, number: u64) -> Result<bool, VaultError> {
        match self.find(env, name) {
            Ok(record) => Ok(record.versions.iter().any(|version| version.number == number)),
            Err(VaultError::NoSecret { .. } | VaultError::Deleted { .. }) => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    /// The error of a name that is not there, with the nearest one that is, and the environments that have it.
    pub fn no_secret(&self, env: &EnvName, name: &SecretName) -> VaultError {
        let lineage = self.roster.lineage(env);
        let names = lineage.iter().filter_map(|env| tree::names(self.tree, env).ok());
        let mut names: Vec<SecretName> = names.flat_map(|names| names.secrets).collect();
        let mut nearest = nearest_secret(&names, name);
        while let Some(gone) = nearest.take_if(|near| !lineage.iter().any(|env| self.has(env, near))) {
            names.retain(|name| *name != gone);
            nearest = nearest_secret(&names, name);
        }
        VaultError::NoSecret {
            env: env.clone(),
            name: name.clone(),
            nearest,
            elsewhere: self.elsewhere(env, name),
        }
    }

    pub(super) fn deleted(&self, env: EnvName, name: &SecretName, at: Timestamp) -> VaultError {
        let elsewhere = self.elsewhere(&env, name);
        VaultError::Deleted { env, name: name.clone(), at, elsewhere }
    }

    /// The environments that have a name which one does not have.
    fn elsewhere(&self, env: &EnvName, name: &SecretName) -> Vec<EnvName> {
        let lineage = self.roster.lineage(env);
        let others = self.roster.environments.keys().filter(|other| !lineage.contains(other));
        others.filter(|other| self.has(other, name)).cloned().collect()
    }

    fn has(&self, env: &EnvName, name: &SecretName) -> bool {
        matches!(self.record(env, name), Ok(Some(record)) if record.deleted.is_none())
    }
}
