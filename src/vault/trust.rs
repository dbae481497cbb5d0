//! Deciding whether a vault is the one that this client knows, and keeping what it has verified (format.md §7).

use crate::{
    kernel::{
        model::{Kept, Log, Roster, Standing, judge},
        refusal::Refusal,
    },
    store::StoreError,
};

use super::{
    FirstUse, Introduction, Opening, Vault, VaultError,
    memory::{Latest, kept_of},
    seen::Note,
    tree::RosterFiles,
};

/// A log that was verified in a commit, or without git in the tree itself.
struct Verified {
    files: RosterFiles,
    roster: Roster,
    log: Log,
    commit: Option<String>,
}

impl Vault<'_> {
    /// Judges a verified log that is not the kept one byte for byte: by what is kept, an anchor, or a person.
    pub(super) fn decide(&mut self, opening: &Opening<'_>, log: &Log) -> Result<(), VaultError> {
        if let Some(anchor) = opening.anchor {
            log.check_anchor(anchor)?;
        }
        if let FirstUse::Renew(anchor) = opening.first_use {
            log.check_anchor(anchor)?;
            self.check_default_branch_has(log)?;
            if self.memory.kept().is_some_and(|kept| kept.vault != log.vault()) {
                self.keep_line(log, usize::try_from(anchor.serial).expect("the log has the line"))?;
            }
        }
        match self.recall(opening, log)? {
            Some(kept) => self.stand(kept, log)?,
            None => self.first_use(opening, log)?,
        }
        self.look_at_default_branch()
    }

    /// What is kept of the vault in this place, or of this vault in another clone.
    fn recall(&mut self, opening: &Opening<'_>, log: &Log) -> Result<Option<Kept>, VaultError> {
        if let Some(kept) = self.memory.kept() {
            if kept.vault != log.vault() && self.memory.succeeded(&kept.vault, &log.vault()) {
                // Founded here by who was stopped before that could be kept.
                self.keep_line(log, 1)?;
                return Ok(self.memory.kept());
            }
            self.trust.tip = self.memory.summary().map(|summary| summary.tip).unwrap_or_default();
            return Ok(Some(kept));
        }
        let renewed = matches!(opening.first_use, FirstUse::Renew(_));
        for address in self.addresses().into_iter().filter(|_| !renewed) {
            if let Some(known) = self.memory.vault_at(&address).filter(|known| *known != log.vault()) {
                return Err(Refusal::Replaced { known, found: log.vault() }.into());
            }
        }
        Ok(self.memory.kept_elsewhere(&log.vault()))
    }

    fn stand(&mut self, kept: Kept, log: &Log) -> Result<(), VaultError> {
        self.trust.standing = judge(&kept, log)?;
        // A newer roster has the kept one's former keys in it, or has granted them anew.
        self.trust.kept = kept.roster.filter(|_| self.trust.standing == Standing::Aside);
        Ok(())
    }

    fn first_use(&mut self, opening: &Opening<'_>, log: &Log) -> Result<(), VaultError> {
        let introduction = introduction(&self.roster, log);
        let accepted = match (opening.anchor, opening.first_use) {
            (_, FirstUse::Look) => {
                self.trust.unknown = opening.anchor.is_none();
                return Ok(());
            }
            (_, FirstUse::Renew(anchor)) => {
                return Ok(
                    self.keep_line(log, usize::try_from(anchor.serial).expect("the log has the line"))?
                );
            }
            (Some(_), _) | (None, FirstUse::Accept) => true,
            (None, FirstUse::Ask(ask)) => ask(&introduction),
        };
        if !accepted {
            return Err(VaultError::FirstUse(Box::new(introduction)));
        }
        // An anchored key is brought along by every command; an answer is given once and has to be remembered.
        let answered = opening.anchor.is_none() && matches!(opening.first_use, FirstUse::Ask(_));
        if answered && let Err(error) = self.keep_line(log, 1) {
            self.note(Note::Unkept(error.to_string()));
        }
        Ok(())
    }

    /// Who and what this vault is, for a person to compare.
    pub fn introduce(&self) -> Result<Introduction, VaultError> {
        Ok(introduction(&self.roster, &self.log()?))
    }

    /// Keeps the log up to a line. Its roster is known only if it is the last one.
    pub(super) fn keep_line(&self, log: &Log, serial: usize) -> Result<(), StoreError> {
        let last = serial == log.hashes().len();
        let kept = kept_of(log, serial, last.then_some(&self.roster));
        let latest = last.then_some(Latest { files: &self.files, tip: None });
        self.memory.keep(&kept, latest.as_ref(), &self.addresses())
    }

    /// Keeps the log of the default branch, if it goes on from what is kept. Only what lies there is kept, so that neither a
    /// rejected branch nor an uncommitted change that was undone can pass for the team's word.
    pub(super) fn look_at_default_branch(&mut self) -> Result<(), VaultError> {
        if self.trust.unknown {
            return Ok(());
        }
        let Some(found) = self.default_branch()? else { return Ok(()) };
        if self.memory.succeeded(&found.log.vault(), &self.roster.vault) {
            // What took its place here is not pushed yet.
            return Ok(());
        }
        let there = |fault: Refusal| match &found.commit {
            Some(commit) => VaultError::DefaultBranch { commit: commit.clone(), fault },
            None => fault.into(),
        };
        let kept = match self.memory.kept() {
            Some(kept) => Some(kept),
            None => self.memory.kept_elsewhere(&found.log.vault()),
        };
        let newer = match &kept {
            Some(kept) => judge(kept, &found.log).map_err(there)?,
            None if found.log.vault() != self.roster.vault => {
                let (known, found) = (self.roster.vault, found.log.vault());
                return Err(there(Refusal::Replaced { known, found }));
            }
            None => Standing::Newer,
        };
        if newer != Standing::Aside {
            let kept = kept_of(&found.log, found.log.hashes().len(), Some(&found.roster));
            let commit = found.commit.as_deref();
            let latest = Latest { files: &found.files, tip: commit };
            // What cannot be kept is verified again the next time.
            let _ = self.memory.keep(&kept, Some(&latest), &self.addresses());
            let (_, ours) = self.files.verify(u64::MAX)?;
            self.trust.tip = found.commit.unwrap_or_default();
            self.stand(kept, &ours)?;
        }
        Ok(())
    }

    /// A vault that takes another's place is trusted where the default branch has it too, or has none.
    fn check_default_branch_has(&self, log: &Log) -> Result<(), VaultError> {
        match self.default_branch()? {
            Some(Verified { log: theirs, commit: Some(commit), .. }) if theirs.vault() != log.vault() => {
                let fault = Refusal::Replaced { known: log.vault(), found: theirs.vault() };
                Err(VaultError::DefaultBranch { commit, fault })
            }
            _ => Ok(()),
        }
    }

    /// The default branch's roster and log, verified. Without git it is what lies here. A branch without a vault has none.
    fn default_branch(&self) -> Result<Option<Verified>, VaultError> {
        let Some(git) = &self.place.git else {
            if self.memory.knows(&self.files).is_some() {
                return Ok(None);
            }
            let (roster, log) = self.files.verify(self.memory.known_lines(&self.files.log))?;
            let files = RosterFiles { roster: self.files.roster.clone(), log: self.files.log.clone() };
            return Ok(Some(Verified { files, roster, log, commit: None }));
        };
        let Some(repo) = self.repo() else { return Ok(None) };
        // Where git cannot tell, nothing is kept, and everything is verified again the next time.
        let Some(commit) = repo.default_tip().ok().flatten().filter(|commit| *commit != self.trust.tip)
        else {
            return Ok(None);
        };
        let Some(tree) = repo.vault_at(&commit, &git.inside).ok().flatten() else { return Ok(None) };
        let files = RosterFiles::read(&tree)?;
        // What lies here was verified when it was opened.
        let is_here = files.log == self.files.log && files.roster == self.files.roster;
        match files.verify(if is_here { u64::MAX } else { self.memory.known_lines(&files.log) }) {
            Ok((roster, log)) => Ok(Some(Verified { files, roster, log, commit: Some(commit) })),
            Err(fault) => Err(VaultError::DefaultBranch { commit, fault }),
        }
    }

    fn addresses(&self) -> Vec<String> {
        self.repo().and_then(|repo| repo.addresses().ok()).unwrap_or_default()
    }
}

pub(super) fn introduction(roster: &Roster, log: &Log) -> Introduction {
    Introduction {
        vault: log.vault(),
        founder: roster.signer(&log.lines()[0].key).cloned(),
        members: roster.members.keys().cloned().collect(),
        anchor: log.anchor(),
    }
}
