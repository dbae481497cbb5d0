//! The three-way merge of one secret's records, sealed as they are: what one side changed stays, and where both changed the same
//! thing that is said.
//!
//! No value is opened here and none is lost: a version that either side brought stands in the outcome, or its value does, or there
//! is no outcome. The sides can be swapped, and so is then what is said of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{Kind, Record, Tombstone, Version};
use crate::kernel::{name::MemberName, refusal::RecordFault, time::Timestamp};

/// A secret's record on two sides, and before they parted, where it was there and can be believed.
#[derive(Clone, Copy, Debug)]
pub struct ThreeWay<'a> {
    /// Before they parted.
    pub base: Option<&'a Record>,
    /// On the side that is gone on from.
    pub ours: &'a Record,
    /// On the side that is brought in.
    pub theirs: &'a Record,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merge {
    /// Our file, as it is.
    Ours,
    /// Their file, as it is.
    Theirs,
    /// A record that neither side has. It is of the higher revision, from which whoever signs it counts on.
    New(Box<Record>),
    /// A person has to decide.
    Clash(Clash),
}

/// What one side did last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// The number of the value that it set, or of the last before it removed the secret.
    pub number: u64,
    /// Who, as the file says.
    pub by: MemberName,
    /// When, as the file says.
    pub at: Timestamp,
    /// Whether it removed the secret.
    pub removed: bool,
}

/// A part of a record that says something of the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the part of that name")]
pub enum Part {
    Kind,
    Description,
    Tag(String),
    Rotation,
}

/// Why two records do not become one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each variant is its documentation")]
pub enum Clash {
    #[error("both sides changed it: ours {ours}, theirs {theirs}")]
    Both { ours: Deed, theirs: Deed },
    #[error("both sides changed its {part}: ours was signed by `{ours}`, theirs by `{theirs}`")]
    Said { part: Part, ours: MemberName, theirs: MemberName },
    #[error("both sides have a version {number}: ours was signed by `{ours}`, theirs by `{theirs}`")]
    Number { number: u64, ours: MemberName, theirs: MemberName },
    #[error(
        "the sides have other keys: ours was signed by `{ours}` under epoch {}, theirs by `{theirs}` under epoch {}",
        epochs[0], epochs[1]
    )]
    Epoch { epochs: [u64; 2], ours: MemberName, theirs: MemberName },
    #[error("one side put revision {revision} back in the place of a later one")]
    PutBack { revision: u64 },
    #[error("both sides changed it, and what would become of it breaks a rule: {0}")]
    Unsound(RecordFault),
}

/// Whether two versions have the same value, where somebody opens both.
pub type Same<'a> = &'a dyn Fn([(&Record, &Version); 2]) -> Option<bool>;

