//! The three-way merge of a secret's records, one rule at a time. A seal is a number and, as its last byte, the value.

use std::{cell::Cell, collections::BTreeMap};

use super::{env, member, now};
use crate::kernel::{
    model::{CURRENT, Clash, Deed, Kind, Merge, Part, Record, ThreeWay, Version},
    name::SecretName,
    refusal::RecordFault,
    seal::{KeyTag, Sealed},
};

thread_local! {
    static SEALS: Cell<u8> = const { Cell::new(0) };
}

fn sealed(value: u8) -> Sealed {
    SEALS.set(SEALS.get().wrapping_add(1));
    Sealed(vec![SEALS.get(), value])
}

fn version(number: u64, by: &str, value: u8) -> Version {
    Version {
        number,
        id: None,
        stages: vec![CURRENT.to_owned()],
        created: now(),
        author: member(by),
        born: 1,
        until: None,
        rotation: None,
        sealed: sealed(value),
    }
}

/// `dev/DB`, set by ana to the value 1.
fn base() -> Record {
    Record {
        env: env("dev"),
        name: SecretName::parse("DB").unwrap(),
        revision: 1,
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
        versions: vec![version(1, "ana", 1)],
    }
}

/// A record after somebody changed it.
fn by(name: &str, before: &Record, change: impl FnOnce(&mut Record)) -> Record {
    let mut after = before.clone();
    after.revision += 1;
    after.writer = member(name);
    change(&mut after);
    after
}

fn set(name: &str, before: &Record, value: u8) -> Record {
    let number = before.last_number() + 1;
    by(name, before, |record| record.put(version(number, name, value)))
}

fn described(name: &str, before: &Record, text: &str) -> Record {
    by(name, before, |record| record.description = Some(text.to_owned()))
}

fn with_key(pair: [(&Record, &Version); 2]) -> Option<bool> {
    Some(pair[0].1.sealed.0[1] == pair[1].1.sealed.0[1])
}

fn without_key(_: [(&Record, &Version); 2]) -> Option<bool> {
    None
}

fn merge(base: &Record, ours: &Record, theirs: &Record) -> Merge {
    ThreeWay { base: Some(base), ours, theirs }.merge(&with_key)
}

#[track_caller]
fn merged(base: &Record, ours: &Record, theirs: &Record) -> Record {
    match merge(base, ours, theirs) {
        Merge::New(record) => *record,
        other => panic!("{other:?}"),
    }
}

fn values(record: &Record) -> Vec<(u64, u8, bool)> {
    record.versions.iter().map(|v| (v.number, v.sealed.0[1], v.is(CURRENT))).collect()
}

#[test]
fn the_side_that_alone_changed_stays_as_it_is() {
    let base = base();
    let changed = set("bob", &base, 2);
    assert_eq!(merge(&base, &base, &changed), Merge::Theirs);
    assert_eq!(merge(&base, &changed, &base), Merge::Ours);
    assert_eq!(merge(&base, &changed, &changed), Merge::Ours);
}

#[test]
fn a_value_of_one_side_and_a_description_of_the_other_both_stay_without_a_key() {
    let base = base();
    let (ours, theirs) = (described("ana", &base, "primary"), set("bob", &base, 2));
    let Merge::New(record) =
        (ThreeWay { base: Some(&base), ours: &ours, theirs: &theirs }).merge(&without_key)
    else {
        panic!("no key is needed")
    };
    assert_eq!((record.description.as_deref(), values(&record)), (Some("primary"), vec![(2, 2, true)]));
    assert_eq!((record.revision, record.versions[0].author.as_str()), (2, "bob"));
}

#[test]
fn the_higher_revision_is_counted_on_from() {
    let base = base();
    let ours = described("ana", &described("ana", &described("ana", &base, "a"), "b"), "c");
    assert_eq!(merged(&base, &ours, &set("bob", &base, 2)).revision, 4);
}

#[test]
fn two_values_clash_and_both_authors_are_named() {
    let base = base();
    let deed = |number, by: &str| Deed { number, by: member(by), at: now(), removed: false };
    let clash = Clash::Both { ours: deed(2, "ana"), theirs: deed(3, "bob") };
    let theirs = set("bob", &set("bob", &base, 3), 4);
    assert_eq!(merge(&base, &set("ana", &base, 2), &theirs), Merge::Clash(clash));
}

#[test]
fn one_value_that_both_sides_set_is_no_clash_and_stays_as_it_was_given_under_the_higher_number() {
    let base = base();
    let (ours, theirs) = (set("bob", &base, 2), set("ana", &set("ana", &base, 3), 2));
    assert_eq!(values(&merged(&base, &ours, &theirs)), [(3, 2, true), (2, 2, false)]);
    let both = merged(&base, &ours, &set("ana", &base, 2));
    assert_eq!((values(&both), both.versions[0].author.as_str()), (vec![(2, 2, true)], "ana"));
}

#[test]
fn one_value_that_both_sides_set_is_a_clash_to_who_cannot_open_it() {
    let base = base();
    let (ours, theirs) = (set("ana", &base, 2), set("bob", &base, 2));
    let merge = ThreeWay { base: Some(&base), ours: &ours, theirs: &theirs }.merge(&without_key);
    assert!(matches!(merge, Merge::Clash(Clash::Both { .. })));
}

#[test]
fn a_value_that_was_set_anew_and_is_the_one_before_gives_way_to_another() {
    let base = base();
    let theirs = set("bob", &base, 2);
    let same = by("ana", &base, |record| {
        record.description = Some("primary".to_owned());
        record.put(version(2, "ana", 1));
    });
    let record = merged(&base, &same, &theirs);
    assert_eq!((record.description.as_deref(), values(&record)), (Some("primary"), vec![(2, 2, true)]));
}

