//! `mv`.

use cargo_vault::kernel::model::{PENDING, Policy, Record, Rotation};

use super::{ana_with, conversation, files, json};
use crate::{
    forge::{Forge, Team, change, env, identity, member, name, now},
    harness::Person,
};

/// A secret's record, as it stands in the work tree.
#[track_caller]
fn record(at: &Person, env_name: &str, secret: &str) -> Record {
    let bytes = at.read(&format!(".vault/secrets/{env_name}/{secret}.toml"));
    cargo_vault::kernel::format::secret::parse(&env(env_name), &name(secret), &bytes).unwrap().record
}

fn numbers(record: &Record) -> Vec<(u64, u64)> {
    record.versions.iter().map(|version| (version.number, version.born)).collect()
}

/// Ana with the versions 1, 2 and 3 of `A`, all in the file, and `prod` beside `dev`.
fn ana_with_three() -> Person {
    let ana = ana_with(&[]);
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "A", "--keep", "5", "--description", "what for", "--tag", "t=u"], b"1").ok();
    ana.vault_with(&["set", "A"], b"2").ok();
    ana.vault_with(&["set", "A"], b"3").ok();
    ana
}

#[test]
fn secret_gets_another_name() {
    let ana = ana_with(&[("DB_URL", "x")]);
    insta::assert_snapshot!(conversation(&ana, &["mv", "DB_URL", "db/url"], b""), @r"
    exit 0
    --- stdout
    moved `dev/DB_URL` to `dev/db/url` (version 1)
    --- stderr
    ");
    assert_eq!(ana.vault(&["get", "db/url"]).ok().out, b"x");
    assert_eq!(ana.vault(&["list"]).ok().text(), "db/url\n");
    ana.vault(&["verify"]).ok();
}

#[test]
fn secret_goes_to_another_environment_under_its_name() {
    let ana = ana_with(&[("A", "x")]);
    ana.vault(&["env", "add", "prod"]).ok();
    insta::assert_snapshot!(conversation(&ana, &["mv", "A", "--to", "prod"], b""), @r"
    exit 0
    --- stdout
    moved `dev/A` to `prod/A` (version 1)
    --- stderr
    ");
    assert_eq!(ana.vault(&["get", "-e", "prod", "A"]).ok().out, b"x");
    insta::assert_snapshot!(conversation(&ana, &["get", "A"], b""), @r"
    exit 3
    --- stdout
    --- stderr
    error: `dev/A` was deleted on [TIME]

    help: environment `prod` has it: `-e prod`
    help: `cargo vault set -e dev A` sets it again
    ");
}

#[test]
fn mv_in_json_has_its_shape() {
    let ana = ana_with_three();
    let answer = json(&ana.vault(&["mv", "A", "B", "--to", "prod", "--json"]).ok());
    let expected = serde_json::json!({
        "schema": 1,
        "from": { "env": "dev", "name": "A" },
        "to": { "env": "prod", "name": "B" },
        "version": 3,
        "versions": 3,
    });
    assert_eq!(answer, expected);
}

#[test]
fn older_versions_go_along_with_their_numbers() {
    let ana = ana_with_three();
    let before = record(&ana, "dev", "A");
    let said = ana.vault(&["mv", "A", "B"]).ok();
    assert_eq!(said.text(), "moved `dev/A` to `dev/B` (version 3, with 2 older ones)\n");
    let values = ["1", "2", "3"].map(|number| ana.vault(&["get", "B", "--version", number]).ok().text());
    assert_eq!(values, ["1", "2", "3"]);
    let after = record(&ana, "dev", "B");
    assert_eq!((after.created, after.keep, after.kind), (before.created, 5, before.kind));
    assert_eq!((&after.description, &after.tags), (&before.description, &before.tags));
    let times =
        |record: &Record| record.versions.iter().map(|v| (v.created, v.author.clone())).collect::<Vec<_>>();
    assert_eq!(times(&after), times(&before));
}

#[test]
fn tombstone_in_the_old_place_counts_on() {
    let ana = ana_with_three();
    ana.vault(&["mv", "A", "B"]).ok();
    let old = record(&ana, "dev", "A");
    assert_eq!((old.deleted.unwrap().number, old.versions.len()), (3, 0));
    assert_eq!(ana.vault_with(&["set", "A"], b"x").ok().text(), "set `dev/A` (version 4)\n");
}

#[test]
fn target_that_was_deleted_counts_on() {
    let ana = ana_with_three();
    ana.vault_with(&["set", "B"], b"old").ok();
    ana.vault(&["rm", "B"]).ok();
    assert_eq!(
        ana.vault(&["mv", "A", "B"]).ok().text(),
        "moved `dev/A` to `dev/B` (version 4, with 2 older ones)\n"
    );
    assert_eq!(ana.vault(&["get", "B", "--version", "2"]).ok().out, b"1");
}

#[test]
fn target_that_exists_is_refused_and_nothing_moves() {
    let ana = ana_with(&[("A", "x"), ("B", "y")]);
    let before = files(&ana);
    insta::assert_snapshot!(conversation(&ana, &["mv", "A", "B"], b""), @r"
    exit 6
    --- stdout
    --- stderr
    error: `dev/B` exists already (version 1)

    help: `--force` makes it a new version of that one
    ");
    assert_eq!(files(&ana), before);
}

#[test]
fn forced_move_is_a_new_version_of_the_target() {
    let ana = ana_with(&[("B", "y")]);
    ana.vault_with(&["set", "A", "--keep", "3"], b"x").ok();
    let said = ana.vault(&["mv", "A", "B", "--force"]).ok();
    assert_eq!(said.text(), "moved `dev/A` to `dev/B` (version 2)\n");
    assert_eq!(ana.vault(&["get", "B"]).ok().out, b"x");
    assert_eq!(ana.vault(&["get", "B", "--version", "1"]).ok().out, b"y");
}

#[test]
fn same_place_is_refused() {
    let ana = ana_with(&[("A", "x")]);
    let before = files(&ana);
    ana.vault(&["mv", "A", "A"]).refused(2, "error: `dev/A` is where it should go already");
    ana.vault(&["mv", "A", "--to", "dev"]).refused(2, "error: `dev/A` is where it should go already");
    assert_eq!(files(&ana), before);
}

#[test]
fn new_name_or_environment_must_be_said() {
    let ana = ana_with(&[("A", "x")]);
    assert_eq!(ana.vault(&["mv", "A"]).code, 2);
}

#[test]
fn secret_that_is_not_there_is_refused_with_the_nearest() {
    let ana = ana_with(&[("DATABASE_URL", "x")]);
    insta::assert_snapshot!(conversation(&ana, &["mv", "DATABSE_URL", "X"], b""), @r"
    exit 3
    --- stdout
    --- stderr
    error: environment `dev` has no secret `DATABSE_URL`

    help: there is a secret `DATABASE_URL`
    help: `cargo vault list -e dev` shows them all
    ");
}

#[test]
fn environment_that_is_not_there_is_refused() {
    let ana = ana_with(&[("A", "x")]);
    ana.vault(&["mv", "A", "--to", "prod"]).refused(3, "error: environment `prod` does not exist");
}

#[test]
fn name_that_differs_in_case_only_is_refused() {
    let ana = ana_with(&[("db", "x")]);
    let before = files(&ana);
    ana.vault(&["mv", "db", "DB"])
        .refused(6, "error: `db` and `DB` of environment `dev` differ only in case");
    assert_eq!(files(&ana), before);
}

#[test]
fn secret_of_an_extended_environment_is_not_moved_from_the_extending_one() {
    let ana = ana_with(&[("A", "x")]);
    ana.vault(&["env", "add", "prod", "--extends", "dev"]).ok();
    let before = files(&ana);
    insta::assert_snapshot!(conversation(&ana, &["mv", "-e", "prod", "A", "B"], b""), @r"
    exit 1
    --- stdout
    --- stderr
    error: `prod/A` stands in `dev`, which `prod` extends

    help: `cargo vault mv -e dev A NEW` moves it for all that extend `dev`
    help: `cargo vault cp -e prod A NEW` leaves it there, and makes `prod/NEW`
    ");
    assert_eq!(files(&ana), before);
}

#[test]
fn what_an_extended_environment_has_of_the_old_name_is_told() {
    let ana = ana_with(&[("A", "dev's")]);
    ana.vault(&["env", "add", "prod", "--extends", "dev"]).ok();
    ana.vault_with(&["set", "-e", "prod", "A"], b"prod's").ok();
    insta::assert_snapshot!(conversation(&ana, &["mv", "-e", "prod", "A", "B"], b""), @r"
    exit 0
    --- stdout
    moved `prod/A` to `prod/B` (version 1)
    --- stderr
    note: `prod/A` is from now on what `dev` has of that name
    ");
    assert_eq!(ana.vault(&["get", "-e", "prod", "A"]).ok().out, b"dev's");
}

#[test]
fn value_stays_as_old_as_it_is_inside_its_environment() {
    let ana = ana_with_three();
    Forge::of(&ana).rekey((&ana, "ana"), "dev").sign(&identity(&ana), "rekey").put(&ana);
    ana.vault(&["mv", "A", "B"]).ok();
    let moved = record(&ana, "dev", "B");
    assert_eq!((moved.epoch, numbers(&moved)), (2, vec![(3, 1), (2, 1), (1, 1)]));
    assert_eq!(ana.vault(&["get", "B"]).ok().out, b"3");
    ana.vault(&["verify"]).ok();
}

#[test]
fn value_begins_with_the_epoch_of_the_other_environment() {
    let ana = ana_with_three();
    Forge::of(&ana).rekey((&ana, "ana"), "prod").sign(&identity(&ana), "rekey").put(&ana);
    ana.vault(&["mv", "A", "--to", "prod"]).ok();
    let moved = record(&ana, "prod", "A");
    assert_eq!((moved.epoch, numbers(&moved)), (2, vec![(3, 2), (2, 2), (1, 2)]));
    assert_eq!(ana.vault(&["get", "-e", "prod", "A", "--version", "2"]).ok().out, b"2");
    ana.vault(&["verify"]).ok();
}

#[test]
fn rotation_policy_and_kind_go_along() {
    let ana = ana_with(&[]);
    ana.vault_with(&["set", "A", "--kind", "json"], b"{}").ok();
    let policy = Policy { every: "30d".into(), grace: None, generate: "hex:32".into(), target: None };
    change(&ana, "dev/A", &identity(&ana), |record| {
        record.revision += 1;
        record.policy = Some(policy.clone());
    });
    ana.vault(&["mv", "A", "B"]).ok();
    let moved = record(&ana, "dev", "B");
    assert_eq!((moved.policy.clone(), moved.kind.as_str()), (Some(policy), "json"));
    // A copy's is its own: two that rotate one target would lock each other out.
    ana.vault(&["cp", "B", "C"]).ok();
    let copied = record(&ana, "dev", "C");
    assert_eq!((copied.policy, copied.kind.as_str()), (None, "json"));
}

#[test]
fn secret_whose_rotation_is_not_done_stays() {
    let ana = ana_with_three();
    change(&ana, "dev/A", &identity(&ana), |record| {
        record.revision += 1;
        let lease = now();
        record.versions[0].stages = vec![PENDING.to_owned()];
        record.versions[0].rotation =
            Some(Rotation { id: "1".into(), by: member("ana"), lease, applied: false });
        record.versions[1].stages = vec!["current".to_owned()];
    });
    ana.vault(&["mv", "A", "B"]).refused(6, "error: a rotation of `dev/A` is not done yet");
}

#[test]
fn who_may_only_read_moves_nothing() {
    let Team { carl, .. } = Team::new();
    let before = files(&carl);
    carl.vault(&["mv", "DB", "OTHER"]).refused(1, "error: `carl` may not write environment `dev`");
    assert_eq!(files(&carl), before);
}

#[test]
fn who_may_not_write_the_target_moves_nothing() {
    let Team { ana, bob, .. } = Team::new();
    ana.vault(&["env", "add", "prod"]).ok();
    crate::forge::push(&ana);
    crate::forge::pull(&bob);
    let before = files(&bob);
    let said = bob.vault(&["mv", "DB", "--to", "prod"]);
    assert_eq!((said.code, files(&bob)), (4, before), "{}", said.err);
    assert!(said.err.starts_with("error: your one key cannot open environment `prod`\n"), "{}", said.err);
}

#[test]
fn forged_secret_is_not_moved() {
    let ana = ana_with(&[("A", "x"), ("B", "y")]);
    ana.sh("cp .vault/secrets/dev/B.toml .vault/secrets/dev/A.toml");
    let before = files(&ana);
    assert_eq!(ana.vault(&["mv", "A", "C"]).code, 5);
    assert_eq!(files(&ana), before);
}

#[test]
fn audit_log_names_both_environments_and_both_names() {
    let ana = ana_with(&[("A", "x")]);
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault(&["mv", "A", "B", "--to", "prod"]).ok();
    let log = ana.sh("cat ~/.local/state/cargo-vault/audit.jsonl");
    let last = log.lines().last().unwrap();
    let wanted = r#""actor":"ana","action":"mv","env":"dev","to":"prod","names":["A","B"],"outcome":"done""#;
    assert!(last.contains(wanted), "{last}");
}