impl ThreeWay<'_> {
    /// Merges.
    pub fn merge(self, same: Same<'_>) -> Merge {
        let Self { base, ours, theirs } = self;
        if ours == theirs {
            return Merge::Ours;
        }
        let later = |side: &Record| base.is_none_or(|base| side == base || side.revision > base.revision);
        if let Some(side) = [ours, theirs].into_iter().find(|side| !later(side)) {
            return Merge::Clash(Clash::PutBack { revision: side.revision });
        }
        if base == Some(ours) {
            return Merge::Theirs;
        }
        if base == Some(theirs) {
            return Merge::Ours;
        }
        self.both(same).unwrap_or_else(Merge::Clash)
    }

    /// Both sides changed it.
    fn both(self, same: Same<'_>) -> Result<Merge, Clash> {
        let Self { base, ours, theirs } = self;
        if (ours.epoch, ours.key) != (theirs.epoch, theirs.key) {
            let epochs = [ours.epoch, theirs.epoch];
            return Err(Clash::Epoch { epochs, ours: ours.writer.clone(), theirs: theirs.writer.clone() });
        }
        let Content { kind, deleted, versions } = self.content(same)?;
        let said = |part| self.said(part);
        let described = |record: &Record| record.description.clone();
        let merged = Record {
            revision: ours.revision.max(theirs.revision),
            kind,
            description: picked(base.map(described), described(ours), described(theirs))
                .ok_or_else(|| said(Part::Description))?,
            tags: self.tags()?,
            created: ours.created.min(theirs.created),
            keep: picked(base.map(|base| base.keep), ours.keep, theirs.keep)
                .unwrap_or(ours.keep.max(theirs.keep)),
            writer: ours.writer.clone().min(theirs.writer.clone()),
            policy: picked(base.map(|base| base.policy.clone()), ours.policy.clone(), theirs.policy.clone())
                .ok_or_else(|| said(Part::Rotation))?,
            deleted,
            versions,
            ..ours.clone()
        };
        merged.check().map_err(Clash::Unsound)?;
        Ok(Merge::New(Box::new(merged)))
    }

    fn said(&self, part: Part) -> Clash {
        Clash::Said { part, ours: self.ours.writer.clone(), theirs: self.theirs.writer.clone() }
    }

    fn tags(&self) -> Result<BTreeMap<String, String>, Clash> {
        let Self { base, ours, theirs } = self;
        let mut tags = BTreeMap::new();
        for tag in ours.tags.keys().chain(theirs.tags.keys()).collect::<BTreeSet<_>>() {
            let text = |record: &Record| record.tags.get(tag).cloned();
            let merged = picked(base.map(text), text(ours), text(theirs));
            if let Some(text) = merged.ok_or_else(|| self.said(Part::Tag(tag.clone())))? {
                tags.insert(tag.clone(), text);
            }
        }
        Ok(tags)
    }

    fn content(&self, same: Same<'_>) -> Result<Content, Clash> {
        let Self { base, ours, theirs } = *self;
        let rests = |side: &Record| base.is_some_and(|base| is_alike(base, side));
        if rests(ours) {
            return Ok(Content::of(theirs));
        }
        if rests(theirs) || is_alike(ours, theirs) {
            return Ok(Content::of(ours));
        }
        let lead = self.lead(same)?;
        let (lead, other) = if lead == Side::Ours { (ours, theirs) } else { (theirs, ours) };
        if lead.kind != other.kind {
            return Err(self.said(Part::Kind));
        }
        let mut content = Content::of(lead);
        let Some(mine) = &mut content.deleted else {
            content.versions = self.versions((lead, other), same)?;
            return Ok(content);
        };
        // What was set meanwhile does not go with what was there when it was removed.
        if mine.until.is_some()
            || !other.versions.iter().all(|version| self.was_there((other, version), same))
        {
            return Err(Clash::Both { ours: Deed::of(ours), theirs: Deed::of(theirs) });
        }
        mine.number = mine.number.max(other.last_number());
        if let Some(deleted) = &other.deleted {
            mine.at = mine.at.max(deleted.at);
        }
        Ok(content)
    }

    /// The side whose value stays.
    fn lead(&self, same: Same<'_>) -> Result<Side, Clash> {
        let Self { base, ours, theirs } = *self;
        let rests = |side: &Record| base.is_some_and(|base| has_same_value(base, side, same));
        match (rests(ours), rests(theirs)) {
            (true, false) => return Ok(Side::Theirs),
            (false, true) => return Ok(Side::Ours),
            (false, false) if !has_same_value(ours, theirs, same) => {
                return Err(Clash::Both { ours: Deed::of(ours), theirs: Deed::of(theirs) });
            }
            _ => {}
        }
        // The value is the same: it stays as it was given first, under the higher number.
        let rank = |record: &Record| {
            let current = record.current().or(record.versions.first());
            let set =
                current.map(|version| (version.created, version.author.clone(), version.sealed.0.clone()));
            (std::cmp::Reverse(current.map_or(0, |version| version.number)), set)
        };
        Ok(if rank(ours) <= rank(theirs) { Side::Ours } else { Side::Theirs })
    }

    /// Whether a side's version, or its value, was there before they parted.
    fn was_there(&self, (side, version): (&Record, &Version), same: Same<'_>) -> bool {
        let is_it = |base: &Record, was: &Version| {
            is_same_version(base, was, side, version) || same([(base, was), (side, version)]) == Some(true)
        };
        self.base.is_some_and(|base| base.versions.iter().any(|was| is_it(base, was)))
    }

    /// The versions of the side that leads, and what the other side brought beside them.
    fn versions(&self, (lead, other): (&Record, &Record), same: Same<'_>) -> Result<Vec<Version>, Clash> {
        let before = |version: &Version| self.base.and_then(|base| numbered(base, version.number));
        let mut versions = lead.versions.clone();
        for brought in &other.versions {
            let number = brought.number;
            let was = before(brought);
            match versions.iter_mut().find(|version| version.number == number) {
                Some(mine) if mine.sealed == brought.sealed => {
                    let was = was.map(|version| Version { sealed: mine.sealed.clone(), ..version.clone() });
                    if let Some(merged) = picked(was, mine.clone(), brought.clone()) {
                        *mine = merged;
                    }
                }
                Some(_) => {
                    let mine = numbered(lead, number).expect("it is one of the lead's");
                    let known = self.was_there((other, brought), same);
                    if !known && same([(lead, mine), (other, brought)]) != Some(true) {
                        let (ours, theirs) = (self.ours.writer.clone(), self.theirs.writer.clone());
                        return Err(Clash::Number { number, ours, theirs });
                    }
                }
                // The side that leads has it no more.
                None if self
                    .base
                    .zip(was)
                    .is_some_and(|(base, was)| is_same_version(base, was, other, brought)) => {}
                None => {
                    let mut brought = brought.clone();
                    brought.stages.retain(|stage| !versions.iter().any(|version| version.is(stage)));
                    versions.push(brought);
                }
            }
        }
        versions.sort_by_key(|version| std::cmp::Reverse(version.number));
        Ok(versions)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Ours,
    Theirs,
}

