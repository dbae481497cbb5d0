//! Settings and pages that there are not, a demo that cannot be played, and cargo's configuration that cannot be read.

use super::{Try, tried};
use crate::harness::Person;

#[test]
fn setting_that_there_is_not() {
    let ana = Person::with_vault("ana");
    insta::assert_snapshot!(tried(&ana, "no-setting", "cargo vault config get colour"), @"
    $ cargo vault config get colour
    error: there is no setting `colour`

    help: there is a setting `color`
    help: `cargo vault config` shows them all
    [exit 3]

    $ cargo vault config
    SETTING        VALUE    FROM
    audit.off      false    built in             Write no audit log
    audit.reads    false    built in             Write plain reads to the audit log too
    (and so on)

    again: exit 3
    ");
}

#[test]
fn setting_that_is_not_set() {
    let ana = Person::with_vault("ana");
    insta::assert_snapshot!(tried(&ana, "not-set", "cargo vault config unset color"), @"
    $ cargo vault config unset color
    error: `color` is not set in `[ROOT]/ana-home/.config/cargo-vault/settings.toml`
    [exit 3]

    again: exit 3
    ");
}

#[test]
fn setting_that_is_the_repositorys() {
    let ana = Person::with_vault("ana");
    insta::assert_snapshot!(tried(&ana, "not-the-users", "cargo vault config set keep 3"), @"
    $ cargo vault config set keep 3
    error: `keep` is the repository's to set

    help: write `keep = …` in `.vault/config.toml`, and commit it
    [exit 2]

    again: exit 2
    ");
}

#[test]
fn setting_that_is_of_no_file() {
    let ana = Person::with_vault("ana");
    let fill = &[("NAME", "dev")];
    let case = Try { person: &ana, code: "not-the-users", line: "cargo vault config set env dev", fill };
    insta::assert_snapshot!(case.told(), @"
    $ cargo vault config set env dev
    error: `env` is no setting of a file

    help: `--env NAME` or the variable `CVAULT_ENV` chooses the environment
    [exit 2]

    $ cargo vault config set env dev --env dev
    error: `env` is no setting of a file

    help: `--env NAME` or the variable `CVAULT_ENV` chooses the environment
    [exit 2]

    again: exit 2
    ");
}

#[test]
fn page_of_a_command_that_there_is_not() {
    let ana = Person::with_vault("ana");
    insta::assert_snapshot!(tried(&ana, "no-command", "cargo vault man env ad"), @"
    $ cargo vault man env ad
    error: `cargo vault env` has no command `ad`

    help: `cargo vault env --help` shows what there is
    [exit 3]

    $ cargo vault env --help
    List, make and remove environments

    Usage: cargo vault env [OPTIONS] <COMMAND>
    (and so on)

    again: exit 3
    ");
}

#[test]
fn demo_without_a_folder_to_play_in() {
    let mut ana = Person::new("ana");
    ana.set("TMPDIR", "/nowhere");
    let fill = &[("FOLDER", ".")];
    let case = Try { person: &ana, code: "demo", line: "cargo vault demo", fill };
    insta::assert_snapshot!(case.told(), @"
    $ cargo vault demo
    error: no folder can be made in `/nowhere`: nobody keeps one there

    help: `export TMPDIR=FOLDER` has it made elsewhere
    [exit 1]

    $ export TMPDIR=.
    (nothing is shown)

    again: exit 0
    ");
}

#[test]
fn demo_without_git() {
    let ana = Person::new("ana");
    insta::assert_snapshot!(tried(&ana, "no-git", "PATH=/nowhere cargo vault demo"), @"
    $ PATH=/nowhere cargo vault demo
    error: there is no `git` in an absolute folder of `PATH`

    help: install git, and try again
    [exit 3]

    again: exit 3
    ");
}

#[test]
fn configuration_of_cargos_that_cannot_be_read() {
    let ana = Person::with_vault("ana");
    ana.sh("mkdir elsewhere; ln -s elsewhere .cargo");
    insta::assert_snapshot!(tried(&ana, "cargo-unread", "cargo vault verify"), @"
    $ cargo vault verify
    cargo-unread: `[ROOT]/ana-project/.cargo` was not looked into: it is a link
      help: `ls -ld [ROOT]/ana-project/.cargo` shows what it is
    1 thing here is not in order
      vault     [VAULT]
      verified  0 secrets, 1 environment, 1 log line
      history   1 commit, of which 1 changed the vault
    [exit 1]

    $ ls -ld [ROOT]/ana-project/.cargo
    (a link is shown)

    again: exit 1
    ");
}
