//! The `git` program, for what the user's own settings have a say in: fetching, rebasing, committing and pushing, with his
//! credentials, signing and hooks.
//!
//! Nothing that a repository holds chooses what is called, or with which options: commits are full object names, references
//! are whole, paths are literal, and submodules are left alone.

use std::{
    ffi::{OsStr, OsString},
    io,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use super::{Upstream, program};

/// How much of what git says is kept: the end, where the reason stands.
const SAID_LINES: usize = 20;

/// Why git did not do what it was called for.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each variant is its documentation")]
pub enum CallError {
    #[error("there is no `git` in the whole paths of `PATH`")]
    NoProgram,
    #[error("`{}` cannot be started: {source}", program.display())]
    Start { program: PathBuf, source: io::Error },
    #[error("`git {what}` failed")]
    Failed { what: &'static str, said: Vec<String> },
    #[error("no commits can be put on top of others here: `{}` is not in UTF-8", path.display())]
    NoText { path: PathBuf },
    #[error("the commits here and those of `{from}` conflict, and nothing was taken in")]
    Conflict { from: Upstream, paths: Vec<String> },
    #[error("what you changed and did not commit is in the way of what came, and nothing was taken in")]
    InTheWay { said: Vec<String> },
}

/// What would have git look at another repository than the one of the folder in which it is called, or read a path otherwise.
const ELSEWHERE: [&str; 13] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_GRAFT_FILE",
    "GIT_SHALLOW_FILE",
    "GIT_PREFIX",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
];

/// How a push went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// The branch has it.
    Done,
    /// Somebody else was first.
    Behind,
}

/// What a push sends.
#[derive(Clone, Copy, Debug)]
pub enum Sent<'a> {
    /// One commit.
    Commit(&'a str),
    /// A branch, which follows what it is pushed to from then on.
    Branch(&'a str),
}

/// The program, and where and in what environment it is called.
#[derive(Clone)]
pub struct Git {
    program: PathBuf,
    folder: PathBuf,
    env: Vec<(OsString, OsString)>,
    asks: bool,
}

impl Git {
    /// Finds the program by the whole paths of `PATH`; it is called in this folder.
    pub fn find(
        path: Option<&OsStr>,
        folder: &Path,
        env: Vec<(OsString, OsString)>,
    ) -> Result<Self, CallError> {
        let program = path.and_then(|path| program(path, "git")).ok_or(CallError::NoProgram)?;
        Ok(Self { program, folder: folder.to_owned(), env, asks: true })
    }

    /// Asks nobody for a password.
    #[must_use]
    pub fn silent(self) -> Self {
        Self { asks: false, ..self }
    }

    /// The same in another folder.
    pub(super) fn within(&self, folder: &Path) -> Self {
        Self { folder: folder.to_owned(), ..self.clone() }
    }

    /// Commits one folder as it is, and nothing else, with whatever hooks and signing the user has.
    pub fn commit(&self, folder: &str, message: &str) -> Result<(), CallError> {
        let folder = format!(":(top,literal){folder}");
        // New files are known to git only from here on; what else is staged stays so.
        self.done("add", &["add", "--", &folder])?;
        self.done("commit", &["commit", "-q", "-m", message, "--only", "--", &folder])
    }

    /// Fetches one branch; gives the name of its commit, or none if there is no such branch.
    pub fn fetch(&self, from: &Upstream) -> Result<Option<String>, CallError> {
        let reference = from.reference();
        let fetched =
            self.call(&["fetch", "-q", "--no-recurse-submodules", "--", &from.remote, &reference])?;
        if fetched.status.success() {
            return self.name_of("FETCH_HEAD").map(Some);
        }
        match self.tip(from)? {
            None => Ok(None),
            Some(_) => Err(failed("fetch", &fetched)),
        }
    }

    /// Where a branch of a remote is now.
    fn tip(&self, branch: &Upstream) -> Result<Option<String>, CallError> {
        let reference = branch.reference();
        let heads = self.call(&["ls-remote", "--", &branch.remote, &reference])?;
        if !heads.status.success() {
            return Err(failed("ls-remote", &heads));
        }
        // A reference that only ends in this one is listed too.
        let text = String::from_utf8_lossy(&heads.stdout);
        let mut lines = text.lines().filter_map(|line| line.split_once('\t'));
        Ok(lines.find(|(_, name)| *name == reference).map(|(commit, _)| commit.to_owned()))
    }

    /// The name of a commit.
    pub(super) fn name_of(&self, revision: &str) -> Result<String, CallError> {
        let named = self.call(&["rev-parse", "--verify", "-q", &format!("{revision}^{{commit}}")])?;
        first_line(&named.stdout)
            .filter(|_| named.status.success())
            .ok_or_else(|| failed("rev-parse", &named))
    }

    /// Brings the branch that is checked out to a commit. What the user changed stays as it is, staged or not; where that
    /// cannot be, nothing is brought.
    pub fn bring(&self, branch: &str, commit: &str) -> Result<(), CallError> {
        let args = ["checkout", "-q", "--no-track", "--no-recurse-submodules", "-B", branch, commit, "--"];
        let brought = self.call(&args)?;
        // It ends as the user's hook does, which comes after all is done.
        if brought.status.success() || self.name_of("HEAD")? == commit {
            return Ok(());
        }
        Err(CallError::InTheWay { said: said(&brought) })
    }

    /// Pushes to a branch, which was last seen at a commit, or not at all.
    pub fn push(&self, sent: Sent<'_>, to: &Upstream, seen: Option<&str>) -> Result<Pushed, CallError> {
        let (follow, from): (&[&str], _) = match sent {
            Sent::Commit(commit) => (&[], commit.to_owned()),
            Sent::Branch(name) => (&["-u"], format!("refs/heads/{name}")),
        };
        let from_to = format!("{from}:{}", to.reference());
        let pushed = self.call(&[&["push", "-q"], follow, &["--", &to.remote, &from_to]].concat())?;
        // What it was refused for stands in words that differ by language and version; where the branch is does not.
        match pushed.status.success() {
            true => Ok(Pushed::Done),
            false if self.tip(to)?.as_deref() != seen => Ok(Pushed::Behind),
            false => Err(failed("push", &pushed)),
        }
    }

    pub(super) fn done(&self, what: &'static str, args: &[&str]) -> Result<(), CallError> {
        let output = self.call(args)?;
        if output.status.success() { Ok(()) } else { Err(failed(what, &output)) }
    }

    pub(super) fn call(&self, args: &[&str]) -> Result<Output, CallError> {
        let mut command = Command::new(&self.program);
        command
            .current_dir(&self.folder)
            .env_clear()
            .envs(self.env.iter().map(|(name, value)| (name, value)));
        // An editor would have nothing to say.
        command.env("GIT_EDITOR", "true");
        ELSEWHERE.iter().for_each(|name| {
            command.env_remove(name);
        });
        if !self.asks {
            command.env("GIT_TERMINAL_PROMPT", "0");
        }
        command.arg("--no-replace-objects").args(args).stdin(Stdio::null());
        command.output().map_err(|source| CallError::Start { program: self.program.clone(), source })
    }
}

pub(super) fn failed(what: &'static str, output: &Output) -> CallError {
    CallError::Failed { what, said: said(output) }
}

pub(super) fn first_line(text: &[u8]) -> Option<String> {
    String::from_utf8_lossy(text).lines().next().map(str::to_owned)
}

fn said(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(SAID_LINES)..]
        .iter()
        .map(|line| line.trim_end().replace('\t', "  "))
        .collect()
}
