//! The two sides of a merge, each verified by itself: which one's lines stay, and where the other's part from them.

use std::collections::BTreeSet;

use super::MergeFault;
use crate::{
    git::{CommitTree, Merging, ObjectId, Operation, Repo},
    kernel::{
        format::roster,
        model::{Kept, Line, Log, Roster, Standing, judge},
        refusal::Refusal,
        seal::{Hash, roster_hash},
    },
    store::GitPlace,
    vault::{PastFault, VaultError, tree::RosterFiles},
};

/// A vault as one commit has it.
pub(super) struct Side<'r> {
    pub(super) commit: String,
    pub(super) tree: CommitTree<'r>,
    pub(super) files: RosterFiles,
    pub(super) roster: Roster,
    pub(super) log: Log,
}

impl<'r> Side<'r> {
    fn read(repo: &'r Repo, git: &GitPlace, id: ObjectId) -> Result<Self, VaultError> {
        let commit = id.to_string();
        let tree = repo.vault_at(&commit, &git.inside)?;
        let tree = tree.ok_or_else(|| MergeFault::NoVault { commit: commit.clone() })?;
        let of_side = |fault| VaultError::from(MergeFault::Side { commit: commit.clone(), fault });
        let files = match RosterFiles::read(&tree) {
            Err(VaultError::Refused(fault)) => return Err(of_side(fault)),
            other => other?,
        };
        let (roster, log) = files.verify(0).map_err(of_side)?;
        Ok(Self { commit, tree, files, roster, log })
    }

    /// As a client would keep it.
    pub(super) fn kept(&self) -> Kept {
        Kept {
            vault: self.log.vault(),
            hashes: self.log.hashes().to_vec(),
            roster: Some(self.roster.clone()),
        }
    }

    /// Every line that it has, or says that it stands for.
    fn covers(&self) -> BTreeSet<&Hash> {
        self.log.hashes().iter().chain(self.log.lines().iter().flat_map(|line| &line.drops)).collect()
    }
}

/// Two sides that are brought together.
pub struct Sides<'r> {
    pub(super) repo: &'r Repo,
    pub(super) inside: String,
    /// What brings them together.
    pub operation: Operation,
    /// Whether the side that is gone on from is the one whose lines stay.
    pub ours_kept: bool,
    pub(super) kept: Side<'r>,
    pub(super) other: Side<'r>,
    /// What the secrets of both come from.
    pub(super) base: Option<CommitTree<'r>>,
    /// How many lines of the other side's log the kept one has, or stands for.
    pub(super) shared: usize,
}

impl<'r> Sides<'r> {
    /// Finds what is being merged, or takes a commit before HEAD as the other side, and verifies both.
    pub fn find(repo: &'r Repo, git: &GitPlace, with: Option<&str>) -> Result<Self, VaultError> {
        let merging = match with {
            None => repo.merging()?.ok_or(MergeFault::Nothing)?,
            Some(revision) => {
                let found = repo.merging_with(revision).map_err(|fault| PastFault::NoRevision {
                    revision: revision.to_owned(),
                    fault: Box::new(fault),
                })?;
                found.ok_or_else(|| MergeFault::NotBefore { revision: revision.to_owned() })?
            }
        };
        let Merging { operation, ours, theirs, base } = merging;
        let (ours, theirs) = (Side::read(repo, git, ours)?, Side::read(repo, git, theirs)?);
        if ours.log.vault() != theirs.log.vault() {
            let (known, found) = (ours.log.vault(), theirs.log.vault());
            return Err(PastFault::OtherVault { commit: theirs.commit, known, found }.into());
        }
        let base = base.map(|base| repo.vault_at(&base.to_string(), &git.inside)).transpose()?.flatten();
        let ours_kept = !stands_for(&theirs, &ours)
            && (stands_for(&ours, &theirs) || !is_published(repo, git, &theirs, &ours));
        let (kept, other) = if ours_kept { (ours, theirs) } else { (theirs, ours) };
        let covered = kept.covers();
        let shared = other.log.hashes().iter().take_while(|hash| covered.contains(hash)).count();
        if shared == 0 {
            return Err(Refusal::Forked { line: 1 }.into());
        }
        let inside = git.inside.clone();
        Ok(Self { repo, inside, operation, ours_kept, kept, other, base, shared })
    }

