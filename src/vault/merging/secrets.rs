//! The secrets of two sides: one that a single side changed is that side's, one that both only sealed anew is either's, and one
//! that both changed is left to a person.

use std::{collections::BTreeSet, rc::Rc};

use super::{Desired, Left, LeftSecret, MergeFault, Sides, sides::Side};
use crate::{
    kernel::{
        format::{path, secret},
        model::{Judge, MergedRoster, Record},
        name::{EnvName, SecretName},
        refusal::Refusal,
        seal::{EnvKey, Epoch, SealKey, Unwraps},
        secret::Secret,
    },
    store::Disk,
    vault::{Change, Renewed, VaultError, older::Old, tree},
};

/// A secret's file on one side.
struct Copy<'a, 'r> {
    side: &'a Side<'r>,
    bytes: Vec<u8>,
    record: Record,
}

impl Copy<'_, '_> {
    /// Whether the other side is as it was before both, and this one went on.
    fn follows(&self, other: &Self, base: &Option<Vec<u8>>) -> bool {
        base.as_ref() == Some(&other.bytes) && self.record.revision > other.record.revision
    }
}

/// A secret as it is to be.
enum Settled<'a, 'r> {
    /// These bytes.
    As(Copy<'a, 'r>),
    /// This, with a revision above both.
    Above(Copy<'a, 'r>, u64),
    /// Nobody but a person can tell.
    Open(Left),
}

impl<'r> Sides<'r> {
    /// The environments in which a secret cannot be settled without a key.
    pub(super) fn torn(&self, merged: &MergedRoster, disk: &Disk) -> Result<BTreeSet<EnvName>, VaultError> {
        let mut torn = BTreeSet::new();
        for env in merged.roster.environments.keys() {
            for name in self.names(env, disk)? {
                if self.is_torn((env, &name), merged, disk)? {
                    torn.insert(env.clone());
                    break;
                }
            }
        }
        Ok(torn)
    }

    fn is_torn(
        &self,
        (env, name): (&EnvName, &SecretName),
        merged: &MergedRoster,
        disk: &Disk,
    ) -> Result<bool, VaultError> {
        let copies = self.copies(env, name)?;
        if let Some(own) = self.own((env, name), &copies, disk)? {
            return Ok(!is_present(merged, &own.record));
        }
        let [Some(kept), Some(other)] = copies else { return Ok(false) };
        let base = self.base_bytes(env, name)?;
        Ok(kept.bytes != other.bytes && !kept.follows(&other, &base) && !other.follows(&kept, &base))
    }

