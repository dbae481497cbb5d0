//! What this client saw of an environment's secrets: so that verified bytes are not verified again, and that none goes back
//! unnoticed (format.md §9, what was seen).

use std::{collections::BTreeMap, rc::Rc};

use crate::{
    kernel::{
        format::{hex, path, secret},
        limits,
        model::Record,
        name::{EnvName, SecretName, VaultId},
        refusal::Refusal,
        seal::{Hash, sha256},
        tree::Tree,
    },
    store,
};

use super::{Vault, VaultError, memory::Memory};

/// Something that a person should know, though it is no failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Newer revisions than those here were seen on a commit that HEAD does not come after.
    OtherBranch(EnvName),
    /// Newer revisions than those here were seen, and without git nobody can tell why.
    CannotTell(EnvName),
    /// A file that is no secret lies among them.
    Stray(String),
    /// A person said yes to the vault, and that cannot be kept: why, in one clause.
    Unkept(String),
}

/// One secret as it was last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SeenSecret {
    revision: u64,
    epoch: u64,
    hash: Hash,
    /// HEAD when it was seen; empty before the first commit and without git.
    commit: Rc<str>,
    /// Whether its signature was verified under the roster that the file names.
    verified: bool,
}

/// An environment's secrets as they were last seen.
pub(super) struct SeenSecrets {
    roster: Hash,
    secrets: BTreeMap<String, SeenSecret>,
    news: BTreeMap<String, Option<SeenSecret>>,
}

/// What became of a newer revision than the one that is here.
enum Fate {
    /// It was committed, and HEAD comes after.
    Replaced,
    /// It was seen on another branch, or HEAD is before it.
    Elsewhere,
    /// It was never committed: whoever set it took it back.
    Undone,
}

impl SeenSecrets {
    fn load(memory: &Memory<'_>, file: &str) -> Self {
        memory.folder().read(file).and_then(|bytes| Self::parse(&bytes)).unwrap_or_else(Self::nothing)
    }

    fn nothing() -> Self {
        Self { roster: [0; 32], secrets: BTreeMap::new(), news: BTreeMap::new() }
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut lines = std::str::from_utf8(bytes).ok()?.lines();
        let roster = hex::parse32(lines.next()?)?;
        let mut commit: Rc<str> = "".into();
        let secrets = lines.map(|line| {
            let mut words = line.split(' ');
            let name = words.next()?.to_owned();
            let (revision, epoch) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
            let hash = hex::parse32(words.next()?)?;
            let text = words.next()?;
            // Most were seen at the same one.
            if *commit != *text {
                commit = text.into();
            }
            let verified = words.next()? == "verified";
            Some((name, SeenSecret { revision, epoch, hash, commit: commit.clone(), verified }))
        });
        Some(Self { roster, secrets: secrets.collect::<Option<_>>()?, news: BTreeMap::new() })
    }

    fn print(&self) -> Vec<u8> {
        let mut text = hex::print(&self.roster) + "\n";
        for (name, seen) in &self.secrets {
            let SeenSecret { revision, epoch, hash, commit, verified } = seen;
            let word = if *verified { "verified" } else { "-" };
            text.push_str(&format!("{name} {revision} {epoch} {} {commit} {word}\n", hex::print(hash)));
        }
        text.into_bytes()
    }

    /// Takes over news that were made under one roster.
    fn merge(&mut self, roster: Hash, news: &BTreeMap<String, Option<SeenSecret>>) {
        if self.roster != roster {
            self.secrets.values_mut().for_each(|seen| seen.verified = false);
            self.roster = roster;
        }
        for (name, seen) in news {
            match seen {
                Some(seen) => self.secrets.insert(name.clone(), seen.clone()),
                None => self.secrets.remove(name),
            };
        }
    }
}

