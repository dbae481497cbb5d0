//! What git shows of a secret's file: all that it says, nothing that it seals, and something of any bytes.

use super::shown;
use crate::kernel::{
    format::secret,
    model::{CURRENT, Kind, Policy, Record, Tombstone, Version},
    name::{EnvName, MemberName, SecretName},
    seal::{EnvKey, Epoch, Identity, KeyTag, Place, seal, sha256, vault_id},
    secret::Secret,
    time::Timestamp,
};

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T10:00:00Z").unwrap()
}

fn record() -> Record {
    let (env, name) = (EnvName::parse("dev").unwrap(), SecretName::parse("db/password").unwrap());
    let vault = vault_id(&Identity::generate().signing_key().public(), &sha256(b"nonce"));
    let key = EnvKey::generate().seal_key(&Epoch { vault: &vault, env: &env, number: 1 });
    let place = Place { vault: &vault, env: &env, name: &name, number: 3, epoch: 1, kind: Kind::Text };
    let sealed = seal(&key, &place, &Secret::new(b"canary".to_vec()));
    let ana = MemberName::parse("ana").unwrap();
    let version = Version {
        number: 3,
        id: None,
        stages: vec![CURRENT.to_owned(), "a\u{1b}[31m".to_owned()],
        created: now(),
        author: ana.clone(),
        born: 1,
        until: None,
        rotation: None,
        sealed,
    };
    Record {
        env,
        name,
        revision: 7,
        kind: Kind::Text,
        description: Some("primary\n\u{202e}database".to_owned()),
        tags: [("team".to_owned(), "payments".to_owned())].into(),
        created: now(),
        epoch: 1,
        key: KeyTag::parse("0123456789abcdef").unwrap(),
        keep: 1,
        writer: ana,
        policy: Some(Policy {
            every: "30d".to_owned(),
            grace: Some("1d".to_owned()),
            generate: "hex:32".to_owned(),
            target: None,
        }),
        deleted: None,
        versions: vec![version],
    }
}

fn printed(record: &Record) -> Vec<u8> {
    let vault = vault_id(&Identity::generate().signing_key().public(), &sha256(b"nonce"));
    secret::print(&vault, record, &Identity::generate().signing_key())
}

fn text(bytes: &[u8]) -> String {
    shown(bytes).join("\n")
}

#[test]
fn a_secret_is_shown_by_all_that_it_says_and_nothing_that_it_seals() {
    let said = text(&printed(&record()));
    let (said, hash) = said.rsplit_once(' ').unwrap();
    assert_eq!(hash.len(), 16);
    insta::assert_snapshot!(said, @r#"
    secret dev/db/password
    kind text
    description "primary\n\u{202e}database"
    tag "team" = "payments"
    rotation every 30d, grace 1d, "hex:32"
    keep 1
    epoch 1
    revision 7 · by ana
    version 3 · current · "a\u{1b}[31m" · by ana · 2026-11-22T10:00:00Z · sealed as
    "#);
}

#[test]
fn a_removed_secret_is_shown_as_removed() {
    let mut removed = record();
    removed.bury(now());
    removed.description = None;
    let lines = shown(&printed(&removed));
    assert_eq!(lines.last().unwrap(), "removed · 3 · 2026-11-22T10:00:00Z");
    let until = Some(Timestamp::parse("2026-11-29T10:00:00Z").unwrap());
    removed.deleted = Some(Tombstone { at: now(), number: 3, until });
    assert_eq!(
        shown(&printed(&removed)).last().unwrap(),
        "removed · 3 · 2026-11-22T10:00:00Z · can be restored until 2026-11-29T10:00:00Z"
    );
}

#[test]
fn two_seals_of_one_version_are_shown_otherwise() {
    let (one, other) = (record(), record());
    assert_ne!(text(&printed(&one)), text(&printed(&other)));
}

#[test]
fn long_texts_are_cut_and_differ_where_only_their_rest_does() {
    let long = |end: &str| Record { description: Some("x".repeat(100_000) + end), ..record() };
    let (one, other) = (text(&printed(&long("a"))), text(&printed(&long("b"))));
    assert!(one.len() < 2000 && one.lines().nth(2) != other.lines().nth(2));
}

#[test]
fn bytes_that_are_no_secret_are_named_by_size_and_hash() {
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(text(b""), format!("no secret of this format: 0 bytes, SHA-256 {hash}"));
    let marked = [&b"<<<<<<< ours\n"[..], &printed(&record()), b">>>>>>> theirs\n"].concat();
    assert!(text(&marked).starts_with("a secret with conflict markers: "));
    assert!(text(b"\x1b[2J\nformat = 1\n").starts_with("no secret of this format: 16 bytes, SHA-256 "));
}