    /// What lies here, if it is above what either side has: what was set and not committed, or what a person has decided.
    fn own<'s>(
        &'s self,
        (env, name): (&EnvName, &SecretName),
        copies: &[Option<Copy<'s, 'r>>; 2],
        disk: &Disk,
    ) -> Result<Option<Copy<'s, 'r>>, VaultError> {
        let Some(bytes) = tree::secret_bytes(disk, env, name)? else { return Ok(None) };
        let Ok(record) = secret::parse(env, name, &bytes).map(|file| file.record) else { return Ok(None) };
        if copies.iter().flatten().any(|copy| copy.record.revision >= record.revision) {
            return Ok(None);
        }
        let has = |side: &&Side<'_>| {
            let there = side.roster.environments.get(env).map(|there| (there.epoch, there.commitment.tag()));
            there == Some((record.epoch, record.key))
        };
        let side = [&self.kept, &self.other].into_iter().find(has).unwrap_or(&self.kept);
        Ok(Some(Copy { side, bytes, record }))
    }

    /// Settles every secret: what stays as it is goes to `desired`, what is to be signed into the change.
    pub(super) fn secrets(
        &self,
        merged: &MergedRoster,
        (disk, mut change): (&Disk, Option<&mut Change<'_>>),
        (desired, left): (&mut Desired, &mut Vec<LeftSecret>),
    ) -> Result<Vec<Renewed>, VaultError> {
        let mut renewed = Vec::new();
        for env in merged.roster.environments.keys() {
            let mut olds = Vec::new();
            for name in self.names(env, disk)? {
                let settled = self.settle((env, &name), merged, (disk, change.as_deref()))?;
                let Some(settled) = settled else { continue };
                let why = match settled {
                    Settled::As(copy) if is_present(merged, &copy.record) || change.is_none() => {
                        desired.insert(path::secret(env, &name), copy.bytes);
                        continue;
                    }
                    Settled::As(copy) => {
                        let revision = copy.record.revision;
                        self.take(copy, revision, merged, change.as_deref())?
                    }
                    Settled::Above(copy, revision) => self.take(copy, revision, merged, change.as_deref())?,
                    Settled::Open(why) => Err(why),
                };
                match why {
                    Ok(old) => olds.push(old),
                    Err(why) => left.push(LeftSecret { env: env.clone(), name, why }),
                }
            }
            let Some(change) = change.as_deref_mut() else { continue };
            if merged.renewed.contains(env) {
                let number = merged.roster.environments[env].epoch;
                renewed.push(change.renew_to((env, number), olds, &mut |_| {})?);
            } else if !olds.is_empty() {
                self.reseal(env, olds, change)?;
            }
        }
        Ok(renewed)
    }

    /// What to make of one secret; none where it belongs to an environment that was removed since.
    fn settle<'s>(
        &'s self,
        (env, name): (&EnvName, &SecretName),
        merged: &MergedRoster,
        (disk, change): (&Disk, Option<&Change<'_>>),
    ) -> Result<Option<Settled<'s, 'r>>, VaultError> {
        let retired = merged.roster.retired.get(env).copied().unwrap_or(0);
        let copies = self.copies(env, name)?;
        if let Some(own) = self.own((env, name), &copies, disk)?.filter(|own| own.record.epoch > retired) {
            return Ok(Some(Settled::As(own)));
        }
        let [kept, other] = copies.map(|copy| copy.filter(|copy| copy.record.epoch > retired));
        let (kept, other) = match (kept, other) {
            (Some(kept), Some(other)) if kept.bytes != other.bytes => (kept, other),
            (Some(only), _) | (None, Some(only)) => return Ok(Some(Settled::As(only))),
            (None, None) => return Ok(None),
        };
        let base = self.base_bytes(env, name)?;
        let above = kept.record.revision.max(other.record.revision);
        if kept.follows(&other, &base) {
            return Ok(Some(Settled::As(kept)));
        }
        if other.follows(&kept, &base) {
            return Ok(Some(Settled::As(other)));
        }
        if let (Some(ours), Some(theirs)) = (&kept.record.deleted, &other.record.deleted) {
            let higher = if ours.number < theirs.number { other } else { kept };
            return Ok(Some(Settled::Above(higher, above)));
        }
        let Some(change) = change else { return Ok(Some(Settled::Open(Left::BothChanged))) };
        self.lend_keys(env, change);
        if same(change, &kept.record, &other.record)? {
            return Ok(Some(Settled::Above(kept, above)));
        }
        let parsed = |bytes: Vec<u8>| secret::parse(env, name, &bytes).ok().map(|file| file.record);
        // Where one side is as the base was and the other went back, it was put back, and by whom git does not say.
        let base = base.filter(|base| *base != kept.bytes && *base != other.bytes).and_then(parsed);
        if let Some(base) = base {
            if same(change, &base, &kept.record)? {
                return Ok(Some(Settled::Above(other, above)));
            }
            if same(change, &base, &other.record)? {
                return Ok(Some(Settled::Above(kept, above)));
            }
        }
        Ok(Some(Settled::Open(Left::BothChanged)))
    }

    /// A copy as it is to be sealed anew, or why nobody signs it here.
    fn take(
        &self,
        copy: Copy<'_, 'r>,
        revision: u64,
        merged: &MergedRoster,
        change: Option<&Change<'_>>,
    ) -> Result<Result<Old, Left>, VaultError> {
        let Copy { side, bytes, record } = copy;
        let (env, writer) = (&record.env, record.writer.clone());
        let Some(change) = change else { return Ok(Err(Left::NotWriter)) };
        if !merged.roster.environments[env].write.contains(&change.unlocked.me) {
            return Ok(Err(Left::NotWriter));
        }
        let by_side = Judge { roster: &side.roster, kept: None, old_commit: false };
        let now = Judge { roster: &merged.roster, kept: None, old_commit: false };
        match by_side.signed(env, &record.name, &bytes) {
            Ok((_, key)) if now.lets_sign(env, &writer, &key) => {}
            Ok(_) | Err(Refusal::NotWriter { .. } | Refusal::FormerKey { .. }) => {
                return Ok(Err(Left::Former { writer }));
            }
            Err(fault) => return Err(MergeFault::Side { commit: side.commit.clone(), fault }.into()),
        }
        change.unlocked.vault.check_not_older(&record, &bytes, Some(&side.commit))?;
        self.lend_keys(env, change);
        let Some(key) = change.key_in_history(&record)? else {
            let readers = side.roster.environments[env].readers().cloned().collect();
            let (me, commit) = (change.unlocked.me.clone(), side.commit.clone());
            return Err(MergeFault::CannotOpen { me, env: env.clone(), commit, readers }.into());
        };
        Ok(Ok(Old { record: Record { revision, ..record }, key: Some(key) }))
    }

    /// Signs again what stays under the key that its environment has.
    fn reseal(&self, env: &EnvName, olds: Vec<Old>, change: &mut Change<'_>) -> Result<(), VaultError> {
        let vault = change.unlocked.vault;
        if vault.roster.environments.contains_key(env) {
            vault.check_present(env)?;
        }
        let epoch = change.draft().environments[env].epoch;
        let key = self.present_key(env, change)?;
        let number = Epoch { vault: &vault.roster.vault, env, number: epoch };
        let key = key.seal_key(&number);
        for old in olds {
            let record = change.resealed(&old, epoch, &key)?;
            change.write(record)?;
        }
        Ok(())
    }

    /// The key of an environment that is not renewed, from the side that has it.
    pub(super) fn present_key(&self, env: &EnvName, change: &mut Change<'_>) -> Result<EnvKey, VaultError> {
        let commitment = change.draft().environments[env].commitment;
        let has = |side: &&Side<'_>| {
            side.roster.environments.get(env).is_some_and(|found| found.commitment == commitment)
        };
        let side = [&self.kept, &self.other].into_iter().find(has).expect("a side made the environment");
        let unlocked = change.unlocked;
        tree::env_key(&side.tree, &side.roster, env, (&unlocked.me, &*unlocked.key))
    }

    /// Lets a change find the keys that both sides have now without looking through history.
    fn lend_keys(&self, env: &EnvName, change: &Change<'_>) {
        for side in [&self.kept, &self.other] {
            let Some(found) = side.roster.environments.get(env) else { continue };
            let wanted = (env.clone(), found.epoch, found.commitment.tag());
            if change.older.borrow().iter().any(|(of, _)| *of == wanted) {
                continue;
            }
            let me = (&change.unlocked.me, &*change.unlocked.key as &dyn Unwraps);
            // What does not unwrap is looked for in history, and named if it is not there either.
            if let Ok(key) = tree::env_key(&side.tree, &side.roster, env, me) {
                let key: Rc<SealKey> = Rc::new(key.seal_key(&tree::epoch(&side.roster, env)));
                change.older.borrow_mut().push((wanted, Some(key)));
            }
        }
    }

    fn names(&self, env: &EnvName, disk: &Disk) -> Result<BTreeSet<SecretName>, VaultError> {
        let mut names: BTreeSet<SecretName> = tree::names(disk, env)?.secrets.into_iter().collect();
        for side in [&self.kept, &self.other] {
            if side.roster.environments.contains_key(env) {
                names.extend(tree::names(&side.tree, env)?.secrets);
            }
        }
        Ok(names)
    }

    fn copies<'s>(
        &'s self,
        env: &EnvName,
        name: &SecretName,
    ) -> Result<[Option<Copy<'s, 'r>>; 2], VaultError> {
        let copy = |side: &'s Side<'r>| -> Result<Option<Copy<'s, 'r>>, VaultError> {
            if !side.roster.environments.contains_key(env) {
                return Ok(None);
            }
            let Some(bytes) = tree::secret_bytes(&side.tree, env, name)? else { return Ok(None) };
            let parsed = secret::parse(env, name, &bytes);
            let file = parsed.map_err(|fault| MergeFault::Side { commit: side.commit.clone(), fault })?;
            let record = file.record;
            Ok(Some(Copy { side, bytes, record }))
        };
        Ok([copy(&self.kept)?, copy(&self.other)?])
    }

    fn base_bytes(&self, env: &EnvName, name: &SecretName) -> Result<Option<Vec<u8>>, VaultError> {
        let read = |tree| tree::secret_bytes(tree, env, name);
        Ok(self.base.as_ref().map(|tree| read(tree)).transpose()?.flatten())
    }
}

/// Whether a record is sealed under the key that its environment is to have.
fn is_present(merged: &MergedRoster, record: &Record) -> bool {
    let environment = &merged.roster.environments[&record.env];
    let same = (environment.epoch, environment.commitment.tag()) == (record.epoch, record.key);
    same && !merged.renewed.contains(&record.env)
}

/// Whether two records say the same and have the same values, which only who opens both knows.
fn same(change: &Change<'_>, one: &Record, other: &Record) -> Result<bool, VaultError> {
    if !one.says_as(other) {
        return Ok(false);
    }
    let (Some(mine), Some(theirs)) = (opened(change, one)?, opened(change, other)?) else { return Ok(false) };
    Ok(mine.iter().zip(&theirs).all(|(mine, theirs)| mine.same_as(theirs)))
}

fn opened(change: &Change<'_>, record: &Record) -> Result<Option<Vec<Secret>>, VaultError> {
    let Some(key) = change.key_in_history(record)? else { return Ok(None) };
    let old = Old { record: record.clone(), key: Some(key) };
    let mut values = Vec::new();
    change.open_old(&old, |_, value| values.push(value))?;
    Ok(Some(values))
}
