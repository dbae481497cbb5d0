//! What this client remembers of a vault: the log that it trusts, in the git folder and in the user's data folder
//! (format.md §7, trust).

use std::path::Path;

use crate::{
    kernel::{
        format::{hex, roster},
        model::{Kept, Log, Roster},
        name::VaultId,
        seal::{Hash, sha256},
    },
    store::{Place, StateFolder, StoreError, known_by_remote, remember_remote},
};

const TRUST: &str = "trust";
pub(super) const LINES: &str = "lines";
const FOUNDED: &str = "founded";

/// The short form of what is kept, enough to know the kept log again by its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Summary {
    vault: VaultId,
    log: Hash,
    log_len: u64,
    roster: Hash,
    /// The commit in which the log was verified; empty where there was none.
    pub(super) tip: String,
}

impl Summary {
    pub(super) fn of(vault: VaultId, log: &[u8], roster: &[u8], tip: Option<&str>) -> Self {
        let tip = tip.unwrap_or_default().to_owned();
        Self { vault, log: sha256(log), log_len: log.len() as u64, roster: sha256(roster), tip }
    }

    /// Whether these are the kept files, byte for byte.
    pub(super) fn is_of(&self, log: &[u8], roster: &[u8]) -> bool {
        self.log_len == log.len() as u64 && self.log == sha256(log) && self.roster == sha256(roster)
    }

    fn print(&self) -> String {
        let (log, roster) = (hex::print(&self.log), hex::print(&self.roster));
        format!("{} {log} {} {roster} {}\n", self.vault.hex(), self.log_len, self.tip)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut words = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?.split(' ');
        Some(Self {
            vault: VaultId::parse(words.next()?)?,
            log: hex::parse32(words.next()?)?,
            log_len: words.next()?.parse().ok()?,
            roster: hex::parse32(words.next()?)?,
            tip: words.next()?.to_owned(),
        })
    }
}

/// Where this client remembers: the clone's git folder first, the user's data folder for clones to come.
pub(super) struct Memory<'a> {
    data: &'a Path,
    folder: StateFolder,
}

impl<'a> Memory<'a> {
    pub(super) fn open(place: &Place, data: &'a Path) -> Self {
        Self { data, folder: StateFolder::open(place, data) }
    }

    pub(super) fn folder(&self) -> &StateFolder {
        &self.folder
    }

    /// The summary of what is kept for this place.
    pub(super) fn summary(&self) -> Option<Summary> {
        self.folder.read(TRUST).and_then(|bytes| Summary::parse(&bytes))
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
        summary: Option<&Summary>,
        addresses: &[String],
    ) -> Result<(), StoreError> {
        let lines = print_kept(kept);
        let elsewhere = StateFolder::of_vault(&kept.vault, self.data);
        let [here, there] = [&self.folder, &elsewhere].map(|folder| folder.write(LINES, &lines));
        let _ = self.folder.write(TRUST, summary.map(Summary::print).unwrap_or_default().as_bytes());
        for address in addresses {
            let _ = remember_remote(address, &kept.vault, self.data);
        }
        here.or(there)
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
