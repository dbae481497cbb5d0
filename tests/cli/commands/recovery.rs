//! `init --recovery` and `recovery create`.

use super::{ana_with, conversation, json, keys};
use crate::{
    harness::Person,
    pty::{is_here, vault_at_terminal},
};

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
    insta::assert_snapshot!(conversation(&ana, &["recovery", "create"], b""), @"
    exit 0
    --- stdout
    added `recovery` as an admin

    The recovery key, shown this once and stored nowhere. Print it and lock it away:

        [IDENTITY]

    It opens, writes and administers everything here; `cargo vault recovery use` takes it.
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

/// A clone of somebody who has lost every identity, and the recovery key.
fn lost() -> (Person, String) {
    let ana = ana_with(&[("DB", "value")]);
    ana.vault(&["env", "add", "prod"]).ok();
    let key =
        json(&ana.vault(&["recovery", "create", "--json"]).ok())["recovery"].as_str().unwrap().to_owned();
    ana.sh("rm -r \"$HOME/.config/cargo-vault/identities\"");
    assert_eq!(ana.vault(&["get", "DB"]).code, 4);
    (ana, key)
}

#[test]
fn recovery_key_gives_a_member_a_new_device() {
    let (mut ana, key) = lost();
    ana.set("CVAULT_KEY", key);
    insta::assert_snapshot!(conversation(&ana, &["recovery", "use", "--name", "ana"], b""), @"
    exit 0
    --- stdout
    `ana` has one more device
      identity  [RECIPIENT]  (in `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`)
    --- stderr
    help: commit and push `.vault`, and lock the recovery key away again
    ");
    ana.env.remove("CVAULT_KEY");
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "value");
    ana.vault_with(&["set", "-e", "prod", "DB"], b"value").ok();
    ana.vault(&["verify"]).ok();
}

#[test]
fn recovery_key_makes_somebody_new_an_admin() {
    let (mut ana, key) = lost();
    ana.write("../recovery.txt", key);
    ana.set("USER", "bo");
    let made = json(&ana.vault(&["recovery", "use", "--identity", "../recovery.txt", "--json"]).ok());
    assert_eq!(keys(&made), ["device", "identity", "member", "recipient", "schema"]);
    assert_eq!((made["member"].as_str(), made["device"].as_bool()), (Some("bo"), Some(false)));
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "value");
    ana.vault(&["env", "add", "stage"]).ok();
}

#[test]
fn recovery_key_is_typed_hidden() {
    let (ana, key) = lost();
    if !is_here(&ana) {
        return;
    }
    let said = vault_at_terminal(
        &ana,
        &[("The recovery key: ", &format!("{key}\r"))],
        &["recovery", "use", "--name", "ana"],
    );
    assert!(!said.text().contains(&key), "{}", said.text());
    said.ok();
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "value");
}

#[test]
fn key_that_is_no_admins_recovers_nothing_and_leaves_no_identity() {
    let (mut ana, _) = lost();
    ana.vault(&["identity", "new", "-o", "../stranger.txt"]).ok();
    let said = ana.vault(&["recovery", "use", "--name", "ana", "--identity", "../stranger.txt"]);
    assert_eq!(said.code, 4, "{}", said.err);
    ana.set("CVAULT_KEY", "nonsense");
    assert_eq!(ana.vault(&["recovery", "use", "--name", "ana"]).code, 4);
    assert!(!ana.home.join(".config/cargo-vault/identities/default.txt").exists());
}

#[test]
fn recovery_is_not_made_by_another_key_than_the_one_that_was_named() {
    let ana = ana_with(&[("DB", "value")]);
    ana.vault(&["identity", "new", "-o", "../stranger.txt"]).ok();
    let before = ana.read(".vault/roster.log");
    let said = ana.vault(&["recovery", "use", "--as", "new", "--identity", "../stranger.txt"]);
    said.refused(4, "error: this key is no admin's here, so it is no recovery key of this vault");
    assert_eq!(ana.read(".vault/roster.log"), before);
}
