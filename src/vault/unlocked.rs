//! An unlocked vault: values can be opened.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use crate::{
    kernel::{
        model::{Record, Role, Version},
        name::{EnvName, MemberName, SecretName, VaultId},
        refusal::Refusal,
        seal::{EnvKey, MemberKey, Plugins, Recipient, SealKey, Unwraps},
        secret::Secret,
    },
    unlock::{Ask, Candidate, Keyring, Origin, Seen},
};

use super::{Vault, VaultError, legacy::opens, tree};

/// A vault and a member's identity that can read it.
pub struct Unlocked<'v> {
    pub(super) vault: &'v Vault<'v>,
    pub(super) key: Rc<MemberKey>,
    pub(super) plugins: Rc<dyn Plugins>,
    pub(super) me: MemberName,
    origin: Origin,
    keys: RefCell<BTreeMap<EnvName, SealKey>>,
}

/// A member's key that stays open, and the one vault that it is for. It is wiped when the last who holds it is dropped.
pub struct HeldKey {
    vault: VaultId,
    key: Rc<MemberKey>,
    plugins: Rc<dyn Plugins>,
    origin: Origin,
}

/// A value that was opened.
pub struct Opened {
    /// The record that it stands in, whose environment may be one that was extended.
    pub record: Record,
    /// The version's number.
    pub number: u64,
    /// The value.
    pub value: Secret,
}

impl<'v> Vault<'v> {
    /// Unlocks with the first identity that may read all of these environments.
    pub fn unlock(
        &'v self,
        keyring: Keyring,
        ask: &dyn Ask,
        envs: &[EnvName],
    ) -> Result<Unlocked<'v>, VaultError> {
        let needed = self.needed(envs)?;
        let plugins = keyring.plugins();
        match keyring.find(|recipient| self.reads(recipient, &needed))? {
            Ok(candidate) => self.unlocked(candidate, plugins, ask),
            Err(keys) => Err(self.locked(&needed, keys)),
        }
    }

    /// Unlocks with the first identity that may read all of these environments; any, where none is named.
    pub(super) fn unlock_most(
        &'v self,
        keyring: Keyring,
        ask: &dyn Ask,
        envs: &[EnvName],
    ) -> Result<Unlocked<'v>, VaultError> {
        if !envs.is_empty() {
            return self.unlock(keyring, ask, envs);
        }
        let plugins = keyring.plugins();
        match keyring.find(|recipient| opens(&self.roster, recipient, &[]))? {
            Ok(candidate) => self.unlocked(candidate, plugins, ask),
            Err(keys) => Err(self.locked(&[&self.roster.default], keys)),
        }
    }

    /// Unlocks with a key that is open already. What it may read is asked of the roster anew.
    pub fn unlock_again(&'v self, held: &HeldKey, envs: &[EnvName]) -> Result<Unlocked<'v>, VaultError> {
        if self.roster.vault != held.vault {
            let (known, found) = (held.vault, self.roster.vault);
            return Err(Refusal::Replaced { known, found }.into());
        }
        let needed = self.needed(envs)?;
        let recipient = held.key.recipient();
        match self.roster.holder(recipient).filter(|_| self.reads(recipient, &needed)) {
            Some((me, _)) => Ok(Unlocked {
                vault: self,
                key: held.key.clone(),
                plugins: held.plugins.clone(),
                me: me.clone(),
                origin: held.origin.clone(),
                keys: RefCell::default(),
            }),
            None => {
                let seen = Seen { origin: held.origin.clone(), recipient: recipient.clone(), trouble: None };
                Err(self.locked(&needed, vec![seen]))
            }
        }
    }

    /// These environments, and those that they extend.
    fn needed<'e>(&'e self, envs: &'e [EnvName]) -> Result<Vec<&'e EnvName>, VaultError> {
        envs.iter().try_for_each(|env| self.environment(env).map(drop))?;
        Ok(envs.iter().flat_map(|env| self.roster.lineage(env)).collect())
    }

    /// Whether the member who holds a key may read all of these environments.
    fn reads(&self, recipient: &Recipient, envs: &[&EnvName]) -> bool {
        let holder = self.roster.holder(recipient);
        holder.is_some_and(|(name, _)| {
            envs.iter().all(|env| self.roster.environments[*env].access(name).is_some())
        })
    }

    /// Unlocks with the identity of an admin, whatever it may read.
    pub fn unlock_admin(&'v self, keyring: Keyring, ask: &dyn Ask) -> Result<Unlocked<'v>, VaultError> {
        let admins = |recipient: &Recipient| {
            self.roster.holder(recipient).is_some_and(|(_, member)| member.role == Role::Admin)
        };
        let plugins = keyring.plugins();
        match keyring.find(admins)? {
            Ok(candidate) => self.unlocked(candidate, plugins, ask),
            Err(keys) => {
                let me = keys
                    .iter()
                    .find_map(|key| self.roster.holder(&key.recipient))
                    .map(|(name, _)| name.clone());
                Err(me.map_or_else(|| self.locked(&[&self.roster.default], keys), |me| self.not_admin(me)))
            }
        }
    }

    fn unlocked(
        &'v self,
        candidate: Candidate,
        plugins: Rc<dyn Plugins>,
        ask: &dyn Ask,
    ) -> Result<Unlocked<'v>, VaultError> {
        // One that was read before the vault was opened has been compared then; a command's has not.
        if let (Some(anchor), Origin::Command) = (&candidate.anchor, &candidate.origin) {
            self.log()?.check_anchor(anchor)?;
        }
        let origin = candidate.origin.clone();
        let key = candidate.open(ask)?;
        let (me, _) = self.roster.holder(key.recipient()).expect("the recipient was found in the roster");
        let me = me.clone();
        Ok(Unlocked { vault: self, me, key: Rc::new(key), plugins, origin, keys: RefCell::default() })
    }

    /// Names the first environment that none of the keys can open, and who can.
    fn locked(&self, envs: &[&EnvName], keys: Vec<Seen>) -> VaultError {
        let readable = |env: &&&EnvName| {
            let holders = keys.iter().filter_map(|key| self.roster.holder(&key.recipient));
            holders.into_iter().any(|(name, _)| self.roster.environments[**env].access(name).is_some())
        };
        let env =
            envs.iter().find(|env| !readable(env)).or(envs.first()).expect("something was to be unlocked");
        let env = (*env).clone();
        let readers = self.roster.environments[&env].readers().cloned().collect();
        let approvers = self.approvers(std::slice::from_ref(&env));
        if keys.is_empty() {
            return VaultError::NoKey { env, readers, approvers };
        }
        let holder = keys.iter().find_map(|key| self.roster.holder(&key.recipient));
        let me = holder.map(|(name, member)| Box::new((name.clone(), member.role)));
        VaultError::Locked { env, keys, readers, me, approvers }
    }

    pub(super) fn not_admin(&self, me: MemberName) -> VaultError {
        let admins = self.roster.members.iter().filter(|(_, member)| member.role == Role::Admin);
        VaultError::NotAdmin { me, admins: admins.map(|(name, _)| name.clone()).collect() }
    }
}

