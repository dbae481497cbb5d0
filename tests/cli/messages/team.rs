//! Who is let in, and who is not.

use super::{Try, tried};
use crate::{
    forge::{Forge, Team, anchor, identity, pull, push},
    harness::Person,
    keys::have,
};

/// The team, and dora who asks to join.
fn team() -> (Team, Person) {
    let team = Team::new();
    let dora = team.fresh("dora");
    dora.vault(&["trust", &anchor(&team.ana)]).ok();
    dora.vault(&["join"]).ok();
    push(&dora);
    pull(&team.ana);
    team.ana.vault(&["list"]).ok();
    (team, dora)
}

#[test]
fn fingerprint_that_nobody_compared() {
    let (team, _dora) = team();
    let told = team.ana.vault(&["requests", "--json"]).ok().text();
    let told = told.split("\"fingerprint\":\"").nth(1).unwrap().split('"').next().unwrap();
    let fill = &[("FINGERPRINT", told)];
    let case = Try { person: &team.ana, code: "not-compared", line: "cargo vault approve dora", fill };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault approve dora
    error: the fingerprint of `dora` was not compared

    help: `cargo vault approve dora --fingerprint FINGERPRINT` takes the one that you were told another way
    [exit 2]

    $ cargo vault approve dora --fingerprint [VAULT]
    `dora` is a member now, and has `dev` (write)
      fingerprint  [VAULT]
      anchor       [ANCHOR]
    (and so on)

    again: exit 3
    ");
}

