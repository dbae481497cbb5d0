//! `init --from`: a vault whose last admin is gone, or an admin key of which was stolen, goes on as another one.

use std::{fs, process::Stdio, thread::sleep, time::Instant};

use cargo_vault::kernel::{
    model::{Access, Role},
    seal::Identity,
};

use rand::Rng;

use crate::{
    forge::{Forge, Team, all_refuse, anchor, env, identity, member, pull, push, state},
    harness::{PROGRAM, Person, Said, redacted},
    trust::kept_lines,
};

const FROM: &[&str] = &["init", "--from", "--yes"];

fn told(said: &Said, person: &Person) -> String {
    redacted(&said.conversation(), person)
}

fn vault_of(person: &Person) -> cargo_vault::kernel::name::VaultId {
    Forge::of(person).roster.vault
}

fn exposed(person: &Person) -> String {
    person.vault(&["exposed"]).ok().text()
}

/// The thief's clone: with ana's stolen key he has let himself in as an admin, and pushed that.
fn thief(team: &Team) -> Person {
    let thief = team.fresh("mallory");
    let config = thief.home.join(".config/cargo-vault/identities");
    fs::create_dir_all(&config).unwrap();
    fs::copy(team.ana.home.join(".config/cargo-vault/identities/default.txt"), config.join("default.txt"))
        .unwrap();
    thief.vault(&["trust", &anchor(&team.ana)]).ok();
    let own = Identity::generate();
    let mut forge = Forge::of(&thief);
    forge.enrol((&thief, "ana"), ("mallory", &own), Role::Admin, &[("dev", Access::Write)]);
    forge.sign(&identity(&thief), "add admin mallory: dev").put(&thief);
    push(&thief);
    thief
}

/// A line that says how a command was refused, and that its help names the way to trust what is here.
#[track_caller]
fn refused_as_replaced(said: Said, error: &str) {
    assert!(said.err.contains("`cargo vault trust ANCHOR`"), "{}", said.err);
    said.refused(5, &format!("error: {error}"));
}

