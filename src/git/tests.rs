//! A repository made for the test: its tips, its ancestry, and a vault in its commits.

use git2::{Oid, Repository, Signature, Time};
use tempfile::TempDir;

use super::{Added, ObjectId, Repo, VaultAt, without_credentials};
use crate::kernel::{
    refusal::Refusal,
    tree::{Entry, EntryKind, Tree, TreeError},
};

struct Made {
    _folder: TempDir,
    repo: Repo,
}

impl Made {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        Repository::init(folder.path()).unwrap();
        let repo = Repo::open(&folder.path().join(".git")).unwrap();
        Self { _folder: folder, repo }
    }

    fn git(&self) -> &Repository {
        &self.repo.0
    }

    /// A commit of these files (mode, path below the root, content) on top of `parent`, which `reference` then names.
    fn commit(&self, reference: Option<&str>, parent: Option<Oid>, files: &[(i32, &str, &[u8])]) -> Oid {
        let tree = self.tree(files);
        let tree = self.git().find_tree(tree).unwrap();
        let parent = parent.map(|id| self.git().find_commit(id).unwrap());
        let author = Signature::new("Test", "test@example.org", &Time::new(0, 0)).unwrap();
        let parents: Vec<_> = parent.iter().collect();
        let id = self.git().commit(None, &author, &author, "change", &tree, &parents).unwrap();
        if let Some(name) = reference {
            self.git().reference(name, id, true, "test").unwrap();
        }
        id
    }

    fn tree(&self, files: &[(i32, &str, &[u8])]) -> Oid {
        let mut root = self.git().treebuilder(None).unwrap();
        let mut vault = self.git().treebuilder(None).unwrap();
        for (mode, path, content) in files {
            let blob = self.git().blob(content).unwrap();
            vault.insert(path, blob, *mode).unwrap();
        }
        root.insert(".vault", vault.write().unwrap(), 0o040_000).unwrap();
        root.write().unwrap()
    }
}

const FILE: i32 = 0o100_644;
const LINK: i32 = 0o120_000;

#[test]
fn without_a_remote_the_default_tip_is_head() {
    let made = Made::new();
    assert_eq!(made.repo.default_tip().unwrap(), None);
    let head = made.git().find_reference("HEAD").unwrap().symbolic_target().unwrap().unwrap().to_owned();
    let id = made.commit(Some(&head), None, &[]);
    assert_eq!(made.repo.default_tip().unwrap(), Some(id.to_string()));
}

#[test]
fn with_a_remote_only_its_default_branch_counts() {
    let made = Made::new();
    let head = made.git().find_reference("HEAD").unwrap().symbolic_target().unwrap().unwrap().to_owned();
    made.commit(Some(&head), None, &[(FILE, "a", b"local")]);
    made.git().remote("origin", "https://ana:t0ken@example.org/x.git").unwrap();
    assert_eq!(made.repo.default_tip().unwrap(), None);
    let theirs = made.commit(Some("refs/remotes/origin/main"), None, &[(FILE, "a", b"theirs")]);
    assert_eq!(made.repo.default_tip().unwrap(), Some(theirs.to_string()));
    assert_eq!(made.repo.addresses().unwrap(), ["https://example.org/x.git"]);
}

#[test]
fn a_commit_descends_from_itself_and_its_ancestors_only() {
    let made = Made::new();
    let first = made.commit(None, None, &[]);
    let second = made.commit(None, Some(first), &[(FILE, "a", b"1")]);
    let other = made.commit(None, Some(first), &[(FILE, "a", b"2")]);
    let descends = |a: Oid, b: Oid| made.repo.descends(&a.to_string(), &b.to_string()).unwrap();
    assert!(descends(second, second) && descends(second, first));
    assert!(!descends(first, second) && !descends(second, other));
}

#[test]
fn a_commit_that_is_gone_is_nobodys_ancestor() {
    let made = Made::new();
    let here = made.commit(None, None, &[]).to_string();
    assert!(!made.repo.descends(&here, &"1".repeat(40)).unwrap());
}

