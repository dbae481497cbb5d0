//! What a member holds: a native identity, an SSH key, or an identity of a plugin. Each unwraps; most sign.

use super::{Identity, PluginKey, Recipient, SigningKey, SshKey};
use crate::kernel::refusal::Refusal;

/// Something that unwraps what was wrapped to its recipient.
pub trait Unwraps {
    /// The public half.
    fn recipient(&self) -> &Recipient;

    /// As age sees it.
    fn age(&self) -> &dyn age::Identity;
}

/// A member's key, open.
pub enum MemberKey {
    /// One string that unwraps and signs.
    Native(Identity),
    /// An SSH private key.
    Ssh(SshKey),
    /// What a plugin holds.
    Plugin(PluginKey),
}

impl MemberKey {
    /// The private half that signs; none for one that may only read.
    pub fn signing_key(&self) -> Result<Option<SigningKey>, Refusal> {
        match self {
            Self::Native(identity) => Ok(Some(identity.signing_key())),
            Self::Ssh(key) => Ok(key.signing_key()),
            Self::Plugin(key) => key.signing_key(),
        }
    }

    fn unwraps(&self) -> &dyn Unwraps {
        match self {
            Self::Native(identity) => identity,
            Self::Ssh(key) => key,
            Self::Plugin(key) => key,
        }
    }
}

impl Unwraps for MemberKey {
    fn recipient(&self) -> &Recipient {
        self.unwraps().recipient()
    }

    fn age(&self) -> &dyn age::Identity {
        self.unwraps().age()
    }
}
