//! What those can read on in git who can open the vault no more: each value that was sealed in their time, until there is a
//! new one in its place (format.md §11).
//!
//! It is told from what is signed and lies in the tree: `born` of each version, and the roster's former members. A key, the
//! history and the clock of a commit are not asked.

use crate::kernel::{
    model::{CURRENT, Record, Roster, Version},
    name::{EnvName, MemberName, SecretName},
    time::Timestamp,
};

use super::{Vault, VaultError, open::nearest};

/// A value in use that somebody has been able to read and should not any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposed {
    /// Who has been able to read it, or with whose lost key it could be read.
    pub to: MemberName,
    /// Where it stands.
    pub env: EnvName,
    /// Its name.
    pub name: SecretName,
    /// The version's number.
    pub number: u64,
    /// When it was set.
    pub set: Timestamp,
    /// Who set it, as the writer says.
    pub author: MemberName,
    /// Since when it should not be known any more.
    pub since: Timestamp,
}

impl Vault<'_> {
    /// Every exposed value, in the order of names. An environment's own and those that it extends are each told once, where
    /// they stand.
    pub fn exposed(&self, now: &Timestamp) -> Result<Vec<Exposed>, VaultError> {
        let (mut exposed, mut faults) = (Vec::new(), Vec::new());
        for env in self.roster.environments.keys().filter(|env| is_left(&self.roster, env)) {
            match self.records(env) {
                Ok(records) => {
                    exposed.extend(records.iter().flat_map(|record| of(&self.roster, record, now)))
                }
                Err(mut more) => faults.append(&mut more),
            }
        }
        exposed.sort_by(|a, b| (&a.to, &a.env, &a.name).cmp(&(&b.to, &b.env, &b.name)));
        self.remember();
        VaultError::several(faults).map_or(Ok(exposed), Err)
    }

    /// Refuses a name that nobody has or had here.
    pub fn check_known(&self, name: &MemberName) -> Result<(), VaultError> {
        let known = self.roster.members.keys().chain(self.roster.former.keys());
        let mut known = known.map(|other| (other.as_str(), other));
        if known.clone().any(|(_, other)| other == name) {
            return Ok(());
        }
        Err(VaultError::NoMember { name: name.clone(), nearest: nearest(name.as_str(), &mut known).cloned() })
    }
}

/// Whether anybody is shut out of an environment.
fn is_left(roster: &Roster, env: &EnvName) -> bool {
    roster.former.keys().any(|name| roster.is_shut_out(env, name))
}

/// To whom the values of one record are exposed.
pub(super) fn of<'a>(
    roster: &'a Roster,
    record: &'a Record,
    now: &'a Timestamp,
) -> impl Iterator<Item = Exposed> {
    let env = &record.env;
    let shut_out = roster.former.iter().filter(move |(name, _)| roster.is_shut_out(env, name));
    shut_out.flat_map(move |(name, former)| {
        let known = move |version: &&Version| version.born <= former.environments[env];
        let in_use = record.versions.iter().filter(move |version| is_in_use(record, version, now));
        in_use.filter(known).map(move |version| Exposed {
            to: name.clone(),
            env: env.clone(),
            name: record.name.clone(),
            number: version.number,
            set: version.created,
            author: version.author.clone(),
            since: former.left,
        })
    })
}

/// Whether somebody may rely on a value still: it is current, waits to be, or is good for a while.
fn is_in_use(record: &Record, version: &Version, now: &Timestamp) -> bool {
    let ahead = version.until.as_ref().is_some_and(|until| until > now);
    record.deleted.is_none() && (version.is(CURRENT) || version.rotation.is_some() || ahead)
}
