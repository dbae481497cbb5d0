//! An old value put back, as a new version: numbers go on, and who knew it then knows it still.

use crate::kernel::{
    model::{Kind, Record, Version},
    name::{EnvName, MemberName, SecretName},
    secret::Secret,
};

use super::{Change, OpenedThen, Vault, VaultError, Written, exposed};

/// What was put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolledBack {
    /// What became of the secret.
    pub written: Written,
    /// The commit that the value was taken from; none if the file had it still.
    pub commit: Option<String>,
    /// Who signed it there, if that key is a former one by now.
    pub former: Option<MemberName>,
    /// Who has been able to read the value and should not any more.
    pub exposed: Vec<MemberName>,
}

/// An old version, opened.
struct Old {
    value: Secret,
    born: u64,
    kind: Kind,
    commit: Option<String>,
    former: Option<MemberName>,
}

impl Change<'_> {
    /// Sets a secret to the value that it had as a version: one that its file has, or else git's history.
    pub fn roll_back(
        &mut self,
        env: &EnvName,
        name: &SecretName,
        number: u64,
    ) -> Result<RolledBack, VaultError> {
        self.check_writer(env)?;
        let vault = self.unlocked.vault;
        let Some(before) = self.base(env, name)? else {
            let holder = vault.find(env, name)?.env;
            return Err(VaultError::Inherited { env: env.clone(), name: name.clone(), holder });
        };
        let Old { value, born, kind, commit, former } = self.old_version(&before, number)?;
        let mut record = before.clone();
        let fits = before.kind.fits(&value);
        self.change_kind(&mut record, if fits { before.kind } else { kind })?;
        if let Some(number) = before.current().map(|version| version.number)
            && self.is_same(&before, &record, &value)?
        {
            let (written, exposed) = (Written::Unchanged(number), self.known_to(&record, number));
            return Ok(RolledBack { written, commit, former, exposed });
        }
        let now = record.last_number() + 1;
        let version = self.version(&record, now, &value)?;
        let was = before.current().is_some();
        record.put(Version { born: self.born(&before, &value, born), ..version });
        let exposed = self.known_to(&record, now);
        self.write(record)?;
        let written = if was { Written::Changed(now) } else { Written::New(now) };
        Ok(RolledBack { written, commit, former, exposed })
    }

    fn old_version(&self, before: &Record, number: u64) -> Result<Old, VaultError> {
        if let Some(version) = before.versions.iter().find(|version| version.number == number) {
            let (value, born, kind) = (self.unlocked.open(before, version)?, version.born, before.kind);
            return Ok(Old { value, born, kind, commit: None, former: None });
        }
        let secret = (&before.env, &before.name);
        let thens = self.unlocked.vault.commits_with(secret, number)?;
        let OpenedThen { opened, commit, former, .. } =
            Vault::open_first(&thens, &self.unlocked.key, secret, number)?;
        let version = opened.record.versions.iter().find(|version| version.number == number);
        let born = version.expect("it was opened").born;
        Ok(Old { value: opened.value, born, kind: opened.record.kind, commit: Some(commit), former })
    }

    /// Who has been able to read a version and should not any more.
    fn known_to(&self, record: &Record, number: u64) -> Vec<MemberName> {
        let exposed = exposed::of(&self.unlocked.vault.roster, record, &self.now);
        exposed.filter(|exposed| exposed.number == number).map(|exposed| exposed.to).collect()
    }
}
