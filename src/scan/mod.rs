//! Searching for leaks: the vault's own values first, then tokens of known shapes, in files, in the index and in commits.
//!
//! What is found is told by name and place. No value, and no part of one, is kept, printed or hashed into anything that is.

pub mod allow;
mod entropy;
mod error;
mod found;
mod index;
mod known;
mod outcome;
mod rules;
mod search;
mod shapes;
mod tokens;

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use crate::{
    git::{Commits, Content, Contents, GitError, ObjectId, Repo},
    kernel::name::VaultId,
    store::{Folder, walk},
    vault::{Doing, Progress, Step},
};

use allow::Allowed;
pub use error::ScanError;
pub use found::{Finding, Kind, What, is_fingerprint};
pub use known::{Known, Owner, Reach, Shelf};
pub use outcome::{Outcome, Passed};
pub use rules::Rule;
pub use search::{Hit, Searcher};

/// The largest content of a commit that is searched: git's library gives it whole.
const CONTENT: usize = 512 * 1024 * 1024;

/// What a search knows of the vault that it is for.
#[derive(Default)]
pub struct Around {
    /// The vault's id; none without a vault.
    pub vault: Option<VaultId>,
    /// The vault's folder below the work tree.
    pub inside: Option<String>,
    /// What is no finding.
    pub allowed: Allowed,
}

/// A search.
pub struct Scan<'s> {
    searcher: &'s Searcher<'s>,
    around: &'s Around,
    outcome: Outcome,
}

impl<'s> Scan<'s> {
    /// Begins a search.
    pub fn begin(searcher: &'s Searcher<'s>, around: &'s Around) -> Self {
        Self { searcher, around, outcome: Outcome::default() }
    }

    /// What came of it.
    pub fn end(mut self) -> Outcome {
        self.outcome.sort();
        self.outcome
    }

    /// Searches the files of the work tree that git knows or would take in.
    pub fn work_tree(&mut self, repo: &Repo) -> Result<(), ScanError> {
        let root = repo.work_tree().ok_or(ScanError::NoWorkTree)?;
        let files = repo.files()?;
        self.files(root, Path::new(""), files)
    }

    /// Searches what somebody named: a file, or the files below a folder, those left out that git ignores. In the work tree a
    /// path is told as git has it, elsewhere as it was named.
    pub fn path(&mut self, there: &Path, named: &Path, repo: Option<&Repo>) -> Result<(), ScanError> {
        let missing = |source| ScanError::Path { path: named.to_owned(), source };
        let whole = there.canonicalize().map_err(missing)?;
        let root = repo.and_then(Repo::work_tree).and_then(|root| root.canonicalize().ok());
        let below = root.as_ref().and_then(|root| whole.strip_prefix(root).ok());
        let named = below.unwrap_or(named);
        if !whole.is_dir() {
            return self.file(&whole, named).map_err(missing);
        }
        match (below, repo) {
            (Some(below), Some(repo)) if !below.starts_with(".git") && !repo.ignores(below)? => {
                let files = repo.files()?;
                let mine = files.iter().filter_map(|file| file.strip_prefix(below).ok());
                self.files(&whole, below, mine.map(Path::to_owned).collect())
            }
            _ => self.below(&whole, named),
        }
    }

    fn file(&mut self, whole: &Path, named: &Path) -> io::Result<()> {
        let (Some(folder), Some(name)) = (whole.parent(), whole.file_name()) else { return Ok(()) };
        match Folder::open(folder)?.file(Path::new(name))? {
            Some(file) => self.opened(named, file),
            None => self.outcome.pass(named, "it is no plain file".to_owned()),
        }
        Ok(())
    }

    /// Searches every file below a folder, ignored ones and programs too; but what git keeps there.
    pub fn below(&mut self, folder: &Path, named: &Path) -> Result<(), ScanError> {
        let mut files = Vec::new();
        walk(folder, &mut |path, listed| match listed {
            _ if path.components().any(|part| part.as_os_str() == ".git") => {}
            Ok(()) => files.push(path),
            Err(error) => self.outcome.pass(&named.join(path), error.to_string()),
        });
        self.files(folder, named, files)
    }

