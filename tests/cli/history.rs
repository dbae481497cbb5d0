//! `verify` over the commits: what was put back, replaced or lost on the way to a tip, on any clone and without a key.

use std::{fs, os::unix::fs::symlink};

use cargo_vault::kernel::model::Role;
use serde_json::Value;

use crate::{
    forge::{Forge, Team, anchor, change, identity, member, pull, push},
    harness::{Person, Said, redacted},
};

const DB: &str = ".vault/secrets/dev/DB.toml";

/// Ana with `DB` committed at revision 1, 2 and 3.
fn ana() -> Person {
    let ana = Person::with_vault("ana");
    for value in ["first", "second", "third"] {
        set(&ana, "DB", value);
    }
    ana
}

fn set(person: &Person, name: &str, value: &str) {
    person.vault_with(&["set", name], value.as_bytes()).ok();
    person.commit(value);
}

/// What somebody sees who has just cloned, and knows nothing.
fn fresh(person: &Person, name: &str) -> Person {
    person.clone_for(name)
}

fn head(person: &Person) -> String {
    person.git(&["rev-parse", "HEAD"]).trim().to_owned()
}

fn verified(person: &Person, args: &[&str]) -> (i32, Value) {
    let said = person.vault(&[&["verify", "--json"], args].concat());
    let answer = serde_json::from_slice(&said.out).unwrap_or_else(|e| panic!("{e}: {}", said.conversation()));
    (said.code, answer)
}

