//! `member replace` and `ci setup --again`: a lost laptop, and a machine's key with an older anchor.

use cargo_vault::kernel::seal::Recipient;
use serde_json::json as object;

use super::{conversation, files, json};
use crate::{
    forge::{Forge, Team, anchor, env, identity, member, pull, push},
    harness::Person,
};

/// A recipient and the key that signs beside it, of an identity in a file beside the project.
fn made(person: &Person, name: &str) -> (String, String) {
    let file = format!("../{name}.txt");
    let said = json(&person.vault(&["identity", "new", "-o", &file, "--json"]).ok());
    let text = |key: &str| said[key].as_str().unwrap().to_owned();
    (text("recipient"), text("signs"))
}

#[test]
fn lost_laptop_is_told_with_what_git_lets_its_key_read() {
    let team = Team::new();
    team.ana.vault(&["ci", "setup", "--json"]).ok();
    let (recipient, signs) = made(&team.ana, "new");
    let args = ["member", "replace", "bob", &recipient, "--signs", &signs, "--yes"];
    insta::assert_snapshot!(conversation(&team.ana, &args, b""), @r"
    exit 0
    --- stdout
    replaced [ID]…[ID], ssh-ed25519 …[ID] of `bob`
      dev  epoch 2, 1 secret sealed anew

    Git still lets the lost keys of `bob` read 1 value in use:

        dev/DB
    --- stderr
    help: `cargo vault exposed --to bob` lists them until each has a new value
    help: the key of `ci` carries an older anchor: `cargo vault ci setup --again --name ci` makes one that knows of this
    help: commit and push `.vault`: it holds for others from then on
    help: tell `bob` the anchor: `cargo vault trust [ANCHOR]` knows this vault by it on a new machine
    ");
}

#[test]
fn lost_key_opens_and_writes_nothing_more_and_the_new_one_does() {
    let team = Team::new();
    let (recipient, signs) = made(&team.ana, "new");
    team.ana.vault(&["member", "replace", "bob", &recipient, "--signs", &signs, "--yes"]).ok();
    team.ana.vault_with(&["set", "DB"], b"second").ok();
    push(&team.ana);
    pull(&team.bob);
    team.bob.vault(&["get", "DB"]).refused(4, "error: your one key cannot open environment `dev`");
    assert!(team.bob.vault_with(&["set", "DB"], b"mine").code != 0);
    let key = team.ana.root().join("new.txt").display().to_string();
    assert_eq!(team.bob.vault(&["get", "DB", "--identity", &key]).ok().text(), "second");
    team.bob.vault_with(&["set", "DB", "--identity", &key], b"third").ok();
    push(&team.bob);
    pull(&team.carl);
    assert_eq!(team.carl.vault(&["get", "DB"]).ok().text(), "third");
    team.carl.vault(&["verify"]).ok();
}

#[test]
fn secret_signed_today_with_a_lost_key_and_the_old_roster_is_refused() {
    let team = Team::new();
    let (recipient, signs) = made(&team.ana, "new");
    team.ana.vault(&["member", "replace", "bob", &recipient, "--signs", &signs, "--yes"]).ok();
    push(&team.ana);
    pull(&team.carl);
    assert_eq!(team.carl.vault(&["get", "DB"]).ok().text(), "first");
    team.bob.vault_with(&["set", "DB"], b"mine").ok();
    crate::forge::change(&team.bob, "dev/DB", &identity(&team.bob), |record| record.revision = 99);
    push(&team.bob);
    pull(&team.carl);
    let error = "`.vault/secrets/dev/DB.toml` was signed with a former key of `bob`";
    crate::forge::all_refuse(&team.carl, 5, error);
}

#[test]
fn device_that_stays_goes_on_and_the_lost_one_does_not() {
    let team = Team::new();
    let (second, signs) = made(&team.ana, "second");
    team.ana.vault(&["identity", "enrol", "--member", "bob", &second, &signs]).ok();
    let bob = identity(&team.bob);
    let (his, his_signs) = (bob.recipient().short(), bob.signing_key().public().text());
    let end = format!("…{}", &his_signs[his_signs.len() - 6..]);
    let args = ["member", "replace", "bob", "--lost", &his, "--lost", &end, "--yes", "--json"];
    let answer = json(&team.ana.vault(&args).ok());
    assert_eq!(answer["lost"], object!([bob.recipient().as_str(), his_signs]));
    assert_eq!((&answer["recipients"], &answer["done"]), (&object!([]), &object!("replaced")));
    assert_eq!(answer["exposed"], object!([{ "env": "dev", "name": "DB", "version": 1 }]));
    assert_eq!(answer["anchor"], anchor(&team.ana));
    let roster = Forge::of(&team.ana).roster;
    assert_eq!(roster.members[&member("bob")].keys().len(), 2);
    assert_eq!((roster.environments[&env("dev")].epoch, roster.former[&member("bob")].keys.len()), (2, 2));
    let key = team.ana.root().join("second.txt").display().to_string();
    assert_eq!(team.ana.vault(&["get", "DB", "--identity", &key]).ok().text(), "first");
    push(&team.ana);
    pull(&team.bob);
    team.bob.vault(&["get", "DB"]).refused(4, "error: your one key cannot open environment `dev`");
    team.ana.vault(&["verify"]).ok();
}

#[test]
fn admin_retires_a_device_of_her_own_from_the_one_that_stays() {
    let team = Team::new();
    let (second, signs) = made(&team.ana, "second");
    team.ana.vault(&["identity", "enrol", &second, &signs]).ok();
    let old = identity(&team.ana);
    let (lost, lost_signs) = (old.recipient().as_str(), old.signing_key().public().text());
    let args = ["member", "replace", "ana", "--lost", lost, "--lost", &lost_signs, "--yes"];
    let before = files(&team.ana);
    team.ana.vault(&args).refused(1, "error: the key that signs this would be one of the lost ones of `ana`");
    assert!(files(&team.ana) == before);
    let key = team.ana.root().join("second.txt").display().to_string();
    team.ana.vault(&[&args[..], &["--identity", &key]].concat()).ok();
    assert_eq!(team.ana.vault(&["get", "DB", "--identity", &key]).ok().text(), "first");
    team.ana.vault(&["rekey"]).refused(4, "error: your one key cannot open environment `dev`");
    team.ana.vault(&["verify"]).ok();
}

/// The command is refused so, and no file is changed.
#[track_caller]
fn refused(person: &Person, args: &[&str], code: i32, error: &str) {
    let before = files(person);
    person.vault(args).refused(code, error);
    assert!(files(person) == before, "something was written");
}

#[test]
fn lost_key_is_never_taken_again() {
    let team = Team::new();
    let bob = identity(&team.bob);
    let (lost, lost_signs) = (bob.recipient().as_str(), bob.signing_key().public().text());
    let error =
        format!("error: `{}` was a key of `bob`, and is good for nobody any more", bob.recipient().short());
    let again = ["member", "replace", "bob", lost, "--signs", &lost_signs, "--yes"];
    let still = format!("error: `{}` is a key of `bob`", bob.recipient().short());
    refused(&team.ana, &again, 6, &still);
    let (new, signs) = made(&team.ana, "new");
    team.ana.vault(&["member", "replace", "bob", &new, "--signs", &signs, "--yes"]).ok();
    refused(&team.ana, &["identity", "enrol", "--member", "bob", lost, &lost_signs], 6, &error);
    refused(&team.ana, &again, 6, &error);
    refused(&team.ana, &["member", "add", "robert", lost, "--read"], 6, &error);
}

#[test]
fn lost_key_of_a_member_who_opens_nothing_is_remembered_too() {
    let team = Team::new();
    let (lost, lost_signs) = made(&team.ana, "lost");
    let (new, signs) = made(&team.ana, "new");
    team.ana.vault(&["env", "add", "test"]).ok();
    team.ana.vault(&["member", "add", "dora", &lost, "--signs", &lost_signs, "-e", "test", "--yes"]).ok();
    team.ana.vault(&["env", "rm", "test", "--yes"]).ok();
    team.ana.vault(&["member", "replace", "dora", &new, "--signs", &signs, "--yes"]).ok();
    let short = Recipient::parse(&lost).unwrap().short();
    let error = format!("error: `{short}` was a key of `dora`, and is good for nobody any more");
    refused(&team.ana, &["member", "add", "robert", &lost, "--read", "--yes"], 6, &error);
    refused(&team.ana, &["identity", "enrol", "--member", "dora", &lost, &lost_signs], 6, &error);
    team.ana.vault(&["verify"]).ok();
}

#[test]
fn lost_recipient_takes_the_key_along_that_signs_beside_it() {
    let team = Team::new();
    let (second, signs) = made(&team.ana, "second");
    team.ana.vault(&["identity", "enrol", "--member", "bob", &second, &signs]).ok();
    let args = ["member", "replace", "bob", "--lost", &second, "--yes"];
    refused(&team.ana, &args, 2, "error: which key of `bob` signs beside the lost one is not said");
}

#[test]
fn who_would_have_no_key_left_is_not_replaced() {
    let team = Team::new();
    refused(&team.ana, &["member", "replace", "bob", "--yes"], 2, "error: `bob` would have no key left");
    let args = ["member", "replace", "bob", "--lost", "zzzz", "--yes"];
    refused(&team.ana, &args, 3, "error: `bob` has no key `…zzzz`");
    let (new, _) = made(&team.ana, "new");
    let error = "error: nothing that `bob` brings can sign, and who writes or administers has to";
    refused(&team.ana, &["member", "replace", "bob", &new, "--yes"], 2, error);
    refused(
        &team.bob,
        &["member", "replace", "carl", &new, "--yes"],
        1,
        "error: `bob` may not change the roster",
    );
}

#[test]
fn new_key_is_none_that_stays() {
    let team = Team::new();
    let (second, signs) = made(&team.ana, "second");
    team.ana.vault(&["identity", "enrol", "--member", "bob", &second, &signs]).ok();
    let bob = identity(&team.bob);
    let (his, his_signs) = (bob.recipient().as_str(), bob.signing_key().public().text());
    let args =
        ["member", "replace", "bob", &second, "--signs", &signs, "--lost", his, "--lost", &his_signs, "-y"];
    refused(&team.ana, &args, 6, &format!("error: `{second}` is a key of `bob` already"));
}

#[test]
fn new_device_of_a_writer_signs_though_another_stays() {
    let team = Team::new();
    let (second, signs) = made(&team.ana, "second");
    team.ana.vault(&["identity", "enrol", "--member", "bob", &second, &signs]).ok();
    let bob = identity(&team.bob);
    let (his, his_signs) = (bob.recipient().as_str(), bob.signing_key().public().text());
    let (new, _) = made(&team.ana, "new");
    let args = ["member", "replace", "bob", &new, "--lost", his, "--lost", &his_signs, "-y"];
    let error = "error: `bob` writes, so a signing key belongs to this recipient";
    refused(&team.ana, &args, 2, error);
}

#[test]
fn what_a_lost_key_asked_for_is_taken_back() {
    let team = Team::new();
    team.ana.vault(&["env", "add", "prod"]).ok();
    push(&team.ana);
    pull(&team.bob);
    team.bob.vault(&["join", "-e", "prod"]).ok();
    push(&team.bob);
    pull(&team.ana);
    assert!(team.ana.path(".vault/requests/bob.toml").exists());
    let (new, signs) = made(&team.ana, "new");
    team.ana.vault(&["member", "replace", "bob", &new, "--signs", &signs, "--yes"]).ok();
    assert!(!team.ana.path(".vault/requests/bob.toml").exists());
}

#[test]
fn key_is_pointed_at_by_both_of_its_ends() {
    let team = Team::new();
    let bob = identity(&team.bob);
    let his = bob.recipient().as_str();
    let form = format!("age1xxxxxxxx…{}", &his[his.len() - 6..]);
    let error = format!("error: `bob` has no key `{form}`");
    refused(&team.ana, &["member", "replace", "bob", "--lost", &form, "--yes"], 3, &error);
}

#[test]
fn machine_s_old_key_reads_on_after_a_removal_and_its_new_one_refuses_the_state_before() {
    let team = Team::new();
    let key = |flags: &[&str]| {
        let said = team.ana.vault(&[&["ci", "setup", "--json"], flags].concat()).ok();
        json(&said)["key"].as_str().unwrap().to_owned()
    };
    let old = key(&[]);
    push(&team.ana);
    let before = team.ana.git(&["rev-parse", "HEAD"]);
    team.ana.vault(&["member", "remove", "bob", "--yes"]).ok();
    push(&team.ana);
    let mut ci = team.fresh("ci");
    ci.set("CVAULT_KEY", &old);
    assert_eq!(ci.vault(&["get", "DB"]).ok().text(), "first");
    // Cut below the anchor's own line.
    let mut cut = team.fresh("cut");
    let founding = cut.git(&["rev-list", "--max-parents=0", "HEAD"]);
    cut.git(&["checkout", "-q", founding.trim()]);
    cut.set("CVAULT_KEY", &old);
    assert_eq!(cut.vault(&["get", "DB"]).code, 5);
    let new = key(&["--again"]);
    push(&team.ana);
    let mut again = team.fresh("again");
    again.set("CVAULT_KEY", &new);
    assert_eq!(again.vault(&["get", "DB"]).ok().text(), "first");
    again.set("CVAULT_KEY", &old);
    assert_eq!(again.vault(&["get", "DB"]).code, 4);
    // What bob could push again, as it was when he wrote.
    let mut shown = team.fresh("shown");
    shown.git(&["checkout", "-q", before.trim()]);
    shown.set("CVAULT_KEY", &new);
    assert_eq!(shown.vault(&["get", "DB"]).code, 5);
    team.ana.vault(&["verify"]).ok();
}

#[test]
fn only_a_machine_is_set_up_again() {
    let team = Team::new();
    refused(&team.ana, &["ci", "setup", "--again", "--name", "bob"], 2, "error: `bob` is no machine");
    refused(&team.ana, &["ci", "setup", "--again"], 3, "error: there is no member `ci`");
    let error = "error: with --again a machine opens what it did before";
    refused(&team.ana, &["ci", "setup", "--again", "-e", "dev"], 2, error);
}

#[test]
fn machines_that_read_nothing_of_a_writer_s_are_not_named() {
    let team = Team::new();
    team.ana.vault(&["env", "add", "prod"]).ok();
    team.ana.vault(&["ci", "setup", "--name", "deploy", "-e", "prod", "--json"]).ok();
    team.ana.vault(&["ci", "setup", "--json"]).ok();
    let machines = |args: &[&str]| json(&team.ana.vault(args).ok())["machines"].clone();
    team.ana.vault(&["member", "role", "bob", "admin", "-y"]).ok();
    assert_eq!(machines(&["member", "role", "bob", "member", "-y", "--json"]), object!(["ci", "deploy"]));
    assert_eq!(
        machines(&["member", "revoke", "bob", "-e", "dev", "--write", "-y", "--json"]),
        object!(["ci"])
    );
    assert_eq!(machines(&["member", "remove", "bob", "-y", "--json"]), object!([]));
}
