//! The order in which keys are looked for, and who one is.

use super::{DEFAULT, ana, have, ssh_key};
use crate::{
    commands::{conversation, json},
    harness::Person,
    pty::{is_here, vault_at_terminal},
};

#[test]
fn whoami_says_who_and_by_which_key() {
    let ana = ana();
    insta::assert_snapshot!(conversation(&ana, &["whoami"], b""), @"
    exit 0
    --- stdout
    you are `ana`, an admin
      opens  dev (write)
      by     [RECIPIENT]  (in `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`)
    --- stderr
    ");
}

#[test]
fn whoami_shows_the_whole_search_in_its_order() {
    if !have(&["ssh-keygen"]) {
        return;
    }
    let mut ana = ana();
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault(&["identity", "new", "-o", "../other.txt"]).ok();
    let key = ssh_key(&ana, "ed25519", "id_ed25519", "secret");
    ana.vault(&["identity", "enrol", &key]).ok();
    ana.set("CVAULT_KEY_FILE", "../other.txt").set("CVAULT_KEY_COMMAND", "exit 1");
    insta::with_settings!({ filters => vec![(r"\S{10}…\S{4}", "[ID]…[ID]"), (r"ssh-ed25519 …\S{4}", "ssh-ed25519 [ID]…[ID]"), (" +", " ")] }, {
        insta::assert_snapshot!(conversation(&ana, &["whoami", "-v"], b""), @"
        exit 0
        --- stdout
        you are `ana`, an admin
         opens dev (write), prod (write)
         by [RECIPIENT] (in `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`)

        SOURCE KEY WHERE MEMBER OPENS
        --identity not given
        CVAULT_KEY not given
        CVAULT_KEY_FILE [ID]…[ID] `[ROOT]/ana-project/../other.txt` (from `CVAULT_KEY_FILE`) nobody here
        CVAULT_KEY_COMMAND `CVAULT_KEY_COMMAND` ended with exit status: 1
        identity files [ID]…[ID] `~/.config/cargo-vault/identities/default.txt` ana dev (write), prod (write)
        system keychain none
        SSH keys ssh-ed25519 [ID]…[ID] `~/.ssh/id_ed25519`, under a passphrase ana dev (write), prod (write)
        --- stderr
        ");
    });
    let answer = json(&ana.vault(&["whoami", "--json"]).ok());
    let sources: Vec<&str> = answer["search"]
        .as_array()
        .unwrap()
        .iter()
        .map(|looked| looked["source"].as_str().unwrap())
        .collect();
    let order = [
        "--identity",
        "CVAULT_KEY",
        "CVAULT_KEY_FILE",
        "CVAULT_KEY_COMMAND",
        "identity files",
        "system keychain",
        "SSH keys",
    ];
    assert_eq!(sources, order);
}

#[test]
fn stranger_is_told_so_with_what_to_do() {
    let ana = ana();
    let bo = ana.clone_for("bo");
    bo.vault(&["identity", "new"]).ok();
    insta::assert_snapshot!(conversation(&bo, &["whoami"], b""), @"
    exit 4
    --- stdout
    none of your keys is a member's here
    --- stderr
    warning: nothing vouches for this vault here: compare it with what a member of it sees
    help: `cargo vault join` asks to be let in
    ");
}

#[test]
fn whoami_needs_a_vault() {
    let ana = Person::new("ana");
    let error = format!("error: there is no `.vault` in `{}` or any folder above it", ana.cwd.display());
    ana.vault(&["whoami"]).refused(3, &error);
}

#[test]
fn key_that_asks_nobody_is_taken_before_one_under_a_passphrase() {
    let ana = ana();
    if !is_here(&ana) {
        return;
    }
    // `a` comes first by its name, and is a device of ana's like the other.
    let answers = [("New passphrase", "right\r"), ("the same again", "right\r")];
    vault_at_terminal(&ana, &answers, &["identity", "new", "a", "--passphrase"]).ok();
    let shown = ana.vault(&["identity", "list", "--json"]).ok();
    let listed = json(&shown);
    let a = &listed["identities"][0];
    assert_eq!((a["name"].as_str(), a["guard"].as_str()), (Some("a"), Some("under a passphrase")));
    let exported = vault_at_terminal(
        &ana,
        &[("Passphrase of", "right\r")],
        &["identity", "export", "a", "-o", "../a.txt"],
    );
    exported.ok();
    let named = ana.vault(&["--identity", "../a.txt", "identity", "show", "--json"]).ok();
    let shown = json(&named);
    let (recipient, signs) = (&shown["identities"][0]["recipient"], &shown["identities"][0]["signs"]);
    ana.vault(&["identity", "enrol", recipient.as_str().unwrap(), signs.as_str().unwrap()]).ok();
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "first");
    std::fs::remove_file(ana.home.join(DEFAULT)).unwrap();
    let said = vault_at_terminal(&ana, &[("Passphrase of", "right\r")], &["get", "DB"]).ok();
    assert!(said.text().contains("first"), "{}", said.text());
}
