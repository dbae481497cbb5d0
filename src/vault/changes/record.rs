//! What became of one secret between two of its records, a line for each thing: for diffs, histories and logs. It needs no key
//! and says no value.

use std::{collections::BTreeSet, fmt};

use crate::kernel::{
    model::{Kind, PENDING, Policy, Record},
    name::MemberName,
};

/// One thing that became of a secret. Its text is one line, in which what people wrote is quoted and escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordChange {
    /// It is there, and was not.
    New {
        /// The value's number.
        number: u64,
        /// Who signed that.
        by: MemberName,
    },
    /// It is there again, after it was removed.
    Again {
        /// The value's number.
        number: u64,
        /// Who signed that.
        by: MemberName,
    },
    /// It has a value of another number.
    Value {
        /// The number before.
        before: u64,
        /// The number now.
        after: u64,
        /// Who signed that.
        by: MemberName,
        /// Whether the values are equal, where somebody opened both.
        same: Option<bool>,
    },
    /// The value of one number is sealed under another key.
    Resealed {
        /// The epoch of the key before.
        before: u64,
        /// The epoch now.
        after: u64,
        /// Who signed that.
        by: MemberName,
        /// Whether the values are equal, where somebody opened both.
        same: Option<bool>,
    },
    /// It was removed, and a tombstone says so.
    Removed {
        /// The last number.
        number: u64,
        /// Who signed that.
        by: MemberName,
    },
    /// Its file is gone, and nobody signed that.
    Gone,
    /// A value waits to become the current one.
    Pending {
        /// Its number.
        number: u64,
        /// Who signed that.
        by: MemberName,
    },
    /// It is of another kind.
    Kind {
        /// The kind before.
        before: Kind,
        /// The kind now.
        after: Kind,
    },
    /// It says something else of itself.
    Described {
        /// The description before.
        before: Option<String>,
        /// The description now.
        after: Option<String>,
    },
    /// A tag says something else.
    Tag {
        /// The tag.
        name: String,
        /// Its text before.
        before: Option<String>,
        /// Its text now.
        after: Option<String>,
    },
    /// It rotates otherwise.
    Rotates {
        /// How before.
        before: Option<Policy>,
        /// How now.
        after: Option<Policy>,
    },
    /// So many versions stay in its file.
    Keep {
        /// How many before.
        before: u64,
        /// How many now.
        after: u64,
    },
    /// It was written once more, and says what it said.
    Signed {
        /// Who signed that.
        by: MemberName,
    },
}

/// What became of a secret whose record was `before`, if it had a file, and is `after`, if it has one. Both are of one
/// environment and name; whoever asks has verified what he wants to believe.
pub fn record_changes(before: Option<&Record>, after: Option<&Record>) -> Vec<RecordChange> {
    let (before, after) = match (before, after) {
        (_, Some(after)) => (before, after),
        (Some(_), None) => return vec![RecordChange::Gone],
        (None, None) => return Vec::new(),
    };
    let mut changes: Vec<RecordChange> = value(before, after).into_iter().collect();
    changes.extend(pending(before, after));
    if after.deleted.is_none() {
        changes.extend(described(before, after));
    }
    if changes.is_empty() && before.is_none_or(|before| before.revision != after.revision) {
        changes.push(RecordChange::Signed { by: after.writer.clone() });
    }
    changes
}

fn value(before: Option<&Record>, after: &Record) -> Option<RecordChange> {
    let by = after.writer.clone();
    let current = |record: &Record| record.current().map(|version| version.number);
    match (before, before.and_then(current), current(after)) {
        (Some(before), None, Some(number)) if before.deleted.is_some() => {
            Some(RecordChange::Again { number, by })
        }
        (_, None, Some(number)) => Some(RecordChange::New { number, by }),
        (Some(_), Some(before), Some(after)) if before != after => {
            Some(RecordChange::Value { before, after, by, same: None })
        }
        (Some(before), Some(_), Some(_))
            if (before.epoch, before.key) != (after.epoch, after.key) || !is_sealed_alike(before, after) =>
        {
            Some(RecordChange::Resealed { before: before.epoch, after: after.epoch, by, same: None })
        }
        (before, _, None) if after.deleted.is_some() && before.is_none_or(|b| b.deleted.is_none()) => {
            Some(RecordChange::Removed { number: after.last_number(), by })
        }
        _ => None,
    }
}

/// Whether the current values of both are the same sealed bytes.
pub(super) fn is_sealed_alike(before: &Record, after: &Record) -> bool {
    let sealed = |record: &'_ Record| record.current().map(|version| version.sealed.clone());
    sealed(before) == sealed(after)
}

fn pending(before: Option<&Record>, after: &Record) -> Option<RecordChange> {
    let waits = |record: &Record| {
        record.versions.iter().find(|version| version.is(PENDING)).map(|version| version.number)
    };
    let number = waits(after).filter(|number| before.and_then(waits) != Some(*number))?;
    Some(RecordChange::Pending { number, by: after.writer.clone() })
}

