//! Secrets of two branches that are brought together: whose value it is, and what stays for a person to decide.

use super::{Admins, locked, sound, stuck, told};
use crate::forge::{Team, pull, push};

#[test]
fn secret_that_the_other_side_set_is_there_under_the_new_key() {
    let a = Admins::new();
    a.dora.vault_with(&["set", "NEW"], b"dora's").ok();
    a.dora.vault_with(&["set", "DB"], b"second").ok();
    a.part(&["member", "remove", "bob", "-y"], &["member", "revoke", "carl", "-e", "dev", "-y"]);
    stuck(&a.dora, "merge origin/main");
    insta::assert_snapshot!(told(&a.dora), @r"
    exit 0
    --- stdout
    both sides are brought together: one new line of the log for 1 line of the other side
      carl may no longer read dev
      dev has a new key: epoch 3, 2 secrets sealed anew
    --- stderr
    help: `git commit` concludes the merge
    ");
    a.dora.git(&["commit", "-q", "--no-edit"]);
    sound(&a.dora);
    push(&a.dora);
    pull(&a.team.ana);
    assert_eq!(a.team.ana.vault(&["get", "NEW"]).ok().text(), "dora's");
    assert_eq!(a.team.ana.vault(&["get", "DB"]).ok().text(), "second");
    locked(&a.team.bob);
    locked(&a.team.carl);
}

#[test]
fn secret_that_both_sides_changed_is_left_by_name() {
    let a = Admins::new();
    a.team.ana.vault_with(&["set", "DB"], b"ana's").ok();
    a.dora.vault_with(&["set", "DB"], b"dora's").ok();
    a.part(&["member", "remove", "bob", "-y"], &["member", "remove", "carl", "-y"]);
    stuck(&a.dora, "merge origin/main");
    insta::assert_snapshot!(told(&a.dora), @r"
    exit 6
    --- stdout
    both sides are brought together: one new line of the log for 1 line of the other side
      carl is no member any more
      carl may no longer read dev
      dev has a new key: epoch 3, 0 secrets sealed anew

    Left for you to decide:
      dev/DB: both sides changed it
    --- stderr
    help: `git checkout [ID] -- .vault/secrets/dev/DB.toml` takes the one from here, `git checkout [ID] -- .vault/secrets/dev/DB.toml` the other
    help: `cargo vault repair -e dev DB` then seals it anew, above both
    help: `git add .vault` then, and `git commit` concludes the merge
    ");
    assert_eq!(a.dora.sh("git diff --name-only --diff-filter=U"), ".vault/secrets/dev/DB.toml\n");
    // As the help says it.
    a.dora.git(&["checkout", "origin/main", "--", ".vault/secrets/dev/DB.toml"]);
    a.dora.vault(&["repair", "DB"]).ok();
    a.dora.git(&["add", ".vault"]);
    a.dora.git(&["commit", "-q", "--no-edit"]);
    sound(&a.dora);
    assert_eq!(a.dora.vault(&["get", "DB"]).ok().text(), "ana's");
}

#[test]
fn value_that_was_chosen_stands_above_a_higher_revision_of_the_other_side() {
    let team = Team::new();
    for value in ["one", "two", "three"] {
        team.bob.vault_with(&["set", "DB"], value.as_bytes()).ok();
    }
    team.bob.commit("bob's");
    team.bob.git(&["push", "-q", "origin", "HEAD:side"]);
    team.ana.vault_with(&["set", "DB"], b"ana's").ok();
    team.ana.commit("ana's");
    team.ana.git(&["fetch", "-q"]);
    team.ana.sh("git merge origin/side >~/git-said 2>&1 && exit 1 || true");
    assert_eq!(team.ana.vault(&["resolve"]).code, 6);
    team.ana.git(&["checkout", "HEAD", "--", ".vault/secrets/dev/DB.toml"]);
    team.ana.vault(&["repair", "DB"]).ok();
    team.ana.git(&["add", ".vault"]);
    team.ana.git(&["commit", "-q", "--no-edit"]);
    sound(&team.ana);
    assert_eq!(team.ana.vault(&["get", "DB"]).ok().text(), "ana's");
}

#[test]
fn value_that_one_side_set_and_the_other_sealed_anew_needs_no_admin() {
    let a = Admins::new();
    a.team.bob.vault_with(&["set", "DB"], b"bob's").ok();
    a.team.bob.commit("bob's");
    a.team.ana.vault(&["member", "remove", "carl", "-y"]).ok();
    push(&a.team.ana);
    a.team.bob.git(&["fetch", "-q"]);
    a.team.bob.sh("git merge origin/main >~/git-said 2>&1 && exit 1 || true");
    insta::assert_snapshot!(told(&a.team.bob), @r"
    exit 0
    --- stdout
    both sides are brought together; the roster needed no new line
    --- stderr
    help: `git commit` concludes the merge
    ");
    a.team.bob.git(&["commit", "-q", "--no-edit"]);
    sound(&a.team.bob);
    assert_eq!(a.team.bob.vault(&["get", "DB"]).ok().text(), "bob's");
}

#[test]
fn conflict_markers_that_were_committed_are_told_again() {
    let a = Admins::new();
    a.team.ana.vault_with(&["set", "DB"], b"ana's").ok();
    a.dora.vault_with(&["set", "DB"], b"dora's").ok();
    a.part(&["member", "remove", "bob", "-y"], &["member", "remove", "carl", "-y"]);
    stuck(&a.dora, "merge origin/main");
    a.dora.vault(&["resolve"]);
    a.dora.commit("markers and all");
    insta::assert_snapshot!(told(&a.dora), @r"
    exit 6
    --- stdout
    both sides are brought together; the roster needed no new line

    Left for you to decide:
      dev/DB: both sides changed it
    --- stderr
    help: `git checkout [ID] -- .vault/secrets/dev/DB.toml` takes the one from here, `git checkout [ID] -- .vault/secrets/dev/DB.toml` the other
    help: `cargo vault repair -e dev DB` then seals it anew, above both
    help: `git add .vault` then, and commit and push `.vault`: it holds for others from then on
    ");
    a.dora.git(&["checkout", "HEAD^1", "--", ".vault/secrets/dev/DB.toml"]);
    a.dora.vault(&["repair", "DB"]).ok();
    a.dora.commit("decided");
    sound(&a.dora);
}

#[test]
fn value_that_is_in_no_commit_yet_is_there_under_the_new_key() {
    let a = Admins::new();
    a.dora.vault_with(&["set", "OTHER"], b"first").ok();
    a.dora.vault(&["member", "remove", "carl", "-y"]).ok();
    a.dora.commit("dora's");
    a.dora.vault_with(&["set", "OTHER"], b"of today").ok();
    a.dora.vault_with(&["set", "NEW"], b"of today").ok();
    a.team.ana.vault(&["env", "add", "stage"]).ok();
    push(&a.team.ana);
    a.dora.git(&["fetch", "-q"]);
    stuck(&a.dora, "merge origin/main");
    a.dora.vault(&["resolve"]).ok();
    for name in ["OTHER", "NEW"] {
        assert_eq!(a.dora.vault(&["get", name]).ok().text(), "of today");
    }
    a.dora.git(&["add", ".vault"]);
    a.dora.git(&["commit", "-q", "--no-edit"]);
    sound(&a.dora);
}

#[test]
fn value_that_was_set_in_the_conflict_is_what_was_decided() {
    let team = Team::new();
    team.bob.vault_with(&["set", "DB"], b"bob's").ok();
    team.bob.commit("bob's");
    team.ana.vault_with(&["set", "DB"], b"ana's").ok();
    push(&team.ana);
    team.bob.git(&["fetch", "-q"]);
    team.bob.sh("git merge origin/main >~/git-said 2>&1 && exit 1 || true");
    team.bob.git(&["checkout", "--ours", "--", ".vault/secrets/dev/DB.toml"]);
    team.bob.vault_with(&["set", "DB"], b"decided").ok();
    insta::assert_snapshot!(told(&team.bob), @r"
    exit 0
    --- stdout
    both sides are brought together; the roster needed no new line
    --- stderr
    help: `git commit` concludes the merge
    ");
    team.bob.git(&["commit", "-q", "--no-edit"]);
    sound(&team.bob);
    assert_eq!(team.bob.vault(&["get", "DB"]).ok().text(), "decided");
}
