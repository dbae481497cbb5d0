//! Identities that cannot be made, taken in, carried or enrolled, and sources that give none.

use super::{Try, tried};
use crate::{
    commands::{conversation, json},
    harness::{Person, redacted},
    keys::plugin::Team,
    pty::{is_here, vault_at_terminal},
};

fn ana() -> Person {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "A"], b"value").ok();
    ana
}

/// Ana, and the public halves of an identity in `laptop.txt`, as they are typed.
fn ana_with_laptop() -> (Person, String, String) {
    let ana = ana();
    let made = json(&ana.vault(&["identity", "new", "-o", "laptop.txt", "--json"]).ok());
    let half = |name: &str| made[name].as_str().unwrap().to_owned();
    let (recipient, signs) = (half("recipient"), format!("'{}'", half("signs")));
    (ana, recipient, signs)
}

#[test]
fn keychain_that_there_is_not() {
    let ana = ana();
    insta::assert_snapshot!(tried(&ana, "keychain", "cargo vault identity new laptop --in keychain"), @"
    $ cargo vault identity new laptop --in keychain
    error: there is no system keychain here

    help: another session of yours may have one, such as the desktop's
    help: `--in file` keeps it in a file of yours
    [exit 4]

    $ cargo vault identity new laptop --in file
    made an identity in `[ROOT]/ana-home/.config/cargo-vault/identities/laptop.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]

    again: exit 6
    ");
    insta::assert_snapshot!(tried(&ana, "keychain", "cargo vault identity protect default --keychain"), @"
    $ cargo vault identity protect default --keychain
    error: there is no system keychain here

    help: another session of yours may have one, such as the desktop's
    help: `cargo vault identity protect default` puts it under a passphrase where it is
    [exit 4]

    $ cargo vault identity protect default
    error: there is no terminal to ask at
    [exit 2]

    again: exit 4
    ");
}

#[test]
fn list_of_the_keychain_that_was_spoiled() {
    let ana = ana();
    ana.sh("echo x > \"$HOME/.config/cargo-vault/identities.toml\"");
    insta::assert_snapshot!(tried(&ana, "identities-list", "cargo vault identity list"), @"
    $ cargo vault identity list
    error: `[ROOT]/ana-home/.config/cargo-vault/identities.toml` is not as it was written: key with no value, expected `=`

    help: `mv [ROOT]/ana-home/.config/cargo-vault/identities.toml [ROOT]/ana-home/.config/cargo-vault/identities.toml.bad` puts it away; the keys stay in the keychain
    [exit 4]

    $ mv [ROOT]/ana-home/.config/cargo-vault/identities.toml [ROOT]/ana-home/.config/cargo-vault/identities.toml.bad
    (nothing is shown)

    again: exit 0
    ");
}

#[test]
fn file_among_the_identities_that_is_none() {
    let ana = ana();
    ana.sh("umask 077; echo x > \"$HOME/.config/cargo-vault/identities/a b.txt\"");
    insta::assert_snapshot!(tried(&ana, "identity", "cargo vault get A"), @"
    $ cargo vault get A
    error: `[ROOT]/ana-home/.config/cargo-vault/identities/a b.txt`: this is no identity of age

    help: `mv '[ROOT]/ana-home/.config/cargo-vault/identities/a b.txt' '[ROOT]/ana-home/.config/cargo-vault/identities/a b.txt.bad'` puts it away
    [exit 4]

    $ mv '[ROOT]/ana-home/.config/cargo-vault/identities/a b.txt' '[ROOT]/ana-home/.config/cargo-vault/identities/a b.txt.bad'
    (nothing is shown)

    again: exit 0
    ");
}

#[test]
fn command_that_prints_no_key() {
    let mut ana = ana();
    ana.sh("mv \"$HOME/.config/cargo-vault/identities/default.txt\" key.txt");
    ana.set("CVAULT_KEY_COMMAND", "exit 7");
    insta::assert_snapshot!(tried(&ana, "key-command", "cargo vault get A"), @"
    $ cargo vault get A
    error: `CVAULT_KEY_COMMAND` ended with exit status: 7

    help: it has to print a key, or a file of keys, and to end with 0
    [exit 4]

    again: exit 4
    ");
}

#[test]
fn identity_that_would_be_typed() {
    let (ana, ..) = ana_with_laptop();
    if !is_here(&ana) {
        return;
    }
    let said = vault_at_terminal(&ana, &[], &["identity", "import", "-"]);
    insta::assert_snapshot!(redacted(&said.conversation(), &ana), @"
    exit 2
    --- stdout
    error: an identity is not typed at a terminal

    help: `cargo vault identity import FILE` reads it from a file
    --- stderr
    ");
    let said = vault_at_terminal(&ana, &[], &["identity", "import", "-", "--json"]);
    let told: Vec<serde_json::Value> =
        said.text().lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_eq!(told.last().unwrap()["error"]["code"], "no-input", "{told:?}");
    ana.sh("rm \"$HOME/.config/cargo-vault/identities/default.txt\"");
    vault_at_terminal(&ana, &[], &["identity", "import", "laptop.txt"]).ok();
}

#[test]
fn identity_taken_in_under_a_name_that_is_taken() {
    let (ana, ..) = ana_with_laptop();
    let fill = &[("NAME", "laptop")];
    let case =
        Try { person: &ana, code: "identity-exists", line: "cargo vault identity import laptop.txt", fill };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault identity import laptop.txt
    error: you have an identity `default` already: `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`

    help: `cargo vault identity list` shows those that you have
    help: `cargo vault identity import laptop.txt NAME` gives it another name
    [exit 6]

    $ cargo vault identity list
    NAME     RECIPIENT        MEMBER  WHERE
    default  [ID]…[ID]  ana     `~/.config/cargo-vault/identities/default.txt`

    $ cargo vault identity import laptop.txt laptop
    took an identity into `[ROOT]/ana-home/.config/cargo-vault/identities/laptop.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]

    again: exit 6
    ");
}