fn codes(answer: &Value) -> Vec<&str> {
    answer["findings"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect()
}

fn unsound(answer: &Value) -> Vec<(&str, &str)> {
    let all = answer["history"]["unsound"].as_array().unwrap();
    all.iter().map(|one| (one["commit"].as_str().unwrap(), one["code"].as_str().unwrap())).collect()
}

/// The conversation without what differs from run to run.
pub(crate) fn told(said: &Said, person: &Person) -> String {
    let text = redacted(&said.conversation(), person);
    let is_id = |word: &str| word.len() == 12 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let mut out = String::new();
    for word in text.split_inclusive([' ', '\n', ',', ':', '%', '`']) {
        let bare = word.trim_end_matches([' ', '\n', ',', ':', '%', '`']);
        out.push_str(if is_id(bare) { "[COMMIT]" } else { bare });
        out.push_str(&word[bare.len()..]);
    }
    out
}

#[test]
fn secret_put_back_is_found_by_a_fresh_clone_with_the_commit_that_did_it() {
    let ana = ana();
    ana.git(&["checkout", "-q", "HEAD~1", "--", DB]);
    ana.git(&["-c", "user.name=x", "commit", "-q", "--author", "Mallory <m@example.org>", "-m", "tidy up"]);
    let bob = fresh(&ana, "bob");
    let said = bob.vault(&["verify", "-q"]);
    insta::assert_snapshot!(told(&said, &bob), @r"
    exit 5
    --- stdout
    rolled-back: `dev/DB` was put back: commit [COMMIT] has revision 3, here is revision 2
      put back in: commit [COMMIT] by Mallory <m@example.org>, as git has it: nobody signed that
      help: `git checkout [COMMIT] -- .vault/secrets/dev/DB.toml` brings it back
      help: `cargo vault repair -e dev DB` asks, and writes it anew, above every revision that there was
    1 thing here is not in order
      vault     [VAULT]
      verified  1 secret, 1 environment, 1 log line
      history   5 commits, of which 5 changed the vault
    --- stderr
    warning: nothing vouches for this vault here: compare it with what a member of it sees, or give `--anchor`
    ");
}

#[test]
fn secret_lost_without_a_tombstone_is_found_by_a_fresh_clone() {
    let ana = ana();
    fs::remove_file(ana.path(DB)).unwrap();
    ana.commit("tidy up");
    let bob = fresh(&ana, "bob");
    insta::assert_snapshot!(told(&bob.vault(&["verify", "-q"]), &bob), @r"
    exit 5
    --- stdout
    vanished: `dev/DB` has vanished without a tombstone: commit [COMMIT] has revision 3
      taken away in: commit [COMMIT] by Test <test@example.org>, as git has it: nobody signed that
      help: `git checkout [COMMIT] -- .vault/secrets/dev/DB.toml` brings it back
      help: `cargo vault repair -e dev DB` asks, and writes it anew, above every revision that there was
    1 thing here is not in order
      vault     [VAULT]
      verified  0 secrets, 1 environment, 1 log line
      history   5 commits, of which 5 changed the vault
    --- stderr
    warning: nothing vouches for this vault here: compare it with what a member of it sees, or give `--anchor`
    ");
}

#[test]
fn revert_of_a_secret_is_reported_and_a_new_value_mends_it() {
    let ana = ana();
    ana.git(&["revert", "--no-edit", "HEAD"]);
    let bob = fresh(&ana, "bob");
    assert_eq!(codes(&verified(&bob, &[]).1), ["rolled-back"]);
    // Two revisions on: the one that was taken back had a number that may not have other bytes.
    let me = identity(&ana);
    change(&ana, "dev/DB", &me, |record| record.revision = 4);
    ana.commit("above both");
    bob.git(&["pull", "-q"]);
    let (code, answer) = verified(&bob, &[]);
    assert_eq!((code, codes(&answer), unsound(&answer)), (0, vec![], vec![]));
}

#[test]
fn checkout_that_the_hint_names_mends_a_secret_that_was_put_back() {
    let ana = ana();
    ana.git(&["checkout", "-q", "HEAD~2", "--", DB]);
    ana.commit("tidy up");
    let bob = fresh(&ana, "bob");
    let (code, answer) = verified(&bob, &[]);
    let hint = answer["findings"][0]["help"][0].as_str().unwrap();
    bob.sh(hint.split('`').nth(1).unwrap());
    assert_eq!((code, verified(&bob, &[]).0), (5, 0));
}

#[test]
fn squash_rebase_and_cherry_pick_leave_nothing_to_find() {
    let ana = ana();
    ana.git(&["checkout", "-q", "-b", "side", "HEAD~1"]);
    set(&ana, "A", "on the side");
    set(&ana, "B", "on the side too");
    ana.git(&["rebase", "-q", "main"]);
    ana.git(&["checkout", "-q", "main"]);
    ana.git(&["cherry-pick", "side~1"]);
    ana.git(&["merge", "-q", "--squash", "side"]);
    ana.commit("squashed");
    let (code, answer) = verified(&fresh(&ana, "bob"), &["--strict"]);
    assert_eq!((code, codes(&answer)), (0, vec![]));
}

#[test]
fn merge_that_drops_one_of_two_values_is_found_in_either_parent() {
    for side in ["--ours", "--theirs"] {
        let ana = ana();
        ana.git(&["checkout", "-q", "-b", "side"]);
        set(&ana, "DB", "theirs");
        ana.git(&["checkout", "-q", "main"]);
        set(&ana, "DB", "ours");
        ana.sh("! git merge -q side");
        ana.git(&["checkout", side, "--", DB]);
        ana.commit("one of them");
        let (code, answer) = verified(&fresh(&ana, "bob"), &[]);
        assert_eq!((code, codes(&answer)), (1, vec!["rewritten"]), "{side}");
        change(&ana, "dev/DB", &identity(&ana), |record| record.revision += 1);
        ana.commit("above both");
        assert_eq!(verified(&fresh(&ana, "carl"), &[]).0, 0, "{side}");
    }
}

#[test]
fn octopus_and_criss_cross_merges_are_gone_through_by_every_parent() {
    let ana = ana();
    for branch in ["a", "b", "c"] {
        ana.git(&["checkout", "-q", "-b", branch, "main"]);
        set(&ana, &branch.to_uppercase(), branch);
    }
    ana.git(&["checkout", "-q", "main"]);
    ana.git(&["merge", "-q", "-m", "octopus", "a", "b", "c"]);
    for [on, other] in [["a", "b"], ["b", "a~0"]] {
        ana.git(&["checkout", "-q", on]);
        ana.git(&["merge", "-q", "-m", "cross", other]);
    }
    ana.git(&["checkout", "-q", "main"]);
    ana.git(&["merge", "-q", "-m", "all", "a", "b"]);
    assert_eq!(verified(&fresh(&ana, "bob"), &["--strict"]).0, 0);
    // What only the third parent of the octopus has is missed all the same.
    fs::remove_file(ana.path(".vault/secrets/dev/C.toml")).unwrap();
    ana.commit("without C");
    assert_eq!(codes(&verified(&fresh(&ana, "carl"), &[]).1), ["vanished"]);
}

#[test]
fn log_that_was_cut_is_found_by_a_fresh_clone() {
    let team = Team::new();
    team.ana.git(&["checkout", "-q", "HEAD~1", "--", ".vault"]);
    team.ana.sh("rm .vault/keys/dev/bob.* .vault/keys/dev/carl.*");
    team.ana.git(&["commit", "-q", "-a", "--author", "Mallory <m@example.org>", "-m", "tidy up"]);
    team.ana.git(&["push", "-q", "--force", "origin", "HEAD:main"]);
    let nobody = team.fresh("nobody");
    insta::assert_snapshot!(told(&nobody.vault(&["verify", "-q"]), &nobody), @r"
    exit 5
    --- stdout
    forked: `.vault/roster.log` lacks line 2, which commit [COMMIT] has and no admin has dropped
      cut in: commit [COMMIT] by Mallory <m@example.org>, as git has it: nobody signed that
      help: `git log -p -- .vault/roster.log` shows who changed it
      help: `cargo vault resolve --with [COMMIT]` brings in again what that commit has
    1 thing here is not in order
      vault     [VAULT]
      verified  1 secret, 1 environment, 1 log line
      history   3 commits, of which 3 changed the vault
    --- stderr
    warning: nothing vouches for this vault here: compare it with what a member of it sees, or give `--anchor`
    ");
}

#[test]
fn removed_admin_who_drops_the_line_of_his_removal_is_found_by_a_fresh_clone() {
    let team = Team::new();
    let mut forge = Forge::of(&team.ana);
    forge.roster.members.get_mut(&member("bob")).unwrap().role = Role::Admin;
    forge.sign(&identity(&team.ana), "bob is an admin").put(&team.ana);
    push(&team.ana);
    let before = forge.clone();
    forge.remove((&team.ana, "ana"), "bob").sign(&identity(&team.ana), "remove bob").put(&team.ana);
    push(&team.ana);
    pull(&team.bob);
    let removal = cargo_vault::kernel::seal::sha256(&cargo_vault::kernel::format::log::message(
        &forge.roster.vault,
        forge.lines.last().unwrap(),
    ));
    team.bob.git(&["checkout", "-q", "HEAD~1", "--", ".vault"]);
    let mut forked = before;
    forked.sign_dropping(&identity(&team.bob), vec![removal]).put(&team.bob);
    push(&team.bob);
    let (code, answer) = verified(&team.fresh("nobody"), &[]);
    assert_eq!((code, codes(&answer)), (5, vec!["forked"]), "{answer:#}");
}

#[test]
fn removal_with_its_new_epoch_is_no_finding() {
    let team = Team::new();
    let mut forge = Forge::of(&team.ana);
    forge.remove((&team.ana, "ana"), "bob").sign(&identity(&team.ana), "remove bob").put(&team.ana);
    push(&team.ana);
    set(&team.ana, "DB", "second");
    push(&team.ana);
    let (code, answer) = verified(&team.fresh("nobody"), &["--strict"]);
    assert_eq!((code, codes(&answer)), (0, vec![]));
}

#[test]
fn environment_removed_and_made_again_begins_anew() {
    let ana = ana();
    ana.vault(&["env", "add", "prod"]).ok();
    for value in ["1", "2", "3"] {
        ana.vault_with(&["set", "-e", "prod", "DB"], value.as_bytes()).ok();
        ana.commit(value);
    }
    ana.vault(&["-y", "env", "rm", "prod"]).ok();
    ana.commit("no prod");
    ana.vault(&["verify", "--strict"]).ok();
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "-e", "prod", "DB"], b"new").ok();
    ana.commit("prod again");
    ana.vault(&["verify", "--strict"]).ok();
    ana.vault_with(&["set", "-e", "prod", "DB"], b"newer").ok();
    ana.commit("newer");
    ana.git(&["checkout", "-q", "HEAD~1", "--", ".vault/secrets/prod/DB.toml"]);
    ana.commit("tidy up");
    assert_eq!(codes(&verified(&fresh(&ana, "bob"), &[]).1), ["rolled-back"]);
}

#[test]
fn forged_commit_of_the_past_is_told_with_its_author_and_refused_if_strict() {
    let ana = ana();
    let good = ana.read(DB);
    let text = String::from_utf8(good.clone()).unwrap();
    ana.write(DB, text.replace("revision = 3", "revision = 99"));
    ana.git(&["commit", "-q", "-a", "--author", "Mallory <m@example.org>", "-m", "tidy up"]);
    ana.write(DB, good);
    ana.commit("back");
    let bob = fresh(&ana, "bob");
    insta::assert_snapshot!(told(&bob.vault(&["verify", "-q"]), &bob), @r"
    exit 0
    --- stdout
    past: commit [COMMIT] by Mallory <m@example.org>: `.vault/secrets/dev/DB.toml` was changed after `ana` signed it, or never signed by `ana`
      the authors are as git has it: nobody signed that
    everything here is as its members signed it
      vault     [VAULT]
      verified  1 secret, 1 environment, 1 log line
      history   6 commits, of which 6 changed the vault
    --- stderr
    warning: nothing vouches for this vault here: compare it with what a member of it sees, or give `--anchor`
    ");
    let (code, answer) = verified(&bob, &["--strict"]);
    assert_eq!((code, codes(&answer)), (1, vec!["past"]));
}

/// What a fresh clone says of a history in which `.vault` was once this, and is back.
#[track_caller]
fn past_of(make: impl FnOnce(&Person)) -> String {
    let ana = ana();
    ana.sh("mv .vault ../kept");
    make(&ana);
    ana.commit("odd");
    let odd = head(&ana);
    ana.sh("git rm -q -r --cached .vault 2>/dev/null || true; rm -rf .vault; mv ../kept .vault");
    ana.commit("back");
    let (code, answer) = verified(&fresh(&ana, "bob"), &[]);
    assert_eq!((code, codes(&answer)), (0, vec![]));
    let [(commit, code)] = unsound(&answer)[..] else { panic!("{answer:#}") };
    assert_eq!(commit, odd);
    code.to_owned()
}

#[test]
fn commit_without_a_vault_is_told() {
    assert_eq!(past_of(|_| {}), "missing");
}

#[test]
fn commit_whose_vault_is_a_link_is_told_and_not_followed() {
    assert_eq!(past_of(|ana| symlink("../kept", ana.path(".vault")).unwrap()), "not-folder");
}

#[test]
fn commit_whose_vault_is_a_submodule_is_told() {
    let submodule = |ana: &Person| {
        ana.git(&["rm", "-q", "-r", "--cached", ".vault"]);
        ana.git(&["init", "-q", ".vault"]);
        ana.sh("cd .vault && git commit -q --allow-empty -m x");
    };
    assert_eq!(past_of(submodule), "not-folder");
}

#[test]
fn huge_file_of_the_past_is_named_and_not_read() {
    let ana = ana();
    let good = ana.read(DB);
    ana.write(DB, vec![b'x'; 16 * 1024 * 1024 + 1]);
    ana.commit("huge");
    ana.write(DB, good);
    ana.commit("back");
    let (code, answer) = verified(&fresh(&ana, "bob"), &[]);
    assert_eq!((code, unsound(&answer)[0].1), (0, "too-large"));
}

#[test]
fn shallow_clone_says_what_it_did_not_look_at_and_strict_refuses_it() {
    let ana = ana();
    let bob = ana.other("bob");
    let url = format!("file://{}", ana.cwd.display());
    bob.git(&["clone", "-q", "--depth", "2", &url, "."]);
    insta::assert_snapshot!(told(&bob.vault(&["verify", "-q", "--strict"]), &bob), @r"
    exit 1
    --- stdout
    shallow: this clone is shallow: older commits were not looked at
      help: `git fetch --unshallow` fetches the older commits
    1 thing here is not in order
      vault     [VAULT]
      verified  1 secret, 1 environment, 1 log line
      history   2 commits, of which 2 changed the vault; older ones were not fetched, and not checked
    --- stderr
    warning: nothing vouches for this vault here: compare it with what a member of it sees, or give `--anchor`
    ");
    let (code, answer) = verified(&bob, &[]);
    assert_eq!((code, &answer["history"]["unchecked"], &answer["ok"]), (0, &"shallow".into(), &true.into()));
    bob.git(&["fetch", "-q", "--unshallow"]);
    let (code, answer) = verified(&bob, &["--strict"]);
    assert_eq!((code, &answer["history"]["commits"]), (0, &4.into()));
}

#[test]
fn vault_without_git_says_that_no_history_was_looked_at() {
    let ana = Person::new("ana");
    ana.vault(&["init", "-q"]).ok();
    assert_eq!(verified(&ana, &[]).1["history"]["unchecked"], "no-git");
    assert_eq!(codes(&verified(&ana, &["--strict"]).1), ["no-git"]);
    ana.vault(&["verify", "--base", "main"])
        .refused(1, "error: there is no git repository around this vault");
}

#[test]
fn repository_of_sha_256_says_that_its_history_was_not_looked_at() {
    let ana = Person::new("ana");
    ana.git(&["init", "-q", "--object-format=sha256", "-b", "main", "."]);
    ana.vault(&["init", "-q"]).ok();
    ana.commit("vault");
    let (code, answer) = verified(&ana, &[]);
    assert_eq!((code, &answer["history"]["unchecked"]), (0, &"git".into()));
    assert_eq!(codes(&verified(&ana, &["--strict"]).1), ["git"]);
}

#[test]
fn commits_that_were_looked_at_are_not_looked_at_again() {
    let ana = ana();
    let fresh = |ana: &Person| verified(ana, &[]).1["history"]["fresh"].as_u64().unwrap();
    assert_eq!((fresh(&ana), fresh(&ana)), (4, 0));
    set(&ana, "DB", "fourth");
    assert_eq!((fresh(&ana), fresh(&ana)), (1, 0));
    // What is remembered counts only if nobody else wrote it.
    let kept = fs::read_dir(ana.path(".git/cargo-vault/.vault")).unwrap().map(|entry| entry.unwrap().path());
    let kept = kept.into_iter().find(|path| path.to_str().unwrap().contains("/history-")).unwrap();
    let text =
        String::from_utf8(fs::read(&kept).unwrap()).unwrap().replace("\"revision\":3", "\"revision\":1");
    ana.write(kept.to_str().unwrap(), text.replace("\"commits\":5", "\"commits\":6"));
    assert_eq!(fresh(&ana), 5);
}

#[test]
fn what_was_remembered_still_finds_what_is_put_back_later() {
    let ana = ana();
    let bob = fresh(&ana, "bob");
    bob.vault(&["trust", &anchor(&ana)]).ok();
    assert_eq!(verified(&bob, &[]).0, 0);
    ana.git(&["checkout", "-q", "HEAD~2", "--", DB]);
    ana.commit("tidy up");
    bob.git(&["pull", "-q"]);
    fs::remove_file(seen_file(&bob)).unwrap();
    for _ in 0..2 {
        let (code, answer) = verified(&bob, &[]);
        assert_eq!((code, codes(&answer), &answer["history"]["fresh"]), (5, vec!["rolled-back"], &1.into()));
    }
}

/// What the clone remembers of single secrets, without which only the history can tell.
fn seen_file(person: &Person) -> std::path::PathBuf {
    let kept =
        fs::read_dir(person.path(".git/cargo-vault/.vault")).unwrap().map(|entry| entry.unwrap().path());
    kept.into_iter().find(|path| path.to_str().unwrap().contains("/seen-")).unwrap()
}

#[test]
fn default_branch_that_was_rewritten_is_told_once_and_refused_if_strict() {
    let ana = ana();
    let bob = fresh(&ana, "bob");
    bob.vault(&["trust", &anchor(&ana)]).ok();
    bob.vault(&["verify"]).ok();
    ana.git(&["reset", "-q", "--hard", "HEAD~1"]);
    set(&ana, "DB", "another third");
    bob.git(&["fetch", "-q"]);
    bob.git(&["reset", "-q", "--hard", "origin/main"]);
    assert_eq!(codes(&verified(&bob, &["--strict"]).1), ["branch-rewritten"]);
    let said = bob.vault(&["verify"]).ok();
    assert!(said.err.contains("warning: the remote's default branch was rewritten: "), "{}", said.err);
    let said = bob.vault(&["verify"]).ok();
    assert!(!said.err.contains("rewritten"), "{}", said.err);
}

#[test]
fn grafts_and_replacements_of_a_clone_hide_nothing() {
    let ana = ana();
    ana.git(&["checkout", "-q", "HEAD~1", "--", DB]);
    ana.commit("tidy up");
    let bob = fresh(&ana, "bob");
    let tip = head(&bob);
    bob.write(".git/info/grafts", format!("{tip}\n"));
    assert_eq!(codes(&verified(&bob, &[]).1), ["rolled-back"]);
    fs::remove_file(bob.path(".git/info/grafts")).unwrap();
    bob.git(&["replace", "--graft", "HEAD"]);
    assert_eq!(bob.git(&["rev-list", "--count", "HEAD"]).trim(), "1");
    assert_eq!(codes(&verified(&bob, &[]).1), ["rolled-back"]);
}

#[test]
fn packed_repository_borrowed_objects_and_further_work_trees_are_read() {
    let ana = ana();
    ana.git(&["gc", "-q"]);
    let bob = ana.other("bob");
    bob.git(&["clone", "-q", "--shared", ana.cwd.to_str().unwrap(), "."]);
    let (code, answer) = verified(&bob, &["--strict"]);
    assert_eq!((code, &answer["history"]["commits"]), (0, &4.into()));
    ana.git(&["worktree", "add", "-q", "../tree", "HEAD~1"]);
    let mut tree = ana.other("ana");
    tree.cwd = ana.root().join("tree");
    let (code, answer) = verified(&tree, &["--strict"]);
    assert_eq!((code, &answer["history"]["commits"]), (0, &3.into()));
}

#[test]
fn damaged_history_is_an_error_and_not_passed_over() {
    let ana = ana();
    let id = ana.git(&["rev-parse", "HEAD~1"]).trim().to_owned();
    let (folder, file) = id.split_at(2);
    fs::remove_file(ana.path(&format!(".git/objects/{folder}/{file}"))).unwrap();
    let said = ana.vault(&["verify"]);
    assert_eq!(said.code, 1);
    assert!(said.err.starts_with(&format!("error: git cannot read commit {id}: ")), "{}", said.err);
}

#[test]
fn old_branch_on_which_somebody_was_not_removed_yet_is_no_finding() {
    let team = Team::new();
    let mut forge = Forge::of(&team.ana);
    forge.remove((&team.ana, "ana"), "carl").sign(&identity(&team.ana), "remove carl").put(&team.ana);
    push(&team.ana);
    let nobody = team.fresh("nobody");
    nobody.git(&["checkout", "-q", "HEAD~1"]);
    assert_eq!(verified(&nobody, &["--strict"]).0, 0);
}

#[test]
fn signature_of_a_stranger_counts_for_no_revision() {
    let team = Team::new();
    let good = team.carl.read(DB);
    change(&team.carl, "dev/DB", &identity(&team.carl), |record| record.revision = 99);
    push(&team.carl);
    team.carl.write(DB, good);
    push(&team.carl);
    let (code, answer) = verified(&team.fresh("nobody"), &[]);
    assert_eq!((code, codes(&answer), unsound(&answer).len()), (0, vec![], 1));
}
