//! Two branches that changed the roster, brought together by `resolve` in whatever git was doing: what either side took away is
//! gone, nobody's value is lost, and every clone goes on.

mod by_git;
mod secrets;

use std::collections::BTreeMap;

use cargo_vault::kernel::model::{Access, Role};

use crate::{
    forge::{Forge, Team, anchor, identity, pull, push, state},
    harness::{Person, redacted},
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
