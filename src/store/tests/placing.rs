//! Placing: which vault, which git folder, which commit.

use std::{fs, os::unix::fs::symlink, path::Path};

use super::put;
use crate::store::{GitPlace, StoreError, find, head, place_for_new};
use tempfile::TempDir;

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// A repository `main` with a vault in `main/app`, and a folder below it.
fn repository() -> (TempDir, std::path::PathBuf) {
    let top = TempDir::new().unwrap();
    let root = fs::canonicalize(top.path()).unwrap();
    fs::create_dir_all(root.join("main/app/.vault")).unwrap();
    fs::create_dir_all(root.join("main/app/src/deep")).unwrap();
    put(&root.join("main/.git/HEAD"), "ref: refs/heads/main\n");
    (top, root)
}

fn git(root: &Path) -> GitPlace {
    find(&root.join("main/app"), None).unwrap().git.unwrap()
}

#[test]
fn the_nearest_vault_above_is_found() {
    let (_top, root) = repository();
    fs::create_dir(root.join(".vault")).unwrap();
    let place = find(&root.join("main/app/src/deep"), None).unwrap();
    assert_eq!(place.vault, root.join("main/app/.vault"));
    let folder = root.join("main/.git");
    let inside = "app/.vault".to_owned();
    assert_eq!(place.git, Some(GitPlace { common: folder.clone(), folder, inside }));
}

#[test]
fn a_named_folder_is_the_vault() {
    let (_top, root) = repository();
    let named = root.join("main/app/src/");
    assert_eq!(find(&root, Some(&named)).unwrap().vault, root.join("main/app/src"));
    assert!(matches!(find(&root, Some(&root.join("no"))), Err(StoreError::NoVault { .. })));
}

#[test]
fn a_vault_that_is_a_link_is_refused_and_not_passed_over() {
    let (_top, root) = repository();
    symlink("/tmp", root.join("main/app/src/.vault")).unwrap();
    let path = root.join("main/app/src/.vault");
    assert!(
        matches!(find(&root.join("main/app/src/deep"), None), Err(StoreError::NotFolder { path: p }) if p == path)
    );
    assert!(matches!(find(&root, Some(&path.join(""))), Err(StoreError::NotFolder { .. })));
}

#[test]
fn a_vault_that_is_a_file_is_refused() {
    let (_top, root) = repository();
    put(&root.join("main/app/src/.vault"), "");
    assert!(matches!(find(&root.join("main/app/src"), None), Err(StoreError::NotFolder { .. })));
}

#[test]
fn a_new_vault_lies_in_the_folder_itself() {
    let (_top, root) = repository();
    let place = place_for_new(&root.join("main/app/src")).unwrap();
    assert_eq!(place.vault, root.join("main/app/src/.vault"));
    assert_eq!(place.git.unwrap().inside, "app/src/.vault");
}

#[test]
fn a_work_tree_has_its_own_head_and_shares_the_rest() {
    let (_top, root) = repository();
    let own = root.join("main/.git/worktrees/side");
    put(&own.join("HEAD"), "ref: refs/heads/side\n");
    put(&own.join("commondir"), "../..\n");
    put(&root.join("main/.git/refs/heads/side"), &format!("{A}\n"));
    put(&root.join("side/.git"), &format!("gitdir: {}\n", own.display()));
    fs::create_dir(root.join("side/.vault")).unwrap();
    let git = find(&root.join("side"), None).unwrap().git.unwrap();
    let inside = ".vault".to_owned();
    assert_eq!(git, GitPlace { folder: own, common: root.join("main/.git"), inside });
    assert_eq!(head(&git).as_deref(), Some(A));
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let (_top, root) = repository();
    let own = root.join("main/.git/modules/sub");
    put(&own.join("HEAD"), &format!("{B}\n"));
    put(&root.join("main/sub/.git"), "gitdir: ../.git/modules/sub\n");
    fs::create_dir(root.join("main/sub/.vault")).unwrap();
    let git = find(&root.join("main/sub"), None).unwrap().git.unwrap();
    assert_eq!((git.common.clone(), head(&git).as_deref()), (own, Some(B)));
}

#[test]
fn a_git_file_that_points_nowhere_is_no_repository_and_not_the_one_above() {
    let (_top, root) = repository();
    put(&root.join("main/app/.git"), "gitdir: /nowhere\n");
    assert_eq!(find(&root.join("main/app"), None).unwrap().git, None);
}

#[test]
fn a_loose_reference_wins_over_a_packed_one() {
    let (_top, root) = repository();
    put(
        &root.join("main/.git/packed-refs"),
        &format!("# pack-refs with: peeled\n{A} refs/heads/main\n^{B}\n"),
    );
    assert_eq!(head(&git(&root)).as_deref(), Some(A));
    put(&root.join("main/.git/refs/heads/main"), &format!("{B}\n"));
    assert_eq!(head(&git(&root)).as_deref(), Some(B));
}

#[test]
fn a_reference_to_a_reference_is_followed_up_to_the_depth_of_git() {
    let (_top, root) = repository();
    put(&root.join("main/.git/refs/heads/main"), "ref: refs/heads/next\n");
    put(&root.join("main/.git/refs/heads/next"), &format!("{A}\n"));
    assert_eq!(head(&git(&root)).as_deref(), Some(A));
    put(&root.join("main/.git/refs/heads/next"), "ref: refs/heads/next\n");
    assert_eq!(head(&git(&root)), None);
}

#[test]
fn no_reference_leads_out_of_the_git_folder() {
    let (_top, root) = repository();
    put(&root.join("main/secret"), &format!("{A}\n"));
    put(&root.join("main/.git/HEAD"), "ref: refs/../../secret\n");
    assert_eq!(head(&git(&root)), None);
}

#[test]
fn an_unborn_branch_a_reftable_and_rubbish_have_no_commit() {
    let (_top, root) = repository();
    assert_eq!(head(&git(&root)), None);
    put(&root.join("main/.git/HEAD"), "ref: refs/heads/.invalid\n");
    assert_eq!(head(&git(&root)), None);
    put(&root.join("main/.git/HEAD"), "rubbish\n");
    assert_eq!(head(&git(&root)), None);
}
