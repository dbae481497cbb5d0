//! A team from its first day to the morning after somebody left, by nothing but what the program says and git does: real clones,
//! one bare remote, and every fault mended by the command that its message names.

use serde_json::Value;

use crate::harness::{Person, Said};

/// What a program is told.
#[track_caller]
fn json(said: &Said) -> Value {
    serde_json::from_slice(&said.out).unwrap()
}

/// Commits what lies there and pushes it to the default branch.
#[track_caller]
fn push(person: &Person, what: &str) {
    person.commit(what);
    person.git(&["push", "-q", "origin", "HEAD:main"]);
}

#[track_caller]
fn pull(person: &Person) {
    person.git(&["pull", "-q", "--ff-only"]);
}

/// The first command between backticks in the help of what was refused, and the code of the refusal.
#[track_caller]
fn named(said: &Said) -> (i32, String) {
    let mut hints = said.err.lines().filter_map(|line| line.strip_prefix("help: "));
    let command =
        hints.find_map(|hint| hint.split('`').nth(1).filter(|text| text.starts_with("cargo vault ")));
    (said.code, command.unwrap_or_else(|| panic!("{}", said.conversation())).to_owned())
}

/// Types a command as a message has it.
#[track_caller]
fn typed(person: &Person, command: &str) -> Said {
    let words: Vec<&str> = command.split(' ').collect();
    person.vault(&words[2..])
}

/// Ana's vault with one secret, and the remote that everybody clones.
fn founded() -> Person {
    let ana = Person::new("ana");
    ana.git(&["init", "-q", "-b", "main", "."]);
    ana.vault(&["init", "--name", "ana"]).ok();
    ana.vault_with(&["set", "DB"], b"first").ok();
    ana.commit("a vault");
    let origin = ana.root().join("origin.git");
    ana.git(&["clone", "-q", "--bare", ".", origin.to_str().unwrap()]);
    ana.git(&["remote", "add", "origin", origin.to_str().unwrap()]);
    ana.git(&["fetch", "-q"]);
    ana.git(&["branch", "-q", "-u", "origin/main"]);
    ana
}

fn clone(ana: &Person, name: &str) -> Person {
    let person = ana.other(name);
    person.git(&["clone", "-q", ana.root().join("origin.git").to_str().unwrap(), "."]);
    person
}

/// Somebody clones, trusts the anchor that ana told, asks to join, and is let in by the fingerprint that he told.
#[track_caller]
fn joined(ana: &Person, name: &str, access: &[&str]) -> Person {
    let person = clone(ana, name);
    let shown = json(&ana.vault(&["trust", "--show", "--json"]).ok());
    person.vault(&["trust", shown["anchor"].as_str().unwrap()]).ok();
    let asked = json(&person.vault(&["join", "--json"]).ok());
    push(&person, "asks to join");
    pull(ana);
    let fingerprint = asked["fingerprint"].as_str().unwrap();
    let approve = [&["approve", name, "--fingerprint", fingerprint], access].concat();
    ana.vault(&approve).ok();
    push(ana, "lets him in");
    pull(&person);
    assert_eq!(person.vault(&["get", "DB"]).ok().text(), "first");
    person
}

/// A CI job, whose key comes from ana and carries an anchor.
fn machine(ana: &Person) -> String {
    let key = json(&ana.vault(&["ci", "setup", "--json"]).ok())["key"].as_str().unwrap().to_owned();
    push(ana, "a key for CI");
    key
}

/// A job has a fresh clone and nothing but the variable.
#[track_caller]
fn job(ana: &Person, (name, key): (&str, &str), wanted: &str) {
    let mut job = clone(ana, name);
    job.set("CVAULT_KEY", key);
    assert_eq!(
        job.vault(&["run", "--no-mask", "--", "/bin/sh", "-c", "printf %s \"$DB\""]).ok().text(),
        wanted
    );
}

