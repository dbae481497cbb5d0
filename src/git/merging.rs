//! A merge under way, of whatever kind: which commits are brought together, what git left undone, and how it is said to be done.

use std::path::Path;

use git2::{ErrorCode, Index, Oid};

use super::{GitError, ObjectId, Repo, read};

/// What brings two commits together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `git merge`, or a pull that merges.
    Merge,
    /// `git rebase`, or a pull that rebases.
    Rebase,
    /// `git cherry-pick`.
    CherryPick,
    /// None any more: HEAD is a merge, that a person or a forge made.
    Merged,
}

/// Two commits that are brought together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merging {
    /// What brings them together.
    pub operation: Operation,
    /// The commit that is gone on from.
    pub ours: ObjectId,
    /// The commit that is brought in.
    pub theirs: ObjectId,
    /// What both come from; for a commit that is picked, the one before it.
    pub base: Option<ObjectId>,
}

impl Repo {
    /// What is being merged; none if nothing is, and HEAD is no merge of two.
    pub fn merging(&self) -> Result<Option<Merging>, GitError> {
        let Some(ours) = self.named("HEAD")? else { return Ok(None) };
        if let Some(theirs) = self.named("MERGE_HEAD")? {
            let base = self.merge_base(ObjectId(ours), ObjectId(theirs))?;
            return Ok(Some(merging(Operation::Merge, ours, theirs, base)));
        }
        let rebases = ["rebase-merge", "rebase-apply"].iter().any(|name| self.0.path().join(name).exists());
        let rebased = if rebases { self.named("REBASE_HEAD")? } else { None };
        let picked = rebased.map(|theirs| (Operation::Rebase, theirs));
        let picked = match picked {
            None => self.named("CHERRY_PICK_HEAD")?.map(|theirs| (Operation::CherryPick, theirs)),
            rebased => rebased,
        };
        if let Some((operation, theirs)) = picked {
            let before = self.parents(theirs)?.first().copied().map(ObjectId);
            return Ok(Some(merging(operation, ours, theirs, before)));
        }
        match self.parents(ours)?[..] {
            [ours, theirs] => {
                let base = self.merge_base(ObjectId(ours), ObjectId(theirs))?;
                Ok(Some(merging(Operation::Merged, ours, theirs, base)))
            }
            _ => Ok(None),
        }
    }

    /// What a commit before HEAD would be merged as, had a merge not lost its side; none if it does not lead to HEAD.
    pub fn merging_with(&self, revision: &str) -> Result<Option<Merging>, GitError> {
        let theirs = self.resolve(revision)?;
        let Some(ours) = self.named("HEAD")? else { return Ok(None) };
        if !self.descends(&ours.to_string(), &theirs.to_string())? {
            return Ok(None);
        }
        Ok(Some(Merging { operation: Operation::Merged, ours: ObjectId(ours), theirs, base: Some(theirs) }))
    }

    /// The files below a folder that git left unmerged, as paths from there.
    pub fn unmerged(&self, inside: &str) -> Result<Vec<String>, GitError> {
        let index = self.index()?;
        let conflicts = index.conflicts().map_err(|e| read("the index", e))?;
        let mut paths = Vec::new();
        for conflict in conflicts {
            let conflict = conflict.map_err(|e| read("the index", e))?;
            let entry = [conflict.our, conflict.their, conflict.ancestor].into_iter().flatten().next();
            let path = entry.map(|entry| String::from_utf8_lossy(&entry.path).into_owned());
            let below = path.as_deref().and_then(|path| path.strip_prefix(inside)?.strip_prefix('/'));
            paths.extend(below.map(str::to_owned));
        }
        paths.sort();
        Ok(paths)
    }

    /// Puts files below a folder into the index as they lie in the work tree, and takes out those that do not.
    pub fn stage(&self, inside: &str, paths: &[String]) -> Result<(), GitError> {
        let mut index = self.index()?;
        let folder = self.0.workdir().map(|folder| folder.join(inside)).unwrap_or_default();
        let failed = |e| GitError::Write { what: "the index".to_owned(), source: e };
        for path in paths {
            let whole = Path::new(inside).join(path);
            let staged = if folder.join(path).symlink_metadata().is_ok() {
                index.add_path(&whole)
            } else {
                index.remove_path(&whole)
            };
            staged.map_err(failed)?;
        }
        index.write().map_err(failed)
    }

    fn index(&self) -> Result<Index, GitError> {
        let mut index = self.0.index().map_err(|e| read("the index", e))?;
        // Another program may have written it since it was read.
        index.read(false).map_err(|e| read("the index", e))?;
        Ok(index)
    }

    fn named(&self, name: &str) -> Result<Option<Oid>, GitError> {
        match self.0.refname_to_id(name) {
            Ok(id) => Ok(Some(id)),
            Err(e) if matches!(e.code(), ErrorCode::NotFound | ErrorCode::UnbornBranch) => Ok(None),
            Err(e) => Err(read(name, e)),
        }
    }

    fn parents(&self, commit: Oid) -> Result<Vec<Oid>, GitError> {
        let commit = self.0.find_commit(commit).map_err(|e| read(&format!("commit {commit}"), e))?;
        Ok(commit.parent_ids().collect())
    }
}

fn merging(operation: Operation, ours: Oid, theirs: Oid, base: Option<ObjectId>) -> Merging {
    Merging { operation, ours: ObjectId(ours), theirs: ObjectId(theirs), base }
}
