//! Reading while others write: what somebody changed under a reader is read again, with the lock, so that he sees all of a
//! change or nothing of it.

use crate::{
    kernel::name::EnvName,
    unlock::{Ask, Keyring},
};

use super::{Unlocked, Vault, VaultError};

impl Vault<'_> {
    /// Reads without a key.
    pub fn steady<T, E: From<VaultError>>(&self, read: impl Fn(&Vault<'_>) -> Result<T, E>) -> Result<T, E> {
        let result = read(self);
        match self.again()? {
            Some(held) => self.told_by(&held, read(&held)),
            None => result,
        }
    }

    /// Unlocks and reads. A person who was asked for a passphrase is not asked again.
    pub fn steady_unlocked<T, E: From<VaultError>>(
        &self,
        keyring: Keyring,
        ask: &dyn Ask,
        envs: &[EnvName],
        read: impl Fn(&Unlocked<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.unlock(keyring, ask, envs)?.steady(envs, read)
    }

    /// The vault as it is now, held, if somebody changed several files of it since it was opened. Where nothing can be locked,
    /// as in a read-only folder, nobody changes anything either.
    fn again(&self) -> Result<Option<Vault<'_>>, VaultError> {
        let Some(since) = self.stamp else { return Ok(None) };
        let now = self.disk.stamp();
        match (now.changing() || now != since).then(|| self.disk.lock()) {
            Some(Ok(lock)) => Self::open_locked(self.disk, &self.opening, Some(lock)).map(Some),
            Some(Err(_)) | None => Ok(None),
        }
    }

    fn told_by<T>(&self, other: &Vault<'_>, result: T) -> T {
        other.notes().into_iter().for_each(|note| self.note(note));
        result
    }
}

impl Unlocked<'_> {
    /// Reads. What is read again is unlocked with the same key.
    pub fn steady<T, E: From<VaultError>>(
        &self,
        envs: &[EnvName],
        read: impl Fn(&Unlocked<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let result = read(self);
        let Some(vault) = self.vault.again()? else { return result };
        let again = vault.unlock_again(&self.held(), envs).map_err(E::from);
        self.vault.told_by(&vault, again.and_then(|unlocked| read(&unlocked)))
    }
}
