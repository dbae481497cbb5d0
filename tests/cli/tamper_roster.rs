//! The roster and its log under attack: what somebody who can push, but not sign, or not any more, cannot make anyone believe.

use std::time::{Duration, Instant};

use cargo_vault::kernel::{
    format::{log, roster},
    model::{Access, Role},
    seal::Identity,
};

use crate::{
    forge::{
        Forge, Team, all_refuse, anchor, change, env, env_key, first_error, identity, member, pull, push,
        put_key, state,
    },
    harness::Person,
};

/// Pushes a line that makes the signer an admin, and lets carl, who knows the vault, take it.
#[track_caller]
fn carl_refuses_a_line_signed_by(team: &Team, signer: &Identity, changed: &str) {
    let mut forge = Forge::of(&team.bob);
    forge.roster.members.get_mut(&member(changed)).unwrap().role = Role::Admin;
    forge.sign(signer, "nothing to see here").put(&team.bob);
    push(&team.bob);
    pull(&team.carl);
    all_refuse(&team.carl, 5, "line 3 of `.vault/roster.log` was signed by a key that was no admin's then");
}

#[test]
fn line_of_an_unknown_key_is_refused() {
    carl_refuses_a_line_signed_by(&Team::new(), &Identity::generate(), "bob");
}

#[test]
fn line_of_a_writer_is_refused() {
    let team = Team::new();
    carl_refuses_a_line_signed_by(&team, &identity(&team.bob), "bob");
}

#[test]
fn line_of_a_reader_is_refused() {
    let team = Team::new();
    carl_refuses_a_line_signed_by(&team, &identity(&team.carl), "carl");
}

#[test]
fn line_of_an_admin_who_was_removed_is_refused() {
    let team = Team::new();
    let mut forge = Forge::of(&team.ana);
    forge.roster.members.get_mut(&member("bob")).unwrap().role = Role::Admin;
    forge.sign(&identity(&team.ana), "bob is an admin");
    let before = forge.clone();
    forge.remove((&team.ana, "ana"), "bob").sign(&identity(&team.ana), "remove bob").put(&team.ana);
    push(&team.ana);
    pull(&team.carl);
    team.carl.vault(&["get", "DB"]).ok();
    // From before his removal, bob goes on as if there had been none.
    let mut forked = before;
    forked.roster.default = env("dev");
    forked.sign(&identity(&team.bob), "I am still here").put(&team.carl);
    all_refuse(&team.carl, 5, "`.vault/roster.log` differs from the one known here, from line 4 on");
}

#[test]
fn line_on_top_by_an_admin_who_was_removed_is_refused() {
    let team = Team::new();
    let mut forge = Forge::of(&team.ana);
    forge.roster.members.get_mut(&member("bob")).unwrap().role = Role::Admin;
    forge.sign(&identity(&team.ana), "bob is an admin");
    forge.remove((&team.ana, "ana"), "bob").sign(&identity(&team.ana), "remove bob").put(&team.ana);
    push(&team.ana);
    pull(&team.carl);
    team.carl.vault(&["get", "DB"]).ok();
    forge.sign(&identity(&team.bob), "I am still here").put(&team.carl);
    all_refuse(&team.carl, 5, "line 5 of `.vault/roster.log` was signed by a key that was no admin's then");
}

/// Changes one byte at a sample of places, and fails unless each is refused by its file's name.
#[track_caller]
fn each_changed_byte_is_refused(file: &str) {
    let team = Team::new();
    let path = format!(".vault/{file}");
    let whole = team.carl.read(&path);
    let before = state(&team.carl);
    for at in (0..whole.len()).step_by(whole.len() / 24).chain([whole.len() - 1]) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        team.carl.write(&path, bytes);
        for command in [&["get", "DB"][..], &["verify"], &["run", "true"]] {
            let said = team.carl.vault(command);
            let expected = if command[0] == "run" { 125 } else { 5 };
            assert_eq!(said.code, expected, "byte {at}: {}", said.err);
            assert!(first_error(&said).contains("`.vault/roster."), "byte {at}: {}", said.err);
        }
    }
    team.carl.write(&path, &whole);
    assert!(state(&team.carl) == before);
    team.carl.vault(&["get", "DB"]).ok();
}

