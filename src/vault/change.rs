//! A change of a vault: what is set, removed, granted; committed all at once or not at all.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use crate::{
    kernel::{
        format::{path, secret},
        limits,
        model::{CURRENT, Kind, Record, Role, Roster, Version, check_names},
        name::{EnvName, SecretName},
        refusal::Refusal,
        seal::{Hash, KeyTag, Place, SealKey, Sealed, SigningKey, seal},
        secret::Secret,
        time::Timestamp,
    },
    store::Edit,
};

use super::{Doing, Progress, Step, Unlocked, VaultError, tree};

/// An environment's epoch, and the tag that tells two branches' epochs of one number apart.
pub(super) type OldEpoch = (EnvName, u64, KeyTag);

/// A change that is begun. Nothing is on disk before it is committed.
#[must_use = "a change that is not committed is lost"]
pub struct Change<'u> {
    pub(super) unlocked: &'u Unlocked<'u>,
    pub(super) key: SigningKey,
    pub(super) now: Timestamp,
    pub(super) edits: Vec<Edit>,
    pub(super) roster: Option<Roster>,
    pub(super) why: String,
    pub(super) written: Vec<(Record, Vec<u8>)>,
    /// The keys of older epochs that were looked for.
    pub(super) older: RefCell<Vec<(OldEpoch, Option<Rc<SealKey>>)>>,
    /// The lines of another branch that the next one of the log stands for.
    pub(super) drops: Vec<Hash>,
    progress: Option<Progress<'u>>,
}

/// A value to be set. What is `None` stays as it was.
pub struct Draft<'a> {
    /// The environment.
    pub env: &'a EnvName,
    /// The name.
    pub name: &'a SecretName,
    /// The value.
    pub value: &'a Secret,
    /// The kind.
    pub kind: Option<Kind>,
    /// The description; an empty one takes it away.
    pub description: Option<String>,
    /// Tags to set; an empty one takes it away.
    pub tags: BTreeMap<String, String>,
    /// How many versions stay in the file.
    pub keep: Option<u64>,
}

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is a new secret, or new again, with this version number.
    New(u64),
    /// It is a new version of one that was there.
    Changed(u64),
    /// Everything was as it should be already.
    Unchanged(u64),
}

impl Written {
    /// The version's number.
    pub fn number(self) -> u64 {
        match self {
            Self::New(number) | Self::Changed(number) | Self::Unchanged(number) => number,
        }
    }

    /// The word for a program.
    pub fn word(self) -> &'static str {
        match self {
            Self::New(_) => "new",
            Self::Changed(_) => "changed",
            Self::Unchanged(_) => "unchanged",
        }
    }
}

impl<'v> Unlocked<'v> {
    /// Begins a change; the vault was opened with [`super::Hold::Exclusive`].
    pub fn begin(&'v self, now: Timestamp) -> Result<Change<'v>, VaultError> {
        let signs = &self.vault.roster.members[&self.me].signs;
        let key = self.key.signing_key()?.filter(|key| signs.contains(&key.public()));
        let key = key.ok_or_else(|| VaultError::CannotSign { me: self.me.clone() })?;
        let (edits, written) = (Vec::new(), Vec::new());
        Ok(Change {
            unlocked: self,
            key,
            now,
            edits,
            roster: None,
            why: String::new(),
            written,
            older: RefCell::default(),
            drops: Vec::new(),
            progress: None,
        })
    }
}

impl<'u> Change<'u> {
    /// Tells somebody how far it is.
    pub fn telling(self, progress: Progress<'u>) -> Self {
        Self { progress: Some(progress), ..self }
    }

    pub(super) fn tell(&self, doing: Doing, done: usize, of: usize) {
        if let Some(progress) = self.progress {
            progress(Step { doing, done, of });
        }
    }

    /// Sets a value: a new version of its secret.
    pub fn set(&mut self, draft: &Draft<'_>) -> Result<Written, VaultError> {
        self.check_writer(draft.env)?;
        let found = self.base(draft.env, draft.name)?;
        if found.is_none() {
            self.check_new_names(draft.env, &[draft.name])?;
        }
        self.put(draft, found)
    }

