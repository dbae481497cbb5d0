//! No key, or none that opens.

use super::{Try, tried};
use crate::{
    forge::{Team, anchor},
    harness::Person,
    pty::{is_here, vault_at_terminal},
};

#[test]
fn no_key_at_all() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "A"], b"value").ok();
    ana.sh("mv \"$HOME/.config/cargo-vault/identities/default.txt\" key.txt");
    let fill = &[("FILE", "key.txt"), ("NAME", "ana")];
    let case = Try { person: &ana, code: "no-key", line: "cargo vault get A", fill };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault get A
    error: no key of yours was found, so environment `dev` stays locked

      readable by  ana
    help: set `CVAULT_KEY` or `CVAULT_KEY_FILE`, or name a file with `--identity FILE`
    help: ask with `cargo vault join -e dev`; ana then runs `cargo vault approve NAME`
    [exit 4]

    $ cargo vault get A --identity key.txt
    value

    $ cargo vault join -e dev
    error: `ana` is a member already

    help: `--name NAME` gives another name
    [exit 6]

    $ cargo vault approve ana
    error: nobody asks to join as `ana`

    help: `cargo vault requests` shows them all
    [exit 3]

    again: exit 4
    ");
}

#[test]
fn keys_that_open_nothing_here() {
    let team = Team::new();
    team.ana.vault(&["env", "add", "prod"]).ok();
    team.ana.vault_with(&["set", "-e", "prod", "A"], b"value").ok();
    crate::forge::push(&team.ana);
    crate::forge::pull(&team.bob);
    insta::assert_snapshot!(tried(&team.bob, "locked", "cargo vault get -e prod A"), @r"
    $ cargo vault get -e prod A
    error: your one key cannot open environment `prod`

      your keys    [ID]…[ID] (`[ROOT]/bob-home/.config/cargo-vault/identities/default.txt`)
      readable by  ana
    help: ask with `cargo vault join -e prod`; ana then runs `cargo vault approve bob`
    [exit 4]

    $ cargo vault join -e prod
    `bob` asks for `prod`
      fingerprint  [VAULT]
      identity     [RECIPIENT]  (in `[ROOT]/bob-home/.config/cargo-vault/identities/default.txt`)
    (and so on)

    $ cargo vault approve bob
    error: the fingerprint of `bob` was not compared

    help: `cargo vault approve bob --fingerprint FINGERPRINT` takes the one that you were told another way
    [exit 2]

    again: exit 4
    ");
}

#[test]
fn identity_that_others_can_read() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "A"], b"value").ok();
    ana.sh("chmod 644 \"$HOME/.config/cargo-vault/identities/default.txt\"");
    insta::assert_snapshot!(tried(&ana, "readable", "cargo vault get A"), @r"
    $ cargo vault get A
    error: others can read `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt` (mode 644)

    help: `chmod 600 [ROOT]/ana-home/.config/cargo-vault/identities/default.txt` makes it yours alone
    [exit 4]

    $ chmod 600 [ROOT]/ana-home/.config/cargo-vault/identities/default.txt
    (nothing is shown)

    again: exit 0
    ");
}

