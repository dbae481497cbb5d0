//! Moving and copying secrets: a seal binds a value to its place, so it is opened in one and sealed anew in another.
//!
//! What `born` says is of one environment: inside it, a value stays as old as it is for those who left; in another
//! environment it begins with that one's present epoch.

use std::fmt;

use crate::kernel::{
    model::{PENDING, Record, Version},
    name::{EnvName, SecretName},
};

use super::{Change, Doing, VaultError, Written};

/// Where a secret stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The environment.
    pub env: EnvName,
    /// The name.
    pub name: SecretName,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.env, self.name)
    }
}

/// What to do with a secret that is at the target already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Refuse.
    Refuse,
    /// What comes is a new version of it.
    Replace,
}

/// What was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Where the value stood, which may be an environment that the asked one extends.
    pub from: Address,
    /// Where it stands too.
    pub to: Address,
    /// What became of that.
    pub written: Written,
}

/// What was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The current version's number at the new place.
    pub number: u64,
    /// How many versions moved.
    pub versions: usize,
    /// An extended environment whose secret of the old name is seen there from now on.
    pub uncovered: Option<EnvName>,
}

impl Change<'_> {
    /// Copies current values, as one environment has them, to other names or another environment: all or none.
    pub fn copy(
        &mut self,
        (from, to): (&EnvName, &EnvName),
        names: &[(SecretName, SecretName)],
        existing: Existing,
    ) -> Result<Vec<Copied>, VaultError> {
        self.check_writer(to)?;
        self.check_new_names(to, &names.iter().map(|(_, new)| new).collect::<Vec<_>>())?;
        let (mut copied, mut faults) = (Vec::with_capacity(names.len()), Vec::new());
        for ((name, new), done) in names.iter().zip(1..) {
            self.tell(Doing::Sealing, done, names.len());
            let at = |env: &EnvName, name: &SecretName| Address { env: env.clone(), name: name.clone() };
            match self.copy_one(&at(from, name), &at(to, new), existing) {
                Ok(done) => copied.push(done),
                Err(fault) => faults.push(fault),
            }
        }
        VaultError::several(faults).map_or(Ok(copied), Err)
    }

    fn copy_one(&mut self, from: &Address, to: &Address, existing: Existing) -> Result<Copied, VaultError> {
        refuse_same(from, to)?;
        let source = self.unlocked.vault.find(&from.env, &from.name)?;
        let stands = Address { env: source.env.clone(), name: source.name.clone() };
        refuse_same(&stands, to)?;
        let Some(version) = source.current() else {
            return Err(VaultError::NotCurrent { env: stands.env, name: stands.name });
        };
        let value = self.unlocked.open(&source, version)?;
        let before = self.target(to, existing)?;
        // Two secrets that rotate one target would lock each other out.
        let record = Record { policy: before.policy.clone(), ..self.described_as(&before, &source)? };
        let was = before.current().map(|version| version.number);
        if let Some(number) = was
            && self.is_same(&before, &record, &value)?
        {
            return Ok(Copied { from: stands, to: to.clone(), written: Written::Unchanged(number) });
        }
        let number = record.last_number() + 1;
        let born = self.born(&before, &value, born(&source, version, &record));
        let copy = Version { born, ..self.version(&record, number, &value)? };
        let mut record = record;
        record.put(copy);
        self.write(record)?;
        let written = if was.is_some() { Written::Changed(number) } else { Written::New(number) };
        Ok(Copied { from: stands, to: to.clone(), written })
    }

    /// Moves a secret with every version that its file has; a tombstone stays in the old place.
    pub fn rename(&mut self, from: &Address, to: &Address, existing: Existing) -> Result<Moved, VaultError> {
        refuse_same(from, to)?;
        self.check_writer(&from.env)?;
        self.check_writer(&to.env)?;
        let mut source = self.own(from)?;
        self.check_new_names(&to.env, &[&to.name])?;
        let before = self.target(to, existing)?;
        for record in [&source, &before] {
            refuse_rotating(record)?;
        }
        let mut target = self.described_as(&before, &source)?;
        let versions = self.moved(&source, &target)?;
        if target.revision == 0 {
            target.created = source.created;
        }
        let count = versions.len();
        target.put_all(versions, &self.now);
        let number = target.current().expect("a moved secret has a current value").number;
        self.write(target)?;
        source.bury(self.now);
        self.write(source)?;
        Ok(Moved { number, versions: count, uncovered: self.uncovered(from)? })
    }

    /// The versions of one record as they stand in another. Numbers stay where none were given yet, and else go on.
    fn moved(&self, source: &Record, target: &Record) -> Result<Vec<Version>, VaultError> {
        let last = target.last_number();
        let ranks = (1..=source.versions.len() as u64).rev();
        let moved = source.versions.iter().zip(ranks).map(|(version, rank)| {
            let number = if last == 0 { version.number } else { last + rank };
            let value = self.unlocked.open(source, version)?;
            let sealed = self.seal(target, number, &value)?;
            Ok(Version { number, sealed, born: born(source, version, target), ..version.clone() })
        });
        moved.collect()
    }

    /// The record that stands in its environment itself.
    fn own(&self, from: &Address) -> Result<Record, VaultError> {
        let record = self.unlocked.vault.find(&from.env, &from.name)?;
        if record.env == from.env {
            return Ok(record);
        }
        Err(VaultError::Inherited { env: from.env.clone(), name: from.name.clone(), holder: record.env })
    }

    /// The record that is gone on from: a blank one where there is none.
    fn target(&self, to: &Address, existing: Existing) -> Result<Record, VaultError> {
        let record = self.base(&to.env, &to.name)?.unwrap_or_else(|| self.blank(&to.env, &to.name));
        match record.versions.first() {
            Some(version) if record.deleted.is_none() && existing == Existing::Refuse => {
                let (env, name, number) = (to.env.clone(), to.name.clone(), version.number);
                Err(VaultError::SecretExists { env, name, number })
            }
            _ => Ok(record),
        }
    }

    /// A record with all that another says of its values, before any of them is in it.
    fn described_as(&self, before: &Record, source: &Record) -> Result<Record, VaultError> {
        let mut record = Record {
            description: source.description.clone(),
            tags: source.tags.clone(),
            keep: source.keep,
            policy: source.policy.clone(),
            ..before.clone()
        };
        self.change_kind(&mut record, source.kind)?;
        Ok(record)
    }

    /// The environment whose secret is seen where another stood in front of it.
    fn uncovered(&self, from: &Address) -> Result<Option<EnvName>, VaultError> {
        let vault = self.unlocked.vault;
        for env in vault.roster.lineage(&from.env).into_iter().filter(|env| **env != from.env) {
            if vault.record(env, &from.name)?.is_some_and(|record| record.deleted.is_none()) {
                return Ok(Some(env.clone()));
            }
        }
        Ok(None)
    }
}

/// The epoch under which a value was first sealed, as the target's environment counts.
fn born(source: &Record, version: &Version, target: &Record) -> u64 {
    if source.env == target.env { version.born } else { target.epoch }
}

fn refuse_same(from: &Address, to: &Address) -> Result<(), VaultError> {
    if from != to {
        return Ok(());
    }
    Err(VaultError::SamePlace { env: to.env.clone(), name: to.name.clone() })
}

/// A rotation knows its secret by its place, so none is moved from under it.
fn refuse_rotating(record: &Record) -> Result<(), VaultError> {
    if record.versions.iter().any(|version| version.is(PENDING)) {
        return Err(VaultError::Rotating { env: record.env.clone(), name: record.name.clone() });
    }
    Ok(())
}
