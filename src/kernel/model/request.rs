//! A request: somebody asks to join.

use std::fmt;

use crate::kernel::{
    format::hex,
    name::{EnvName, MemberName},
    seal::{PublicKey, Recipient, fingerprint},
    time::Timestamp,
};

/// What somebody asks for, and the keys he would bring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The name he would have.
    pub member: MemberName,
    /// One key file each.
    pub recipients: Vec<Recipient>,
    /// With what he would sign, and signs this.
    pub signs: Vec<PublicKey>,
    /// What he would read or write.
    pub environments: Vec<EnvName>,
    /// When, as he says.
    pub at: Timestamp,
}

impl Request {
    /// What people compare over another channel.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(fingerprint(&self.recipients, &self.signs))
    }

    /// Whether its lists are as a roster would have them: in order, each key once, and all of them sound.
    pub(in crate::kernel) fn has_sound_keys(&self) -> bool {
        let mut signs = self.signs.iter().map(PublicKey::text);
        let ascends = self.recipients.is_sorted_by(|a, b| a < b) && signs.by_ref().is_sorted_by(|a, b| a < b);
        ascends
            && self.recipients.iter().all(Recipient::is_sound)
            && self.signs.iter().all(PublicKey::is_sound)
    }
}

/// The fingerprint of somebody's keys, shown in groups of four hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// Parses the 32 hex digits, however they are grouped.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
        hex::parse(&digits.to_ascii_lowercase())?.try_into().ok().map(Self)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups: Vec<String> = self.0.chunks(2).map(hex::print).collect();
        f.write_str(&groups.join("-"))
    }
}

#[cfg(test)]
mod tests {
    use super::Fingerprint;

    #[test]
    fn fingerprint_is_read_as_it_is_shown_and_without_groups() {
        let shown = "0123-4567-89ab-cdef-0123-4567-89ab-cdef";
        let parsed = Fingerprint::parse(shown).unwrap();
        assert_eq!(parsed.to_string(), shown);
        assert_eq!(Fingerprint::parse("0123456789ABCDEF 0123456789abcdef"), Some(parsed));
    }

    #[test]
    fn shorter_fingerprint_is_none() {
        assert_eq!(Fingerprint::parse("0123-4567-89ab-cdef"), None);
    }
}
