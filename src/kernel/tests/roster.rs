//! The roster's rules between its parts, former keys, and the order in which environments are asked.

use std::collections::BTreeMap;

use super::{env, environment, member, now, person, roster, some_vault};
use crate::kernel::{
    format::roster::{parse, print},
    model::{Access, Former, KeyText, Role, Roster},
    refusal::{Refusal, RosterFault},
    seal::Identity,
    time::Timestamp,
};

fn sound() -> (Roster, Identity) {
    let ana = Identity::generate();
    (roster(some_vault(), &ana), ana)
}

fn former(identity: &Identity, environments: &[&str]) -> Former {
    let keys = vec![KeyText::from(&identity.signing_key().public())];
    Former { keys, left: now(), environments: environments.iter().map(|name| (env(name), 1)).collect() }
}

fn key(identity: &Identity) -> KeyText {
    KeyText::from(&identity.signing_key().public())
}

/// Bob, a former member of dev.
fn with_former_bob() -> (Roster, Identity) {
    let (mut roster, _) = sound();
    let bob = Identity::generate();
    roster.former.insert(member("bob"), former(&bob, &["dev"]));
    (roster, bob)
}

#[test]
fn a_sound_roster_is_accepted() {
    assert_eq!(sound().0.check(), Ok(()));
}

#[test]
fn a_roster_without_admin_is_refused() {
    let (mut roster, ana) = sound();
    roster.members.insert(member("ana"), person(&ana, Role::Member));
    assert_eq!(roster.check(), Err(Refusal::Roster(RosterFault::NoAdmin)));
}

#[test]
fn two_members_with_one_key_are_refused() {
    let (mut roster, ana) = sound();
    roster.members.insert(member("bob"), person(&ana, Role::Member));
    assert_eq!(roster.check(), Err(Refusal::Roster(RosterFault::SharedKey(member("ana"), member("bob")))));
}

#[test]
fn a_circle_of_three_is_refused() {
    let (mut roster, _) = sound();
    for (name, other) in [("a", "b"), ("b", "c"), ("c", "a")] {
        roster.environments.insert(env(name), environment(&["ana"], &[other]));
    }
    assert_eq!(roster.check(), Err(Refusal::Roster(RosterFault::Circle(env("a")))));
}

#[test]
fn two_ways_to_one_environment_are_no_circle() {
    let (mut roster, _) = sound();
    roster.environments.insert(env("b"), environment(&["ana"], &["dev"]));
    roster.environments.insert(env("c"), environment(&["ana"], &["b", "dev"]));
    assert_eq!(roster.check(), Ok(()));
}

#[test]
fn environments_are_asked_depth_first_and_once() {
    let (mut roster, _) = sound();
    roster.environments.insert(env("a"), environment(&["ana"], &["b", "c"]));
    roster.environments.insert(env("b"), environment(&["ana"], &["dev"]));
    roster.environments.insert(env("c"), environment(&["ana"], &["dev"]));
    let lineage: Vec<String> = roster.lineage(&env("a")).into_iter().map(|env| env.to_string()).collect();
    assert_eq!(lineage, ["a", "b", "dev", "c"]);
}

#[test]
fn a_long_chain_of_environments_is_asked_to_its_end() {
    let (mut roster, _) = sound();
    for i in 0..1000 {
        let extends = if i == 0 { "dev".to_owned() } else { format!("e{}", i - 1) };
        roster.environments.insert(env(&format!("e{i}")), environment(&["ana"], &[&extends]));
    }
    assert_eq!(roster.check(), Ok(()));
    assert_eq!(roster.lineage(&env("e999")).len(), 1001);
}

#[test]
fn a_former_key_is_dead_where_it_was_lost() {
    let (roster, bob) = with_former_bob();
    assert!(roster.is_dead(&env("dev"), (&member("bob"), Access::Read), &key(&bob)));
}

#[test]
fn a_former_key_is_not_dead_elsewhere() {
    let (roster, bob) = with_former_bob();
    assert!(!roster.is_dead(&env("prod"), (&member("bob"), Access::Read), &key(&bob)));
}

#[test]
fn a_former_key_is_dead_under_any_name() {
    let (roster, bob) = with_former_bob();
    assert!(roster.is_dead(&env("dev"), (&member("ana"), Access::Read), &key(&bob)));
}

#[test]
fn a_key_that_was_never_lost_is_not_dead() {
    let (roster, _) = with_former_bob();
    assert!(!roster.is_dead(&env("dev"), (&member("bob"), Access::Read), &key(&Identity::generate())));
}