#[test]
fn somebody_leaves_while_others_work_and_every_message_says_what_mends_it() {
    let ana = founded();
    let bob = joined(&ana, "bob", &[]);
    let carol = joined(&ana, "carol", &["--read"]);
    let dave = joined(&ana, "dave", &[]);
    let key = machine(&ana);
    job(&ana, ("job1", &key), "first");
    carol.vault_with(&["set", "DB"], b"x").refused(1, "error: `carol` may not write environment `dev`");

    // dave works on two branches, from before bob leaves.
    pull(&dave);
    dave.git(&["checkout", "-q", "-b", "late"]);
    dave.vault_with(&["set", "LATE"], b"late").ok();
    dave.commit("late");
    dave.git(&["checkout", "-q", "-b", "feature", "main"]);
    dave.vault_with(&["set", "QUEUE"], b"queue").ok();
    dave.vault_with(&["set", "DB"], b"second").ok();
    dave.commit("queue");
    pull(&ana);
    ana.vault(&["member", "remove", "bob", "--yes"]).ok();
    push(&ana, "bob left");

    // Git cannot merge `DB`, which dave has set and ana has sealed anew.
    dave.sh("git fetch -q && git merge -q origin/main >~/git-said 2>&1 && exit 1 || true");
    let (code, command) = named(&dave.vault(&["get", "DB"]));
    assert_eq!((code, command.as_str()), (6, "cargo vault resolve"));
    typed(&dave, &command).ok();
    dave.git(&["commit", "-q", "--no-edit"]);
    assert_eq!(dave.vault(&["get", "DB"]).ok().text(), "second");
    assert_eq!(dave.vault(&["get", "QUEUE"]).ok().text(), "queue");
    dave.git(&["push", "-q", "origin", "HEAD:main"]);

    // Git merges `LATE`, sealed under the key that bob has, and says nothing.
    dave.git(&["merge", "-q", "-m", "late", "late"]);
    let (code, command) = named(&dave.vault(&["get", "LATE"]));
    assert_eq!((code, command.as_str()), (5, "cargo vault repair -e dev"));
    typed(&dave, &command).ok();
    push(&dave, "repaired");

    // What bob has opens nothing of what came after him.
    bob.git(&["fetch", "-q"]);
    bob.git(&["reset", "-q", "--hard", "origin/main"]);
    for name in ["DB", "QUEUE", "LATE"] {
        bob.vault(&["get", name]).refused(4, "error: your one key cannot open environment `dev`");
    }
    pull(&carol);
    assert_eq!(carol.vault(&["get", "LATE"]).ok().text(), "late");
    job(&ana, ("job2", &key), "second");
    let mut fresh = clone(&ana, "fresh");
    fresh.set(
        "CVAULT_TRUST",
        json(&ana.vault(&["trust", "--show", "--json"]).ok())["anchor"].as_str().unwrap(),
    );
    fresh.vault(&["verify"]).ok();
}

#[test]
fn two_admins_change_the_roster_at_once_and_everybody_goes_on() {
    let ana = founded();
    let bob = joined(&ana, "bob", &[]);
    let carol = joined(&ana, "carol", &["--read"]);
    let dora = joined(&ana, "dora", &[]);
    ana.vault(&["member", "role", "dora", "admin", "--yes"]).ok();
    let key = machine(&ana);
    pull(&dora);
    dora.vault_with(&["set", "QUEUE"], b"queue").ok();
    dora.vault(&["member", "remove", "bob", "--yes"]).ok();
    dora.commit("bob left");
    ana.vault(&["member", "grant", "carol", "-e", "dev"]).ok();
    ana.vault(&["member", "role", "bob", "admin", "--yes"]).ok();
    push(&ana, "carol writes, bob administers");

    dora.sh("git pull -q --no-rebase >~/git-said 2>&1 && exit 1 || true");
    let (code, command) = named(&dora.vault(&["list"]));
    assert_eq!((code, command.as_str()), (6, "cargo vault resolve"));
    typed(&dora, &command).ok();
    dora.git(&["commit", "-q", "--no-edit"]);
    dora.git(&["push", "-q", "origin", "HEAD:main"]);

    pull(&carol);
    carol.vault_with(&["set", "DB"], b"second").ok();
    push(&carol, "second");
    pull(&ana);
    assert_eq!(ana.vault(&["get", "QUEUE"]).ok().text(), "queue");
    bob.git(&["fetch", "-q"]);
    bob.git(&["reset", "-q", "--hard", "origin/main"]);
    bob.vault(&["get", "DB"]).refused(4, "error: your one key cannot open environment `dev`");
    job(&ana, ("job", &key), "second");
    let mut fresh = clone(&ana, "fresh");
    fresh.set(
        "CVAULT_TRUST",
        json(&ana.vault(&["trust", "--show", "--json"]).ok())["anchor"].as_str().unwrap(),
    );
    fresh.vault(&["verify", "--strict"]).ok();
}
