//! The roster: who may read and write each environment, signed by those who may change it (format.md §6).

use std::collections::{BTreeMap, BTreeSet};

use super::{Former, KeyText};
use crate::kernel::{
    name::{EnvName, MemberName, VaultId},
    refusal::{Refusal, RosterFault},
    seal::{Commitment, PublicKey, Recipient},
    time::Timestamp,
};

/// What a member may do with the roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// May change it.
    Admin,
    /// May not.
    Member,
    /// May not, and is never asked anything.
    Machine,
}

impl Role {
    /// Parses the word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Admin, Self::Member, Self::Machine].into_iter().find(|role| role.as_str() == text)
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Machine => "machine",
        }
    }
}

/// What a member may do in one environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Write, and so read.
    Write,
    /// Only read.
    Read,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The role.
    pub role: Role,
    /// One key file each in every environment that he may read.
    pub recipients: Vec<Recipient>,
    /// With what he signs.
    pub signs: Vec<PublicKey>,
    /// Since when, for people.
    pub since: Timestamp,
}

/// An environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// The number of its key.
    pub epoch: u64,
    /// What its key must derive.
    pub commitment: Commitment,
    /// Who may write, and so read.
    pub write: Vec<MemberName>,
    /// Who may only read.
    pub read: Vec<MemberName>,
    /// Environments whose values stand where this one has none.
    pub extends: Vec<EnvName>,
}

impl Environment {
    /// What a member may do here.
    pub fn access(&self, member: &MemberName) -> Option<Access> {
        if self.write.contains(member) {
            Some(Access::Write)
        } else {
            self.read.contains(member).then_some(Access::Read)
        }
    }

    /// Everyone who may read.
    pub fn readers(&self) -> impl Iterator<Item = &MemberName> {
        self.write.iter().chain(&self.read)
    }
}

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// The vault.
    pub vault: VaultId,
    /// The environment that commands take when none is named.
    pub default: EnvName,
    /// Who is in it.
    pub members: BTreeMap<MemberName, Member>,
    /// What they share.
    pub environments: BTreeMap<EnvName, Environment>,
    /// Who once could.
    pub former: BTreeMap<MemberName, Former>,
    /// The last epoch of each environment that was removed.
    pub retired: BTreeMap<EnvName, u64>,
}

impl Roster {
    /// The signing keys of all admins, in the order of their texts: what the log's last line must name.
    pub fn admin_keys(&self) -> Vec<PublicKey> {
        let admins = self.members.values().filter(|member| member.role == Role::Admin);
        let mut keys: Vec<(String, PublicKey)> =
            admins.flat_map(|m| &m.signs).map(|key| (key.text(), *key)).collect();
        keys.sort_by(|a, b| a.0.cmp(&b.0));
        keys.into_iter().map(|(_, key)| key).collect()
    }

    /// Whose recipient this is.
    pub fn holder(&self, recipient: &Recipient) -> Option<(&MemberName, &Member)> {
        self.members.iter().find(|(_, member)| member.recipients.contains(recipient))
    }

    /// Whose signing key this is.
    pub fn signer(&self, key: &PublicKey) -> Option<&MemberName> {
        self.members.iter().find(|(_, member)| member.signs.contains(key)).map(|(name, _)| name)
    }

    /// What a member may do, in each environment where he may do anything.
    pub fn granted(&self, member: &MemberName) -> Vec<(EnvName, Access)> {
        let environments = self.environments.iter();
        environments.filter_map(|(env, found)| Some((env.clone(), found.access(member)?))).collect()
    }

