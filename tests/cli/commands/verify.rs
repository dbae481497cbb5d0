//! `verify`.

use std::fs;

use super::{ana_with, conversation, json, keys};

#[test]
fn sound_vault_is_verified() {
    let ana = ana_with(&[("A", "x")]);
    insta::assert_snapshot!(conversation(&ana, &["verify"], b""), @r"
    exit 0
    --- stdout
    everything here is as its members signed it
      vault     [VAULT]
      verified  1 secret, 1 environment, 1 log line
      history   1 commit, of which 1 changed the vault
    --- stderr
    ");
}

#[test]
fn verify_needs_no_key() {
    let ana = ana_with(&[("A", "x")]);
    fs::remove_dir_all(ana.home.join(".config")).unwrap();
    ana.vault(&["verify"]).ok();
}

#[test]
fn verify_in_json_has_its_shape() {
    let ana = ana_with(&[("A", "x")]);
    let answer = json(&ana.vault(&["verify", "--json"]).ok());
    assert_eq!(
        keys(&answer),
        [
            "anchor",
            "changes",
            "environments",
            "findings",
            "history",
            "known",
            "lines",
            "ok",
            "schema",
            "secrets",
            "vault"
        ]
    );
    assert_eq!(
        (&answer["ok"], &answer["known"], &answer["secrets"]),
        (&true.into(), &true.into(), &1.into())
    );
}

#[test]
fn everything_that_is_wrong_is_found_at_once() {
    let ana = ana_with(&[("A", "x"), ("B", "y")]);
    let (a, b) = (ana.read(".vault/secrets/dev/A.toml"), ana.read(".vault/secrets/dev/B.toml"));
    ana.write(".vault/secrets/dev/A.toml", b);
    ana.write(".vault/secrets/dev/B.toml", a);
    let said = ana.vault(&["verify", "--json"]);
    let answer = json(&said);
    let paths: Vec<&str> =
        answer["findings"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
    assert_eq!((said.code, &answer["ok"]), (5, &false.into()));
    assert!(paths.len() == 2 && paths[0].contains("A.toml") && paths[1].contains("B.toml"), "{paths:?}");
    assert_eq!(keys(&answer["findings"][0]), ["class", "code", "help", "message", "path"]);
}

#[test]
fn unknown_vault_is_verified_with_its_anchor_given() {
    let ana = ana_with(&[("A", "x")]);
    ana.commit("A");
    let anchor = json(&ana.vault(&["trust", "--show", "--json"]).ok())["anchor"].as_str().unwrap().to_owned();
    let bob = ana.clone_for("bob");
    let said = bob.vault(&["verify", "--anchor", &anchor]).ok();
    assert_eq!(said.err, "");
}

#[test]
fn unknown_vault_without_an_anchor_is_warned_of() {
    let ana = ana_with(&[("A", "x")]);
    ana.commit("A");
    let bob = ana.clone_for("bob");
    let said = bob.vault(&["verify"]);
    assert!(said.err.starts_with("warning: nothing vouches for this vault here"), "{}", said.err);
    assert_eq!(json(&bob.vault(&["verify", "--json"]))["known"], false);
}
