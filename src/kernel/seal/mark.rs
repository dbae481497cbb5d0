//! A keyed mark by which a client knows bytes again that it has verified: several times faster than a hash where the processor has
//! no instructions for one, and of no use to anybody without the key.

use super::{open_own, seal_own};
use crate::kernel::format::hex;

/// Nothing, sealed about the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark(Vec<u8>);

impl Mark {
    /// Marks bytes.
    pub fn of(key: &[u8; 32], bytes: &[u8]) -> Self {
        Self(seal_own(key, bytes, b""))
    }

    /// Whether these are the bytes.
    pub fn fits(&self, key: &[u8; 32], bytes: &[u8]) -> bool {
        open_own(key, bytes, &self.0).is_some()
    }

    /// In hex.
    pub fn hex(&self) -> String {
        hex::print(&self.0)
    }

    /// Reads it back. What is none fits nothing.
    pub fn parse(text: &str) -> Option<Self> {
        hex::parse(text).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::Mark;

    #[test]
    fn mark_fits_its_bytes_under_its_key_alone() {
        let (key, other) = ([7; 32], [8; 32]);
        let mark = Mark::of(&key, b"roster");
        assert!(mark.fits(&key, b"roster"));
        for (key, bytes) in [(&other, &b"roster"[..]), (&key, b"roster "), (&key, b"Roster"), (&key, b"")] {
            assert!(!mark.fits(key, bytes), "{key:?} {bytes:?}");
        }
        assert_eq!(Mark::parse(&mark.hex()), Some(mark.clone()));
        assert_eq!(Mark::parse(&mark.hex()[1..]), None);
        assert!(!Mark::parse("").unwrap().fits(&key, b""));
        assert_ne!(Mark::of(&key, b"roster"), mark, "each has a nonce of its own");
    }
}
