//! Where a branch is on its way: what HEAD names, what it follows, and whether git is in the middle of something.

use std::fmt;

use git2::{Config, ErrorCode, RepositoryState};

use super::{GitError, Repo, read, without_credentials};

/// A branch of a remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// The remote's name, or its address.
    pub remote: String,
    /// The branch's name there.
    pub branch: String,
}

impl Upstream {
    /// The remote as it may be shown.
    pub fn shown(&self) -> String {
        without_credentials(&self.remote)
    }

    /// The branch as a reference.
    pub(super) fn reference(&self) -> String {
        format!("refs/heads/{}", self.branch)
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.shown(), self.branch)
    }
}

/// What HEAD is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Course {
    /// A branch.
    Branch {
        /// Its name.
        name: String,
        /// What it follows; none if that is not set.
        follows: Option<Upstream>,
        /// What it would follow: the same name at `origin`, or at the only remote.
        would_follow: Option<Upstream>,
        /// The remote that it is pushed to, if the settings name one.
        pushed_to: Option<String>,
    },
    /// A commit, and no branch.
    Detached,
}

/// Why nothing can be committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// No work tree belongs to the repository.
    Bare,
    /// A merge, rebase or the like is under way.
    Underway {
        /// What, in git's word for it.
        what: &'static str,
    },
}

impl Repo {
    /// Why nothing can be committed here, if that is so.
    pub fn hindrance(&self) -> Option<Hindrance> {
        if self.0.is_bare() {
            return Some(Hindrance::Bare);
        }
        underway(self.0.state()).map(|what| Hindrance::Underway { what })
    }

    /// What HEAD is.
    pub fn course(&self) -> Result<Course, GitError> {
        let failed = |e| read("HEAD", e);
        // The name counts even before the branch has a commit.
        let head = self.0.find_reference("HEAD").map_err(failed)?;
        let Some(reference) = head.symbolic_target().map_err(failed)? else { return Ok(Course::Detached) };
        let Some(name) = reference.strip_prefix("refs/heads/") else { return Ok(Course::Detached) };
        let would_follow = self.remote()?.map(|remote| Upstream { remote, branch: name.to_owned() });
        let failed = |e| read("its settings", e);
        let config = self.0.config().and_then(|mut config| config.snapshot()).map_err(failed)?;
        let of_branch = |key: &str| setting(&config, &format!("branch.{name}.{key}"));
        let branch = of_branch("merge")?.and_then(|name| name.strip_prefix("refs/heads/").map(str::to_owned));
        let follows = of_branch("remote")?.zip(branch).map(|(remote, branch)| Upstream { remote, branch });
        let pushed_to = match of_branch("pushRemote")? {
            Some(remote) => Some(remote),
            None => setting(&config, "remote.pushDefault")?,
        };
        Ok(Course::Branch { name: name.to_owned(), follows, would_follow, pushed_to })
    }

    /// The paths of a folder that are not as HEAD has them, below that folder.
    pub fn changed(&self, inside: &str) -> Result<Vec<String>, GitError> {
        let folder = format!("{inside}/");
        let statuses = self.statuses_of(inside)?;
        let paths = statuses.iter().filter_map(|status| status.path().ok().map(str::to_owned));
        Ok(paths.filter_map(|path| path.strip_prefix(&folder).map(str::to_owned)).collect())
    }
}

fn setting(config: &Config, key: &str) -> Result<Option<String>, GitError> {
    match config.get_str(key) {
        Ok(value) => Ok(Some(value.to_owned())),
        Err(e) if e.code() == ErrorCode::NotFound => Ok(None),
        Err(e) => Err(read("its settings", e)),
    }
}

fn underway(state: RepositoryState) -> Option<&'static str> {
    Some(match state {
        RepositoryState::Clean => return None,
        RepositoryState::Merge => "merge",
        RepositoryState::Revert | RepositoryState::RevertSequence => "revert",
        RepositoryState::CherryPick | RepositoryState::CherryPickSequence => "cherry-pick",
        RepositoryState::Bisect => "bisect",
        RepositoryState::ApplyMailbox => "am",
        _ => "rebase",
    })
}