#[test]
fn a_former_key_that_is_granted_again_to_its_member_lives() {
    let (mut roster, bob) = with_former_bob();
    roster.members.insert(member("bob"), person(&bob, Role::Member));
    roster.environments.insert(env("dev"), environment(&["ana", "bob"], &[]));
    assert_eq!(roster.check(), Ok(()));
    assert!(!roster.is_dead(&env("dev"), (&member("bob"), Access::Read), &key(&bob)));
}

#[test]
fn a_former_key_of_a_member_who_was_not_granted_the_environment_stays_dead() {
    let (mut roster, bob) = with_former_bob();
    roster.members.insert(member("bob"), person(&bob, Role::Member));
    assert!(roster.is_dead(&env("dev"), (&member("bob"), Access::Read), &key(&bob)));
}

#[test]
fn a_former_key_that_a_granted_member_holds_no_more_stays_dead() {
    let (mut roster, bob) = with_former_bob();
    roster.members.insert(member("bob"), person(&Identity::generate(), Role::Member));
    roster.environments.insert(env("dev"), environment(&["ana", "bob"], &[]));
    assert!(roster.is_dead(&env("dev"), (&member("bob"), Access::Read), &key(&bob)));
}

#[test]
fn the_keys_of_all_admins_are_named_in_the_order_of_their_text() {
    let (mut roster, ana) = sound();
    let bob = Identity::generate();
    roster.members.insert(member("bob"), person(&bob, Role::Admin));
    roster.members.insert(member("ci"), person(&Identity::generate(), Role::Machine));
    let mut expected = [ana, bob].map(|identity| identity.signing_key().public());
    expected.sort_by_key(|key| key.text());
    assert_eq!(roster.admin_keys(), expected);
}

#[test]
fn a_former_key_of_a_writer_who_only_reads_now_is_dead_to_sign_and_not_to_read() {
    let (mut roster, bob) = with_former_bob();
    roster.members.insert(member("bob"), person(&bob, Role::Member));
    let mut dev = environment(&["ana"], &[]);
    dev.read = vec![member("bob")];
    roster.environments.insert(env("dev"), dev);
    assert_eq!(roster.check(), Ok(()));
    assert!(roster.is_dead(&env("dev"), (&member("bob"), Access::Write), &key(&bob)));
    assert!(!roster.is_dead(&env("dev"), (&member("bob"), Access::Read), &key(&bob)));
}

/// The moment of a day in November.
fn day(day: u32) -> Timestamp {
    Timestamp::parse(&format!("2026-11-{day:02}T10:00:00Z")).unwrap()
}

#[test]
fn what_is_lost_later_does_not_make_the_first_loss_younger() {
    let (mut roster, bob) = with_former_bob();
    roster.former.clear();
    roster.retire(&member("bob"), [key(&bob)], [(env("dev"), 1)], day(1));
    roster.retire(&member("bob"), [key(&bob)], [(env("dev"), 1), (env("prod"), 4)], day(2));
    let keys = vec![key(&bob)];
    let environments = [(env("dev"), 1), (env("prod"), 4)].into_iter().collect();
    assert_eq!(roster.former[&member("bob")], Former { keys, left: day(1), environments });
}

#[test]
fn what_was_granted_again_in_between_is_lost_anew() {
    let (mut roster, bob) = with_former_bob();
    roster.members.insert(member("bob"), person(&bob, Role::Member));
    roster.environments.insert(env("dev"), environment(&["ana", "bob"], &[]));
    roster.retire(&member("bob"), [key(&bob)], [(env("dev"), 5)], day(9));
    let keys = vec![key(&bob)];
    let environments = [(env("dev"), 5)].into_iter().collect();
    assert_eq!(roster.former[&member("bob")], Former { keys, left: day(9), environments });
}

#[test]
fn key_that_opened_nothing_is_remembered_for_no_environment() {
    let (mut roster, bob) = with_former_bob();
    roster.former.clear();
    roster.retire(&member("bob"), [key(&bob)], [], day(1));
    let none = Former { keys: vec![key(&bob)], left: day(1), environments: BTreeMap::new() };
    assert_eq!(roster.former[&member("bob")], none);
    let printed = print(&roster);
    assert!(printed.ends_with("left = 2026-11-01T10:00:00Z\n"), "{printed}");
    assert_eq!(parse(printed.as_bytes()).unwrap(), roster);
}
