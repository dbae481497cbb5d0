//! The past of a vault in the object store: commits, what each has of the vault, and what one tree adds to another.
//!
//! Commits are read raw: neither a replacement nor a graft of this clone changes which commit comes after which.

use std::{
    fmt,
    path::Path,
    time::{Duration, SystemTime},
};

use git2::{ErrorCode, ObjectType, Odb, Oid, Tree};

use super::{
    CommitTree, GitError, Repo, oid, read,
    tree::{kind, name},
};
use crate::kernel::{time::Timestamp, tree::EntryKind};

/// How many folders deep a vault can lie that is looked into.
const DEPTH: usize = 12;
/// How much of a commit's author is told.
const AUTHOR: usize = 120;
/// The last second of the year 9999, after which no moment is written.
const LAST: u64 = 253_402_300_799;
/// A commit above this was made to stall its readers.
const COMMIT_BYTES: usize = 16 * 1024 * 1024;

/// The name that git gives to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub(super) Oid);

impl ObjectId {
    /// Parses all 40 digits.
    pub fn parse(hex: &str) -> Option<Self> {
        Oid::from_str(hex).ok().filter(|_| hex.len() == 40).map(Self)
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One commit.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Its name.
    pub id: ObjectId,
    /// The commits before it.
    pub parents: Vec<ObjectId>,
    /// Who made it, as it says itself: nobody has signed that.
    pub author: String,
    /// When, as it says itself.
    pub at: Timestamp,
    tree: Oid,
}

/// What a commit has where the vault belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VaultAt {
    /// Nothing.
    Nowhere,
    /// A link, a submodule or a file.
    NoFolder,
    /// The folder with this name in the object store.
    Folder(ObjectId),
}

/// A plain file, link or submodule that a tree has, and another has not, or not so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// Its path below the vault.
    pub path: String,
    /// Its content.
    pub id: ObjectId,
    /// What it is.
    pub kind: EntryKind,
}

impl Repo {
    /// The commit that a person names. No revision is an option: it goes to no command line.
    pub fn resolve(&self, revision: &str) -> Result<ObjectId, GitError> {
        let found = self.0.revparse_single(revision).and_then(|object| object.peel_to_commit());
        found.map(|commit| ObjectId(commit.id())).map_err(|e| read(&format!("`{revision}`"), e))
    }

    /// Where two lines of commits part; none if they have nothing in common.
    pub fn merge_base(&self, one: ObjectId, other: ObjectId) -> Result<Option<ObjectId>, GitError> {
        match self.0.merge_base(one.0, other.0) {
            Ok(base) => Ok(Some(ObjectId(base))),
            Err(e) if e.code() == ErrorCode::NotFound => Ok(None),
            Err(e) => Err(read("its history", e)),
        }
    }

    /// A reader of many objects, one after the other.
    pub fn past(&self, inside: &str) -> Result<Past<'_>, GitError> {
        let odb = self.0.odb().map_err(|e| read("its objects", e))?;
        Ok(Past { repo: self, odb, inside: inside.to_owned() })
    }

    /// Whether a graft says which commit comes after which.
    pub fn is_grafted(&self) -> bool {
        self.0.commondir().join("info/grafts").exists()
    }
}

/// Reads the past of the vault that lies in one place of a repository.
pub struct Past<'r> {
    repo: &'r Repo,
    odb: Odb<'r>,
    inside: String,
}

impl<'r> Past<'r> {
    /// A commit; none if it is older than what a shallow clone has.
    pub fn commit(&self, id: ObjectId) -> Result<Option<Commit>, GitError> {
        let failed = |e| read(&format!("commit {id}"), e);
        let object = match self.odb.read(id.0) {
            Ok(object) => object,
            // In a clone that is whole, whatever a commit names is there.
            Err(e) if e.code() == ErrorCode::NotFound && self.repo.is_shallow() => return Ok(None),
            Err(e) => return Err(failed(e)),
        };
        let sound = object.kind() == ObjectType::Commit && object.len() <= COMMIT_BYTES;
        let commit = sound.then(|| parse(id, object.data())).flatten();
        commit.map(Some).ok_or_else(|| failed(git2::Error::from_str("it is no commit that git makes")))
    }

    /// Whether a commit is another or comes after it.
    pub fn descends(&self, commit: ObjectId, from: ObjectId) -> Result<bool, GitError> {
        self.repo.descends(&commit.to_string(), &from.to_string())
    }

    /// The ids of the commits from a tip back to one that is left out with all before it.
    pub fn since(&self, tip: ObjectId, until: ObjectId) -> Result<Vec<ObjectId>, GitError> {
        let ids = self.repo.commits(Some(&tip.to_string()), Some(&until.to_string()))?;
        ids.iter().map(|id| oid(id).map(ObjectId)).collect()
    }