#[test]
fn byte_changed_in_any_line_is_refused() {
    each_changed_byte_is_refused("roster.log");
}

#[test]
fn byte_changed_in_the_roster_is_refused() {
    each_changed_byte_is_refused("roster.toml");
}

/// The roster and the log as they were before their newest line, put back into a person's tree.
fn cut_newest_line(person: &Person) {
    let mut forge = Forge::of(person);
    forge.lines.pop();
    forge.roster.members.retain(|name, _| *name == member("ana"));
    let dev = forge.roster.environments.get_mut(&env("dev")).unwrap();
    (dev.write, dev.read) = (vec![member("ana")], Vec::new());
    forge.put(person);
}

#[test]
fn log_cut_off_below_its_roster_is_refused() {
    let team = Team::new();
    let roster = team.carl.read(".vault/roster.toml");
    let at = Forge::of(&team.carl).lines[0].at;
    cut_newest_line(&team.carl);
    team.carl.write(".vault/roster.toml", roster);
    all_refuse(&team.carl, 5, &format!("`.vault/roster.toml` was changed after it was signed on {at}"));
}

#[test]
fn log_and_roster_cut_off_leave_an_anchored_key_out() {
    let team = Team::new();
    let mut machine = team.fresh("machine");
    let key = String::from_utf8(identity(&team.carl).reveal().expose().to_vec()).unwrap();
    machine.set("CVAULT_KEY", format!("{key}#{}", anchor(&team.ana)));
    assert_eq!(machine.vault(&["get", "DB"]).ok().text(), "first");
    cut_newest_line(&machine);
    all_refuse(&machine, 5, "`.vault/roster.log` ends before line 2, which the anchor names");
}

#[test]
fn log_and_roster_cut_off_are_an_old_state_where_they_are_known() {
    let team = Team::new();
    let before = state(&team.ana);
    cut_newest_line(&team.ana);
    let cut = state(&team.ana);
    assert_ne!(cut, before);
    // As an old commit they can be read, and what is trusted stays the longer log.
    assert_eq!(team.ana.vault(&["get", "DB"]).ok().text(), "first");
    let said = team.ana.vault(&["env", "add", "staging"]);
    said.refused(6, "error: this is an old commit or another branch, so the roster cannot be changed here");
    assert!(state(&team.ana) == cut);
}

#[test]
fn log_and_roster_cut_off_are_not_taken_on_first_use() {
    let team = Team::new();
    let nobody = team.fresh("nobody");
    cut_newest_line(&nobody);
    let before = state(&nobody);
    nobody.vault(&["get", "DB"]).refused(5, "error: this vault is not known here yet");
    nobody
        .vault(&["trust", &anchor(&team.ana)])
        .refused(5, "error: `.vault/roster.log` ends before line 2, which the anchor names");
    assert!(state(&nobody) == before);
}

/// Another vault of the same names, in which carl is enrolled, in place of the one in a person's tree.
fn replace_vault(team: &Team, person: &Person) -> Forge {
    let mallory = team.ana.other("mallory");
    mallory.git(&["init", "-q", "-b", "main", "."]);
    mallory.vault(&["init", "-q", "--name", "ana"]).ok();
    mallory.vault_with(&["set", "DB"], b"mallory's").ok();
    let mut forge = Forge::of(&mallory);
    let access = [("dev", Access::Read)];
    forge.enrol((&mallory, "ana"), ("carl", &identity(&team.carl)), Role::Member, &access);
    forge.sign(&identity(&mallory), "add bob and carl").put(&mallory);
    person.sh(&format!("rm -rf .vault && cp -r '{}' .vault", mallory.path(".vault").display()));
    forge
}

#[test]
fn vault_replaced_whole_is_refused_by_a_clone_that_knows_the_old_one() {
    let team = Team::new();
    let known = Forge::of(&team.carl).roster.vault;
    let found = replace_vault(&team, &team.carl).roster.vault;
    all_refuse(&team.carl, 5, &format!("this is another vault ({found}) than the one known here ({known})"));
}

