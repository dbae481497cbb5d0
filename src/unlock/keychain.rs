//! The system's keychain: identities lie in it under their recipients, and the user's `identities.toml` tells which there
//! are, so that it is asked only for one that is wanted.

#[cfg(target_os = "linux")]
use std::collections::HashMap;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

#[cfg(target_os = "linux")]
use dbus_secret_service::{EncryptionType, SecretService};
use keyring::Entry;
use serde::{Deserialize, Serialize};

use super::UnlockError;
use crate::kernel::{
    seal::{PublicKey, Recipient},
    secret::Secret,
};

const SERVICE: &str = "cargo-vault";
/// How long it may take to answer. A keychain that is locked asks its user in a window of its own, and a command that cannot
/// know whether anybody sees that window does not wait for it.
const PATIENCE: Duration = Duration::from_secs(2);
/// The most that `identities.toml` may hold.
const INDEX: u64 = 256 * 1024;

/// Why the keychain did not do its part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeychainFault {
    /// There is none to be reached from here.
    #[error("there is no system keychain here")]
    None,
    /// It took longer than two seconds.
    #[error("the system keychain did not answer within 2 s")]
    Silent,
    /// It would ask its user, and nobody may be asked now.
    #[error("the system keychain would ask before it gives the key")]
    WouldAsk,
    /// It has nothing under this recipient.
    #[error("the system keychain has no such key")]
    Gone,
    /// It answered, and not with what was asked for.
    #[error("the system keychain does not give it: {what}")]
    Said {
        /// Its own words.
        what: String,
    },
}

/// The way to the keychain, where there is one.
#[derive(Clone, Debug, Default)]
pub struct Keychain {
    here: bool,
    /// Whether it may have its user asked.
    silent: bool,
}

impl Keychain {
    /// On Linux it is reached by the session's bus, of which the address or the socket tells; elsewhere it is there. Without
    /// a bus, the bus's library would start one.
    pub fn here(bus: bool) -> Self {
        Self { here: bus || cfg!(target_os = "macos"), silent: false }
    }

    /// The same, which has its user asked nothing.
    #[must_use]
    pub fn silent(self) -> Self {
        Self { silent: true, ..self }
    }

    /// Whether there may be one.
    pub fn is_here(&self) -> bool {
        self.here
    }

    /// Whether it answers, without having it show anything: it is asked for what it cannot have.
    pub fn answers(&self) -> Result<(), KeychainFault> {
        match self.asked("nobody", |entry| entry.get_secret().map(Secret::new)) {
            Ok(_) | Err(KeychainFault::Gone) => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    /// Takes an identity's characters out.
    pub fn fetch(&self, recipient: &Recipient) -> Result<Secret, KeychainFault> {
        self.asked(recipient.as_str(), |entry| entry.get_secret().map(Secret::new))
    }

    /// Puts an identity's characters in.
    pub fn keep(&self, recipient: &Recipient, text: Secret) -> Result<(), KeychainFault> {
        self.asked(recipient.as_str(), move |entry| entry.set_secret(text.expose()))
    }

    /// Takes an identity away.
    pub fn forget(&self, recipient: &Recipient) -> Result<(), KeychainFault> {
        self.asked(recipient.as_str(), |entry| entry.delete_credential())
    }

    /// In a thread that is left behind if it gets no answer: a call to a bus cannot be broken off.
    fn asked<T: Send + 'static>(
        &self,
        user: &str,
        ask: impl FnOnce(&Entry) -> keyring::Result<T> + Send + 'static,
    ) -> Result<T, KeychainFault> {
        if !self.here {
            return Err(KeychainFault::None);
        }
        let (tell, told) = mpsc::channel();
        let (user, silent) = (user.to_owned(), self.silent);
        thread::spawn(move || {
            let answer = || {
                if silent && would_ask(&user) {
                    return Err(KeychainFault::WouldAsk);
                }
                Ok(Entry::new(SERVICE, &user).and_then(|entry| ask(&entry))?)
            };
            // Nobody may be waiting any more.
            let _ = tell.send(answer());
        });
        told.recv_timeout(PATIENCE).unwrap_or(Err(KeychainFault::Silent))
    }
}

impl From<keyring::Error> for KeychainFault {
    fn from(error: keyring::Error) -> Self {
        match error {
            keyring::Error::NoEntry => Self::Gone,
            keyring::Error::NoStorageAccess(_) => Self::None,
            error => Self::Said { what: error.to_string() },
        }
    }
}

/// Whether the keychain would open a window before it gives what it has for a user. Only an item that lies open is sure not to;
/// where there is none, or nobody can tell, asking for it opens none.
#[cfg(target_os = "linux")]
fn would_ask(user: &str) -> bool {
    let attributes = HashMap::from([("service", SERVICE), ("username", user)]);
    // Without a cipher, since no value is asked for.
    let Ok(keychain) = SecretService::connect(EncryptionType::Plain) else { return false };
    keychain.search_items(attributes).is_ok_and(|found| found.unlocked.is_empty() && !found.locked.is_empty())
}

/// Whether it would, which elsewhere nobody can tell beforehand.
#[cfg(not(target_os = "linux"))]
fn would_ask(_: &str) -> bool {
    true
}

/// One identity that lies in the keychain: its public halves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What others encrypt to.
    pub recipient: Recipient,
    /// What it signs with.
    pub signs: PublicKey,
}

/// Which identities lie in the keychain, by name: the user's `identities.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index(pub BTreeMap<String, Kept>);

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Line {
    recipient: String,
    signs: String,
}

impl Index {
    /// Whether an identity may have this name, which becomes the name of a file too: 1 to 64 letters, digits, `-` and `_`.
    pub fn is_name(text: &str) -> bool {
        let sound = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
        (1..=64).contains(&text.len()) && text.bytes().all(sound)
    }

    /// Where it lies.
    pub fn place(config: &Path) -> PathBuf {
        config.join("identities.toml")
    }

    /// Reads it; none is the same as an empty one.
    pub fn read(path: &Path) -> Result<Self, UnlockError> {
        let bad = |what: String| UnlockError::Index { path: path.to_owned(), what };
        match std::fs::metadata(path) {
            Err(_) => return Ok(Self::default()),
            Ok(about) if !about.is_file() => return Err(bad("it is no plain file".to_owned())),
            Ok(about) if about.len() > INDEX => return Err(bad("it is over 256 KiB".to_owned())),
            Ok(_) => {}
        }
        let text = std::fs::read_to_string(path).map_err(|e| bad(e.to_string()))?;
        let lines: BTreeMap<String, Line> = toml::from_str(&text).map_err(|e| bad(e.message().to_owned()))?;
        if lines.keys().any(|name| !Self::is_name(name)) {
            return Err(bad("a name in it is none".to_owned()));
        }
        let kept = |(name, line): (String, Line)| {
            let recipient = Recipient::parse(&line.recipient)?;
            Some((name, Kept { recipient, signs: PublicKey::parse(&line.signs)? }))
        };
        let all: Option<_> = lines.into_iter().map(kept).collect();
        all.map(Self).ok_or_else(|| bad("a key in it is none".to_owned()))
    }

    /// Prints it.
    pub fn print(&self) -> String {
        let head = "# Which identities lie in the system keychain: their public halves.\n";
        let lines = self.0.iter().map(|(name, Kept { recipient, signs })| {
            format!("\n[{name}]\nrecipient = \"{recipient}\"\nsigns = \"{}\"\n", signs.text())
        });
        std::iter::once(head.to_owned()).chain(lines).collect()
    }
}
