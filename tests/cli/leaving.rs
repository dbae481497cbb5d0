//! Somebody leaves: what he can do no more, whatever he does with what he has; and what a merge, a fault or a crash in between
//! leaves.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
};

use cargo_vault::kernel::{
    format::{log::message, path, request},
    model::{Kind, Request, Role},
    seal::{EnvKey, Epoch, Identity, Place, seal},
    secret::Secret,
};

use crate::{
    forge::{
        Forge, Team, all_refuse, anchor, change, env, env_key, identity, member, name, now, pull, push, state,
    },
    harness::{PROGRAM, Person, said},
};

/// Removes bob, by the command, and lets carl know of it.
fn removed() -> Team {
    let team = Team::new();
    team.ana.vault(&["member", "remove", "bob", "--yes"]).ok();
    push(&team.ana);
    pull(&team.carl);
    assert_eq!(team.carl.vault(&["get", "DB"]).ok().text(), "first");
    team
}

/// Every file of the vault in the work tree.
fn vault(person: &Person) -> BTreeMap<String, Vec<u8>> {
    let mut files = state(person);
    let root = person.path(".vault").to_str().unwrap().to_owned();
    files.retain(|path, _| path.starts_with(&root));
    files
}

/// What `exposed` names, as `name to`.
#[track_caller]
fn exposed(person: &Person) -> Vec<String> {
    let text = person.vault(&["exposed", "--json"]).ok().text();
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
    let all = answer["exposed"].as_array().unwrap().iter();
    all.map(|e| format!("{} {}", e["name"].as_str().unwrap(), e["to"].as_str().unwrap())).collect()
}

#[test]
fn removed_member_cannot_open_the_next_epoch() {
    let team = removed();
    team.ana.vault_with(&["set", "DB"], b"second").ok();
    push(&team.ana);
    pull(&team.bob);
    team.bob.vault(&["get", "DB"]).refused(4, "error: your one key cannot open environment `dev`");
    // His key opens the old key file in git, and that key opens nothing of today.
    let old = team.bob.git(&["show", "HEAD~1:.vault/secrets/dev/DB.toml"]);
    assert!(!String::from_utf8(team.bob.read(".vault/secrets/dev/DB.toml")).unwrap().contains(&old));
    let files = team.bob.sh("ls .vault/keys/dev");
    assert!(!files.contains("bob."), "{files}");
    // Everybody else goes on, with and without what was known.
    assert_eq!(team.ana.vault(&["get", "DB"]).ok().text(), "second");
    pull(&team.carl);
    assert_eq!(team.carl.vault(&["get", "DB"]).ok().text(), "second");
    team.carl.vault(&["verify"]).ok();
    let mut fresh = team.fresh("fresh");
    let key = String::from_utf8(identity(&team.carl).reveal().expose().to_vec()).unwrap();
    fresh.set("CVAULT_KEY", format!("{key}#{}", anchor(&team.ana)));
    assert_eq!(fresh.vault(&["get", "DB"]).ok().text(), "second");
}

#[test]
fn removed_writer_is_refused_with_the_old_log_and_a_secret_of_today() {
    let team = removed();
    team.bob.vault_with(&["set", "DB"], b"mine").ok();
    change(&team.bob, "dev/DB", &identity(&team.bob), |record| record.revision = 99);
    push(&team.bob);
    pull(&team.carl);
    all_refuse(&team.carl, 5, "`.vault/secrets/dev/DB.toml` was signed with a former key of `bob`");
}

#[test]
fn writer_who_only_reads_now_is_refused_with_the_old_log_and_a_secret_of_today() {
    let team = Team::new();
    team.ana.vault(&["member", "revoke", "bob", "-e", "dev", "--write", "--yes"]).ok();
    push(&team.ana);
    pull(&team.carl);
    team.carl.vault(&["get", "DB"]).ok();
    team.bob.vault_with(&["set", "DB"], b"mine").ok();
    change(&team.bob, "dev/DB", &identity(&team.bob), |record| record.revision = 99);
    push(&team.bob);
    pull(&team.carl);
    all_refuse(&team.carl, 5, "`.vault/secrets/dev/DB.toml` was signed with a former key of `bob`");
    // He reads what is new, and his signature counts for nothing there.
    team.ana.git(&["push", "-q", "--force", "origin", "HEAD:main"]);
    pull(&team.bob);
    assert_eq!(team.bob.vault(&["get", "DB"]).ok().text(), "first");
    team.bob.vault_with(&["set", "DB"], b"x").refused(1, "error: `bob` may not write environment `dev`");
}

