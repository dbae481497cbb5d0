//! What a vault leaves to one that is founded from it: the values that a key of its own opens, and the keys that died there
//! (format.md §14).
//!
//! It is read from the vault that lies here, under all rules of trust, or from a commit that a person names. What that commit has
//! is verified by itself: whoever holds a stolen admin key signs what comes after it, and that can count for nothing.

use std::{collections::BTreeMap, path::Path};

use crate::{
    git::{CommitTree, Repo},
    kernel::{
        model::{Former, Judge, KeyText, Log, Record, Roster, Version},
        name::{EnvName, MemberName, VaultId},
        refusal::Refusal,
        seal::{MemberKey, Recipient, SealKey, Unwraps},
        secret::Secret,
        time::Timestamp,
    },
    store::Place,
    unlock::{Ask, Keyring, Seen},
};

use super::{
    PastFault, Vault, VaultError,
    memory::Memory,
    tree::{self, RosterFiles},
    trust::introduction,
};

/// What a vault leaves, opened.
pub struct Legacy {
    /// The vault.
    pub vault: VaultId,
    /// Whose key opened it.
    pub me: MemberName,
    /// The environments that come along.
    pub envs: Vec<EnvName>,
    /// Those that the key does not open, so that they stay behind.
    pub behind: Vec<EnvName>,
    pub(super) roster: Roster,
    pub(super) secrets: Vec<Left>,
}

/// A secret with each of its values opened, in the order of its versions.
pub(super) struct Left {
    pub(super) record: Record,
    pub(super) values: Vec<Secret>,
}

/// A vault as a commit has it.
pub struct PastVault<'a> {
    /// Where it lies.
    pub place: &'a Place,
    /// The user's data folder.
    pub data: &'a Path,
    /// The commit, as a person names it.
    pub revision: &'a str,
}

/// Whose keys are looked through, and what for.
pub struct Heir<'a> {
    /// The keys.
    pub keyring: Keyring,
    /// Who is asked for a passphrase.
    pub ask: &'a dyn Ask,
    /// The environments that are to come along; none named means all that a key opens.
    pub named: &'a [EnvName],
}

/// Gives every record of an environment, or all that is wrong with them.
type Records<'a> = &'a dyn Fn(&EnvName) -> Result<Vec<Record>, Vec<VaultError>>;
type Open<'a> = &'a dyn Fn(&Record, &Version) -> Result<Secret, VaultError>;

impl Vault<'_> {
    /// Opens all that one key of somebody's opens of this vault. Everything that is not in order is named, and then nothing is
    /// given.
    pub fn legacy(&self, heir: Heir<'_>) -> Result<Legacy, VaultError> {
        let Heir { keyring, ask, named } = heir;
        let unlocked = self.unlock_most(keyring, ask, named)?;
        let legacy = Legacy::of(&self.roster, unlocked.me(), named);
        let open = |record: &Record, version: &Version| unlocked.open(record, version);
        let legacy = legacy.gather(&|env| self.records(env), &open)?;
        self.remember();
        Ok(legacy)
    }
}

impl PastVault<'_> {
    /// The same of what the commit has. It has to be the vault that this client knows.
    pub fn legacy(&self, heir: Heir<'_>) -> Result<Legacy, VaultError> {
        let git = self.place.git.as_ref().ok_or(PastFault::NoGit)?;
        let repo = Repo::open(&git.folder)?;
        let revision = self.revision.to_owned();
        let commit = repo
            .resolve(self.revision)
            .map_err(|fault| PastFault::NoRevision { revision, fault: Box::new(fault) })?;
        let no_vault = || PastFault::NoVault { commit: commit.to_string() };
        let tree = repo.vault_at(&commit.to_string(), &git.inside)?.ok_or_else(no_vault)?;
        let (roster, log) = RosterFiles::read(&tree)?.verify(0)?;
        self.check_known(&repo, &roster, &log)?;
        inherit(&tree, &roster, heir)
    }

    fn check_known(&self, repo: &Repo, roster: &Roster, log: &Log) -> Result<(), VaultError> {
        let memory = Memory::open(self.place, self.data);
        let addresses = repo.addresses().unwrap_or_default();
        let met = || addresses.iter().find_map(|address| memory.vault_at(address));
        let elsewhere = || memory.kept_elsewhere(&log.vault());
        match memory.kept().map(|kept| kept.vault).or_else(met).or_else(|| Some(elsewhere()?.vault)) {
            Some(known) if known == log.vault() => Ok(()),
            Some(known) => Err(Refusal::Replaced { known, found: log.vault() }.into()),
            None => Err(VaultError::FirstUse(Box::new(introduction(roster, log)))),
        }
    }
}

