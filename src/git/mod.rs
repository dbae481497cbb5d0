//! The project's own git repository, read through libgit2: what the default branch holds, and who descends from whom.
//!
//! Nothing here is on the path of a plain `get`, `list` or `run`: it is asked when something is new, lower or gone.

mod aside;
mod condition;
mod contents;
mod course;
mod merging;
mod past;
mod program;
mod stages;
mod tree;

use std::path::{Path, PathBuf};

use git2::{BranchType, ErrorCode, Oid, Repository, StatusOptions, Statuses};

pub use aside::Aside;
pub use condition::{Rewriter, program, version};
pub use contents::{Bytes, Commits, Content, Contents};
pub use course::{Course, Hindrance, Upstream};
pub use merging::{Merging, Operation};
pub use past::{Added, Commit, ObjectId, Past, VaultAt};
pub use program::{CallError, Git, Pushed, Sent};
pub use tree::CommitTree;

/// Why the repository could not answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// It could not be opened: damaged, of a kind that libgit2 does not know, or somebody else's.
    #[error("git cannot open `{}`: {}", path.display(), source.message())]
    Open {
        /// The git folder.
        path: PathBuf,
        /// What libgit2 said.
        source: git2::Error,
    },
    /// It could not be read.
    #[error("git cannot read {what}: {}", source.message())]
    Read {
        /// What was looked for.
        what: String,
        /// What libgit2 said.
        source: git2::Error,
    },
    /// It could not be written.
    #[error("git cannot write {what}: {}", source.message())]
    Write {
        /// What was to be written.
        what: String,
        /// What libgit2 said.
        source: git2::Error,
    },
}

/// A repository.
pub struct Repo(Repository);

impl Repo {
    /// Opens the repository of one git folder, looking nowhere else.
    pub fn open(folder: &Path) -> Result<Self, GitError> {
        let opened = Repository::open(folder);
        opened.map(Self).map_err(|source| GitError::Open { path: folder.to_owned(), source })
    }

    /// The commit whose log may be kept: the tip of the remote's default branch, or HEAD where there is no remote. None if
    /// there is no such commit yet.
    pub fn default_tip(&self) -> Result<Option<String>, GitError> {
        if self.remote()?.is_none() { self.head() } else { self.published_tip() }
    }

    /// The tip of the remote's default branch; none where there is no remote, or no such commit yet.
    pub fn published_tip(&self) -> Result<Option<String>, GitError> {
        let Some(remote) = self.remote()? else { return Ok(None) };
        let candidates = [format!("{remote}/HEAD"), format!("{remote}/main"), format!("{remote}/master")];
        for name in candidates {
            match self.0.find_branch(&name, BranchType::Remote) {
                Ok(branch) => {
                    let commit = branch.get().peel_to_commit();
                    return commit.map(|commit| Some(commit.id().to_string())).map_err(|e| read(&name, e));
                }
                Err(e) if e.code() == ErrorCode::NotFound => {}
                Err(e) => return Err(read(&name, e)),
            }
        }
        Ok(None)
    }

    /// `origin`, or the only remote under another name.
    fn remote(&self) -> Result<Option<String>, GitError> {
        let names = self.0.remotes().map_err(|e| read("its remotes", e))?;
        let names: Vec<&str> = names.iter().flatten().flatten().collect();
        let origin = names.iter().find(|name| **name == "origin").or_else(|| names.first());
        Ok(origin.map(|name| (*name).to_owned()))
    }

