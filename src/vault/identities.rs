//! The user's own identities: kept in files or in the system's keychain, protected, moved and forgotten. Each has a name, which
//! is one whatever the place.

use std::{
    path::{Path, PathBuf},
    rc::Rc,
};

use crate::{
    kernel::{
        format::identity_file::{self, Entry},
        seal::{Identity, Passphrase, PluginIdentity, Plugins, Protected, PublicKey, Recipient},
        secret::Secret,
        time::Timestamp,
    },
    store::{StoreError, update_private, write_private},
    unlock::{
        Candidate, Given, Index, Kept, Keychain, KeychainFault, Keyring, Origin, SourceName, UnlockError,
    },
};

use super::{VaultError, open::nearest};

/// Where an identity is to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// In the keychain where one answers, else in a file.
    Best,
    /// In the keychain.
    Keychain,
    /// In a file.
    File,
}

/// One of the user's own identities.
pub struct Own {
    /// Its name.
    pub name: String,
    /// The identity, perhaps behind something.
    pub candidate: Candidate,
}

/// An identity that is to be taken in.
pub struct Import<'a> {
    /// The file's text.
    pub text: Secret,
    /// Its name from now on.
    pub name: &'a str,
    /// Where a native one is kept.
    pub keeping: Keeping,
}

/// One that was taken in.
pub struct Imported {
    /// Where it is now.
    pub origin: Origin,
    /// Its public half.
    pub recipient: Recipient,
    /// What it signs with, unless a passphrase stands before that.
    pub signs: Option<PublicKey>,
}

/// All of them.
pub struct Identities<'a> {
    /// The user's folder of configuration.
    pub config: &'a Path,
    /// The way to the keychain.
    pub keychain: &'a Keychain,
    /// When, for the files' comments.
    pub now: Timestamp,
}