fn inherit(tree: &CommitTree<'_>, roster: &Roster, heir: Heir<'_>) -> Result<Legacy, VaultError> {
    let Heir { keyring, ask, named } = heir;
    check_named(roster, named)?;
    let candidate =
        keyring.find(|key| opens(roster, key, named))?.map_err(|keys| locked(roster, named, keys))?;
    let key = candidate.open(ask)?;
    let (me, _) = roster.holder(key.recipient()).expect("the recipient was found in the roster");
    let legacy = Legacy::of(roster, me, named);
    let keys = env_keys(tree, roster, (me, &key), &legacy.envs)?;
    let judge = Judge { roster, kept: None, old_commit: false };
    let records = |env: &EnvName| {
        let names = tree::names(tree, env).map_err(|fault| vec![fault])?;
        let judged = names.secrets.iter().map(|name| tree::record(tree, &judge, env, name));
        let (mut records, mut faults) = (Vec::new(), Vec::new());
        for judged in judged {
            match judged {
                Ok(record) => records.extend(record),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() { Ok(records) } else { Err(faults) }
    };
    let open = |record: &Record, version: &Version| {
        Ok(tree::open_version(roster, &keys[&record.env], record, version)?)
    };
    legacy.gather(&records, &open)
}

fn env_keys(
    tree: &CommitTree<'_>,
    roster: &Roster,
    (me, key): (&MemberName, &MemberKey),
    envs: &[EnvName],
) -> Result<BTreeMap<EnvName, SealKey>, VaultError> {
    let unwrapped = envs.iter().map(|env| {
        let env_key = tree::env_key(tree, roster, env, (me, key))?;
        Ok((env.clone(), env_key.seal_key(&tree::epoch(roster, env))))
    });
    unwrapped.collect()
}

impl Legacy {
    fn of(roster: &Roster, me: &MemberName, named: &[EnvName]) -> Self {
        let granted: Vec<EnvName> = roster.granted(me).into_iter().map(|(env, _)| env).collect();
        let wanted = |env: &&EnvName| named.is_empty() || named.contains(env);
        let envs: Vec<EnvName> = granted.iter().filter(wanted).cloned().collect();
        let behind = roster.environments.keys().filter(|env| !granted.contains(env)).cloned().collect();
        let (vault, me, roster) = (roster.vault, me.clone(), roster.clone());
        Self { vault, me, envs, behind, roster, secrets: Vec::new() }
    }

    fn gather(mut self, records: Records<'_>, open: Open<'_>) -> Result<Self, VaultError> {
        let mut faults = Vec::new();
        for env in &self.envs {
            let found = records(env).unwrap_or_else(|mut more| {
                faults.append(&mut more);
                Vec::new()
            });
            for record in found {
                match record.versions.iter().map(|version| open(&record, version)).collect() {
                    Ok(values) => self.secrets.push(Left { record, values }),
                    Err(fault) => faults.push(fault),
                }
            }
        }
        VaultError::several(faults).map_or(Ok(self), Err)
    }

    /// How many values come along, those of tombstones and older versions not among them.
    pub fn values(&self) -> usize {
        self.secrets.iter().filter(|left| left.record.current().is_some()).count()
    }

    /// The environment that commands take when none is named.
    pub(super) fn default(&self) -> EnvName {
        let default = &self.roster.default;
        if self.envs.contains(default) { default.clone() } else { self.envs[0].clone() }
    }

    /// The keys that are dead from the start: those that opened what comes along, as keys of the founder, and those of everybody
    /// who had left before. Whoever was a member is none of these, since he is to ask again by his name and key.
    pub(super) fn former(&self, founder: &MemberName, now: Timestamp) -> BTreeMap<MemberName, Former> {
        let mut former: BTreeMap<MemberName, Former> = BTreeMap::new();
        for (name, old) in &self.roster.former {
            if self.roster.members.contains_key(name) {
                continue;
            }
            let epochs = old.environments.iter().filter(|(env, _)| self.envs.contains(env));
            let environments: BTreeMap<EnvName, u64> = epochs.map(|(env, n)| (env.clone(), *n)).collect();
            former.insert(name.clone(), Former { environments, ..old.clone() });
        }
        let mut keys = self.roster.members[&self.me].keys();
        keys.extend(self.roster.former.get(&self.me).into_iter().flat_map(|old| old.keys.iter().cloned()));
        let keys: Vec<KeyText> = keys.into_iter().collect();
        let epochs = self.envs.iter().map(|env| (env.clone(), self.roster.environments[env].epoch));
        let own = Former { keys, left: now, environments: epochs.collect() };
        former.insert(founder.clone(), own);
        former
    }

    /// Refuses the name of somebody who had left: it stays his.
    pub fn check_founder(&self, name: &MemberName) -> Result<(), VaultError> {
        let left = self.roster.former.contains_key(name) && !self.roster.members.contains_key(name);
        if left { Err(VaultError::MemberWas { name: name.clone() }) } else { Ok(()) }
    }
}

/// Whether the member who holds a key may read all of the named environments; any, where none is named.
pub(super) fn opens(roster: &Roster, recipient: &Recipient, named: &[EnvName]) -> bool {
    let Some((name, _)) = roster.holder(recipient) else { return false };
    match named {
        [] => !roster.granted(name).is_empty(),
        named => named.iter().all(|env| roster.environments[env].access(name).is_some()),
    }
}

fn check_named(roster: &Roster, named: &[EnvName]) -> Result<(), VaultError> {
    match named.iter().find(|env| !roster.environments.contains_key(*env)) {
        Some(env) => Err(VaultError::NoEnvironment { name: env.clone(), nearest: None }),
        None => Ok(()),
    }
}

/// Nobody of a vault that is left is to be asked for more.
fn locked(roster: &Roster, named: &[EnvName], keys: Vec<Seen>) -> VaultError {
    let env = named.first().unwrap_or(&roster.default).clone();
    let readers = roster.environments[&env].readers().cloned().collect();
    let approvers = Vec::new();
    match keys.is_empty() {
        true => VaultError::NoKey { env, readers, approvers },
        false => VaultError::Locked { env, keys, readers, me: None, approvers },
    }
}
