//! What is trusted, row by row of the table of the format: known, newer, aside, forked or replaced, and first use.

use std::{fs, path::PathBuf};

use cargo_vault::kernel::{format::log::message, model::Role, seal::sha256};

use crate::{
    forge::{Forge, Team, all_refuse, anchor, first_error, identity, member, pull, push, state},
    harness::Person,
};

/// A file that is kept in a clone's git folder.
fn kept_file(person: &Person, name: &str) -> PathBuf {
    person.path(".git/cargo-vault/.vault").join(name)
}

/// How many lines are kept in a clone's git folder.
pub(crate) fn kept_lines(person: &Person) -> usize {
    let text = fs::read_to_string(kept_file(person, "lines")).unwrap();
    let head = text.lines().nth(1).unwrap();
    head.split_once(' ').unwrap().1.parse().unwrap()
}

/// ana adds a line on the default branch that changes nobody's keys.
fn newer(team: &Team) -> Forge {
    let mut forge = Forge::of(&team.ana);
    forge.sign(&identity(&team.ana), "nothing new").put(&team.ana);
    push(&team.ana);
    forge
}

#[test]
fn known_log_needs_no_question_and_changes_nothing() {
    let team = Team::new();
    let before = state(&team.carl);
    assert_eq!(team.carl.vault(&["get", "DB"]).ok().err, "");
    team.carl.vault(&["list"]).ok();
    team.carl.vault(&["verify"]).ok();
    assert!(state(&team.carl) == before);
    assert_eq!(kept_lines(&team.carl), 2);
}

#[test]
fn newer_log_of_the_default_branch_is_kept() {
    let team = Team::new();
    newer(&team);
    pull(&team.carl);
    assert_eq!(team.carl.vault(&["get", "DB"]).ok().err, "");
    assert_eq!(kept_lines(&team.carl), 3);
}

#[test]
fn newer_log_of_another_branch_is_read_and_not_kept() {
    let team = Team::new();
    team.ana.git(&["checkout", "-q", "-b", "feature"]);
    let mut forge = Forge::of(&team.ana);
    forge.sign(&identity(&team.ana), "on a branch").put(&team.ana);
    team.ana.commit("feature");
    team.ana.git(&["push", "-q", "origin", "feature"]);
    team.carl.git(&["fetch", "-q"]);
    team.carl.git(&["checkout", "-q", "feature"]);
    assert_eq!(team.carl.vault(&["get", "DB"]).ok().err, "");
    team.carl.vault(&["verify"]).ok();
    assert_eq!(kept_lines(&team.carl), 2);
}

#[test]
fn newer_log_that_is_not_committed_is_not_kept() {
    let team = Team::new();
    team.ana.vault(&["env", "add", "staging"]).ok();
    assert_eq!(team.ana.vault(&["get", "DB"]).ok().err, "");
    assert_eq!(kept_lines(&team.ana), 2);
    push(&team.ana);
    team.ana.git(&["fetch", "-q"]);
    assert_eq!(team.ana.vault(&["get", "DB"]).ok().err, "");
    assert_eq!(kept_lines(&team.ana), 3);
}

#[test]
fn log_that_names_the_lines_it_drops_is_newer() {
    let team = Team::new();
    let base = Forge::of(&team.ana);
    let dropped = newer(&team);
    pull(&team.carl);
    team.carl.vault(&["get", "DB"]).ok();
    let mut merged = base;
    merged.sign(&identity(&team.ana), "the other branch first");
    let hash = sha256(&message(&merged.roster.vault, &dropped.lines[2]));
    merged.sign_dropping(&identity(&team.ana), vec![hash]).put(&team.carl);
    assert_eq!(team.carl.vault(&["get", "DB"]).ok().text(), "first");
    team.carl.vault(&["verify"]).ok();
    // Without the names of the dropped lines it is another branch, which admins alone may sign.
    merged.lines.pop();
    merged.sign(&identity(&team.ana), "without").put(&team.carl);
    assert_eq!(team.carl.vault(&["get", "DB"]).ok().text(), "first");
    assert_eq!(kept_lines(&team.carl), 3);
}

