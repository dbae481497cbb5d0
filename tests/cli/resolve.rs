//! Two branches that changed the roster, brought together by `resolve` in whatever git was doing: what either side took away is
//! gone, nobody's value is lost, and every clone goes on.

use std::{collections::BTreeMap, process::Stdio, thread::sleep, time::Instant};

use cargo_vault::kernel::model::{Access, Role};

use crate::{
    forge::{Forge, Team, anchor, identity, pull, push, state},
    harness::{PROGRAM, Person, redacted},
    messages::without_ids,
};

/// A team with a second admin, dora, who knows the vault too and writes `dev`.
struct Admins {
    team: Team,
    dora: Person,
}

impl Admins {
    fn new() -> Self {
        let team = Team::new();
        let dora = team.ana.other("dora");
        dora.vault(&["identity", "new"]).ok();
        let mut forge = Forge::of(&team.ana);
        let dev = [("dev", Access::Write)];
        forge.enrol((&team.ana, "ana"), ("dora", &identity(&dora)), Role::Admin, &dev);
        forge.sign(&identity(&team.ana), "add dora").put(&team.ana);
        push(&team.ana);
        dora.git(&["clone", "-q", team.ana.root().join("origin.git").to_str().unwrap(), "."]);
        dora.vault(&["trust", &anchor(&team.ana)]).ok();
        for person in [&team.bob, &team.carl] {
            pull(person);
        }
        for person in [&team.ana, &team.bob, &team.carl, &dora] {
            assert_eq!(person.vault(&["get", "DB"]).ok().text(), "first");
        }
        Self { team, dora }
    }

    /// ana does this and pushes it; dora does that, and commits it on what was before.
    fn part(&self, ana: &[&str], dora: &[&str]) {
        self.team.ana.vault(ana).ok();
        push(&self.team.ana);
        self.dora.vault(dora).ok();
        self.dora.commit("dora's");
        self.dora.git(&["fetch", "-q"]);
    }
}

/// Begins what git cannot finish by itself.
#[track_caller]
fn stuck(person: &Person, git: &str) {
    person.sh(&format!("git {git} >~/git-said 2>&1 && exit 1 || true"));
    let status = person.sh("git status --porcelain .vault");
    let is_stuck = |line: &str| line.starts_with("UU ") && line.ends_with(".vault/roster.log");
    assert!(status.lines().any(is_stuck), "{status}");
}

#[track_caller]
fn told(person: &Person) -> String {
    let said = redacted(&person.vault(&["resolve"]).conversation(), person);
    without_ids(&said)
}

/// Everything that has to hold wherever somebody takes what was brought together.
#[track_caller]
fn sound(person: &Person) {
    let said = person.vault(&["verify"]);
    assert_eq!(said.code, 0, "{}", said.conversation());
    assert_eq!(person.sh("git status --porcelain"), "");
}

/// Every file of the vault, and what git's index has of it.
fn vault(person: &Person) -> (BTreeMap<String, Vec<u8>>, String) {
    let mut files = state(person);
    let root = person.path(".vault").to_str().unwrap().to_owned();
    files.retain(|path, _| path.starts_with(&root));
    (files, person.git(&["ls-files", "-s", ".vault"]))
}

/// A public key of somebody who is no member yet, as `member add` takes it.
fn public(person: &Person, name: &str) -> Vec<String> {
    let file = format!("../{}-{name}.txt", person.env["USER"]);
    person.vault(&["identity", "new", name, "--output", &file]).ok();
    let shown = person.vault(&["identity", "show", "--identity", &file]).ok().text();
    shown.split_whitespace().filter(|word| word.starts_with("age1")).take(1).map(str::to_owned).collect()
}

#[track_caller]
fn locked(person: &Person) {
    pull(person);
    person.vault(&["get", "DB"]).refused(4, "error: your one key cannot open environment `dev`");
}

