//! Names that there are not: which one was meant.

use super::{ana_with, conversation};

/// What clap offers for a mistyped command.
#[track_caller]
fn tip(args: &[&str]) -> String {
    let ana = ana_with(&[]);
    let said = ana.vault(args);
    assert_eq!(said.code, 2, "{}", said.err);
    said.err.lines().find_map(|line| line.strip_prefix("  tip: ")).unwrap_or_default().to_owned()
}

#[test]
fn mistyped_command_is_told_the_nearest() {
    insta::assert_snapshot!(conversation(&ana_with(&[]), &["verfy"], b""), @"
    exit 2
    --- stdout
    --- stderr
    error: unrecognized subcommand 'verfy'

      tip: a similar subcommand exists: 'verify'

    Usage: cargo vault [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
}

#[test]
fn letters_that_changed_places_are_seen_through() {
    assert_eq!(tip(&["gte", "A"]), "a similar subcommand exists: 'get'");
}

#[test]
fn command_of_a_group_is_told_the_nearest_of_the_group() {
    assert_eq!(tip(&["identity", "sho"]), "a similar subcommand exists: 'show'");
    assert_eq!(tip(&["-e", "dev", "env", "lits"]), "a similar subcommand exists: 'list'");
    assert_eq!(tip(&["env", "gte"]), "");
}

#[test]
fn word_of_another_program_is_understood() {
    assert_eq!(tip(&["rename", "A", "B"]), "a similar subcommand exists: 'mv'");
    assert_eq!(tip(&["env", "remove", "dev"]), "a similar subcommand exists: 'rm'");
    assert_eq!(tip(&["identity", "remove"]), "");
}

#[test]
fn word_that_is_near_nothing_is_told_nothing() {
    assert_eq!(tip(&["xyzzy"]), "");
}

#[test]
fn secret_of_another_environment_is_found_without_a_key() {
    let ana = ana_with(&[]);
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "-e", "prod", "A"], b"x").ok();
    insta::assert_snapshot!(conversation(&ana, &["get", "A"], b""), @"
    exit 3
    --- stdout
    --- stderr
    error: environment `dev` has no secret `A`

    help: environment `prod` has it: `-e prod`
    help: `cargo vault list -e dev` shows them all
    ");
}

#[test]
fn secret_that_was_moved_away_is_found() {
    let ana = ana_with(&[("A", "x")]);
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault(&["mv", "A", "--to", "prod"]).ok();
    insta::assert_snapshot!(conversation(&ana, &["rm", "A"], b""), @"
    exit 3
    --- stdout
    --- stderr
    error: `dev/A` was deleted on [TIME]

    help: environment `prod` has it: `-e prod`
    help: `cargo vault set -e dev A` sets it again
    ");
}

#[test]
fn deleted_secret_is_not_offered() {
    let ana = ana_with(&[("DATABASE_URL", "x"), ("DATABASE_URI", "y")]);
    ana.vault(&["rm", "DATABASE_URL"]).ok();
    let said = ana.vault(&["get", "DATABASE_UR"]);
    assert!(said.err.contains("help: there is a secret `DATABASE_URI`\n"), "{}", said.err);
    ana.vault(&["rm", "DATABASE_URI"]).ok();
    let said = ana.vault(&["get", "DATABASE_UR"]);
    assert!(!said.err.contains("there is a secret"), "{}", said.err);
}

#[test]
fn name_that_run_does_not_find_is_told_the_nearest() {
    let ana = ana_with(&[("DATABASE_URL", "x")]);
    insta::assert_snapshot!(conversation(&ana, &["run", "--only", "DATABSE_URL", "--", "true"], b""), @"
    exit 125
    --- stdout
    --- stderr
    error: `dev` has no secret `DATABSE_URL`

    help: there is a secret `DATABASE_URL`
    help: `cargo vault list -e dev` shows them all
    help: `cargo vault set -e dev DATABSE_URL` sets it
    ");
}