impl Vault<'_> {
    /// Judges a secret's bytes, unless they were judged before under this very roster, and compares them with what was seen.
    pub(super) fn judge_bytes(
        &self,
        env: &EnvName,
        name: &SecretName,
        bytes: &[u8],
    ) -> Result<Record, VaultError> {
        let hash = sha256(bytes);
        if self.was_verified(env, name, &hash) {
            let record = secret::parse_verified(env, name, bytes)?;
            self.judge(false).check_epoch(&record)?;
            return Ok(record);
        }
        let record = self.judge_anew(env, name, bytes)?;
        let now = SeenSecret {
            revision: record.revision,
            epoch: record.epoch,
            hash,
            commit: "".into(),
            verified: !self.trust.unknown,
        };
        let before = self.with_seen(env, |seen| seen.secrets.get(name.as_str()).cloned());
        match before.filter(|seen| !self.is_of_removed_environment(env, seen)) {
            Some(seen) if seen.hash == hash => {
                self.learn(env, name.as_str(), Some(SeenSecret { commit: seen.commit, ..now }));
            }
            Some(seen) if seen.revision >= now.revision => self.doubt((env, name), &seen, Some(now), None)?,
            _ => self.learn(env, name.as_str(), Some(now)),
        }
        Ok(record)
    }

    /// Whether these very bytes were verified in this place under this very roster. On another branch a signer may have died
    /// since: nothing counts as verified there.
    fn was_verified(&self, env: &EnvName, name: &SecretName, hash: &Hash) -> bool {
        let roster = self.roster_hash();
        self.trust.kept.is_none()
            && self.with_seen(env, |seen| {
                let before = seen.secrets.get(name.as_str());
                seen.roster == roster && before.is_some_and(|seen| seen.verified && seen.hash == *hash)
            })
    }

    pub(super) fn judge_anew(
        &self,
        env: &EnvName,
        name: &SecretName,
        bytes: &[u8],
    ) -> Result<Record, VaultError> {
        match self.judge(false).record(env, name, bytes) {
            Err(Refusal::FormerKey { .. }) if self.is_old_commit() => {
                Ok(self.judge(true).record(env, name, bytes)?)
            }
            other => Ok(other?),
        }
    }

    /// Refuses a record of an older epoch that was seen to have been replaced: so nobody brings an old value back by it. It lies
    /// in HEAD, or in another commit.
    pub(super) fn check_not_older(
        &self,
        record: &Record,
        bytes: &[u8],
        commit: Option<&str>,
    ) -> Result<(), VaultError> {
        let (env, name, hash) = (&record.env, &record.name, sha256(bytes));
        let before = self.with_seen(env, |seen| seen.secrets.get(name.as_str()).cloned());
        match before.filter(|seen| seen.hash != hash && seen.revision >= record.revision) {
            Some(seen) => {
                let (revision, epoch) = (record.revision, record.epoch);
                let now = SeenSecret { revision, epoch, hash, commit: "".into(), verified: false };
                self.doubt((env, name), &seen, Some(now), commit)
            }
            None => Ok(()),
        }
    }

    /// Refuses a secret that was seen and has vanished.
    pub(super) fn check_vanished(&self, env: &EnvName, name: &SecretName) -> Result<(), VaultError> {
        let seen = self.with_seen(env, |seen| seen.secrets.get(name.as_str()).cloned());
        match seen.filter(|seen| !self.is_of_removed_environment(env, seen)) {
            Some(seen) => self.doubt((env, name), &seen, None, None),
            None => Ok(()),
        }
    }

    /// The names that were seen in an environment.
    pub(super) fn names_seen(&self, env: &EnvName) -> Vec<SecretName> {
        self.with_seen(env, |seen| {
            seen.secrets.keys().filter_map(|name| SecretName::parse(name).ok()).collect()
        })
    }

    /// The names that were seen in an environment and are not there now; what is there comes in byte order.
    pub(super) fn names_gone(&self, env: &EnvName, there: &[SecretName]) -> Vec<SecretName> {
        let mut there = there.iter().map(SecretName::as_str).peekable();
        let mut is_gone = |name: &str| {
            while there.next_if(|other| *other < name).is_some() {}
            there.peek() != Some(&name)
        };
        self.with_seen(env, |seen| {
            let gone = seen.secrets.keys().filter(|name| is_gone(name));
            gone.filter_map(|name| SecretName::parse(name).ok()).collect()
        })
    }

    /// A newer revision was seen than the one that is here, or other bytes of the same one.
    fn doubt(
        &self,
        (env, name): (&EnvName, &SecretName),
        seen: &SeenSecret,
        now: Option<SeenSecret>,
        commit: Option<&str>,
    ) -> Result<(), VaultError> {
        if self.place.git.is_none() {
            self.note(Note::CannotTell(env.clone()));
            self.learn(env, name.as_str(), now);
            return Ok(());
        }
        match self.fate(&path::secret(env, name), seen, commit)? {
            // Who looks at another commit knows that HEAD is at none of its revisions.
            Fate::Elsewhere if commit.is_some() => {}
            Fate::Elsewhere => self.note(Note::OtherBranch(env.clone())),
            Fate::Undone => self.learn(env, name.as_str(), now),
            Fate::Replaced => {
                let (env, name, seen) = (env.clone(), name.clone(), seen.revision);
                return Err(VaultError::Refused(match now {
                    None => Refusal::Vanished { env, name, seen },
                    Some(now) if now.revision == seen => Refusal::Rewritten { env, name, revision: seen },
                    Some(now) => Refusal::RolledBack { env, name, seen, found: now.revision },
                }));
            }
        }
        Ok(())
    }

    fn fate(&self, path: &str, seen: &SeenSecret, commit: Option<&str>) -> Result<Fate, VaultError> {
        let (Some(repo), Some(git)) = (self.repo(), &self.place.git) else { return Ok(Fate::Elsewhere) };
        let Some(head) = commit.map(str::to_owned).map_or_else(|| repo.head(), |commit| Ok(Some(commit)))?
        else {
            return Ok(Fate::Undone);
        };
        let since = (!seen.commit.is_empty()).then_some(&*seen.commit);
        if let Some(since) = since
            && !repo.descends(&head, since)?
        {
            return Ok(Fate::Elsewhere);
        }
        let holds = |commit: &str| -> Result<bool, VaultError> {
            let tree = repo.vault_at(commit, &git.inside)?;
            let bytes = tree.and_then(|tree| tree.read(path, limits::SECRET_FILE).ok().flatten());
            Ok(bytes.is_some_and(|bytes| sha256(&bytes) == seen.hash))
        };
        for commit in repo.commits(Some(&head), since)?.iter().map(String::as_str).chain(since) {
            if holds(commit)? {
                return Ok(Fate::Replaced);
            }
        }
        // It was seen before it was committed: the commit noted is the one before, which HEAD may well come after.
        for commit in repo.commits(None, since)? {
            if holds(&commit)? {
                return Ok(Fate::Elsewhere);
            }
        }
        Ok(Fate::Undone)
    }

    /// An environment that was removed and made again begins anew.
    fn is_of_removed_environment(&self, env: &EnvName, seen: &SeenSecret) -> bool {
        self.roster.retired.get(env).is_some_and(|epoch| seen.epoch <= *epoch)
    }

    fn with_seen<T>(&self, env: &EnvName, look: impl FnOnce(&mut SeenSecrets) -> T) -> T {
        let mut all = self.seen.borrow_mut();
        if !all.contains_key(env) {
            let seen = SeenSecrets::load(&self.memory, &file_name(&self.roster.vault, env));
            all.insert(env.clone(), seen);
        }
        look(all.get_mut(env).expect("it was just loaded"))
    }

    fn learn(&self, env: &EnvName, name: &str, now: Option<SeenSecret>) {
        self.with_seen(env, |seen| seen.news.insert(name.to_owned(), now));
    }

    /// Remembers the bytes that a change has written.
    pub(super) fn learn_written(&self, record: &Record, bytes: &[u8]) {
        let (revision, epoch) = (record.revision, record.epoch);
        let now = SeenSecret { revision, epoch, hash: sha256(bytes), commit: "".into(), verified: true };
        self.learn(&record.env, record.name.as_str(), Some(now));
    }

    /// Writes down what was newly seen. That it cannot be written is no failure: it is verified again then.
    pub(super) fn remember(&self) {
        if self.trust.unknown {
            return;
        }
        for (env, seen) in &mut *self.seen.borrow_mut() {
            if seen.news.is_empty() {
                continue;
            }
            let head = self.place.git.as_ref().and_then(store::head).unwrap_or_default();
            for now in seen.news.values_mut().flatten().filter(|now| now.commit.is_empty()) {
                now.commit = head.as_str().into();
            }
            let news = std::mem::take(&mut seen.news);
            let roster = self.roster_hash();
            let _ = self.memory.folder().update(&file_name(&self.roster.vault, env), |bytes| {
                let mut all =
                    bytes.and_then(|bytes| SeenSecrets::parse(&bytes)).unwrap_or_else(SeenSecrets::nothing);
                all.merge(roster, &news);
                all.print()
            });
            seen.merge(roster, &news);
        }
    }
}

/// A name of its own for each vault, since one may take another's place.
fn file_name(vault: &VaultId, env: &EnvName) -> String {
    format!("seen-{}-{env}", &vault.hex()[..16])
}