impl<'v> Unlocked<'v> {
    /// The vault.
    pub fn vault(&self) -> &'v Vault<'v> {
        self.vault
    }

    /// The key, to unlock again what the vault becomes, without asking anybody again.
    pub fn held(&self) -> HeldKey {
        let (key, plugins) = (self.key.clone(), self.plugins.clone());
        HeldKey { vault: self.vault.roster.vault, key, plugins, origin: self.origin.clone() }
    }

    /// Whose identity it is.
    pub fn me(&self) -> &MemberName {
        &self.me
    }

    /// Opens a value: the current one, or a numbered one that is still in the file.
    pub fn get(&self, env: &EnvName, name: &SecretName, number: Option<u64>) -> Result<Opened, VaultError> {
        let record = self.vault.find(env, name)?;
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
        let value = self.open(&record, version)?;
        let number = version.number;
        self.vault.remember();
        Ok(Opened { record, number, value })
    }

    /// Opens the current value of a name in the last of several environments that has it.
    pub fn get_last(&self, envs: &[EnvName], name: &SecretName) -> Result<Opened, VaultError> {
        let mut absent = None;
        for env in envs.iter().rev() {
            match self.get(env, name, None) {
                Err(fault @ (VaultError::NoSecret { .. } | VaultError::Deleted { .. })) => {
                    absent = absent.or(Some(fault));
                }
                other => return other,
            }
        }
        Err(absent.expect("an environment was asked"))
    }

    /// Opens every current value of several environments, later ones before earlier ones, of the names that are wanted.
    /// Everything that is wrong is named, and then nothing is given.
    pub fn all(
        &self,
        envs: &[EnvName],
        wanted: impl Fn(&SecretName) -> bool,
    ) -> Result<Vec<Opened>, VaultError> {
        let mut found: BTreeMap<SecretName, Record> = BTreeMap::new();
        let mut faults = Vec::new();
        for env in envs.iter().rev().flat_map(|env| self.vault.roster.lineage(env)) {
            match self.vault.records(env) {
                Ok(records) => {
                    records.into_iter().filter(|r| r.current().is_some() && wanted(&r.name)).for_each(|r| {
                        found.entry(r.name.clone()).or_insert(r);
                    })
                }
                Err(mut more) => faults.append(&mut more),
            }
        }
        let mut opened = Vec::with_capacity(found.len());
        for record in found.into_values() {
            let version = record.current().expect("only such records were taken");
            match self.open(&record, version) {
                Ok(value) => opened.push(Opened { number: version.number, value, record }),
                Err(fault) => faults.push(fault),
            }
        }
        self.vault.remember();
        VaultError::several(faults).map_or(Ok(opened), Err)
    }

    pub(super) fn open(&self, record: &Record, version: &Version) -> Result<Secret, VaultError> {
        self.with_key(&record.env, |key| Ok(tree::open_version(&self.vault.roster, key, record, version)?))
    }

    /// Lends an environment's seal key: one unwrap an environment, never one a secret.
    pub(super) fn with_key<T>(
        &self,
        env: &EnvName,
        lend: impl FnOnce(&SealKey) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        if let Some(key) = self.keys.borrow().get(env) {
            return lend(key);
        }
        let key = self.env_key(env)?.seal_key(&tree::epoch(&self.vault.roster, env));
        let result = lend(&key);
        self.keys.borrow_mut().insert(env.clone(), key);
        result
    }

    pub(super) fn env_key(&self, env: &EnvName) -> Result<EnvKey, VaultError> {
        tree::env_key(self.vault.tree, &self.vault.roster, env, (&self.me, &*self.key))
    }
}
