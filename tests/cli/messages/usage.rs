//! Command lines and settings that make no sense.

use super::{Try, tried};
use crate::harness::Person;

fn ana() -> Person {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "A"], b"value").ok();
    ana
}

#[test]
fn two_environments_where_one_is_taken() {
    let ana = ana();
    ana.vault(&["env", "add", "prod"]).ok();
    insta::assert_snapshot!(tried(&ana, "several-environments", "cargo vault get -e dev -e prod A"), @r"
    $ cargo vault get -e dev -e prod A
    error: this command takes one environment
    [exit 2]

    again: exit 2
    ");
}

#[test]
fn removal_that_nobody_confirms() {
    let ana = ana();
    ana.vault(&["env", "add", "prod"]).ok();
    insta::assert_snapshot!(tried(&ana, "not-confirmed", "cargo vault env rm prod"), @r"
    $ cargo vault env rm prod
    error: environment `prod` and its 0 secrets are removed only when asked twice

    help: `cargo vault env rm prod --yes` removes them
    [exit 2]

    $ cargo vault env rm prod --yes
    removed environment `prod`

    again: exit 3
    ");
}

#[test]
fn generator_that_there_is_not() {
    insta::assert_snapshot!(tried(&ana(), "generate", "cargo vault set B --generate=dice"), @r"
    $ cargo vault set B --generate=dice
    error: `dice` names no generator

      generators  alphanumeric:LEN, hex:LEN, base64:LEN, uuid, age
    [exit 2]

    again: exit 2
    ");
}

#[test]
fn person_without_a_name() {
    let mut ana = Person::new("ana");
    ana.env.clear();
    let line = "cargo vault init";
    insta::assert_snapshot!(tried(&ana, "no-name", line), @r"
    $ cargo vault init
    error: neither git nor the system knows your name

    help: `--name ana` gives one
    [exit 2]

    $ cargo vault init --name ana
    created .vault with environment `dev`; you are `ana`, its first admin
      vault     [VAULT]
      identity  [RECIPIENT]  (in `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`)
    (and so on)

    again: exit 6
    ");
}

#[test]
fn variable_that_is_no_environment() {
    let mut ana = ana();
    ana.set("CVAULT_ENV", "a\x1b[31mb");
    insta::assert_snapshot!(tried(&ana, "name", "cargo vault list"), @r"
    $ cargo vault list
    error: `CVAULT_ENV`: `a\u{1b}[31mb` cannot be a name: only lower-case letters, digits and `-` may stand in it
    [exit 2]

    again: exit 2
    ");
}

#[test]
fn variable_that_is_no_anchor() {
    let mut ana = ana();
    ana.set("CVAULT_TRUST", "yes");
    insta::assert_snapshot!(tried(&ana, "anchor", "cargo vault list"), @r"
    $ cargo vault list
    error: `CVAULT_TRUST` is neither `first-use` nor an anchor
    [exit 2]

    again: exit 2
    ");
}

#[test]
fn settings_with_an_unknown_word() {
    let ana = ana();
    ana.sh("mkdir -p \"$HOME/.config/cargo-vault\"; echo 'colour = true' > \"$HOME/.config/cargo-vault/settings.toml\"");
    insta::assert_snapshot!(tried(&ana, "settings", "cargo vault list"), @"
    $ cargo vault list
    error: `[ROOT]/ana-home/.config/cargo-vault/settings.toml`: unknown field `colour`, expected one of `color`, `commit`, `audit`, `run`, `plugins`

    help: `cargo vault config` shows what there is to set
    [exit 2]

    $ cargo vault config
    SETTING        VALUE    FROM
    audit.off      false    built in             Write no audit log
    audit.reads    false    built in             Write plain reads to the audit log too
    (and so on)
    [exit 2]

    again: exit 2
    ");
}

#[test]
fn value_that_is_not_of_its_kind() {
    insta::assert_snapshot!(tried(&ana(), "not-of-kind", "cargo vault set B --kind json '{'"), @r"
    $ cargo vault set B --kind json '{'
    error: this value is not of kind `json`

    help: `--kind binary` takes any bytes
    [exit 2]

    $ cargo vault set B --kind binary '{'
    set `dev/B` (version 1)

    again: exit 2
    ");
}

#[test]
fn vault_that_is_there_already() {
    insta::assert_snapshot!(tried(&ana(), "exists", "cargo vault init"), @r"
    $ cargo vault init
    error: there is a vault in `[ROOT]/ana-project/.vault` already

    help: `cargo vault verify` shows whether it is sound
    [exit 6]

    $ cargo vault verify
    everything here is as its members signed it
      vault     [VAULT]
      verified  1 secret, 1 environment, 1 log line
    (and so on)

    again: exit 6
    ");
}

#[test]
fn identity_that_is_there_already() {
    let ana = ana();
    let fill = &[("NAME", "second")];
    let case = Try { person: &ana, code: "identity-exists", line: "cargo vault identity new", fill };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault identity new
    error: you have an identity `default` already: `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`

    help: `cargo vault identity list` shows those that you have
    help: `cargo vault identity new NAME` makes another
    [exit 6]

    $ cargo vault identity list
    NAME     RECIPIENT        MEMBER  WHERE
    default  [ID]…[ID]  ana     `~/.config/cargo-vault/identities/default.txt`

    $ cargo vault identity new second
    made an identity in `[ROOT]/ana-home/.config/cargo-vault/identities/second.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]

    again: exit 6
    ");
}

#[test]
fn environment_that_is_there_already() {
    insta::assert_snapshot!(tried(&ana(), "environment-exists", "cargo vault env add dev"), @r"
    $ cargo vault env add dev
    error: environment `dev` exists already

    help: `cargo vault env list` shows them all
    [exit 6]

    $ cargo vault env list
    ENVIRONMENT  WRITE  READ  EXTENDS
    dev          ana                   default

    again: exit 6
    ");
}

#[test]
fn member_that_is_there_already() {
    let ana = ana();
    let fill = &[("NAME", "runner")];
    let case = Try { person: &ana, code: "member-exists", line: "cargo vault ci setup --name ana", fill };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault ci setup --name ana
    error: `ana` is a member already

    help: `--name NAME` gives another name
    [exit 6]

    $ cargo vault ci setup --name runner
    added `runner`, a machine that may read `dev`

    Its key, shown this once and stored nowhere. It goes into the variable CVAULT_KEY:
    (and so on)

    again: exit 6
    ");
}

#[test]
fn text_with_a_reference_that_is_none() {
    let ana = ana();
    ana.write("app.tmpl", "a: {{ vault A }}\n");
    insta::assert_snapshot!(tried(&ana, "template", "cargo vault inject app.tmpl"), @r#"
    $ cargo vault inject app.tmpl
    error: `app.tmpl`: line 1, column 4: behind `{{ vault` stands neither a name nor a literal

    help: a reference is written {{ vault "NAME" }}, and two braces as text {{ vault literal "{{" }}
    [exit 2]

    again: exit 2
    "#);
}

#[test]
fn filter_that_there_is_not() {
    let ana = ana();
    ana.write("app.tmpl", "a: {{ vault \"A\" | yaml }}\n");
    insta::assert_snapshot!(tried(&ana, "template", "cargo vault inject app.tmpl"), @r"
    $ cargo vault inject app.tmpl
    error: `app.tmpl`: line 1, column 4: there is no such filter

    help: `json`, `base64` and `url` are filters
    [exit 2]

    again: exit 2
    ");
}

#[test]
fn dotenv_file_that_would_have_to_be_expanded() {
    let ana = ana();
    ana.write(".env", "A=$HOME/a\n");
    insta::assert_snapshot!(tried(&ana, "dotenv", "cargo vault run --inject .env -- true"), @r"
    $ cargo vault run --inject .env -- true
    error: `.env`: line 1: `$` would have to be expanded

    help: between single quotes `$` is a character as any other
    [exit 125]

    again: exit 125
    ");
}

#[test]
fn exposing_to_what_is_not_cargo() {
    insta::assert_snapshot!(tried(&ana(), "not-cargo", "cargo vault run --expose-build A -- /bin/true"), @r"
    $ cargo vault run --expose-build A -- /bin/true
    error: `--expose-build` is for cargo, and `/bin/true` is another program
    [exit 125]

    again: exit 125
    ");
}

#[test]
fn exposing_what_is_not_given() {
    let line = "cargo vault run --except A --expose-build A -- cargo run";
    insta::assert_snapshot!(tried(&ana(), "not-chosen", line), @r"
    $ cargo vault run --except A --expose-build A -- cargo run
    error: `A` is not among the secrets that are given, so it is not exposed
    [exit 125]

    again: exit 125
    ");
}

#[test]
fn miri() {
    insta::assert_snapshot!(tried(&ana(), "miri", "cargo vault run -- cargo miri run"), @r"
    $ cargo vault run -- cargo miri run
    error: `cargo miri` interprets the program inside the compiler, where build scripts and macros would see the values

    help: `cargo miri` alone runs it, without secrets
    [exit 125]

    again: exit 125
    ");
}

#[test]
fn manifest_with_an_unknown_word() {
    let ana = ana();
    ana.write("Cargo.toml", "[package]\nname = \"app\"\n[package.metadata.vault]\nonyl = [\"A\"]\n");
    insta::assert_snapshot!(tried(&ana, "manifest", "cargo vault run -- cargo run"), @r#"
    $ cargo vault run -- cargo run
    error: `[package.metadata.vault]` in `[ROOT]/ana-project/Cargo.toml`: unknown field `onyl`, expected `env` or `only`

    help: it takes `env` and `only`, as `only = ["DATABASE_URL"]`, in [ROOT]/ana-project/Cargo.toml
    [exit 125]

    again: exit 125
    "#);
}
