//! How a commit's roster stands to the one that is known, and whether it lies before a verified tip (format.md §7, the table).

use crate::{
    git::ObjectId,
    kernel::{
        model::{Kept, Log, Roster, Standing, judge},
        refusal::Refusal,
    },
    vault::{PastFault, Vault, VaultError, tree::RosterFiles},
};

impl Vault<'_> {
    /// What a commit's log is held against: what is kept where that is newer than what lies here, else what lies here.
    fn known(&self) -> Result<Kept, VaultError> {
        let kept = || self.memory.kept().or_else(|| self.memory.kept_elsewhere(&self.roster.vault));
        if self.trust.standing == Standing::Aside
            && let Some(kept) = kept().filter(|kept| kept.roster.is_some())
        {
            return Ok(kept);
        }
        let (vault, roster) = (self.roster.vault, Some(self.roster.clone()));
        Ok(Kept { vault, hashes: self.log()?.hashes().to_vec(), roster })
    }

    /// The roster whose former keys are dead in a commit, unless its own goes on from that. A roster that stands to ours as no
    /// other branch's and no old commit's can is refused.
    pub(super) fn former_keys_for(
        &self,
        commit: ObjectId,
        (roster, log): (&Roster, &Log),
        old: bool,
    ) -> Result<Option<Roster>, VaultError> {
        let here = self.known()?;
        match judge(&here, log) {
            Ok(Standing::Known | Standing::Newer) => Ok(None),
            Ok(Standing::Aside) => Ok(here.roster),
            Err(Refusal::Replaced { known, found }) => {
                Err(PastFault::OtherVault { commit: commit.to_string(), known, found }.into())
            }
            // Its lines may have been dropped since, and their signer have left.
            Err(_) if old && leads_to(roster, log, &self.log()?) => Ok(here.roster),
            Err(refusal) => Err(refusal.into()),
        }
    }

    /// Whether a commit is, or comes before, a tip of the default branch whose log was verified.
    pub(super) fn lies_before_verified_tip(&self, commit: ObjectId) -> Result<bool, VaultError> {
        let (repo, git) = self.repository()?;
        let commit = commit.to_string();
        let before = |tip: &str| repo.descends(tip, &commit);
        if !self.trust.tip.is_empty() && before(&self.trust.tip)? {
            return Ok(true);
        }
        // The branch may have gone on since, with a log that was not looked at where it stayed as it was.
        let Some(tip) = repo.default_tip()?.filter(|tip| *tip != self.trust.tip) else { return Ok(false) };
        let tree = repo.vault_at(&tip, &git.inside)?;
        let Some(files) = tree.and_then(|tree| RosterFiles::read(&tree).ok()) else { return Ok(false) };
        let Ok((_, log)) = files.verify(0) else { return Ok(false) };
        let goes_on = matches!(judge(&self.known()?, &log), Ok(Standing::Known | Standing::Newer));
        Ok(goes_on && before(&tip)?)
    }
}

/// Whether our log goes on from another one, or has dropped what that one has more.
fn leads_to(roster: &Roster, log: &Log, ours: &Log) -> bool {
    let then = Kept { vault: log.vault(), hashes: log.hashes().to_vec(), roster: Some(roster.clone()) };
    matches!(judge(&then, ours), Ok(Standing::Known | Standing::Newer))
}