/// What is sealed in a record.
struct Content {
    kind: Kind,
    deleted: Option<Tombstone>,
    versions: Vec<Version>,
}

impl Content {
    fn of(record: &Record) -> Self {
        let Record { kind, deleted, versions, .. } = record.clone();
        Self { kind, deleted, versions }
    }
}

impl Deed {
    /// What a record says was done last.
    pub fn of(record: &Record) -> Self {
        let removed = |deleted: &Tombstone| Self {
            number: deleted.number,
            by: record.writer.clone(),
            at: deleted.at,
            removed: true,
        };
        let set = |version: &Version| Self {
            number: version.number,
            by: version.author.clone(),
            at: version.created,
            removed: false,
        };
        let version = record.current().or(record.versions.first());
        let nothing = || Self {
            number: record.last_number(),
            by: record.writer.clone(),
            at: record.created,
            removed: false,
        };
        record.deleted.as_ref().map(removed).or(version.map(set)).unwrap_or_else(nothing)
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, by, at, removed } = self;
        match removed {
            true => write!(f, "was removed (`{by}`, {at})"),
            false => write!(f, "has version {number} (`{by}`, {at})"),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind => f.write_str("kind"),
            Self::Description => f.write_str("description"),
            Self::Tag(tag) => write!(f, "tag {tag:?}"),
            Self::Rotation => f.write_str("rotation"),
        }
    }
}

/// The one that changed, or either if both changed alike; none if both changed otherwise.
fn picked<T: PartialEq>(base: Option<T>, ours: T, theirs: T) -> Option<T> {
    if ours == theirs || base.as_ref() == Some(&theirs) {
        return Some(ours);
    }
    (base.as_ref() == Some(&ours)).then_some(theirs)
}

fn numbered(record: &Record, number: u64) -> Option<&Version> {
    record.versions.iter().find(|version| version.number == number)
}

/// Whether two versions are one, which may have been sealed anew when the key changed.
fn is_same_version(a: &Record, one: &Version, b: &Record, other: &Version) -> bool {
    if a.key == b.key && a.epoch == b.epoch && a.kind == b.kind {
        return one.sealed == other.sealed;
    }
    a.kind == b.kind
        && (one.number, &one.created, &one.author, one.born)
            == (other.number, &other.created, &other.author, other.born)
}

/// Whether what is sealed in two records is the same in every respect that can be seen from outside.
fn is_alike(one: &Record, other: &Record) -> bool {
    let alike = |(a, b): (&Version, &Version)| {
        is_same_version(one, a, other, b) && Version { sealed: b.sealed.clone(), ..a.clone() } == *b
    };
    one.kind == other.kind
        && one.deleted == other.deleted
        && one.versions.len() == other.versions.len()
        && one.versions.iter().zip(&other.versions).all(alike)
}

/// Whether two records give their readers the same: nothing, or one value.
fn has_same_value(one: &Record, other: &Record, same: Same<'_>) -> bool {
    match (one.current(), other.current()) {
        (Some(a), Some(b)) => is_same_version(one, a, other, b) || same([(one, a), (other, b)]) == Some(true),
        (None, None) => one.deleted.is_some() == other.deleted.is_some(),
        _ => false,
    }
}