    /// Sets many values of one environment, or none if one of them cannot be set; each that cannot is named.
    pub fn set_all(&mut self, env: &EnvName, drafts: &[Draft<'_>]) -> Result<Vec<Written>, VaultError> {
        self.check_writer(env)?;
        self.check_new_names(env, &drafts.iter().map(|draft| draft.name).collect::<Vec<_>>())?;
        let (mut written, mut faults) = (Vec::with_capacity(drafts.len()), Vec::new());
        for (draft, done) in drafts.iter().zip(1..) {
            self.tell(Doing::Sealing, done, drafts.len());
            match self.base(env, draft.name).and_then(|found| self.put(draft, found)) {
                Ok(done) => written.push(done),
                Err(fault) => faults.push(fault.of(env, draft.name)),
            }
        }
        VaultError::several(faults).map_or(Ok(written), Err)
    }

    fn put(&mut self, draft: &Draft<'_>, found: Option<Record>) -> Result<Written, VaultError> {
        let (env, name) = (draft.env, draft.name);
        if draft.value.len() > limits::VALUE {
            return Err(Refusal::ValueTooLarge { len: draft.value.len() }.into());
        }
        let was = found.as_ref().and_then(Record::current).map(|version| version.number);
        let mut record = found.unwrap_or_else(|| self.blank(env, name));
        let before = record.clone();
        self.describe(&mut record, draft)?;
        if let Some(number) = was
            && self.is_same(&before, &record, draft.value)?
        {
            return Ok(Written::Unchanged(number));
        }
        let number = record.last_number() + 1;
        let version = self.version(&record, number, draft.value)?;
        let born = self.born(&before, draft.value, version.born);
        record.put(Version { born, ..version });
        self.write(record)?;
        Ok(if was.is_some() { Written::Changed(number) } else { Written::New(number) })
    }

    /// Removes a secret: a tombstone stays, so that its absence is signed too.
    pub fn remove(&mut self, env: &EnvName, name: &SecretName) -> Result<(), VaultError> {
        self.check_writer(env)?;
        let vault = self.unlocked.vault;
        let Some(mut record) = self.base(env, name)? else {
            return Err(vault.no_secret(env, name));
        };
        if let Some(deleted) = record.deleted {
            return Err(vault.deleted(env.clone(), name, deleted.at));
        }
        record.bury(self.now);
        self.write(record)
    }

    /// Puts everything in place.
    pub fn commit(mut self) -> Result<(), VaultError> {
        let vault = self.unlocked.vault;
        if let Some(roster) = self.roster.take() {
            self.sign_roster(&roster)?;
        }
        if self.edits.is_empty() {
            vault.remember();
            return Ok(());
        }
        let edits = std::mem::take(&mut self.edits);
        let lock = vault.lock.as_ref().expect("a change is begun on a vault that is held");
        let told = |done, of| self.tell(Doing::Writing, done, of);
        lock.replace_telling(edits, &told)?;
        self.written.iter().for_each(|(record, bytes)| vault.learn_written(record, bytes));
        vault.remember();
        Ok(())
    }

    /// The record that a change goes on from. One that a present writer signed under an older key cannot be opened any more;
    /// its values give way, and its counting goes on.
    pub(super) fn base(&self, env: &EnvName, name: &SecretName) -> Result<Option<Record>, VaultError> {
        let vault = self.unlocked.vault;
        match vault.record(env, name) {
            Err(VaultError::Refused(Refusal::Epoch { .. } | Refusal::OtherKey { .. })) => {
                let bytes = tree::secret_bytes(vault.tree, env, name)?.unwrap_or_default();
                let mut record = secret::parse(env, name, &bytes)?.record;
                let environment = &vault.roster.environments[env];
                record.bury(self.now);
                Ok(Some(Record { epoch: environment.epoch, key: environment.commitment.tag(), ..record }))
            }
            other => other,
        }
    }

    /// Refuses names that differ only in case from one another, or from one that is there.
    pub(super) fn check_new_names(&self, env: &EnvName, new: &[&SecretName]) -> Result<(), VaultError> {
        let names = tree::names(self.unlocked.vault.tree, env)?;
        Ok(check_names(env, names.secrets.iter().chain(new.iter().copied()))?)
    }

    pub(super) fn check_writer(&self, env: &EnvName) -> Result<(), VaultError> {
        let vault = self.unlocked.vault;
        let environment = vault.environment(env)?;
        vault.check_present(env)?;
        if environment.write.contains(&self.unlocked.me) {
            return Ok(());
        }
        let (env, me) = (env.clone(), self.unlocked.me.clone());
        let asks = vault.roster.members[&me].role != Role::Machine;
        let approvers = asks.then(|| vault.approvers(std::slice::from_ref(&env)));
        Err(VaultError::NotWriter { env, me, writers: environment.write.clone(), approvers })
    }

    /// A record that has no version yet.
    pub(super) fn blank(&self, env: &EnvName, name: &SecretName) -> Record {
        let environment = &self.unlocked.vault.roster.environments[env];
        Record {
            env: env.clone(),
            name: name.clone(),
            revision: 0,
            kind: Kind::Text,
            description: None,
            tags: BTreeMap::new(),
            created: self.now,
            epoch: environment.epoch,
            key: environment.commitment.tag(),
            keep: 1,
            writer: self.unlocked.me.clone(),
            policy: None,
            deleted: None,
            versions: Vec::new(),
        }
    }

    fn describe(&self, record: &mut Record, draft: &Draft<'_>) -> Result<(), VaultError> {
        if let Some(description) = &draft.description {
            record.description = Some(description.clone()).filter(|text| !text.is_empty());
        }
        for (tag, text) in &draft.tags {
            match text.is_empty() {
                true => record.tags.remove(tag),
                false => record.tags.insert(tag.clone(), text.clone()),
            };
        }
        record.keep = draft.keep.unwrap_or(record.keep);
        let fitting = || if record.kind.fits(draft.value) { record.kind } else { Kind::Binary };
        let kind = draft.kind.unwrap_or_else(fitting);
        if !kind.fits(draft.value) {
            return Err(VaultError::NotOfKind { kind });
        }
        self.change_kind(record, kind)
    }

    /// The kind is bound to the seal of every value, so those that stay are sealed again.
    pub(super) fn change_kind(&self, record: &mut Record, kind: Kind) -> Result<(), VaultError> {
        if record.kind == kind {
            return Ok(());
        }
        let old = record.clone();
        record.kind = kind;
        for i in 0..old.versions.len() {
            let value = self.unlocked.open(&old, &old.versions[i])?;
            record.versions[i].sealed = self.seal(record, old.versions[i].number, &value)?;
        }
        Ok(())
    }

    pub(super) fn is_same(
        &self,
        before: &Record,
        after: &Record,
        value: &Secret,
    ) -> Result<bool, VaultError> {
        let Some(current) = before.current().filter(|_| before == after) else { return Ok(false) };
        Ok(self.unlocked.open(before, current)?.same_as(value))
    }

    /// The epoch under which a value was first sealed here: one that stands in the file already is no new one.
    pub(super) fn born(&self, before: &Record, value: &Secret, now: u64) -> u64 {
        let same = |version: &&Version| {
            self.unlocked.open(before, version).is_ok_and(|before| before.same_as(value))
        };
        before.versions.iter().filter(same).map(|version| version.born).fold(now, u64::min)
    }

    pub(super) fn version(
        &self,
        record: &Record,
        number: u64,
        value: &Secret,
    ) -> Result<Version, VaultError> {
        Ok(Version {
            number,
            id: None,
            stages: vec![CURRENT.to_owned()],
            created: self.now,
            author: self.unlocked.me.clone(),
            born: record.epoch,
            until: None,
            rotation: None,
            sealed: self.seal(record, number, value)?,
        })
    }

    pub(super) fn seal(&self, record: &Record, number: u64, value: &Secret) -> Result<Sealed, VaultError> {
        let vault = &self.unlocked.vault.roster.vault;
        let place = Place {
            vault,
            env: &record.env,
            name: &record.name,
            number,
            epoch: record.epoch,
            kind: record.kind,
        };
        self.unlocked.with_key(&record.env, |key| Ok(seal(key, &place, value)))
    }

    pub(super) fn write(&mut self, mut record: Record) -> Result<(), VaultError> {
        record.revision += 1;
        record.writer = self.unlocked.me.clone();
        let place = path::secret(&record.env, &record.name);
        record.check().map_err(|fault| Refusal::Record { path: place.clone(), fault })?;
        let bytes = secret::print(&self.unlocked.vault.roster.vault, &record, &self.key);
        if bytes.len() as u64 > limits::SECRET_FILE {
            return Err(Refusal::TooLarge { path: place, limit: limits::SECRET_FILE }.into());
        }
        self.edits.push(Edit::Put { path: place, bytes: bytes.clone() });
        self.written.push((record, bytes));
        Ok(())
    }
}
