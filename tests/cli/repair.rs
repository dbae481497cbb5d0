//! `repair`: what a merge left under an older key, and what git's history says was put back, lost or replaced, is written anew.

use std::{collections::BTreeMap, process::Stdio, thread::sleep, time::Instant};

use cargo_vault::kernel::model::{Access, Role};

use crate::{
    forge::{Forge, Team, change, env, identity, member, pull, push, state},
    harness::{PROGRAM, Person, redacted},
    messages::without_ids,
};

const DB: &str = ".vault/secrets/dev/DB.toml";

#[track_caller]
fn told(person: &Person, args: &[&str]) -> String {
    let said = person.vault(&[&["repair"], args].concat());
    without_ids(&redacted(&said.conversation(), person))
}

#[track_caller]
fn sound(person: &Person) {
    let said = person.vault(&["verify"]);
    assert_eq!(said.code, 0, "{}", said.conversation());
}

/// Every file of the vault.
fn vault(person: &Person) -> BTreeMap<String, Vec<u8>> {
    let mut files = state(person);
    let root = person.path(".vault").to_str().unwrap().to_owned();
    files.retain(|path, _| path.starts_with(&root));
    files
}

/// Merges a branch of the remote into what somebody has, which git does without a conflict.
fn merge(person: &Person, branch: &str) {
    person.git(&["fetch", "-q"]);
    person.git(&["merge", "-q", "-m", "merge", branch]);
}

/// `who` sets `NEW` on a branch while ana removes somebody on the default branch; carl writes too, and the two are merged at his.
fn merged(who: fn(&Team) -> &Person, gone: &str) -> Team {
    let team = Team::new();
    let mut forge = Forge::of(&team.ana);
    let dev = forge.roster.environments.get_mut(&env("dev")).unwrap();
    (dev.write, dev.read) = (vec![member("ana"), member("bob"), member("carl")], Vec::new());
    forge.sign(&identity(&team.ana), "carl writes").put(&team.ana);
    push(&team.ana);
    pull(&team.bob);
    pull(&team.carl);
    let person = who(&team);
    person.git(&["checkout", "-q", "-b", "feature"]);
    person.vault_with(&["set", "NEW"], b"new").ok();
    person.commit("new");
    person.git(&["push", "-q", "origin", "feature"]);
    team.ana.vault(&["member", "remove", gone, "--yes"]).ok();
    push(&team.ana);
    team.carl.git(&["fetch", "-q"]);
    team.carl.git(&["checkout", "-q", "-B", "main", "origin/main"]);
    merge(&team.carl, "origin/feature");
    team
}

