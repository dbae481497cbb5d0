//! What changed in a vault between two commits, for who reviews it: what a ciphertext does not show.

mod record;
mod roster;

use std::collections::BTreeSet;

use crate::{
    git::{ObjectId, Past, VaultAt},
    kernel::{
        format::{path, secret},
        limits,
        model::{Judge, Line, Log, Record, Roster},
        name::{EnvName, MemberName, SecretName},
        time::Timestamp,
        tree::Tree,
    },
};

use super::{
    PastFault, Vault, VaultError,
    history::{Subject, head},
    timeline::Found,
    tree::RosterFiles,
};

use record::is_sealed_alike;
pub use record::{RecordChange, record_changes};
pub use roster::RosterChange;
pub(super) use roster::compare;

/// What changed.
#[derive(Debug)]
pub struct Changes {
    /// The commit where the tip's line parts from the base's: what a pull request is compared with.
    pub base: String,
    /// The commit that is to be merged.
    pub tip: String,
    /// Secrets whose file is another, or gone.
    pub secrets: Vec<SecretChange>,
    /// What the roster says now that it did not.
    pub roster: Vec<RosterChange>,
    /// The lines of the log that are new, each signed by an admin of the line before.
    pub lines: Vec<NewLine>,
    /// Other files that are not as they were.
    pub others: Vec<String>,
}

/// A line of the log that is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLine {
    /// Its number.
    pub serial: u64,
    /// When, as the signer says.
    pub at: Timestamp,
    /// What for, as the signer says.
    pub why: String,
    /// Who signed it: a member's name, or the key of somebody who is none any more.
    pub by: String,
}

/// What became of one secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretChange {
    /// The environment.
    pub env: EnvName,
    /// The name.
    pub name: SecretName,
    /// What it is.
    pub fate: Fate,
    /// The number of its value before; none where it had none.
    pub before: Option<u64>,
    /// The number of its value now; none where it has none.
    pub after: Option<u64>,
    /// Who signed what is there now.
    pub by: Option<MemberName>,
    /// All that became of it.
    pub told: Vec<RecordChange>,
}

/// What became of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is new, or set again after it was removed.
    New,
    /// It has another value, or one that was sealed anew under the same key.
    Set,
    /// It was removed, and a tombstone says so.
    Removed,
    /// The same value was sealed under another key.
    Resealed,
    /// What it says of itself is another, and its value is the same.
    Described,
    /// Its file is gone.
    Lost,
    /// Its file does not verify.
    Unsound,
}

impl Fate {
    /// In one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Set => "set",
            Self::Removed => "removed",
            Self::Resealed => "resealed",
            Self::Described => "described",
            Self::Lost => "lost",
            Self::Unsound => "unsound",
        }
    }
}

/// One of the two commits.
struct Side<'r> {
    past: &'r Past<'r>,
    folder: Option<ObjectId>,
    verified: Option<(Roster, Log)>,
}

impl<'r> Side<'r> {
    /// A side whose roster does not verify has none: all that the other says is news then.
    fn of(past: &'r Past<'r>, commit: ObjectId) -> Result<Self, VaultError> {
        let folder = match past.commit(commit)?.map(|commit| past.vault_at(&commit)).transpose()? {
            Some(VaultAt::Folder(folder)) => Some(folder),
            _ => None,
        };
        let files = folder.map(|folder| past.tree(folder)).transpose()?;
        let files = files.and_then(|tree| RosterFiles::read(&tree).ok());
        Ok(Self { past, folder, verified: files.and_then(|files| files.verify(0).ok()) })
    }

    fn roster(&self) -> Option<&Roster> {
        self.verified.as_ref().map(|(roster, _)| roster)
    }

    fn bytes(&self, path: &str) -> Result<Option<Vec<u8>>, VaultError> {
        let tree = self.folder.map(|folder| self.past.tree(folder)).transpose()?;
        // A file that is too large, or a link, does not verify: as one that is empty does not.
        Ok(tree.and_then(|tree| tree.read(path, limits::SECRET_FILE).unwrap_or_else(|_| Some(Vec::new()))))
    }

    /// What was there, as it says itself.
    fn parsed(&self, env: &EnvName, name: &SecretName) -> Result<Option<Record>, VaultError> {
        let bytes = self.bytes(&path::secret(env, name))?;
        Ok(bytes.and_then(|bytes| secret::parse(env, name, &bytes).ok().map(|file| file.record)))
    }

    /// What is there, verified.
    fn judged(&self, env: &EnvName, name: &SecretName) -> Result<Found, VaultError> {
        let Some(bytes) = self.bytes(&path::secret(env, name))? else { return Ok(Found::Nothing) };
        let roster = self.roster().filter(|roster| roster.environments.contains_key(env));
        let judged =
            roster.map(|roster| Judge { roster, kept: None, old_commit: false }.record(env, name, &bytes));
        Ok(match judged {
            Some(Ok(record)) => Found::Record(record.into()),
            _ => Found::Unsound,
        })
    }

