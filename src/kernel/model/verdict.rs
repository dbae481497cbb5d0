//! The judge of secret files: whether one was written by somebody whom the roster, and what is kept, let write it. Needs no
//! key.

use std::collections::HashMap;

use super::{Access, KeyText, Record, Roster};
use crate::kernel::{
    format::{path, secret},
    name::{EnvName, MemberName, SecretName},
    refusal::Refusal,
    seal::{PublicKey, Signature},
};

/// What secret files are judged by.
#[derive(Clone, Copy)]
pub struct Judge<'a> {
    /// The roster of the tree.
    pub roster: &'a Roster,
    /// The kept roster, whose former keys are dead in every tree.
    pub kept: Option<&'a Roster>,
    /// Whether keys that died since may have signed: an old commit is readable as it was.
    pub old_commit: bool,
}

impl Judge<'_> {
    /// Takes a file apart and checks all that can be checked without a key, in the order of format.md §9.
    pub fn record(&self, env: &EnvName, name: &SecretName, bytes: &[u8]) -> Result<Record, Refusal> {
        let (record, _) = self.signed(env, name, bytes)?;
        self.check_epoch(&record)?;
        Ok(record)
    }

    /// Takes a file apart and checks that somebody who may has signed it, with which key; whether it is of the present epoch is
    /// left open.
    pub fn signed(
        &self,
        env: &EnvName,
        name: &SecretName,
        bytes: &[u8],
    ) -> Result<(Record, PublicKey), Refusal> {
        let file = secret::parse(env, name, bytes)?;
        let place = path::secret(env, name);
        let message = secret::message(&self.roster.vault, env, name, file.signed);
        let key = self.check_writer(&place, &file.record, &message, &file.signature)?;
        Ok((file.record, key))
    }

    /// Whether the key that a file was signed with is alive here, and its writer's, who may write.
    pub fn lets_sign(&self, env: &EnvName, writer: &MemberName, key: &PublicKey) -> bool {
        let may = self.roster.environments.get(env).is_some_and(|env| env.write.contains(writer));
        let holds = self.roster.members.get(writer).is_some_and(|member| member.signs.contains(key));
        may && holds && !self.is_dead(env, (writer, Access::Write), &KeyText::from(key))
    }

    /// Checks epoch and key alone, of a file that was verified before.
    pub fn check_epoch(&self, record: &Record) -> Result<(), Refusal> {
        let env = &record.env;
        let place = || path::secret(env, &record.name);
        let environment = &self.roster.environments[env];
        if record.epoch != environment.epoch {
            let (found, epoch) = (record.epoch, environment.epoch);
            return Err(Refusal::Epoch { path: place(), env: env.clone(), found, epoch });
        }
        if record.key != environment.commitment.tag() {
            return Err(Refusal::OtherKey { path: place(), env: env.clone(), epoch: record.epoch });
        }
        Ok(())
    }

    fn check_writer(
        &self,
        place: &str,
        record: &Record,
        message: &[u8],
        sig: &Signature,
    ) -> Result<PublicKey, Refusal> {
        let (env, writer) = (&record.env, &record.writer);
        let path = || place.to_owned();
        let environment = &self.roster.environments[env];
        let member = self.roster.members.get(writer).filter(|_| environment.write.contains(writer));
        let Some(member) = member else {
            return Err(Refusal::NotWriter { path: path(), writer: writer.clone(), env: env.clone() });
        };
        let signed_by = |key: &PublicKey| key.verify(message, sig);
        let alive = |key: &&PublicKey| !self.is_dead(env, (writer, Access::Write), &KeyText::from(*key));
        if let Some(key) = member.signs.iter().filter(alive).find(|key| signed_by(key)) {
            return Ok(*key);
        }
        let dead = member.signs.iter().filter(|key| !alive(key)).any(signed_by);
        if dead || self.former_keys(writer).iter().any(signed_by) {
            return Err(Refusal::FormerKey { path: path(), writer: writer.clone() });
        }
        Err(Refusal::Signature { path: path(), writer: writer.clone() })
    }

    /// Whether a key of a member is dead in an environment, by the tree's roster or by the kept one.
    pub fn is_dead(&self, env: &EnvName, of: (&MemberName, Access), key: &KeyText) -> bool {
        let kept = self.kept.filter(|_| !self.old_commit);
        self.roster.is_dead(env, of, key) || kept.is_some_and(|kept| kept.is_dead(env, of, key))
    }

    /// The keys that a member signed with once, to name what a refused signature is.
    fn former_keys(&self, member: &MemberName) -> Vec<PublicKey> {
        let rosters = std::iter::once(self.roster).chain(self.kept);
        let former = rosters.filter_map(|roster| roster.former.get(member));
        former.flat_map(|former| &former.keys).filter_map(|key| PublicKey::parse(key.as_str())).collect()
    }
}

/// Checks that no name, nor a leading part of one, differs from another's only in case.
pub fn check_names<'a>(
    env: &EnvName,
    names: impl IntoIterator<Item = &'a SecretName>,
) -> Result<(), Refusal> {
    let mut spellings: HashMap<String, &str> = HashMap::new();
    for name in names {
        let text = name.as_str();
        let ends = text.match_indices('/').map(|(end, _)| end).chain([text.len()]);
        for part in ends.map(|end| &text[..end]) {
            let other = *spellings.entry(part.to_ascii_lowercase()).or_insert(part);
            if other != part {
                return Err(Refusal::NameCase { env: env.clone(), a: other.to_owned(), b: part.to_owned() });
            }
        }
    }
    Ok(())
}
