//! Fingerprints of forms, by which a value is known again where it lies open, though it is not kept.
//!
//! Under the hash of a key a window rolls over what is searched. Where it meets how a form begins, twelve bytes of its middle are
//! compared by the same hash, and then an HMAC over all of it. So what only begins like a value costs next to nothing. A rolling
//! hash hides little from who has some of its results, so prints are kept sealed (docs/decisions/0047).

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// How many bytes roll, and so the fewest that a value has which is searched for.
pub const WINDOW: usize = 12;
/// How many bytes of the HMAC are kept.
const MAC: usize = 16;
/// How long a print is that is kept.
pub const PRINT: usize = 8 + 4 + 8 + MAC;

/// A key, made ready to roll.
pub struct PrintKey {
    factor: u64,
    enters: [u64; 256],
    /// What a byte is worth that leaves the window.
    leaves: [u64; 256],
    whole: Hmac<Sha256>,
}

/// A fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Print {
    /// The hash of the first bytes.
    pub head: u64,
    /// How long the form is.
    pub len: u32,
    middle: u64,
    mac: [u8; MAC],
}

impl PrintKey {
    /// Makes a key ready.
    pub fn of(key: &[u8; 32]) -> Self {
        let numbers = |label: u8, number: usize| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
            mac.update(b"cargo-vault/print/v1");
            mac.update(&[label]);
            mac.update(&(number as u64).to_le_bytes());
            mac.finalize().into_bytes()
        };
        let number = |label, at| {
            let bytes = numbers(label, at);
            u64::from_le_bytes(bytes[..8].try_into().expect("a hash has more than eight bytes"))
        };
        let factor = number(0, 0) | 1;
        let enters = std::array::from_fn(|byte| number(1, byte));
        let worth = (0..WINDOW).fold(1_u64, |worth, _| worth.wrapping_mul(factor));
        let leaves = enters.map(|number: u64| number.wrapping_mul(worth));
        let whole = Hmac::new_from_slice(&numbers(2, 0)).expect("HMAC takes a key of any length");
        Self { factor, enters, leaves, whole }
    }

    /// The hash of a window.
    pub fn hash(&self, window: &[u8]) -> u64 {
        window.iter().fold(0, |hash, byte| self.enter(hash, *byte))
    }

    /// The hash of the window one further on.
    pub fn roll(&self, hash: u64, leaves: u8, enters: u8) -> u64 {
        self.enter(hash, enters).wrapping_sub(self.leaves[usize::from(leaves)])
    }

    fn enter(&self, hash: u64, byte: u8) -> u64 {
        hash.wrapping_mul(self.factor).wrapping_add(self.enters[usize::from(byte)])
    }

    /// The print of a form; none of one that no window fits into.
    pub(super) fn print(&self, form: &[u8]) -> Option<Print> {
        let len = u32::try_from(form.len()).ok()?;
        let (head, middle) = (form.get(..WINDOW)?, middle(form)?);
        Some(Print { head: self.hash(head), len, middle: self.hash(middle), mac: self.mac(form) })
    }

    /// Whether bytes begin with what a print is of, given that the windows are the same.
    pub fn is_at(&self, print: &Print, bytes: &[u8]) -> bool {
        let form = bytes.get(..print.len as usize);
        form.is_some_and(|form| {
            middle(form).is_some_and(|middle| self.hash(middle) == print.middle)
                && self.mac(form) == print.mac
        })
    }

    fn mac(&self, form: &[u8]) -> [u8; MAC] {
        let whole = self.whole.clone().chain_update(form).finalize().into_bytes();
        whole[..MAC].try_into().expect("a hash is longer than what is kept of it")
    }
}

fn middle(form: &[u8]) -> Option<&[u8]> {
    let from = form.len().checked_sub(WINDOW)? / 2;
    form.get(from..from + WINDOW)
}

impl Print {
    /// As it is kept.
    pub fn bytes(&self) -> [u8; PRINT] {
        let parts =
            [&self.head.to_le_bytes()[..], &self.len.to_le_bytes(), &self.middle.to_le_bytes(), &self.mac];
        parts.concat().try_into().expect("the parts are as long as a print")
    }

    /// Reads one that was kept.
    pub fn parse(bytes: &[u8; PRINT]) -> Self {
        let number = |from: usize| u64::from_le_bytes(bytes[from..from + 8].try_into().expect("eight bytes"));
        let len = u32::from_le_bytes(bytes[8..12].try_into().expect("four bytes"));
        let mac = bytes[20..].try_into().expect("what is left is the HMAC");
        Self { head: number(0), len, middle: number(12), mac }
    }
}