/// bob is removed on the default branch, while carl, a writer too, sets a new secret on another one; then the two are merged.
fn merged() -> Team {
    let team = Team::new();
    let mut forge = Forge::of(&team.ana);
    let dev = forge.roster.environments.get_mut(&env("dev")).unwrap();
    (dev.write, dev.read) = (vec![member("ana"), member("bob"), member("carl")], Vec::new());
    forge.sign(&identity(&team.ana), "carl writes").put(&team.ana);
    push(&team.ana);
    pull(&team.carl);
    team.carl.git(&["checkout", "-q", "-b", "feature"]);
    team.carl.vault_with(&["set", "NEW"], b"carl's").ok();
    team.carl.commit("new");
    team.carl.git(&["push", "-q", "origin", "feature"]);
    team.ana.vault(&["member", "remove", "bob", "--yes"]).ok();
    push(&team.ana);
    team.ana.git(&["fetch", "-q"]);
    team.ana.git(&["merge", "-q", "-m", "merge", "origin/feature"]);
    team
}

const OLD: &str = "`.vault/secrets/dev/NEW.toml` is sealed under epoch 1, environment `dev` is at epoch 2";

#[test]
fn secret_that_a_merge_left_under_the_old_epoch_is_named_and_taken_over_by_rekey() {
    let team = merged();
    team.ana.vault(&["get", "NEW"]).refused(5, &format!("error: {OLD}"));
    let said = team.ana.vault(&["status"]).ok().text();
    assert!(said.contains(OLD) && said.contains("`cargo vault repair -e dev`"), "{said}");
    assert!(said.contains("exposed      1 value: "), "{said}");
    team.ana.vault(&["rekey", "-e", "dev"]).ok();
    assert_eq!(team.ana.vault(&["get", "NEW"]).ok().text(), "carl's");
    assert_eq!(team.ana.vault(&["get", "DB"]).ok().text(), "first");
    team.ana.vault(&["verify"]).ok();
    // bob could read it before the merge, with the key that he had.
    assert_eq!(exposed(&team.ana), ["DB bob", "NEW bob"]);
}

#[test]
fn removal_does_not_take_over_a_secret_of_an_older_epoch() {
    let team = merged();
    let before = vault(&team.ana);
    team.ana.vault(&["member", "revoke", "carl", "-e", "dev", "-y"]).refused(5, &format!("error: {OLD}"));
    assert!(vault(&team.ana) == before);
}

#[test]
fn secret_of_an_older_epoch_that_somebody_who_left_signed_is_not_taken_over() {
    let team = Team::new();
    team.bob.git(&["checkout", "-q", "-b", "feature"]);
    team.bob.vault_with(&["set", "NEW"], b"bob's").ok();
    team.bob.commit("new");
    team.bob.git(&["push", "-q", "origin", "feature"]);
    team.ana.vault(&["member", "remove", "bob", "--yes"]).ok();
    push(&team.ana);
    team.ana.git(&["fetch", "-q"]);
    team.ana.git(&["merge", "-q", "-m", "merge", "origin/feature"]);
    let before = vault(&team.ana);
    let error =
        "error: `.vault/secrets/dev/NEW.toml` was signed by `bob`, who may not write environment `dev`";
    team.ana.vault(&["rekey"]).refused(5, error);
    assert!(vault(&team.ana) == before);
}