#[test]
fn vault_whose_admin_key_was_stolen_goes_on_as_another_without_the_thief() {
    let team = Team::new();
    let old = vault_of(&team.ana);
    let before_theft = anchor(&team.ana);
    let thief = thief(&team);
    pull(&team.ana);

    // Ana goes back to before the theft and founds a new vault from that.
    insta::assert_snapshot!(told(&team.ana.vault(&["init", "--from", "--at", "HEAD~1", "--yes"]), &team.ana), @r"
    exit 0
    --- stdout
    created .vault with environment `dev`; you are `ana`, its first admin
      vault     [VAULT]
      identity  [RECIPIENT]  (in `[ROOT]/ana-home/.config/cargo-vault/identities/default-2.txt`)
      from      [VAULT], 1 value sealed anew
    --- stderr
    help: `cargo vault recovery create` adds a key to keep offline, should yours be lost
    help: `cargo vault exposed` lists what came along: whoever could open it there knows it, until it has a new value
    help: commit and push `.vault`: everybody else asks anew by `cargo vault join`, a machine gets a new key by `cargo vault ci setup`
    help: `cargo vault trust [ANCHOR]` comes first in a clone that knows the old vault: tell it another way than the repository
    ");
    let new = vault_of(&team.ana);
    assert_ne!(new, old);
    assert_eq!(team.ana.vault(&["get", "DB"]).ok().text(), "first");
    push(&team.ana);
    team.ana.git(&["fetch", "-q"]);
    team.ana.vault_with(&["set", "DB"], b"second").ok();
    push(&team.ana);

    // The thief has a key that opens and signs nothing here.
    pull(&thief);
    thief.vault(&["trust", &anchor(&team.ana)]).ok();
    let error = "error: your one key cannot open environment `dev`";
    thief.vault(&["get", "DB"]).refused(4, error);
    let mut forge = Forge::of(&thief);
    forge.sign(&identity(&thief), "I am still here").put(&thief);
    thief
        .vault(&["get", "DB"])
        .refused(5, "error: line 2 of `.vault/roster.log` was signed by a key that was no admin's then");

    // Bob knows the old vault, and is told how to trust the new one.
    pull(&team.bob);
    let replaced = format!("this is another vault ({new}) than the one known here ({old})");
    refused_as_replaced(team.bob.vault(&["get", "DB"]), &replaced);
    all_refuse(&team.bob, 5, &replaced);
    team.bob
        .vault(&["trust", &before_theft])
        .refused(5, &format!("error: the anchor names vault {old}, this is vault {new}"));
    team.bob.vault(&["trust", &anchor(&team.ana)]).ok();
    team.bob.vault(&["join", "--name", "bob"]).ok();
    push(&team.bob);
    pull(&team.ana);
    team.ana.vault(&["approve", "bob", "--yes"]).ok();
    push(&team.ana);
    pull(&team.bob);
    assert_eq!(team.bob.vault(&["get", "DB"]).ok().text(), "second");
    team.bob.vault_with(&["set", "DB"], b"third").ok();

    job_needs_a_new_key(&team, &before_theft, &format!("the anchor names vault {old}, this is vault {new}"));
    // Ana's clone keeps what was pushed since, as any does.
    team.ana.git(&["fetch", "-q"]);
    team.ana.vault(&["get", "DB"]).ok();
    assert_eq!(kept_lines(&team.ana), 3);
}

/// A CI job with an anchor of the old vault is refused until it has a new key.
#[track_caller]
fn job_needs_a_new_key(team: &Team, old: &str, error: &str) {
    let mut job = team.fresh("job");
    let key = String::from_utf8(identity(&team.carl).reveal().expose().to_vec()).unwrap();
    job.set("CVAULT_KEY", format!("{key}#{old}"));
    all_refuse(&job, 5, error);
    let said = team.ana.vault(&["ci", "setup", "--name", "ci", "--json"]).ok().text();
    let key = serde_json::from_str::<serde_json::Value>(&said).unwrap()["key"].as_str().unwrap().to_owned();
    push(&team.ana);
    pull(&job);
    job.set("CVAULT_KEY", key);
    assert_eq!(job.vault(&["get", "DB"]).ok().text(), "second");
}

/// Ana alone, with `dev` and `prod` and a value in each.
fn alone() -> Person {
    let ana = Person::with_vault("ana");
    ana.vault(&["env", "add", "prod", "--extends", "dev"]).ok();
    ana.vault_with(&["set", "DB", "--keep", "2", "--description", "the first"], b"first").ok();
    ana.vault_with(&["set", "DB"], b"second").ok();
    ana.vault_with(&["set", "-e", "prod", "db/password"], b"third").ok();
    ana.vault_with(&["set", "OLD"], b"fourth").ok();
    ana.vault(&["rm", "-y", "OLD"]).ok();
    ana.commit("values");
    ana.vault(&["verify"]).ok();
    ana
}

#[test]
fn everything_that_the_founder_opens_comes_along_as_it_was() {
    let ana = alone();
    let (old, before) = (vault_of(&ana), ana.vault(&["list", "-e", "prod"]).ok().text());
    ana.vault(FROM).ok();
    assert_ne!(vault_of(&ana), old);
    assert_eq!(ana.vault(&["list", "-e", "prod"]).ok().text(), before);
    assert_eq!(ana.vault(&["get", "DB", "--version", "1"]).ok().text(), "first");
    assert_eq!(ana.vault(&["get", "-e", "prod", "db/password"]).ok().text(), "third");
    // A name that was removed counts on.
    assert_eq!(ana.vault_with(&["set", "OLD"], b"fifth").ok().text(), "set `dev/OLD` (version 2)\n");
    ana.vault(&["verify", "--strict"]).ok();
    ana.commit("a new vault");
    ana.vault(&["verify", "--strict"]).ok();
    ana.vault_with(&["set", "DB"], b"sixth").ok();
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "sixth");
}

fn first(said: &Said) -> String {
    said.err.lines().find(|line| line.starts_with("error")).unwrap_or_default().to_owned()
}

