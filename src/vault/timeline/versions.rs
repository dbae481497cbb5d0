//! The history of one secret: each version that it had, what else became of it, in which commit, and who could read it then.

use std::{collections::BTreeSet, rc::Rc};

use crate::{
    git::Commit,
    kernel::{
        format::path,
        model::{Record, Roster},
        name::{EnvName, MemberName, SecretName},
        time::Timestamp,
    },
    vault::{PastFault, RecordChange, Then, Vault, VaultError, record_changes},
};

use super::{Found, Timeline};

/// Where a version is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is what readers get.
    Current,
    /// It is in the secret's file.
    File,
    /// Only git's history has it.
    Git,
}

impl Place {
    /// In one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::File => "file",
            Self::Git => "git",
        }
    }
}

/// A version that came, or something else that became of the secret.
#[derive(Clone, Debug)]
pub struct Event {
    /// The version's number; none of a file that does not verify or is gone.
    pub number: Option<u64>,
    /// Where the version is, if one came.
    pub place: Option<Place>,
    /// When: a version as it says itself, else the commit as it does. None of what is not committed and no version.
    pub at: Option<Timestamp>,
    /// Who set the version, or signed what else there is.
    pub by: Option<MemberName>,
    /// The commit; none of what lies in the work tree alone.
    pub commit: Option<Rc<Commit>>,
    /// Who could read the environment then.
    pub readers: Vec<MemberName>,
    /// What became of the secret.
    pub told: Vec<RecordChange>,
    /// Whether the file does not verify.
    pub unsound: bool,
}

/// The history of a secret.
#[derive(Debug)]
pub struct Versions {
    /// Where it stands, which may be an environment that the asked one extends.
    pub env: EnvName,
    /// Its name.
    pub name: SecretName,
    /// Newest first.
    pub events: Vec<Event>,
}

/// What became of the secret in one commit, or in the work tree after the last.
struct Step<'a> {
    commit: Option<Rc<Commit>>,
    before: &'a Found,
    now: &'a Found,
    roster: Option<&'a Roster>,
}

impl Vault<'_> {
    /// The history of a secret up to what lies here, or up to a commit.
    pub fn versions(
        &self,
        then: Option<&Then<'_>>,
        env: &EnvName,
        name: &SecretName,
    ) -> Result<Versions, VaultError> {
        let env = self.holder(then, env, name)?;
        let now = match then {
            Some(then) => then.record(&env, name)?.map(|signed| signed.record),
            None => self.record(&env, name)?,
        };
        let found = now.clone().map_or(Found::Nothing, |record| Found::Record(record.into()));
        let mut events = Vec::new();
        match (&self.place.git, then) {
            (None, None) => {
                let step =
                    Step { commit: None, before: &Found::Nothing, now: &found, roster: Some(&self.roster) };
                events.extend(step.events(&env, now.as_ref()));
            }
            _ => {
                let mut timeline = Timeline::of(self, then)?;
                if then.is_none() {
                    let before = timeline.at_tip(&env, name)?;
                    let step =
                        Step { commit: None, before: &before, now: &found, roster: Some(&self.roster) };
                    events.extend(step.events(&env, now.as_ref()));
                }
                timeline.each_of(&env, name, |step| events.extend(step.events(&env, now.as_ref())))?;
            }
        }
        tell_each_once(&mut events);
        self.remember();
        if events.is_empty() {
            return Err(match then.map(|then| then.find(&env, name)) {
                Some(Err(fault)) => fault,
                _ => self.no_secret(&env, name),
            });
        }
        Ok(Versions { env, name: name.clone(), events })
    }
}

impl Vault<'_> {
    /// The environment whose secret a name is: the asked one, or one that it extends.
    pub(in crate::vault) fn holder(
        &self,
        then: Option<&Then<'_>>,
        env: &EnvName,
        name: &SecretName,
    ) -> Result<EnvName, VaultError> {
        let found = match then {
            Some(then) => then.find(env, name).map(|signed| signed.record.env),
            None => {
                self.environment(env)?;
                self.find(env, name).map(|record| record.env)
            }
        };
        Ok(found.unwrap_or_else(|_| env.clone()))
    }

    /// The commits that lead to HEAD and have a version of a secret, newest first, one for each key that it was sealed under. There
    /// is one at least.
    pub(in crate::vault) fn commits_with(
        &self,
        (env, name): (&EnvName, &SecretName),
        number: u64,
    ) -> Result<Vec<Then<'_>>, VaultError> {
        let mut timeline = Timeline::of(self, None)?;
        let mut commits = Vec::new();
        timeline.each_of(env, name, |Step { commit, now, .. }| {
            if let (Some(commit), Some(record)) = (commit, now.record())
                && now.has(number)
            {
                commits.push((commit, (record.epoch, record.key)));
            }
        })?;
        let (mut thens, mut keys, mut fault) = (Vec::new(), Vec::new(), None);
        for (commit, key) in commits {
            if keys.contains(&key) {
                continue;
            }
            let then = self.as_of(&timeline.past, Commit::clone(&commit));
            match then.and_then(|then| then.find(env, name).map(|_| then)) {
                Ok(then) => {
                    keys.push(key);
                    thens.push(then);
                }
                Err(found) => fault = fault.or(Some(found)),
            }
        }
        match fault.filter(|_| thens.is_empty()) {
            Some(fault) => Err(fault),
            None if thens.is_empty() => {
                let all = self.versions(None, env, name)?.events;
                let have = all.iter().filter(|event| event.place.is_some()).filter_map(|event| event.number);
                let (env, name, have) = (env.clone(), name.clone(), have.collect());
                Err(PastFault::NoVersion { env, name, number, have }.into())
            }
            None => Ok(thens),
        }
    }
}

