//! What a shell loads and puts back, and what it holds meanwhile.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::{OsStr, OsString},
    path::PathBuf,
};

use super::{Given, Held, Loaded, Now, Turn, Unfit, os, variables};
use crate::kernel::{
    name::{EnvName, SecretName},
    secret::Secret,
};

const KEY: [u8; 32] = [7; 32];

type Env = BTreeMap<OsString, OsString>;

fn env(pairs: &[(&str, &str)]) -> Env {
    pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, Secret> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), Secret::new((*value).into()))).collect()
}

/// A shell as it goes from prompt to prompt.
struct Shell {
    env: Env,
    held: Vec<Loaded>,
}

impl Shell {
    fn new(pairs: &[(&str, &str)]) -> Self {
        Self { env: env(pairs), held: Vec::new() }
    }

    /// What a prompt changes, and what the person is told.
    fn prompt(&mut self, same: bool, loaded: &[(&str, &str)]) -> String {
        let now = Now { env: &self.env, held: &self.held, key: Some(&KEY), same };
        let turn: Turn = now.turn(values(loaded)).unwrap();
        let told = now.told(&turn).join(" ");
        for (name, value) in turn.set {
            self.env.insert(name.into(), os(value.expose().to_vec()));
        }
        turn.unset.iter().for_each(|name| drop(self.env.remove(OsStr::new(name))));
        self.held = turn.loaded;
        told
    }
}

#[test]
fn what_was_loaded_is_put_back_exactly() {
    let mut shell = Shell::new(&[("OLD", "old"), ("EMPTY", ""), ("REST", "rest")]);
    let before = shell.env.clone();
    assert_eq!(shell.prompt(false, &[("OLD", "1"), ("EMPTY", "2"), ("NEW", "3")]), "~EMPTY +NEW ~OLD");
    assert_eq!(shell.env, env(&[("OLD", "1"), ("EMPTY", "2"), ("NEW", "3"), ("REST", "rest")]));
    assert_eq!(shell.prompt(false, &[]), "~EMPTY -NEW ~OLD");
    assert_eq!((shell.env, shell.held), (before, Vec::new()));
}

#[test]
fn value_that_is_there_already_is_not_told_and_stays() {
    let mut shell = Shell::new(&[("A", "1")]);
    assert_eq!(shell.prompt(false, &[("A", "1")]), "");
    assert_eq!(shell.prompt(true, &[("A", "2")]), "~A");
    assert_eq!(shell.prompt(false, &[]), "~A");
    assert_eq!(shell.env, env(&[("A", "1")]));
}

#[test]
fn secret_that_is_gone_is_put_back_while_others_stay() {
    let mut shell = Shell::new(&[("A", "old")]);
    shell.prompt(false, &[("A", "1"), ("B", "2")]);
    assert_eq!(shell.prompt(true, &[("B", "2")]), "~A");
    assert_eq!(shell.env, env(&[("A", "old"), ("B", "2")]));
}

#[test]
fn another_vault_gives_back_what_was_before_both() {
    let mut shell = Shell::new(&[("A", "old")]);
    shell.prompt(false, &[("A", "1"), ("B", "1")]);
    assert_eq!(shell.prompt(false, &[("A", "2"), ("C", "2")]), "~A -B +C");
    assert_eq!(shell.prompt(false, &[]), "~A -C");
    assert_eq!(shell.env, env(&[("A", "old")]));
}

#[test]
fn changed_variable_stays_until_another_vault_loads_it() {
    let mut shell = Shell::new(&[]);
    shell.prompt(false, &[("A", "1"), ("B", "1")]);
    shell.env.extend(env(&[("A", "mine")]));
    shell.env.remove(OsStr::new("B"));
    assert_eq!(shell.prompt(true, &[("A", "2"), ("B", "2")]), "");
    assert_eq!(shell.env, env(&[("A", "mine")]));
    assert_eq!(shell.prompt(false, &[("A", "3"), ("B", "3")]), "~A +B");
    assert_eq!(shell.prompt(false, &[]), "~A -B");
    assert_eq!(shell.env, env(&[("A", "mine")]));
}