    /// Refuses the other side where one of its lines would be refused by who knows the kept one: an admin who was removed could
    /// else take part as on the day before.
    pub(super) fn check_other(&self) -> Result<(), VaultError> {
        match judge(&self.kept.kept(), &self.other.log) {
            Err(Refusal::Forked { .. }) => {
                let admins = self.kept.roster.admin_keys();
                let surplus = self.other.log.lines().iter().skip(self.shared);
                let line = surplus.clone().find(|line| !admins.contains(&line.key));
                let line = line
                    .or(surplus.last())
                    .map_or(self.shared, |line| usize::try_from(line.serial).unwrap_or(usize::MAX));
                Err(MergeFault::NoAdmin { commit: self.other.commit.clone(), line }.into())
            }
            other => Ok(other.map(drop)?),
        }
    }

    /// The other side's lines that are to be made again.
    pub(super) fn again(&self) -> &[Line] {
        &self.other.log.lines()[self.shared..]
    }

    /// What the line that makes them again has to name.
    pub(super) fn drops(&self) -> Vec<Hash> {
        let covered = self.kept.covers();
        let lines = self.other.log.hashes()[self.shared..].iter();
        let dropped = self.other.log.lines().iter().flat_map(|line| &line.drops);
        let mut drops: Vec<Hash> = Vec::new();
        for hash in lines.chain(dropped) {
            if !covered.contains(hash) && !drops.contains(hash) {
                drops.push(*hash);
            }
        }
        drops
    }

    /// The roster of the last line that both sides have: bytes of some commit that the line signs.
    pub(super) fn parting(&self) -> Result<Roster, VaultError> {
        let line = &self.other.log.lines()[self.shared - 1];
        let is_it = |bytes: &[u8]| roster_hash(bytes) == line.roster;
        let read = |tree: &CommitTree<'_>| RosterFiles::read(tree).ok().map(|files| files.roster);
        let mut found = self.base.as_ref().and_then(read).filter(|bytes| is_it(bytes));
        if found.is_none() {
            for commit in self.repo.commits_known()? {
                let tree = self.repo.vault_at(&commit, &self.inside)?;
                found = tree.as_ref().and_then(read).filter(|bytes| is_it(bytes));
                if found.is_some() {
                    break;
                }
            }
        }
        let found = found.ok_or(MergeFault::NoBase { line: self.shared })?;
        Ok(roster::parse(&found)?)
    }

    /// Whether a log goes on from both sides: then somebody has brought them together before.
    pub(super) fn are_both_in(&self, log: &Log) -> bool {
        let in_it =
            |side: &Side<'_>| matches!(judge(&side.kept(), log), Ok(Standing::Known | Standing::Newer));
        in_it(&self.kept) && in_it(&self.other)
    }
}

/// Whether one side's log goes on from the other's.
fn stands_for(one: &Side<'_>, other: &Side<'_>) -> bool {
    judge(&other.kept(), &one.log) == Ok(Standing::Newer)
}

/// Whether the remote's default branch has more of one side's lines than of the other's.
fn is_published(repo: &Repo, git: &GitPlace, one: &Side<'_>, other: &Side<'_>) -> bool {
    let published = || {
        let tree = repo.vault_at(&repo.published_tip().ok()??, &git.inside).ok()??;
        // What is wrong with it, the vault says when it is opened.
        RosterFiles::read(&tree).ok()?.verify(u64::MAX).ok()
    };
    let Some((_, log)) = published() else { return false };
    let shared =
        |side: &Side<'_>| side.log.hashes().iter().zip(log.hashes()).take_while(|(a, b)| a == b).count();
    shared(one) > shared(other)
}
