//! Where known values begin in bytes: a window rolls over them, a filter of bits passes nearly all, and a print decides.

use std::collections::HashMap;

use super::known::Known;
use crate::kernel::forms::{Print, WINDOW};

/// For each head so many bits, of which it sets one: of 64 places that hold no value 63 end at the filter.
const SPARSE: usize = 64;
const FEWEST_BITS: u32 = 12;
const MOST_BITS: u32 = 27;

/// The known values, ready to be found.
pub(super) struct Index<'k> {
    known: &'k Known,
    filter: Vec<u64>,
    /// How far a hash is shifted to name a bit.
    shift: u32,
    /// Where the prints of a head stand.
    heads: HashMap<u64, (u32, u32)>,
    /// The longest form.
    pub(super) longest: usize,
}

/// A known value in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Met {
    pub(super) at: usize,
    pub(super) len: usize,
    /// The number of its secret.
    pub(super) owner: u32,
}

impl<'k> Index<'k> {
    /// Makes the index of what is known.
    pub(super) fn of(known: &'k Known) -> Self {
        let prints = known.prints();
        let bits = (prints.len() * SPARSE).next_power_of_two().trailing_zeros();
        let bits = bits.clamp(FEWEST_BITS, MOST_BITS);
        let mut index = Self {
            known,
            filter: vec![0; 1 << (bits - 6)],
            shift: 64 - bits,
            heads: HashMap::new(),
            longest: 0,
        };
        for (at, (_, print)) in (0_u32..).zip(prints) {
            let bit = print.head >> index.shift;
            index.filter[(bit >> 6) as usize] |= 1 << (bit & 63);
            index.heads.entry(print.head).or_insert((at, at)).1 = at + 1;
            index.longest = index.longest.max(print.len as usize);
        }
        index
    }

    /// Whether there is nothing to look for.
    pub(super) fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// The values that begin in `from..to`. They may end behind it.
    pub(super) fn search(&self, bytes: &[u8], (from, to): (usize, usize), found: &mut impl FnMut(Met)) {
        let key = self.known.key();
        let to = to.min((bytes.len() + 1).saturating_sub(WINDOW));
        let mut at = from;
        'anew: while at < to {
            let mut hash = key.hash(&bytes[at..at + WINDOW]);
            loop {
                if self.passes(hash)
                    && let Some(met) = self.met(hash, bytes, at)
                {
                    found(met);
                    // What lies inside of it, or is another form that begins there, is the same leak.
                    at += met.len;
                    continue 'anew;
                }
                at += 1;
                if at >= to {
                    return;
                }
                hash = key.roll(hash, bytes[at - 1], bytes[at + WINDOW - 1]);
            }
        }
    }

    fn passes(&self, hash: u64) -> bool {
        let bit = hash >> self.shift;
        self.filter[(bit >> 6) as usize] >> (bit & 63) & 1 == 1
    }

    /// The longest form that stands there.
    fn met(&self, hash: u64, bytes: &[u8], at: usize) -> Option<Met> {
        let (from, to) = *self.heads.get(&hash)?;
        let here = |(_, print): &&(u32, Print)| self.known.key().is_at(print, &bytes[at..]);
        let (owner, print) = self.known.prints()[from as usize..to as usize].iter().rev().find(here)?;
        Some(Met { at, len: print.len as usize, owner: *owner })
    }
}