#[test]
fn log_behind_the_kept_one_is_read_and_written_where_the_keys_are_the_same() {
    let team = Team::new();
    newer(&team);
    team.ana.vault(&["get", "DB"]).ok();
    team.ana.git(&["checkout", "-q", "HEAD~1"]);
    assert_eq!(team.ana.vault(&["get", "DB"]).ok().text(), "first");
    team.ana.vault_with(&["set", "DB"], b"second").ok();
    let error = "error: this is an old commit or another branch, so the roster cannot be changed here";
    team.ana.vault(&["env", "add", "staging"]).refused(6, error);
    assert_eq!(kept_lines(&team.ana), 3);
}

#[test]
fn log_forked_by_an_admin_is_another_branch() {
    let team = Team::new();
    let base = Forge::of(&team.ana);
    newer(&team);
    pull(&team.carl);
    team.carl.vault(&["get", "DB"]).ok();
    let mut forked = base;
    forked.sign(&identity(&team.ana), "a fork").put(&team.carl);
    assert_eq!(team.carl.vault(&["get", "DB"]).ok().text(), "first");
    assert_eq!(kept_lines(&team.carl), 3);
}

#[test]
fn log_forked_by_somebody_who_is_no_admin_now_is_refused() {
    let team = Team::new();
    let mut forge = Forge::of(&team.ana);
    forge.roster.members.get_mut(&member("bob")).unwrap().role = Role::Admin;
    forge.sign(&identity(&team.ana), "bob is an admin");
    let as_admin = forge.clone();
    forge.roster.members.get_mut(&member("bob")).unwrap().role = Role::Member;
    forge.sign(&identity(&team.ana), "bob is none").put(&team.ana);
    push(&team.ana);
    pull(&team.carl);
    team.carl.vault(&["get", "DB"]).ok();
    let mut forked = as_admin;
    forked.sign(&identity(&team.bob), "a fork").put(&team.carl);
    all_refuse(&team.carl, 5, "`.vault/roster.log` differs from the one known here, from line 4 on");
    // Committed, it is refused all the same.
    push(&team.carl);
    all_refuse(&team.carl, 5, "`.vault/roster.log` differs from the one known here, from line 4 on");
}

#[test]
fn first_use_away_from_a_terminal_is_refused_and_shows_the_anchored_form() {
    let team = Team::new();
    let mut fresh = team.fresh("fresh");
    let key = String::from_utf8(identity(&team.carl).reveal().expose().to_vec()).unwrap();
    fresh.set("CVAULT_KEY", &key);
    let before = state(&fresh);
    let said = fresh.vault(&["get", "DB"]);
    let anchor = anchor(&team.ana);
    assert!(said.err.contains(&format!("cargo vault trust {anchor}")), "{}", said.err);
    assert!(said.err.contains("ana, bob, carl"), "{}", said.err);
    said.refused(5, "error: this vault is not known here yet");
    fresh.vault(&["run", "true"]).refused(125, "error: this vault is not known here yet");
    fresh.vault_with(&["set", "DB"], b"x").refused(5, "error: this vault is not known here yet");
    fresh.vault(&["list"]).refused(5, "error: this vault is not known here yet");
    assert!(state(&fresh) == before);
    // `verify` looks, and says that nothing vouches for what it looked at.
    let said = fresh.vault(&["verify"]).ok();
    assert!(said.err.contains("warning: nothing vouches for this vault here"), "{}", said.err);
    assert!(state(&fresh) == before);
    fresh.vault(&["get", "DB"]).refused(5, "error: this vault is not known here yet");
}

#[test]
fn first_use_with_an_anchored_key_needs_nothing_else() {
    let team = Team::new();
    let mut fresh = team.fresh("fresh");
    let key = String::from_utf8(identity(&team.carl).reveal().expose().to_vec()).unwrap();
    fresh.set("CVAULT_KEY", format!("{key}#{}", anchor(&team.ana)));
    assert_eq!(fresh.vault(&["get", "DB"]).ok().err, "");
    let said = fresh.vault(&["run", "--", "/bin/sh", "-c", "printf %s \"$DB\""]).ok();
    assert_eq!(said.text(), "first");
}

