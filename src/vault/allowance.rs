//! What the user allowed a shell to load: environments of one vault in one place, as far as its log had come. Kept as what is
//! trusted is, so that no file put there by somebody else counts.

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::{Vault, VaultError, memory::LINES};
use crate::{
    kernel::{format::hex, model::Anchor, name::EnvName, seal::sha256},
    store::{Place, StateFolder, StoreError},
};

/// What the marks of loaded values are made with.
const MARKS: &str = "cargo-vault/shell/v1";

/// What a shell may load where a vault lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The vault's folder.
    pub place: PathBuf,
    /// The line of the log that was the last one then. A log without it is another vault's, or forked, or older.
    pub anchor: Anchor,
    /// The environments, later ones winning.
    pub envs: Vec<EnvName>,
}

impl Allowance {
    fn print(&self) -> Vec<u8> {
        let envs = self.envs.iter().map(EnvName::as_str).collect::<Vec<_>>().join(" ");
        [format!("{}\n{envs}\n", self.anchor).as_bytes(), self.place.as_os_str().as_bytes()].concat()
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut parts = bytes.splitn(3, |b| *b == b'\n');
        let mut line = || std::str::from_utf8(parts.next()?).ok();
        let anchor = Anchor::parse(line()?).ok()?;
        let envs = line()?.split(' ').map(|name| EnvName::parse(name).ok()).collect::<Option<_>>()?;
        Some(Self { anchor, envs, place: OsStr::from_bytes(parts.next()?).into() })
    }
}

/// All that the user allowed.
pub struct Allowances(StateFolder);

impl Allowances {
    /// Those in the user's data folder.
    pub fn open(data: &Path) -> Self {
        Self(StateFolder::of_shells(data))
    }

    /// What was allowed where a vault lies.
    pub fn of(&self, place: &Path) -> Option<Allowance> {
        let found = self.0.read(&name(place)).and_then(|bytes| Allowance::parse(&bytes));
        found.filter(|allowance| allowance.place == place)
    }

    /// Allows it, in place of what was allowed there.
    pub fn allow(&self, allowance: &Allowance) -> Result<(), StoreError> {
        self.0.write(&name(&allowance.place), &allowance.print())
    }

    /// Takes back what was allowed where a vault lies, or lay. Says whether anything was.
    pub fn deny(&self, place: &Path) -> Result<bool, StoreError> {
        self.0.forget(&name(place))
    }

    /// Every one, in the order of their places.
    pub fn all(&self) -> Vec<Allowance> {
        let read = |name: &String| self.0.read(name).and_then(|bytes| Allowance::parse(&bytes));
        let mut all: Vec<Allowance> = self.0.names().iter().filter_map(read).collect();
        all.sort_by(|a, b| a.place.cmp(&b.place));
        all
    }

    /// The files that say whether something is allowed where a vault lies.
    pub fn files(&self, place: &Path) -> [PathBuf; 2] {
        self.0.files(&name(place))
    }

    /// The user's key for the marks of loaded values; none before anything was ever allowed.
    pub fn mark_key(&self) -> Option<Zeroizing<[u8; 32]>> {
        self.0.key_for(MARKS)
    }
}

/// The file that says which log is trusted in a place: to see whether that changed.
pub fn trust_file(place: &Place, data: &Path) -> PathBuf {
    let [file, _] = StateFolder::open(place, data).files(LINES);
    file
}

fn name(place: &Path) -> String {
    hex::print(&sha256(place.as_os_str().as_bytes()))
}

impl Vault<'_> {
    /// What a shell is allowed to load of this vault from now on. Each environment is one that there is.
    pub fn allowance(&self, envs: Vec<EnvName>) -> Result<Allowance, VaultError> {
        envs.iter().try_for_each(|env| self.environment(env).map(|_| ()))?;
        Ok(Allowance { place: self.place().vault.clone(), anchor: self.log()?.anchor(), envs })
    }

    /// Whether this is the vault that was allowed: its log has the line that was the last one then.
    pub fn is_allowed(&self, allowance: &Allowance) -> Result<bool, VaultError> {
        Ok(self.log()?.check_anchor(&allowance.anchor).is_ok())
    }

    /// Environments with those that they extend.
    pub fn with_extended(&self, envs: &[EnvName]) -> Vec<EnvName> {
        let mut all: Vec<EnvName> = Vec::new();
        for env in envs.iter().filter(|env| self.roster().environments.contains_key(*env)) {
            all.extend(self.roster().lineage(env).into_iter().cloned());
        }
        all.sort();
        all.dedup();
        all
    }
}
