//! The child's environment: who wins, what is refused, and what no child ever gets.

use std::{collections::BTreeMap, ffi::OsString};

use super::{Given, Rules, child_environment};
use crate::kernel::{name::SecretName, secret::Secret};

fn inherited(pairs: &[(&str, &str)]) -> BTreeMap<OsString, OsString> {
    pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
}

fn given(name: &str, value: impl Into<Vec<u8>>) -> Given {
    Given { name: SecretName::parse(name).unwrap(), value: Secret::new(value.into()) }
}

fn child(
    inherited: &BTreeMap<OsString, OsString>,
    given: Vec<Given>,
    rules: &Rules,
) -> Result<Vec<String>, String> {
    let environment = child_environment(inherited, given, rules).map_err(|error| error.to_string())?;
    let line = |(name, value): &(OsString, Secret)| {
        format!("{}={}", name.to_string_lossy(), String::from_utf8_lossy(value.expose()))
    };
    Ok(environment.iter().map(line).collect())
}

#[test]
fn the_vaults_value_wins_over_an_inherited_one() {
    let found = child(&inherited(&[("A", "1"), ("B", "2")]), vec![given("A", "3")], &Rules::default());
    assert_eq!(found.unwrap(), ["A=3", "B=2"]);
}

#[test]
fn an_inherited_one_wins_where_it_was_asked_to() {
    let rules = Rules { keep: ["A".to_owned(), "C".to_owned()].into(), ..Rules::default() };
    let found =
        child(&inherited(&[("A", "1")]), vec![given("A", "3"), given("B", "4"), given("C", "5")], &rules);
    assert_eq!(found.unwrap(), ["A=1", "B=4", "C=5"]);
}

#[test]
fn a_clean_environment_keeps_the_basics_and_what_was_named() {
    let rules = Rules { clean: true, keep: ["MINE".to_owned()].into(), ..Rules::default() };
    let before = inherited(&[("HOME", "/h"), ("LC_ALL", "C"), ("MINE", "1"), ("OTHER", "2")]);
    assert_eq!(
        child(&before, vec![given("A", "3")], &rules).unwrap(),
        ["A=3", "HOME=/h", "LC_ALL=C", "MINE=1"]
    );
}

#[test]
fn no_child_gets_a_key_of_ours_even_if_asked_to_keep_it() {
    let rules = Rules { keep: ["CVAULT_KEY".to_owned()].into(), keep_all: true, ..Rules::default() };
    let before =
        inherited(&[("CVAULT_KEY", "k"), ("CVAULT_KEY_FILE", "f"), ("CVAULT_KEY_COMMAND", "c"), ("X", "1")]);
    assert_eq!(child(&before, Vec::new(), &rules).unwrap(), ["X=1"]);
}

#[test]
fn a_prefix_stands_before_what_the_vault_gives_and_nothing_else() {
    let rules = Rules { prefix: "APP_".to_owned(), ..Rules::default() };
    assert_eq!(
        child(&inherited(&[("A", "1")]), vec![given("db/pass", "3")], &rules).unwrap(),
        ["A=1", "APP_DB_PASS=3"]
    );
}

#[test]
fn two_secrets_that_would_be_one_variable_are_both_named() {
    let values = vec![given("db/pass", "1"), given("DB_PASS", "2")];
    let refused = child(&inherited(&[]), values, &Rules::default()).unwrap_err();
    assert_eq!(refused, "`db/pass` and `DB_PASS` would both become the variable `DB_PASS`");
}

#[test]
fn every_value_that_no_variable_can_carry_is_named_at_once() {
    let values = vec![given("A", *b"x\0y"), given("B", "fine"), given("C", *b"\0")];
    let refused = child(&inherited(&[]), values, &Rules::default()).unwrap_err();
    assert_eq!(refused, "the value of `A`, `C` has a NUL byte, which no variable can carry");
}

#[test]
fn a_value_over_what_the_kernel_takes_is_named() {
    let most = 128 * 1024 - "A=".len() - 1;
    assert!(child(&inherited(&[]), vec![given("A", vec![b'x'; most])], &Rules::default()).is_ok());
    let refused =
        child(&inherited(&[]), vec![given("A", vec![b'x'; most + 1])], &Rules::default()).unwrap_err();
    assert_eq!(refused, "the value of `A` is over 128 KiB, which no variable can carry");
}

#[test]
fn a_name_that_steers_tools_passes_only_by_the_users_own_settings() {
    let refused = child(&inherited(&[]), vec![given("RUSTFLAGS", "-C x")], &Rules::default()).unwrap_err();
    assert_eq!(refused, "`RUSTFLAGS` could run code or change the tools in the child");
    let rules = Rules { allow: ["RUSTFLAGS".to_owned()].into(), ..Rules::default() };
    assert_eq!(child(&inherited(&[]), vec![given("RUSTFLAGS", "-C x")], &rules).unwrap(), ["RUSTFLAGS=-C x"]);
}