#[test]
fn file_that_is_no_identity() {
    let ana = Person::with_vault("ana");
    ana.write("key.txt", "not a key\n");
    let fill = &[("FILE", "other.txt")];
    let case = Try { person: &ana, code: "identity", line: "cargo vault get -i key.txt A", fill };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault get -i key.txt A
    error: `[ROOT]/ana-project/key.txt`: this is no identity of age

    help: `cargo vault identity new --output FILE` makes one
    [exit 4]

    $ cargo vault identity new --output other.txt
    made an identity in `[ROOT]/ana-project/other.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]

    again: exit 4
    ");
}

#[test]
fn file_of_an_identity_that_is_not_there() {
    let ana = Person::with_vault("ana");
    insta::assert_snapshot!(tried(&ana, "read", "cargo vault get -i none.txt A"), @r"
    $ cargo vault get -i none.txt A
    error: `[ROOT]/ana-project/none.txt` cannot be read: No such file or directory (os error 2)
    [exit 4]

    again: exit 4
    ");
}

#[test]
fn key_file_that_was_removed() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "A"], b"value").ok();
    ana.commit("A");
    ana.sh("git rm -q .vault/keys/dev/ana.*");
    ana.commit("away");
    insta::assert_snapshot!(tried(&ana, "key-missing", "cargo vault get A"), @r"
    $ cargo vault get A
    error: `.vault/keys/dev/ana.[ID].age` is missing, so this key cannot open environment `dev`

      readable by  ana
    help: `git log -- .vault/keys/dev/ana.[ID].age` shows who removed it
    [exit 4]

    $ git log -- .vault/keys/dev/ana.[ID].age
    (commits are shown)

    again: exit 4
    ");
}

#[test]
fn vault_that_is_met_for_the_first_time() {
    let ana = Person::with_vault("ana");
    let bob = ana.clone_for("bob");
    insta::assert_snapshot!(tried(&bob, "first-use", "cargo vault list"), @r"
    $ cargo vault list
    error: this vault is not known here yet

      vault    [VAULT]
      founder  ana
      members  ana
      anchor   [ANCHOR]
    help: if that is the vault you mean: `cargo vault trust [ANCHOR]`
    help: where nothing is kept between commands: `export CVAULT_TRUST=[ANCHOR]`
    [exit 5]

    $ cargo vault trust [ANCHOR]
    this vault is trusted from now on
      vault    [VAULT]
      founder  ana
    (and so on)

    $ export CVAULT_TRUST=[ANCHOR]
    (nothing is shown)

    again: exit 0
    ");
}

#[test]
fn vault_that_was_replaced() {
    let ana = Person::with_vault("ana");
    let bob = ana.clone_for("bob");
    bob.vault(&["trust", &anchor(&ana)]).ok();
    ana.sh("rm -rf .vault .git/cargo-vault");
    ana.vault(&["init", "--name", "ana"]).ok();
    ana.commit("another");
    bob.git(&["pull", "-q"]);
    let anchor = anchor(&ana);
    let fill = &[("ANCHOR", anchor.as_str())];
    insta::assert_snapshot!(Try { person: &bob, code: "replaced", line: "cargo vault list", fill }.told(), @r"
    $ cargo vault list
    error: this is another vault ([VAULT]) than the one known here ([VAULT])

    help: if it was replaced on purpose: `cargo vault trust ANCHOR`, with what `cargo vault trust --show` shows a member
    [exit 5]

    $ cargo vault trust [ANCHOR]
    this vault is trusted from now on
      vault    [VAULT]
      founder  ana
    (and so on)

    $ cargo vault trust --show
      vault    [VAULT]
      founder  ana
      members  ana
    (and so on)

    again: exit 0
    ");
}

#[test]
fn passphrase_where_nobody_can_be_asked() {
    let ana = Person::new("ana");
    if !is_here(&ana) {
        return;
    }
    let new = [("New passphrase: ", "right\r"), ("the same again: ", "right\r")];
    vault_at_terminal(&ana, &new, &["init", "--passphrase"]).ok();
    insta::assert_snapshot!(tried(&ana, "no-terminal", "cargo vault get A"), @r"
    $ cargo vault get A
    error: `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt` is under a passphrase, and there is no terminal to ask for it

    help: a machine has a key of its own: `cargo vault ci setup`, typed at a terminal, makes one
    [exit 4]

    $ cargo vault ci setup
    error: `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt` is under a passphrase, and there is no terminal to ask for it

    help: a machine has a key of its own: `cargo vault ci setup`, typed at a terminal, makes one
    [exit 4]

    again: exit 4
    ");
}

#[test]
fn passphrase_that_is_wrong() {
    let ana = Person::new("ana");
    if !is_here(&ana) {
        return;
    }
    let new = [("New passphrase: ", "right\r"), ("the same again: ", "right\r")];
    vault_at_terminal(&ana, &new, &["init", "--passphrase"]).ok();
    let said = vault_at_terminal(&ana, &[("default.txt`: ", "wrong\r")], &["get", "A"]);
    insta::assert_snapshot!(crate::harness::redacted(&said.conversation(), &ana), @r"
    exit 4
    --- stdout
    Passphrase of `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`: 
    error: `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`: the passphrase does not open this identity
    --- stderr
    ");
}

#[test]
fn question_without_a_terminal() {
    let ana = Person::new("ana");
    insta::assert_snapshot!(tried(&ana, "no-terminal", "cargo vault identity new --passphrase"), @r"
    $ cargo vault identity new --passphrase
    error: there is no terminal to ask at
    [exit 2]

    again: exit 2
    ");
}

#[test]
fn key_of_somebody_who_came_later() {
    let team = Team::new();
    team.ana.git(&["tag", "then"]);
    team.ana.vault(&["identity", "new", "-o", "../dora.txt"]).ok();
    team.ana.vault(&["join", "--name", "dora", "-i", "../dora.txt"]).ok();
    team.ana.vault(&["approve", "dora", "--yes"]).ok();
    team.ana.commit("dora");
    team.ana.git(&["push", "-q", "--tags", "origin", "main"]);
    let mut dora = team.fresh("dora");
    dora.env.insert("CVAULT_TRUST".to_owned(), "first-use".to_owned());
    dora.env.insert("CVAULT_KEY_FILE".to_owned(), "../dora.txt".to_owned());
    insta::assert_snapshot!(tried(&dora, "locked-then", "cargo vault get DB --at then"), @r"
    $ cargo vault get DB --at then
    error: your one key does not open environment `dev` as commit [ID] has it

      your keys         [ID]…[ID] (`[ROOT]/dora-project/../dora.txt` (from `CVAULT_KEY_FILE`))
      readable then by  ana, bob, carl
    help: `cargo vault list -e dev --at [ID]` needs no key
    [exit 4]

    $ cargo vault list -e dev --at [ID]
    DB

    again: exit 4
    ");
}

#[test]
fn version_that_no_commit_has() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"value").ok();
    ana.commit("value");
    insta::assert_snapshot!(tried(&ana, "no-version", "cargo vault show DB --version 7"), @r"
    $ cargo vault show DB --version 7
    error: no commit that leads here has version 7 of `dev/DB`

      versions  1
    help: `cargo vault history -e dev DB` shows what there was
    [exit 3]

    $ cargo vault history -e dev DB
    VERSION  WHERE    SET         BY   COMMIT        READABLE THEN BY  WHAT
    1        current  [DATE]  ana  [ID]  ana               new · 1 · by ana

    again: exit 3
    ");
}