#[test]
fn first_use_with_an_anchor_of_an_older_line_still_fits() {
    let team = Team::new();
    let old = anchor(&team.ana);
    newer(&team);
    let mut fresh = team.fresh("fresh");
    let key = String::from_utf8(identity(&team.carl).reveal().expose().to_vec()).unwrap();
    fresh.set("CVAULT_KEY", format!("{key}#{old}"));
    assert_eq!(fresh.vault(&["get", "DB"]).ok().text(), "first");
}

#[test]
fn anchor_of_another_line_is_refused() {
    let team = Team::new();
    let right = anchor(&team.ana);
    let wrong = format!("{}{}", &right[..right.len() - 1], if right.ends_with('0') { '1' } else { '0' });
    let mut fresh = team.fresh("fresh");
    let key = String::from_utf8(identity(&team.carl).reveal().expose().to_vec()).unwrap();
    fresh.set("CVAULT_KEY", format!("{key}#{wrong}"));
    all_refuse(&fresh, 5, "line 2 of `.vault/roster.log` is not the one that the anchor names");
    let nobody = team.fresh("nobody");
    let before = state(&nobody);
    let error = "error: line 2 of `.vault/roster.log` is not the one that the anchor names";
    nobody.vault(&["trust", &wrong]).refused(5, error);
    assert!(state(&nobody) == before);
}

#[test]
fn first_use_that_a_variable_allows_works() {
    let team = Team::new();
    let mut fresh = team.fresh("fresh");
    let key = String::from_utf8(identity(&team.carl).reveal().expose().to_vec()).unwrap();
    fresh.set("CVAULT_KEY", key).set("CVAULT_TRUST", "first-use");
    assert_eq!(fresh.vault(&["get", "DB"]).ok().text(), "first");
    fresh.set("CVAULT_TRUST", "yes");
    fresh.vault(&["get", "DB"]).refused(2, "error: `CVAULT_TRUST` is neither `first-use` nor an anchor");
}

#[test]
fn first_use_that_a_variable_allows_does_not_allow_another_vault_later() {
    let team = Team::new();
    let mut known = team.fresh("known");
    known.home.clone_from(&team.carl.home);
    known.vault(&["get", "DB"]).ok();
    known.set("CVAULT_TRUST", "first-use");
    let other = Person::with_vault("ana");
    let (before, after) = (Forge::of(&known).roster.vault, Forge::of(&other).roster.vault);
    known.sh(&format!("rm -rf .vault && cp -r '{}' .vault", other.path(".vault").display()));
    all_refuse(&known, 5, &format!("this is another vault ({after}) than the one known here ({before})"));
}

#[test]
fn anchor_that_is_trusted_once_is_known_from_then_on() {
    let team = Team::new();
    let mut fresh = team.fresh("fresh");
    let anchor = anchor(&team.ana);
    let said = fresh.vault(&["trust", &anchor]).ok();
    assert!(said.text().starts_with("this vault is trusted from now on\n"), "{}", said.text());
    let key = String::from_utf8(identity(&team.carl).reveal().expose().to_vec()).unwrap();
    fresh.set("CVAULT_KEY", key);
    assert_eq!(fresh.vault(&["get", "DB"]).ok().err, "");
    let shown = fresh.vault(&["trust", "--show"]).ok();
    assert!(shown.text().contains(&anchor), "{}", shown.text());
}

#[test]
fn kept_state_that_somebody_else_changed_counts_as_nothing() {
    let team = Team::new();
    for name in ["trust", "lines"] {
        let file = kept_file(&team.carl, name);
        let mut bytes = fs::read(&file).unwrap();
        let last = bytes.len() - 5;
        bytes[last] ^= 1;
        rewrite(&file, &bytes);
    }
    // The user's own folder has a copy, so nobody is asked; and a forged state does not stand in for it.
    assert_eq!(team.carl.vault(&["get", "DB"]).ok().err, "");
    assert_eq!(kept_lines(&team.carl), 2);
    fs::remove_dir_all(team.carl.path(".git/cargo-vault")).unwrap();
    fs::remove_dir_all(team.carl.home.join(".local/share/cargo-vault")).unwrap();
    team.carl.vault(&["get", "DB"]).refused(5, "error: this vault is not known here yet");
}