#[test]
fn removing_and_setting_clash() {
    let base = base();
    let removed = by("bob", &base, |record| record.bury(now()));
    let deed = |number, by: &str, removed| Deed { number, by: member(by), at: now(), removed };
    let clash = Clash::Both { ours: deed(2, "ana", false), theirs: deed(1, "bob", true) };
    assert_eq!(merge(&base, &set("ana", &base, 2), &removed), Merge::Clash(clash));
}

#[test]
fn removing_and_describing_removes() {
    let base = base();
    let removed = by("bob", &base, |record| record.bury(now()));
    let record = merged(&base, &described("ana", &base, "primary"), &removed);
    assert_eq!((record.deleted.is_some(), record.versions.len()), (true, 0));
}

#[test]
fn removed_on_both_sides_it_is_removed_and_counts_on_from_the_higher_number() {
    let base = base();
    let ours = by("ana", &base, |record| record.bury(now()));
    let theirs = by("bob", &set("bob", &base, 2), |record| record.bury(now()));
    let record = merged(&base, &ours, &theirs);
    assert_eq!((record.deleted.unwrap().number, record.versions.len()), (2, 0));
}

#[test]
fn tags_are_merged_one_by_one_and_one_that_both_changed_clashes() {
    let base = by("ana", &base(), |record| {
        record.tags = [("a".into(), "1".into()), ("b".into(), "1".into())].into()
    });
    let tagged = |who: &str, tag: &str, text: &str| {
        by(who, &base, |record| drop(record.tags.insert(tag.to_owned(), text.to_owned())))
    };
    let without = by("ana", &base, |record| drop(record.tags.remove("a")));
    let record = merged(&base, &without, &tagged("bob", "c", "3"));
    assert_eq!(record.tags, [("b".to_owned(), "1".to_owned()), ("c".to_owned(), "3".to_owned())].into());
    let clash = Clash::Said { part: Part::Tag("a".to_owned()), ours: member("ana"), theirs: member("bob") };
    assert_eq!(merge(&base, &without, &tagged("bob", "a", "2")), Merge::Clash(clash));
}

#[test]
fn a_number_that_has_two_values_clashes_though_one_of_them_is_not_the_current_one() {
    let base = by("ana", &base(), |record| record.keep = 5);
    let ours = set("ana", &set("ana", &base, 2), 9);
    let theirs = set("bob", &set("bob", &base, 3), 9);
    let clash = Clash::Number { number: 2, ours: member("ana"), theirs: member("bob") };
    assert_eq!(merge(&base, &ours, &theirs), Merge::Clash(clash));
}

#[test]
fn sides_under_other_keys_clash() {
    let base = base();
    let renewed = by("ana", &base, |record| record.epoch = 2);
    let clash = Clash::Epoch { epochs: [2, 1], ours: member("ana"), theirs: member("bob") };
    assert_eq!(merge(&base, &renewed, &set("bob", &base, 2)), Merge::Clash(clash));
}

#[test]
fn a_value_sealed_anew_under_a_new_key_on_both_sides_is_the_one_before() {
    let base = base();
    let renewed = by("ana", &base, |record| {
        record.epoch = 2;
        record.key = KeyTag::parse("fedcba9876543210").unwrap();
        record.versions[0].sealed = sealed(1);
    });
    let (ours, theirs) = (described("ana", &renewed, "primary"), set("bob", &renewed, 2));
    let merge = ThreeWay { base: Some(&base), ours: &ours, theirs: &theirs }.merge(&without_key);
    let Merge::New(record) = merge else { panic!("{merge:?}") };
    assert_eq!((record.description.as_deref(), values(&record)), (Some("primary"), vec![(2, 2, true)]));
}

#[test]
fn a_revision_that_was_put_back_is_not_taken() {
    let old = base();
    let base = set("ana", &old, 2);
    let back = described("bob", &old, "back");
    for (ours, theirs) in [(&base, &back), (&set("ana", &base, 3), &back)] {
        assert_eq!(merge(&base, ours, theirs), Merge::Clash(Clash::PutBack { revision: 2 }));
    }
}

#[test]
fn without_a_base_only_what_is_the_same_becomes_one() {
    let two_way = |ours: &Record, theirs: &Record| ThreeWay { base: None, ours, theirs }.merge(&with_key);
    let (ours, theirs) = (base(), base());
    let Merge::New(record) = two_way(&ours, &theirs) else { panic!("the values are the same") };
    assert_eq!(values(&record), [(1, 1, true)]);
    let other = Record { versions: vec![version(1, "bob", 2)], ..base() };
    assert!(matches!(two_way(&ours, &other), Merge::Clash(Clash::Both { .. })));
    let said = Clash::Said { part: Part::Description, ours: member("ana"), theirs: member("ana") };
    let other = Record { description: Some("x".to_owned()), ..base() };
    assert_eq!(two_way(&ours, &other), Merge::Clash(said));
}

#[test]
fn two_pending_versions_clash_where_one_record_can_have_one() {
    let pending = |who: &str, number| {
        by(who, &base(), |record| {
            let mut version = version(number, who, 7);
            version.stages = vec!["pending".to_owned()];
            version.rotation = Some(crate::kernel::model::Rotation {
                id: who.to_owned(),
                by: member(who),
                lease: now(),
                applied: false,
            });
            record.versions.insert(0, version);
        })
    };
    let base = base();
    let (ours, mut theirs) = (pending("ana", 2), pending("bob", 3));
    theirs.versions[1] = base.versions[0].clone();
    let ours = Record { versions: vec![ours.versions[0].clone(), base.versions[0].clone()], ..ours };
    assert_eq!(merge(&base, &ours, &theirs), Merge::Clash(Clash::Unsound(RecordFault::Rotation)));
}
