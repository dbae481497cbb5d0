//! Two rosters that part from a third, brought together: what either side took away is gone, whatever the other gave
//! (format.md §7).

use std::collections::{BTreeMap, BTreeSet};

use super::{Access, Environment, Former, KeyText, Member, Role, Roster};
use crate::kernel::{
    name::{EnvName, MemberName},
    refusal::{Refusal, RosterFault},
    seal::{Commitment, PublicKey},
    time::Timestamp,
};

/// What no rule decides.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RosterClash {
    /// One name, and two people or two sets of keys behind it.
    #[error("both sides let `{0}` in, each with other keys")]
    Member(MemberName),
    /// Two environments of one name, with a key each.
    #[error("both sides made environment `{0}`, each with a key of its own")]
    Environment(EnvName),
    /// Each side by itself is sound.
    #[error("the changes of both sides together break a rule of the roster: {0}")]
    Rule(RosterFault),
}

/// The two sides and where they part. Of two wishes that neither takes anything away, the kept side's stands.
#[derive(Clone, Copy)]
pub struct RosterSides<'a> {
    /// Where they part.
    pub base: &'a Roster,
    /// The side whose lines stay.
    pub kept: &'a Roster,
    /// The side whose changes are made again.
    pub other: &'a Roster,
}

/// What comes of two sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedRoster {
    /// The roster. An environment that is to be renewed has its new epoch, and no commitment to its new key yet.
    pub roster: Roster,
    /// The environments that need a new key: either side made one, or somebody loses what he had on a side.
    pub renewed: BTreeSet<EnvName>,
}

