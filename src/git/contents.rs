//! What git holds to be searched: files of the index and the work tree, and what commits brought in; bytes as they lie in the
//! object store, through no filter.

use std::{
    collections::HashSet,
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use git2::{
    Delta, DiffOptions, FileMode, Index, ObjectType, Odb, OdbObject, Oid, Sort, StatusOptions, StatusShow,
};

use super::{GitError, ObjectId, Repo, read};

/// How many folders deep a tree is looked into: a commit can be made that git itself would not check out.
const DEPTH: usize = 256;

/// A file's content as git has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Its path below the work tree.
    pub path: PathBuf,
    /// The name of its bytes.
    pub id: ObjectId,
}

/// Which commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commits {
    /// All that any reference leads to.
    All,
    /// Those that come to the second and not to the first.
    Between(ObjectId, ObjectId),
}

/// Reads contents, one after the other.
pub struct Contents<'r>(Odb<'r>);

/// Bytes of the object store.
pub struct Bytes<'o>(OdbObject<'o>);

impl Bytes<'_> {
    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        self.0.data()
    }
}

impl Contents<'_> {
    /// The bytes of a file; `None` if they are more than the cap, which is found out before they are inflated, or are not here.
    pub fn read(&self, id: ObjectId, cap: usize) -> Result<Option<Bytes<'_>>, GitError> {
        let failed = |e| read(&format!("object {id}"), e);
        match self.0.read_header(id.0) {
            Ok((size, ObjectType::Blob)) if size <= cap => {}
            Ok(_) => return Ok(None),
            // As in a clone that fetches contents only when they are wanted.
            Err(e) if e.code() == git2::ErrorCode::NotFound => return Ok(None),
            Err(e) => return Err(failed(e)),
        }
        self.0.read(id.0).map(Bytes).map(Some).map_err(failed)
    }
}