#[test]
fn value_that_came_along_is_exposed_until_it_has_a_new_one() {
    let ana = alone();
    assert_eq!(exposed(&ana), "");
    ana.vault(FROM).ok();
    insta::assert_snapshot!(redacted(&exposed(&ana), &ana), @r"
    SECRET            VERSION  SET         BY   KNOWN TO  SINCE
    dev/DB            2        [DATE]  ana  ana       [DATE]
    prod/db/password  1        [DATE]  ana  ana       [DATE]
    ");
    ana.vault_with(&["set", "DB"], b"third").ok();
    ana.vault_with(&["set", "-e", "prod", "db/password"], b"fourth").ok();
    assert_eq!(exposed(&ana), "");
}

#[test]
fn identity_of_before_opens_and_signs_nothing_in_the_new_vault() {
    let ana = alone();
    let old = identity(&ana);
    ana.vault(FROM).ok();
    fs::remove_file(ana.home.join(".config/cargo-vault/identities/default-2.txt")).unwrap();
    let error = "error: your one key cannot open environment `dev`";
    ana.vault(&["get", "DB"]).refused(4, error);
    let forge = Forge::of(&ana);
    let former = &forge.roster.former[&member("ana")];
    let dead: Vec<&str> = former.keys.iter().map(|key| key.as_str()).collect();
    assert_eq!(dead, [old.recipient().as_str(), &old.signing_key().public().text()]);
    assert_eq!(former.environments[&env("dev")], 1);
}

#[test]
fn reader_founds_a_vault_when_the_last_admin_is_gone() {
    let team = Team::new();
    team.carl.vault(&["member", "remove", "ana", "--yes"]).refused(1, "error: `ana` is the only admin here");
    team.carl.vault(FROM).ok();
    push(&team.carl);
    assert_eq!(team.carl.vault(&["get", "DB"]).ok().text(), "first");
    team.carl.vault_with(&["set", "DB"], b"second").ok();
    let roster = Forge::of(&team.carl).roster;
    assert_eq!(roster.members.keys().map(|name| name.as_str()).collect::<Vec<_>>(), ["carl"]);
    pull(&team.bob);
    team.bob.vault(&["trust", &anchor(&team.carl)]).ok();
    team.bob.vault(&["verify"]).ok();
}

#[test]
fn lost_key_of_the_only_admin_is_mended_by_the_recovery_key_in_the_same_vault() {
    let ana = alone();
    let old = vault_of(&ana);
    let said = ana.vault(&["recovery", "create", "--json"]).ok().text();
    let key =
        serde_json::from_str::<serde_json::Value>(&said).unwrap()["recovery"].as_str().unwrap().to_owned();
    ana.commit("recovery");
    fs::remove_dir_all(ana.home.join(".config/cargo-vault")).unwrap();
    ana.vault(&["get", "DB"])
        .refused(4, "error: no key of yours was found, so environment `dev` stays locked");
    ana.write("../recovery.txt", key);
    ana.vault(&["recovery", "use", "--name", "ana", "--identity", "../recovery.txt"]).ok();
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "second");
    assert_eq!(vault_of(&ana), old);
    ana.vault(&["env", "add", "staging"]).ok();
}

#[test]
fn environment_that_the_founder_does_not_open_stays_behind_and_is_named() {
    let team = Team::new();
    team.ana.vault(&["env", "add", "prod"]).ok();
    team.ana.vault_with(&["set", "-e", "prod", "DB"], b"ours").ok();
    push(&team.ana);
    pull(&team.bob);
    insta::assert_snapshot!(told(&team.bob.vault(FROM), &team.bob), @r"
    exit 0
    --- stdout
    created .vault with environment `dev`; you are `bob`, its first admin
      vault     [VAULT]
      identity  [RECIPIENT]  (in `[ROOT]/bob-home/.config/cargo-vault/identities/default-2.txt`)
      from      [VAULT], 1 value sealed anew
      left      `prod`, which your key there does not open
    --- stderr
    help: `cargo vault recovery create` adds a key to keep offline, should yours be lost
    help: `cargo vault exposed` lists what came along: whoever could open it there knows it, until it has a new value
    help: commit and push `.vault`: everybody else asks anew by `cargo vault join`, a machine gets a new key by `cargo vault ci setup`
    help: `cargo vault trust [ANCHOR]` comes first in a clone that knows the old vault: tell it another way than the repository
    ");
    let names = Forge::of(&team.bob).roster.environments.into_keys().map(|env| env.to_string());
    assert_eq!(names.collect::<Vec<_>>(), ["dev"]);
    assert!(!team.bob.path(".vault/secrets/prod").exists() && !team.bob.path(".vault/keys/prod").exists());
}

#[test]
fn environments_that_are_named_come_along_and_no_other() {
    let ana = alone();
    let before = state(&ana);
    ana.vault(&["init", "--from", "--yes", "-e", "prdo"])
        .refused(3, "error: environment `prdo` does not exist");
    assert!(state(&ana) == before);
    ana.vault(&["init", "--from", "--yes", "-e", "dev"]).ok();
    let names = Forge::of(&ana).roster.environments.into_keys().map(|env| env.to_string());
    assert_eq!(names.collect::<Vec<_>>(), ["dev"]);
}

#[test]
fn vault_is_founded_beside_the_other_which_stays_as_it_is() {
    let ana = alone();
    let before = state(&ana);
    let beside = ana.other("beside");
    let mut there = ana.other("there");
    (there.home, there.cwd) = (ana.home.clone(), beside.cwd.clone());
    let from = ana.cwd.to_str().unwrap();
    there.vault(&["init", "--from", from]).ok();
    assert_eq!(there.vault(&["get", "DB"]).ok().text(), "second");
    assert_ne!(vault_of(&there), vault_of(&ana));
    assert!(
        state(&ana)
            .into_iter()
            .filter(|(path, _)| path.starts_with(from))
            .all(|(path, bytes)| before[&path] == bytes)
    );
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "second");
    there.vault(&["init", "--from", from]).refused(6, &first(&there.vault(&["init", "--from", from])));
}

