//! `identity`.

use std::{fs, os::unix::fs::PermissionsExt};

use super::{ana_with, conversation, json, keys};
use crate::{
    harness::{PROGRAM, Person},
    pty::{is_here, vault_at_terminal},
};

const DEFAULT: &str = ".config/cargo-vault/identities/default.txt";

#[test]
fn identity_is_made_in_the_users_folder() {
    let ana = Person::new("ana");
    insta::assert_snapshot!(conversation(&ana, &["identity", "new"], b""), @r"
    exit 0
    --- stdout
    made an identity in `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]
    --- stderr
    ");
}

#[test]
fn identity_file_is_for_its_owner_only() {
    let ana = Person::new("ana");
    ana.sh(&format!("umask 000; {PROGRAM} identity new"));
    let mode = |path: &str| fs::metadata(ana.home.join(path)).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(DEFAULT), mode(".config/cargo-vault/identities")), (0o600, 0o700));
}

#[test]
fn identity_in_json_has_its_shape() {
    let ana = Person::new("ana");
    assert_eq!(
        keys(&json(&ana.vault(&["identity", "new", "--json"]).ok())),
        ["path", "recipient", "schema", "signs"]
    );
    let shown = json(&ana.vault(&["identity", "show", "--json"]).ok());
    assert_eq!(keys(&shown["identities"][0]), ["origin", "recipient", "signs"]);
}

#[test]
fn second_identity_of_one_name_is_refused_and_the_first_stays() {
    let ana = Person::new("ana");
    ana.vault(&["identity", "new"]).ok();
    let before = fs::read(ana.home.join(DEFAULT)).unwrap();
    let error = format!("error: `{}` exists already", ana.home.join(DEFAULT).display());
    ana.vault(&["identity", "new"]).refused(6, &error);
    assert_eq!(fs::read(ana.home.join(DEFAULT)).unwrap(), before);
}

#[test]
fn identity_goes_to_the_file_that_is_named() {
    let ana = Person::new("ana");
    ana.vault(&["identity", "new", "-o", "key.txt"]).ok();
    let text = String::from_utf8(ana.read("key.txt")).unwrap();
    assert!(text.contains("\nAGE-SECRET-KEY-1"), "not an identity file");
    assert_eq!(fs::metadata(ana.path("key.txt")).unwrap().permissions().mode() & 0o7777, 0o600);
    assert!(!ana.home.join(DEFAULT).exists());
}

#[test]
fn name_of_an_identity_is_no_path() {
    let ana = Person::new("ana");
    assert_eq!(ana.vault(&["identity", "new", "../x"]).code, 2);
}

#[test]
fn every_identity_is_shown() {
    let ana = Person::new("ana");
    ana.vault(&["identity", "new"]).ok();
    ana.vault(&["identity", "new", "work"]).ok();
    insta::assert_snapshot!(conversation(&ana, &["identity", "show"], b""), @r"
    exit 0
    --- stdout
    `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]

    `[ROOT]/ana-home/.config/cargo-vault/identities/work.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]
    --- stderr
    ");
}

#[test]
fn nothing_private_is_shown() {
    let ana = Person::new("ana");
    ana.vault(&["identity", "new"]).ok();
    let said = ana.vault(&["identity", "show", "-v"]).ok();
    assert!(!said.text().contains("AGE-SECRET") && !said.err.contains("AGE-SECRET"));
}

#[test]
fn no_identity_is_said_with_what_to_type() {
    let ana = Person::new("ana");
    insta::assert_snapshot!(conversation(&ana, &["identity", "show"], b""), @r"
    exit 3
    --- stdout
    --- stderr
    error: you have no identity yet

    help: `cargo vault identity new` makes one; `cargo vault init` does too
    ");
}

#[test]
fn identity_that_others_can_read_is_refused() {
    let ana = ana_with(&[("A", "x")]);
    fs::set_permissions(ana.home.join(DEFAULT), fs::Permissions::from_mode(0o640)).unwrap();
    let said = ana.vault(&["get", "A"]);
    assert!(said.err.contains("help: `chmod 600 /"), "{}", said.err);
    let error = format!("error: others can read `{}` (mode 640)", ana.home.join(DEFAULT).display());
    said.refused(4, &error);
}

#[test]
fn identity_under_a_passphrase_shows_its_public_half_only() {
    let ana = Person::new("ana");
    if !is_here(&ana) {
        return;
    }
    let typed = [("Passphrase of the new identity: ", "p\r"), ("the same again: ", "p\r")];
    vault_at_terminal(&ana, &typed, &["identity", "new", "--passphrase"]).ok();
    let file = fs::read_to_string(ana.home.join(DEFAULT)).unwrap();
    assert!(!file.contains("AGE-SECRET-KEY"));
    let shown = json(&ana.vault(&["identity", "show", "--json"]).ok())["identities"][0].clone();
    assert_eq!((shown["recipient"].is_string(), &shown["signs"]), (true, &serde_json::Value::Null));
}

#[test]
fn named_identity_comes_before_the_users_own() {
    let ana = ana_with(&[("A", "x")]);
    ana.vault(&["identity", "new", "-o", "other.txt"]).ok();
    let shown = json(&ana.vault(&["identity", "show", "--json", "-i", "other.txt"]).ok());
    assert!(shown["identities"][0]["origin"].as_str().unwrap().contains("other.txt"));
    // It opens nothing, and the user's own still does.
    assert_eq!(ana.vault(&["get", "A", "-i", "other.txt"]).ok().out, b"x");
}

#[test]
fn identity_file_that_is_none_is_refused() {
    let ana = ana_with(&[("A", "x")]);
    ana.write("junk", "AGE-SECRET-KEY-1NOT\n");
    let said = ana.vault(&["get", "A", "-i", "junk"]);
    assert_eq!((said.code, said.out.len()), (4, 0));
    assert!(
        said.err.starts_with("error: `") && said.err.contains("junk`: this is no identity of age\n"),
        "{}",
        said.err
    );
}