impl Timeline<'_> {
    /// What the tip has of a secret.
    fn at_tip(&mut self, env: &EnvName, name: &SecretName) -> Result<Found, VaultError> {
        let tip = self.next.peek().map(|(_, _, id)| *id);
        let folder = tip.map_or(Ok(None), |tip| self.folder(tip))?;
        self.secret(folder, env, name)
    }

    /// Goes through the commits that have a secret otherwise than each commit before them.
    fn each_of(
        &mut self,
        env: &EnvName,
        name: &SecretName,
        mut each: impl FnMut(Step<'_>),
    ) -> Result<(), VaultError> {
        let path = path::secret(env, name);
        while let Some(commit) = self.next()? {
            let folder = self.folder(commit.id)?;
            let now = folder.map_or(Ok(None), |folder| self.past.id_at(folder, &path))?;
            let mut same = commit.parents.is_empty() && now.is_none();
            for parent in &commit.parents {
                let before = self.folder(*parent)?;
                same |= before == folder
                    || before.map_or(Ok(None), |before| self.past.id_at(before, &path))? == now;
            }
            if same {
                continue;
            }
            let before = self.folder_before(&commit)?;
            let (before, now) = (self.secret(before, env, name)?, self.secret(folder, env, name)?);
            let signed = folder.map_or(Ok(None), |folder| self.roster(folder))?;
            let roster = signed.as_ref().map(|signed| &signed.0);
            each(Step { commit: Some(commit), before: &before, now: &now, roster });
        }
        Ok(())
    }
}

impl Step<'_> {
    /// An event for each version that came, the newest with all else that changed; or one without.
    fn events(&self, env: &EnvName, last: Option<&Record>) -> Vec<Event> {
        let environment = self.roster.and_then(|roster| roster.environments.get(env));
        let mut readers: Vec<MemberName> =
            environment.map(|found| found.readers().cloned().collect()).unwrap_or_default();
        readers.sort();
        let unsound = matches!(self.now, Found::Unsound);
        let mut told =
            if unsound { Vec::new() } else { record_changes(self.before.record(), self.now.record()) };
        if told.is_empty() && !unsound {
            return Vec::new();
        }
        let event = |number, place, at, by, told| {
            let (commit, readers) = (self.commit.clone(), readers.clone());
            Event { number, place, at, by, commit, readers, told, unsound }
        };
        let when = self.commit.as_ref().map(|commit| commit.at);
        let Some(record) = self.now.record() else { return vec![event(None, None, when, None, told)] };
        let had = |number: u64| {
            self.before.record().is_some_and(|before| before.versions.iter().any(|v| v.number == number))
        };
        let came: Vec<_> = record.versions.iter().filter(|version| !had(version.number)).collect();
        if came.is_empty() {
            let at = record.deleted.as_ref().map(|tombstone| tombstone.at).or(when);
            let number = record.current().map_or(record.last_number(), |version| version.number);
            return vec![event(Some(number), None, at, Some(record.writer.clone()), told)];
        }
        let events = came.into_iter().map(|version| {
            let place = Some(place(version.number, last));
            let (at, by) = (Some(version.created), Some(version.author.clone()));
            event(Some(version.number), place, at, by, std::mem::take(&mut told))
        });
        events.collect()
    }
}

/// A version came with the oldest event that has it: a file that was mended, or put back, brings none anew.
fn tell_each_once(events: &mut Vec<Event>) {
    let mut met = BTreeSet::new();
    for event in events.iter_mut().rev().filter(|event| event.place.is_some()) {
        if met.insert(event.number) {
            continue;
        }
        event.place = None;
        let mended = matches!(event.told.first(), Some(RecordChange::New { .. }));
        if let Some(by) = event.by.clone().filter(|_| mended) {
            event.told = vec![RecordChange::Signed { by }];
        }
    }
    events.retain(|event| event.place.is_some() || event.unsound || !event.told.is_empty());
}

/// Where a version is by now.
fn place(number: u64, last: Option<&Record>) -> Place {
    let current = last.and_then(Record::current).is_some_and(|version| version.number == number);
    let in_file = last.is_some_and(|record| record.versions.iter().any(|v| v.number == number));
    match (current, in_file) {
        (true, _) => Place::Current,
        (false, true) => Place::File,
        (false, false) => Place::Git,
    }
}
