//! `verify --base` and `--tip`: what a pull request changes in a vault, for who cannot read it, and what it may not.

use std::os::unix::fs::symlink;

use cargo_vault::kernel::{
    model::{Access, Role},
    seal::Identity,
};
use serde_json::Value;

use crate::{
    forge::{Forge, Team, change, env, identity, member, push},
    harness::Person,
    history::told,
};

const DB: &str = ".vault/secrets/dev/DB.toml";

/// Ana on a branch of her own, with `DB`, `OLD` and the environment `prod` on main.
fn ana() -> Person {
    let ana = Person::with_vault("ana");
    for name in ["DB", "OLD", "SAME"] {
        ana.vault_with(&["set", name], b"first").ok();
    }
    ana.vault(&["env", "add", "prod"]).ok();
    ana.commit("main");
    ana.git(&["checkout", "-q", "-b", "side"]);
    ana
}

/// The same with a change of every kind that there is a command for.
fn changed() -> Person {
    let ana = ana();
    ana.vault_with(&["set", "DB"], b"second").ok();
    ana.vault_with(&["set", "NEW"], b"first").ok();
    ana.vault(&["rm", "-y", "OLD"]).ok();
    ana.vault(&["ci", "setup", "-e", "prod", "--name", "deploy"]).ok();
    ana.vault(&["env", "add", "staging", "--extends", "dev"]).ok();
    ana.write(".vault/schema.toml", "");
    ana.commit("a bit of everything");
    ana
}

fn json(person: &Person, args: &[&str]) -> (i32, Value) {
    let said = person.vault(&[&["verify", "--json"], args].concat());
    (said.code, serde_json::from_slice(&said.out).unwrap_or_else(|e| panic!("{e}: {}", said.conversation())))
}

fn findings(answer: &Value) -> Vec<(&str, &str)> {
    let all = answer["findings"].as_array().unwrap().iter();
    all.map(|one| (one["path"].as_str().unwrap(), one["code"].as_str().unwrap())).collect()
}