    fn lines(&self) -> &[Line] {
        self.verified.as_ref().map_or(&[], |(_, log)| log.lines())
    }
}

impl Vault<'_> {
    /// What changed from where the subject parts from a base up to the subject, or to HEAD where that lies in the work tree.
    pub(super) fn changes_since(&self, base: &str, subject: &Subject) -> Result<Changes, VaultError> {
        let (repo, git) = self.repository()?;
        let named = self.commit_of(base)?;
        let tip = match subject.commit {
            Some(tip) => tip,
            None => head(repo)?.ok_or_else(|| PastFault::NoVault { commit: "HEAD".to_owned() })?,
        };
        let parting = repo.merge_base(named, tip)?.ok_or_else(|| PastFault::Unrelated {
            base: base.to_owned(),
            commit: tip.to_string(),
            shallow: repo.is_shallow(),
        })?;
        let past = repo.past(&git.inside)?;
        let (before, now) = (Side::of(&past, parting)?, Side::of(&past, tip)?);
        let mut paths = BTreeSet::new();
        for (one, other) in [(&before, &now), (&now, &before)] {
            paths.extend(past.added(one.folder, other.folder, "")?.into_iter().map(|added| added.path));
        }
        let (mut secrets, mut others) = (Vec::new(), Vec::new());
        for path in paths {
            match secret_of(&path) {
                Some((env, name)) => {
                    let (was, is) = (before.parsed(&env, &name)?, now.judged(&env, &name)?);
                    secrets.push(secret_change(env, name, was.as_ref(), &is));
                }
                None if path == path::ROSTER || path == path::LOG => {}
                None if path.starts_with("keys/") && !is_wrapped_anew(&before, &now, &path)? => {}
                None => others.push(path),
            }
        }
        let lines = new_lines(before.lines(), now.lines(), [now.roster(), before.roster()]);
        let roster = now.roster().map(|roster| compare(before.roster(), roster)).unwrap_or_default();
        Ok(Changes { base: parting.to_string(), tip: tip.to_string(), secrets, roster, lines, others })
    }
}

/// Whether a key file is another though the key is not: what is in it, nobody sees who has not its member's identity.
fn is_wrapped_anew(before: &Side<'_>, now: &Side<'_>, path: &str) -> Result<bool, VaultError> {
    let env = path.split('/').nth(1).and_then(|env| EnvName::parse(env).ok());
    let commits = |side: &Side<'_>| Some(side.roster()?.environments.get(env.as_ref()?)?.commitment.tag());
    let same = commits(before).is_some_and(|tag| commits(now) == Some(tag));
    Ok(same && before.bytes(path)?.is_some() && now.bytes(path)?.is_some())
}

/// The secret whose file lies at a path.
pub(super) fn secret_of(path: &str) -> Option<(EnvName, SecretName)> {
    let (env, file) = path.strip_prefix("secrets/")?.split_once('/')?;
    Some((EnvName::parse(env).ok()?, SecretName::parse(file.strip_suffix(".toml")?).ok()?))
}

/// What became of a secret, whose record was one if it had any, by what is there now.
pub(super) fn secret_change(
    env: EnvName,
    name: SecretName,
    old: Option<&Record>,
    now: &Found,
) -> SecretChange {
    let number = |record: &Record| record.current().map(|version| version.number);
    let before = old.and_then(number);
    let change = |fate, after, by| {
        let told = record_changes(old, now.record());
        let told = if fate == Fate::Unsound { Vec::new() } else { told };
        SecretChange { env: env.clone(), name: name.clone(), fate, before, after, by, told }
    };
    let record = match now {
        Found::Nothing => return change(Fate::Lost, None, None),
        Found::Unsound => return change(Fate::Unsound, None, None),
        Found::Record(record) => record,
    };
    let fate = match (old, before, number(record)) {
        (_, None, Some(_)) => Fate::New,
        (_, _, None) => Fate::Removed,
        (Some(old), Some(was), Some(is)) if was == is => {
            if (old.epoch, &old.key) != (record.epoch, &record.key) {
                Fate::Resealed
            } else if is_sealed_alike(old, record) {
                Fate::Described
            } else {
                // Whoever sealed it anew under the same key had no need to, so it counts as another, whatever its number.
                Fate::Set
            }
        }
        _ => Fate::Set,
    };
    change(fate, number(record), Some(record.writer.clone()))
}

/// The lines that a log has beyond another one. Their signers are named by the rosters.
pub(super) fn new_lines(before: &[Line], now: &[Line], rosters: [Option<&Roster>; 2]) -> Vec<NewLine> {
    let common = before.iter().zip(now).take_while(|(a, b)| a == b).count();
    let name = |line: &Line| {
        let known = rosters.into_iter().flatten().find_map(|roster| roster.signer(&line.key));
        known.map_or_else(|| line.key.text(), MemberName::to_string)
    };
    let told =
        |line: &Line| NewLine { serial: line.serial, at: line.at, why: line.why.clone(), by: name(line) };
    now[common..].iter().map(told).collect()
}
