//! The lines that are told of a secret, one thing changed at a time.

use std::{collections::BTreeMap, sync::LazyLock};

use super::record_changes;
use crate::kernel::{
    model::{CURRENT, Kind, PENDING, Policy, Record, Rotation, Tombstone, Version},
    name::{EnvName, MemberName, SecretName},
    seal::{EnvKey, Epoch, Identity, KeyTag, Place, Sealed, seal, sha256, vault_id},
    secret::Secret,
    time::Timestamp,
};

fn member(name: &str) -> MemberName {
    MemberName::parse(name).unwrap()
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T10:00:00Z").unwrap()
}

fn sealed() -> Sealed {
    let env = EnvName::parse("dev").unwrap();
    let name = SecretName::parse("DB").unwrap();
    let vault = vault_id(&Identity::generate().signing_key().public(), &sha256(b"nonce"));
    let key = EnvKey::generate().seal_key(&Epoch { vault: &vault, env: &env, number: 1 });
    let place = Place { vault: &vault, env: &env, name: &name, number: 3, epoch: 1, kind: Kind::Text };
    seal(&key, &place, &Secret::new(b"a value".to_vec()))
}

/// Sealed once, as a value is that stays.
static SEALED: LazyLock<Sealed> = LazyLock::new(sealed);

fn version(number: u64) -> Version {
    Version {
        number,
        id: None,
        stages: vec![CURRENT.to_owned()],
        created: now(),
        author: member("ana"),
        born: 1,
        until: None,
        rotation: None,
        sealed: SEALED.clone(),
    }
}

/// `dev/DB` as ana set it for the third time.
fn third() -> Record {
    Record {
        env: EnvName::parse("dev").unwrap(),
        name: SecretName::parse("DB").unwrap(),
        revision: 3,
        kind: Kind::Text,
        description: None,
        tags: BTreeMap::new(),
        created: now(),
        epoch: 1,
        key: KeyTag::parse("0123456789abcdef").unwrap(),
        keep: 1,
        writer: member("ana"),
        policy: None,
        deleted: None,
        versions: vec![version(3)],
    }
}

/// The next revision, by bob.
fn next(change: impl FnOnce(&mut Record)) -> Record {
    let mut record = Record { revision: 4, writer: member("bob"), ..third() };
    change(&mut record);
    record
}

fn told(before: Option<&Record>, after: Option<&Record>) -> Vec<String> {
    record_changes(before, after).iter().map(ToString::to_string).collect()
}

fn buried(record: &mut Record) {
    record.versions.clear();
    record.deleted = Some(Tombstone { at: now(), number: 3, until: None });
}

#[test]
fn new_secret_is_told_with_all_that_it_says_of_itself() {
    let record = next(|record| {
        record.kind = Kind::Json;
        record.description = Some("primary\n\"db\"".to_owned());
        record.tags.insert("team".to_owned(), "payments".to_owned());
        record.keep = 3;
    });
    let lines = [
        "new · 3 · by bob",
        "kind: text → json",
        r#"description: "primary\n\"db\"""#,
        r#"tag "team": "payments""#,
        "keep: 1 → 3",
    ];
    assert_eq!(told(None, Some(&record)), lines);
}

#[test]
fn value_of_another_number_has_changed() {
    let after = next(|record| record.versions = vec![version(4)]);
    assert_eq!(told(Some(&third()), Some(&after)), ["value changed · 3 → 4 · by bob"]);
}

#[test]
fn value_that_was_compared_is_told_as_what_it_is() {
    let after = next(|record| record.versions = vec![version(4)]);
    let [change] = record_changes(Some(&third()), Some(&after)).try_into().unwrap();
    let told = [true, false].map(|equal| change.clone().compared(equal).to_string());
    assert_eq!(told, ["set again, same value · 3 → 4 · by bob", "value changed · 3 → 4 · by bob"]);
}

