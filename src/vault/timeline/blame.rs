//! Since which commit each secret has the value that it has.

use std::{collections::BTreeMap, rc::Rc};

use crate::{
    git::Commit,
    kernel::{
        model::Record,
        name::{EnvName, SecretName},
    },
    vault::{Listing, Then, Vault, VaultError, changes::secret_of},
};

use super::Timeline;

/// A secret, and since when it has its value.
#[derive(Debug)]
pub struct Blamed {
    /// Its record.
    pub record: Record,
    /// The commit that brought the current version in; none of one that is not committed, or whose commit was not fetched.
    pub commit: Option<Rc<Commit>>,
    /// Whether no commit has it yet.
    pub uncommitted: bool,
}

/// Secrets whose commit is looked for, with the numbers of their versions.
type Wanted = BTreeMap<(EnvName, SecretName), u64>;

impl Vault<'_> {
    /// The secrets of an environment, each with the commit that brought its current value: as they lie here, or as a commit
    /// has them.
    pub fn blame(&self, then: Option<&Then<'_>>, env: &EnvName) -> Result<Vec<Blamed>, VaultError> {
        let Listing { secrets, .. } = match then {
            Some(then) => then.list(env)?,
            None => self.list(env)?,
        };
        let mut timeline = Timeline::of(self, then)?;
        let numbered = |record: &Record| Some((key(record), record.current()?.number));
        let mut wanted: Wanted = secrets.iter().filter_map(numbered).collect();
        let there = timeline.committed(&wanted)?;
        wanted.retain(|secret, _| there.contains_key(secret));
        let mut found = timeline.who_brought(wanted)?;
        let blamed = secrets.into_iter().map(|record| {
            let commit = found.remove(&key(&record));
            Blamed { uncommitted: !there.contains_key(&key(&record)), record, commit }
        });
        Ok(blamed.collect())
    }
}

fn key(record: &Record) -> (EnvName, SecretName) {
    (record.env.clone(), record.name.clone())
}

impl Timeline<'_> {
    /// Those that the tip has in these versions.
    fn committed(&mut self, wanted: &Wanted) -> Result<Wanted, VaultError> {
        let tip = self.next.peek().map(|(_, _, id)| *id);
        let folder = tip.map_or(Ok(None), |tip| self.folder(tip))?;
        let mut there = Wanted::new();
        for ((env, name), number) in wanted {
            if self.secret(folder, env, name)?.has(*number) {
                there.insert((env.clone(), name.clone()), *number);
            }
        }
        Ok(there)
    }

    fn who_brought(
        &mut self,
        mut wanted: Wanted,
    ) -> Result<BTreeMap<(EnvName, SecretName), Rc<Commit>>, VaultError> {
        let mut found = BTreeMap::new();
        while !wanted.is_empty()
            && let Some(commit) = self.next()?
        {
            for path in self.touched(&commit, "secrets")? {
                let Some(secret) = secret_of(&path) else { continue };
                let Some(number) = wanted.get(&secret).copied() else { continue };
                let now = self.folder(commit.id)?;
                let mut brought = self.secret(now, &secret.0, &secret.1)?.has(number);
                for parent in &commit.parents {
                    let before = self.folder(*parent)?;
                    brought &= !self.secret(before, &secret.0, &secret.1)?.has(number);
                }
                if brought {
                    wanted.remove(&secret);
                    found.insert(secret, commit.clone());
                }
            }
        }
        Ok(found)
    }
}
