//! Where an identity comes from: the sources, tried in order, and the anchor that may come with a key.
//!
//! Only an identity whose public half is wanted is ever unlocked, so nobody is asked for a passphrase in vain.

mod source;

use std::{
    fmt,
    path::{Path, PathBuf},
};

use crate::kernel::{
    format::protected,
    model::Anchor,
    refusal::Refusal,
    seal::{Identity, Passphrase, Protected, Recipient},
    secret::Secret,
};

pub use source::{KeySource, Stored, Variable, from_file};

/// Why no identity came out of a source.
#[derive(Debug, thiserror::Error)]
pub enum UnlockError {
    /// A source holds something that is no identity, or no anchor.
    #[error("{origin}: {refusal}")]
    Source {
        /// Where it came from.
        origin: Origin,
        /// What is wrong with it.
        refusal: Refusal,
    },
    /// An identity's file cannot be read.
    #[error("{origin} cannot be read: {reason}")]
    Read {
        /// Which file.
        origin: Origin,
        /// Why, in one clause.
        reason: String,
    },
    /// Others may read an identity's file.
    #[error("others can read {origin} (mode {mode:03o})")]
    Readable {
        /// Which file.
        origin: Origin,
        /// Its permission bits.
        mode: u32,
    },
    /// A passphrase is needed, and nobody can be asked.
    #[error("{origin} is under a passphrase, and there is no terminal to ask for it")]
    NobodyToAsk {
        /// Which identity.
        origin: Origin,
    },
    /// The person asked for the passphrase did not give one.
    #[error("no passphrase was given for {origin}")]
    NotGiven {
        /// Which identity.
        origin: Origin,
    },
}

/// Where an identity came from, as people know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `--identity FILE`.
    Flag(PathBuf),
    /// `CVAULT_KEY`.
    Key,
    /// `CVAULT_KEY_FILE`.
    KeyFile(PathBuf),
    /// A file in the user's configuration folder.
    Stored(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(path) | Self::Stored(path) => write!(f, "`{}`", path.display()),
            Self::Key => f.write_str("`CVAULT_KEY`"),
            Self::KeyFile(path) => write!(f, "`{}` (from `CVAULT_KEY_FILE`)", path.display()),
        }
    }
}

/// Why a prompt gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unasked {
    /// There is no terminal.
    NoTerminal,
    /// It was left empty or broken off.
    NotGiven,
}

/// The port for prompts, which the command line joins to the terminal.
pub trait Ask {
    /// Asks for the passphrase of an identity, hidden.
    fn passphrase(&self, origin: &Origin) -> Result<Passphrase, Unasked>;
}

/// An identity that a source has, perhaps still under a passphrase.
pub struct Candidate {
    /// Where it is.
    pub origin: Origin,
    sealed: Held,
}

enum Held {
    Plain(Box<Identity>),
    Protected(Box<Protected>),
}

impl Candidate {
    fn plain(origin: Origin, identity: Identity) -> Self {
        Self { origin, sealed: Held::Plain(Box::new(identity)) }
    }

    /// The public half, known without any passphrase.
    pub fn recipient(&self) -> &Recipient {
        match &self.sealed {
            Held::Plain(identity) => identity.recipient(),
            Held::Protected(protected) => &protected.recipient,
        }
    }

    /// Whether a passphrase stands before it.
    pub fn is_protected(&self) -> bool {
        matches!(self.sealed, Held::Protected(_))
    }

    /// The identity, after the passphrase where there is one.
    pub fn open(self, ask: &dyn Ask) -> Result<Identity, UnlockError> {
        let protected = match self.sealed {
            Held::Plain(identity) => return Ok(*identity),
            Held::Protected(protected) => protected,
        };
        let origin = self.origin;
        let passphrase = ask.passphrase(&origin).map_err(|why| match why {
            Unasked::NoTerminal => UnlockError::NobodyToAsk { origin: origin.clone() },
            Unasked::NotGiven => UnlockError::NotGiven { origin: origin.clone() },
        })?;
        protected.open(&passphrase).map_err(|refusal| UnlockError::Source { origin, refusal })
    }
}

