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
    what: What,
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
        // What begins before was searched, and what ends before was told.
        let (mut from, mut told, mut whole) = (0, 0, 0);
        loop {
            let before = bytes.len();
            let ended = fill(stream, &mut bytes, from + block + reach)?;
            whole += (bytes.len() - before) as u64;
            let to = if ended { bytes.len() } else { bytes.len() - reach };
            for Raw { at, len, what } in self.met(&bytes, from, to) {
                if at >= told {
                    place.go_to(&bytes, at);
                    found(Hit { line: place.line, column: place.column, what });
                    told = at + len;
                }
            }
            if ended {
                return Ok(whole);
            }
            let kept = to.saturating_sub(NEAR);
            place.go_to(&bytes, kept.max(place.at));
            bytes.drain(..kept);
            place.at -= kept;
            (from, told) = (to - kept, told.saturating_sub(kept));
        }
    }

    /// What begins in `from..to`, in order; at one place a value of the vault before a token, and a token before mere letters.
    fn met(&self, bytes: &[u8], from: usize, to: usize) -> Vec<Raw> {
        let mut all = Vec::new();
        if !self.index.is_empty() {
            self.index.search(bytes, (from, to), &mut |met| {
                all.push(Raw { at: met.at, len: met.len, what: What::Value(self.owner(met.owner)) });
            });
        }
        self.tokens.search(bytes, (from, to), &mut |token| {
            let hash = sha256(&bytes[token.at..token.at + token.len]);
            all.push(Raw { at: token.at, len: token.len, what: What::Token(token.shape.into(), hash) });
        });
        if self.entropy {
            entropy::search(bytes, (from, to), &mut |at, len| {
                all.push(Raw { at, len, what: What::Random(sha256(&bytes[at..at + len])) });
            });
        }
        // Stable, so of one place what was searched first stands first.
        all.sort_by_key(|raw| raw.at);
        all
    }

    fn owner(&self, number: u32) -> Owner {
        self.known.owner(number).clone()
    }
}

/// Reads until there are so many bytes. Whether the stream is at its end.
fn fill(stream: &mut dyn Read, bytes: &mut Vec<u8>, until: usize) -> io::Result<bool> {
    let mut at = bytes.len();
    bytes.resize(until, 0);
    let ended = loop {
        match stream.read(&mut bytes[at..]) {
            Ok(0) => break at < until,
            Ok(read) => at += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if at == until {
            break false;
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