impl Identities<'_> {
    /// Every identity, by name, nothing unlocked.
    pub fn list(&self) -> Result<Vec<Own>, VaultError> {
        let given = Given {
            config: Some(self.config.to_owned()),
            keychain: self.keychain.clone(),
            ..Given::default()
        };
        let mut all = Vec::new();
        for (source, found) in Keyring::gather(given)?.survey() {
            debug_assert!(matches!(source, SourceName::Files | SourceName::Keychain));
            all.extend(
                found?.into_iter().map(|candidate| Own { name: name_of(&candidate.origin), candidate }),
            );
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    /// Every identity of one name; a file may hold several.
    pub fn named(&self, name: &str) -> Result<Vec<Own>, VaultError> {
        let (found, others): (Vec<Own>, Vec<Own>) =
            self.list()?.into_iter().partition(|own| own.name == name);
        if found.is_empty() {
            let names = others.iter().map(|own| (own.name.as_str(), &own.name));
            let nearest = nearest(name, names).cloned();
            return Err(VaultError::NoIdentity { name: name.to_owned(), nearest });
        }
        Ok(found)
    }

    /// Refuses a name that is taken.
    pub fn check_free(&self, name: &str) -> Result<(), VaultError> {
        let taken = |origin: Origin| Err(VaultError::IdentityExists { name: name.to_owned(), origin });
        if Index::read(&Index::place(self.config))?.0.contains_key(name) {
            return taken(Origin::Keychain(name.to_owned()));
        }
        let path = self.file(name);
        if path.symlink_metadata().is_ok() { taken(Origin::Stored(path)) } else { Ok(()) }
    }

    /// Keeps a native identity under a new name. That the keychain could not take it is told by where it is.
    pub fn keep(&self, name: &str, identity: &Identity, keeping: Keeping) -> Result<Origin, VaultError> {
        self.check_free(name)?;
        let in_file = || self.write(name, &identity.file(self.now.as_str()));
        if keeping == Keeping::File {
            return in_file();
        }
        match self.keep_in_keychain(name, identity) {
            Err(VaultError::Unlock(UnlockError::Keychain(_))) if keeping == Keeping::Best => in_file(),
            other => other,
        }
    }

    /// Keeps a native identity under a passphrase, in a file.
    pub fn keep_protected(
        &self,
        name: &str,
        identity: &Identity,
        passphrase: &Passphrase,
    ) -> Result<Origin, VaultError> {
        self.check_free(name)?;
        self.write(name, protected(identity, passphrase).as_bytes())
    }

    /// Keeps a plugin's identity, in a file.
    pub fn keep_plugin(&self, name: &str, identity: &PluginIdentity) -> Result<Origin, VaultError> {
        self.check_free(name)?;
        let file = identity_file::print_plugin(identity, self.now.as_str());
        self.write(name, file.as_bytes())
    }

    /// Takes in what a file holds: one identity, of age's own, under a passphrase, or a plugin's. A plugin's that signs nothing
    /// yet is given a seed, which `plugins` wraps to it.
    pub fn import(
        &self,
        import: Import<'_>,
        plugins: impl FnOnce(&str) -> Rc<dyn Plugins>,
    ) -> Result<Imported, VaultError> {
        let Import { text, name, keeping } = import;
        if identity_file::is_ssh(&text) {
            return Err(VaultError::SshImport);
        }
        if identity_file::is_protected(&text) {
            self.check_free(name)?;
            let protected = identity_file::parse_protected(&text)?;
            let origin = self.write(name, identity_file::print_protected(&protected).as_bytes())?;
            return Ok(Imported { origin, recipient: protected.recipient, signs: None });
        }
        let (mut entries, _) = identity_file::parse(&text)?;
        let (Some(entry), true) = (entries.pop(), entries.is_empty()) else {
            return Err(VaultError::SeveralIdentities);
        };
        match entry {
            Entry::Native(identity) => Ok(Imported {
                origin: self.keep(name, &identity, keeping)?,
                recipient: identity.recipient().clone(),
                signs: Some(identity.signing_key().public()),
            }),
            Entry::Plugin(identity) => {
                self.check_free(name)?;
                let plugins = plugins(&identity.plugin);
                let (identity, signs) = identity.with_signing_key(plugins)?;
                let recipient = identity.recipient.clone();
                Ok(Imported { origin: self.keep_plugin(name, &identity)?, recipient, signs: Some(signs) })
            }
        }
    }

    /// Puts one that is kept under a passphrase, or another one: first the new place, then the old one goes.
    pub fn protect(
        &self,
        own: &Origin,
        name: &str,
        identity: &Identity,
        passphrase: &Passphrase,
    ) -> Result<Origin, VaultError> {
        self.replace(own, name, identity, protected(identity, passphrase).as_bytes())
    }

    /// Takes the passphrase off one that is kept.
    pub fn unprotect(&self, own: &Origin, name: &str, identity: &Identity) -> Result<Origin, VaultError> {
        self.replace(own, name, identity, &identity.file(self.now.as_str()))
    }

    /// Moves one that is kept in a file into the keychain.
    pub fn move_to_keychain(
        &self,
        own: &Origin,
        name: &str,
        identity: &Identity,
    ) -> Result<Origin, VaultError> {
        if matches!(own, Origin::Keychain(_)) {
            return Ok(own.clone());
        }
        let origin = self.keep_in_keychain(name, identity)?;
        self.remove_file(name)?;
        Ok(origin)
    }

    /// Forgets everything under one name.
    pub fn forget(&self, own: &Own) -> Result<(), VaultError> {
        match &own.candidate.origin {
            Origin::Keychain(name) => self.forget_in_keychain(name, own.candidate.recipient()),
            _ => self.remove_file(&own.name),
        }
    }

    fn replace(
        &self,
        own: &Origin,
        name: &str,
        identity: &Identity,
        file: &[u8],
    ) -> Result<Origin, VaultError> {
        let path = self.file(name);
        update_private::<VaultError>(&path, |_| Ok(Some(file.to_vec())))?;
        if let Origin::Keychain(name) = own {
            self.forget_in_keychain(name, identity.recipient())?;
        }
        Ok(Origin::Stored(path))
    }

    /// The key first: one that the index does not know harms nobody, and an index without its key would.
    fn keep_in_keychain(&self, name: &str, identity: &Identity) -> Result<Origin, VaultError> {
        let recipient = identity.recipient().clone();
        self.keychain.keep(&recipient, identity.reveal())?;
        let kept = Kept { recipient, signs: identity.signing_key().public() };
        self.index(|index| match index.0.contains_key(name) {
            true => Err(VaultError::IdentityExists {
                name: name.to_owned(),
                origin: Origin::Keychain(name.to_owned()),
            }),
            false => {
                index.0.insert(name.to_owned(), kept);
                Ok(())
            }
        })?;
        Ok(Origin::Keychain(name.to_owned()))
    }

    fn forget_in_keychain(&self, name: &str, recipient: &Recipient) -> Result<(), VaultError> {
        match self.keychain.forget(recipient) {
            Ok(()) | Err(KeychainFault::Gone) => {}
            Err(fault) => return Err(fault.into()),
        }
        self.index(|index| {
            index.0.remove(name);
            Ok(())
        })
    }

    fn index(&self, change: impl FnOnce(&mut Index) -> Result<(), VaultError>) -> Result<(), VaultError> {
        let path = Index::place(self.config);
        update_private(&path, |_| {
            let mut index = Index::read(&path)?;
            change(&mut index)?;
            Ok((!index.0.is_empty()).then(|| index.print().into_bytes()))
        })
    }

    fn write(&self, name: &str, file: &[u8]) -> Result<Origin, VaultError> {
        let path = self.file(name);
        write_private(&path, file).map_err(|error| match error {
            // Another command has made it meanwhile.
            StoreError::Exists { path } => {
                VaultError::IdentityExists { name: name.to_owned(), origin: Origin::Stored(path) }
            }
            other => other.into(),
        })?;
        Ok(Origin::Stored(path))
    }

    fn remove_file(&self, name: &str) -> Result<(), VaultError> {
        update_private(&self.file(name), |_| Ok(None))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.config.join("identities").join(format!("{name}.txt"))
    }
}

/// The names of a user's own identities, as far as they can be told without reading one.
pub fn own_names(config: &Path) -> Vec<String> {
    let files = std::fs::read_dir(config.join("identities")).into_iter().flatten().flatten();
    let named = files.filter_map(|file| Some(file.file_name().to_str()?.strip_suffix(".txt")?.to_owned()));
    let kept = Index::read(&Index::place(config)).unwrap_or_default().0;
    let mut names: Vec<String> = named.chain(kept.into_keys()).collect();
    names.sort();
    names
}

fn protected(identity: &Identity, passphrase: &Passphrase) -> String {
    identity_file::print_protected(&Protected::seal(identity, passphrase))
}

fn name_of(origin: &Origin) -> String {
    match origin {
        Origin::Keychain(name) => name.clone(),
        Origin::Stored(path) => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        other => other.to_string(),
    }
}

/// Writes an identity to a new file that the user named, as it is or under a passphrase.
pub fn write_identity(
    path: &Path,
    identity: &Identity,
    passphrase: Option<&Passphrase>,
    now: Timestamp,
) -> Result<(), VaultError> {
    match passphrase {
        Some(passphrase) => write_private(path, protected(identity, passphrase).as_bytes())?,
        None => write_private(path, &identity.file(now.as_str()))?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Identities, Keeping};
    use crate::{
        kernel::{
            seal::{Identity, Passphrase},
            secret::Secret,
            time::Timestamp,
        },
        unlock::Keychain,
        vault::VaultError,
    };

    fn with<T>(act: impl FnOnce(&Identities<'_>) -> T) -> T {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp::parse("2026-11-22T10:00:00Z").unwrap();
        act(&Identities { config: folder.path(), keychain: &Keychain::here(false), now })
    }

    #[test]
    fn identity_is_kept_in_a_file_where_there_is_no_keychain() {
        with(|identities| {
            let made = Identity::generate();
            identities.keep("laptop", &made, Keeping::Best).unwrap();
            let [own] = &identities.list().unwrap()[..] else { panic!("there is one") };
            assert_eq!((own.name.as_str(), own.candidate.recipient()), ("laptop", made.recipient()));
            let again = identities.keep("laptop", &Identity::generate(), Keeping::Best);
            assert!(matches!(again, Err(VaultError::IdentityExists { .. })));
        });
    }

    #[test]
    fn forgotten_identity_is_gone_and_another_stays() {
        with(|identities| {
            identities.keep("a", &Identity::generate(), Keeping::File).unwrap();
            identities.keep("b", &Identity::generate(), Keeping::File).unwrap();
            identities.forget(&identities.named("a").unwrap()[0]).unwrap();
            let left: Vec<String> = identities.list().unwrap().into_iter().map(|own| own.name).collect();
            assert_eq!(left, ["b"]);
            let missing = identities.named("c").err().map(|error| error.to_string());
            assert_eq!(missing.as_deref(), Some("you have no identity `c`"));
        });
    }

    #[test]
    fn protected_identity_has_lost_its_plain_file() {
        with(|identities| {
            let made = Identity::generate();
            let place = identities.keep("a", &made, Keeping::File).unwrap();
            let passphrase = Passphrase::new(Secret::new(b"right".to_vec()));
            identities.protect(&place, "a", &made, &passphrase).unwrap();
            let own = identities.named("a").unwrap().remove(0);
            assert_eq!(own.candidate.guard().as_deref(), Some("under a passphrase"));
            let file = std::fs::read(identities.file("a")).unwrap();
            assert!(!file.windows(15).any(|window| window == b"AGE-SECRET-KEY-"));
        });
    }
}
