//! Models of every file, made at random.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, SystemTime},
};

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD},
};
use cargo_vault::kernel::{
    model::{
        CURRENT, Environment, Former, KeyText, Kind, Line, Member, PENDING, Policy, Record, Request, Role,
        Roster, Rotation, Tombstone, Version,
    },
    name::{EnvName, MemberName, SecretName, VaultId},
    seal::{Commitment, KeyTag, Place, Protected, PublicKey, Recipient, SealKey, Sealed, Signature, seal},
    secret::Secret,
    time::Timestamp,
};
use proptest::{
    option,
    prelude::{Just, Strategy, any, prop, prop_oneof},
};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        3 => any::<char>(),
        2 => (0u8..=0x7f).prop_map(char::from),
        1 => prop::sample::select(vec!['"', '\\', '\u{7f}', '\u{2028}', '[', ']', '#', '=']),
    ];
    prop::collection::vec(character, 0..12).prop_map(|characters| characters.into_iter().collect())
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0u64..253_402_300_800)
        .prop_map(|seconds| Timestamp::from(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)))
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![1u64..100, Just(i64::MAX.unsigned_abs())]
}

fn env() -> impl Strategy<Value = EnvName> {
    "[a-z][a-z0-9-]{0,31}".prop_filter_map("reserved", |text| EnvName::parse(&text).ok())
}

fn member_name() -> impl Strategy<Value = MemberName> {
    "[a-z][a-z0-9-]{0,31}".prop_filter_map("a device", |text| MemberName::parse(&text).ok())
}

fn secret_name() -> impl Strategy<Value = SecretName> {
    "[A-Za-z0-9_+=@]{1,12}(/[A-Za-z0-9_.@-]{1,12}){0,3}"
        .prop_filter_map("refused", |text| SecretName::parse(&text).ok())
}

fn bytes32() -> impl Strategy<Value = [u8; 32]> {
    any::<[u8; 32]>()
}

fn public_key() -> impl Strategy<Value = PublicKey> {
    bytes32().prop_map(|raw| {
        let blob = [&b"\0\0\0\x0bssh-ed25519\0\0\0\x20"[..], &raw].concat();
        PublicKey::parse(&format!("ssh-ed25519 {}", BASE64_STANDARD.encode(blob))).expect("it has the form")
    })
}

fn recipient() -> impl Strategy<Value = Recipient> {
    let age = "age1[a-z0-9]{8,58}".prop_map(|text| Recipient::parse(&text).expect("it has the form"));
    let ssh = public_key().prop_map(|key| Recipient::parse(&key.text()).expect("it has the form"));
    prop_oneof![age, ssh]
}

fn commitment() -> impl Strategy<Value = Commitment> {
    bytes32().prop_map(|raw| Commitment::parse(&hex(&raw)).expect("it has 64 digits"))
}

