//! What git may be doing when two branches are brought together, and what was done with them before and after.

use std::{process::Stdio, thread::sleep, time::Instant};

use super::{Admins, locked, sound, stuck, told};
use crate::{
    forge::{Forge, pull, push},
    harness::{PROGRAM, Person, redacted},
    messages::without_ids,
};

#[test]
fn rebase_goes_on_over_what_was_brought_together() {
    let a = Admins::new();
    a.dora.vault(&["member", "remove", "carl", "-y"]).ok();
    a.dora.commit("dora's");
    a.dora.vault_with(&["set", "NEW"], b"later").ok();
    a.dora.commit("later");
    a.team.ana.vault(&["member", "remove", "bob", "-y"]).ok();
    push(&a.team.ana);
    a.dora.git(&["fetch", "-q"]);
    stuck(&a.dora, "rebase origin/main");
    insta::assert_snapshot!(told(&a.dora), @r"
    exit 0
    --- stdout
    both sides are brought together: one new line of the log for 1 line of the other side
      carl is no member any more
      carl may no longer read dev
      dev has a new key: epoch 3, 1 secret sealed anew
    --- stderr
    help: `git rebase --continue` goes on
    ");
    // What dora set afterwards, under the key that her first commit made, git puts on top.
    a.dora.git(&["-c", "core.editor=true", "rebase", "--continue"]);
    a.dora.vault(&["rekey"]).ok();
    a.dora.commit("rekey");
    sound(&a.dora);
    push(&a.dora);
    pull(&a.team.ana);
    assert_eq!(a.team.ana.vault(&["get", "NEW"]).ok().text(), "later");
    locked(&a.team.bob);
    locked(&a.team.carl);
}

#[test]
fn cherry_pick_is_brought_together_too() {
    let a = Admins::new();
    a.part(&["member", "remove", "bob", "-y"], &["member", "remove", "carl", "-y"]);
    a.dora.git(&["push", "-q", "origin", "HEAD:other"]);
    a.team.ana.git(&["fetch", "-q"]);
    stuck(&a.team.ana, "cherry-pick origin/other");
    insta::assert_snapshot!(told(&a.team.ana), @r"
    exit 0
    --- stdout
    both sides are brought together: one new line of the log for 1 line of the other side
      carl is no member any more
      carl may no longer read dev
      dev has a new key: epoch 3, 1 secret sealed anew
    --- stderr
    help: `git cherry-pick --continue` goes on
    ");
    a.team.ana.git(&["-c", "core.editor=true", "cherry-pick", "--continue"]);
    sound(&a.team.ana);
    push(&a.team.ana);
    locked(&a.team.bob);
    locked(&a.team.carl);
}

#[test]
fn clone_that_keeps_the_dropped_lines_goes_on() {
    let a = Admins::new();
    let bob = &a.team.bob;
    // dora's was the default branch for a while, then ana's is put in its place.
    a.part(&["member", "remove", "carl", "-y"], &["env", "add", "stage"]);
    a.dora.git(&["push", "-q", "--force", "origin", "HEAD:main"]);
    pull(bob);
    bob.vault(&["list"]).ok();
    a.team.ana.git(&["push", "-q", "--force", "origin", "HEAD:main"]);
    a.dora.git(&["fetch", "-q"]);
    pull(bob);
    let aside = "error: this is an old commit or another branch, where environment `dev` is not as it is now";
    bob.vault_with(&["set", "DB"], b"bob's").refused(6, aside);
    stuck(&a.dora, "merge origin/main");
    a.dora.vault(&["resolve"]).ok();
    a.dora.git(&["commit", "-q", "--no-edit"]);
    push(&a.dora);
    pull(bob);
    assert_eq!(Forge::of(bob).lines.last().unwrap().drops.len(), 1);
    bob.vault_with(&["set", "DB"], b"bob's").ok();
    bob.commit("bob's");
    sound(bob);
}

#[test]
fn merge_that_took_the_log_of_one_side_and_the_roster_of_the_other_is_mended() {
    let a = Admins::new();
    a.part(&["member", "remove", "bob", "-y"], &["env", "add", "stage"]);
    stuck(&a.dora, "merge origin/main");
    a.dora.git(&["checkout", "--theirs", "--", ".vault/roster.log"]);
    a.dora.git(&["checkout", "--ours", "--", ".vault/roster.toml"]);
    a.dora.commit("merged by hand");
    insta::assert_snapshot!(redacted(&a.dora.vault(&["verify"]).conversation(), &a.dora), @r"
    exit 5
    --- stdout
    --- stderr
    error: `.vault/roster.toml` was changed after it was signed on [TIME]

    help: `git log -p -- .vault/roster.toml` shows who changed it
    help: after a merge: `cargo vault resolve` brings both sides together
    ");
    insta::assert_snapshot!(told(&a.dora), @r"
    exit 0
    --- stdout
    both sides are brought together: one new line of the log for 1 line of the other side
      stage is a new environment
      dora may now write stage
      dev has a new key: epoch 3, 1 secret sealed anew
    --- stderr
    help: commit and push `.vault`: it holds for others from then on
    ");
    a.dora.commit("mended");
    sound(&a.dora);
    assert!(a.dora.vault(&["env", "list"]).ok().text().contains("stage"));
    push(&a.dora);
    locked(&a.team.bob);
}

#[test]
fn killed_in_between_it_goes_on_the_next_time() {
    let a = Admins::new();
    a.part(&["member", "remove", "bob", "-y"], &["member", "remove", "carl", "-y"]);
    stuck(&a.dora, "merge origin/main");
    a.dora.sh("cp -a . ../stopped");
    let begun = Instant::now();
    a.dora.vault(&["resolve"]).ok();
    let usual = begun.elapsed();
    let (mut old, mut new) = (0, 0);
    for round in 0..30 {
        a.dora.sh("rm -rf .git .vault && cp -a ../stopped/.git ../stopped/.vault .");
        let mut command = a.dora.command(PROGRAM);
        let mut child = command.arg("resolve").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        sleep(usual.mul_f64(f64::from(round) / 24.0));
        child.kill().unwrap();
        child.wait().unwrap();
        let marked = String::from_utf8(a.dora.read(".vault/roster.log")).unwrap().contains("<<<<<<<");
        *if marked { &mut old } else { &mut new } += 1;
        let again = a.dora.vault(&["resolve"]);
        if again.code != 0 {
            // Killed while git's library wrote the index: the lock stays, as git's own does, and is named with what removes it.
            let line = r#"rm "$(git rev-parse --git-path index.lock)""#;
            assert!(again.err.contains(&format!("`{line}`")), "{}", again.err);
            a.dora.sh(line);
            a.dora.vault(&["resolve"]).ok();
        }
        assert_eq!(a.dora.sh("git diff --name-only --diff-filter=U"), "", "round {round}");
        a.dora.git(&["commit", "-q", "--no-edit"]);
        sound(&a.dora);
    }
    assert!(old > 0 && new > 0, "{old} before, {new} after: the moments were no sample");
}

#[test]
fn nothing_that_the_repository_names_is_run() {
    let a = Admins::new();
    a.part(&["member", "remove", "bob", "-y"], &["member", "remove", "carl", "-y"]);
    stuck(&a.dora, "merge origin/main");
    let evil = a.dora.root().join("evil");
    let ran = a.dora.root().join("ran");
    a.dora.write("../evil", format!("#!/bin/sh\ntouch '{}'\ncat\n", ran.display()));
    a.dora.sh("chmod +x ../evil; for hook in post-index-change pre-commit post-merge; do cp ../evil .git/hooks/$hook; done");
    for key in ["core.fsmonitor", "filter.evil.clean", "filter.evil.process", "merge.cargo-vault.driver"] {
        a.dora.git(&["config", key, evil.to_str().unwrap()]);
    }
    a.dora.write(".git/info/attributes", "* filter=evil merge=cargo-vault\n");
    a.dora.vault(&["resolve"]).ok();
    assert!(!ran.exists());
}

#[test]
fn vault_below_the_top_of_a_linked_worktree_is_brought_together() {
    let ana = Person::new("ana");
    ana.git(&["init", "-q", "-b", "main", "."]);
    ana.sh("mkdir -p app/deep");
    let mut here = ana.other("ana");
    here.cwd = ana.path("app/deep");
    here.vault(&["init", "--name", "ana"]).ok();
    here.commit("vault");
    here.git(&["worktree", "add", "-q", "-b", "side", "../../../side"]);
    here.vault(&["env", "add", "one"]).ok();
    here.commit("one");
    here.cwd = ana.root().join("side/app/deep");
    here.vault(&["env", "add", "two"]).ok();
    here.commit("two");
    stuck(&here, "merge main");
    here.vault(&["resolve"]).ok();
    assert_eq!(here.git(&["diff", "--name-only", "--diff-filter=U"]), "");
    here.git(&["commit", "-q", "--no-edit"]);
    sound(&here);
    let envs = here.vault(&["env", "list"]).ok().text();
    assert!(envs.contains("one") && envs.contains("two"), "{envs}");
}

#[test]
fn rebase_of_two_changes_of_the_roster_is_brought_together_twice() {
    let a = Admins::new();
    a.dora.vault(&["member", "remove", "carl", "-y"]).ok();
    a.dora.commit("one");
    a.dora.vault(&["env", "add", "stage"]).ok();
    a.dora.commit("two");
    a.team.ana.vault(&["member", "remove", "bob", "-y"]).ok();
    push(&a.team.ana);
    a.dora.git(&["fetch", "-q"]);
    stuck(&a.dora, "rebase origin/main");
    a.dora.vault(&["resolve"]).ok();
    stuck(&a.dora, "-c core.editor=true rebase --continue");
    insta::assert_snapshot!(told(&a.dora), @r"
    exit 0
    --- stdout
    both sides are brought together: one new line of the log for 1 line of the other side
      stage is a new environment
      dora may now write stage
      dev has a new key: epoch 4, 1 secret sealed anew
    --- stderr
    help: `git rebase --continue` goes on
    ");
    a.dora.git(&["-c", "core.editor=true", "rebase", "--continue"]);
    sound(&a.dora);
    let log = Forge::of(&a.dora);
    let drops: Vec<usize> = log.lines.iter().map(|line| line.drops.len()).collect();
    assert_eq!(drops, [0, 0, 0, 0, 1, 1]);
    push(&a.dora);
    pull(&a.team.ana);
    sound(&a.team.ana);
    locked(&a.team.bob);
    locked(&a.team.carl);
}

#[test]
fn branch_on_top_of_lines_that_were_dropped_needs_no_admin() {
    let a = Admins::new();
    let bob = &a.team.bob;
    a.part(&["member", "remove", "carl", "-y"], &["env", "add", "stage"]);
    a.dora.git(&["push", "-q", "origin", "HEAD:side"]);
    bob.git(&["fetch", "-q"]);
    bob.git(&["checkout", "-q", "-B", "main", "origin/side"]);
    bob.sh("git config branch.main.merge refs/heads/main");
    bob.write("code.txt", "bob's");
    bob.commit("code");
    stuck(&a.dora, "rebase origin/main");
    a.dora.vault(&["resolve"]).ok();
    a.dora.git(&["-c", "core.editor=true", "rebase", "--continue"]);
    push(&a.dora);
    bob.git(&["fetch", "-q"]);
    stuck(bob, "merge origin/main");
    insta::assert_snapshot!(told(bob), @r"
    exit 0
    --- stdout
    both sides are brought together; the roster needed no new line
    --- stderr
    help: `git commit` concludes the merge
    ");
    bob.git(&["commit", "-q", "--no-edit"]);
    sound(bob);
    assert_eq!(bob.vault(&["get", "DB"]).ok().text(), "first");
}

#[test]
fn side_that_an_earlier_merge_lost_is_brought_in_again() {
    let a = Admins::new();
    a.part(&["member", "remove", "bob", "-y"], &["env", "add", "stage"]);
    a.dora.git(&["merge", "-q", "-s", "ours", "-m", "merge", "origin/main"]);
    a.dora.write("code.txt", "on it went");
    a.dora.commit("on it went");
    let commit = a.dora.git(&["rev-parse", "--short=12", "origin/main"]);
    let said = a.dora.vault(&["verify"]);
    let help =
        format!("help: `cargo vault resolve --with {}` brings in again what that commit has", commit.trim());
    assert!(said.text().contains(&help), "{}", said.conversation());
    let told = a.dora.vault(&["resolve", "--with", commit.trim()]).conversation();
    insta::assert_snapshot!(without_ids(&redacted(&told, &a.dora)), @r"
    exit 0
    --- stdout
    both sides are brought together: one new line of the log for 1 line of the other side
      stage is a new environment
      dora may now write stage
      dev has a new key: epoch 3, 1 secret sealed anew
    --- stderr
    help: commit and push `.vault`: it holds for others from then on
    ");
    a.dora.commit("mended");
    sound(&a.dora);
    push(&a.dora);
    locked(&a.team.bob);
}
