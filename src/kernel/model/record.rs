//! A secret's record: its readable part, its versions and their stages, and the tombstone (format.md §9).

use std::collections::{BTreeMap, BTreeSet};

use super::Kind;
use crate::kernel::{
    limits,
    name::{EnvName, MemberName, SecretName},
    refusal::RecordFault,
    seal::{KeyTag, Sealed},
    time::Timestamp,
};

/// The stage of the version that readers get.
pub const CURRENT: &str = "current";
/// The stage of the version before it, while it is still good.
pub const PREVIOUS: &str = "previous";
/// The stage of a version whose rotation is not done.
pub const PENDING: &str = "pending";

/// When and how a value is to be replaced by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How often, as `30d`.
    pub every: String,
    /// How long the previous value stays good.
    pub grace: Option<String>,
    /// The generator of a new value.
    pub generate: String,
    /// A target in somebody's own configuration.
    pub target: Option<String>,
}

impl Policy {
    /// Whether a text is a number and one of `s m h d w`.
    pub fn is_duration(text: &str) -> bool {
        let digits = text.strip_suffix(['s', 'm', 'h', 'd', 'w']).unwrap_or_default();
        !digits.is_empty()
            && !digits.starts_with('0')
            && digits.len() <= 9
            && digits.bytes().all(|b| b.is_ascii_digit())
    }
}

/// The rotation that a pending version belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// Its id.
    pub id: String,
    /// Who runs it.
    pub by: MemberName,
    /// Until when nobody else takes it over.
    pub lease: Timestamp,
    /// Whether the target has the value already.
    pub applied: bool,
}

/// A tombstone: absence, signed too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// When it was deleted.
    pub at: Timestamp,
    /// The last number given, from which numbers go on.
    pub number: u64,
    /// Until when it can be restored, with its values kept.
    pub until: Option<Timestamp>,
}

/// One value that a secret has or had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number, from 1.
    pub number: u64,
    /// An outside client's id of it.
    pub id: Option<String>,
    /// Its stages: `current`, `previous`, `pending`, or an outside client's labels.
    pub stages: Vec<String>,
    /// When it was set.
    pub created: Timestamp,
    /// Who set it, as the writer says.
    pub author: MemberName,
    /// The epoch under which it was first sealed.
    pub born: u64,
    /// How long a previous value is still good.
    pub until: Option<Timestamp>,
    /// The rotation of a pending version.
    pub rotation: Option<Rotation>,
    /// The value.
    pub sealed: Sealed,
}

impl Version {
    /// Whether it has a stage.
    pub fn is(&self, stage: &str) -> bool {
        self.stages.iter().any(|s| s == stage)
    }
}

/// One secret's file but for its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The environment.
    pub env: EnvName,
    /// The name.
    pub name: SecretName,
    /// One more at every rewrite of the file.
    pub revision: u64,
    /// The kind of all its values.
    pub kind: Kind,
    /// For people.
    pub description: Option<String>,
    /// For people and tools.
    pub tags: BTreeMap<String, String>,
    /// When the secret was first set.
    pub created: Timestamp,
    /// The epoch under which all values here are sealed.
    pub epoch: u64,
    /// The key of that epoch.
    pub key: KeyTag,
    /// How many versions stay.
    pub keep: u64,
    /// Who signed the file.
    pub writer: MemberName,
    /// Whether and how it rotates.
    pub policy: Option<Policy>,
    /// Whether it was deleted.
    pub deleted: Option<Tombstone>,
    /// Newest first.
    pub versions: Vec<Version>,
}

impl Record {
    /// The version that readers get; none of a deleted or still pending one.
    pub fn current(&self) -> Option<&Version> {
        if self.deleted.is_some() { None } else { self.versions.iter().find(|version| version.is(CURRENT)) }
    }

    /// Whether another says the same, under whatever key it was sealed and whoever signed it. Whether their values are the same,
    /// only who opens them knows.
    pub fn says_as(&self, other: &Self) -> bool {
        let (revision, epoch, key) = (self.revision, self.epoch, self.key);
        let mut alike = Self { revision, epoch, key, writer: self.writer.clone(), ..other.clone() };
        for (version, ours) in alike.versions.iter_mut().zip(&self.versions) {
            version.sealed = ours.sealed.clone();
        }
        *self == alike
    }

    /// The highest number given so far.
    pub fn last_number(&self) -> u64 {
        let newest = self.versions.first().map_or(0, |version| version.number);
        newest.max(self.deleted.as_ref().map_or(0, |deleted| deleted.number))
    }

    /// Puts a new version on top as the current one, and prunes those that `keep` does not hold.
    pub fn put(&mut self, version: Version) {
        let now = version.created;
        self.put_all(vec![version], &now);
    }

    /// Puts versions on top, newest first and one of them current. A stage that one of them has, no older one keeps.
    pub fn put_all(&mut self, mut versions: Vec<Version>, now: &Timestamp) {
        for old in &mut self.versions {
            old.stages.retain(|stage| !versions.iter().any(|version| version.is(stage)));
        }
        self.deleted = None;
        versions.append(&mut self.versions);
        self.versions = versions;
        let mut rank = 0;
        self.versions.retain(|version| {
            rank += 1;
            let ahead = version.until.as_ref().is_some_and(|until| until > now);
            rank <= self.keep || !version.stages.is_empty() || ahead
        });
    }

    /// Leaves a tombstone in place of every value.
    pub fn bury(&mut self, at: Timestamp) {
        let number = self.last_number();
        self.versions.clear();
        self.deleted = Some(Tombstone { at, number, until: None });
    }

    /// Checks the rules that hold inside one record.
    pub fn check(&self) -> Result<(), RecordFault> {
        let counted = self.revision > 0 && self.epoch > 0;
        let versions = &self.versions;
        if !counted || versions.iter().any(|v| v.number == 0 || v.born == 0) {
            return Err(RecordFault::Zero);
        }
        if !limits::KEEP.contains(&self.keep) {
            return Err(RecordFault::Keep);
        }
        if !versions.windows(2).all(|pair| pair[0].number > pair[1].number) {
            return Err(RecordFault::Order);
        }
        let mut stages = BTreeSet::new();
        if !versions.iter().flat_map(|v| &v.stages).all(|stage| !stage.is_empty() && stages.insert(stage)) {
            return Err(RecordFault::Stage);
        }
        if versions.iter().any(|v| v.rotation.is_some() != v.is(PENDING)) {
            return Err(RecordFault::Rotation);
        }
        if versions.iter().any(|v| v.born > self.epoch) {
            return Err(RecordFault::Born);
        }
        self.check_presence()
    }

    fn check_presence(&self) -> Result<(), RecordFault> {
        let newest = self.versions.first().map_or(0, |v| v.number);
        match &self.deleted {
            Some(deleted) if deleted.number == 0 => Err(RecordFault::Zero),
            Some(deleted) if deleted.number < newest => Err(RecordFault::Tombstone),
            Some(deleted) if deleted.until.is_none() && !self.versions.is_empty() => {
                Err(RecordFault::Tombstone)
            }
            Some(_) => Ok(()),
            None if self.versions.is_empty() => Err(RecordFault::Empty),
            None if self.versions.iter().any(|v| v.is(CURRENT)) => Ok(()),
            None if self.versions.len() == 1 && self.versions[0].is(PENDING) => Ok(()),
            None => Err(RecordFault::NoCurrent),
        }
    }
}