impl RosterSides<'_> {
    /// Brings both sides together.
    pub fn merge(&self, at: Timestamp) -> Result<MergedRoster, RosterClash> {
        let mut merged = Roster {
            vault: self.kept.vault,
            default: self.base.default.clone(),
            members: BTreeMap::new(),
            environments: BTreeMap::new(),
            former: self.former(),
            retired: self.retired(),
        };
        for name in self.names(|roster| roster.members.keys()) {
            merged.members.extend(self.member(name)?.map(|member| (name.clone(), member)));
        }
        for name in self.names(|roster| roster.environments.keys()) {
            match self.environment(name, &merged.members)? {
                Some(environment) => drop(merged.environments.insert(name.clone(), environment)),
                None => self.retire(name, &mut merged),
            }
        }
        merged.default = self.default(&merged);
        let renewed = self.take_away(&mut merged, at);
        match merged.check() {
            Err(Refusal::Roster(fault)) => Err(RosterClash::Rule(fault)),
            _ => Ok(MergedRoster { roster: merged, renewed }),
        }
    }

    fn names<'s, T: Ord + 's, I: Iterator<Item = &'s T>>(
        &'s self,
        of: impl Fn(&'s Roster) -> I,
    ) -> BTreeSet<&'s T> {
        [self.base, self.kept, self.other].into_iter().flat_map(of).collect()
    }

    fn member(&self, name: &MemberName) -> Result<Option<Member>, RosterClash> {
        let [base, kept, other] = [self.base, self.kept, self.other].map(|r| r.members.get(name));
        let joined = |member: &Member, there: &Roster| (!self.left(name, there)).then(|| member.clone());
        Ok(match (base, kept, other) {
            (Some(base), Some(kept), Some(other)) => Some(self.both(name, [base, kept, other])),
            (Some(_), ..) | (None, None, None) => None,
            (None, Some(kept), None) => joined(kept, self.other),
            (None, None, Some(other)) => joined(other, self.kept),
            (None, Some(kept), Some(other)) if kept.keys() == other.keys() => {
                let role = if role_rank(kept.role) < role_rank(other.role) { kept.role } else { other.role };
                Some(Member { role, ..kept.clone() })
            }
            (None, Some(_), Some(_)) => return Err(RosterClash::Member(name.clone())),
        })
    }

    /// Whether somebody came and went on a side.
    fn left(&self, name: &MemberName, side: &Roster) -> bool {
        !side.members.contains_key(name) && side.former.get(name) != self.base.former.get(name)
    }

    fn both(&self, name: &MemberName, [base, kept, other]: [&Member; 3]) -> Member {
        let rank = settled([base, kept, other].map(|member| role_rank(member.role)));
        let role = if rank == role_rank(kept.role) { kept.role } else { other.role };
        let lost = |key: KeyText| {
            let dead = |(side, there): (&Roster, &Member)| {
                let former = side.former.get(name).is_some_and(|former| former.keys.contains(&key));
                former && !there.keys().contains(&key)
            };
            !dead((self.base, base)) && (dead((self.kept, kept)) || dead((self.other, other)))
        };
        let mut recipients = united([&base.recipients, &kept.recipients, &other.recipients]);
        recipients.retain(|key| !lost(key.into()));
        recipients.sort();
        let mut signs = united([&base.signs, &kept.signs, &other.signs]);
        signs.retain(|key| !lost(key.into()));
        signs.sort_by_key(PublicKey::text);
        Member { role, recipients, signs, since: kept.since }
    }

    fn environment(
        &self,
        name: &EnvName,
        members: &BTreeMap<MemberName, Member>,
    ) -> Result<Option<Environment>, RosterClash> {
        let [base, kept, other] = [self.base, self.kept, self.other].map(|r| r.environments.get(name));
        let mut merged = match (base, kept, other) {
            (Some(_), Some(kept), Some(other)) => self.three(base, kept, other),
            (None, Some(kept), Some(other)) if key_of(kept) == key_of(other) => self.three(base, kept, other),
            (None, Some(_), Some(_)) => return Err(RosterClash::Environment(name.clone())),
            (None, Some(made), None) | (None, None, Some(made)) => made.clone(),
            (Some(_), ..) | (None, None, None) => return Ok(None),
        };
        merged.write.retain(|name| members.contains_key(name));
        merged.read.retain(|name| members.contains_key(name));
        Ok(Some(merged))
    }

    fn three(&self, base: Option<&Environment>, kept: &Environment, other: &Environment) -> Environment {
        let mut merged = Environment { write: Vec::new(), read: Vec::new(), ..kept.clone() };
        let known: BTreeSet<&MemberName> = kept.readers().chain(other.readers()).collect();
        for name in known {
            let before = base.and_then(|base| base.access(name));
            let ranks = [before, kept.access(name), other.access(name)].map(access_rank);
            match settled(ranks) {
                0 => {}
                1 => merged.read.push(name.clone()),
                _ => merged.write.push(name.clone()),
            }
        }
        if base.is_some_and(|base| base.extends == kept.extends) {
            merged.extends.clone_from(&other.extends);
        }
        merged
    }

    fn default(&self, merged: &Roster) -> EnvName {
        let [base, kept, other] = [self.base, self.kept, self.other].map(|roster| &roster.default);
        let (first, second) = if kept == base { (other, kept) } else { (kept, other) };
        let is_there = |name: &EnvName| merged.environments.contains_key(name);
        if !is_there(first) && is_there(second) { second.clone() } else { first.clone() }
    }

    fn former(&self) -> BTreeMap<MemberName, Former> {
        let mut merged = self.kept.former.clone();
        for (name, theirs) in &self.other.former {
            let Some(ours) = merged.get_mut(name) else {
                merged.insert(name.clone(), theirs.clone());
                continue;
            };
            let keys: BTreeSet<&KeyText> = ours.keys.iter().chain(&theirs.keys).collect();
            ours.keys = keys.into_iter().cloned().collect();
            for (env, epoch) in &theirs.environments {
                let last = ours.environments.entry(env.clone()).or_insert(*epoch);
                *last = (*last).max(*epoch);
            }
        }
        merged
    }

    fn retired(&self) -> BTreeMap<EnvName, u64> {
        let mut merged = self.kept.retired.clone();
        for (name, epoch) in &self.other.retired {
            let last = merged.entry(name.clone()).or_insert(*epoch);
            *last = (*last).max(*epoch);
        }
        merged
    }

    /// An environment that a side removed goes on, if it is made again, above what either side had.
    fn retire(&self, name: &EnvName, merged: &mut Roster) {
        let epochs = [self.base, self.kept, self.other].map(|roster| roster.environments.get(name));
        let last = epochs.into_iter().flatten().map(|found| found.epoch).max().unwrap_or(0);
        let retired = merged.retired.entry(name.clone()).or_insert(last);
        *retired = last.max(*retired);
    }

    /// Names as former whoever could open or write more on a side than he can now, with the epoch of that side; gives the
    /// environments that need a new key.
    fn take_away(&self, merged: &mut Roster, at: Timestamp) -> BTreeSet<EnvName> {
        let (mut renewed, mut lost) = (BTreeSet::new(), Vec::new());
        for (name, environment) in &merged.environments {
            let base = self.base.environments.get(name).map(key_of);
            for side in [self.kept, self.other] {
                let Some(there) = side.environments.get(name) else { continue };
                if base.is_some_and(|base| base != key_of(there)) {
                    renewed.insert(name.clone());
                }
                let gone = there
                    .readers()
                    .map(|member| (member, gone((merged, environment), (side, there), member)));
                let gone = gone.filter(|(_, keys)| !keys.is_empty());
                lost.extend(gone.map(|(member, keys)| (member.clone(), keys, name.clone(), there.epoch)));
            }
        }
        renewed.extend(lost.iter().map(|(_, _, env, _)| env.clone()));
        for (member, keys, env, epoch) in lost {
            merged.retire(&member, keys, [(env, epoch)], at);
        }
        for name in &renewed {
            let epochs = [self.kept, self.other].map(|side| side.environments.get(name).map(|e| e.epoch));
            let retired = merged.retired.get(name).copied();
            let highest = epochs.into_iter().chain([retired]).flatten().max().unwrap_or(0);
            merged.environments.get_mut(name).expect("it was just looked at").epoch = highest + 1;
        }
        renewed
    }
}

/// The keys of a member on a side that open or write less now.
fn gone(
    (merged, now): (&Roster, &Environment),
    (side, there): (&Roster, &Environment),
    name: &MemberName,
) -> BTreeSet<KeyText> {
    let had = side.members[name].keys();
    if access_rank(now.access(name)) < access_rank(there.access(name)) {
        return had;
    }
    let has = merged.members.get(name).map(Member::keys).unwrap_or_default();
    had.difference(&has).cloned().collect()
}

fn key_of(environment: &Environment) -> (u64, Commitment) {
    (environment.epoch, environment.commitment)
}

/// Of three ranks the one that stands: lowered on either side it is the lower, else the higher.
fn settled([base, kept, other]: [u8; 3]) -> u8 {
    if kept < base || other < base { kept.min(other) } else { kept.max(other) }
}

fn role_rank(role: Role) -> u8 {
    match role {
        Role::Machine => 0,
        Role::Member => 1,
        Role::Admin => 2,
    }
}

fn access_rank(access: Option<Access>) -> u8 {
    match access {
        None => 0,
        Some(Access::Read) => 1,
        Some(Access::Write) => 2,
    }
}

/// What all have, and what either side added.
fn united<T: PartialEq + Clone>([base, kept, other]: [&Vec<T>; 3]) -> Vec<T> {
    let stays = |key: &&T| !base.contains(key) || other.contains(key);
    let added = other.iter().filter(|key| !base.contains(key) && !kept.contains(key));
    kept.iter().filter(stays).chain(added).cloned().collect()
}
