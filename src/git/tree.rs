//! A vault as one commit has it.

use std::path::Path;

use git2::{ErrorCode, FileMode, ObjectType, Repository, TreeEntry};

use crate::kernel::{
    refusal::Refusal,
    tree::{Entry, EntryKind, Tree, TreeError},
};

/// The vault's folder in a commit.
pub struct CommitTree<'r> {
    repo: &'r Repository,
    root: git2::Tree<'r>,
}

impl<'r> CommitTree<'r> {
    pub(super) fn new(repo: &'r Repository, root: git2::Tree<'r>) -> Self {
        Self { repo, root }
    }

    fn entry(&self, path: &str) -> Result<Option<TreeEntry<'static>>, TreeError> {
        match self.root.get_path(Path::new(path)) {
            Ok(entry) => Ok(Some(entry)),
            Err(e) if e.code() == ErrorCode::NotFound => Ok(None),
            Err(e) => Err(failed(path, &e)),
        }
    }
}

impl Tree for CommitTree<'_> {
    fn list(&self, folder: &str) -> Result<Vec<Entry>, TreeError> {
        if folder.is_empty() {
            return Ok(sorted(&self.root));
        }
        let Some(entry) = self.entry(folder)? else { return Ok(Vec::new()) };
        let not_folder = || Refusal::NotFolder { path: folder.to_owned() };
        let tree = entry.to_object(self.repo).map_err(|e| failed(folder, &e))?;
        let tree = tree.into_tree().map_err(|_| not_folder())?;
        Ok(sorted(&tree))
    }

    fn read(&self, path: &str, cap: u64) -> Result<Option<Vec<u8>>, TreeError> {
        let Some(entry) = self.entry(path)? else { return Ok(None) };
        if kind(&entry) != EntryKind::File {
            return Err(Refusal::NotPlain { path: path.to_owned() }.into());
        }
        // The size stands in the object's header, so that a blob over the cap is not inflated.
        let size =
            self.repo.odb().and_then(|odb| odb.read_header(entry.id())).map_err(|e| failed(path, &e))?.0;
        if size as u64 > cap {
            return Err(Refusal::TooLarge { path: path.to_owned(), limit: cap }.into());
        }
        let blob = self.repo.find_blob(entry.id()).map_err(|e| failed(path, &e))?;
        Ok(Some(blob.content().to_vec()))
    }
}

fn sorted(tree: &git2::Tree<'_>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = tree.iter().map(|entry| listed(&entry)).collect();
    entries.sort();
    entries
}

fn listed(entry: &TreeEntry<'_>) -> Entry {
    Entry { name: name(entry), kind: kind(entry) }
}

/// The name of an entry, lossily decoded where it is no UTF-8.
pub(super) fn name(entry: &TreeEntry<'_>) -> String {
    String::from_utf8_lossy(entry.name_bytes()).into_owned()
}

pub(super) fn kind(entry: &TreeEntry<'_>) -> EntryKind {
    let link = entry.filemode() == i32::from(FileMode::Link);
    match entry.kind() {
        Some(ObjectType::Tree) => EntryKind::Folder,
        Some(ObjectType::Blob) if !link => EntryKind::File,
        _ => EntryKind::Other,
    }
}

fn failed(path: &str, error: &git2::Error) -> TreeError {
    TreeError::Io { path: path.to_owned(), source: std::io::Error::other(error.message().to_owned()) }
}
