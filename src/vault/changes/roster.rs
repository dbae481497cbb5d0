//! What one roster says that another did not: who may do what now, and who no longer.

use std::collections::BTreeSet;

use crate::kernel::{
    model::{Access, Role, Roster},
    name::{EnvName, MemberName},
};

/// One thing that a roster says now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RosterChange {
    /// Somebody is in it.
    Joined {
        /// Who.
        member: MemberName,
        /// As what.
        role: Role,
    },
    /// Somebody is in it no more.
    Left {
        /// Who.
        member: MemberName,
    },
    /// Somebody has another role.
    Role {
        /// Who.
        member: MemberName,
        /// Which now.
        role: Role,
    },
    /// Somebody opens or signs with other keys.
    Keys {
        /// Who.
        member: MemberName,
    },
    /// Somebody may do something else in an environment.
    Access {
        /// Who.
        member: MemberName,
        /// Where.
        env: EnvName,
        /// What before.
        before: Option<Access>,
        /// What now.
        after: Option<Access>,
    },
    /// There is a new environment.
    Made {
        /// Which.
        env: EnvName,
    },
    /// An environment is gone.
    Unmade {
        /// Which.
        env: EnvName,
    },
    /// An environment has another key.
    Epoch {
        /// Which.
        env: EnvName,
        /// Of what epoch now.
        epoch: u64,
    },
    /// An environment takes values from others than before.
    Extends {
        /// Which.
        env: EnvName,
    },
    /// Commands take another environment where none is named.
    Default {
        /// Which.
        env: EnvName,
    },
}

/// Compares two rosters. Without one before, everything is new.
pub(in crate::vault) fn compare(before: Option<&Roster>, now: &Roster) -> Vec<RosterChange> {
    let mut changes = members(before, now);
    changes.extend(environments(before, now));
    changes.extend(access(before, now));
    if before.is_some_and(|before| before.default != now.default) {
        changes.push(RosterChange::Default { env: now.default.clone() });
    }
    changes
}

fn members(before: Option<&Roster>, now: &Roster) -> Vec<RosterChange> {
    let mut changes = Vec::new();
    for (name, member) in &now.members {
        let name = || name.clone();
        match before.and_then(|before| before.members.get(&name())) {
            None => changes.push(RosterChange::Joined { member: name(), role: member.role }),
            Some(old) => {
                if old.role != member.role {
                    changes.push(RosterChange::Role { member: name(), role: member.role });
                }
                if old.keys() != member.keys() {
                    changes.push(RosterChange::Keys { member: name() });
                }
            }
        }
    }
    let gone = before.into_iter().flat_map(|before| before.members.keys());
    let gone = gone.filter(|name| !now.members.contains_key(*name));
    changes.extend(gone.map(|member| RosterChange::Left { member: member.clone() }));
    changes
}

fn environments(before: Option<&Roster>, now: &Roster) -> Vec<RosterChange> {
    let mut changes = Vec::new();
    for (name, environment) in &now.environments {
        let env = || name.clone();
        match before.and_then(|before| before.environments.get(name)) {
            None => changes.push(RosterChange::Made { env: env() }),
            Some(old) => {
                if (old.epoch, &old.commitment) != (environment.epoch, &environment.commitment) {
                    changes.push(RosterChange::Epoch { env: env(), epoch: environment.epoch });
                }
                if old.extends != environment.extends {
                    changes.push(RosterChange::Extends { env: env() });
                }
            }
        }
    }
    let gone = before.into_iter().flat_map(|before| before.environments.keys());
    let gone = gone.filter(|name| !now.environments.contains_key(*name));
    changes.extend(gone.map(|env| RosterChange::Unmade { env: env.clone() }));
    changes
}

fn access(before: Option<&Roster>, now: &Roster) -> Vec<RosterChange> {
    let mut changes = Vec::new();
    for (env, environment) in &now.environments {
        let old = before.and_then(|before| before.environments.get(env));
        let both = old.into_iter().flat_map(|old| old.readers()).chain(environment.readers());
        for member in both.collect::<BTreeSet<_>>() {
            let (before, after) = (old.and_then(|old| old.access(member)), environment.access(member));
            if before != after {
                let (member, env) = (member.clone(), env.clone());
                changes.push(RosterChange::Access { member, env, before, after });
            }
        }
    }
    changes
}