#[test]
fn without_the_key_all_that_was_loaded_is_put_back() {
    let mut shell = Shell::new(&[("A", "old")]);
    shell.prompt(false, &[("A", "1")]);
    let now = Now { env: &shell.env, held: &shell.held, key: None, same: false };
    let turn = now.turn(BTreeMap::new()).unwrap();
    assert_eq!(turn.set["A"].expose(), b"old");
}

#[test]
fn values_of_more_than_an_environment_are_too_much() {
    let big = "x".repeat(300 * 1024);
    let now = Now { env: &Env::new(), held: &[], key: Some(&KEY), same: false };
    assert!(now.turn(values(&[("A", &big)])).is_ok());
    assert!(now.turn(values(&[("A", &big), ("B", &big)])).is_err());
}

fn given(name: &str, value: &str) -> Given {
    Given { name: SecretName::parse(name).unwrap(), value: Secret::new(value.into()) }
}

#[test]
fn values_that_are_no_variables_are_left_out_each_with_a_reason() {
    let all = [
        ("A", ""),
        ("LD_PRELOAD", ""),
        ("PS1", ""),
        ("x/y", ""),
        ("X_Y", ""),
        ("bytes", "no"),
        ("B", "b"),
        ("CVAULT_KEY", ""),
    ];
    let all = all.iter().map(|(name, value)| given(name, value)).collect();
    let allow = BTreeSet::from(["PS1", "CVAULT_KEY"].map(str::to_owned));
    let made = variables(all, &allow, |value| value.expose() != b"no");
    let unfit: Vec<(&str, Unfit)> = made.unfit.iter().map(|(name, why)| (name.as_str(), *why)).collect();
    let wanted = [
        ("LD_PRELOAD", Unfit::Name),
        ("x/y", Unfit::Clash),
        ("X_Y", Unfit::Clash),
        ("bytes", Unfit::Bytes),
        ("CVAULT_KEY", Unfit::Name),
    ];
    assert_eq!(unfit, wanted);
    assert_eq!(made.fit.keys().collect::<Vec<_>>(), ["A", "B", "PS1"]);
}

#[test]
fn longest_variable_is_the_system_s() {
    let long = |len: usize| vec![given("A", &"x".repeat(len))];
    let fits = |len: usize| variables(long(len), &BTreeSet::new(), |_| true).unfit.is_empty();
    assert_eq!((fits(128 * 1024 - 3), fits(128 * 1024 - 2)), (true, false));
}

fn held() -> Held {
    let was = |bytes: &[u8]| Some(os(bytes.to_vec()));
    let loaded = |name: &str, was| Loaded { name: name.to_owned(), was, mark: [9; 16] };
    Held {
        place: PathBuf::from("/a:b,\n/.vault"),
        seen: [3; 16],
        envs: vec![EnvName::parse("dev").unwrap(), EnvName::parse("prod").unwrap()],
        loaded: vec![loaded("A", None), loaded("B", was(b"")), loaded("C", was(b"a:b,\xff\n'"))],
    }
}

#[test]
fn what_is_held_is_read_back() {
    let all = held();
    let none = Held { envs: Vec::new(), loaded: Vec::new(), ..held() };
    for held in [all, none] {
        let text = held.print().unwrap();
        assert_eq!(Held::parse(OsStr::new(std::str::from_utf8(text.expose()).unwrap())), Some(held));
    }
}

#[test]
fn what_is_held_wrongly_is_nothing() {
    let text = String::from_utf8(held().print().unwrap().expose().to_vec()).unwrap();
    let wrong = [
        text.replacen('1', "2", 1),
        text.replace(":A,", ":A;touch x,"),
        text.replace(":A,", ":CVAULT_HOOK,"),
        text.replace(":dev,", ":$(x),"),
        format!("{text},-"),
        format!("{text}:A"),
        String::new(),
    ];
    assert_eq!(wrong.map(|text| Held::parse(OsStr::new(&text))), [const { None }; 7]);
}

#[test]
fn more_than_a_variable_should_have_is_not_held() {
    let was = Some(OsString::from("x".repeat(100 * 1024)));
    let loaded = vec![Loaded { name: "A".to_owned(), was, mark: [9; 16] }];
    assert!(Held { loaded, ..held() }.print().is_none());
}
