//! Keys are replaced, and cannot be yet.

use super::{Try, tried};
use crate::{
    forge::{Team, identity},
    harness::Person,
};

/// A recipient and the key that signs beside it, of an identity that is made for this.
fn made(person: &Person, name: &str) -> (String, String) {
    let file = format!("../{name}.txt");
    let said = person.vault(&["identity", "new", "-o", &file, "--json"]).ok().text();
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let text = |key: &str| said[key].as_str().unwrap().to_owned();
    (text("recipient"), text("signs"))
}

/// Bob has a second device. Gives its recipient.
fn second(team: &Team) -> String {
    let (recipient, signs) = made(&team.ana, "second");
    team.ana.vault(&["identity", "enrol", "--member", "bob", &recipient, &signs]).ok();
    recipient
}

#[test]
fn key_that_somebody_does_not_have() {
    let team = Team::new();
    let line = "cargo vault member replace bob --lost zzzz --yes";
    insta::assert_snapshot!(tried(&team.ana, "no-such-key", line), @r"
    $ cargo vault member replace bob --lost zzzz --yes
    error: `bob` has no key `…[ID]`

      keys  [ID]…[ID], ssh-ed25519 …[ID]
    [exit 3]

    again: exit 3
    ");
}

#[test]
fn beginning_of_several_keys() {
    let team = Team::new();
    second(&team);
    let line = "cargo vault member replace bob --lost age1… --yes";
    insta::assert_snapshot!(tried(&team.ana, "several-keys", line), @r"
    $ cargo vault member replace bob --lost [ID]…[ID] --yes
    error: more than one key of `bob` is `[ID]…[ID]`

      keys  [ID]…[ID], [ID]…[ID], ssh-ed25519 …[ID], ssh-ed25519 …[ID]
    [exit 2]

    again: exit 2
    ");
}

#[test]
fn signing_key_that_is_not_named() {
    let team = Team::new();
    let line = format!("cargo vault member replace bob --lost {} --yes", second(&team));
    let signs = identity(&team.bob).signing_key().public().text();
    let key = format!("'{signs}'");
    let case = Try { person: &team.ana, code: "lost-signs", line: &line, fill: &[("KEY", &key)] };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault member replace bob --lost [RECIPIENT] --yes
    error: which key of `bob` signs beside the lost one is not said

      keys  ssh-ed25519 …[ID], ssh-ed25519 …[ID]
    help: `--lost KEY` names that one too; `cargo vault identity show` on a device that stays prints its own
    [exit 2]

    $ cargo vault member replace bob --lost 'ssh-ed25519 [SIGNING KEY] --yes
    replaced ssh-ed25519 …[ID] of `bob`
      dev  epoch 2, 1 secret sealed anew

    (and so on)

    $ cargo vault identity show
    `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]

    again: exit 2
    ");
}

#[test]
fn no_key_left() {
    let team = Team::new();
    let (recipient, signs) = made(&team.ana, "new");
    let signs = format!("'{signs}'");
    let fill = &[("RECIPIENT", recipient.as_str()), ("KEY", signs.as_str())];
    let line = "cargo vault member replace bob --yes";
    let case = Try { person: &team.ana, code: "no-key-left", line, fill };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault member replace bob --yes
    error: `bob` would have no key left

    help: `cargo vault member replace bob RECIPIENT --signs KEY` takes the new ones
    help: `cargo vault member remove bob` lets `bob` go
    [exit 2]

    $ cargo vault member replace bob [RECIPIENT] --signs 'ssh-ed25519 [SIGNING KEY]
    error: to replace [ID]…[ID], ssh-ed25519 …[ID] of `bob` and make new keys of `dev` has to be asked twice

    help: `cargo vault member replace bob [RECIPIENT] --signs 'ssh-ed25519 [SIGNING KEY] --yes` does it
    [exit 2]

    $ cargo vault member remove bob
    error: to remove `bob` and make new keys of `dev` has to be asked twice

    help: `cargo vault member remove bob --yes` does it
    [exit 2]

    again: exit 2
    ");
}

#[test]
fn own_key() {
    let team = Team::new();
    let (recipient, signs) = made(&team.ana, "new");
    let signs = format!("'{signs}'");
    let line = format!("cargo vault member replace ana {recipient} --signs {signs} --yes");
    let fill = &[("RECIPIENT", recipient.as_str()), ("KEY", signs.as_str())];
    let case = Try { person: &team.ana, code: "own-key", line: &line, fill };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault member replace ana [RECIPIENT] --signs 'ssh-ed25519 [SIGNING KEY] --yes
    error: the key that signs this would be one of the lost ones of `ana`

    help: another admin can; or `cargo vault identity enrol --member ana RECIPIENT KEY` adds the new device
    help: there, `cargo vault member replace ana --lost KEY` then retires this one
    [exit 1]

    $ cargo vault identity enrol --member ana [RECIPIENT] 'ssh-ed25519 [SIGNING KEY]
    added a device of `ana`
      recipient  [RECIPIENT]
    help: commit and push `.vault`: the device opens it from then on

    $ cargo vault member replace ana --lost 'ssh-ed25519 [SIGNING KEY]
    error: to replace ssh-ed25519 …[ID] of `ana` and make new keys of `dev` has to be asked twice

    help: `cargo vault member replace ana --lost 'ssh-ed25519 [SIGNING KEY] --yes` does it
    [exit 2]

    again: exit 6
    ");
}

#[test]
fn somebody_who_is_no_machine() {
    let team = Team::new();
    let (recipient, signs) = made(&team.ana, "new");
    let signs = format!("'{signs}'");
    let fill = &[("RECIPIENT", recipient.as_str()), ("KEY", signs.as_str())];
    let line = "cargo vault ci setup --again --name bob";
    let case = Try { person: &team.ana, code: "no-machine", line, fill };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault ci setup --again --name bob
    error: `bob` is no machine

    help: `cargo vault member replace bob RECIPIENT --signs KEY` takes new keys of a person's
    [exit 2]

    $ cargo vault member replace bob [RECIPIENT] --signs 'ssh-ed25519 [SIGNING KEY]
    error: to replace [ID]…[ID], ssh-ed25519 …[ID] of `bob` and make new keys of `dev` has to be asked twice

    help: `cargo vault member replace bob [RECIPIENT] --signs 'ssh-ed25519 [SIGNING KEY] --yes` does it
    [exit 2]

    again: exit 2
    ");
}

#[test]
fn environment_beside_again() {
    let team = Team::new();
    team.ana.vault(&["ci", "setup", "--json"]).ok();
    let line = "cargo vault ci setup --again -e dev";
    let case = Try { person: &team.ana, code: "env-again", line, fill: &[("ENV", "dev")] };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault ci setup --again -e dev
    error: with --again a machine opens what it did before

    help: `cargo vault member grant ci -e ENV --read` gives it more
    [exit 2]

    $ cargo vault member grant ci -e dev --read
    error: `ci` may read environment `dev` already

    help: `cargo vault member list` shows who may do what
    [exit 6]

    again: exit 2
    ");
}
