//! How a vault stands: what is in it, what git has not got yet, what is exposed, and what drifted apart. Needs no key.

use crate::{
    git::{GitError, Repo},
    kernel::{format::path, name::EnvName, time::Timestamp},
};

use super::{Exposed, Finding, Introduction, Vault, VaultError, exposed, tree, verify::key_files};

/// The answer.
pub struct Status {
    /// The vault, and its last anchor.
    pub introduction: Introduction,
    /// Whether nothing vouches for it.
    pub unknown: bool,
    /// The environments.
    pub environments: Vec<EnvState>,
    /// How many files are not as HEAD has them; none where there is no git.
    pub uncommitted: Option<Result<usize, GitError>>,
    /// What is exposed, among the secrets that are in order.
    pub exposed: Vec<Exposed>,
    /// What is not as the roster has it.
    pub drift: Vec<Drift>,
}

/// How one environment stands.
pub struct EnvState {
    /// Its name.
    pub env: EnvName,
    /// The number of its key.
    pub epoch: u64,
    /// How many secrets it has, those that are not in order among them.
    pub secrets: usize,
    /// How many may read it.
    pub readers: usize,
}

/// Something that is not as the roster has it.
pub struct Drift {
    /// What and where.
    pub finding: Finding,
    /// The environment that a new key mends.
    pub rekey: Option<EnvName>,
}

impl Vault<'_> {
    /// How it stands.
    pub fn status(&self, now: &Timestamp) -> Result<Status, VaultError> {
        let mut status = Status {
            introduction: self.introduce()?,
            unknown: self.is_unknown(),
            environments: Vec::new(),
            uncommitted: self.uncommitted(),
            exposed: Vec::new(),
            drift: Vec::new(),
        };
        status.drift.extend(key_files(self.tree, &self.roster).into_iter().map(|fault| self.drift(fault)));
        for (env, environment) in &self.roster.environments {
            let secrets = self.look_through(env, now, &mut status);
            let readers = environment.readers().count();
            let state = EnvState { env: env.clone(), epoch: environment.epoch, secrets, readers };
            status.environments.push(state);
        }
        self.remember();
        Ok(status)
    }

    /// How many secrets an environment has; what is exposed and what is wrong is added to what is known.
    fn look_through(&self, env: &EnvName, now: &Timestamp, status: &mut Status) -> usize {
        let mut wrong = |path, fault| status.drift.push(self.drift(Finding { path, fault }));
        let names = match tree::names(self.tree, env) {
            Ok(names) => names.secrets,
            Err(fault) => {
                wrong(path::secrets(env), fault);
                return 0;
            }
        };
        for name in self.names_gone(env, &names) {
            if let Err(fault) = self.check_vanished(env, &name) {
                wrong(path::secret(env, &name), fault);
            }
        }
        let mut counted = 0;
        for name in &names {
            match self.record(env, name) {
                Ok(Some(record)) => {
                    counted += usize::from(record.deleted.is_none());
                    status.exposed.extend(exposed::of(&self.roster, &record, now));
                }
                Ok(None) => {}
                Err(fault) => {
                    counted += 1;
                    wrong(path::secret(env, name), fault);
                }
            }
        }
        counted
    }

    /// A new key of an environment makes all its key files anew, and lets no other lie there.
    fn drift(&self, finding: Finding) -> Drift {
        let below = finding.path.strip_prefix("keys/").and_then(|rest| rest.split_once('/'));
        let env = below.and_then(|(env, _)| EnvName::parse(env).ok());
        let rekey = env.filter(|env| self.roster.environments.contains_key(env));
        Drift { finding, rekey }
    }

    fn uncommitted(&self) -> Option<Result<usize, GitError>> {
        let git = self.place.git.as_ref()?;
        Some(Repo::open(&git.folder).and_then(|repo| repo.uncommitted(&git.inside)))
    }
}
