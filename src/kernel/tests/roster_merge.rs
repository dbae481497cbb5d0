//! Two rosters brought together: what either side took away is gone, and what no rule decides has a name.

use super::{env, environment, member, now, person, roster, some_vault};
use crate::kernel::{
    model::{Access, MergedRoster, Role, Roster, RosterClash, RosterSides},
    refusal::RosterFault,
    seal::{Commitment, Identity},
};

/// Ana and dora are admins who write `dev`, bob and carl read it.
struct Team {
    base: Roster,
    kept: Roster,
    other: Roster,
}

impl Team {
    fn new() -> Self {
        let mut base = roster(some_vault(), &Identity::generate());
        for (name, role) in [("bob", Role::Member), ("carl", Role::Member), ("dora", Role::Admin)] {
            base.members.insert(member(name), person(&Identity::generate(), role));
        }
        base.environments.insert(env("dev"), environment(&["ana", "dora"], &[]));
        base.environments.get_mut(&env("dev")).unwrap().read = vec![member("bob"), member("carl")];
        Self { kept: base.clone(), other: base.clone(), base }
    }

    fn merge(&self) -> Result<MergedRoster, RosterClash> {
        RosterSides { base: &self.base, kept: &self.kept, other: &self.other }.merge(now())
    }

    fn merged(&self) -> MergedRoster {
        self.merge().unwrap()
    }
}

/// As `member remove` does it: his keys are former ones, and `dev` has a new epoch.
fn remove(roster: &mut Roster, name: &str, commitment: &str) {
    let gone = roster.members.remove(&member(name)).unwrap();
    let dev = roster.environments.get_mut(&env("dev")).unwrap();
    let epoch = dev.epoch;
    dev.write.retain(|other| other.as_str() != name);
    dev.read.retain(|other| other.as_str() != name);
    (dev.epoch, dev.commitment) = (epoch + 1, Commitment::parse(&commitment.repeat(64)).unwrap());
    roster.retire(&member(name), gone.keys(), [(env("dev"), epoch)], now());
}

fn access(merged: &MergedRoster, name: &str) -> Option<Access> {
    merged.roster.environments[&env("dev")].access(&member(name))
}

#[test]
fn of_two_sides_that_each_remove_somebody_both_are_gone_and_the_epoch_is_above_both() {
    let mut team = Team::new();
    remove(&mut team.kept, "bob", "1");
    remove(&mut team.other, "carl", "2");
    let merged = team.merged();
    let names: Vec<&str> = merged.roster.members.keys().map(|name| name.as_str()).collect();
    assert_eq!(names, ["ana", "dora"]);
    assert_eq!(merged.renewed, [env("dev")].into());
    assert_eq!(merged.roster.environments[&env("dev")].epoch, 3);
    // Each could open the other side's second epoch.
    for name in ["bob", "carl"] {
        assert_eq!(merged.roster.former[&member(name)].environments, [(env("dev"), 2)].into(), "{name}");
    }
}

#[test]
fn grant_on_one_side_does_not_outlast_the_removal_on_the_other() {
    for kept_removes in [true, false] {
        let mut team = Team::new();
        let (removes, grants) =
            if kept_removes { (&mut team.kept, &mut team.other) } else { (&mut team.other, &mut team.kept) };
        remove(removes, "bob", "1");
        let dev = grants.environments.get_mut(&env("dev")).unwrap();
        dev.read.retain(|name| name.as_str() != "bob");
        dev.write.insert(1, member("bob"));
        let merged = team.merged();
        assert!(!merged.roster.members.contains_key(&member("bob")), "{kept_removes}");
        assert_eq!(access(&merged, "bob"), None, "{kept_removes}");
    }
}

#[test]
fn lowered_on_one_side_and_raised_on_the_other_is_lowered() {
    let mut team = Team::new();
    team.other.members.get_mut(&member("dora")).unwrap().role = Role::Member;
    team.kept.members.get_mut(&member("bob")).unwrap().role = Role::Admin;
    let merged = team.merged();
    assert_eq!(merged.roster.members[&member("dora")].role, Role::Member);
    assert_eq!(merged.roster.members[&member("bob")].role, Role::Admin);
    assert!(merged.renewed.is_empty());
}

#[test]
fn writing_lost_on_one_side_makes_the_keys_former_and_the_environment_new() {
    let mut team = Team::new();
    let dev = team.other.environments.get_mut(&env("dev")).unwrap();
    (dev.write, dev.read) = (vec![member("ana")], vec![member("bob"), member("carl"), member("dora")]);
    let merged = team.merged();
    assert_eq!(access(&merged, "dora"), Some(Access::Read));
    assert_eq!(merged.renewed, [env("dev")].into());
    assert!(merged.roster.former[&member("dora")].environments.contains_key(&env("dev")));
}

#[test]
fn newcomers_of_both_sides_are_in_and_nothing_is_renewed() {
    let mut team = Team::new();
    team.kept.members.insert(member("eva"), person(&Identity::generate(), Role::Member));
    team.other.members.insert(member("fred"), person(&Identity::generate(), Role::Member));
    team.other.environments.get_mut(&env("dev")).unwrap().read.push(member("fred"));
    let merged = team.merged();
    assert!(merged.roster.members.contains_key(&member("eva")));
    assert_eq!(access(&merged, "fred"), Some(Access::Read));
    assert!(merged.renewed.is_empty());
}