impl Repo {
    /// A reader of contents.
    pub fn contents(&self) -> Result<Contents<'_>, GitError> {
        Ok(Contents(self.0.odb().map_err(|e| read("its objects", e))?))
    }

    /// The folder of the work tree; none of a bare repository.
    pub fn work_tree(&self) -> Option<&Path> {
        self.0.workdir()
    }

    /// The files of the index that are not as HEAD has them, as they would be committed. A commit of some paths has an index of
    /// its own, which git names to its hooks.
    pub fn staged(&self, index: Option<&Path>) -> Result<Vec<Content>, GitError> {
        let failed = |e| read("the index", e);
        let index = match index {
            Some(path) => Index::open(path),
            None => self.0.index(),
        };
        let index = index.map_err(failed)?;
        let head = match self.head()? {
            Some(head) => Some(
                self.0
                    .find_commit(super::oid(&head)?)
                    .and_then(|head| head.tree())
                    .map_err(|e| read("HEAD", e))?,
            ),
            None => None,
        };
        let mut options = DiffOptions::new();
        options.ignore_submodules(true).include_typechange(true);
        let diff =
            self.0.diff_tree_to_index(head.as_ref(), Some(&index), Some(&mut options)).map_err(failed)?;
        let added = diff.deltas().filter(|delta| delta.status() != Delta::Deleted).filter_map(|delta| {
            let file = delta.new_file();
            let is_file = matches!(
                file.mode(),
                FileMode::Blob | FileMode::BlobExecutable | FileMode::BlobGroupWritable
            );
            let path = file.path_bytes().filter(|_| is_file)?;
            Some(Content { path: path_of(path), id: ObjectId(file.id()) })
        });
        Ok(added.collect())
    }

    /// The files of the work tree that are tracked, or neither tracked nor ignored, in order.
    pub fn files(&self) -> Result<Vec<PathBuf>, GitError> {
        let index = self.0.index().map_err(|e| read("the index", e))?;
        let plain = [FileMode::Blob, FileMode::BlobExecutable].map(u32::from);
        let tracked = index.iter().filter(|entry| plain.contains(&entry.mode));
        let mut files: Vec<PathBuf> = tracked.map(|entry| path_of(&entry.path)).collect();
        let mut options = StatusOptions::new();
        options.show(StatusShow::Workdir).include_untracked(true).recurse_untracked_dirs(true);
        options.include_ignored(false).exclude_submodules(true).update_index(false);
        let statuses = self.0.statuses(Some(&mut options)).map_err(|e| read("the work tree", e))?;
        let untracked = statuses.iter().filter(|entry| entry.status().is_wt_new());
        files.extend(untracked.map(|entry| path_of(entry.path_bytes())));
        files.sort_unstable();
        files.dedup();
        Ok(files)
    }

    /// Tells every content that commits brought in, each once, with the first of them that did, oldest first. What the commits
    /// before them have is not told.
    pub fn brought_in(
        &self,
        commits: Commits,
        told: &mut dyn FnMut(ObjectId, Content) -> Result<(), GitError>,
    ) -> Result<usize, GitError> {
        let walked = self.walk(commits).map_err(|e| read("its history", e))?;
        let mut seen = HashSet::new();
        if let Commits::Between(..) = commits {
            self.pass_over(&walked, &mut seen)?;
        }
        for id in &walked {
            let commit = ObjectId(*id);
            let found = self.0.find_commit(*id).map_err(|e| read(&format!("commit {id}"), e))?;
            let mut walk =
                TreeWalk { repo: self, seen: &mut seen, told: &mut |content| told(commit, content) };
            walk.tree(found.tree_id(), &mut Vec::new(), DEPTH)?;
        }
        Ok(walked.len())
    }

    fn walk(&self, commits: Commits) -> Result<Vec<Oid>, git2::Error> {
        let mut walk = self.0.revwalk()?;
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)?;
        match commits {
            Commits::All => {
                walk.push_glob("refs/*")?;
                // None before the first commit; and where it is detached no reference leads to it.
                let _ = walk.push_head();
            }
            Commits::Between(from, to) => {
                walk.push(to.0)?;
                walk.hide(from.0)?;
            }
        }
        walk.collect()
    }

    /// Takes note of what the commits before these have.
    fn pass_over(&self, commits: &[Oid], seen: &mut HashSet<Oid>) -> Result<(), GitError> {
        let walked: HashSet<&Oid> = commits.iter().collect();
        for id in commits {
            let commit = self.0.find_commit(*id).map_err(|e| read(&format!("commit {id}"), e))?;
            for parent in commit.parent_ids().filter(|parent| !walked.contains(parent)) {
                // Older than what a shallow clone has.
                let Ok(parent) = self.0.find_commit(parent) else { continue };
                TreeWalk { repo: self, seen, told: &mut |_| Ok(()) }.tree(
                    parent.tree_id(),
                    &mut Vec::new(),
                    DEPTH,
                )?;
            }
        }
        Ok(())
    }
}

/// Walks trees, each object once.
struct TreeWalk<'a> {
    repo: &'a Repo,
    seen: &'a mut HashSet<Oid>,
    told: &'a mut dyn FnMut(Content) -> Result<(), GitError>,
}

impl TreeWalk<'_> {
    fn tree(&mut self, id: Oid, path: &mut Vec<u8>, depth: usize) -> Result<(), GitError> {
        if depth == 0 || !self.seen.insert(id) {
            return Ok(());
        }
        let tree = self.repo.0.find_tree(id).map_err(|e| read(&format!("tree {id}"), e))?;
        for entry in &tree {
            let before = path.len();
            if before > 0 {
                path.push(b'/');
            }
            path.extend_from_slice(entry.name_bytes());
            let link = entry.filemode() == i32::from(FileMode::Link);
            match entry.kind() {
                Some(ObjectType::Tree) => self.tree(entry.id(), path, depth - 1)?,
                Some(ObjectType::Blob) if !link && self.seen.insert(entry.id()) => {
                    (self.told)(Content { path: path_of(path), id: ObjectId(entry.id()) })?;
                }
                _ => {}
            }
            path.truncate(before);
        }
        Ok(())
    }
}

fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}