#[test]
fn nothing_is_founded_over_a_vault_unless_asked_twice() {
    let ana = alone();
    let before = state(&ana);
    let said = ana.vault(&["init", "--from"]);
    assert!(said.err.contains("help: `cargo vault init --from --yes` does it"), "{}", said.err);
    said.refused(2, "error: to found a new vault in the place of the one that is here has to be asked twice");
    assert!(state(&ana) == before);
}

#[test]
fn vault_that_was_tampered_with_is_no_source_and_an_earlier_commit_of_it_is() {
    let ana = alone();
    let text = String::from_utf8(ana.read(".vault/secrets/dev/DB.toml")).unwrap();
    ana.write(".vault/secrets/dev/DB.toml", text.replace("the first", "the last"));
    ana.commit("tampered");
    assert_eq!(ana.vault(FROM).code, 5);
    let before = state(&ana);
    let said = ana.vault(FROM);
    assert!(said.err.contains("`.vault/secrets/dev/DB.toml`"), "{}", said.err);
    assert_eq!(said.code, 5, "{}", said.err);
    assert!(state(&ana) == before);
    assert!(!ana.home.join(".config/cargo-vault/identities/default-2.txt").exists());
    ana.vault(&["init", "--from", "--at", "HEAD~1", "--yes"]).ok();
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "second");
    ana.vault(&["verify"]).ok();
}

#[test]
fn commit_of_another_vault_is_no_source() {
    let team = Team::new();
    let known = vault_of(&team.ana);
    let other = Person::with_vault("ana");
    let found = vault_of(&other);
    team.ana.git(&["fetch", "-q", other.cwd.to_str().unwrap(), "main"]);
    let before = state(&team.ana);
    let error = format!("error: this is another vault ({found}) than the one known here ({known})");
    team.ana.vault(&["init", "--from", "--at", "FETCH_HEAD", "--yes"]).refused(5, &error);
    let nowhere = "error: git finds no commit `nowhere`";
    team.ana.vault(&["init", "--from", "--at", "nowhere", "--yes"]).refused(3, nowhere);
    assert!(state(&team.ana) == before);
    // And who knows none is to compare first.
    let mut fresh = team.fresh("fresh");
    fresh.set("CVAULT_KEY", String::from_utf8(identity(&team.bob).reveal().expose().to_vec()).unwrap());
    let unknown = "error: this vault is not known here yet";
    fresh.vault(&["init", "--from", "--at", "HEAD", "--yes"]).refused(5, unknown);
    fresh.vault(FROM).refused(5, unknown);
}

#[test]
fn member_who_had_left_the_old_vault_does_not_come_into_the_new_one_by_his_name_or_key() {
    let team = Team::new();
    team.ana.vault(&["member", "remove", "bob", "--yes"]).ok();
    push(&team.ana);
    team.ana.vault(FROM).ok();
    push(&team.ana);
    pull(&team.bob);
    team.bob.vault(&["trust", &anchor(&team.ana)]).ok();
    let error = "error: `bob` was a member once, and the name stays hers or his";
    team.bob.vault(&["join", "--name", "bob"]).refused(6, error);
    let said = team.bob.vault(&["join", "--name", "robert"]);
    assert!(first(&said).ends_with("was a key of `bob`, and is good for nobody any more"), "{}", said.err);
    team.ana.vault(&["init", "--from", "--yes", "--name", "bob"]).refused(6, error);
}

#[test]
fn founder_waits_for_nobody_while_the_default_branch_still_has_the_old_vault() {
    let team = Team::new();
    let old = team.ana.git(&["rev-parse", "HEAD"]).trim().to_owned();
    team.ana.vault(FROM).ok();
    team.ana.vault_with(&["set", "DB"], b"second").ok();
    // Somebody pushes on top of the old one meanwhile.
    team.bob.vault_with(&["set", "DB"], b"bob's").ok();
    push(&team.bob);
    team.ana.git(&["fetch", "-q"]);
    team.ana.vault_with(&["set", "DB"], b"third").ok();
    assert_eq!(team.ana.vault(&["get", "DB"]).ok().text(), "third");
    team.ana.commit("a new vault");
    // The old vault is another one here too, from now on.
    let (known, found) = (vault_of(&team.ana), Forge::of(&team.bob).roster.vault);
    team.ana.git(&["checkout", "-q", &old]);
    let error = format!("error: this is another vault ({found}) than the one known here ({known})");
    team.ana.vault(&["get", "DB"]).refused(5, &error);
}

