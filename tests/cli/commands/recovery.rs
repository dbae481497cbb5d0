//! `init --recovery` and `recovery create`.

use super::{ana_with, conversation, json, keys};
use crate::harness::Person;

/// Somebody in a clone who has this key in a file and nothing else.
fn holder(ana: &Person, key: &str) -> Person {
    ana.commit("before the loss");
    let mut holder = ana.clone_for("holder");
    holder.set("CVAULT_TRUST", "first-use");
    holder.write("../paper", format!("{key}\n"));
    holder
}

#[track_caller]
fn assert_opens_writes_and_administers(holder: &Person) {
    assert_eq!(holder.vault(&["get", "A", "-i", "../paper"]).ok().out, b"x");
    holder.vault_with(&["set", "A", "-i", "../paper"], b"y").ok();
    holder.vault(&["env", "add", "prod", "-i", "../paper"]).ok();
    assert_eq!(holder.vault(&["run", "-i", "../paper", "--", "/usr/bin/printenv", "A"]).ok().out, b"y\n");
    holder.vault(&["verify"]).ok();
}

#[test]
fn recovery_key_of_init_opens_writes_and_administers() {
    let ana = Person::new("ana");
    ana.git(&["init", "-q", "-b", "main", "."]);
    let made = json(&ana.vault(&["init", "--recovery", "--json"]).ok());
    ana.vault_with(&["set", "A"], b"x").ok();
    assert_opens_writes_and_administers(&holder(&ana, made["recovery"].as_str().unwrap()));
}

#[test]
fn recovery_key_made_later_opens_writes_and_administers() {
    let ana = ana_with(&[("A", "x")]);
    let made = json(&ana.vault(&["recovery", "create", "--json"]).ok());
    assert_eq!(keys(&made), ["member", "recovery", "schema"]);
    assert_opens_writes_and_administers(&holder(&ana, made["recovery"].as_str().unwrap()));
}

#[test]
fn recovery_key_is_shown_once_and_stored_nowhere() {
    let ana = ana_with(&[]);
    insta::assert_snapshot!(conversation(&ana, &["recovery", "create"], b""), @r"
    exit 0
    --- stdout
    added `recovery` as an admin

    The recovery key, shown this once and stored nowhere. Print it and lock it away:

        [IDENTITY]

    It opens, writes and administers everything here, as `--identity FILE` with it in the file.
    --- stderr
    ");
    let found = ana.sh("grep -rl AGE-SECRET-KEY-1 .. | sort");
    assert_eq!(found, "../ana-home/.config/cargo-vault/identities/default.txt\n");
}

#[test]
fn recovery_member_has_the_name_that_was_given() {
    let ana = ana_with(&[]);
    let said = ana.vault(&["recovery", "create", "--name", "safe"]).ok();
    assert!(said.text().starts_with("added `safe` as an admin\n"), "{}", said.text());
    assert!(ana.vault(&["env", "list"]).ok().text().contains("ana safe"));
}

#[test]
fn second_recovery_of_one_name_is_refused() {
    let ana = ana_with(&[]);
    ana.vault(&["recovery", "create"]).ok();
    ana.vault(&["recovery", "create"]).refused(6, "error: `recovery` is a member already");
}

#[test]
fn environment_that_the_maker_cannot_open_is_warned_of() {
    let ana = ana_with(&[]);
    let key = json(&ana.vault(&["recovery", "create", "--json"]).ok())["recovery"].clone();
    let holder = holder(&ana, key.as_str().unwrap());
    holder.vault(&["env", "add", "prod", "-i", "../paper"]).ok();
    holder.commit("prod");
    ana.git(&["pull", "-q", holder.cwd.to_str().unwrap(), "main"]);
    let said = ana.vault(&["recovery", "create", "--name", "second"]).ok();
    assert_eq!(said.err, "warning: you cannot open `prod`, so this key will not either\n");
}
