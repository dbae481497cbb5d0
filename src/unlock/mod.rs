//! Where a member's key comes from: the sources, tried in order, and the anchor that may come with a key.
//!
//! Only a key whose public half is wanted is ever unlocked, so nobody is asked for a passphrase in vain; and one that asks
//! nobody is taken before one that does.

mod ask;
mod candidate;
mod error;
mod keychain;
mod plugin;
mod source;

use std::{ffi::OsString, path::PathBuf, rc::Rc};

use crate::kernel::{
    format::identity_file::{self, Entry},
    model::Anchor,
    seal::{MemberKey, NoPlugins, PluginKey, Plugins, Recipient},
    secret::Secret,
};

pub use ask::{Ask, Unasked};
pub use candidate::{Candidate, Seen};
pub use error::{Origin, UnlockError};
pub use keychain::{Index, Kept, Keychain, KeychainFault};
pub use plugin::PluginPrograms;
pub use source::{KeyCommand, KeySource, SourceName, read_file};

use candidate::Held;
use source::{InKeychain, Named, Ssh, Stored};

/// What the keyring is made of, in the order in which it is asked.
#[derive(Default)]
pub struct Given {
    /// `--identity`.
    pub flag: Option<PathBuf>,
    /// `CVAULT_KEY`.
    pub key: Option<Secret>,
    /// `CVAULT_KEY_FILE`.
    pub key_file: Option<PathBuf>,
    /// `CVAULT_KEY_COMMAND`.
    pub command: Option<KeyCommand>,
    /// The user's folder of configuration, where identities lie.
    pub config: Option<PathBuf>,
    /// The way to the system's keychain.
    pub keychain: Keychain,
    /// The folder of SSH keys.
    pub ssh: Option<PathBuf>,
    /// The way to the programs of age plugins; none may run without it.
    pub plugins: Option<Rc<dyn Plugins>>,
}

/// Every source that this command may use, and the anchor that one of them carries.
pub struct Keyring {
    sources: Vec<Box<dyn KeySource>>,
    anchor: Option<Anchor>,
    plugins: Rc<dyn Plugins>,
    /// Whether nobody may be asked anything.
    silent: bool,
}

impl Keyring {
    /// Puts the sources in order. Files and variables that were named for this command are read now, all others only when
    /// they are asked.
    pub fn gather(given: Given) -> Result<Self, UnlockError> {
        let plugins = given.plugins.unwrap_or_else(|| Rc::new(NoPlugins));
        let mut keyring = Self { sources: Vec::new(), anchor: None, plugins, silent: false };
        if let Some(path) = given.flag {
            keyring.add(
                SourceName::Flag,
                &Origin::Flag(path.clone()),
                read_file(&Origin::Flag(path.clone()), &path)?,
            )?;
        }
        if let Some(key) = given.key {
            keyring.add(SourceName::Key, &Origin::Key, key)?;
        }
        if let Some(path) = given.key_file {
            let origin = Origin::KeyFile(path.clone());
            keyring.add(SourceName::KeyFile, &origin, read_file(&origin, &path)?)?;
        }
        keyring.sources.extend(given.command.map(|command| Box::new(command) as Box<dyn KeySource>));
        if let Some(config) = given.config {
            keyring.sources.push(Box::new(Stored::new(config.join("identities"))));
            keyring.sources.push(Box::new(InKeychain::new(Index::place(&config), given.keychain)));
        }
        keyring.sources.extend(given.ssh.map(|folder| Box::new(Ssh::new(folder)) as Box<dyn KeySource>));
        Ok(keyring)
    }

    /// A keyring of one key that is open already.
    pub fn of(key: MemberKey, plugins: Rc<dyn Plugins>) -> Self {
        let source = Named { name: SourceName::Key, candidates: vec![Candidate::open_already(key)] };
        Self { sources: vec![Box::new(source)], anchor: None, plugins, silent: false }
    }

    fn add(&mut self, name: SourceName, origin: &Origin, text: Secret) -> Result<(), UnlockError> {
        let (candidates, anchor) = parse(origin, text, &self.plugins)?;
        self.anchor = self.anchor.take().or(anchor);
        self.sources.push(Box::new(Named { name, candidates }));
        Ok(())
    }

    /// The anchor that came with a key.
    pub fn anchor(&self) -> Option<&Anchor> {
        self.anchor.as_ref()
    }

    /// Whether a command is to be asked that may bring an anchor.
    pub fn has_command(&self) -> bool {
        self.sources.iter().any(|source| source.name() == SourceName::Command)
    }

    /// Asks that command now, for its anchor.
    pub fn ask_command(&mut self) -> Result<(), UnlockError> {
        let Some(at) = self.sources.iter().position(|source| source.name() == SourceName::Command) else {
            return Ok(());
        };
        let candidates = self.sources.remove(at).candidates(&self.plugins)?;
        let anchor = candidates.iter().find_map(|candidate| candidate.anchor.clone());
        self.anchor = self.anchor.take().or(anchor);
        self.sources.insert(at, Box::new(Named { name: SourceName::Command, candidates }));
        Ok(())
    }

