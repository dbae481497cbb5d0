//! The log: a chain of signed changes of the roster, each by an admin of the line before (format.md §7).

use super::{Anchor, Roster};
use crate::kernel::{
    format::{conflict, log::message, path},
    name::VaultId,
    refusal::{LineFault, Refusal},
    seal::{Hash, PublicKey, Signature, SigningKey, roster_hash, sha256, vault_id},
    time::Timestamp,
};

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1, one more each.
    pub serial: u64,
    /// The entry hash of the line before.
    pub prev: Option<Hash>,
    /// In the first line only.
    pub nonce: Option<[u8; 32]>,
    /// The entry hashes of another branch's lines that this one re-issues.
    pub drops: Vec<Hash>,
    /// The roster hash of the roster after this change.
    pub roster: Hash,
    /// Who may sign the next line.
    pub admins: Vec<PublicKey>,
    /// When, as the signer says.
    pub at: Timestamp,
    /// What for.
    pub why: String,
    /// Who signed.
    pub key: PublicKey,
    /// Over the message of this line.
    pub sig: Signature,
}

/// What a new line says.
pub struct Statement<'a> {
    /// The roster after the change, as it will stand on disk.
    pub roster: &'a [u8],
    /// The signing keys of its admins, in order.
    pub admins: Vec<PublicKey>,
    /// When.
    pub at: Timestamp,
    /// What for.
    pub why: String,
    /// The entry hashes of another branch's lines that it stands for.
    pub drops: Vec<Hash>,
}

impl Statement<'_> {
    fn sign(
        self,
        vault: &VaultId,
        (serial, prev, nonce): (u64, Option<Hash>, Option<[u8; 32]>),
        key: &SigningKey,
    ) -> Line {
        let unsigned = Line {
            serial,
            prev,
            nonce,
            drops: self.drops,
            roster: roster_hash(self.roster),
            admins: self.admins,
            at: self.at,
            why: self.why,
            key: key.public(),
            sig: Signature::UNSIGNED,
        };
        let sig = key.sign(&message(vault, &unsigned));
        Line { sig, ..unsigned }
    }

    /// The first line of a new vault.
    pub fn found(self, nonce: [u8; 32], key: &SigningKey) -> Line {
        self.sign(&vault_id(&key.public(), &nonce), (1, None, Some(nonce)), key)
    }

    /// The line after a log's last one.
    pub fn follow(self, log: &Log, key: &SigningKey) -> Line {
        let prev = log.hashes.last().copied();
        self.sign(&log.vault, (log.lines.len() as u64 + 1, prev, None), key)
    }
}

/// A verified log.
#[derive(Clone, Debug)]
pub struct Log {
    vault: VaultId,
    lines: Vec<Line>,
    hashes: Vec<Hash>,
}

impl Log {
    /// Verifies a chain from its founder on. Lines up to serial `known` are taken as verified before: only their hashes are
    /// made again.
    pub fn verify(lines: Vec<Line>, known: u64) -> Result<Self, Refusal> {
        let first = lines.first().ok_or(Refusal::EmptyLog)?;
        let founder_refused = |fault| Refusal::Line { line: 1, fault };
        let nonce = first.nonce.ok_or(founder_refused(LineFault::Nonce))?;
        let vault = vault_id(&first.key, &nonce);
        if first.admins != [first.key] {
            return Err(founder_refused(LineFault::Admins));
        }
        let mut log = Self { vault, hashes: Vec::with_capacity(lines.len()), lines: Vec::new() };
        for (i, line) in lines.iter().enumerate() {
            let before = i.checked_sub(1).map(|before| &lines[before]);
            log.follow(before, line, line.serial > known)
                .map_err(|fault| Refusal::Line { line: i + 1, fault })?;
        }
        log.lines = lines;
        Ok(log)
    }

    fn follow(&mut self, before: Option<&Line>, line: &Line, unknown: bool) -> Result<(), LineFault> {
        if line.serial != self.hashes.len() as u64 + 1 {
            return Err(LineFault::Serial);
        }
        if line.prev.as_ref() != self.hashes.last() {
            return Err(LineFault::Previous);
        }
        if line.nonce.is_some() != before.is_none() {
            return Err(LineFault::Nonce);
        }
        let ascending = line.admins.is_sorted_by(|a, b| a.text() < b.text());
        if line.admins.is_empty() || !ascending {
            return Err(LineFault::Admins);
        }
        if !before.map_or(&line.admins, |before| &before.admins).contains(&line.key) {
            return Err(LineFault::Signer);
        }
        let message = message(&self.vault, line);
        if unknown && !line.key.verify(&message, &line.sig) {
            return Err(LineFault::Signature);
        }
        self.hashes.push(sha256(&message));
        Ok(())
    }

    /// The same log as it was up to a line.
    #[must_use]
    pub fn until(&self, serial: usize) -> Self {
        let (lines, hashes) = (self.lines[..serial].to_vec(), self.hashes[..serial].to_vec());
        Self { vault: self.vault, lines, hashes }
    }

    /// Checks that these bytes are the roster that the last line signs, before anything parses them.
    pub fn check_bytes(&self, bytes: &[u8]) -> Result<(), Refusal> {
        let last = self.last();
        if roster_hash(bytes) == last.roster {
            return Ok(());
        }
        if let Some(refusal) = conflict(path::ROSTER, bytes) {
            return Err(refusal);
        }
        Err(Refusal::RosterChanged { at: last.at })
    }

    /// Checks that the roster names this vault and the admins of the last line.
    pub fn check_roster(&self, roster: &Roster) -> Result<(), Refusal> {
        if roster.vault != self.vault {
            return Err(Refusal::RosterVault { found: roster.vault, log: self.vault });
        }
        if roster.admin_keys() != self.last().admins {
            return Err(Refusal::AdminsDiffer);
        }
        Ok(())
    }

    /// Checks that this log has the line that an anchor names.
    pub fn check_anchor(&self, anchor: &Anchor) -> Result<(), Refusal> {
        if anchor.vault != self.vault {
            return Err(Refusal::AnchorVault { anchor: anchor.vault, found: self.vault });
        }
        let index = usize::try_from(anchor.serial - 1).ok();
        match index.and_then(|index| self.hashes.get(index)) {
            None => Err(Refusal::AnchorCut { serial: anchor.serial }),
            Some(hash) if anchor.names(hash) => Ok(()),
            Some(_) => Err(Refusal::AnchorDiffers { serial: anchor.serial }),
        }
    }

    /// The anchor of the last line.
    pub fn anchor(&self) -> Anchor {
        Anchor::of(self.vault, self.lines.len() as u64, self.hashes.last().expect("a log has a line"))
    }

    /// The vault that the founder's line gives.
    pub fn vault(&self) -> VaultId {
        self.vault
    }

    /// Every line, oldest first.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The entry hash of every line: `SHA-256` of its message.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// The line that holds now.
    pub fn last(&self) -> &Line {
        self.lines.last().expect("a log has a line")
    }
}