fn few<T: std::fmt::Debug>(of: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<T>> {
    prop::collection::vec(of, 0..3)
}

fn member() -> impl Strategy<Value = Member> {
    let role = prop::sample::select(vec![Role::Admin, Role::Member, Role::Machine]);
    let parts = (role, few(recipient()), few(public_key()), time());
    parts.prop_map(|(role, recipients, signs, since)| Member { role, recipients, signs, since })
}

fn environment() -> impl Strategy<Value = Environment> {
    let parts = (number(), commitment(), few(member_name()), few(member_name()), few(env()));
    parts.prop_map(|(epoch, commitment, write, read, extends)| Environment {
        epoch,
        commitment,
        write,
        read,
        extends,
    })
}

fn former() -> impl Strategy<Value = Former> {
    let key = recipient().prop_map(|recipient| KeyText::from(&recipient));
    let parts =
        (prop::collection::vec(key, 1..3), time(), prop::collection::btree_map(env(), number(), 1..4));
    parts.prop_map(|(keys, left, environments)| Former { keys, left, environments })
}

pub(crate) fn roster() -> impl Strategy<Value = Roster> {
    let vault = bytes32().prop_map(|raw| VaultId::parse(&hex(&raw)).expect("it has 64 digits"));
    let parts = (
        vault,
        env(),
        prop::collection::btree_map(member_name(), member(), 0..4),
        prop::collection::btree_map(env(), environment(), 0..4),
        prop::collection::btree_map(member_name(), former(), 0..3),
        prop::collection::btree_map(env(), number(), 0..3),
    );
    parts.prop_map(|(vault, default, members, environments, former, retired)| Roster {
        vault,
        default,
        members,
        environments,
        former,
        retired,
    })
}

fn signature() -> impl Strategy<Value = Signature> {
    (bytes32(), bytes32()).prop_map(|(r, s)| {
        Signature::parse(&BASE64_STANDARD.encode([r, s].concat())).expect("it has 64 bytes")
    })
}

pub(crate) fn line() -> impl Strategy<Value = Line> {
    let chained = (any::<u64>(), option::of(bytes32()), option::of(bytes32()), few(bytes32()));
    let said = (bytes32(), few(public_key()), time(), text(), public_key(), signature());
    (chained, said).prop_map(|((serial, prev, nonce, drops), (roster, admins, at, why, key, sig))| Line {
        serial,
        prev,
        nonce,
        drops,
        roster,
        admins,
        at,
        why,
        key,
        sig,
    })
}

fn policy() -> impl Strategy<Value = Policy> {
    let duration = || "[1-9][0-9]{0,8}[smhdw]";
    let filled = || text().prop_map(|text| format!("x{text}"));
    let parts = (duration(), option::of(duration()), filled(), option::of(filled()));
    parts.prop_map(|(every, grace, generate, target)| Policy { every, grace, generate, target })
}

/// What the versions of a record are made of, newest last.
#[derive(Debug)]
struct Seed {
    gap: u64,
    id: Option<String>,
    label: Option<String>,
    created: Timestamp,
    author: MemberName,
    until: Option<Timestamp>,
    value: Vec<u8>,
}

fn seed() -> impl Strategy<Value = Seed> {
    let parts = (
        1u64..5,
        option::of(text()),
        option::of(text()),
        time(),
        member_name(),
        option::of(time()),
        prop::collection::vec(any::<u8>(), 0..200),
    );
    parts.prop_map(|(gap, id, label, created, author, until, value)| Seed {
        gap,
        id,
        label,
        created,
        author,
        until,
        value,
    })
}

fn sealed(key: &SealKey, value: Vec<u8>) -> Sealed {
    let vault = VaultId::parse(&"0".repeat(64)).expect("it is an id");
    let (env, name) = (EnvName::parse("dev"), SecretName::parse("X"));
    let (env, name) = (env.expect("it is an environment"), name.expect("it is a name"));
    let place = Place { vault: &vault, env: &env, name: &name, number: 1, epoch: 1, kind: Kind::Text };
    seal(key, &place, &Secret::new(value))
}

/// Versions that keep the rules: numbers fall, one is current, and the newest may be pending.
fn versions(seeds: Vec<Seed>, pending: bool, key: &SealKey) -> Vec<Version> {
    let (mut number, mut labels) =
        (0, BTreeSet::from([CURRENT.to_owned(), PENDING.to_owned(), String::new()]));
    let last = seeds.len() - 1;
    let made = seeds.into_iter().enumerate().map(|(i, seed)| {
        number += seed.gap;
        let newest = i == last;
        let pending = pending && newest;
        let current = (newest && !pending) || (i + 1 == last);
        let mut stages: Vec<String> =
            seed.label.into_iter().filter(|label| labels.insert(label.clone())).collect();
        if pending {
            stages.push(PENDING.to_owned());
        } else if current && labels.insert("current, once".to_owned()) {
            stages.push(CURRENT.to_owned());
        }
        let (id, by, lease) = ("r-1".to_owned(), seed.author.clone(), seed.created);
        let rotation = pending.then_some(Rotation { id, by, lease, applied: newest });
        Version {
            number,
            id: seed.id,
            stages,
            created: seed.created,
            author: seed.author,
            born: 1,
            until: seed.until,
            rotation,
            sealed: sealed(key, seed.value),
        }
    });
    let mut made: Vec<Version> = made.collect();
    made.reverse();
    if !pending {
        made[1..].iter_mut().for_each(|version| version.stages.retain(|stage| stage != CURRENT));
        if !made[0].is(CURRENT) {
            made[0].stages.push(CURRENT.to_owned());
        }
    }
    made
}

pub(crate) fn record(key: impl Fn() -> SealKey) -> impl Strategy<Value = Record> {
    let tags = prop::collection::btree_map("[ -~é]{1,20}", text(), 0..3);
    let head =
        (env(), secret_name(), number(), prop::sample::select(Kind::ALL.to_vec()), option::of(text()), tags);
    let tag = any::<[u8; 8]>().prop_map(|raw| KeyTag::parse(&hex(&raw)).expect("it has 16 digits"));
    let more = (time(), number(), tag, 1u64..=100, member_name(), option::of(policy()));
    let seeds =
        (prop::collection::vec(seed(), 1..4), any::<bool>(), option::of((time(), option::of(time()))));
    let key = key();
    (head, more, seeds).prop_map(move |(head, more, (seeds, pending, deleted))| {
        let (env, name, revision, kind, description, tags) = head;
        let tags: BTreeMap<String, String> = tags.into_iter().filter(|(name, _)| name.len() <= 64).collect();
        let (created, epoch, tag, keep, writer, policy) = more;
        let mut versions = versions(seeds, pending, &key);
        let number = versions[0].number;
        let deleted = deleted.map(|(at, until)| Tombstone { at, number, until });
        if deleted.as_ref().is_some_and(|deleted| deleted.until.is_none()) {
            versions.clear();
        }
        Record {
            env,
            name,
            revision,
            kind,
            description,
            tags,
            created,
            epoch,
            key: tag,
            keep,
            writer,
            policy,
            deleted,
            versions,
        }
    })
}

pub(crate) fn request(key: PublicKey) -> impl Strategy<Value = Request> {
    let plugin = "age1[a-z]{1,8}1[a-z0-9]{8,50}";
    let plugin = plugin.prop_map(|text| Recipient::parse(&text).expect("it has the form"));
    let ssh = || public_key().prop_filter("it is no key", PublicKey::is_sound);
    let recipient = prop_oneof![
        plugin,
        ssh()
            .prop_map(|key| Recipient::parse(&key.text()).expect("it has the form"))
            .prop_filter("it is no key", Recipient::is_sound)
    ];
    let parts = (member_name(), prop::collection::vec(recipient, 1..3), few(ssh()), few(env()), time());
    parts.prop_map(move |(member, mut recipients, mut signs, environments, at)| {
        signs.push(key);
        recipients.sort();
        recipients.dedup();
        signs.sort_by_key(PublicKey::text);
        signs.dedup();
        Request { member, recipients, signs, environments, at }
    })
}

pub(crate) fn protected() -> impl Strategy<Value = Protected> {
    let costs = (65_536u32..=1_048_576, 3u32..=16, 1u32..=4, prop::collection::vec(any::<u8>(), 16..32));
    let kdf = costs.prop_map(|(memory, passes, lanes, salt)| {
        format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${}", BASE64_STANDARD_NO_PAD.encode(salt))
    });
    let parts = (recipient(), kdf, prop::collection::vec(any::<u8>(), 0..200));
    parts.prop_map(|(recipient, kdf, sealed)| Protected { recipient, kdf, sealed })
}