#[test]
fn two_admins_who_each_remove_somebody_are_both_heeded() {
    let a = Admins::new();
    a.part(&["member", "remove", "bob", "-y"], &["member", "remove", "carl", "-y"]);
    stuck(&a.dora, "merge origin/main");
    insta::assert_snapshot!(told(&a.dora), @r"
    exit 0
    --- stdout
    both sides are brought together: one new line of the log for 1 line of the other side
      carl is no member any more
      carl may no longer read dev
      dev has a new key: epoch 3, 1 secret sealed anew
    --- stderr
    help: `git commit` concludes the merge
    ");
    a.dora.git(&["commit", "-q", "--no-edit"]);
    sound(&a.dora);
    push(&a.dora);
    pull(&a.team.ana);
    sound(&a.team.ana);
    assert_eq!(a.team.ana.vault(&["get", "DB"]).ok().text(), "first");
    locked(&a.team.bob);
    locked(&a.team.carl);
}

#[test]
fn removal_on_one_side_wins_over_a_grant_on_the_other() {
    let a = Admins::new();
    a.part(&["member", "remove", "bob", "-y"], &["member", "role", "bob", "admin", "-y"]);
    stuck(&a.dora, "merge origin/main");
    insta::assert_snapshot!(told(&a.dora), @r"
    exit 0
    --- stdout
    both sides are brought together: one new line of the log for 1 line of the other side
      dev has a new key: epoch 3, 1 secret sealed anew

    A side wished it, and it is not so:
      bob is now of the role admin
    --- stderr
    help: `git commit` concludes the merge
    ");
    a.dora.git(&["commit", "-q", "--no-edit"]);
    sound(&a.dora);
    push(&a.dora);
    locked(&a.team.bob);
}

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
fn who_is_no_admin_is_told_who_is_and_nothing_changes() {
    let a = Admins::new();
    a.part(&["member", "remove", "carl", "-y"], &["env", "add", "stage"]);
    a.dora.git(&["push", "-q", "origin", "HEAD:other"]);
    pull(&a.team.bob);
    a.team.bob.git(&["fetch", "-q"]);
    stuck(&a.team.bob, "merge origin/other");
    let before = vault(&a.team.bob);
    insta::assert_snapshot!(told(&a.team.bob), @r"
    exit 1
    --- stdout
    --- stderr
    error: `bob` may not change the roster

      admins  ana, dora
    ");
    assert!(vault(&a.team.bob) == before);
}

#[test]
fn admin_who_does_not_write_what_needs_a_new_key_is_told_who_does() {
    let a = Admins::new();
    a.team.ana.vault(&["env", "add", "prod"]).ok();
    a.team.ana.vault(&["member", "grant", "bob", "-e", "prod", "--read"]).ok();
    push(&a.team.ana);
    pull(&a.dora);
    a.part(&["member", "remove", "bob", "-y"], &["member", "remove", "carl", "-y"]);
    stuck(&a.dora, "merge origin/main");
    let before = vault(&a.dora);
    insta::assert_snapshot!(told(&a.dora), @r"
    exit 1
    --- stdout
    --- stderr
    error: a new key of environment `prod` is made by an admin who writes it, and `dora` does not

      who can  ana
    ");
    assert!(vault(&a.dora) == before);
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
fn without_a_merge_there_is_nothing_to_bring_together() {
    let a = Admins::new();
    insta::assert_snapshot!(told(&a.dora), @r"
    exit 1
    --- stdout
    --- stderr
    error: nothing is being merged here

    help: `cargo vault verify` says whether anything is wrong, and what mends it
    ");
}

#[test]
fn lines_of_an_admin_who_was_removed_are_not_made_again() {
    let a = Admins::new();
    a.part(&["member", "remove", "dora", "-y"], &["member", "role", "bob", "admin", "-y"]);
    a.dora.git(&["push", "-q", "origin", "HEAD:other"]);
    a.team.ana.git(&["fetch", "-q"]);
    stuck(&a.team.ana, "merge origin/other");
    let before = vault(&a.team.ana);
    insta::assert_snapshot!(told(&a.team.ana), @r"
    exit 5
    --- stdout
    --- stderr
    error: line 4 of the log of commit [ID] was signed by somebody who is no admin any more

    help: git can take back what it began, as with `git merge --abort`
    help: what is wanted of it, an admin does again on the side that stays
    ");
    assert!(vault(&a.team.ana) == before);
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
fn one_name_for_two_newcomers_is_for_people_to_decide() {
    let a = Admins::new();
    let (one, other) = (public(&a.team.ana, "eve"), public(&a.dora, "eve"));
    a.part(
        &["member", "add", "eve", &one[0], "-e", "dev", "--read"],
        &["member", "add", "eve", &other[0], "-e", "dev", "--read"],
    );
    stuck(&a.dora, "merge origin/main");
    let before = vault(&a.dora);
    insta::assert_snapshot!(told(&a.dora), @r"
    exit 6
    --- stdout
    --- stderr
    error: both sides let `eve` in, each with other keys

    help: git can take back what it began, as with `git merge --abort`
    help: on the branch that nobody has yet, undo the commit that let `eve` in, and use another name
    ");
    assert!(vault(&a.dora) == before);
}

#[test]
fn once_is_enough() {
    let a = Admins::new();
    a.part(&["member", "remove", "bob", "-y"], &["member", "remove", "carl", "-y"]);
    stuck(&a.dora, "merge origin/main");
    a.dora.vault(&["resolve"]).ok();
    let before = vault(&a.dora);
    insta::assert_snapshot!(told(&a.dora), @r"
    exit 0
    --- stdout
    both sides are brought together; the roster needed no new line
    --- stderr
    help: `git commit` concludes the merge
    ");
    assert!(vault(&a.dora) == before);
}

#[test]
fn what_came_of_it_is_told_to_a_program() {
    let a = Admins::new();
    a.team.ana.vault_with(&["set", "DB"], b"ana's").ok();
    a.dora.vault_with(&["set", "DB"], b"dora's").ok();
    a.part(&["member", "remove", "bob", "-y"], &["member", "role", "bob", "admin", "-y"]);
    stuck(&a.dora, "merge origin/main");
    let said = a.dora.vault(&["resolve", "--json"]);
    assert_eq!(said.code, 6);
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&said.out).unwrap(),
        serde_json::json!({
            "schema": 1, "kept": "theirs", "lines": 1, "changes": [],
            "overruled": ["bob is now of the role admin"],
            "renewed": [{ "env": "dev", "epoch": 3, "secrets": 0 }],
            "left": [{ "env": "dev", "name": "DB", "why": "both-changed" }],
            "unmerged": []
        })
    );
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
        a.dora.vault(&["resolve"]).ok();
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