#[test]
fn what_a_merge_left_under_an_older_key_is_sealed_under_the_present_one() {
    let team = merged(|team| &team.carl, "bob");
    team.carl.vault(&["get", "NEW"]).refused(
        5,
        "error: `.vault/secrets/dev/NEW.toml` is sealed under epoch 1, environment `dev` is at epoch 2",
    );
    let epoch = Forge::of(&team.carl).roster.environments[&env("dev")].epoch;
    // carl is no admin: no line of the log is needed.
    insta::assert_snapshot!(told(&team.carl, &[]), @r"
    exit 0
    --- stdout
    `dev/NEW` is sealed under the present key: it was under that of epoch 1
    --- stderr
    help: commit and push `.vault`: it holds for others from then on
    ");
    assert_eq!(team.carl.vault(&["get", "NEW"]).ok().text(), "new");
    assert_eq!(Forge::of(&team.carl).roster.environments[&env("dev")].epoch, epoch);
    team.carl.commit("repaired");
    sound(&team.carl);
    push(&team.carl);
    pull(&team.bob);
    team.bob.vault(&["get", "NEW"]).refused(4, "error: your one key cannot open environment `dev`");
    pull(&team.ana);
    assert_eq!(team.ana.vault(&["get", "NEW"]).ok().text(), "new");
}

#[test]
fn what_somebody_who_left_signed_is_taken_over_by_name_only_and_after_a_question() {
    let team = merged(|team| &team.bob, "bob");
    let before = vault(&team.carl);
    insta::assert_snapshot!(told(&team.carl, &[]), @r"
    exit 1
    --- stdout
    `dev/NEW` is left: `.vault/secrets/dev/NEW.toml` was signed by `bob`, who may not write environment `dev`
    --- stderr
    help: `cargo vault repair -e dev NEW` says what it takes
    ");
    insta::assert_snapshot!(told(&team.carl, &["NEW"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: to take over what `bob`, who may not write there any more, signed as `dev/NEW` has to be asked twice

    help: `cargo vault repair -e dev NEW --yes` does it
    ");
    assert!(vault(&team.carl) == before);
    insta::assert_snapshot!(told(&team.carl, &["NEW", "--yes"]), @r"
    exit 0
    --- stdout
    `dev/NEW`, which `bob` signed, is signed by you and sealed under the present key
    --- stderr
    help: commit and push `.vault`: it holds for others from then on
    ");
    assert_eq!(team.carl.vault(&["get", "NEW"]).ok().text(), "new");
    team.carl.commit("taken over");
    sound(&team.carl);
}

#[test]
fn key_of_another_branch_is_believed_once_the_log_names_its_line() {
    let team = Team::new();
    // carl writes from now on, and bob administers: each makes an epoch 2 of `dev`, bob's on a branch on which carl sets `NEW`.
    let mut forge = Forge::of(&team.ana);
    forge.roster.members.get_mut(&member("bob")).unwrap().role = Role::Admin;
    let dev = forge.roster.environments.get_mut(&env("dev")).unwrap();
    (dev.write, dev.read) = (vec![member("ana"), member("bob"), member("carl")], Vec::new());
    forge.sign(&identity(&team.ana), "bob administers").put(&team.ana);
    push(&team.ana);
    pull(&team.bob);
    team.bob.vault(&["rekey"]).ok();
    team.bob.commit("bob's key");
    team.bob.git(&["push", "-q", "origin", "HEAD:side"]);
    team.carl.git(&["fetch", "-q"]);
    team.carl.git(&["checkout", "-q", "origin/side"]);
    team.carl.vault_with(&["set", "NEW"], b"new").ok();
    team.carl.commit("new");
    team.carl.git(&["push", "-q", "origin", "HEAD:refs/heads/late"]);
    team.ana.vault(&["rekey"]).ok();
    push(&team.ana);
    team.ana.git(&["fetch", "-q"]);
    team.ana.git(&["checkout", "-q", "origin/late", "--", ".vault/secrets/dev/NEW.toml"]);
    insta::assert_snapshot!(told(&team.ana, &[]), @r"
    exit 1
    --- stdout
    `dev/NEW` is left: no commit here has a key that you open for `dev/NEW` as it was signed
    --- stderr
    help: `cargo vault repair -e dev NEW` says what it takes
    ");
    team.ana.git(&["rm", "-q", "-f", ".vault/secrets/dev/NEW.toml"]);
    team.ana.sh("git merge origin/side >~/git-said 2>&1 && exit 1 || true");
    team.ana.vault(&["resolve"]).ok();
    team.ana.git(&["commit", "-q", "--no-edit"]);
    team.ana.git(&["checkout", "-q", "origin/late", "--", ".vault/secrets/dev/NEW.toml"]);
    insta::assert_snapshot!(told(&team.ana, &[]), @r"
    exit 0
    --- stdout
    `dev/NEW` is sealed under the present key: it was under that of epoch 2
    --- stderr
    help: commit and push `.vault`: it holds for others from then on
    ");
    assert_eq!(team.ana.vault(&["get", "NEW"]).ok().text(), "new");
    team.ana.commit("new");
    sound(&team.ana);
}

#[test]
fn who_could_not_open_the_older_key_is_told_so() {
    let team = merged(|team| &team.bob, "bob");
    push(&team.carl);
    pull(&team.ana);
    let dora = team.ana.other("dora");
    dora.vault(&["identity", "new"]).ok();
    let mut forge = Forge::of(&team.ana);
    let dev = [("dev", Access::Write)];
    forge.enrol((&team.ana, "ana"), ("dora", &identity(&dora)), Role::Member, &dev);
    forge.sign(&identity(&team.ana), "add dora").put(&team.ana);
    push(&team.ana);
    dora.git(&["clone", "-q", team.ana.root().join("origin.git").to_str().unwrap(), "."]);
    dora.vault(&["trust", &crate::forge::anchor(&team.ana)]).ok();
    insta::assert_snapshot!(told(&dora, &["NEW", "--yes"]), @r"
    exit 4
    --- stdout
    --- stderr
    error: no commit here has a key that you open for `dev/NEW` as it was signed

    help: whoever writes `dev` and could open it when it was sealed can repair it
    ");
}

#[test]
fn what_was_put_back_is_taken_from_the_commit_that_has_the_highest_revision() {
    let team = Team::new();
    let old = team.ana.read(DB);
    team.ana.vault_with(&["set", "DB"], b"second").ok();
    push(&team.ana);
    team.ana.write(DB, old);
    push(&team.ana);
    let fresh = team.fresh("fresh");
    let carl = &team.bob;
    pull(carl);
    fresh.vault(&["trust", &crate::forge::anchor(&team.ana)]).ok();
    assert_eq!(fresh.vault(&["verify"]).code, 5);
    insta::assert_snapshot!(told(carl, &["DB"]), @r"
    exit 2
    --- stdout
    --- stderr
    error: to take revision 2 of `dev/DB` from commit [ID] in the place of revision 1 has to be asked twice

    help: `cargo vault repair -e dev DB --yes` does it
    ");
    insta::assert_snapshot!(told(carl, &["DB", "--yes"]), @r"
    exit 0
    --- stdout
    `dev/DB` has the value of revision 2 again, from commit [ID]
    --- stderr
    help: commit and push `.vault`: it holds for others from then on
    ");
    assert_eq!(carl.vault(&["get", "DB"]).ok().text(), "second");
    push(carl);
    pull(&fresh);
    sound(&fresh);
    pull(&team.ana);
    assert_eq!(team.ana.vault(&["get", "DB"]).ok().text(), "second");
}

#[test]
fn what_was_lost_is_brought_back() {
    let team = Team::new();
    team.ana.vault_with(&["set", "DB"], b"second").ok();
    push(&team.ana);
    team.ana.git(&["rm", "-q", DB]);
    push(&team.ana);
    pull(&team.bob);
    insta::assert_snapshot!(told(&team.bob, &["DB", "-y"]), @r"
    exit 0
    --- stdout
    `dev/DB` has the value of revision 2 again, from commit [ID]
    --- stderr
    help: commit and push `.vault`: it holds for others from then on
    ");
    assert_eq!(team.bob.vault(&["get", "DB"]).ok().text(), "second");
    team.bob.commit("back");
    sound(&team.bob);
}

#[test]
fn of_two_values_of_one_revision_the_one_from_here_is_set_above_both() {
    let team = Team::new();
    team.bob.git(&["checkout", "-q", "-b", "side"]);
    team.bob.vault_with(&["set", "DB"], b"bob's").ok();
    team.bob.commit("bob's");
    team.bob.git(&["push", "-q", "origin", "side"]);
    team.ana.vault_with(&["set", "DB"], b"ana's").ok();
    team.ana.commit("ana's");
    team.ana.git(&["fetch", "-q"]);
    team.ana.git(&["merge", "-q", "-s", "ours", "-m", "merge", "origin/side"]);
    assert_eq!(team.ana.vault(&["verify"]).code, 1);
    insta::assert_snapshot!(told(&team.ana, &["DB"]), @r"
    exit 0
    --- stdout
    `dev/DB` has the value from here, and stands above revision 2 of commit [ID]
    --- stderr
    help: commit and push `.vault`: it holds for others from then on
    ");
    assert_eq!(team.ana.vault(&["get", "DB"]).ok().text(), "ana's");
    team.ana.commit("above");
    sound(&team.ana);
}

#[test]
fn higher_revision_of_somebody_who_left_gives_way_to_what_lies_here() {
    let team = Team::new();
    team.bob.vault_with(&["set", "DB"], b"bob's").ok();
    change(&team.bob, "dev/DB", &identity(&team.bob), |record| record.revision = 99);
    team.bob.commit("bob's");
    team.bob.git(&["push", "-q", "origin", "HEAD:side"]);
    team.ana.vault(&["member", "remove", "bob", "-y"]).ok();
    team.ana.commit("bob left");
    team.ana.git(&["fetch", "-q"]);
    team.ana.git(&["merge", "-q", "-s", "ours", "-m", "merge", "origin/side"]);
    assert_eq!(team.ana.vault(&["verify"]).code, 5);
    insta::assert_snapshot!(told(&team.ana, &["DB"]), @r"
    exit 0
    --- stdout
    `dev/DB` has the value from here, and stands above revision 99 of commit [ID]
    --- stderr
    help: commit and push `.vault`: it holds for others from then on
    ");
    assert_eq!(team.ana.vault(&["get", "DB"]).ok().text(), "first");
    team.ana.commit("above");
    sound(&team.ana);
}

#[test]
fn who_may_only_read_repairs_nothing() {
    let team = merged(|team| &team.carl, "bob");
    team.carl.git(&["push", "-q", "--force", "origin", "HEAD:main"]);
    pull(&team.ana);
    let reader = team.fresh("reader");
    reader.vault(&["identity", "new"]).ok();
    let key = identity(&reader);
    team.ana.vault(&["member", "add", "rea", key.recipient().as_str(), "-e", "dev", "--read"]).ok();
    push(&team.ana);
    pull(&reader);
    reader.vault(&["trust", &crate::forge::anchor(&team.ana)]).ok();
    let before = vault(&reader);
    insta::assert_snapshot!(told(&reader, &[]), @r"
    exit 1
    --- stdout
    --- stderr
    error: `rea` may only read with this key: the roster does not let it sign
    ");
    assert!(vault(&reader) == before);
}

#[test]
fn nothing_to_repair_needs_no_key() {
    let team = Team::new();
    let fresh = team.fresh("fresh");
    fresh.vault(&["trust", &crate::forge::anchor(&team.ana)]).ok();
    insta::assert_snapshot!(told(&fresh, &[]), @r"
    exit 0
    --- stdout
    --- stderr
    note: no secret is under an older key: `cargo vault verify` looks through history too
    ");
    insta::assert_snapshot!(told(&fresh, &["DB"]), @r"
    exit 0
    --- stdout
    --- stderr
    note: there is nothing to repair of what was named
    ");
    insta::assert_snapshot!(told(&fresh, &["NONE"]), @r"
    exit 3
    --- stdout
    --- stderr
    error: environment `dev` has no secret `NONE`

    help: `cargo vault list -e dev` shows them all
    ");
}

#[test]
fn what_was_repaired_is_told_to_a_program() {
    let team = merged(|team| &team.carl, "bob");
    let said = team.carl.vault(&["repair", "--json"]).ok();
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&said.out).unwrap(),
        serde_json::json!({
            "schema": 1,
            "repaired": [{ "env": "dev", "name": "NEW", "from": "older-key", "commit": null }],
            "left": []
        })
    );
}

#[test]
fn killed_in_between_everything_is_repaired_or_nothing() {
    let team = Team::new();
    team.bob.git(&["checkout", "-q", "-b", "feature"]);
    team.bob.vault_with(&["set", "A"], b"a").ok();
    team.bob.vault_with(&["set", "B"], b"b").ok();
    team.bob.commit("two");
    team.bob.git(&["push", "-q", "origin", "feature"]);
    team.ana.vault(&["rekey"]).ok();
    team.ana.commit("rekey");
    merge(&team.ana, "origin/feature");
    team.ana.sh("cp -a . ../merged");
    let begun = Instant::now();
    team.ana.vault(&["repair"]).ok();
    let usual = begun.elapsed();
    let (mut old, mut new) = (0, 0);
    for round in 0..30 {
        team.ana.sh("rm -rf .git .vault && cp -a ../merged/.git ../merged/.vault .");
        let mut command = team.ana.command(PROGRAM);
        let mut child = command.arg("repair").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        sleep(usual.mul_f64(f64::from(round) / 24.0));
        child.kill().unwrap();
        child.wait().unwrap();
        let codes = ["A", "B"].map(|name| team.ana.vault(&["get", name]).code);
        assert!(codes == [0, 0] || codes == [5, 5], "round {round}: {codes:?}");
        *if codes == [0, 0] { &mut new } else { &mut old } += 1;
        team.ana.vault(&["repair"]).ok();
        sound(&team.ana);
    }
    assert!(old > 0 && new > 0, "{old} before, {new} after: the moments were no sample");
}
