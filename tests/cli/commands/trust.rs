//! `trust`.

use super::{ana_with, conversation, json, keys};
use crate::harness::Person;

/// Ana with a committed vault, its anchor, and Bob with a clone that does not know it.
fn ana_and_bob() -> (Person, String, Person) {
    let ana = ana_with(&[("A", "x")]);
    ana.commit("A");
    let anchor = json(&ana.vault(&["trust", "--show", "--json"]).ok())["anchor"].as_str().unwrap().to_owned();
    let bob = ana.clone_for("bob");
    (ana, anchor, bob)
}

#[test]
fn anchor_is_shown_to_who_knows_the_vault() {
    let ana = ana_with(&[]);
    insta::assert_snapshot!(conversation(&ana, &["trust", "--show"], b""), @r"
    exit 0
    --- stdout
      vault    [VAULT]
      founder  ana
      members  ana
      anchor   [ANCHOR]
    --- stderr
    ");
}

#[test]
fn trust_in_json_has_its_shape() {
    let ana = ana_with(&[]);
    let answer = json(&ana.vault(&["trust", "--show", "--json"]).ok());
    assert_eq!(keys(&answer), ["anchor", "founder", "members", "schema", "vault"]);
}

#[test]
fn anchor_of_an_unknown_vault_is_shown_with_a_warning() {
    let (_ana, anchor, bob) = ana_and_bob();
    let said = bob.vault(&["trust", "--show"]);
    assert_eq!(said.code, 5);
    assert!(
        said.text().contains(&anchor) && said.err.starts_with("warning: nothing vouches for this vault here")
    );
    bob.vault(&["list"]).refused(5, "error: this vault is not known here yet");
}

#[test]
fn vault_is_known_after_its_anchor_was_given() {
    let (_ana, anchor, bob) = ana_and_bob();
    insta::assert_snapshot!(conversation(&bob, &["trust", &anchor], b""), @r"
    exit 0
    --- stdout
    this vault is trusted from now on
      vault    [VAULT]
      founder  ana
      members  ana
      anchor   [ANCHOR]
    --- stderr
    ");
    assert_eq!(bob.vault(&["list"]).ok().text(), "A\n");
}

#[test]
fn anchor_of_another_vault_is_refused() {
    let (_ana, _, bob) = ana_and_bob();
    let (_eve, other, _) = ana_and_bob();
    assert_eq!(bob.vault(&["trust", &other]).code, 5);
    bob.vault(&["list"]).refused(5, "error: this vault is not known here yet");
}

#[test]
fn anchor_of_another_line_is_refused() {
    let (_ana, anchor, bob) = ana_and_bob();
    let turned = if anchor.ends_with('0') { "1" } else { "0" };
    let other = format!("{}{turned}", &anchor[..anchor.len() - 1]);
    assert_eq!(bob.vault(&["trust", &other]).code, 5);
    bob.vault(&["list"]).refused(5, "error: this vault is not known here yet");
}

#[test]
fn word_that_is_no_anchor_is_a_fault_of_usage() {
    let (_ana, _, bob) = ana_and_bob();
    assert_eq!(bob.vault(&["trust", "yes"]).code, 2);
    assert_eq!(bob.vault(&["trust"]).code, 2);
}

#[test]
fn variable_with_an_anchor_vouches_for_the_vault() {
    let (_ana, anchor, mut bob) = ana_and_bob();
    bob.set("CVAULT_TRUST", anchor);
    assert_eq!(bob.vault(&["list"]).ok().text(), "A\n");
}

#[test]
fn variable_with_nonsense_is_refused() {
    let (_ana, _, mut bob) = ana_and_bob();
    bob.set("CVAULT_TRUST", "yes");
    bob.vault(&["list"]).refused(2, "error: `CVAULT_TRUST` is neither `first-use` nor an anchor");
}

#[test]
fn refusal_of_first_use_says_all_that_is_to_be_compared() {
    let (_ana, _, bob) = ana_and_bob();
    insta::assert_snapshot!(conversation(&bob, &["list"], b""), @r"
    exit 5
    --- stdout
    --- stderr
    error: this vault is not known here yet

      vault    [VAULT]
      founder  ana
      members  ana
      anchor   [ANCHOR]
    help: if that is the vault you mean: `cargo vault trust [ANCHOR]`
    help: where nothing is kept between commands: `export CVAULT_TRUST=[ANCHOR]`
    ");
}