#[test]
fn vault_replaced_whole_is_refused_by_a_fresh_clone_of_a_known_remote() {
    let team = Team::new();
    let known = Forge::of(&team.carl).roster.vault;
    let found = replace_vault(&team, &team.bob).roster.vault;
    push(&team.bob);
    let mut again = team.fresh("second");
    again.home.clone_from(&team.carl.home);
    all_refuse(&again, 5, &format!("this is another vault ({found}) than the one known here ({known})"));
}

#[test]
fn vault_replaced_whole_is_refused_by_an_anchored_key() {
    let team = Team::new();
    let mut machine = team.fresh("machine");
    let key = String::from_utf8(identity(&team.carl).reveal().expose().to_vec()).unwrap();
    machine.set("CVAULT_KEY", format!("{key}#{}", anchor(&team.ana)));
    let known = Forge::of(&team.carl).roster.vault;
    let found = replace_vault(&team, &machine).roster.vault;
    all_refuse(&machine, 5, &format!("the anchor names vault {known}, this is vault {found}"));
}

#[test]
fn sound_line_of_another_vault_is_refused() {
    let team = Team::new();
    let mut forge = Forge::of(&team.carl);
    let mut foreign = Forge::of(&Person::with_vault("eve"));
    let signer = Identity::generate();
    foreign.sign(&signer, "second").sign(&signer, "third");
    forge.lines.push(foreign.lines[2].clone());
    forge.put(&team.carl);
    all_refuse(&team.carl, 5, "line 3 of `.vault/roster.log` does not follow from the line before it");
}

#[test]
fn removed_writer_cannot_put_the_old_roster_back_with_a_secret_of_today() {
    let team = Team::new();
    let mut forge = Forge::of(&team.ana);
    forge.remove((&team.ana, "ana"), "bob").sign(&identity(&team.ana), "remove bob").put(&team.ana);
    push(&team.ana);
    pull(&team.carl);
    assert_eq!(team.carl.vault(&["get", "DB"]).ok().text(), "first");
    // bob's clone never fetched: his tree still is the old one, and with his own program he sets what he likes.
    team.bob.vault_with(&["set", "DB"], b"mine").ok();
    change(&team.bob, "dev/DB", &identity(&team.bob), |record| record.revision = 99);
    team.bob.git(&["fetch", "-q"]);
    team.bob.git(&["update-ref", "refs/heads/main", "refs/remotes/origin/main"]);
    push(&team.bob);
    pull(&team.carl);
    all_refuse(&team.carl, 5, "`.vault/secrets/dev/DB.toml` was signed with a former key of `bob`");
}

#[test]
fn last_line_written_another_way_is_refused() {
    let team = Team::new();
    let whole = String::from_utf8(team.carl.read(".vault/roster.log")).unwrap();
    let (first, last) = whole.trim_end().split_once('\n').unwrap();
    let ways = [
        last.replacen(",\"drops\"", ", \"drops\"", 1),
        last.replacen("add bob", "\\u0061dd bob", 1),
        last.replacen("ssh-ed25519 AAAA", "ssh-ed25519 \\u0041AAA", 1),
        last.replacen("\"key\":", "\"key\" :", 1),
    ];
    let refused = "line 2 of `.vault/roster.log` is not written as this format writes it";
    for way in ways {
        assert_ne!(way, last);
        team.carl.write(".vault/roster.log", format!("{first}\n{way}\n"));
        all_refuse(&team.carl, 5, refused);
    }
    let twice = last.replacen("\"why\":", "\"why\":\"\",\"why\":", 1);
    team.carl.write(".vault/roster.log", format!("{first}\n{twice}\n"));
    all_refuse(&team.carl, 5, "line 2 of `.vault/roster.log` is no entry of this format");
}

#[test]
fn secret_of_one_branch_is_refused_under_the_other_branch_s_epoch_of_the_same_number() {
    let team = Team::new();
    let base = Forge::of(&team.ana);
    let mut left = base.clone();
    left.remove((&team.ana, "ana"), "bob").sign(&identity(&team.ana), "remove bob").put(&team.ana);
    push(&team.ana);
    pull(&team.carl);
    team.carl.vault(&["get", "DB"]).ok();
    team.ana.git(&["checkout", "-q", "-b", "other", "HEAD~1"]);
    let mut right = base;
    right.remove((&team.ana, "ana"), "carl").sign(&identity(&team.ana), "remove carl").put(&team.ana);
    let secret = team.ana.read(".vault/secrets/dev/DB.toml");
    team.carl.write(".vault/secrets/dev/DB.toml", secret);
    let error =
        "`.vault/secrets/dev/DB.toml` is sealed under another key of epoch 2 than environment `dev` has";
    all_refuse(&team.carl, 5, error);
}