fn messages(answer: &Value, of: &str) -> Vec<String> {
    let all = answer["changes"][of].as_array().unwrap().iter();
    all.map(|one| one["message"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn everything_that_changed_since_a_base_is_told() {
    let ana = changed();
    insta::assert_snapshot!(told(&ana.vault(&["verify", "--base", "main"]), &ana), @r"
    exit 0
    --- stdout
    changed since commit [COMMIT]:
      deploy is a new machine, by ana
      staging is a new environment, by ana
      deploy may now read prod, by ana
      ana may now write staging, by ana
      dev/DB 1 → 2 by ana
      dev/NEW new: 1 by ana
      dev/OLD 1 removed by ana
      line 3 of the log: add machine deploy: prod, signed by ana
      line 4 of the log: make environment staging, signed by ana
      schema.toml is not as it was
    everything here is as its members signed it
      vault     [VAULT]
      verified  4 secrets, 3 environments, 4 log lines
      history   3 commits, of which 3 changed the vault
    --- stderr
    ");
}

#[test]
fn same_in_annotations_of_github_is_a_notice_on_one_line() {
    let ana = changed();
    insta::assert_snapshot!(told(&ana.vault(&["verify", "--base", "main", "--format", "github"]), &ana), @r"
    exit 0
    --- stdout
    ::notice title=cargo vault::changed since commit [COMMIT]:%0A  deploy is a new machine, by ana%0A  staging is a new environment, by ana%0A  deploy may now read prod, by ana%0A  ana may now write staging, by ana%0A  dev/DB 1 → 2 by ana%0A  dev/NEW new: 1 by ana%0A  dev/OLD 1 removed by ana%0A  line 3 of the log: add machine deploy: prod, signed by ana%0A  line 4 of the log: make environment staging, signed by ana%0A  schema.toml is not as it was
    ::notice title=cargo vault::everything here is as its members signed it%0Ahistory: 3 commits, of which 3 changed the vault
    --- stderr
    ");
}

#[test]
fn changes_in_json_have_names_and_numbers_of_their_own() {
    let ana = changed();
    let (code, answer) = json(&ana, &["--base", "main"]);
    let secrets = &answer["changes"]["secrets"];
    let first = serde_json::json!({
        "env": "dev", "name": "DB", "before": 1, "after": 2, "by": "ana", "change": "set", "message": "dev/DB 1 → 2 by ana",
    });
    assert_eq!((code, &secrets[0], secrets.as_array().unwrap().len()), (0, &first, 3));
    let access =
        serde_json::json!({ "member": "deploy", "env": "prod", "message": "deploy may now read prod" });
    assert!(answer["changes"]["roster"].as_array().unwrap().contains(&access), "{answer:#}");
    assert_eq!(answer["changes"]["log"][0]["by"], "ana");
}

#[test]
fn base_that_went_on_meanwhile_is_taken_from_where_the_two_part() {
    let ana = ana();
    ana.vault_with(&["set", "NEW"], b"mine").ok();
    ana.commit("mine");
    let parted = ana.git(&["rev-parse", "main"]).trim().to_owned();
    ana.git(&["checkout", "-q", "main"]);
    ana.vault_with(&["set", "SAME"], b"not mine").ok();
    ana.commit("not mine");
    ana.git(&["checkout", "-q", "side"]);
    let (code, answer) = json(&ana, &["--base", "main"]);
    assert_eq!((code, &answer["changes"]["base"]), (0, &parted.into()));
    assert_eq!(messages(&answer, "secrets"), ["dev/NEW new: 1 by ana"]);
}

#[test]
fn nothing_that_changed_is_said_too() {
    let ana = ana();
    let said = ana.vault(&["verify", "--base", "main"]).ok().text();
    assert!(said.starts_with("nothing of the vault has changed since commit "), "{said}");
}

#[test]
fn removal_of_a_member_is_told_with_the_new_key_that_it_made() {
    let team = Team::new();
    team.ana.git(&["checkout", "-q", "-b", "side"]);
    let mut forge = Forge::of(&team.ana);
    forge.remove((&team.ana, "ana"), "bob").sign(&identity(&team.ana), "remove bob").put(&team.ana);
    team.ana.commit("remove bob");
    let (code, answer) = json(&team.ana, &["--base", "main"]);
    assert_eq!(code, 0);
    let roster =
        ["bob is no member any more", "dev has another key, of epoch 2", "bob may no longer read dev"];
    assert_eq!(messages(&answer, "roster"), roster);
    assert_eq!(messages(&answer, "secrets"), ["dev/DB 1 sealed under another key by ana"]);
    assert_eq!(answer["changes"]["log"][0]["why"], "remove bob");
}

#[test]
fn change_of_role_keys_and_access_is_told_of_each_member() {
    let team = Team::new();
    team.ana.git(&["checkout", "-q", "-b", "side"]);
    let mut forge = Forge::of(&team.ana);
    let bob = forge.roster.members.get_mut(&member("bob")).unwrap();
    bob.role = Role::Admin;
    bob.signs.push(Identity::generate().signing_key().public());
    bob.signs.sort_by_key(|key| key.text());
    let dev = forge.roster.environments.get_mut(&env("dev")).unwrap();
    (dev.write, dev.read) = (vec![member("ana"), member("carl")], vec![member("bob")]);
    forge.sign(&identity(&team.ana), "swap").put(&team.ana);
    team.ana.commit("swap");
    let (_, answer) = json(&team.ana, &["--base", "main"]);
    let told = [
        "bob is now of the role admin",
        "bob has other keys",
        "bob may now only read dev",
        "carl may now write dev",
    ];
    assert_eq!(messages(&answer, "roster"), told);
}

#[test]
fn revision_that_git_does_not_know_is_named_and_never_an_option() {
    let ana = ana();
    let missing = |args: &[&str], error: &str| drop(ana.vault(args).refused(3, error));
    missing(&["verify", "--base", "nowhere"], "error: git finds no commit `nowhere`");
    missing(&["verify", "--base=--output=x"], "error: git finds no commit `--output=x`");
    missing(&["verify", "--tip=-h"], "error: git finds no commit `-h`");
    missing(&["verify", "--tip", "HEAD:.vault"], "error: git finds no commit `HEAD:.vault`");
    assert!(!ana.path("x").exists());
}

#[test]
fn base_without_a_common_commit_is_refused() {
    let ana = ana();
    ana.git(&["checkout", "-q", "--orphan", "alone"]);
    ana.commit("alone");
    let said = ana.vault(&["verify", "--base", "main"]);
    let first = said.err.lines().next().unwrap().to_owned();
    assert!(first.starts_with("error: `main` and commit ") && first.ends_with("in common here"), "{first}");
    assert_eq!(said.code, 1);
}

#[test]
fn base_from_before_the_vault_has_everything_as_news() {
    let ana = Person::new("ana");
    ana.git(&["init", "-q", "-b", "main", "."]);
    ana.commit("no vault yet");
    ana.git(&["checkout", "-q", "-b", "side"]);
    ana.vault(&["init", "-q"]).ok();
    ana.vault_with(&["set", "DB"], b"first").ok();
    ana.commit("vault");
    let (code, answer) = json(&ana, &["--base", "main"]);
    let roster = ["ana is a new admin", "dev is a new environment", "ana may now write dev"];
    assert_eq!((code, messages(&answer, "roster")), (0, roster.map(str::to_owned).to_vec()));
    assert_eq!(messages(&answer, "secrets"), ["dev/DB new: 1 by ana"]);
}

/// A clone on main that has never had `side` in its work tree.
fn reviewer(ana: &Person) -> Person {
    let bob = ana.clone_for("bob");
    bob.git(&["checkout", "-q", "main"]);
    bob
}

#[test]
fn tip_is_verified_without_being_checked_out() {
    let ana = changed();
    let bob = reviewer(&ana);
    let before = bob.read(DB);
    let (code, answer) = json(&bob, &["--base", "HEAD", "--tip", "origin/side", "--strict"]);
    assert_eq!((code, findings(&answer), &answer["secrets"]), (0, vec![], &4.into()));
    assert_eq!(messages(&answer, "secrets").len(), 3);
    assert!(bob.read(DB) == before && bob.git(&["status", "--porcelain"]).is_empty());
}

#[test]
fn tip_with_a_forged_secret_a_stray_and_a_link_is_refused_by_their_names() {
    let ana = ana();
    change(&ana, "dev/DB", &Identity::generate(), |record| record.revision += 1);
    ana.write(".vault/notes.txt", "x");
    symlink("/etc/passwd", ana.path(".vault/schema.toml")).unwrap();
    ana.commit("innocent");
    let (code, answer) = json(&reviewer(&ana), &["--base", "HEAD", "--tip", "origin/side"]);
    let found = [("notes.txt", "stray"), ("schema.toml", "not-plain"), ("secrets/dev/DB.toml", "signature")];
    assert_eq!((code, findings(&answer)), (5, found.to_vec()));
    assert_eq!(messages(&answer, "secrets"), ["dev/DB does not verify"]);
}

#[test]
fn tip_that_puts_a_secret_back_is_refused() {
    let ana = ana();
    ana.vault_with(&["set", "DB"], b"second").ok();
    ana.commit("second");
    ana.git(&["checkout", "-q", "-B", "main"]);
    ana.git(&["checkout", "-q", "-b", "back"]);
    ana.git(&["checkout", "-q", "HEAD~1", "--", DB]);
    ana.commit("back");
    let (code, answer) = json(&reviewer(&ana), &["--base", "HEAD", "--tip", "origin/back"]);
    assert_eq!((code, findings(&answer)), (5, vec![("secrets/dev/DB.toml", "rolled-back")]));
    assert_eq!(messages(&answer, "secrets"), ["dev/DB 2 → 1 by ana"]);
}

#[test]
fn tip_with_another_vault_is_refused() {
    let ana = ana();
    ana.sh("rm -rf .vault");
    let mallory = ana.other("mallory");
    mallory.vault(&["init", "-q", "--name", "ana"]).ok();
    ana.sh(&format!("cp -r '{}' .vault", mallory.path(".vault").display()));
    ana.commit("innocent");
    let said = reviewer(&ana).vault(&["verify", "--base", "HEAD", "--tip", "origin/side"]);
    let first = said.err.lines().find(|line| line.starts_with("error")).unwrap();
    assert!(first.contains(" has another vault (") && said.code == 5, "{}", said.err);
}

#[test]
fn tip_without_a_vault_is_not_found() {
    let ana = ana();
    ana.sh("rm -rf .vault");
    ana.commit("gone");
    let said = reviewer(&ana).vault(&["verify", "--tip", "origin/side"]);
    let first = said.err.lines().find(|line| line.starts_with("error")).unwrap();
    assert!(first.ends_with(" has no vault") && said.code == 3, "{}", said.err);
}

#[test]
fn tip_from_before_a_removal_brings_nothing_in_that_the_removed_one_signed() {
    let team = Team::new();
    team.bob.git(&["checkout", "-q", "-b", "late"]);
    team.bob.vault_with(&["set", "DB"], b"late").ok();
    team.bob.commit("late");
    team.bob.git(&["push", "-q", "origin", "late"]);
    let mut forge = Forge::of(&team.ana);
    forge.remove((&team.ana, "ana"), "bob").sign(&identity(&team.ana), "remove bob").put(&team.ana);
    push(&team.ana);
    let (code, answer) = json(&team.fresh("nobody"), &["--base", "HEAD", "--tip", "origin/late"]);
    assert_eq!((code, findings(&answer)), (5, vec![("secrets/dev/DB.toml", "former-key")]));
}

#[test]
fn tip_whose_log_no_admin_of_the_base_went_on_with_is_refused() {
    let team = Team::new();
    let eve = Identity::generate();
    let mut forge = Forge::of(&team.bob);
    forge.enrol((&team.bob, "bob"), ("eve", &eve), Role::Admin, &[("dev", Access::Write)]);
    forge.sign(&identity(&team.bob), "add eve").put(&team.bob);
    team.bob.git(&["checkout", "-q", "-b", "evil"]);
    team.bob.commit("add eve");
    team.bob.git(&["push", "-q", "origin", "evil"]);
    let said = team.fresh("nobody").vault(&["verify", "--base", "HEAD", "--tip", "origin/evil"]);
    said.refused(5, "error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then");
}

#[test]
fn nothing_of_a_repository_begins_a_command_of_the_workflow() {
    let ana = ana();
    ana.write(".vault/::set-env name=X::y\n::error::z,%", "x");
    let why = "\n::stop-commands::x";
    let mut forge = Forge::of(&ana);
    forge.sign(&identity(&ana), why).put(&ana);
    ana.git(&["add", "-A"]);
    ana.git(&["commit", "-q", "--author", "::error::A\u{1b}[31m <m@example.org>", "-m", "x"]);
    let good = ana.read(DB);
    ana.write(DB, "broken");
    ana.git(&["commit", "-q", "-a", "--author", "##[add-path]/tmp <m@example.org>", "-m", "x"]);
    ana.write(DB, good);
    ana.commit("back");
    let bob = reviewer(&ana);
    let said = bob.vault(&["verify", "-q", "--base", "HEAD", "--tip", "origin/side", "--format", "github"]);
    insta::assert_snapshot!(told(&said, &bob), @r"
    exit 5
    --- stdout
    ::error file=.vault/%3A%3Aset-env name=X%3A%3Ay\n%3A%3Aerror%3A%3Az%2C%25,title=stray::`.vault/::set-env name=X::y\n::error::z,%25` does not belong in a vault%0Ahelp: `git log -p -- .vault/` shows who changed it
    ::warning title=past::commit [COMMIT] by ##[add-path]/tmp <m@example.org>: `.vault/secrets/dev/DB.toml` does not end in a signature
    ::notice title=cargo vault::changed since commit [COMMIT]:%0A  line 3 of the log: \n::stop-commands::x, signed by ana%0A  ::set-env name=X::y\n::error::z,%25 is not as it was
    ::notice title=cargo vault::1 thing here is not in order%0Ahistory: 5 commits, of which 5 changed the vault
    --- stderr
    warning: nothing vouches for this vault here: compare it with what a member of it sees, or give `--anchor`
    ");
}
