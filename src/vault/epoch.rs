//! A new epoch of environments: a new key, wrapped to all who still read, and every secret sealed and signed under it
//! (format.md §11).

use std::collections::BTreeSet;

use crate::{
    kernel::{
        format::path,
        model::{Record, Role},
        name::{EnvName, MemberName},
        seal::{EnvKey, Epoch, Place, SealKey, seal},
    },
    store::Edit,
};

use super::{
    Change, Doing, VaultError,
    older::{Old, Older},
    roster_change::remove_all,
};

/// What a new epoch made of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewed {
    /// The environment.
    pub env: EnvName,
    /// The number of its new key.
    pub epoch: u64,
    /// How many secrets were sealed anew, tombstones not among them.
    pub secrets: usize,
}

impl Change<'_> {
    /// Makes new keys of environments that nobody loses.
    pub fn rekey(&mut self, envs: &[EnvName]) -> Result<Vec<Renewed>, VaultError> {
        self.check_admin()?;
        let envs: BTreeSet<EnvName> = envs.iter().cloned().collect();
        let renewed = self.renew(&envs, Older::TakeOver)?;
        self.because(format!("make new keys of {}", listed(&envs)));
        Ok(renewed)
    }

    /// Makes a new epoch of environments for those whom the draft of the roster lets read them. All of it or nothing: one
    /// secret that is not in order, and there is no change.
    pub(super) fn renew(
        &mut self,
        envs: &BTreeSet<EnvName>,
        older: Older,
    ) -> Result<Vec<Renewed>, VaultError> {
        for env in envs {
            self.check_renewer(env)?;
        }
        let (mut old, mut faults) = (Vec::new(), Vec::new());
        for env in envs {
            match self.old(env, older) {
                Ok(records) => old.push((env, records)),
                Err(mut more) => faults.append(&mut more),
            }
        }
        if let Some(fault) = VaultError::several(faults) {
            return Err(fault);
        }
        let of = old.iter().map(|(_, records)| records.len()).sum();
        let (mut renewed, mut done) = (Vec::new(), 0);
        for (env, records) in old {
            renewed.push(self.renew_one(env, records, &mut |change| {
                done += 1;
                change.tell(Doing::Sealing, done, of);
            })?);
        }
        Ok(renewed)
    }

    fn renew_one(
        &mut self,
        env: &EnvName,
        records: Vec<Old>,
        told: &mut dyn FnMut(&Self),
    ) -> Result<Renewed, VaultError> {
        let number = self.unlocked.vault.roster.environments[env].epoch + 1;
        self.renew_to((env, number), records, told)
    }

    /// Makes one epoch of an environment, whatever is its number.
    pub(super) fn renew_to(
        &mut self,
        (env, number): (&EnvName, u64),
        records: Vec<Old>,
        told: &mut dyn FnMut(&Self),
    ) -> Result<Renewed, VaultError> {
        let vault = self.unlocked.vault;
        let key = EnvKey::generate();
        let epoch = Epoch { vault: &vault.roster.vault, env, number };
        let seal_key = key.seal_key(&epoch);
        let environment = self.draft().environments.get_mut(env).expect("it is renewed, not removed");
        (environment.epoch, environment.commitment) = (number, key.commitment(&epoch));
        self.wrap_to_readers(env, &key)?;
        let secrets = records.iter().filter(|old| old.record.deleted.is_none()).count();
        let mut faults = Vec::new();
        for record in records {
            told(self);
            match self.resealed(&record, number, &seal_key) {
                Ok(record) => self.write(record)?,
                Err(fault) => faults.push(fault),
            }
        }
        let renewed = Renewed { env: env.clone(), epoch: number, secrets };
        VaultError::several(faults).map_or(Ok(renewed), Err)
    }

    /// A key file for each recipient of each reader; whatever else lies beside them goes.
    fn wrap_to_readers(&mut self, env: &EnvName, key: &EnvKey) -> Result<(), VaultError> {
        let roster = self.draft();
        let readers: Vec<_> = roster.environments[env].readers().cloned().collect();
        let recipients = readers.into_iter().flat_map(|name| {
            let recipients = roster.members[&name].recipients.clone();
            recipients.into_iter().map(move |recipient| (name.clone(), recipient))
        });
        let recipients: Vec<_> = recipients.collect();
        let mut gone = Vec::new();
        remove_all(self.unlocked.vault.tree, &path::keys(env), &mut gone)?;
        let kept: BTreeSet<String> =
            recipients.iter().map(|(name, recipient)| path::key(env, name, recipient)).collect();
        gone.retain(|edit| matches!(edit, Edit::Remove { path } if !kept.contains(path)));
        self.edits.append(&mut gone);
        recipients.iter().try_for_each(|(name, recipient)| self.wrap(env, name, recipient, key))
    }

    /// A record with its values sealed under a new key. Numbers, authors, times and `born` stay.
    pub(super) fn resealed(&self, old: &Old, epoch: u64, key: &SealKey) -> Result<Record, VaultError> {
        let roster = self.roster.as_ref().unwrap_or(&self.unlocked.vault.roster);
        let environment = &roster.environments[&old.record.env];
        let mut record = Record { epoch, key: environment.commitment.tag(), ..old.record.clone() };
        self.open_old(old, |i, value| {
            let place = Place {
                vault: &self.unlocked.vault.roster.vault,
                env: &old.record.env,
                name: &old.record.name,
                number: old.record.versions[i].number,
                epoch,
                kind: old.record.kind,
            };
            record.versions[i].sealed = seal(key, &place, &value);
        })?;
        Ok(record)
    }

    /// Refuses whoever is no writer here, or will be none: what he signed would be refused.
    fn check_renewer(&mut self, env: &EnvName) -> Result<(), VaultError> {
        let vault = self.unlocked.vault;
        let now = vault.environment(env)?;
        vault.check_present(env)?;
        let (me, key) = (self.unlocked.me.clone(), self.key.public());
        let draft = self.draft();
        let then = &draft.environments[env];
        let admin = |name: &&MemberName| **name != me && draft.members[*name].role == Role::Admin;
        let able: Vec<MemberName> = then.write.iter().filter(admin).cloned().collect();
        let env = env.clone();
        if !now.write.contains(&me) {
            return Err(VaultError::NotRenewer { env, me, able });
        }
        let signs = draft.members.get(&me).is_some_and(|member| member.signs.contains(&key));
        if !signs || !then.write.contains(&me) {
            return Err(VaultError::OwnLeave { env, me, able });
        }
        Ok(())
    }
}

/// Names as the log has them.
pub(super) fn listed<'a>(envs: impl IntoIterator<Item = &'a EnvName>) -> String {
    envs.into_iter().map(EnvName::as_str).collect::<Vec<_>>().join(", ")
}