#[test]
fn founder_s_next_clone_knows_the_new_vault_and_not_the_old_one() {
    let team = Team::new();
    let (old, new) = (vault_of(&team.ana), {
        team.ana.vault(FROM).ok();
        vault_of(&team.ana)
    });
    let mut early = team.fresh("early");
    early.home.clone_from(&team.ana.home);
    let error = format!("error: this is another vault ({old}) than the one known here ({new})");
    early.vault(&["get", "DB"]).refused(5, &error);
    push(&team.ana);
    let mut late = team.fresh("late");
    late.home.clone_from(&team.ana.home);
    assert_eq!(late.vault(&["get", "DB"]).ok().text(), "first");
}

#[test]
fn history_of_the_old_vault_is_no_finding_and_another_one_on_top_is() {
    let ana = alone();
    let old = vault_of(&ana);
    ana.vault(FROM).ok();
    ana.commit("a new vault");
    let said = ana.vault(&["verify", "--strict"]).ok().text();
    assert!(
        said.contains("history   3 commits, of which 3 changed the vault, 2 of them the one before this\n"),
        "{said}"
    );
    let good = ana.git(&["rev-parse", "HEAD"]).trim().to_owned();
    ana.git(&["checkout", "-q", "HEAD~1", "--", ".vault"]);
    ana.commit("back to the old one");
    ana.git(&["rm", "-q", "-r", ".vault"]);
    ana.git(&["checkout", "-q", &good, "--", ".vault"]);
    ana.commit("and forth");
    let said = ana.vault(&["verify"]).ok().text();
    let (known, found) = (vault_of(&ana), old);
    let told = format!("this is another vault ({found}) than the one known here ({known})\n");
    assert!(said.starts_with("past: commit ") && said.contains(&told), "{said}");
    assert_eq!(ana.vault(&["verify", "--strict"]).code, 1);
}

#[test]
fn line_of_the_old_log_blesses_nothing_in_the_new_one() {
    let ana = alone();
    let (mut old, signer) = (Forge::of(&ana), identity(&ana));
    ana.vault(FROM).ok();
    old.sign(&signer, "and on");
    let new = Forge::of(&ana);
    // On top of the first line, and with the number that follows.
    let mut line = old.lines.last().unwrap().clone();
    line.serial = 2;
    let mut forge = new.clone();
    forge.lines.push(line);
    forge.put(&ana);
    all_refuse(&ana, 5, "line 2 of `.vault/roster.log` does not follow from the line before it");
    let mut forge = new;
    forge.sign(&signer, "by the old key").put(&ana);
    all_refuse(&ana, 5, "line 2 of `.vault/roster.log` was signed by a key that was no admin's then");
}

#[test]
fn founder_who_was_stopped_before_he_could_keep_his_vault_knows_it_all_the_same() {
    let ana = alone();
    let kept = |name: &str| ana.path(".git/cargo-vault/.vault").join(name);
    let before = ["trust", "lines"].map(|name| (name, fs::read(kept(name)).unwrap()));
    ana.vault(FROM).ok();
    for (name, bytes) in before {
        ana.write(&format!(".git/cargo-vault/.vault/{name}"), bytes);
    }
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "second");
    ana.vault_with(&["set", "DB"], b"third").ok();
}

#[test]
fn killed_founding_leaves_the_old_vault_or_the_new_one_and_either_is_known() {
    let ana = alone();
    let begun = Instant::now();
    ana.vault(FROM).ok();
    let usual = begun.elapsed();
    let (mut known, mut founded) = (vault_of(&ana), 0);
    for _ in 0..40 {
        let mut command = ana.command(PROGRAM);
        command.args(FROM).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        sleep(usual.mul_f64(rand::thread_rng().gen_range(0.0..1.5)));
        // It may have ended by itself.
        let _ = child.kill();
        child.wait().unwrap();
        assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "second");
        ana.vault(&["verify", "--strict"]).ok();
        founded += usize::from(vault_of(&ana) != known);
        known = vault_of(&ana);
    }
    assert!(founded > 0 && founded < 40, "{founded} of 40: the moments were no sample");
}