#[test]
fn old_value_that_was_put_back_is_not_taken_over() {
    let team = Team::new();
    let old = team.ana.read(".vault/secrets/dev/DB.toml");
    team.ana.vault_with(&["set", "DB"], b"second").ok();
    team.ana.vault(&["member", "remove", "bob", "--yes"]).ok();
    push(&team.ana);
    assert_eq!(team.ana.vault(&["get", "DB"]).ok().text(), "second");
    team.ana.write(".vault/secrets/dev/DB.toml", old);
    team.ana.commit("back");
    let before = vault(&team.ana);
    let error = "error: `dev/DB` was rolled back: revision 3 was seen here, revision 1 is in its place";
    team.ana.vault(&["rekey"]).refused(5, error);
    assert!(vault(&team.ana) == before);
}

#[test]
fn key_of_an_older_epoch_is_believed_only_from_a_roster_that_the_log_signs() {
    let team = merged();
    // Somebody's branch has a roster of his own, with a key of his own.
    let mut forged = Forge::of(&team.ana);
    let key = EnvKey::generate();
    let id = forged.roster.vault;
    let commitment = key.commitment(&Epoch { vault: &id, env: &env("dev"), number: 1 });
    let dev = forged.roster.environments.get_mut(&env("dev")).unwrap();
    (dev.epoch, dev.commitment) = (1, commitment);
    team.bob.git(&["fetch", "-q"]);
    team.bob.git(&["checkout", "-q", "-f", "-B", "evil", "origin/main"]);
    team.bob.write(".vault/roster.toml", cargo_vault::kernel::format::roster::print(&forged.roster));
    crate::forge::put_key(&team.bob, "dev", ("ana", identity(&team.ana).recipient()), &key);
    team.bob.commit("evil");
    team.bob.git(&["push", "-q", "origin", "evil"]);
    team.ana.git(&["fetch", "-q"]);
    change(&team.ana, "dev/NEW", &identity(&team.carl), |record| record.key = commitment.tag());
    let before = vault(&team.ana);
    team.ana.vault(&["rekey"]).refused(5, &format!("error: {OLD}"));
    assert!(vault(&team.ana) == before);
}

#[test]
fn conflict_markers_stop_a_new_epoch_and_nothing_is_changed() {
    let team = Team::new();
    team.ana.vault_with(&["set", "KEY"], b"key").ok();
    let text = String::from_utf8(team.ana.read(".vault/secrets/dev/KEY.toml")).unwrap();
    let conflict = text.replacen(
        "revision = 1\n",
        "<<<<<<< ours\nrevision = 2\n=======\nrevision = 1\n>>>>>>> theirs\n",
        1,
    );
    team.ana.write(".vault/secrets/dev/KEY.toml", conflict);
    let before = vault(&team.ana);
    let error = "error: `.vault/secrets/dev/KEY.toml` has conflict markers";
    team.ana.vault(&["rekey"]).refused(6, error);
    team.ana.vault(&["member", "remove", "bob", "-y"]).refused(6, error);
    assert!(vault(&team.ana) == before);
}

#[test]
fn value_that_does_not_open_stops_a_new_epoch_and_nothing_is_changed() {
    let team = Team::new();
    team.ana.vault_with(&["set", "KEY"], b"key").ok();
    let id = Forge::of(&team.ana).roster.vault;
    let (dev, key) = (env("dev"), EnvKey::generate());
    let epoch = Epoch { vault: &id, env: &dev, number: 1 };
    let at = Place { vault: &id, env: &dev, name: &name("KEY"), number: 1, epoch: 1, kind: Kind::Text };
    let sealed = seal(&key.seal_key(&epoch), &at, &Secret::new(b"another".to_vec()));
    change(&team.ana, "dev/KEY", &identity(&team.ana), |record| record.versions[0].sealed = sealed.clone());
    let before = vault(&team.ana);
    let error = "error: version 1 in `.vault/secrets/dev/KEY.toml` does not open with the key of its epoch";
    let told = team.ana.vault(&["rekey"]);
    assert_eq!(told.code, 5, "{}", told.err);
    let line = crate::forge::first_error(&told).to_owned();
    assert!(line.contains("`.vault/secrets/dev/KEY.toml`"), "{line}, not {error}");
    let again = team.ana.vault(&["member", "remove", "bob", "-y"]);
    assert_eq!((again.code, crate::forge::first_error(&again)), (5, &line[..]));
    assert!(vault(&team.ana) == before);
}