    /// Whether a key was named for this command, so that the user's own are only what else there is.
    pub fn is_named(&self) -> bool {
        self.sources.iter().any(|source| source.name().is_for_this_command())
    }

    /// The same without the user's own sources, which nobody named.
    pub fn only_named(mut self) -> Self {
        self.sources.retain(|source| source.name().is_for_this_command());
        self
    }

    /// The same, of which nothing is unlocked that asks somebody.
    #[must_use]
    pub fn silent(self) -> Self {
        Self { silent: true, ..self }
    }

    /// The way to the programs of plugins.
    pub fn plugins(&self) -> Rc<dyn Plugins> {
        self.plugins.clone()
    }

    /// Every source with what it holds, nothing unlocked.
    pub fn survey(self) -> Vec<(SourceName, Result<Vec<Candidate>, UnlockError>)> {
        let candidates = |source: Box<dyn KeySource>| (source.name(), source.candidates(&self.plugins));
        self.sources.into_iter().map(candidates).collect()
    }

    /// Every key there is, nothing unlocked.
    pub fn all(self) -> Result<Vec<Candidate>, UnlockError> {
        let mut all = Vec::new();
        for (_, candidates) in self.survey() {
            all.extend(candidates?);
        }
        Ok(all)
    }

    /// The first key whose public half is wanted; one that asks somebody only if none is there that does not, unless it was
    /// named for this command. Else what was found and not wanted, or could not be had.
    pub fn find(
        self,
        wanted: impl Fn(&Recipient) -> bool,
    ) -> Result<Result<Candidate, Vec<Seen>>, UnlockError> {
        let silent = self.silent;
        let heard = |candidate: Candidate| match candidate.guard().filter(|_| silent && candidate.asks() > 0)
        {
            Some(guard) => Err(UnlockError::WouldAsk { origin: candidate.origin, guard }),
            None => Ok(candidate),
        };
        let (mut passed, mut asking) = (Vec::new(), Vec::new());
        for source in self.sources {
            let named = source.name().is_for_this_command();
            for candidate in source.candidates(&self.plugins)? {
                match candidate.fetched(&wanted) {
                    Ok(candidate) if named || candidate.asks() == 0 => return heard(candidate).map(Ok),
                    Ok(candidate) => asking.push(candidate),
                    Err(seen) => passed.push(*seen),
                }
            }
        }
        // The first of those that ask least.
        match asking.into_iter().min_by_key(Candidate::asks) {
            Some(candidate) => heard(candidate).map(Ok),
            None => Ok(Err(passed)),
        }
    }
}

impl Keyring {
    /// The first key that is wanted most, else the first that is wanted next, and so on; each as [`Keyring::find`] has it.
    pub fn find_best(self, wanted: &[&dyn Fn(&Recipient) -> bool]) -> Result<Option<Candidate>, UnlockError> {
        let (plugins, silent) = (self.plugins(), self.silent);
        let mut left = Vec::new();
        for (name, candidates) in self.survey() {
            left.push((name, candidates?));
        }
        for wanted in wanted {
            let mut sources: Vec<Box<dyn KeySource>> = Vec::new();
            for (name, candidates) in &mut left {
                let mine = candidates.extract_if(.., |candidate| wanted(candidate.recipient())).collect();
                sources.push(Box::new(Named { name: *name, candidates: mine }));
            }
            let keyring = Self { sources, anchor: None, plugins: plugins.clone(), silent };
            if let Ok(found) = keyring.find(|_| true)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// Takes an identity's file apart: plain, with an anchor behind each key if any, an SSH key, or under a passphrase.
fn parse(
    origin: &Origin,
    file: Secret,
    plugins: &Rc<dyn Plugins>,
) -> Result<(Vec<Candidate>, Option<Anchor>), UnlockError> {
    let refuse = |refusal| UnlockError::Source { origin: origin.clone(), refusal };
    if identity_file::is_ssh(&file) {
        let key = identity_file::parse_ssh(&file).map_err(refuse)?;
        return Ok((vec![Candidate::new(origin.clone(), Held::Ssh(Box::new(key)))], None));
    }
    if identity_file::is_protected(&file) {
        let held = identity_file::parse_protected(&file).map_err(refuse)?;
        return Ok((vec![Candidate::new(origin.clone(), Held::Protected(Box::new(held)))], None));
    }
    let (entries, anchor) = identity_file::parse(&file).map_err(refuse)?;
    let anchor = anchor.map(|text| Anchor::parse(&text)).transpose().map_err(refuse)?;
    let held = entries.into_iter().map(|entry| match entry {
        Entry::Native(identity) => Held::Open(Box::new(MemberKey::Native(identity))),
        Entry::Plugin(identity) => Held::Plugin(Box::new(PluginKey::new(identity, plugins.clone()))),
    });
    let mut candidates: Vec<Candidate> = held.map(|held| Candidate::new(origin.clone(), held)).collect();
    candidates.iter_mut().for_each(|candidate| candidate.anchor = anchor.clone());
    Ok((candidates, anchor))
}

/// The environment that a program of this room gets: the user's own, without the keys themselves.
pub type ChildEnv = Vec<(OsString, OsString)>;

#[cfg(test)]
mod tests;
