//! Every value that somebody can open and every file that holds one, for who looks for values where they should not lie.

use crate::kernel::{
    name::{EnvName, SecretName},
    seal::{Hash, sha256},
    secret::Secret,
};

use super::{Unlocked, Vault, VaultError, tree};

/// What the values of a vault depend on, told without any key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources {
    /// The hash of the roster, which says who can open what.
    pub roster: Hash,
    /// The secrets' files, in the order of their names.
    pub files: Vec<Source>,
}

/// One secret's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The environment.
    pub env: EnvName,
    /// The name.
    pub name: SecretName,
    /// The hash of its bytes.
    pub hash: Hash,
}

impl Vault<'_> {
    /// What the values here depend on. Nothing of it is verified, since nothing is believed for it.
    pub fn sources(&self) -> Result<Sources, VaultError> {
        let mut files = Vec::new();
        for env in self.roster.environments.keys() {
            for name in tree::names(self.disk, env)?.secrets {
                if let Some(bytes) = tree::secret_bytes(self.disk, env, &name)? {
                    files.push(Source { env: env.clone(), name, hash: sha256(&bytes) });
                }
            }
        }
        Ok(Sources { roster: self.roster_hash(), files })
    }
}

/// The values of an environment.
#[derive(Default)]
pub struct Values {
    /// Those that its files hold, older ones among them.
    pub opened: Vec<(SecretName, Secret)>,
    /// The secrets of which one does not open, or whose file is refused.
    pub faulty: Vec<SecretName>,
}

impl Unlocked<'_> {
    /// Every value that the files of an environment hold; `None` if it is not this member's to read.
    pub fn values(&self, env: &EnvName) -> Result<Option<Values>, VaultError> {
        if self.vault.environment(env)?.access(&self.me).is_none() {
            return Ok(None);
        }
        let mut values = Values::default();
        for name in tree::names(self.vault.disk, env)?.secrets {
            match self.values_of(env, &name) {
                Ok(opened) => values.opened.extend(opened.into_iter().map(|value| (name.clone(), value))),
                Err(_) => values.faulty.push(name),
            }
        }
        self.vault.remember();
        Ok(Some(values))
    }

    fn values_of(&self, env: &EnvName, name: &SecretName) -> Result<Vec<Secret>, VaultError> {
        let Some(record) = self.vault.record(env, name)? else { return Ok(Vec::new()) };
        record.versions.iter().map(|version| self.open(&record, version)).collect()
    }
}