#[test]
fn several_identities_where_one_is_taken() {
    let (ana, ..) = ana_with_laptop();
    ana.sh("umask 077; cd \"$HOME/.config/cargo-vault/identities\"; cat default.txt \"$OLDPWD/laptop.txt\" > two.txt");
    insta::assert_snapshot!(tried(&ana, "several", "cargo vault identity export two"), @"
    $ cargo vault identity export two
    error: `two` holds several identities

    help: give each a file of its own
    [exit 1]

    again: exit 1
    ");
    let line = "cargo vault identity import \"$HOME/.config/cargo-vault/identities/two.txt\" both";
    insta::assert_snapshot!(tried(&ana, "several", line), @r#"
    $ cargo vault identity import "$HOME/.config/cargo-vault/identities/two.txt" both
    error: several identities stand in it

    help: take each in from a file of its own
    [exit 2]

    again: exit 2
    "#);
}

#[test]
fn ssh_key_that_would_be_taken_in() {
    let ana = ana();
    ana.sh("ssh-keygen -q -t ed25519 -N '' -C '' -f key");
    let fill = &[("FILE", "key")];
    let case = Try { person: &ana, code: "ssh-import", line: "cargo vault identity import key", fill };
    insta::assert_snapshot!(case.told(), @"
    $ cargo vault identity import key
    error: this is an SSH key, which stays where ssh has it

    help: `~/.ssh/id_ed25519` and `~/.ssh/id_rsa` are found by themselves
    help: `cargo vault whoami --identity FILE` tries another
    [exit 2]

    $ cargo vault whoami --identity key
    you are `ana`, an admin
      opens  dev (write)
      by     [RECIPIENT]  (in `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`)

    again: exit 2
    ");
}

#[test]
fn identity_that_is_not_of_ages_own() {
    let Some(Team { ana }) = Team::new() else { return };
    ana.sh("ssh-keygen -q -t ed25519 -N '' -C '' -f \"$HOME/.config/cargo-vault/identities/key.txt\"");
    insta::assert_snapshot!(tried(&ana, "not-native", "cargo vault identity protect key"), @"
    $ cargo vault identity protect key
    error: `[ROOT]/ana-home/.config/cargo-vault/identities/key.txt` is an SSH key

    help: it can be copied as it is; `ssh-keygen -p` guards it by a passphrase
    [exit 1]

    again: exit 1
    ");
    let path = "PATH=\"$PWD/../plugins:$PATH\"";
    ana.sh(&format!("{path} {} identity import ../token.txt token", crate::harness::PROGRAM));
    insta::assert_snapshot!(tried(&ana, "not-native", "cargo vault identity export token"), @"
    $ cargo vault identity export token
    error: `[ROOT]/ana-home/.config/cargo-vault/identities/token.txt` is a plugin's identity

    help: it can be copied as it is; its token guards it
    [exit 1]

    again: exit 1
    ");
}

#[test]
fn plugin_that_settings_do_not_name() {
    let Some(Team { ana }) = Team::new() else { return };
    let path = "PATH=\"$PWD/../plugins:$PATH\"";
    let import = format!("{path} {} identity import ../token.txt token --json", crate::harness::PROGRAM);
    let made: serde_json::Value = serde_json::from_str(&ana.sh(&import)).unwrap();
    let (recipient, signs) = (made["recipient"].as_str().unwrap(), made["signs"].as_str().unwrap());
    let line = format!("{path} cargo vault identity enrol {recipient} '{signs}'");
    insta::assert_snapshot!(tried(&ana, "plugin", &line), @r#"
    $ PATH="$PWD/../plugins:$PATH" cargo vault identity enrol [RECIPIENT] 'ssh-ed25519 [SIGNING KEY]
    error: plugin `test` is not allowed to run

    help: `cargo vault config set plugins.allow test` lets it run
    [exit 4]

    $ cargo vault config set plugins.allow test
    `plugins.allow` is `test`, in `[ROOT]/ana-home/.config/cargo-vault/settings.toml`

    again: exit 0
    "#);
}

#[test]
fn device_that_is_enrolled_already() {
    let (ana, recipient, signs) = ana_with_laptop();
    ana.vault(&["identity", "enrol", &recipient, signs.trim_matches('\'')]).ok();
    let line = format!("cargo vault identity enrol {recipient} {signs}");
    insta::assert_snapshot!(tried(&ana, "device-exists", &line), @"
    $ cargo vault identity enrol [RECIPIENT] 'ssh-ed25519 [SIGNING KEY]
    error: `[RECIPIENT]` is a key of `ana` already
    [exit 6]

    again: exit 6
    ");
}

#[test]
fn device_of_a_writer_without_a_key_to_sign_with() {
    let (ana, recipient, _) = ana_with_laptop();
    let line = format!("cargo vault identity enrol {recipient}");
    insta::assert_snapshot!(tried(&ana, "device-cannot-sign", &line), @"
    $ cargo vault identity enrol [RECIPIENT]
    error: `ana` writes, so a signing key belongs to this recipient

    help: `cargo vault identity show` on that device prints both
    [exit 2]

    $ cargo vault identity show
    `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]

    again: exit 2
    ");
}

#[test]
fn device_of_a_member_who_is_none() {
    let (ana, recipient, signs) = ana_with_laptop();
    let line = format!("cargo vault identity enrol --member anna {recipient} {signs}");
    insta::assert_snapshot!(tried(&ana, "no-member", &line), @r"
    $ cargo vault identity enrol --member anna [RECIPIENT] 'ssh-ed25519 [SIGNING KEY]
    error: there is no member `anna`

    help: there is a member `ana`
    help: `cargo vault member list` shows who may do what
    [exit 3]

    $ cargo vault member list
    NAME  ROLE   WRITE  READ  KEYS             SINCE       BY
    ana   admin  dev          [ID]…[ID]  [DATE]  ana

    again: exit 3
    ");
}

#[test]
fn key_that_is_no_recovery_key() {
    let (ana, ..) = ana_with_laptop();
    ana.sh("rm \"$HOME/.config/cargo-vault/identities/default.txt\"");
    let line = "cargo vault recovery use --identity laptop.txt";
    insta::assert_snapshot!(tried(&ana, "not-recovery", line), @r"
    $ cargo vault recovery use --identity laptop.txt
    error: this key is no admin's here, so it is no recovery key of this vault

    help: without one: `cargo vault join` asks an admin to let you in
    [exit 4]

    $ cargo vault join
    error: `ana` is a member already

    help: `--name NAME` gives another name
    [exit 6]

    again: exit 4
    ");
}

#[test]
fn recovery_under_a_name_that_is_taken() {
    let ana = ana();
    let made = json(&ana.vault(&["recovery", "create", "--json"]).ok());
    ana.write("paper", made["recovery"].as_str().unwrap());
    let fill = &[("NAME", "again")];
    let line = "cargo vault recovery use --name ana --identity paper";
    let case = Try { person: &ana, code: "identity-exists", line, fill };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault recovery use --name ana --identity paper
    error: you have an identity `default` already: `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`

    help: `cargo vault identity list` shows those that you have
    help: `--as NAME` gives the new one another
    [exit 6]

    $ cargo vault identity list
    NAME     RECIPIENT        MEMBER  WHERE
    default  [ID]…[ID]  ana     `~/.config/cargo-vault/identities/default.txt`

    $ cargo vault recovery use --name ana --identity paper --as again
    `ana` has one more device
      identity  [RECIPIENT]  (in `[ROOT]/ana-home/.config/cargo-vault/identities/again.txt`)
    help: commit and push `.vault`, and lock the recovery key away again

    again: exit 6
    ");
}

#[test]
fn person_without_any_key_is_told_so_with_what_to_do() {
    let bo = ana().clone_for("bo");
    insta::assert_snapshot!(conversation(&bo, &["whoami"], b""), @r"
    exit 4
    --- stdout
    you have no key here
    --- stderr
    warning: nothing vouches for this vault here: compare it with what a member of it sees
    help: `cargo vault join` asks to be let in, and makes you a key
    ");
}

#[test]
fn help_of_an_identity_command_is_all_that_its_source_says() {
    let said = Person::new("ana").vault(&["identity", "new", "--help"]).ok().text();
    assert!(said.contains("It is kept in the system's keychain where one answers"), "{said}");
}