    /// Whether a key of a member is dead in an environment, to sign (`Write`) or to be wrapped to (`Read`): named as a former
    /// one there, unless the same member holds it now and is granted that much.
    pub fn is_dead(&self, env: &EnvName, (member, to): (&MemberName, Access), key: &KeyText) -> bool {
        let named = |name: &MemberName| {
            let former = self.former.get(name);
            former.is_some_and(|f| f.environments.contains_key(env) && f.keys.contains(key))
        };
        let granted = || {
            let holds = self.members.get(member).is_some_and(|m| m.holds(key));
            let access = self.environments.get(env).and_then(|e| e.access(member));
            holds && access.is_some_and(|access| to == Access::Read || access == Access::Write)
        };
        self.former.keys().any(named) && !(named(member) && granted())
    }

    /// Whether somebody could once open an environment with a key that opens it no more.
    pub fn is_shut_out(&self, env: &EnvName, name: &MemberName) -> bool {
        let former = self.former.get(name).filter(|former| former.environments.contains_key(env));
        let dead = |key: &KeyText| self.is_dead(env, (name, Access::Read), key);
        former.is_some_and(|former| former.keys.iter().any(dead))
    }

    /// Names keys of a member as former ones in environments, each with the last epoch that they opened. Asked before the
    /// access itself is taken: since when something was lost stays as it is while any of that is still lost.
    pub fn retire(
        &mut self,
        name: &MemberName,
        keys: impl IntoIterator<Item = KeyText>,
        lost: impl IntoIterator<Item = (EnvName, u64)>,
        at: Timestamp,
    ) {
        let old = self.former.get(name);
        let kept = old.filter(|old| old.environments.keys().any(|env| self.is_shut_out(env, name)));
        let left = kept.map_or(at, |former| former.left);
        let mut environments = old.map(|former| former.environments.clone()).unwrap_or_default();
        for (env, epoch) in lost {
            let last = environments.entry(env).or_insert(epoch);
            *last = epoch.max(*last);
        }
        let old = old.map(|former| former.keys.clone()).unwrap_or_default();
        let keys: BTreeSet<KeyText> = old.into_iter().chain(keys).collect();
        self.former.insert(name.clone(), Former { keys: keys.into_iter().collect(), left, environments });
    }

    /// An environment and those that it extends, in the order in which they are asked: depth first, each once.
    pub fn lineage<'a>(&'a self, env: &'a EnvName) -> Vec<&'a EnvName> {
        let mut asked = Vec::new();
        let mut next = vec![env];
        while let Some(env) = next.pop() {
            if let (false, Some(found)) = (asked.contains(&env), self.environments.get(env)) {
                asked.push(env);
                next.extend(found.extends.iter().rev());
            }
        }
        asked
    }

    /// Checks every rule between the parts.
    pub fn check(&self) -> Result<(), Refusal> {
        self.check_members()
            .and_then(|()| self.check_keys())
            .and_then(|()| self.check_environments())
            .map_err(Refusal::Roster)
    }

    fn check_members(&self) -> Result<(), RosterFault> {
        if !self.members.values().any(|member| member.role == Role::Admin) {
            return Err(RosterFault::NoAdmin);
        }
        for (name, member) in &self.members {
            sorted(&format!("members.{name}.recipients"), member.recipients.iter())?;
            sorted(&format!("members.{name}.signs"), member.signs.iter().map(PublicKey::text))?;
            if member.recipients.is_empty() {
                return Err(RosterFault::NoRecipient(name.clone()));
            }
            if member.role == Role::Admin && member.signs.is_empty() {
                return Err(RosterFault::CannotSign(name.clone()));
            }
            if let Some(bad) = member.recipients.iter().find(|recipient| !recipient.is_sound()) {
                return Err(RosterFault::Recipient(name.clone(), bad.to_string()));
            }
            if !member.signs.iter().all(PublicKey::is_sound) {
                return Err(RosterFault::SigningKey(name.clone()));
            }
        }
        Ok(())
    }

