//! What this client remembers of a vault: the log that it trusts, in the git folder and in the user's data folder
//! (format.md §7, trust).

use std::{cell::OnceCell, path::Path};

use crate::{
    kernel::{
        format::{hex, roster},
        model::{Kept, Log, Roster},
        name::VaultId,
        seal::{Hash, Mark, sha256},
    },
    store::{Place, StateFolder, StoreError, known_by_remote, remember_remote},
};

use zeroize::Zeroizing;

use super::tree::RosterFiles;

const TRUST: &str = "trust";
pub(super) const LINES: &str = "lines";
const FOUNDED: &str = "founded";
const MARKS: &str = "trust";

/// The short form of what is kept, enough to know the kept log again by its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Summary {
    vault: VaultId,
    log: Mark,
    log_len: usize,
    lines: u64,
    roster: Mark,
    /// The hash of the roster's bytes, under which secrets were verified.
    pub(super) roster_hash: Hash,
    /// The commit in which the log was verified; empty where there was none.
    pub(super) tip: String,
}

impl Summary {
    fn print(&self) -> String {
        let (log, roster, hash) = (self.log.hex(), self.roster.hex(), hex::print(&self.roster_hash));
        let Self { log_len, lines, tip, .. } = self;
        format!("{} {log} {log_len} {lines} {roster} {hash} {tip}\n", self.vault.hex())
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut words = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?.split(' ');
        Some(Self {
            vault: VaultId::parse(words.next()?)?,
            log: Mark::parse(words.next()?)?,
            log_len: words.next()?.parse().ok()?,
            lines: words.next()?.parse().ok()?,
            roster: Mark::parse(words.next()?)?,
            roster_hash: hex::parse32(words.next()?)?,
            tip: words.next()?.to_owned(),
        })
    }
}

/// The files of which the last line is kept, and the commit that has them.
pub(super) struct Latest<'a> {
    pub(super) files: &'a RosterFiles,
    pub(super) tip: Option<&'a str>,
}

/// Where this client remembers: the clone's git folder first, the user's data folder for clones to come.
pub(super) struct Memory<'a> {
    data: &'a Path,
    folder: StateFolder,
    /// What files are marked by, once it was read.
    key: OnceCell<Zeroizing<[u8; 32]>>,
}

impl<'a> Memory<'a> {
    pub(super) fn open(place: &Place, data: &'a Path) -> Self {
        Self { data, folder: StateFolder::open(place, data), key: OnceCell::new() }
    }

    pub(super) fn folder(&self) -> &StateFolder {
        &self.folder
    }

    /// The summary of what is kept for this place.
    pub(super) fn summary(&self) -> Option<Summary> {
        self.folder.read(TRUST).and_then(|bytes| Summary::parse(&bytes))
    }

    /// The summary, if these are the kept files, byte for byte.
    pub(super) fn knows(&self, files: &RosterFiles) -> Option<Summary> {
        let (summary, key) = (self.summary()?, self.key()?);
        let same = summary.log_len == files.log.len() && summary.log.fits(key, &files.log);
        (same && summary.roster.fits(key, &files.roster)).then_some(summary)
    }

    /// How many lines at the beginning of a log are kept ones, byte for byte, so that their signatures were verified.
    pub(super) fn known_lines(&self, log: &[u8]) -> u64 {
        let known = || {
            let (summary, key) = (self.summary()?, self.key()?);
            summary.log.fits(key, log.get(..summary.log_len)?).then_some(summary.lines)
        };
        known().unwrap_or_default()
    }

    /// None before anything was kept.
    fn key(&self) -> Option<&[u8; 32]> {
        if self.key.get().is_none() {
            let _ = self.key.set(self.folder.key_for(MARKS)?);
        }
        self.key.get().map(|key| &**key)
    }

    /// What is kept for this place.
    pub(super) fn kept(&self) -> Option<Kept> {
        self.folder.read(LINES).and_then(|bytes| parse_kept(&bytes))
    }

