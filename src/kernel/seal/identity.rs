//! A native identity: one string that unwraps and signs (format.md §5).

use std::str::FromStr;

use age::secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::{Recipient, SigningKey, Unwraps};
use crate::kernel::{
    format::identity_file::{self, Entry},
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
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        age::x25519::Identity::from_str(text.trim()).map(Self::from_native).map_err(|_| Refusal::Identity)
    }

    /// The native identities of a file as age writes it, and the text of the first anchor that stands behind one.
    pub fn parse_file(file: &Secret) -> Result<(Vec<Self>, Option<String>), Refusal> {
        let (entries, anchor) = identity_file::parse(file)?;
        let native = |entry| match entry {
            Entry::Native(identity) => Some(identity),
            Entry::Plugin(_) => None,
        };
        Ok((entries.into_iter().filter_map(native).collect(), anchor))
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
    pub fn file(&self, created: &str) -> Zeroizing<Vec<u8>> {
        let head = format!("# created: {created}\n# public key: {}\n", self.recipient);
        let mut file = Zeroizing::new(Vec::with_capacity(head.len() + self.text.bytes().len() + 1));
        file.extend_from_slice(head.as_bytes());
        file.extend_from_slice(self.text.bytes());
        file.push(b'\n');
        file
    }

    pub(super) fn characters(&self) -> &[u8] {
        self.text.bytes()
    }
}

impl Unwraps for Identity {
    fn recipient(&self) -> &Recipient {
        &self.recipient
    }

    fn age(&self) -> &dyn age::Identity {
        &self.native
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity(of {})", self.recipient)
    }
}
