//! What cannot be moved, copied, set together or written to a file.

use super::{Try, tried};
use crate::harness::Person;

fn ana() -> Person {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "A"], b"value").ok();
    ana.vault_with(&["set", "B"], b"other").ok();
    ana
}

#[test]
fn secret_that_is_there_already() {
    insta::assert_snapshot!(tried(&ana(), "secret-exists", "cargo vault mv A B"), @r"
    $ cargo vault mv A B
    error: `dev/B` exists already (version 1)

    help: `--force` makes it a new version of that one
    [exit 6]

    $ cargo vault mv A B --force
    moved `dev/A` to `dev/B` (version 2)

    again: exit 3
    ");
}

#[test]
fn secret_that_goes_where_it_is() {
    insta::assert_snapshot!(tried(&ana(), "same-place", "cargo vault mv A A"), @r"
    $ cargo vault mv A A
    error: `dev/A` is where it should go already
    [exit 2]

    again: exit 2
    ");
}

#[test]
fn secret_that_stands_in_another_environment() {
    let ana = ana();
    ana.vault(&["env", "add", "prod", "--extends", "dev"]).ok();
    let fill = &[("NEW", "C")];
    let case = Try { person: &ana, code: "inherited", line: "cargo vault mv -e prod A C", fill };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault mv -e prod A C
    error: `prod/A` stands in `dev`, which `prod` extends

    help: `cargo vault mv -e dev A NEW` moves it for all that extend `dev`
    help: `cargo vault cp -e prod A NEW` leaves it there, and makes `prod/NEW`
    [exit 1]

    $ cargo vault mv -e dev A C
    moved `dev/A` to `dev/C` (version 1)

    $ cargo vault cp -e prod A C
    error: `dev/A` was deleted on [TIME]

    help: `cargo vault set -e dev A` sets it again
    [exit 3]

    again: exit 3
    ");
}

#[test]
fn batch_that_is_none() {
    insta::assert_snapshot!(tried(&ana(), "batch", "cargo vault set --batch"), @r"
    $ cargo vault set --batch
    error: standard input: line 1 has no `=`

    help: `--batch=null` takes values of several lines, each ended by NUL, as `env -0` prints them
    [exit 2]

    $ cargo vault set --batch=null
    error: standard input: record 1 has no `=`

    help: `--batch=null` takes values of several lines, each ended by NUL, as `env -0` prints them
    [exit 2]

    again: exit 2
    ");
}

#[test]
fn output_that_is_no_file() {
    let ana = ana();
    insta::assert_snapshot!(tried(&ana, "not-file", "cargo vault get A -o /dev/null"), @r"
    $ cargo vault get A -o /dev/null
    error: `/dev/null` is no plain file

    help: name a file that is not there yet; `-o -` is standard output
    [exit 1]

    again: exit 1
    ");
}