/// Writes a request into a person's work tree.
fn asked(at: &Person, who: &str, with: &Identity) {
    let (recipients, signs) = (vec![with.recipient().clone()], vec![with.signing_key().public()]);
    let asked = Request { member: member(who), recipients, signs, environments: vec![env("dev")], at: now() };
    let id = Forge::of(at).roster.vault;
    let bytes = request::print(&id, &asked, &with.signing_key());
    at.write(&format!(".vault/{}", path::request(&member(who))), bytes);
}

#[test]
fn requests_of_who_leaves_go_with_him_and_those_of_others_stay() {
    let team = Team::new();
    asked(&team.ana, "bob", &Identity::generate());
    asked(&team.ana, "robert", &identity(&team.bob));
    asked(&team.ana, "dora", &Identity::generate());
    team.ana.vault(&["member", "remove", "bob", "-y"]).ok();
    assert_eq!(team.ana.sh("ls .vault/requests"), "dora.toml\n");
    team.ana.vault(&["verify"]).ok();
}

#[test]
fn admin_who_does_not_write_an_environment_is_told_who_can() {
    let team = Team::new();
    team.ana.vault(&["member", "role", "carl", "admin", "-y"]).ok();
    push(&team.ana);
    pull(&team.carl);
    let before = vault(&team.carl);
    let error =
        "error: a new key of environment `dev` is made by an admin who writes it, and `carl` does not";
    for args in [&["member", "remove", "bob", "-y"][..], &["rekey"]] {
        let told = team.carl.vault(args);
        assert!(told.err.contains("who can  ana\n"), "{}", told.err);
        told.refused(1, error);
    }
    assert!(vault(&team.carl) == before);
}

#[test]
fn who_stays_makes_the_key_of_what_is_left() {
    let team = Team::new();
    team.ana.vault(&["member", "role", "bob", "admin", "-y"]).ok();
    let before = vault(&team.ana);
    let error = "error: who stays makes the new key of environment `dev`, and `ana` loses it";
    for args in [&["member", "remove", "ana", "-y"][..], &["member", "revoke", "ana", "-e", "dev", "-y"]] {
        let told = team.ana.vault(args);
        assert!(told.err.contains("who can  bob\n"), "{}", told.err);
        told.refused(1, error);
    }
    assert!(vault(&team.ana) == before);
    push(&team.ana);
    pull(&team.bob);
    team.bob.vault(&["member", "remove", "ana", "-y"]).ok();
    push(&team.bob);
    pull(&team.carl);
    assert_eq!(team.carl.vault(&["get", "DB"]).ok().text(), "first");
}

#[test]
fn branch_that_does_not_know_the_newest_roster_makes_no_epoch() {
    let team = removed();
    team.ana.git(&["checkout", "-q", "HEAD~1"]);
    let before = vault(&team.ana);
    let error = "error: this is an old commit or another branch, so the roster cannot be changed here";
    team.ana.vault(&["rekey"]).refused(6, error);
    team.ana.vault(&["member", "remove", "carl", "-y"]).refused(6, error);
    assert!(vault(&team.ana) == before);
}

#[test]
fn lost_key_is_told_as_exposed_though_its_member_stays() {
    let team = Team::new();
    let mut forge = Forge::of(&team.ana);
    let lost = forge.roster.members[&member("carl")].keys();
    let laptop = Identity::generate();
    let carl = forge.roster.members.get_mut(&member("carl")).unwrap();
    carl.recipients = vec![laptop.recipient().clone()];
    carl.signs = vec![laptop.signing_key().public()];
    forge.roster.retire(&member("carl"), lost, [(env("dev"), 1)], now());
    forge.rekey((&team.ana, "ana"), "dev").sign(&identity(&team.ana), "replace carl").put(&team.ana);
    assert_eq!(exposed(&team.ana), ["DB carl"]);
    team.ana.vault_with(&["set", "DB"], b"second").ok();
    assert_eq!(exposed(&team.ana), [""; 0]);
}

