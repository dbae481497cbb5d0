//! SSH keys as identities: found where ssh has them, plain and under a passphrase, to sign and to read.

use std::{fs, os::unix::fs::PermissionsExt};

use super::{ana, have, hidden_away, ssh_key};
use crate::pty::{is_here, vault_at_terminal};

#[test]
fn ssh_ed25519_key_opens_and_signs() {
    if !have(&["ssh-keygen"]) {
        return;
    }
    let ana = ana();
    let key = ssh_key(&ana, "ed25519", "id_ed25519", "");
    ana.vault(&["identity", "enrol", &key]).ok();
    hidden_away(&ana);
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "first");
    ana.vault_with(&["set", "DB"], b"second").ok();
    ana.vault(&["verify"]).ok();
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "second");
}

#[test]
fn ssh_key_under_a_passphrase_is_asked_for_it_once() {
    if !have(&["ssh-keygen"]) {
        return;
    }
    let ana = ana();
    if !is_here(&ana) {
        return;
    }
    let key = ssh_key(&ana, "ed25519", "id_ed25519", "correct horse");
    ana.vault(&["identity", "enrol", &key]).ok();
    hidden_away(&ana);
    let place = ana.home.join(".ssh/id_ed25519");
    let error =
        format!("error: `{}` is under a passphrase, and there is no terminal to ask for it", place.display());
    ana.vault(&["get", "DB"]).refused(4, &error);
    let said =
        vault_at_terminal(&ana, &[("Passphrase of", "correct horse\r")], &["set", "DB", "second"]).ok();
    assert_eq!(said.text().matches("Passphrase of").count(), 1, "{}", said.text());
    let said = vault_at_terminal(&ana, &[("Passphrase of", "correct horse\r")], &["get", "DB"]).ok();
    assert!(said.text().contains("second"), "{}", said.text());
    let said = vault_at_terminal(&ana, &[("Passphrase of", "wrong\r")], &["get", "DB"]);
    let error = format!("error: `{}`: the passphrase does not open this identity", place.display());
    assert!(said.code == 4 && said.text().contains(&error), "{}", said.text());
}

#[test]
fn ssh_rsa_key_reads_and_cannot_write() {
    if !have(&["ssh-keygen"]) {
        return;
    }
    let ana = ana();
    let key = ssh_key(&ana, "rsa -b 2048", "id_rsa", "");
    ana.vault(&["ci", "setup", "--name", "reader"]).ok();
    ana.vault(&["identity", "enrol", "--member", "reader", &key]).ok();
    hidden_away(&ana);
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "first");
    let error = "error: `reader` may only read with this key: the roster does not let it sign";
    ana.vault_with(&["set", "DB"], b"second").refused(1, error);
}

#[test]
fn ssh_rsa_key_of_one_who_writes_is_refused_for_it_signs_nothing() {
    if !have(&["ssh-keygen"]) {
        return;
    }
    let ana = ana();
    let key = ssh_key(&ana, "rsa -b 2048", "id_rsa", "");
    let before = ana.read(".vault/roster.log");
    let error = "error: `ana` writes, so a signing key belongs to this recipient";
    ana.vault(&["identity", "enrol", &key]).refused(2, error);
    assert_eq!(ana.read(".vault/roster.log"), before);
}

#[test]
fn ssh_key_that_others_can_read_is_refused_only_where_it_is_wanted() {
    if !have(&["ssh-keygen"]) {
        return;
    }
    let ana = ana();
    let key = ssh_key(&ana, "ed25519", "id_ed25519", "");
    let place = ana.home.join(".ssh/id_ed25519");
    fs::set_permissions(&place, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "first");
    ana.vault(&["identity", "enrol", &key]).ok();
    hidden_away(&ana);
    let said = ana.vault(&["get", "DB"]);
    said.refused(4, &format!("error: others can read `{}` (mode 644)", place.display()));
}

#[test]
fn ssh_key_of_no_use_to_age_is_passed_over() {
    if !have(&["ssh-keygen"]) {
        return;
    }
    let ana = ana();
    ssh_key(&ana, "ecdsa", "id_ed25519", "");
    ana.sh("printf 'no key at all' > \"$HOME/.ssh/id_rsa\"; chmod 600 \"$HOME/.ssh/id_rsa\"");
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "first");
    hidden_away(&ana);
    ana.vault(&["get", "DB"])
        .refused(4, "error: no key of yours was found, so environment `dev` stays locked");
}

#[test]
fn vault_is_founded_with_an_ssh_key_only_if_it_is_named() {
    if !have(&["ssh-keygen"]) {
        return;
    }
    let ana = crate::harness::Person::new("ana");
    let key = ssh_key(&ana, "ed25519", "id_ed25519", "");
    ana.vault(&["init", "--identity", "../ana-home/.ssh/id_ed25519"]).ok();
    assert!(String::from_utf8(ana.read(".vault/roster.toml")).unwrap().contains(&key));
    ana.vault_with(&["set", "DB"], b"value").ok();
    let bo = ana.other("bo");
    ssh_key(&bo, "ed25519", "id_ed25519", "");
    bo.vault(&["init"]).ok();
    assert!(!String::from_utf8(bo.read(".vault/roster.toml")).unwrap().contains("ssh-ed25519 \", "));
    assert!(bo.home.join(super::DEFAULT).exists(), "a new identity was made");
}

#[test]
fn stock_age_opens_what_is_wrapped_to_an_ssh_key() {
    if !have(&["ssh-keygen", "age"]) {
        return;
    }
    let ana = ana();
    let key = ssh_key(&ana, "ed25519", "id_ed25519", "");
    ana.vault(&["identity", "enrol", &key]).ok();
    let opened = ana.sh(
        "for file in .vault/keys/dev/*.age; do age -d -i \"$HOME/.ssh/id_ed25519\" \"$file\" 2>/dev/null | wc -c; done",
    );
    assert!(opened.lines().any(|size| size.trim() == "32"), "{opened}");
}