/// What it says of itself. Of one that is new, only what is not so of itself.
fn described(before: Option<&Record>, after: &Record) -> Vec<RecordChange> {
    let mut changes = Vec::new();
    let kind = before.map_or(Kind::Text, |before| before.kind);
    if kind != after.kind {
        changes.push(RecordChange::Kind { before: kind, after: after.kind });
    }
    let description = before.and_then(|before| before.description.clone());
    if description != after.description {
        changes.push(RecordChange::Described { before: description, after: after.description.clone() });
    }
    let tags = |record: &Record| record.tags.keys().cloned().collect::<BTreeSet<_>>();
    let names = before.map(tags).unwrap_or_default().into_iter().chain(tags(after));
    for name in names.collect::<BTreeSet<_>>() {
        let before = before.and_then(|before| before.tags.get(&name).cloned());
        let after = after.tags.get(&name).cloned();
        if before != after {
            changes.push(RecordChange::Tag { name, before, after });
        }
    }
    let policy = before.and_then(|before| before.policy.clone());
    if policy != after.policy {
        changes.push(RecordChange::Rotates { before: policy, after: after.policy.clone() });
    }
    let keep = before.map_or(1, |before| before.keep);
    if keep != after.keep {
        changes.push(RecordChange::Keep { before: keep, after: after.keep });
    }
    changes
}

impl RecordChange {
    /// The same once both values were opened and compared.
    #[must_use]
    pub fn compared(self, equal: bool) -> Self {
        let same = Some(equal);
        match self {
            Self::Value { before, after, by, .. } => Self::Value { before, after, by, same },
            Self::Resealed { before, after, by, .. } => Self::Resealed { before, after, by, same },
            other => other,
        }
    }

    /// In one word, for a program.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::New { .. } => "new",
            Self::Again { .. } => "again",
            Self::Value { .. } => "value",
            Self::Resealed { .. } => "resealed",
            Self::Removed { .. } => "removed",
            Self::Gone => "gone",
            Self::Pending { .. } => "pending",
            Self::Kind { .. } => "kind",
            Self::Described { .. } => "description",
            Self::Tag { .. } => "tag",
            Self::Rotates { .. } => "rotation",
            Self::Keep { .. } => "keep",
            Self::Signed { .. } => "signed",
        }
    }

    /// Whether it is what the secret says of itself, and not its value.
    pub fn describes(&self) -> bool {
        matches!(
            self,
            Self::Kind { .. }
                | Self::Described { .. }
                | Self::Tag { .. }
                | Self::Rotates { .. }
                | Self::Keep { .. }
        )
    }

    /// Whether somebody who opened both values knows them to be equal, or not to be.
    pub fn same(&self) -> Option<bool> {
        match self {
            Self::Value { same, .. } | Self::Resealed { same, .. } => *same,
            _ => None,
        }
    }
}

impl fmt::Display for RecordChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New { number, by } => write!(f, "new · {number} · by {by}"),
            Self::Again { number, by } => write!(f, "set again · {number} · by {by}"),
            Self::Value { before, after, by, same } => {
                let what = if *same == Some(true) { "set again, same value" } else { "value changed" };
                write!(f, "{what} · {before} → {after} · by {by}")
            }
            Self::Resealed { before, after, by, same } => {
                let what = match same {
                    None => "re-sealed",
                    Some(true) => "re-sealed, same value",
                    Some(false) => "re-sealed, with another value",
                };
                write!(f, "{what} · epoch {before} → {after} · by {by}")
            }
            Self::Removed { number, by } => write!(f, "removed · {number} · by {by}"),
            Self::Gone => f.write_str("gone, and nobody signed that"),
            Self::Pending { number, by } => write!(f, "waits to be set · {number} · by {by}"),
            Self::Kind { before, after } => write!(f, "kind: {} → {}", before.as_str(), after.as_str()),
            Self::Described { before, after } => turned(f, "description", [before, after]),
            Self::Tag { name, before, after } => turned(f, &format!("tag {name:?}"), [before, after]),
            Self::Rotates { before, after } => {
                let words = [before, after].map(|policy| policy.as_ref().map_or("never".to_owned(), rotates));
                write!(f, "rotation: {} → {}", words[0], words[1])
            }
            Self::Keep { before, after } => write!(f, "keep: {before} → {after}"),
            Self::Signed { by } => write!(f, "signed anew · by {by}"),
        }
    }
}

/// What was nothing, and what is nothing now, is left out.
fn turned(f: &mut fmt::Formatter<'_>, what: &str, texts: [&Option<String>; 2]) -> fmt::Result {
    match texts {
        [Some(before), Some(after)] => write!(f, "{what}: {before:?} → {after:?}"),
        [None, Some(after)] => write!(f, "{what}: {after:?}"),
        _ => write!(f, "{what}: none"),
    }
}

fn rotates(policy: &Policy) -> String {
    let Policy { every, grace, generate, target } = policy;
    let grace = grace.as_ref().map(|grace| format!(", grace {grace}")).unwrap_or_default();
    let target = target.as_ref().map(|target| format!(", target {target:?}")).unwrap_or_default();
    format!("every {every}{grace}, {generate:?}{target}")
}

#[cfg(test)]
mod tests;
