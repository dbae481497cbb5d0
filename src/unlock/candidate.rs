//! A key that a source has, its public half known, perhaps still behind a passphrase, a keychain or a plugin.

use super::{Ask, Keychain, Origin, Unasked, UnlockError};
use crate::kernel::{
    model::Anchor,
    refusal::Refusal,
    seal::{Identity, MemberKey, Passphrase, PluginKey, Protected, PublicKey, Recipient, SshFile, Unwraps},
    secret::Secret,
};

/// A key that a source has.
pub struct Candidate {
    /// Where it is.
    pub origin: Origin,
    /// The anchor that came with it.
    pub anchor: Option<Anchor>,
    held: Held,
}

/// How it is held.
pub(super) enum Held {
    Open(Box<MemberKey>),
    Protected(Box<Protected>),
    Ssh(Box<SshFile>),
    Plugin(Box<PluginKey>),
    Keychain {
        recipient: Recipient,
        signs: Option<PublicKey>,
        keychain: Keychain,
    },
    /// Found, and not to be used.
    Refused {
        recipient: Recipient,
        why: UnlockError,
    },
}

/// A key that was found and could not open what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Where it is.
    pub origin: Origin,
    /// Its public half.
    pub recipient: Recipient,
    /// Why it could not be had, if it would have been the one.
    pub trouble: Option<String>,
}

impl Candidate {
    pub(super) fn new(origin: Origin, held: Held) -> Self {
        Self { origin, anchor: None, held }
    }

    /// One that is open already.
    pub(super) fn open_already(key: MemberKey) -> Self {
        Self::new(Origin::Key, Held::Open(Box::new(key)))
    }

    /// The public half, known without any passphrase.
    pub fn recipient(&self) -> &Recipient {
        match &self.held {
            Held::Open(key) => key.recipient(),
            Held::Protected(protected) => &protected.recipient,
            Held::Ssh(key) => key.recipient(),
            Held::Plugin(key) => key.recipient(),
            Held::Keychain { recipient, .. } | Held::Refused { recipient, .. } => recipient,
        }
    }

    /// The public key that it signs with, where that is known without asking anybody.
    pub fn signs(&self) -> Option<PublicKey> {
        match &self.held {
            Held::Open(key) => key.signing_key().ok().flatten().map(|key| key.public()),
            Held::Ssh(key) => PublicKey::parse(key.recipient().as_str()),
            Held::Keychain { signs, .. } => *signs,
            Held::Protected(_) | Held::Plugin(_) | Held::Refused { .. } => None,
        }
    }

    /// What stands before it, in a word or two; nothing where it lies open.
    pub fn guard(&self) -> Option<String> {
        match &self.held {
            Held::Open(_) | Held::Keychain { .. } => None,
            Held::Ssh(key) => key.is_locked().then(|| "under a passphrase".to_owned()),
            Held::Protected(_) => Some("under a passphrase".to_owned()),
            Held::Plugin(key) => Some(format!("opened by age-plugin-{}", key.plugin())),
            Held::Refused { why, .. } => Some(why.to_string()),
        }
    }

    /// How much a person is asked for it: 0 for nothing, then a passphrase, then what a plugin asks.
    pub(super) fn asks(&self) -> u8 {
        match &self.held {
            Held::Open(_) | Held::Keychain { .. } | Held::Refused { .. } => 0,
            Held::Ssh(key) => u8::from(key.is_locked()),
            Held::Protected(_) => 1,
            Held::Plugin(_) => 2,
        }
    }

    /// The candidate if it is wanted, brought here if it lies in the keychain.
    pub(super) fn fetched(self, wanted: impl Fn(&Recipient) -> bool) -> Result<Self, Box<Seen>> {
        if !wanted(self.recipient()) {
            return Err(Box::new(self.seen()));
        }
        let Held::Keychain { recipient, keychain, .. } = self.held else { return Ok(self) };
        let fetched = keychain.fetch(&recipient).map_err(UnlockError::from).and_then(|text| {
            let refuse = |refusal| UnlockError::Source { origin: self.origin.clone(), refusal };
            native(&text).map_err(refuse)
        });
        match fetched {
            Ok(identity) if *identity.recipient() == recipient => {
                Ok(Self { held: Held::Open(Box::new(MemberKey::Native(identity))), ..self })
            }
            other => {
                let why =
                    other.err().map_or("the keychain has another key there".to_owned(), |e| e.to_string());
                Err(Box::new(Seen { origin: self.origin, recipient, trouble: Some(why) }))
            }
        }
    }

    /// The key, after whatever stands before it.
    pub fn open(self, ask: &dyn Ask) -> Result<MemberKey, UnlockError> {
        let origin = self.origin.clone();
        let refuse = |refusal| UnlockError::Source { origin: origin.clone(), refusal };
        match self.held {
            Held::Open(key) => Ok(*key),
            Held::Protected(protected) => {
                let passphrase = asked(ask, &origin)?;
                protected.open(&passphrase).map(MemberKey::Native).map_err(refuse)
            }
            Held::Ssh(key) => {
                let passphrase = if key.is_locked() { Some(asked(ask, &origin)?) } else { None };
                key.open(passphrase.as_ref()).map(MemberKey::Ssh).map_err(refuse)
            }
            Held::Plugin(key) => Ok(MemberKey::Plugin(*key)),
            Held::Keychain { recipient, keychain, .. } => {
                let text = keychain.fetch(&recipient)?;
                native(&text).map(MemberKey::Native).map_err(refuse)
            }
            Held::Refused { why, .. } => Err(why),
        }
    }

    fn seen(self) -> Seen {
        Seen { recipient: self.recipient().clone(), origin: self.origin, trouble: None }
    }
}

/// The one native identity that the keychain gives.
fn native(text: &Secret) -> Result<Identity, Refusal> {
    let (mut identities, _) = Identity::parse_file(text)?;
    identities.pop().filter(|_| identities.is_empty()).ok_or(Refusal::Identity)
}

fn asked(ask: &dyn Ask, origin: &Origin) -> Result<Passphrase, UnlockError> {
    let origin = origin.clone();
    ask.passphrase(&origin).map_err(|why| match why {
        Unasked::NoTerminal => UnlockError::NobodyToAsk { origin },
        Unasked::NotGiven => UnlockError::NotGiven { origin },
    })
}
