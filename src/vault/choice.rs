//! A secret that both sides changed, as a person decides: one side's, or another value, signed anew above both.

use super::{Change, DriverFault, MergeSide, Vault, VaultError, changes::secret_of, driver::lifted};
use crate::kernel::{
    format::path,
    model::{Record, Version},
    name::{EnvName, SecretName},
    secret::Secret,
};

/// A secret that git left unmerged.
pub struct Torn {
    /// The environment.
    pub env: EnvName,
    /// The name.
    pub name: SecretName,
    ours: Option<Vec<u8>>,
    theirs: Option<Vec<u8>>,
}

/// What is to be.
#[derive(Clone, Copy)]
pub enum Choice<'a> {
    /// What one side has.
    Side(MergeSide),
    /// Another value, with what our side says of the secret.
    Value(&'a Secret),
}

impl Vault<'_> {
    /// Every secret that git left unmerged.
    pub fn torn(&self) -> Result<Vec<Torn>, VaultError> {
        let (Some(repo), Some(git)) = (self.repo(), &self.place.git) else { return Ok(Vec::new()) };
        let mut torn = Vec::new();
        for file in repo.unmerged(&git.inside)? {
            let Some((env, name)) = secret_of(&file) else { continue };
            let [_, ours, theirs] = repo.stages(&format!("{}/{file}", git.inside))?;
            torn.push(Torn { env, name, ours, theirs });
        }
        Ok(torn)
    }

    /// Tells git that these are merged as they lie here.
    pub fn tell_merged(&self, torn: &[Torn]) -> Result<(), VaultError> {
        let (Some(repo), Some(git)) = (self.repo(), &self.place.git) else { return Ok(()) };
        let paths: Vec<String> = torn.iter().map(|torn| path::secret(&torn.env, &torn.name)).collect();
        Ok(repo.stage(&git.inside, &paths)?)
    }
}

impl Change<'_> {
    /// The values that a secret has on our side and on theirs; none where it is removed there.
    pub fn values_of(&self, torn: &Torn) -> Result<[Option<Secret>; 2], VaultError> {
        let value = |side| {
            let Some(record) = self.side(torn, side)? else { return Ok(None) };
            let record = lifted(self, &record)?.unwrap_or(record);
            record.current().map(|version| self.unlocked.open(&record, version)).transpose()
        };
        Ok([value(MergeSide::Ours)?, value(MergeSide::Theirs)?])
    }

    /// Decides on a secret. The number of the value that it has then; none where it is removed.
    pub fn choose(&mut self, torn: &Torn, choice: Choice<'_>) -> Result<Option<u64>, VaultError> {
        let (env, name) = (&torn.env, &torn.name);
        self.check_writer(env)?;
        let ours = self.side(torn, MergeSide::Ours);
        let theirs = self.side(torn, MergeSide::Theirs);
        // What is not taken counts as far as somebody who may has signed it.
        let counted = || [&ours, &theirs].into_iter().flatten().flatten();
        let revision = counted().map(|record| record.revision).max().unwrap_or(0);
        let last = counted().map(Record::last_number).max().unwrap_or(0);
        let taken = match (choice, ours) {
            (Choice::Side(MergeSide::Ours), ours) => ours?,
            (Choice::Value(_), Ok(Some(ours))) => Some(ours),
            (Choice::Side(MergeSide::Theirs) | Choice::Value(_), _) => theirs?,
        };
        let taken = taken.ok_or_else(|| self.unlocked.vault.no_secret(env, name))?;
        let mut record = match lifted(self, &taken)? {
            Some(record) => record,
            None => {
                let fault = self.unlocked.vault.judge(false).check_epoch(&taken);
                return Err(fault.expect_err("only one of another key is not lifted").into());
            }
        };
        record.revision = revision;
        if let Choice::Value(value) = choice {
            self.give(&mut record, value, last + 1)?;
        }
        let number = record.current().map(|version| version.number);
        self.write(record)?;
        Ok(number)
    }

    fn give(&self, record: &mut Record, value: &Secret, number: u64) -> Result<(), VaultError> {
        if !record.kind.fits(value) {
            return Err(VaultError::NotOfKind { kind: record.kind });
        }
        let version = self.version(record, number, value)?;
        let born = self.born(record, value, version.born);
        record.put(Version { born, ..version });
        Ok(())
    }

    /// A side's record, if it has one, and somebody who may has signed it.
    fn side(&self, torn: &Torn, side: MergeSide) -> Result<Option<Record>, VaultError> {
        let (env, name) = (&torn.env, &torn.name);
        let bytes = if side == MergeSide::Ours { &torn.ours } else { &torn.theirs };
        let signed = |bytes: &Vec<u8>| self.unlocked.vault.judge(false).signed(env, name, bytes);
        let left = |fault| DriverFault::Side { env: env.clone(), name: name.clone(), side, fault }.into();
        bytes.as_ref().map(|bytes| signed(bytes).map(|(record, _)| record).map_err(left)).transpose()
    }
}