#[test]
fn value_of_one_number_under_another_key_was_sealed_again() {
    let after = next(|record| record.epoch = 2);
    assert_eq!(told(Some(&third()), Some(&after)), ["re-sealed · epoch 1 → 2 · by bob"]);
}

#[test]
fn another_value_under_an_old_number_is_told_by_whoever_opened_both() {
    let after = next(|record| record.epoch = 2);
    let [change] = record_changes(Some(&third()), Some(&after)).try_into().unwrap();
    let told = [true, false].map(|equal| change.clone().compared(equal).to_string());
    assert_eq!(
        told,
        [
            "re-sealed, same value · epoch 1 → 2 · by bob",
            "re-sealed, with another value · epoch 1 → 2 · by bob"
        ]
    );
}

#[test]
fn description_and_tags_are_told_by_field() {
    let before = Record {
        description: Some("a".to_owned()),
        tags: BTreeMap::from([("old".to_owned(), "x".to_owned()), ("team".to_owned(), "one".to_owned())]),
        ..third()
    };
    let after = next(|record| {
        record.description = Some("b".to_owned());
        record.tags.insert("team".to_owned(), "two".to_owned());
    });
    let lines = [r#"description: "a" → "b""#, r#"tag "old": none"#, r#"tag "team": "one" → "two""#];
    assert_eq!(told(Some(&before), Some(&after)), lines);
}

#[test]
fn what_people_wrote_turns_no_line_around() {
    let after = next(|record| record.description = Some("\u{202e}\u{1b}[2J".to_owned()));
    assert_eq!(told(Some(&third()), Some(&after)), [r#"description: "\u{202e}\u{1b}[2J""#]);
}

#[test]
fn rotation_is_told_in_words() {
    let policy = Policy {
        every: "30d".to_owned(),
        grace: Some("1d".to_owned()),
        generate: "hex:64".to_owned(),
        target: Some("pg".to_owned()),
    };
    let after = next(|record| record.policy = Some(policy));
    let line = r#"rotation: never → every 30d, grace 1d, "hex:64", target "pg""#;
    assert_eq!(told(Some(&third()), Some(&after)), [line]);
}

#[test]
fn pending_value_is_told_once() {
    let rotation = Rotation { id: "1".to_owned(), by: member("bob"), lease: now(), applied: false };
    let pending = Version { stages: vec![PENDING.to_owned()], rotation: Some(rotation), ..version(4) };
    let after = next(|record| record.versions = vec![pending, version(3)]);
    assert_eq!(told(Some(&third()), Some(&after)), ["waits to be set · 4 · by bob"]);
    assert_eq!(told(Some(&after), Some(&Record { revision: 5, ..after.clone() })), ["signed anew · by bob"]);
}

#[test]
fn tombstone_is_a_removal_and_says_nothing_else() {
    let before = Record { description: Some("a".to_owned()), ..third() };
    let after = next(buried);
    assert_eq!(told(Some(&before), Some(&after)), ["removed · 3 · by bob"]);
}

#[test]
fn secret_that_was_removed_is_set_again() {
    let after = next(|record| record.versions = vec![version(4)]);
    assert_eq!(told(Some(&next(buried)), Some(&after)), ["set again · 4 · by bob"]);
}

#[test]
fn file_that_is_gone_was_removed_by_nobody() {
    assert_eq!(told(Some(&third()), None), ["gone, and nobody signed that"]);
}

#[test]
fn same_record_is_no_change() {
    assert_eq!(told(Some(&third()), Some(&third())), Vec::<String>::new());
}

#[test]
fn value_that_is_sealed_anew_under_its_number_and_key_is_told() {
    let anew = next(|record| record.versions[0].sealed = sealed());
    assert_eq!(told(Some(&third()), Some(&anew)), ["re-sealed · epoch 1 → 1 · by bob"]);
}

#[test]
fn nothing_before_and_after_is_no_change() {
    assert_eq!(told(None, None), Vec::<String>::new());
}
