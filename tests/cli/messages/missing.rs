//! Things that were named and are not there.

use super::{Try, tried};
use crate::harness::Person;

fn ana() -> Person {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DATABASE_URL"], b"value").ok();
    ana
}

#[test]
fn vault() {
    let ana = Person::new("ana");
    insta::assert_snapshot!(tried(&ana, "no-vault", "cargo vault list"), @r"
    $ cargo vault list
    error: there is no `.vault` in `[ROOT]/ana-project` or any folder above it

    help: `cargo vault init` makes one here
    [exit 3]

    $ cargo vault init
    created .vault with environment `dev`; you are `ana`, its first admin
      vault     [VAULT]
      identity  [RECIPIENT]  (in `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`)
    (and so on)

    again: exit 0
    ");
}

#[test]
fn environment() {
    insta::assert_snapshot!(tried(&ana(), "no-environment", "cargo vault list -e produ"), @r"
    $ cargo vault list -e produ
    error: environment `produ` does not exist

    help: `cargo vault env list` shows them all
    [exit 3]

    $ cargo vault env list
    ENVIRONMENT  WRITE  READ  EXTENDS
    dev          ana                   default

    again: exit 3
    ");
}

#[test]
fn environment_with_a_near_one() {
    let ana = ana();
    ana.vault(&["env", "add", "prod"]).ok();
    insta::assert_snapshot!(tried(&ana, "no-environment", "cargo vault get -e produ A"), @r"
    $ cargo vault get -e produ A
    error: environment `produ` does not exist

    help: there is an environment `prod`
    help: `cargo vault env list` shows them all
    [exit 3]

    $ cargo vault env list
    ENVIRONMENT  WRITE  READ  EXTENDS
    dev          ana                   default
    prod         ana

    again: exit 3
    ");
}

#[test]
fn secret() {
    insta::assert_snapshot!(tried(&ana(), "no-secret", "cargo vault get DATABASE_URI"), @r"
    $ cargo vault get DATABASE_URI
    error: environment `dev` has no secret `DATABASE_URI`

    help: there is a secret `DATABASE_URL`
    help: `cargo vault list -e dev` shows them all
    [exit 3]

    $ cargo vault list -e dev
    DATABASE_URL

    again: exit 3
    ");
}

#[test]
fn secret_of_run() {
    let line = "cargo vault run --only TOKEN -- /bin/true";
    insta::assert_snapshot!(tried(&ana(), "no-secret", line), @r"
    $ cargo vault run --only TOKEN -- /bin/true
    error: `dev` has no secret `TOKEN`

    help: `cargo vault list -e dev` shows them all
    help: `cargo vault set -e dev TOKEN` sets it
    [exit 125]

    $ cargo vault list -e dev
    DATABASE_URL

    $ cargo vault set -e dev TOKEN
    set `dev/TOKEN` (version 1)

    again: exit 0
    ");
}

#[test]
fn secret_that_was_deleted() {
    let ana = ana();
    ana.vault(&["rm", "DATABASE_URL"]).ok();
    insta::assert_snapshot!(tried(&ana, "deleted", "cargo vault get DATABASE_URL"), @r"
    $ cargo vault get DATABASE_URL
    error: `dev/DATABASE_URL` was deleted on [TIME]

    help: `cargo vault set -e dev DATABASE_URL` sets it again
    [exit 3]

    $ cargo vault set -e dev DATABASE_URL
    set `dev/DATABASE_URL` (version 2)

    again: exit 0
    ");
}

#[test]
fn version() {
    let ana = ana();
    ana.commit("first");
    ana.vault_with(&["set", "DATABASE_URL", "--keep", "1"], b"other").ok();
    ana.commit("second");
    let line = "cargo vault get --version 1 DATABASE_URL";
    insta::assert_snapshot!(tried(&ana, "no-version", line), @r"
    $ cargo vault get --version 1 DATABASE_URL
    error: `dev/DATABASE_URL` has no version 1 in its file

      versions  2
    help: `cargo vault history -e dev DATABASE_URL` shows what there was
    help: `cargo vault show -e dev --version 1 DATABASE_URL` looks in git's history too
    [exit 3]

    $ cargo vault history -e dev DATABASE_URL
    VERSION  WHERE    SET         BY   COMMIT        READABLE THEN BY  WHAT
    2        current  [DATE]  ana  [ID]  ana               value changed · 1 → 2 · by ana
    1        git      [DATE]  ana  [ID]  ana               new · 1 · by ana

    $ cargo vault show -e dev --version 1 DATABASE_URL
    valuenote: `dev/DATABASE_URL` version 1, set by ana on [TIME], as commit [ID] of [TIME] has it

    again: exit 3
    ");
}

#[test]
fn identity() {
    let ana = Person::new("ana");
    insta::assert_snapshot!(tried(&ana, "no-identity", "cargo vault identity show"), @r"
    $ cargo vault identity show
    error: you have no identity yet

    help: `cargo vault identity new` makes one; `cargo vault init` does too
    [exit 3]

    $ cargo vault identity new
    made an identity in `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]

    $ cargo vault init
    created .vault with environment `dev`; you are `ana`, its first admin
      vault     [VAULT]
      identity  [RECIPIENT]  (in `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`)
    (and so on)

    again: exit 0
    ");
}

#[test]
fn program() {
    insta::assert_snapshot!(tried(&ana(), "no-program", "cargo vault run -- no-such-program"), @r"
    $ cargo vault run -- no-such-program
    error: there is no program `no-such-program`
    [exit 127]

    again: exit 127
    ");
}

#[test]
fn folder() {
    insta::assert_snapshot!(tried(&ana(), "no-folder", "cargo vault -C none list"), @r"
    $ cargo vault -C none list
    error: there is no folder `none`
    [exit 2]

    again: exit 2
    ");
}

#[test]
fn file_of_a_value() {
    let ana = ana();
    let case = Try { person: &ana, code: "read", line: "cargo vault set A --file none.txt", fill: &[] };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault set A --file none.txt
    error: `[ROOT]/ana-project/none.txt` cannot be read: No such file or directory (os error 2)
    [exit 3]

    again: exit 3
    ");
}

#[test]
fn references_that_lead_to_nothing() {
    let ana = Person::with_vault("ana");
    ana.write("app.tmpl", "{{ vault \"A\" }}\ncvault://dev/B\n");
    insta::assert_snapshot!(tried(&ana, "references", "cargo vault inject app.tmpl"), @r"
    $ cargo vault inject app.tmpl
    error: 2 references lead to no value

      faults  `app.tmpl`, line 1: environment `dev` has no secret `A`
              `app.tmpl`, line 2: environment `dev` has no secret `B`
    [exit 3]

    again: exit 3
    ");
}
