//! Two sides of a secret's record, made by random edits of one before: whatever they were, no value is lost.

use std::collections::BTreeSet;

use cargo_vault::kernel::{
    model::{CURRENT, Clash, Kind, Merge, Record, ThreeWay, Version},
    name::{EnvName, MemberName, SecretName},
    seal::{KeyTag, Place, SealKey, Sealed, open, seal},
    secret::Secret,
    time::Timestamp,
};
use proptest::{
    option,
    prelude::{Just, ProptestConfig, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest},
};

/// What somebody did to a record. Values are few, so that both sides set the same one now and then.
#[derive(Clone, Debug)]
enum Edit {
    Set(u8),
    Describe(Option<u8>),
    Tag(u8, Option<u8>),
    Keep(u64),
    Remove,
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        3 => (0u8..4).prop_map(Edit::Set),
        1 => option::of(0u8..2).prop_map(Edit::Describe),
        1 => (0u8..2, option::of(0u8..2)).prop_map(|(tag, text)| Edit::Tag(tag, text)),
        1 => (1u64..4).prop_map(Edit::Keep),
        1 => Just(Edit::Remove),
    ]
}

fn moment(count: usize) -> Timestamp {
    Timestamp::parse(&format!("2026-11-22T10:00:{:02}Z", count % 60)).expect("it is a moment")
}

thread_local! {
    static KEY: SealKey = super::seal_key();
}

fn sealed(number: u64, value: u8) -> Sealed {
    at(number, |place| KEY.with(|key| seal(key, place, &Secret::new(vec![value]))))
}