    /// HEAD's commit; none before the first.
    pub fn head(&self) -> Result<Option<String>, GitError> {
        match self.0.head().and_then(|head| head.peel_to_commit()) {
            Ok(commit) => Ok(Some(commit.id().to_string())),
            Err(e) if matches!(e.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => Ok(None),
            Err(e) => Err(read("HEAD", e)),
        }
    }

    /// Where the remotes are, without user names, passwords and tokens.
    pub fn addresses(&self) -> Result<Vec<String>, GitError> {
        let names = self.0.remotes().map_err(|e| read("its remotes", e))?;
        let remotes = names.iter().flatten().flatten().filter_map(|name| self.0.find_remote(name).ok());
        Ok(remotes.filter_map(|remote| remote.url().ok().map(without_credentials)).collect())
    }

    /// Whether a commit is another or comes after it.
    pub fn descends(&self, commit: &str, from: &str) -> Result<bool, GitError> {
        let (commit, from) = (oid(commit)?, oid(from)?);
        if commit == from {
            return Ok(true);
        }
        // A commit that was seen once and is no longer here, as after an amended one or in a shallow clone.
        if self.0.find_commit(from).is_err() {
            return Ok(false);
        }
        self.0.graph_descendant_of(commit, from).map_err(|e| read("its history", e))
    }

    /// The commits from a tip, or without one from every reference, back to one that is left out with all before it, newest
    /// first.
    pub fn commits(&self, tip: Option<&str>, until: Option<&str>) -> Result<Vec<String>, GitError> {
        let walked = || -> Result<Vec<String>, git2::Error> {
            let mut walk = self.0.revwalk()?;
            match tip {
                Some(tip) => walk.push(Oid::from_str(tip)?)?,
                None => walk.push_glob("refs/*")?,
            }
            if let Some(until) = until {
                walk.hide(Oid::from_str(until)?)?;
            }
            walk.map(|commit| commit.map(|id| id.to_string())).collect()
        };
        walked().map_err(|e| read("its history", e))
    }

    /// Every commit that this clone still knows of, by a reference or by where HEAD was: after a rebase nothing else names
    /// those that were replaced.
    pub fn commits_known(&self) -> Result<Vec<String>, GitError> {
        let walked = || -> Result<Vec<String>, git2::Error> {
            let mut walk = self.0.revwalk()?;
            walk.push_glob("refs/*")?;
            let reflog = self.0.reflog("HEAD");
            let was = reflog.iter().flat_map(git2::Reflog::iter).map(|entry| entry.id_new());
            let named = ["HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD", "ORIG_HEAD"];
            let named = named.iter().filter_map(|name| self.0.refname_to_id(name).ok());
            for id in named.chain(was).filter(|id| self.0.find_commit(*id).is_ok()).collect::<Vec<_>>() {
                walk.push(id)?;
            }
            walk.map(|commit| commit.map(|id| id.to_string())).collect()
        };
        walked().map_err(|e| read("its history", e))
    }

    /// The vault as one commit has it; `inside` is its folder below the work tree. None if the commit has none.
    pub fn vault_at(&self, commit: &str, inside: &str) -> Result<Option<CommitTree<'_>>, GitError> {
        let found = self.0.find_commit(oid(commit)?).and_then(|commit| commit.tree());
        let root = found.map_err(|e| read(commit, e))?;
        match root.get_path(Path::new(inside)).and_then(|entry| entry.to_object(&self.0)) {
            Ok(object) => Ok(object.into_tree().ok().map(|tree| CommitTree::new(&self.0, tree))),
            Err(e) if e.code() == ErrorCode::NotFound => Ok(None),
            Err(e) => Err(read(inside, e)),
        }
    }

    /// Whether a folder of the work tree is as HEAD has it, with nothing added.
    pub fn is_as_in_head(&self, inside: &str) -> Result<bool, GitError> {
        Ok(self.statuses_of(inside)?.is_empty())
    }

    /// What of a folder of the work tree is not as HEAD has it.
    fn statuses_of(&self, inside: &str) -> Result<Statuses<'_>, GitError> {
        let mut options = StatusOptions::new();
        options.include_untracked(true).recurse_untracked_dirs(true).include_ignored(false);
        options.pathspec(inside).disable_pathspec_match(true).update_index(false);
        self.0.statuses(Some(&mut options)).map_err(|e| read("the work tree", e))
    }
}

/// The person's name as git knows it: the repository's setting, or the user's own.
pub fn user_name(folder: Option<&Path>) -> Option<String> {
    let ours = folder.and_then(|folder| Repository::open(folder).ok()).and_then(|repo| repo.config().ok());
    let mut config = ours.or_else(|| git2::Config::open_default().ok())?;
    config.snapshot().ok()?.get_str("user.name").ok().map(str::to_owned)
}

/// The pager in the user's own configuration. The repository's is not asked: it would have run something.
pub fn user_pager() -> Option<String> {
    let mut own = git2::Config::open_default().and_then(|mut all| all.open_global()).ok()?;
    own.snapshot().ok()?.get_str("core.pager").ok().map(str::to_owned)
}

fn oid(hex: &str) -> Result<Oid, GitError> {
    Oid::from_str(hex).map_err(|e| read(hex, e))
}

fn read(what: &str, source: git2::Error) -> GitError {
    GitError::Read { what: what.to_owned(), source }
}

/// `https://user:token@host/x` becomes `https://host/x`; other forms of address stay.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests;
