//! What is edited by hand: an environment's own secrets, opened while nobody waits, and whether they are still as they were.

use crate::kernel::{
    model::Version,
    name::{EnvName, SecretName},
    time::Timestamp,
};

use super::{Opened, Unlocked, Vault, VaultError};

impl Vault<'_> {
    /// The current version of a secret that an environment has of its own.
    pub fn own_version(&self, env: &EnvName, name: &SecretName) -> Result<Option<Version>, VaultError> {
        Ok(self.record(env, name)?.and_then(|record| record.current().cloned()))
    }
}

impl Unlocked<'_> {
    /// Opens every value that an environment has of its own, in the order of their names. Everything that is wrong is named.
    pub fn own(&self, env: &EnvName) -> Result<Vec<Opened>, VaultError> {
        let (mut opened, mut faults) = (Vec::new(), Vec::new());
        let records = self
            .vault
            .records(env)
            .or_else(|faults| VaultError::several(faults).map_or(Ok(Vec::new()), Err))?;
        for record in records {
            let Some(version) = record.current() else { continue };
            match self.open(&record, version) {
                Ok(value) => opened.push(Opened { number: version.number, value, record }),
                Err(fault) => faults.push(fault),
            }
        }
        self.vault.remember();
        VaultError::several(faults).map_or(Ok(opened), Err)
    }

    /// Refuses who may not write an environment, before he has typed anything.
    pub fn check_may_write(&self, env: &EnvName, now: Timestamp) -> Result<(), VaultError> {
        self.begin(now)?.check_writer(env)
    }
}
