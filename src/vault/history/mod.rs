//! The history rule (format.md §12): of all that members signed on the way to a tip, nothing was put back, replaced or lost.
//!
//! What the tip lacks is a finding. A past commit that did not verify, and that the tip has left behind, is told and no more:
//! history does not change, and a check that fails for ever is switched off.

mod compare;
mod fault;
mod kept;
mod walk;

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::{
    git::{ObjectId, Repo},
    kernel::{
        model::{Log, Roster},
        name::{EnvName, SecretName},
        seal::Hash,
    },
};

use super::{Doing, Finding, Progress, Step, Vault, VaultError, tree::RosterFiles};
use kept::Remembered;
use walk::{Gathered, Walk};

pub(super) use fault::short;
pub use fault::{By, PastFault};

/// The history as far as it was looked at.
#[derive(Debug, Default)]
pub struct History {
    /// How many commits lead to the tip, itself among them.
    pub commits: usize,
    /// How many of them changed the vault.
    pub changed: usize,
    /// How many brought in something of a vault in whose place this one was founded.
    pub earlier: usize,
    /// How many were looked at now; the others were before.
    pub fresh: usize,
    /// Why some, or all, were not looked at.
    pub unchecked: Option<Unchecked>,
    /// What did not verify in the past.
    pub unsound: Vec<Unsound>,
    /// How many more did not.
    pub more: usize,
    /// That the remote's default branch no longer comes after the commit where it was seen.
    pub rewritten: Option<Rewritten>,
}

/// Why a history was not looked at, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unchecked {
    /// There is no git repository.
    NoGit,
    /// It does not open: damaged, somebody else's, or of a kind that libgit2 does not know.
    Unopened {
        /// What git says.
        why: String,
    },
    /// The older commits were not fetched.
    Shallow,
}

/// A commit of the past that brought something in that does not verify.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsound {
    /// The commit.
    pub commit: String,
    /// Who made it, as it says itself: nobody has signed that.
    pub author: String,
    /// The file, relative to `.vault`.
    pub path: String,
    /// The code of what is wrong.
    pub code: String,
    /// What is wrong.
    pub message: String,
}

/// A default branch that was moved to where it does not come after what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// What it was.
    pub before: String,
    /// What it is.
    pub now: String,
}

/// How a secret stands in a tree that was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stands {
    /// So.
    At { revision: u64, hash: Hash },
    /// It does not verify, which is a finding by itself.
    Broken,
}

/// Every secret that has a file.
pub(super) type Standings = BTreeMap<(EnvName, SecretName), Stands>;

/// The highest revision of a secret that a writer signed.
pub(super) struct Highest {
    pub(super) revision: u64,
    /// Its different bytes, at least one, each with a commit that has them.
    pub(super) copies: Vec<(Hash, String)>,
}

/// A tree that was verified, and that its history is compared with.
pub(super) struct Subject {
    pub(super) roster: Roster,
    pub(super) log: Log,
    pub(super) files: RosterFiles,
    pub(super) standings: Standings,
    /// The commit; none for what lies in the work tree, which stands on HEAD.
    pub(super) commit: Option<ObjectId>,
}