#[test]
fn branch_that_forked_the_roster_is_read_and_not_written() {
    let team = Team::new();
    let base = Forge::of(&team.ana);
    let mut main = base.clone();
    main.remove((&team.ana, "ana"), "bob").sign(&identity(&team.ana), "remove bob").put(&team.ana);
    push(&team.ana);
    team.ana.vault(&["get", "DB"]).ok();
    team.ana.git(&["checkout", "-q", "-b", "other", "HEAD~1"]);
    let mut other = base;
    other.remove((&team.ana, "ana"), "carl").sign(&identity(&team.ana), "remove carl").put(&team.ana);
    team.ana.commit("other");
    let before = state(&team.ana);
    assert_eq!(team.ana.vault(&["get", "DB"]).ok().text(), "first");
    let said = team.ana.vault_with(&["set", "DB"], b"second");
    assert!(said.err.contains("help: merge the default branch first"), "{}", said.err);
    said.refused(
        6,
        "error: this is an old commit or another branch, where environment `dev` is not as it is now",
    );
    assert!(state(&team.ana) == before);
}

#[test]
fn roster_of_a_branch_that_was_rejected_is_not_kept() {
    let team = Team::new();
    let before = state(&team.carl);
    team.bob.git(&["checkout", "-q", "-b", "proposal"]);
    let mut forge = Forge::of(&team.ana);
    forge.roster.environments.get_mut(&env("dev")).unwrap().write.retain(|name| *name != member("bob"));
    forge.roster.environments.get_mut(&env("dev")).unwrap().read.push(member("bob"));
    forge.roster.environments.get_mut(&env("dev")).unwrap().read.sort();
    forge.sign(&identity(&team.ana), "bob only reads").put(&team.bob);
    team.bob.commit("proposal");
    team.bob.git(&["push", "-q", "origin", "proposal"]);
    team.carl.git(&["fetch", "-q"]);
    team.carl.git(&["checkout", "-q", "proposal"]);
    assert_eq!(team.carl.vault(&["get", "DB"]).ok().text(), "first");
    team.carl.vault(&["verify"]).ok();
    team.carl.git(&["checkout", "-q", "main"]);
    assert!(state(&team.carl) == before);
    team.carl.vault(&["get", "DB"]).ok();
    team.bob.git(&["checkout", "-q", "main"]);
    team.bob.vault_with(&["set", "DB"], b"second").ok();
}

#[test]
fn environment_that_was_added_and_taken_back_by_git_leaves_everything_working() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    ana.commit("DB");
    ana.vault(&["env", "add", "staging"]).ok();
    ana.vault(&["list", "-e", "staging"]).ok();
    ana.git(&["checkout", "-q", "."]);
    ana.git(&["clean", "-qfd"]);
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "first");
    ana.vault_with(&["set", "DB"], b"second").ok();
    ana.vault(&["env", "add", "staging"]).ok();
    ana.vault(&["verify"]).ok();
}

#[test]
fn roster_of_a_future_format_says_so() {
    let team = Team::new();
    let mut forge = Forge::of(&team.ana);
    let future = roster::print(&forge.roster).replacen("format = 1", "format = 2", 1);
    forge.sign_bytes(future.as_bytes(), &identity(&team.ana), "the future");
    team.carl.write(".vault/roster.log", log::print(&forge.lines));
    team.carl.write(".vault/roster.toml", future);
    all_refuse(&team.carl, 1, "`.vault/roster.toml` was written by a newer cargo-vault (format 2)");
}

#[test]
fn log_line_of_a_future_format_says_so() {
    let team = Team::new();
    let log = String::from_utf8(team.carl.read(".vault/roster.log")).unwrap();
    team.carl.write(".vault/roster.log", log.replace("\n{\"v\":1,", "\n{\"v\":2,\"new\":true,"));
    let before = state(&team.carl);
    let error = "error: line 2 of `.vault/roster.log` was written by a newer cargo-vault";
    let said = team.carl.vault(&["get", "DB"]);
    assert_eq!(first_error(&said), error);
    assert_ne!(said.code, 0);
    assert_eq!(first_error(&team.carl.vault(&["verify"])), error);
    team.carl.vault(&["run", "true"]).refused(125, error);
    assert!(state(&team.carl) == before);
}