#[test]
fn the_vault_of_a_commit_is_read_within_its_caps_and_no_link_is_followed() {
    let made = Made::new();
    let id = made.commit(
        None,
        None,
        &[(FILE, "roster.toml", b"format = 1\n"), (LINK, "roster.log", b"/etc/passwd")],
    );
    let tree = made.repo.vault_at(&id.to_string(), ".vault").unwrap().unwrap();
    let entry = |name: &str, kind| Entry { name: name.to_owned(), kind };
    let listed = [entry("roster.log", EntryKind::Other), entry("roster.toml", EntryKind::File)];
    assert_eq!(tree.list("").unwrap(), listed);
    assert_eq!(tree.read("roster.toml", 11).unwrap().unwrap(), b"format = 1\n");
    assert_eq!(tree.read("keys/dev/x.age", 11).unwrap(), None);
    let refused = |path: &str, cap| match tree.read(path, cap) {
        Err(TreeError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused("roster.toml", 10), Refusal::TooLarge { path: "roster.toml".to_owned(), limit: 10 });
    assert_eq!(refused("roster.log", 100), Refusal::NotPlain { path: "roster.log".to_owned() });
}

#[test]
fn a_commit_without_a_vault_has_none() {
    let made = Made::new();
    let id = made.commit(None, None, &[]).to_string();
    assert!(made.repo.vault_at(&id, "sub/.vault").unwrap().is_none());
}

#[test]
fn what_a_tree_has_more_than_another_is_told_of_files_and_links() {
    let made = Made::new();
    let commit = |files: &[(i32, &str, &[u8])]| {
        let id = ObjectId::parse(&made.commit(None, None, files).to_string()).unwrap();
        let past = made.repo.past(".vault").unwrap();
        match past.vault_at(&past.commit(id).unwrap().unwrap()).unwrap() {
            VaultAt::Folder(folder) => folder,
            other => panic!("{other:?}"),
        }
    };
    let before = commit(&[(FILE, "gone", b"1"), (FILE, "other", b"1"), (FILE, "same", b"1")]);
    let now = commit(&[(LINK, "link", b"1"), (FILE, "other", b"2"), (FILE, "same", b"1")]);
    let past = made.repo.past(".vault").unwrap();
    let added = past.added(Some(before), Some(now), "").unwrap();
    let told: Vec<(&str, EntryKind)> =
        added.iter().map(|Added { path, kind, .. }| (path.as_str(), *kind)).collect();
    assert_eq!(told, [("link", EntryKind::Other), ("other", EntryKind::File)]);
    assert_eq!(past.added(Some(now), Some(now), "").unwrap(), []);
    assert_eq!(past.added(None, Some(now), "secrets").unwrap(), []);
}

#[test]
fn commit_is_read_with_its_parents_and_who_made_it() {
    let made = Made::new();
    let first = made.commit(None, None, &[]);
    let second = made.commit(None, Some(first), &[(FILE, "a", b"1")]);
    let past = made.repo.past(".vault").unwrap();
    let id = |oid: Oid| ObjectId::parse(&oid.to_string()).unwrap();
    let commit = past.commit(id(second)).unwrap().unwrap();
    assert_eq!((commit.parents, commit.author), (vec![id(first)], "Test <test@example.org>".to_owned()));
    assert!(past.commit(ObjectId::parse(&"1".repeat(40)).unwrap()).is_err());
}

#[test]
fn addresses_lose_their_credentials_and_nothing_else() {
    let urls =
        ["https://ana:t0ken@example.org/a/b@c.git", "git@example.org:a/b.git", "/srv/a@b.git", "ssh://git@h"];
    let kept = urls.map(without_credentials);
    assert_eq!(kept, ["https://example.org/a/b@c.git", "git@example.org:a/b.git", "/srv/a@b.git", "ssh://h"]);
}