#[test]
fn who_came_and_went_on_one_side_does_not_come_by_the_other() {
    let mut team = Team::new();
    let eva = person(&Identity::generate(), Role::Member);
    team.kept.retire(&member("eva"), eva.keys(), [(env("dev"), 1)], now());
    team.other.members.insert(member("eva"), eva);
    team.other.environments.get_mut(&env("dev")).unwrap().read.push(member("eva"));
    let merged = team.merged();
    assert!(!merged.roster.members.contains_key(&member("eva")));
    assert_eq!((access(&merged, "eva"), merged.renewed), (None, [env("dev")].into()));
}

#[test]
fn one_name_with_other_keys_on_each_side_is_not_decided() {
    let mut team = Team::new();
    for side in [&mut team.kept, &mut team.other] {
        side.members.insert(member("eva"), person(&Identity::generate(), Role::Member));
    }
    assert_eq!(team.merge(), Err(RosterClash::Member(member("eva"))));
}

#[test]
fn request_approved_on_both_sides_is_one_member() {
    let mut team = Team::new();
    let eva = person(&Identity::generate(), Role::Member);
    for side in [&mut team.kept, &mut team.other] {
        side.members.insert(member("eva"), eva.clone());
    }
    assert_eq!(team.merged().roster.members[&member("eva")], eva);
}

#[test]
fn environment_made_on_both_sides_is_not_decided() {
    let mut team = Team::new();
    for (side, commitment) in [(&mut team.kept, "1"), (&mut team.other, "2")] {
        let mut made = environment(&["ana"], &[]);
        made.commitment = Commitment::parse(&commitment.repeat(64)).unwrap();
        side.environments.insert(env("prod"), made);
    }
    assert_eq!(team.merge(), Err(RosterClash::Environment(env("prod"))));
}

#[test]
fn environment_removed_on_one_side_is_retired_above_the_epoch_of_the_other() {
    let mut team = Team::new();
    for side in [&mut team.base, &mut team.kept, &mut team.other] {
        side.environments.insert(env("old"), environment(&["ana"], &[]));
    }
    team.kept.environments.remove(&env("old"));
    team.kept.retired.insert(env("old"), 1);
    team.other.environments.get_mut(&env("old")).unwrap().epoch = 4;
    let merged = team.merged();
    assert!(!merged.roster.environments.contains_key(&env("old")));
    assert_eq!(merged.roster.retired[&env("old")], 4);
}

#[test]
fn both_admins_lowered_leave_no_admin_and_that_is_a_clash() {
    let mut team = Team::new();
    team.kept.members.get_mut(&member("ana")).unwrap().role = Role::Member;
    team.other.members.get_mut(&member("dora")).unwrap().role = Role::Member;
    assert_eq!(team.merge(), Err(RosterClash::Rule(RosterFault::NoAdmin)));
}

#[test]
fn device_lost_on_one_side_is_gone_and_one_added_on_the_other_is_there() {
    let mut team = Team::new();
    let (lost, new) =
        (team.base.members[&member("carl")].clone(), person(&Identity::generate(), Role::Member));
    let laptop = person(&Identity::generate(), Role::Member);
    let carl = team.kept.members.get_mut(&member("carl")).unwrap();
    (carl.recipients, carl.signs) = (laptop.recipients.clone(), laptop.signs.clone());
    let carl = team.other.members.get_mut(&member("carl")).unwrap();
    carl.recipients.extend(new.recipients.clone());
    carl.recipients.sort();
    let merged = team.merged();
    let carl = &merged.roster.members[&member("carl")];
    assert!(!carl.recipients.contains(&lost.recipients[0]));
    assert!(carl.recipients.contains(&laptop.recipients[0]) && carl.recipients.contains(&new.recipients[0]));
    assert_eq!(merged.renewed, [env("dev")].into());
    assert_eq!(merged.roster.former[&member("carl")].keys, lost.keys().into_iter().collect::<Vec<_>>());
}

#[test]
fn who_lost_an_environment_on_one_side_keeps_his_keys() {
    let mut team = Team::new();
    let carl = team.base.members[&member("carl")].clone();
    let dev = team.kept.environments.get_mut(&env("dev")).unwrap();
    (dev.read, dev.epoch, dev.commitment) =
        (vec![member("bob")], 2, Commitment::parse(&"b".repeat(64)).unwrap());
    team.kept.retire(&member("carl"), carl.keys(), [(env("dev"), 1)], now());
    let merged = team.merged();
    assert_eq!(merged.roster.members[&member("carl")], carl);
    assert_eq!(access(&merged, "carl"), None);
}

#[test]
fn default_that_both_changed_is_the_kept_sides() {
    let mut team = Team::new();
    for side in [&mut team.base, &mut team.kept, &mut team.other] {
        for name in ["a", "b"] {
            side.environments.insert(env(name), environment(&["ana"], &[]));
        }
    }
    (team.kept.default, team.other.default) = (env("a"), env("b"));
    assert_eq!(team.merged().roster.default, env("a"));
    team.kept.default = env("dev");
    assert_eq!(team.merged().roster.default, env("b"));
}