    /// What is kept for a vault in another clone of it.
    pub(super) fn kept_elsewhere(&self, vault: &VaultId) -> Option<Kept> {
        let kept = StateFolder::of_vault(vault, self.data).read(LINES).and_then(|bytes| parse_kept(&bytes));
        kept.filter(|kept| kept.vault == *vault)
    }

    /// Writes down that this client founds a vault in the place of another: so that it knows its own, even if it is stopped before
    /// it can keep that, and waits for a default branch that still has the other.
    pub(super) fn succeed(&self, old: &VaultId, new: &VaultId) -> Result<(), StoreError> {
        let line = format!("{} {}\n", old.hex(), new.hex());
        self.folder.update(FOUNDED, |lines| [lines.unwrap_or_default(), line.into_bytes()].concat())
    }

    /// Whether this client founded a vault in the place of another, or of one that took that one's.
    pub(super) fn succeeded(&self, old: &VaultId, new: &VaultId) -> bool {
        let Some(bytes) = self.folder.read(FOUNDED) else { return false };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut place = new.hex();
        // A vault was founded after the one that it took the place of.
        for (before, after) in text.lines().rev().filter_map(|line| line.split_once(' ')) {
            if after != place {
                continue;
            }
            place = before.to_owned();
            if place == old.hex() {
                return true;
            }
        }
        false
    }

    /// The vault that was seen at the address of a remote.
    pub(super) fn vault_at(&self, address: &str) -> Option<VaultId> {
        known_by_remote(address, self.data).and_then(|hex| VaultId::parse(&hex))
    }

    /// Keeps a log. An error says that it is kept nowhere; whoever has only verified it can pass that over, since everything is
    /// verified again then.
    pub(super) fn keep(
        &self,
        kept: &Kept,
        latest: Option<&Latest<'_>>,
        addresses: &[String],
    ) -> Result<(), StoreError> {
        let lines = print_kept(kept);
        let elsewhere = StateFolder::of_vault(&kept.vault, self.data);
        let [here, there] = [&self.folder, &elsewhere].map(|folder| folder.write(LINES, &lines));
        let summary = latest.and_then(|latest| self.summarise(kept, latest));
        let _ = self.folder.write(TRUST, summary.as_ref().map(Summary::print).unwrap_or_default().as_bytes());
        for address in addresses {
            let _ = remember_remote(address, &kept.vault, self.data);
        }
        here.or(there)
    }

    fn summarise(&self, kept: &Kept, latest: &Latest<'_>) -> Option<Summary> {
        let (Latest { files, tip }, key) = (latest, self.key()?);
        Some(Summary {
            vault: kept.vault,
            log: Mark::of(key, &files.log),
            log_len: files.log.len(),
            lines: kept.hashes.len() as u64,
            roster: Mark::of(key, &files.roster),
            roster_hash: sha256(&files.roster),
            tip: tip.unwrap_or_default().to_owned(),
        })
    }
}

/// What to keep of a verified log up to a line; the roster is known for the last line only.
pub(super) fn kept_of(log: &Log, serial: usize, roster: Option<&Roster>) -> Kept {
    Kept { vault: log.vault(), hashes: log.hashes()[..serial].to_vec(), roster: roster.cloned() }
}

fn print_kept(kept: &Kept) -> Vec<u8> {
    let mut text = format!("{} {}\n", kept.vault.hex(), kept.hashes.len());
    for hash in &kept.hashes {
        text.push_str(&hex::print(hash));
        text.push('\n');
    }
    text.push_str(&kept.roster.as_ref().map(roster::print).unwrap_or_default());
    text.into_bytes()
}

fn parse_kept(bytes: &[u8]) -> Option<Kept> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, mut rest) = text.split_once('\n')?;
    let (vault, count) = head.split_once(' ')?;
    let mut hashes = Vec::new();
    for _ in 0..count.parse::<u64>().ok()? {
        let (hash, after) = rest.split_once('\n')?;
        hashes.push(hex::parse32(hash)?);
        rest = after;
    }
    let roster = if rest.is_empty() { None } else { Some(roster::parse(rest.as_bytes()).ok()?) };
    Some(Kept { vault: VaultId::parse(vault)?, hashes, roster })
}