/// Every source that this command may use, and the anchor that one of them carries.
pub struct Keyring {
    sources: Vec<Box<dyn KeySource>>,
    anchor: Option<Anchor>,
}

/// What the keyring is made of, in the order in which it is asked.
#[derive(Default)]
pub struct Given<'a> {
    /// `--identity`.
    pub flag: Option<&'a Path>,
    /// `CVAULT_KEY`.
    pub key: Option<Secret>,
    /// `CVAULT_KEY_FILE`.
    pub key_file: Option<&'a Path>,
    /// The folder of the user's own identities.
    pub folder: Option<PathBuf>,
}

impl Keyring {
    /// Puts the sources in order. Those that were named for this command are read now, the user's own only when asked.
    pub fn gather(given: Given<'_>) -> Result<Self, UnlockError> {
        let mut keyring = Self { sources: Vec::new(), anchor: None };
        if let Some(path) = given.flag {
            keyring.add(from_file(Origin::Flag(path.to_owned()), path)?);
        }
        if let Some(key) = given.key {
            keyring.add(Variable::parse(Origin::Key, &key)?);
        }
        if let Some(path) = given.key_file {
            keyring.add(from_file(Origin::KeyFile(path.to_owned()), path)?);
        }
        if let Some(folder) = given.folder {
            keyring.sources.push(Box::new(Stored::new(folder)));
        }
        Ok(keyring)
    }

    /// A keyring of one identity that is at hand.
    pub fn of(identity: &Identity) -> Self {
        let source = Variable::parse(Origin::Key, &identity.reveal()).expect("an identity parses again");
        Self { sources: vec![Box::new(source)], anchor: None }
    }

    fn add(&mut self, source: Variable) {
        self.anchor = self.anchor.take().or_else(|| source.anchor.clone());
        self.sources.push(Box::new(source));
    }

    /// The anchor that came with a key.
    pub fn anchor(&self) -> Option<&Anchor> {
        self.anchor.as_ref()
    }

    /// Every identity there is, nothing unlocked.
    pub fn all(self) -> Result<Vec<Candidate>, UnlockError> {
        let mut all = Vec::new();
        for source in self.sources {
            all.extend(source.candidates()?);
        }
        Ok(all)
    }

    /// The first identity whose public half is wanted; else what was found and not wanted.
    pub fn find(
        self,
        wanted: impl Fn(&Recipient) -> bool,
    ) -> Result<Result<Candidate, Vec<Seen>>, UnlockError> {
        let mut passed = Vec::new();
        for source in self.sources {
            for candidate in source.candidates()? {
                if wanted(candidate.recipient()) {
                    return Ok(Ok(candidate));
                }
                passed.push(Seen {
                    origin: candidate.origin.clone(),
                    recipient: candidate.recipient().clone(),
                });
            }
        }
        Ok(Err(passed))
    }
}

/// An identity that was found and could not open what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Where it is.
    pub origin: Origin,
    /// Its public half.
    pub recipient: Recipient,
}

/// Takes an identity's file apart: plain, with an anchor behind each key if any, or under a passphrase.
fn parse_file(origin: &Origin, file: &Secret) -> Result<(Vec<Candidate>, Option<Anchor>), UnlockError> {
    let refuse = |refusal| UnlockError::Source { origin: origin.clone(), refusal };
    if protected::is_protected(file) {
        let held = protected::parse(file).map_err(refuse)?;
        let candidate = Candidate { origin: origin.clone(), sealed: Held::Protected(Box::new(held)) };
        return Ok((vec![candidate], None));
    }
    let (identities, anchor) = Identity::parse_file(file).map_err(refuse)?;
    let anchor = anchor.map(|text| Anchor::parse(&text)).transpose().map_err(refuse)?;
    let candidates = identities.into_iter().map(|identity| Candidate::plain(origin.clone(), identity));
    Ok((candidates.collect(), anchor))
}

#[cfg(test)]
mod tests;
