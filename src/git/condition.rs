//! The condition of a clone: what git would leave out of a commit, rewrite, or not check out. No filter, hook or program of the
//! repository is run to find out.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use git2::{AttrCheckFlags, AttrValue, ErrorCode, IndexEntryExtendedFlag, StatusOptions};
use rustix::fs::{Access, access};

use super::{GitError, Repo, read};

/// What would change a file's bytes between a commit and the work tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rewriter {
    /// A filter, by its name.
    Filter(String),
    /// The encoding of the work tree.
    Encoding(String),
    /// `ident`, which writes the file's hash into it.
    Ident,
    /// Line ends, by an attribute.
    LineEnds,
    /// Line ends, by `core.autocrlf`.
    AutoCrlf,
}

impl Repo {
    /// Those of these paths below the work tree that git leaves out of a commit.
    pub fn ignored(&self, paths: &[String]) -> Result<Vec<String>, GitError> {
        let mut ignored = Vec::new();
        for path in paths {
            if self.0.is_path_ignored(path).map_err(|e| read(path, e))? {
                ignored.push(path.clone());
            }
        }
        Ok(ignored)
    }

    /// What would change the bytes of a path below the work tree.
    pub fn rewriter(&self, path: &str) -> Result<Option<Rewriter>, GitError> {
        let attribute = |name: &str| {
            let value = self.0.get_attr_bytes(Path::new(path), name, AttrCheckFlags::FILE_THEN_INDEX);
            value.map(AttrValue::from_bytes).map_err(|e| read(path, e))
        };
        let named = |value: AttrValue<'_>| match value {
            AttrValue::String(name) => Some(name.to_owned()),
            AttrValue::Bytes(name) => Some(String::from_utf8_lossy(name).into_owned()),
            AttrValue::True | AttrValue::False | AttrValue::Unspecified => None,
        };
        if let Some(filter) = named(attribute("filter")?) {
            return Ok(Some(Rewriter::Filter(filter)));
        }
        if let Some(encoding) = named(attribute("working-tree-encoding")?) {
            return Ok(Some(Rewriter::Encoding(encoding)));
        }
        if attribute("ident")? == AttrValue::True {
            return Ok(Some(Rewriter::Ident));
        }
        Ok(match attribute("text")? {
            AttrValue::False => None,
            AttrValue::Unspecified if named(attribute("eol")?).is_none() => {
                self.converts_line_ends().then_some(Rewriter::AutoCrlf)
            }
            _ => Some(Rewriter::LineEnds),
        })
    }

    fn converts_line_ends(&self) -> bool {
        let config = self.0.config().and_then(|mut config| config.snapshot());
        config.is_ok_and(|config| config.get_str("core.autocrlf").is_ok_and(|set| set != "false"))
    }

    /// Whether this clone's configuration says how the driver of this name merges.
    pub fn has_merge_driver(&self, name: &str) -> bool {
        let config = self.0.config().and_then(|mut config| config.snapshot());
        config.is_ok_and(|config| config.get_str(&format!("merge.{name}.driver")).is_ok())
    }

    /// Where hooks are looked for, if it was said that it is elsewhere than in the git folder.
    pub fn hooks_path(&self) -> Option<String> {
        let config = self.0.config().and_then(|mut config| config.snapshot()).ok()?;
        config.get_str("core.hooksPath").ok().filter(|path| !path.is_empty()).map(str::to_owned)
    }

    /// Whether the older commits were left behind.
    pub fn is_shallow(&self) -> bool {
        self.0.is_shallow()
    }

    /// Whether a sparse checkout here names whole folders.
    pub fn is_sparse_by_folder(&self) -> bool {
        let config = self.0.config().and_then(|mut config| config.snapshot());
        config.is_ok_and(|config| config.get_bool("core.sparseCheckoutCone").unwrap_or(false))
    }

    /// How many files below a folder a sparse checkout leaves out.
    pub fn left_out(&self, inside: &str) -> Result<usize, GitError> {
        let index = self.0.index().map_err(|e| read("the index", e))?;
        let folder = format!("{inside}/");
        let left_out = index.iter().filter(|entry| {
            IndexEntryExtendedFlag::from_bits_truncate(entry.flags_extended).is_skip_worktree()
                && entry.path.starts_with(folder.as_bytes())
        });
        Ok(left_out.count())
    }

    /// Whether a path is tracked.
    pub fn tracks(&self, path: &str) -> Result<bool, GitError> {
        let index = self.0.index().map_err(|e| read("the index", e))?;
        Ok(index.get_path(Path::new(path), 0).is_some())
    }

    /// How many files of a folder are not as HEAD has them.
    pub fn uncommitted(&self, inside: &str) -> Result<usize, GitError> {
        let mut options = StatusOptions::new();
        options.include_untracked(true).recurse_untracked_dirs(true).include_ignored(false);
        options.pathspec(inside).disable_pathspec_match(true).update_index(false);
        let statuses = self.0.statuses(Some(&mut options)).map_err(|e| read("the work tree", e))?;
        Ok(statuses.len())
    }
}

impl GitError {
    /// Whether git keeps away because the repository is somebody else's.
    pub fn is_of_another_owner(&self) -> bool {
        let (Self::Open { source, .. } | Self::Read { source, .. } | Self::Write { source, .. }) = self;
        source.code() == ErrorCode::Owner
    }
}

/// The version of libgit2.
pub fn version() -> String {
    let (major, minor, patch) = git2::Version::get().libgit2_version();
    format!("{major}.{minor}.{patch}")
}

/// Finds a program by the absolute entries of `PATH`: a relative one would let the repository choose it.
pub fn program(path: &OsStr, name: &str) -> Option<PathBuf> {
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    let mut found = folders.map(|folder| folder.join(name));
    found.find(|file| file.is_file() && access(file, Access::EXEC_OK).is_ok())
}