#[test]
fn log_of_two_thousand_lines_is_read_and_written() {
    let ana = Person::with_vault("ana");
    let (me, mut forge) = (identity(&ana), Forge::of(&ana));
    for _ in 1..2_000 {
        forge.sign(&me, "again");
    }
    forge.put(&ana);
    ana.commit("a long history");
    let begun = Instant::now();
    ana.vault_with(&["set", "DB"], b"first").ok();
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "first");
    assert!(ana.vault(&["verify"]).ok().text().contains("2000 log lines"));
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

#[test]
fn old_commit_is_readable_as_it_was_and_not_writable() {
    let team = Team::new();
    team.bob.vault_with(&["set", "DB"], b"bob's").ok();
    push(&team.bob);
    pull(&team.ana);
    let mut forge = Forge::of(&team.ana);
    forge.remove((&team.ana, "ana"), "bob").sign(&identity(&team.ana), "remove bob").put(&team.ana);
    push(&team.ana);
    assert_eq!(team.ana.vault(&["get", "DB"]).ok().text(), "bob's");
    team.ana.git(&["checkout", "-q", "HEAD~1"]);
    // Signed by bob, who was a writer then.
    assert_eq!(team.ana.vault(&["get", "DB"]).ok().text(), "bob's");
    team.ana.vault(&["verify"]).ok();
    let before = state(&team.ana);
    let error = "error: this is an old commit or another branch, where environment `dev` is not as it is now";
    team.ana.vault_with(&["set", "DB"], b"third").refused(6, error);
    team.ana.vault(&["rm", "DB"]).refused(6, error);
    assert!(state(&team.ana) == before);
}

#[test]
fn newer_log_that_was_fetched_and_not_merged_stops_writing() {
    let team = Team::new();
    let mut forge = Forge::of(&team.ana);
    forge.remove((&team.ana, "ana"), "carl").sign(&identity(&team.ana), "remove carl").put(&team.ana);
    push(&team.ana);
    team.bob.git(&["fetch", "-q"]);
    let before = team.bob.read(".vault/secrets/dev/DB.toml");
    let said = team.bob.vault_with(&["set", "DB"], b"second");
    assert!(said.err.contains("help: merge the default branch first"), "{}", said.err);
    said.refused(
        6,
        "error: this is an old commit or another branch, where environment `dev` is not as it is now",
    );
    assert_eq!(team.bob.read(".vault/secrets/dev/DB.toml"), before);
    team.bob.git(&["merge", "-q", "--ff-only", "origin/main"]);
    team.bob.vault_with(&["set", "DB"], b"second").ok();
}

#[test]
fn key_that_a_removed_member_still_has_is_not_wrapped_to_again_by_an_old_roster() {
    let team = Team::new();
    let old = Forge::of(&team.ana);
    let mut forge = old.clone();
    forge.remove((&team.ana, "ana"), "carl").sign(&identity(&team.ana), "remove carl").put(&team.ana);
    let carl = identity(&team.carl);
    let key = env_key(&team.ana, "dev", ("ana", &identity(&team.ana)));
    push(&team.ana);
    team.ana.vault(&["get", "DB"]).ok();
    // A key file of carl's that somebody put back is a stray, and opens nothing for the roster that stands.
    put_key(&team.ana, "dev", ("carl", carl.recipient()), &key);
    let said = team.ana.vault(&["verify"]);
    assert_eq!(said.code, 5);
    assert!(said.text().contains("does not belong in a vault"), "{}", said.text());
}

#[test]
fn log_of_a_hundred_thousand_lines_is_read_and_verified() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    let (me, mut forge) = (identity(&ana), Forge::of(&ana));
    for _ in 1..100_000 {
        forge.sign(&me, "again");
    }
    forge.put(&ana);
    ana.commit("a long history");
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "first");
    assert!(ana.vault(&["verify"]).ok().text().contains("100000 log lines"));
}