    /// One key belongs to one member. An SSH key may be a recipient and sign too, of the same member.
    fn check_keys(&self) -> Result<(), RosterFault> {
        let mut owners: BTreeMap<KeyText, &MemberName> = BTreeMap::new();
        for (name, member) in &self.members {
            for key in member.keys() {
                if let Some(other) = owners.insert(key, name).filter(|other| *other != name) {
                    return Err(RosterFault::SharedKey(other.clone(), name.clone()));
                }
            }
        }
        for (name, former) in &self.former {
            sorted(&format!("former.{name}.keys"), former.keys.iter())?;
            if former.keys.is_empty() || former.environments.values().any(|epoch| *epoch == 0) {
                return Err(RosterFault::Former(name.clone()));
            }
            for key in &former.keys {
                if let Some(other) = owners.insert(key.clone(), name).filter(|other| *other != name) {
                    return Err(RosterFault::SharedKey(other.clone(), name.clone()));
                }
            }
        }
        Ok(())
    }

    fn check_environments(&self) -> Result<(), RosterFault> {
        if !self.environments.contains_key(&self.default) {
            return Err(RosterFault::Default(self.default.clone()));
        }
        if let Some((name, _)) = self.retired.iter().find(|(_, epoch)| **epoch == 0) {
            return Err(RosterFault::Epoch(name.clone()));
        }
        for (name, environment) in &self.environments {
            sorted(&format!("environments.{name}.write"), environment.write.iter())?;
            sorted(&format!("environments.{name}.read"), environment.read.iter())?;
            sorted(&format!("environments.{name}.extends"), environment.extends.iter())?;
            if environment.epoch <= self.retired.get(name).copied().unwrap_or(0) {
                return Err(RosterFault::Epoch(name.clone()));
            }
            self.check_access(name, environment)?;
            if let Some(other) =
                environment.extends.iter().find(|other| !self.environments.contains_key(*other))
            {
                return Err(RosterFault::Extends(name.clone(), other.clone()));
            }
        }
        self.check_circles()
    }

    fn check_access(&self, name: &EnvName, environment: &Environment) -> Result<(), RosterFault> {
        if environment.write.is_empty() {
            return Err(RosterFault::NoWriter(name.clone()));
        }
        for member in environment.readers() {
            let Some(found) = self.members.get(member) else {
                return Err(RosterFault::NoMember(name.clone(), member.clone()));
            };
            if environment.write.contains(member) {
                if found.signs.is_empty() {
                    return Err(RosterFault::CannotSign(member.clone()));
                }
                if environment.read.contains(member) {
                    return Err(RosterFault::ListedTwice(name.clone(), member.clone()));
                }
            }
        }
        Ok(())
    }

    /// Takes away, again and again, the environments that extend nothing left: what stays is a circle, or leads to one.
    fn check_circles(&self) -> Result<(), RosterFault> {
        let mut left: BTreeSet<&EnvName> = self.environments.keys().collect();
        loop {
            let free =
                |name: &&EnvName| self.environments[*name].extends.iter().all(|other| !left.contains(other));
            let gone: Vec<&EnvName> = left.iter().copied().filter(free).collect();
            if gone.is_empty() {
                break;
            }
            gone.iter().for_each(|name| {
                left.remove(name);
            });
        }
        left.first().map_or(Ok(()), |name| Err(RosterFault::Circle((*name).clone())))
    }
}

impl Member {
    /// All keys as texts, each once.
    pub fn keys(&self) -> BTreeSet<KeyText> {
        self.recipients.iter().map(KeyText::from).chain(self.signs.iter().map(KeyText::from)).collect()
    }

    /// Whether he may change the roster.
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }

    fn holds(&self, key: &KeyText) -> bool {
        self.recipients.iter().any(|r| r.as_str() == key.as_str())
            || self.signs.iter().any(|s| s.text() == key.as_str())
    }
}

/// Whether items strictly ascend, as the format writes every list.
fn sorted<T: Ord>(what: &str, items: impl Iterator<Item = T>) -> Result<(), RosterFault> {
    if items.is_sorted_by(|a, b| a < b) { Ok(()) } else { Err(RosterFault::Unsorted(what.to_owned())) }
}