    /// What a commit has where the vault belongs.
    pub fn vault_at(&self, commit: &Commit) -> Result<VaultAt, GitError> {
        let failed = |e| read(&format!("commit {}", commit.id), e);
        let mut id = commit.tree;
        for part in self.inside.split('/') {
            let tree = self.repo.0.find_tree(id).map_err(failed)?;
            id = match tree.get_name(part) {
                None => return Ok(VaultAt::Nowhere),
                Some(entry) if entry.kind() == Some(ObjectType::Tree) => entry.id(),
                Some(_) => return Ok(VaultAt::NoFolder),
            };
        }
        Ok(VaultAt::Folder(ObjectId(id)))
    }

    /// The vault in a folder's tree.
    pub fn tree(&self, folder: ObjectId) -> Result<CommitTree<'r>, GitError> {
        let tree = self.repo.0.find_tree(folder.0).map_err(|e| read("the vault", e))?;
        Ok(CommitTree::new(&self.repo.0, tree))
    }

    /// The name of what lies at a path of the vault.
    pub fn id_at(&self, folder: ObjectId, path: &str) -> Result<Option<ObjectId>, GitError> {
        let tree = self.repo.0.find_tree(folder.0).map_err(|e| read("the vault", e))?;
        match tree.get_path(Path::new(path)) {
            Ok(entry) => Ok(Some(ObjectId(entry.id()))),
            Err(e) if e.code() == ErrorCode::NotFound => Ok(None),
            Err(e) => Err(read(path, e)),
        }
    }

    /// What a tree of the vault has below one of its folders that another has not, or not so; all of it without another. An
    /// empty folder is the vault's own.
    pub fn added(
        &self,
        before: Option<ObjectId>,
        now: Option<ObjectId>,
        below: &str,
    ) -> Result<Vec<Added>, GitError> {
        let open = |folder: Option<ObjectId>| -> Result<Option<Tree<'r>>, GitError> {
            let id = match folder {
                Some(folder) if !below.is_empty() => self.id_at(folder, below)?,
                other => other,
            };
            // A file in a folder's place is none.
            Ok(id.and_then(|id| self.repo.0.find_tree(id.0).ok()))
        };
        let mut added = Vec::new();
        if let Some(now) = open(now)? {
            self.collect(open(before)?.as_ref(), &now, below, &mut added)?;
        }
        Ok(added)
    }

    fn collect(
        &self,
        before: Option<&Tree<'r>>,
        now: &Tree<'r>,
        below: &str,
        added: &mut Vec<Added>,
    ) -> Result<(), GitError> {
        if before.is_some_and(|before| before.id() == now.id()) || below.split('/').count() > DEPTH {
            return Ok(());
        }
        for entry in now {
            let old = before.and_then(|before| before.get_name_bytes(entry.name_bytes()));
            if old.as_ref().is_some_and(|old| old.id() == entry.id() && old.filemode() == entry.filemode()) {
                continue;
            }
            let path = if below.is_empty() { name(&entry) } else { format!("{below}/{}", name(&entry)) };
            let find = |id| self.repo.0.find_tree(id).map_err(|e| read(&path, e));
            if entry.kind() == Some(ObjectType::Tree) {
                let old = old.filter(|old| old.kind() == Some(ObjectType::Tree));
                let old = old.map(|old| find(old.id())).transpose()?;
                self.collect(old.as_ref(), &find(entry.id())?, &path, added)?;
            } else {
                added.push(Added { path, id: ObjectId(entry.id()), kind: kind(&entry) });
            }
        }
        Ok(())
    }
}

/// Takes a commit's head apart: `tree`, each `parent`, `author`, `committer` (gitformat-commit, git-hash-object(1)).
fn parse(id: ObjectId, bytes: &[u8]) -> Option<Commit> {
    let mut lines = bytes.split(|b| *b == b'\n').take_while(|line| !line.is_empty()).peekable();
    let named = |line: &[u8], word: &str| -> Option<Oid> {
        let hex = line.strip_prefix(word.as_bytes())?;
        Oid::from_str(std::str::from_utf8(hex).ok()?).ok().filter(|_| hex.len() == 40)
    };
    let tree = named(lines.next()?, "tree ")?;
    let mut parents = Vec::new();
    while let Some(line) = lines.next_if(|line| line.starts_with(b"parent ")) {
        parents.push(ObjectId(named(line, "parent ")?));
    }
    let mut person = |word: &[u8]| {
        let line = lines.find_map(|line| line.strip_prefix(word)).unwrap_or_default();
        String::from_utf8_lossy(line).into_owned()
    };
    let (author, committer) = (person(b"author "), person(b"committer "));
    // Behind the address stand the time and its zone.
    let author = author.rsplit_once("> ").map_or(&*author, |(name, _)| name);
    let closed = if author.contains('<') { ">" } else { "" };
    let author = format!("{author}{closed}").chars().take(AUTHOR).collect();
    let seconds = committer.rsplit(' ').nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
    let at = Timestamp::from(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::min(seconds, LAST)));
    Some(Commit { id, parents, author, at, tree })
}
