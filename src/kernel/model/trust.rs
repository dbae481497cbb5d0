//! The decision whether a log that lies in a tree is the one that this client knows (format.md §7, the table).

use std::collections::BTreeSet;

use super::{Log, Roster};
use crate::kernel::{name::VaultId, refusal::Refusal, seal::Hash};

/// The longest log that a client has verified on the default branch, and the roster of its last line.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The vault.
    pub vault: VaultId,
    /// The entry hash of every line.
    pub hashes: Vec<Hash>,
    /// The roster of the last line; none where only an anchor named that line.
    pub roster: Option<Roster>,
}

/// How a tree's log stands to the kept one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is the kept one.
    Known,
    /// It goes on from the kept one: its new lines are to be verified, and kept if they lie on the default branch.
    Newer,
    /// It is an old commit's or another branch's: it may be read, and an environment be written only if its epoch and
    /// commitment are those of the kept roster.
    Aside,
}

/// Judges a verified log against the kept one, or refuses it as tampered with.
pub fn judge(kept: &Kept, log: &Log) -> Result<Standing, Refusal> {
    if kept.vault != log.vault() {
        return Err(Refusal::Replaced { known: kept.vault, found: log.vault() });
    }
    let (ours, theirs) = (&kept.hashes[..], log.hashes());
    let common = ours.iter().zip(theirs).take_while(|(a, b)| a == b).count();
    if common == ours.len() {
        return Ok(if common == theirs.len() { Standing::Known } else { Standing::Newer });
    }
    let surplus = &log.lines()[common..];
    let admins = kept.roster.as_ref().map(Roster::admin_keys).unwrap_or_default();
    // Only an admin of the kept roster may drop its lines: a removed one could else re-issue the day before his removal.
    let reissued = surplus.iter().filter(|line| admins.contains(&line.key));
    let dropped: BTreeSet<&Hash> = reissued.flat_map(|line| &line.drops).collect();
    if !surplus.is_empty() && ours[common..].iter().all(|hash| dropped.contains(hash)) {
        return Ok(Standing::Newer);
    }
    if surplus.iter().all(|line| admins.contains(&line.key)) {
        return Ok(Standing::Aside);
    }
    Err(Refusal::Forked { line: common + 1 })
}