#[test]
fn kept_state_of_another_user_counts_as_nothing() {
    let team = Team::new();
    let mut visitor = team.fresh("visitor");
    // A git folder that was handed on with its cache: the key that authenticates it is in another home.
    visitor.sh(&format!("cp -r '{}' .git/cargo-vault", team.carl.path(".git/cargo-vault").display()));
    let key = String::from_utf8(identity(&team.carl).reveal().expose().to_vec()).unwrap();
    visitor.set("CVAULT_KEY", key);
    visitor.vault(&["get", "DB"]).refused(5, "error: this vault is not known here yet");
}

#[expect(clippy::disallowed_methods, reason = "a test writes what an attacker would")]
fn rewrite(file: &std::path::Path, bytes: &[u8]) {
    fs::write(file, bytes).unwrap();
}

#[test]
fn second_clone_of_a_known_vault_needs_no_question() {
    let team = Team::new();
    let mut second = team.fresh("second");
    second.home.clone_from(&team.carl.home);
    assert_eq!(second.vault(&["get", "DB"]).ok().err, "");
}

#[test]
fn second_clone_is_not_shown_an_older_roster_than_the_first_has_seen() {
    let team = Team::new();
    let mut forge = Forge::of(&team.ana);
    forge.remove((&team.ana, "ana"), "bob").sign(&identity(&team.ana), "remove bob").put(&team.ana);
    push(&team.ana);
    pull(&team.carl);
    team.carl.vault(&["get", "DB"]).ok();
    // bob, who can still push, puts the branch back to before his removal, with a secret of today.
    team.bob.vault_with(&["set", "DB"], b"mine").ok();
    push(&team.bob);
    let mut second = team.fresh("second");
    second.home.clone_from(&team.carl.home);
    all_refuse(&second, 5, "`.vault/secrets/dev/DB.toml` was signed with a former key of `bob`");
}

#[test]
fn vault_without_git_is_trusted_by_its_path() {
    let ana = Person::new("ana");
    ana.vault(&["init"]).ok();
    ana.vault_with(&["set", "DB"], b"first").ok();
    let other = Person::new("ana");
    other.vault(&["init"]).ok();
    let (known, found) = (Forge::of(&ana).roster.vault, Forge::of(&other).roster.vault);
    assert_eq!(ana.vault(&["get", "DB"]).ok().err, "");
    ana.sh(&format!("rm -rf .vault && cp -r '{}' .vault", other.path(".vault").display()));
    all_refuse(&ana, 5, &format!("this is another vault ({found}) than the one known here ({known})"));
}

#[test]
fn trusting_an_anchor_mends_a_vault_that_was_replaced_on_purpose() {
    let team = Team::new();
    let other = Person::with_vault("ana");
    let (known, found) = (Forge::of(&team.carl).roster.vault, Forge::of(&other).roster.vault);
    team.carl.sh(&format!("rm -rf .vault && cp -r '{}' .vault", other.path(".vault").display()));
    let said = team.carl.vault(&["get", "DB"]);
    assert!(said.err.contains("cargo vault trust ANCHOR"), "{}", said.err);
    assert_eq!(
        first_error(&said),
        format!("error: this is another vault ({found}) than the one known here ({known})")
    );
}

#[test]
fn work_trees_of_one_repository_share_what_is_trusted() {
    let team = Team::new();
    let beside = team.carl.root().join("beside");
    team.carl.git(&["worktree", "add", "-q", beside.to_str().unwrap()]);
    let mut there = team.carl.other("there");
    (there.home, there.cwd) = (team.carl.home.clone(), beside);
    assert_eq!(there.vault(&["get", "DB"]).ok().err, "");
}