    /// Searches what would be committed, and looks for files that are to be in no commit.
    pub fn staged(&mut self, repo: &Repo, index: Option<&Path>) -> Result<(), ScanError> {
        // Of an index that is not there git's library makes an empty one, in which nothing is found.
        if let Some(index) = index {
            let missing = |source| ScanError::Path { path: index.to_owned(), source };
            std::fs::symlink_metadata(index).map_err(missing)?;
        }
        let contents = repo.contents()?;
        for content in repo.staged(index)? {
            self.content(&contents, None, &content)?;
        }
        Ok(())
    }

    /// Searches what commits brought in. How many commits that were.
    pub fn commits(
        &mut self,
        repo: &Repo,
        commits: Commits,
        progress: Progress<'_>,
    ) -> Result<usize, ScanError> {
        let contents = repo.contents()?;
        let (mut done, mut last) = (0, None);
        let walked = repo.brought_in(commits, &mut |commit, content| {
            if last != Some(commit) {
                (done, last) = (done + 1, Some(commit));
                progress(Step { doing: Doing::LookingBack, done, of: 0 });
            }
            self.content(&contents, Some(commit), &content)
        })?;
        Ok(walked)
    }

    fn content(
        &mut self,
        contents: &Contents<'_>,
        commit: Option<ObjectId>,
        content: &Content,
    ) -> Result<(), GitError> {
        let Some(bytes) = contents.read(content.id, CONTENT)? else {
            self.outcome.pass(&content.path, "it is over 512 MiB, or not in this clone".to_owned());
            return Ok(());
        };
        let path = content.path.to_string_lossy();
        // What is in a commit already was looked at when it was made, or cannot be helped by keeping a file out.
        if commit.is_none()
            && let Some(rule) = Rule::broken(self.around.inside.as_deref(), &path, bytes.as_slice())
        {
            self.found(&path, None, None, What::File(rule));
        }
        let commit = commit.map(|commit| commit.to_string());
        self.stream(&path, commit.as_deref(), &mut bytes.as_slice());
        Ok(())
    }

    fn files(&mut self, root: &Path, named: &Path, files: Vec<PathBuf>) -> Result<(), ScanError> {
        let failed = |source| ScanError::Path { path: root.to_owned(), source };
        let folder = Folder::open(root).map_err(failed)?;
        for file in files {
            let path = named.join(&file);
            let path = path.strip_prefix(".").unwrap_or(&path);
            match folder.file(&file) {
                Ok(Some(opened)) => self.opened(path, opened),
                Ok(None) => {}
                Err(error) => self.outcome.pass(path, error.to_string()),
            }
        }
        Ok(())
    }

    fn opened(&mut self, path: &Path, mut file: File) {
        self.stream(&path.to_string_lossy(), None, &mut file);
    }

    fn stream(&mut self, path: &str, commit: Option<&str>, stream: &mut dyn Read) {
        let searcher = self.searcher;
        let searched = searcher.search(stream, &mut |hit: Hit| {
            self.found(path, commit, Some((hit.line, hit.column)), hit.what);
        });
        match searched {
            Ok(bytes) => self.outcome.searched(bytes),
            Err(error) => self.outcome.pass(Path::new(path), error.to_string()),
        }
    }

    fn is_in_vault(&self, path: &str) -> bool {
        let inside = self.around.inside.as_deref();
        inside.is_some_and(|vault| path.strip_prefix(vault).is_some_and(|below| below.starts_with('/')))
    }

    fn found(&mut self, path: &str, commit: Option<&str>, at: Option<(u64, u64)>, what: What) {
        // All that is sealed or signed looks so.
        if matches!(what, What::Random(_)) && self.is_in_vault(path) {
            return;
        }
        let fingerprint = what.fingerprint(self.around.vault.as_ref(), path);
        if self.around.allowed.has(&fingerprint) {
            return self.outcome.allowed += 1;
        }
        let (path, commit) = (path.to_owned(), commit.map(str::to_owned));
        self.outcome.found(Finding { what, path, commit, at, fingerprint });
    }
}

#[cfg(test)]
mod tests;