#[test]
fn who_was_let_in_again_knows_what_he_may() {
    let team = removed();
    let mut forge = Forge::of(&team.ana);
    let access = [("dev", cargo_vault::kernel::model::Access::Read)];
    forge.enrol((&team.ana, "ana"), ("bob", &identity(&team.bob)), Role::Member, &access);
    forge.sign(&identity(&team.ana), "bob is back").put(&team.ana);
    assert_eq!(exposed(&team.ana), [""; 0]);
    // Removed again, he has known what is from between as well.
    team.ana.vault_with(&["set", "KEY"], b"key").ok();
    team.ana.vault(&["member", "remove", "bob", "-y"]).ok();
    assert_eq!(exposed(&team.ana), ["DB bob", "KEY bob"]);
}

#[test]
fn sets_at_once_with_new_epochs_are_all_there() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    std::thread::scope(|scope| {
        let commands: Vec<_> = (0..30)
            .map(|i| {
                let mut command = ana.command(PROGRAM);
                match i % 5 {
                    0 => command.arg("rekey"),
                    _ => command.args(["set", &format!("NAME_{i}")]),
                };
                (command, format!("value {i}"))
            })
            .collect();
        for (command, value) in commands {
            scope.spawn(move || said(command, value.as_bytes()).ok());
        }
    });
    for i in (0..30).filter(|i| i % 5 != 0) {
        assert_eq!(ana.vault(&["get", &format!("NAME_{i}")]).ok().text(), format!("value {i}"));
    }
    let dev = &Forge::of(&ana).roster.environments[&env("dev")];
    assert_eq!(dev.epoch, 7);
    ana.vault(&["verify"]).ok();
}

#[test]
fn reader_never_meets_half_a_new_epoch() {
    let ana = Person::with_vault("ana");
    let lines: String = (0..60).map(|i| format!("NAME_{i}=value {i}\n")).collect();
    ana.vault_with(&["set", "--batch"], lines.as_bytes()).ok();
    let count = "env | grep -c ^NAME_";
    let kinds: [(&[&str], &str); 4] = [
        (&["get", "NAME_7"], "value 7"),
        (&["run", "--", "/bin/sh", "-c", count], "60\n"),
        (&["verify", "-q"], "everything here is as its members signed it"),
        (&["exposed", "-q"], ""),
    ];
    let commands = (0..4_000).map(|i| {
        let (args, wanted) = kinds[i % kinds.len()];
        let mut command = ana.command(PROGRAM);
        command.args(args);
        (command, args, wanted)
    });
    let (commands, done) = (commands.collect::<Vec<_>>(), AtomicBool::new(false));
    let reads = std::thread::scope(|scope| {
        let done = &done;
        let reader = scope.spawn(move || {
            let mut reads = 0;
            for (command, args, wanted) in commands {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                let said = said(command, b"");
                assert!(
                    said.code == 0 && said.text().starts_with(wanted),
                    "{args:?}: {}",
                    said.conversation()
                );
                reads += 1;
            }
            reads
        });
        for _ in 0..25 {
            ana.vault(&["rekey"]).ok();
        }
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap()
    });
    assert!(reads > 10, "{reads} reads");
}

#[test]
fn log_says_who_was_removed() {
    let team = removed();
    let forge = Forge::of(&team.ana);
    let last = forge.lines.last().unwrap();
    assert_eq!((last.why.as_str(), last.serial), ("remove bob", 3));
    let key = identity(&team.ana).signing_key().public();
    assert!(key.verify(&message(&forge.roster.vault, last), &last.sig));
    let old = env_key(&team.ana, "dev", ("ana", &identity(&team.ana)));
    let epoch = Epoch { vault: &forge.roster.vault, env: &env("dev"), number: 2 };
    assert_eq!(old.commitment(&epoch), forge.roster.environments[&env("dev")].commitment);
}
