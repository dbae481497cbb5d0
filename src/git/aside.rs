//! A work tree beside the user's, in which his commits are put on top of others: of his own nothing is touched before the result
//! was verified, and a conflict leaves nothing to be put back.

use std::path::{Path, PathBuf};

use rustix::process::{Pid, test_kill_process};

use super::{
    CallError, Git, Upstream,
    program::{failed, first_line},
};

/// How the folder's name begins; the process's number follows.
const NAME: &str = "cargo-vault-sync-";

/// What git is told on top of the user's settings: only what a pattern names is written there, and no other branch moves along.
const SETTINGS: [&str; 8] = [
    "-c",
    "core.sparseCheckout=true",
    "-c",
    "core.sparseCheckoutCone=false",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "rebase.updateRefs=false",
];

/// Such a work tree, which goes away with this.
pub struct Aside<'a> {
    around: &'a Git,
    git: Git,
    path: String,
}

impl<'a> Aside<'a> {
    /// Makes one in the git folder, at a commit, with no file in it yet. Those of processes that were killed go away.
    pub fn at(around: &'a Git, git_folder: &Path, commit: &str) -> Result<Self, CallError> {
        clear(around)?;
        let Some(folder) = git_folder.to_str() else {
            return Err(CallError::NoText { path: git_folder.to_owned() });
        };
        let path = format!("{folder}/{NAME}{}", std::process::id());
        let made = Self { around, git: around.within(Path::new(&path)), path };
        let args = ["worktree", "add", "--detach", "--no-checkout", "--", &made.path, commit];
        around.done("worktree", &args)?;
        Ok(made)
    }

    /// The file that says which folders are written.
    pub fn pattern_file(&self) -> Result<PathBuf, CallError> {
        let found = self.git.call(&["rev-parse", "--git-path", "info/sparse-checkout"])?;
        let path = first_line(&found.stdout).filter(|_| found.status.success());
        path.map(|path| Path::new(&self.path).join(path)).ok_or_else(|| failed("rev-parse", &found))
    }

    /// Puts the commits here on top of another, which came from a branch; gives the newest.
    pub fn rebase(&self, onto: &str, from: &Upstream) -> Result<String, CallError> {
        let call = |args: &[&str]| self.git.call(&[&SETTINGS, args].concat());
        let filled = call(&["read-tree", "-m", "-u", "HEAD"])?;
        if !filled.status.success() {
            return Err(failed("read-tree", &filled));
        }
        let rebased = call(&["rebase", "-q", "--merge", onto])?;
        if rebased.status.success() {
            return self.git.name_of("HEAD");
        }
        let unmerged = call(&["diff", "-z", "--name-only", "--diff-filter=U", "--no-ext-diff"])?;
        let paths = unmerged.stdout.split(|b| *b == 0).filter(|path| !path.is_empty());
        let paths: Vec<String> = paths.map(|path| String::from_utf8_lossy(path).into_owned()).collect();
        // It did not begin, or stopped for another reason.
        if paths.is_empty() {
            return Err(failed("rebase", &rebased));
        }
        Err(CallError::Conflict { from: from.clone(), paths })
    }
}

impl Drop for Aside<'_> {
    fn drop(&mut self) {
        // What cannot be removed now is cleared the next time.
        let _ = remove(self.around, &self.path);
    }
}

/// Removes the work trees of processes that are no more.
fn clear(git: &Git) -> Result<(), CallError> {
    let listed = git.call(&["worktree", "list", "--porcelain"])?;
    let text = String::from_utf8_lossy(&listed.stdout);
    for path in text.lines().filter_map(|line| line.strip_prefix("worktree ")) {
        let number = path.rsplit_once('/').and_then(|(_, name)| name.strip_prefix(NAME));
        let pid = number.and_then(|number| number.parse().ok()).and_then(Pid::from_raw);
        if pid.is_some_and(|pid| test_kill_process(pid).is_err()) {
            // One that cannot be removed is in nobody's way.
            let _ = remove(git, path);
        }
    }
    Ok(())
}

/// Twice forced, since one whose making was cut short is locked.
fn remove(git: &Git, path: &str) -> Result<(), CallError> {
    git.done("worktree", &["worktree", "remove", "--force", "--force", "--", path])
}
