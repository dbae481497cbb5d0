//! An identity: what a member holds; one string that unlocks and signs (format.md §5).

use std::str::FromStr;

use age::secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::{Recipient, SigningKey};
use crate::kernel::{
    refusal::Refusal,
    secret::{Locked, Secret},
};

/// A native age identity, its characters in locked memory.
pub struct Identity {
    text: Locked,
    native: age::x25519::Identity,
    recipient: Recipient,
}

impl Identity {
    /// A new identity.
    pub fn generate() -> Self {
        Self::from_native(age::x25519::Identity::generate())
    }

    /// Parses `AGE-SECRET-KEY-1…`, white space around it left out.
    pub fn parse(text: &Secret) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(text.expose()).map_err(|_| Refusal::Identity)?.trim();
        age::x25519::Identity::from_str(text).map(Self::from_native).map_err(|_| Refusal::Identity)
    }

    /// The identities of a file as age writes it: one a line, comments and blank lines between. Behind a key may stand `#`
    /// and an anchor's text, of which the first is given too.
    pub fn parse_file(file: &Secret) -> Result<(Vec<Self>, Option<String>), Refusal> {
        let text = std::str::from_utf8(file.expose()).map_err(|_| Refusal::Identity)?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (mut identities, mut anchor) = (Vec::new(), None);
        for line in lines {
            let (key, behind) =
                line.split_once('#').map_or((line, None), |(key, behind)| (key, Some(behind)));
            identities.push(Self::parse(&Secret::new(key.into()))?);
            anchor = anchor.or(behind.map(str::to_owned));
        }
        if identities.is_empty() { Err(Refusal::Identity) } else { Ok((identities, anchor)) }
    }

    fn from_native(native: age::x25519::Identity) -> Self {
        let recipient = Recipient::of_native(&native);
        let printed = native.to_string();
        let text = printed.expose_secret().as_bytes();
        let text = Locked::filled(text.len(), |page| page.copy_from_slice(text));
        Self { text, native, recipient }
    }

    /// The public half that others encrypt to.
    pub fn recipient(&self) -> &Recipient {
        &self.recipient
    }

    /// The private half that signs.
    pub fn signing_key(&self) -> SigningKey {
        SigningKey::derive(self.text.bytes())
    }

    /// The identity's characters, to be stored or shown once.
    pub fn reveal(&self) -> Secret {
        Secret::new(self.text.bytes().to_vec())
    }

    /// The identity's file as age's own tools write it.
    pub fn file(&self, created: &str) -> Secret {
        let head = format!("# created: {created}\n# public key: {}\n", self.recipient);
        let mut file = Zeroizing::new(Vec::with_capacity(head.len() + self.text.bytes().len() + 1));
        file.extend_from_slice(head.as_bytes());
        file.extend_from_slice(self.text.bytes());
        file.push(b'\n');
        Secret::new(std::mem::take(&mut *file))
    }

    pub(super) fn characters(&self) -> &[u8] {
        self.text.bytes()
    }

    pub(super) fn native(&self) -> &age::x25519::Identity {
        &self.native
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity(of {})", self.recipient)
    }
}