fn at<T>(number: u64, seal: impl FnOnce(&Place<'_>) -> T) -> T {
    let (vault, env) = (super::vault(), super::dev());
    let name = SecretName::parse("X").expect("it is a name");
    seal(&Place { vault: &vault, env: &env, name: &name, number, epoch: 1, kind: Kind::Text })
}

fn new() -> Record {
    let member = MemberName::parse("ana").expect("it is a member");
    let first = Version {
        number: 1,
        id: None,
        stages: vec![CURRENT.to_owned()],
        created: moment(0),
        author: member.clone(),
        born: 1,
        until: None,
        rotation: None,
        sealed: sealed(1, 0),
    };
    Record {
        env: EnvName::parse("dev").expect("it is an environment"),
        name: SecretName::parse("X").expect("it is a name"),
        revision: 1,
        kind: Kind::Text,
        description: None,
        tags: Default::default(),
        created: moment(0),
        epoch: 1,
        key: KeyTag::parse("0123456789abcdef").expect("it has 16 digits"),
        keep: 2,
        writer: member,
        policy: None,
        deleted: None,
        versions: vec![first],
    }
}

/// A record after somebody's edits, the first of them at this second.
fn edited(mut record: Record, by: &str, edits: &[Edit], from: usize) -> Record {
    let by = MemberName::parse(by).expect("it is a member");
    for (edit, second) in edits.iter().zip(from..) {
        match edit {
            Edit::Set(value) => {
                let (number, created, author) = (record.last_number() + 1, moment(second), by.clone());
                let stages = vec![CURRENT.to_owned()];
                let sealed = sealed(number, *value);
                let (id, until, rotation) = (None, None, None);
                record.put(Version { number, id, stages, created, author, born: 1, until, rotation, sealed });
            }
            Edit::Describe(text) => record.description = text.map(|text| text.to_string()),
            Edit::Tag(tag, Some(text)) => drop(record.tags.insert(tag.to_string(), text.to_string())),
            Edit::Tag(tag, None) => drop(record.tags.remove(&tag.to_string())),
            Edit::Keep(keep) => record.keep = *keep,
            Edit::Remove if record.deleted.is_none() => record.bury(moment(second)),
            Edit::Remove => continue,
        }
        record.revision += 1;
        record.writer = by.clone();
    }
    record
}

fn value(version: &Version) -> u8 {
    let opened = at(version.number, |place| KEY.with(|key| open(key, place, &version.sealed)));
    opened.expect("it was sealed here").expose()[0]
}

fn values(record: &Record) -> BTreeSet<u8> {
    record.versions.iter().map(value).collect()
}

fn outcome(base: Option<&Record>, ours: &Record, theirs: &Record) -> Merge {
    ThreeWay { base, ours, theirs }.merge(&|pair| Some(value(pair[0].1) == value(pair[1].1)))
}

/// The record that is there after the merge; none if a person has to decide.
fn after(base: Option<&Record>, ours: &Record, theirs: &Record) -> Option<Record> {
    match outcome(base, ours, theirs) {
        Merge::Ours => Some(ours.clone()),
        Merge::Theirs => Some(theirs.clone()),
        Merge::New(record) => Some(Record { revision: record.revision + 1, ..*record }),
        Merge::Clash(_) => None,
    }
}

fn swapped(clash: Clash) -> Clash {
    match clash {
        Clash::Both { ours, theirs } => Clash::Both { ours: theirs, theirs: ours },
        Clash::Said { part, ours, theirs } => Clash::Said { part, ours: theirs, theirs: ours },
        Clash::Number { number, ours, theirs } => Clash::Number { number, ours: theirs, theirs: ours },
        Clash::Epoch { epochs: [a, b], ours, theirs } => {
            Clash::Epoch { epochs: [b, a], ours: theirs, theirs: ours }
        }
        same @ (Clash::PutBack { .. } | Clash::Unsound(_)) => same,
    }
}

fn sides() -> impl Strategy<Value = (bool, Vec<Edit>, Vec<Edit>, Vec<Edit>)> {
    let edits = |most| prop::collection::vec(edit(), 0..most);
    (any::<bool>(), edits(4), edits(4), edits(4))
}

fn records(
    (known, before, ours, theirs): (bool, Vec<Edit>, Vec<Edit>, Vec<Edit>),
) -> (Option<Record>, Record, Record) {
    let base = edited(new(), "ana", &before, 1);
    let (ours, theirs) = (edited(base.clone(), "bob", &ours, 10), edited(base.clone(), "carol", &theirs, 20));
    (known.then_some(base), ours, theirs)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn a_merge_is_the_same_from_the_other_side(sides in sides()) {
        let (base, ours, theirs) = records(sides);
        let there = match outcome(base.as_ref(), &theirs, &ours) {
            Merge::Ours if ours == theirs => Merge::Ours,
            Merge::Ours => Merge::Theirs,
            Merge::Theirs => Merge::Ours,
            Merge::Clash(clash) => Merge::Clash(swapped(clash)),
            merged @ Merge::New(_) => merged,
        };
        prop_assert_eq!(outcome(base.as_ref(), &ours, &theirs), there);
    }

    #[test]
    fn a_merge_loses_no_value_that_a_side_brought(sides in sides()) {
        let (base, ours, theirs) = records(sides);
        let Some(merged) = after(base.as_ref(), &ours, &theirs) else { return Ok(()) };
        let known = base.as_ref().map(values).unwrap_or_default();
        let brought: BTreeSet<u8> = values(&ours).union(&values(&theirs)).copied().collect();
        let lost: Vec<u8> = brought.difference(&values(&merged)).filter(|value| !known.contains(value)).copied().collect();
        prop_assert_eq!(lost, Vec::<u8>::new());
    }

    #[test]
    fn what_readers_get_after_a_merge_is_what_a_side_gave_them_that_changed_it(sides in sides()) {
        let (base, ours, theirs) = records(sides);
        let Some(merged) = after(base.as_ref(), &ours, &theirs) else { return Ok(()) };
        let get = |record: &Record| record.current().map(value);
        let wanted = match base.as_ref().map(get) {
            Some(before) if get(&ours) == before => get(&theirs),
            _ => get(&ours),
        };
        prop_assert_eq!(get(&merged), wanted);
    }

    #[test]
    fn a_merge_keeps_the_rules_of_a_record_and_goes_on_counting(sides in sides()) {
        let (base, ours, theirs) = records(sides);
        let Some(merged) = after(base.as_ref(), &ours, &theirs) else { return Ok(()) };
        prop_assert_eq!(merged.check(), Ok(()));
        for side in [&ours, &theirs] {
            prop_assert!(merged == *side || merged.revision > side.revision);
        }
    }

    #[test]
    fn merged_again_with_a_side_it_stays_as_it_is(sides in sides()) {
        let (base, ours, theirs) = records(sides);
        let Some(merged) = after(base.as_ref(), &ours, &theirs) else { return Ok(()) };
        for side in [&ours, &theirs] {
            prop_assert_eq!(after(Some(side), &merged, side), Some(merged.clone()));
        }
    }
}