impl Vault<'_> {
    /// Looks at all commits that lead to a tree, or at those that came since the last time.
    pub(super) fn look_back(
        &self,
        subject: &Subject,
        strict: bool,
        progress: Progress<'_>,
    ) -> Result<(History, Vec<Finding>), VaultError> {
        let unchecked = |why| History { unchecked: Some(why), ..History::default() };
        let Some(git) = &self.place.git else { return Ok((unchecked(Unchecked::NoGit), Vec::new())) };
        let repo = match Repo::open(&git.folder) {
            Ok(repo) => repo,
            Err(error) => {
                return Ok((unchecked(Unchecked::Unopened { why: error.to_string() }), Vec::new()));
            }
        };
        let before = Remembered::read(self).filter(|kept| !repo.is_grafted() && kept.is_of(subject));
        let rewritten = self.rewritten(&repo)?;
        let Some(tip) = subject.commit.map_or_else(|| head(&repo), |tip| Ok(Some(tip)))? else {
            return Ok((History { rewritten, ..History::default() }, Vec::new()));
        };
        let past = repo.past(&git.inside)?;
        let mut walk = Walk::new(&past, subject);
        let fresh = gather(&mut walk, before, tip, progress)?;
        let Gathered { commits, changed, earlier, .. } = walk.gathered;
        let findings = walk.compare()?;
        let shallow = repo.is_shallow();
        let lasting = subject.commit.is_none() && !shallow && !repo.is_grafted() && !self.trust.unknown;
        let taken = findings.is_empty() && !(strict && rewritten.is_some());
        if taken && lasting {
            Remembered::of(subject, tip, &walk.gathered, repo.published_tip()?).write(self);
        }
        let (unsound, more) = walk.gathered.told();
        let unchecked = shallow.then_some(Unchecked::Shallow);
        Ok((History { commits, changed, earlier, fresh, unchecked, unsound, more, rewritten }, findings))
    }

    /// The highest revision of a secret that a writer signed on the way to HEAD; none where there is no git or no such secret.
    pub(super) fn highest(
        &self,
        (env, name): (&EnvName, &SecretName),
        progress: Progress<'_>,
    ) -> Result<Option<Highest>, VaultError> {
        let (Some(git), Some(repo)) = (&self.place.git, self.repo()) else { return Ok(None) };
        let Some(tip) = head(repo)? else { return Ok(None) };
        let (subject, _) = self.verify_disk(progress)?;
        let past = repo.past(&git.inside)?;
        let mut walk = Walk::new(&past, &subject);
        let before = Remembered::read(self).filter(|kept| !repo.is_grafted() && kept.is_of(&subject));
        gather(&mut walk, before, tip, progress)?;
        Ok(walk.gathered.tops.remove(&(env.clone(), name.clone())).map(|top| Highest {
            revision: top.revision,
            copies: top.copies.iter().map(|copy| (copy.hash, copy.commit.to_string())).collect(),
        }))
    }

    /// Whether the remote's default branch was moved off the commit at which it was last seen here.
    fn rewritten(&self, repo: &Repo) -> Result<Option<Rewritten>, VaultError> {
        let before = Remembered::read(self).and_then(|kept| kept.published);
        let (Some(before), Some(now)) = (before, repo.published_tip()?) else { return Ok(None) };
        let moved = !repo.descends(&now, &before)?;
        Ok(moved.then_some(Rewritten { before, now }))
    }
}

/// HEAD; none before the first commit.
pub(super) fn head(repo: &Repo) -> Result<Option<ObjectId>, VaultError> {
    Ok(repo.head()?.and_then(|head| ObjectId::parse(&head)))
}

/// Takes over what is remembered of commits before the tip, and looks at the others; gives how many those are.
fn gather(
    walk: &mut Walk<'_>,
    before: Option<Remembered>,
    tip: ObjectId,
    progress: Progress<'_>,
) -> Result<usize, VaultError> {
    let past = walk.past;
    let mut done = 0;
    let mut step = |of: usize| {
        done += 1;
        progress(Step { doing: Doing::LookingBack, done, of });
    };
    if let Some(kept) = before
        && past.descends(tip, kept.tip)?
    {
        let from = kept.tip;
        walk.gathered = kept.gathered;
        if tip == from {
            return Ok(0);
        }
        let since = past.since(tip, from)?;
        for id in &since {
            step(since.len());
            if let Some(commit) = past.commit(*id)? {
                walk.look(&commit)?;
            }
        }
        return Ok(since.len());
    }
    let (mut next, mut met) = (vec![tip], HashSet::from([tip]));
    while let Some(id) = next.pop() {
        let Some(commit) = past.commit(id)? else { continue };
        step(0);
        walk.look(&commit)?;
        next.extend(commit.parents.iter().copied().filter(|parent| met.insert(*parent)));
    }
    Ok(walk.gathered.commits)
}
