//! Values as commits have them, opened with the keys of then: each out of the key files that lie beside it.

use std::rc::Rc;

use crate::{
    kernel::{
        model::{Record, Version},
        name::{EnvName, MemberName, SecretName},
        seal::{MemberKey, Recipient, Unwraps},
        secret::Secret,
        time::Timestamp,
    },
    unlock::{Ask, Keyring, Seen},
    vault::Opened,
};

use super::{PastFault, Signed, Then, Vault, VaultError, in_commit, tree};

/// A vault of then, and an identity that could read it.
pub struct UnlockedThen<'t> {
    then: &'t Then<'t>,
    key: Rc<MemberKey>,
    me: MemberName,
}

/// A value as a commit has it.
pub struct OpenedThen {
    /// The value, with the record that it stands in.
    pub opened: Opened,
    /// The commit.
    pub commit: String,
    /// When that was made, as it says itself.
    pub at: Timestamp,
    /// Who signed the record, if that key is a former one by now.
    pub former: Option<MemberName>,
}

impl<'t> Then<'t> {
    /// Unlocks with the first identity that could read an environment and those that it extended.
    pub fn unlock(
        &'t self,
        keyring: Keyring,
        ask: &dyn Ask,
        env: &EnvName,
    ) -> Result<UnlockedThen<'t>, VaultError> {
        self.check_environment(env)?;
        match keyring.find(|recipient| self.reads(recipient, env))? {
            Ok(candidate) => {
                let key = Rc::new(candidate.open(ask)?);
                Ok(self.with_key(key).expect("the recipient was found in this roster"))
            }
            Err(keys) => Err(self.locked(env, keys)),
        }
    }

    /// Whether a key could open an environment and those that it extended.
    fn reads(&self, recipient: &Recipient, env: &EnvName) -> bool {
        let Some((name, _)) = self.roster.holder(recipient) else { return false };
        let lineage = self.roster.lineage(env);
        lineage.iter().all(|env| self.roster.environments[*env].access(name).is_some())
    }

    pub(in crate::vault) fn locked(&self, env: &EnvName, keys: Vec<Seen>) -> VaultError {
        let mut readers: Vec<MemberName> =
            self.roster.environments.get(env).into_iter().flat_map(|env| env.readers().cloned()).collect();
        readers.sort();
        let (env, commit) = (env.clone(), self.commit.id.to_string());
        PastFault::Locked { env, commit, keys, readers }.into()
    }

    /// Unlocks with a key that is open already; none if it was nobody's then.
    pub(in crate::vault) fn with_key(&'t self, key: Rc<MemberKey>) -> Option<UnlockedThen<'t>> {
        let (me, _) = self.roster.holder(key.recipient())?;
        Some(UnlockedThen { then: self, me: me.clone(), key })
    }
}

impl UnlockedThen<'_> {
    /// Whose identity it is.
    pub fn me(&self) -> &MemberName {
        &self.me
    }

    /// Opens a value: what was current then, or a numbered version that the file had.
    pub fn get(
        &self,
        env: &EnvName,
        name: &SecretName,
        number: Option<u64>,
    ) -> Result<OpenedThen, VaultError> {
        let Signed { record, former } = self.then.find(env, name)?;
        let version = match number {
            None => record.current(),
            Some(number) => record.versions.iter().find(|version| version.number == number),
        };
        let Some(version) = version else {
            let (env, name) = (record.env.clone(), name.clone());
            let have = record.versions.iter().map(|version| version.number).collect();
            return Err(match number {
                Some(number) => VaultError::NoVersion { env, name, number, have },
                None => VaultError::NotCurrent { env, name },
            });
        };
        let (number, value) = (version.number, self.open(&record, version)?);
        let commit = self.then.commit();
        let opened = Opened { record, number, value };
        Ok(OpenedThen { opened, commit: commit.id.to_string(), at: commit.at, former })
    }

    /// Opens one version of a record of this commit.
    pub(in crate::vault) fn open(&self, record: &Record, version: &Version) -> Result<Secret, VaultError> {
        let Then { tree, roster, commit, .. } = self.then;
        let key = tree::env_key(tree, roster, &record.env, (&self.me, &*self.key));
        let key = key.map_err(|fault| in_commit(commit.id, fault))?;
        let key = key.seal_key(&tree::epoch(roster, &record.env));
        let opened = tree::open_version(roster, &key, record, version);
        opened.map_err(|refusal| in_commit(commit.id, refusal.into()))
    }
}

impl Vault<'_> {
    /// Opens a version that the file has no more, out of the newest commit which has it under a key that this identity opens.
    pub fn open_version(
        &self,
        keyring: Keyring,
        ask: &dyn Ask,
        (env, name): (&EnvName, &SecretName),
        number: u64,
    ) -> Result<OpenedThen, VaultError> {
        let env = self.holder(None, env, name)?;
        let thens = self.commits_with((&env, name), number)?;
        match keyring.find(|recipient| thens.iter().any(|then| then.reads(recipient, &env)))? {
            Ok(candidate) => Self::open_first(&thens, &Rc::new(candidate.open(ask)?), (&env, name), number),
            Err(keys) => Err(thens[0].locked(&env, keys)),
        }
    }

    /// Opens a version out of the first of several commits whose roster lets a key.
    pub(in crate::vault) fn open_first(
        thens: &[Then<'_>],
        key: &Rc<MemberKey>,
        (env, name): (&EnvName, &SecretName),
        number: u64,
    ) -> Result<OpenedThen, VaultError> {
        let Some(then) = thens.iter().find(|then| then.reads(key.recipient(), env)) else {
            return Err(thens[0].locked(env, Vec::new()));
        };
        then.with_key(key.clone()).expect("its recipient reads").get(env, name, Some(number))
    }
}
