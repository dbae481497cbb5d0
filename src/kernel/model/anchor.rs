//! An anchor: `<vault id>.<serial>.<first 32 hex of that line's entry hash>`, which makes a first use safe (format.md §7).

use std::fmt;

use crate::kernel::{format::hex, name::VaultId, refusal::Refusal, seal::Hash};

const SHORT: usize = 16;

/// One line of one vault's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The vault.
    pub vault: VaultId,
    /// The line's serial, from 1.
    pub serial: u64,
    hash: [u8; SHORT],
}

impl Anchor {
    /// The anchor of a line.
    pub fn of(vault: VaultId, serial: u64, entry: &Hash) -> Self {
        let mut hash = [0; SHORT];
        hash.copy_from_slice(&entry[..SHORT]);
        Self { vault, serial, hash }
    }

    /// Parses the three parts.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let parts = || {
            let mut parts = text.trim().split('.');
            let vault = VaultId::parse(parts.next()?)?;
            let serial = parts.next()?;
            let hash = hex::parse(parts.next()?)?.try_into().ok()?;
            let number: u64 = serial.parse().ok()?;
            let canonical = number > 0 && number.to_string() == serial && parts.next().is_none();
            canonical.then_some(Self { vault, serial: number, hash })
        };
        parts().ok_or(Refusal::Anchor)
    }

    /// Whether a line of this vault is the one named.
    pub fn names(&self, entry: &Hash) -> bool {
        entry[..SHORT] == self.hash
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.vault.hex(), self.serial, hex::print(&self.hash))
    }
}
