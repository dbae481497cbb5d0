//! Somebody leaves, and cannot yet.

use super::{Try, tried};
use crate::{
    forge::{Forge, Team, env, identity, member, pull, push},
    harness::Person,
};

#[test]
fn last_admin() {
    let team = Team::new();
    let fill = &[("NAME", "bob")];
    let line = "cargo vault member remove ana --yes";
    let case = Try { person: &team.ana, code: "last-admin", line, fill };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault member remove ana --yes
    error: `ana` is the only admin here

    help: `cargo vault member role NAME admin` makes somebody else one first
    help: `cargo vault recovery create` adds one whose key lies offline
    [exit 1]

    $ cargo vault member role bob admin
    error: to make `bob`, now a member, an admin has to be asked twice

    help: `cargo vault member role bob admin --yes` does it
    [exit 2]

    $ cargo vault recovery create
    added `recovery` as an admin

    The recovery key, shown this once and stored nowhere. Print it and lock it away:
    (and so on)

    again: exit 1
    ");
}

#[test]
fn last_writer() {
    let team = Team::new();
    team.ana.vault(&["env", "add", "prod"]).ok();
    team.ana.vault(&["member", "role", "bob", "admin", "-y"]).ok();
    insta::assert_snapshot!(tried(&team.ana, "last-writer", "cargo vault member remove ana --yes"), @r"
    $ cargo vault member remove ana --yes
    error: `ana` is the only one who writes environment `prod`

    help: `cargo vault env rm prod` removes it with its secrets
    [exit 1]

    $ cargo vault env rm prod
    error: environment `prod` and its 0 secrets are removed only when asked twice

    help: `cargo vault env rm prod --yes` removes them
    [exit 2]

    again: exit 1
    ");
}

#[test]
fn environment_that_was_never_granted() {
    let ana = Person::with_vault("ana");
    ana.vault(&["ci", "setup", "--json"]).ok();
    let line = "cargo vault member revoke ci -e dev --write --yes";
    insta::assert_snapshot!(tried(&ana, "not-granted", line), @r"
    $ cargo vault member revoke ci -e dev --write --yes
    error: `ci` does not write environment `dev`

    help: `cargo vault member list` shows who may do what
    [exit 6]

    $ cargo vault member list
    NAME  ROLE     WRITE  READ  KEYS             SINCE       BY
    ana   admin    dev          [ID]…[ID]  [DATE]  ana
    ci    machine         dev   [ID]…[ID]  [DATE]  ana

    again: exit 6
    ");
}

#[test]
fn environment_that_is_not_named() {
    let team = Team::new();
    let line = "cargo vault member revoke carl";
    let case = Try { person: &team.ana, code: "no-environment-named", line, fill: &[("ENV", "dev")] };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault member revoke carl
    error: which environment is taken is not said

    help: `cargo vault member revoke carl -e ENV` names it
    help: `cargo vault member remove carl` takes them all
    [exit 2]

    $ cargo vault member revoke carl -e dev
    error: to take `dev` from `carl` and make new keys has to be asked twice

    help: `cargo vault member revoke carl -e dev --yes` does it
    [exit 2]

    $ cargo vault member remove carl
    error: to remove `carl` and make new keys of `dev` has to be asked twice

    help: `cargo vault member remove carl --yes` does it
    [exit 2]

    again: exit 2
    ");
}

#[test]
fn admin_who_could_not_sign() {
    let team = Team::new();
    team.ana.vault(&["ci", "setup", "--json"]).ok();
    insta::assert_snapshot!(tried(&team.ana, "admin-cannot-sign", "cargo vault member role ci admin"), @r"
    $ cargo vault member role ci admin
    error: `ci` has no signing key, and an admin signs
    [exit 1]

    again: exit 1
    ");
}

#[test]
fn admin_who_does_not_write() {
    let team = Team::new();
    team.ana.vault(&["member", "role", "carl", "admin", "-y"]).ok();
    push(&team.ana);
    pull(&team.carl);
    insta::assert_snapshot!(tried(&team.carl, "not-renewer", "cargo vault rekey"), @r"
    $ cargo vault rekey
    error: a new key of environment `dev` is made by an admin who writes it, and `carl` does not

      who can  ana
    [exit 1]

    again: exit 1
    ");
}

#[test]
fn environment_that_no_admin_writes() {
    let ana = Person::with_vault("ana");
    ana.vault(&["recovery", "create", "--name", "safe", "--json"]).ok();
    ana.vault(&["member", "role", "safe", "member", "-y"]).ok();
    let mut forge = Forge::of(&ana);
    let dev = forge.roster.environments.get_mut(&env("dev")).unwrap();
    (dev.write, dev.read) = (vec![member("safe")], vec![member("ana")]);
    forge.sign(&identity(&ana), "ana only reads").put(&ana);
    insta::assert_snapshot!(tried(&ana, "not-renewer", "cargo vault rekey"), @r"
    $ cargo vault rekey
    error: a new key of environment `dev` is made by an admin who writes it, and `ana` does not

    help: `cargo vault member list` shows who writes `dev`: one of them has to be an admin
    [exit 1]

    $ cargo vault member list
    NAME  ROLE    WRITE  READ  KEYS             SINCE       BY
    ana   admin          dev   [ID]…[ID]  [DATE]  ana
    safe  member  dev          [ID]…[ID]  [DATE]  ana

    again: exit 1
    ");
}

#[test]
fn own_leaving() {
    let team = Team::new();
    team.ana.vault(&["member", "role", "bob", "admin", "-y"]).ok();
    insta::assert_snapshot!(tried(&team.ana, "own-leave", "cargo vault member remove ana --yes"), @r"
    $ cargo vault member remove ana --yes
    error: who stays makes the new key of environment `dev`, and `ana` loses it

      who can  bob
    [exit 1]

    again: exit 1
    ");
}
