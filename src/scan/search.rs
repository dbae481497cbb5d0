//! Searches a stream of bytes for known values and tokens, a block at a time, and tells their lines and columns.

use std::io::{self, ErrorKind, Read};

use super::{
    entropy,
    found::What,
    index::Index,
    known::{Known, Owner},
    tokens::{LONGEST, NEAR, Tokens},
};
use crate::kernel::seal::sha256;

/// So much is searched at once; of forms that are longer, as much as the longest.
const BLOCK: usize = 256 * 1024;
/// And so much is read at once.
const STEP: usize = 64 * 1024;

/// What is searched for.
pub struct Searcher<'k> {
    known: &'k Known,
    index: Index<'k>,
    tokens: Tokens,
    /// Whether whatever looks drawn at random is told too.
    entropy: bool,
}

/// Something that was met, and where: lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The line.
    pub line: u64,
    /// The column.
    pub column: u64,
    /// What it is.
    pub what: What,
}

/// What lies in a block, before it is known which of it counts.
struct Raw {
    at: usize,
    len: usize,
    /// Values of the vault count before tokens, and tokens before what only looks random.
    rank: usize,
    what: What,
}

/// Up to where something of each rank was told.
#[derive(Default)]
struct Told([usize; 3]);

impl Told {
    fn values(&self) -> usize {
        self.0[0]
    }

    /// Whether nothing was told there that counts as much: a value inside of a token is told as well, and no token inside of
    /// a value.
    fn is_new(&mut self, raw: &Raw) -> bool {
        let is_new = self.0[..=raw.rank].iter().all(|told| *told <= raw.at);
        if is_new {
            self.0[raw.rank] = raw.at + raw.len;
        }
        is_new
    }

    fn drop_before(&mut self, kept: usize) {
        self.0.iter_mut().for_each(|told| *told = told.saturating_sub(kept));
    }
}

/// Where the bytes of a block stand.
struct Place {
    line: u64,
    column: u64,
    /// Up to here they are counted.
    at: usize,
}

impl<'k> Searcher<'k> {
    /// Searches for what is known, for tokens, and on request for whatever looks random.
    pub fn new(known: &'k Known, entropy: bool) -> Self {
        Self { known, index: Index::of(known), tokens: Tokens::new(), entropy }
    }

    /// Tells what a stream holds, in the order of its places; and how long it is.
    pub fn search(&self, stream: &mut dyn Read, found: &mut dyn FnMut(Hit)) -> io::Result<u64> {
        let reach = self.index.longest.max(LONGEST + NEAR);
        let block = BLOCK.max(reach);
        let mut bytes = Vec::with_capacity(block + reach + NEAR);
        let mut place = Place { line: 1, column: 1, at: 0 };
        let (mut from, mut told, mut whole) = (0, Told::default(), 0);
        loop {
            let before = bytes.len();
            let ended = fill(stream, &mut bytes, from + block + reach)?;
            whole += (bytes.len() - before) as u64;
            let to = if ended { bytes.len() } else { bytes.len() - reach };
            for raw in self.met(&bytes, (from, to), told.values()) {
                if told.is_new(&raw) {
                    place.go_to(&bytes, raw.at);
                    found(Hit { line: place.line, column: place.column, what: raw.what });
                }
            }
            if ended {
                return Ok(whole);
            }
            let kept = to.saturating_sub(NEAR);
            place.go_to(&bytes, kept.max(place.at));
            bytes.drain(..kept);
            place.at -= kept;
            told.drop_before(kept);
            from = to - kept;
        }
    }

    /// What begins in a stretch, in order; at one place what counts most comes first. Values are not searched for inside of
    /// one that was told.
    fn met(&self, bytes: &[u8], (from, to): (usize, usize), told: usize) -> Vec<Raw> {
        let mut all = Vec::new();
        if !self.index.is_empty() {
            self.index.search(bytes, (from.max(told), to), &mut |met| {
                let what = What::Value(self.owner(met.owner));
                all.push(Raw { at: met.at, len: met.len, rank: 0, what });
            });
        }
        self.tokens.search(bytes, (from, to), &mut |token| {
            let hash = sha256(&bytes[token.at..token.at + token.len]);
            let what = What::Token(token.shape.into(), hash);
            all.push(Raw { at: token.at, len: token.len, rank: 1, what });
        });
        if self.entropy {
            entropy::search(bytes, (from, to), &mut |at, len| {
                all.push(Raw { at, len, rank: 2, what: What::Random(sha256(&bytes[at..at + len])) });
            });
        }
        all.sort_by_key(|raw| (raw.at, raw.rank));
        all
    }

    fn owner(&self, number: u32) -> Owner {
        self.known.owner(number).clone()
    }
}

/// Reads until there are so many bytes. Whether the stream is at its end.
fn fill(stream: &mut dyn Read, bytes: &mut Vec<u8>, until: usize) -> io::Result<bool> {
    let mut at = bytes.len();
    let ended = loop {
        if at == until {
            break false;
        }
        if at == bytes.len() {
            // No more at once, since most files are small and room is made by writing zeros.
            bytes.resize(until.min(at + STEP), 0);
        }
        match stream.read(&mut bytes[at..]) {
            Ok(0) => break true,
            Ok(read) => at += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    };
    bytes.truncate(at);
    Ok(ended)
}

impl Place {
    fn go_to(&mut self, bytes: &[u8], to: usize) {
        let passed = &bytes[self.at..to];
        let lines = passed.iter().filter(|byte| **byte == b'\n').count();
        let last = passed.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        // Of a character only the first byte is counted.
        let columns = passed[last..].iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        self.column = if lines > 0 { 1 } else { self.column } + columns as u64;
        self.line += lines as u64;
        self.at = to;
    }
}