#[test]
fn another_fingerprint() {
    let (team, _dora) = team();
    let line = "cargo vault approve dora --fingerprint 0123456789abcdef0123456789abcdef";
    insta::assert_snapshot!(tried(&team.ana, "fingerprint", line), @r"
    $ cargo vault approve dora --fingerprint 0123456789abcdef0123456789abcdef
    error: the request of `dora` has another fingerprint: [VAULT]

    help: ask `dora` for it again, by another way than the repository
    [exit 5]

    again: exit 5
    ");
}

#[test]
fn nobody_who_asks() {
    let (team, _dora) = team();
    insta::assert_snapshot!(tried(&team.ana, "no-request", "cargo vault approve dorra"), @r"
    $ cargo vault approve dorra
    error: nobody asks to join as `dorra`

    help: there is a request of `dora`
    help: `cargo vault requests` shows them all
    [exit 3]

    $ cargo vault requests
    `dora` asks for `dev`
      fingerprint  [VAULT]
      keys         [ID]…[ID]
    (and so on)

    again: exit 3
    ");
}

#[test]
fn request_that_asks_for_nothing() {
    let (team, dora) = team();
    let by = identity(&dora);
    let request = cargo_vault::kernel::model::Request {
        member: crate::forge::member("dora"),
        recipients: vec![by.recipient().clone()],
        signs: vec![by.signing_key().public()],
        environments: Vec::new(),
        at: crate::forge::now(),
    };
    let vault = Forge::of(&team.ana).roster.vault;
    let bytes = cargo_vault::kernel::format::request::print(&vault, &request, &by.signing_key());
    team.ana.write(".vault/requests/dora.toml", bytes);
    let fill = &[("NAME", "dev")];
    let case = Try { person: &team.ana, code: "nothing-asked", line: "cargo vault approve --yes dora", fill };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault approve --yes dora
    error: `dora` asks for no environment

    help: `cargo vault approve dora -e NAME` says for what
    [exit 2]

    $ cargo vault approve dora -e dev
    error: the fingerprint of `dora` was not compared

    help: `cargo vault approve dora --fingerprint FINGERPRINT` takes the one that you were told another way
    [exit 2]

    again: exit 2
    ");
}

#[test]
fn request_in_a_member_s_name_with_other_keys() {
    let (team, _dora) = team();
    let other = cargo_vault::kernel::seal::Identity::generate();
    let request = cargo_vault::kernel::model::Request {
        member: crate::forge::member("bob"),
        recipients: vec![other.recipient().clone()],
        signs: vec![other.signing_key().public()],
        environments: vec![crate::forge::env("dev")],
        at: crate::forge::now(),
    };
    let vault = Forge::of(&team.ana).roster.vault;
    let bytes = cargo_vault::kernel::format::request::print(&vault, &request, &other.signing_key());
    team.ana.write(".vault/requests/bob.toml", bytes);
    team.ana.commit("bob?");
    insta::assert_snapshot!(tried(&team.ana, "other-keys", "cargo vault approve bob"), @r"
    $ cargo vault approve bob
    error: `bob` is a member, and the request of that name has other keys

    help: `cargo vault identity enrol --help` says how one more device of `bob` comes in
    help: `git log -- .vault/requests/bob.toml` shows who put it there
    [exit 5]

    $ cargo vault identity enrol --help
    Enrol one more device of a member, by its public halves

    `cargo vault identity show` on that device prints both. Each device opens what its member may open,
    (and so on)

    $ git log -- .vault/requests/bob.toml
    (commits are shown)

    again: exit 5
    ");
}

#[test]
fn name_that_another_asks_for() {
    let (team, _dora) = team();
    let other = team.fresh("other");
    other.vault(&["trust", &anchor(&team.ana)]).ok();
    let fill = &[("NAME", "otto")];
    let line = "cargo vault join --name dora";
    let case = Try { person: &other, code: "request-taken", line, fill };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault join --name dora
    error: somebody else asks to join as `dora` already

    help: `cargo vault join --name NAME` asks under another name
    help: `git log -- .vault/requests/dora.toml` shows who was first
    [exit 6]

    $ cargo vault join --name otto
    `otto` asks for `dev`
      fingerprint  [VAULT]
      identity     [RECIPIENT]  (in `[ROOT]/other-home/.config/cargo-vault/identities/default.txt`)
    (and so on)

    $ git log -- .vault/requests/dora.toml
    (commits are shown)

    again: exit 6
    ");
}

#[test]
fn member_who_asks_for_what_he_has() {
    let team = Team::new();
    insta::assert_snapshot!(tried(&team.bob, "granted", "cargo vault join"), @r"
    $ cargo vault join
    error: `bob` may write environment `dev` already

    help: `cargo vault member list` shows who may do what
    [exit 6]

    $ cargo vault member list
    NAME  ROLE    WRITE  READ  KEYS             SINCE       BY
    ana   admin   dev          [ID]…[ID]  [DATE]  ana
    bob   member  dev          [ID]…[ID]  [DATE]  ana
    (and so on)

    again: exit 6
    ");
}

#[test]
fn key_of_another_member() {
    let team = Team::new();
    let line = format!("cargo vault member add robert --read {}", identity(&team.bob).recipient());
    insta::assert_snapshot!(tried(&team.ana, "key-taken", &line), @r"
    $ cargo vault member add robert --read [RECIPIENT]
    error: `[ID]…[ID]` is a key of `bob`

    help: `cargo vault member list` shows whose keys are whose
    [exit 6]

    $ cargo vault member list
    NAME  ROLE    WRITE  READ  KEYS             SINCE       BY
    ana   admin   dev          [ID]…[ID]  [DATE]  ana
    bob   member  dev          [ID]…[ID]  [DATE]  ana
    (and so on)

    again: exit 6
    ");
}

#[test]
fn key_of_one_who_left() {
    let team = Team::new();
    let mut forge = Forge::of(&team.ana);
    forge.remove((&team.ana, "ana"), "bob").sign(&identity(&team.ana), "remove bob").put(&team.ana);
    push(&team.ana);
    pull(&team.bob);
    let fill = &[("NAME", "another")];
    let line = "cargo vault join --name robert";
    let case = Try { person: &team.bob, code: "key-was", line, fill };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault join --name robert
    error: `[ID]…[ID]` was a key of `bob`, and is good for nobody any more

    help: `cargo vault identity new NAME` makes another
    [exit 6]

    $ cargo vault identity new another
    made an identity in `[ROOT]/bob-home/.config/cargo-vault/identities/another.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]

    again: exit 0
    ");
}

#[test]
fn name_of_one_who_left() {
    let team = Team::new();
    let mut forge = Forge::of(&team.ana);
    forge.remove((&team.ana, "ana"), "bob").sign(&identity(&team.ana), "remove bob").put(&team.ana);
    push(&team.ana);
    let dora = team.fresh("dora");
    dora.vault(&["trust", &anchor(&team.ana)]).ok();
    let fill = &[("NAME", "dora")];
    let case = Try { person: &dora, code: "member-was", line: "cargo vault join --name bob", fill };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault join --name bob
    error: `bob` was a member once, and the name stays hers or his

    help: `--name NAME` gives another name
    [exit 6]

    $ cargo vault join --name dora
    `dora` asks for `dev`
      fingerprint  [VAULT]
      identity     [RECIPIENT]  (in `[ROOT]/dora-home/.config/cargo-vault/identities/default.txt`)
    (and so on)

    again: exit 6
    ");
}

#[test]
fn member_who_is_there_already() {
    let team = Team::new();
    let fresh = cargo_vault::kernel::seal::Identity::generate();
    let line = format!("cargo vault member add bob --read {}", fresh.recipient());
    let fill = &[("NAME", "dev")];
    let case = Try { person: &team.ana, code: "member-exists", line: &line, fill };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault member add bob --read [RECIPIENT]
    error: `bob` is a member already

    help: `cargo vault member grant bob -e NAME` gives more
    help: `cargo vault identity enrol --help` says how one more device comes in
    [exit 6]

    $ cargo vault member grant bob -e dev
    error: `bob` may write environment `dev` already

    help: `cargo vault member list` shows who may do what
    [exit 6]

    $ cargo vault identity enrol --help
    Enrol one more device of a member, by its public halves

    `cargo vault identity show` on that device prints both. Each device opens what its member may open,
    (and so on)

    again: exit 6
    ");
}

#[test]
fn recipient_that_signs_nothing() {
    let team = Team::new();
    let fresh = cargo_vault::kernel::seal::Identity::generate();
    let line = format!("cargo vault member add nora {}", fresh.recipient());
    insta::assert_snapshot!(tried(&team.ana, "signs-nothing", &line), @r"
    $ cargo vault member add nora [RECIPIENT]
    error: nothing that `nora` brings can sign, and who writes or administers has to

    help: `ssh-ed25519` signs by itself; beside `[ID]…[ID]`, `cargo vault identity show` prints what signs; `ssh-rsa` only reads
    [exit 2]

    $ cargo vault identity show
    `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]

    again: exit 2
    ");
}

#[test]
fn keys_that_are_none() {
    let team = Team::new();
    insta::assert_snapshot!(tried(&team.ana, "public-keys", "cargo vault member add nora -"), @r"
    $ cargo vault member add nora -
    error: standard input: line 1 is no public key

    help: a line is as in `authorized_keys`, or a recipient of age; see what is sent before it is piped here
    [exit 2]

    again: exit 2
    ");
}

#[test]
fn key_that_cannot_ask() {
    let team = Team::new();
    if !have(&["ssh-keygen"]) {
        return;
    }
    let dora = team.fresh("dora");
    dora.vault(&["trust", &anchor(&team.ana)]).ok();
    dora.sh("ssh-keygen -q -t rsa -b 2048 -N '' -f ../rsa");
    let key = std::fs::read_to_string(dora.root().join("rsa.pub")).unwrap();
    let key = key.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let filled = format!("dora '{key}'");
    let fill = &[("NAME", filled.as_str())];
    let case = Try { person: &dora, code: "cannot-ask", line: "cargo vault join -i ../rsa", fill };
    insta::assert_snapshot!(case.told().replace(&key, "[KEY]"), @r"
    $ cargo vault join -i ../rsa
    error: `ssh-rsa …[ID]` signs nothing, and who asks has to

    help: `cargo vault identity new` makes one that signs
    help: an admin lets this one read: `cargo vault member add NAME --read`, with the public key
    [exit 1]

    $ cargo vault identity new
    made an identity in `[ROOT]/dora-home/.config/cargo-vault/identities/default.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]

    $ cargo vault member add dora '[KEY]' --read
    error: your one key cannot open environment `dev`

      your keys    [ID]…[ID] (`[ROOT]/dora-home/.config/cargo-vault/identities/default.txt`)
    (and so on)
    [exit 4]

    again: exit 1
    ");
}
