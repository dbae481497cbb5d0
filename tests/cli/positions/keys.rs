//! Key files: what is in them, and what lies beside them.

use cargo_vault::kernel::{
    format::path,
    seal::{EnvKey, Identity, Recipient, wrap_key},
};

use super::Places;
use crate::{
    forge::{Forge, Team, env, env_key, identity, member, put_key},
    harness::skipped,
    tamper_keys::{age_file, with_header},
};

/// Carl's key file, below the work tree.
fn key_of_carl(team: &Team) -> String {
    format!(".vault/{}", path::key(&env("dev"), &member("carl"), identity(&team.carl).recipient()))
}

/// Something else lies in its place.
fn key_file(places: &Places, bytes: impl AsRef<[u8]>) -> String {
    places.team.bob.write(&key_of_carl(&places.team), bytes);
    places.meet(&places.team.bob)
}

#[test]
fn key_of_an_outsider_meets_the_commitment_wherever_the_key_is_used() {
    let places = Places::new();
    let Team { bob, carl, .. } = &places.team;
    put_key(bob, "dev", ("carl", identity(carl).recipient()), &EnvKey::generate());
    insta::assert_snapshot!(places.meet(bob), @r"
    known: verify 0 everything here is as its members signed it
    known: get 5 error: `.vault/keys/dev/carl.[ID].age` holds another key than the roster commits to
    anchored: verify 0 everything here is as its members signed it
    anchored: get 5 error: `.vault/keys/dev/carl.[ID].age` holds another key than the roster commits to
    fresh: verify 0 everything here is as its members signed it
    fresh: get 5 error: `.vault/keys/dev/carl.[ID].age` holds another key than the roster commits to
    keyless: verify 0 changed since commit [COMMIT]:; keys/dev/carl.[ID].age is not as it was
    ");
}

#[test]
fn key_of_31_bytes_meets_a_refusal_wherever_the_key_is_used() {
    let places = Places::new();
    let recipient = identity(&places.team.carl).recipient().to_string();
    let Some(file) = age_file(&places.team.bob, &recipient, &[7; 31]) else {
        return skipped("there is no `age` here");
    };
    insta::assert_snapshot!(key_file(&places, file), @r"
    known: verify 0 everything here is as its members signed it
    known: get 5 error: `.vault/keys/dev/carl.[ID].age` holds 31 bytes where a key has 32
    anchored: verify 0 everything here is as its members signed it
    anchored: get 5 error: `.vault/keys/dev/carl.[ID].age` holds 31 bytes where a key has 32
    fresh: verify 0 everything here is as its members signed it
    fresh: get 5 error: `.vault/keys/dev/carl.[ID].age` holds 31 bytes where a key has 32
    keyless: verify 0 changed since commit [COMMIT]:; keys/dev/carl.[ID].age is not as it was
    ");
}

#[test]
fn key_of_33_bytes_meets_a_refusal_wherever_the_key_is_used() {
    let places = Places::new();
    let recipient = identity(&places.team.carl).recipient().to_string();
    let Some(file) = age_file(&places.team.bob, &recipient, &[7; 33]) else {
        return skipped("there is no `age` here");
    };
    insta::assert_snapshot!(key_file(&places, file), @r"
    known: verify 0 everything here is as its members signed it
    known: get 5 error: `.vault/keys/dev/carl.[ID].age` holds 33 bytes where a key has 32
    anchored: verify 0 everything here is as its members signed it
    anchored: get 5 error: `.vault/keys/dev/carl.[ID].age` holds 33 bytes where a key has 32
    fresh: verify 0 everything here is as its members signed it
    fresh: get 5 error: `.vault/keys/dev/carl.[ID].age` holds 33 bytes where a key has 32
    keyless: verify 0 changed since commit [COMMIT]:; keys/dev/carl.[ID].age is not as it was
    ");
}

#[test]
fn key_of_no_bytes_meets_a_refusal_wherever_the_key_is_used() {
    let places = Places::new();
    let recipient = identity(&places.team.carl).recipient().to_string();
    let Some(file) = age_file(&places.team.bob, &recipient, &[]) else {
        return skipped("there is no `age` here");
    };
    insta::assert_snapshot!(key_file(&places, file), @r"
    known: verify 0 everything here is as its members signed it
    known: get 5 error: `.vault/keys/dev/carl.[ID].age` holds 0 bytes where a key has 32
    anchored: verify 0 everything here is as its members signed it
    anchored: get 5 error: `.vault/keys/dev/carl.[ID].age` holds 0 bytes where a key has 32
    fresh: verify 0 everything here is as its members signed it
    fresh: get 5 error: `.vault/keys/dev/carl.[ID].age` holds 0 bytes where a key has 32
    keyless: verify 0 changed since commit [COMMIT]:; keys/dev/carl.[ID].age is not as it was
    ");
}

#[test]
fn key_file_without_anything_meets_a_refusal_everywhere() {
    insta::assert_snapshot!(key_file(&Places::new(), b""), @r"
    known: verify 5 key-armor: `.vault/keys/dev/carl.[ID].age` is no armored age file
    known: get 5 error: `.vault/keys/dev/carl.[ID].age` is no armored age file
    anchored: verify 5 key-armor: `.vault/keys/dev/carl.[ID].age` is no armored age file
    anchored: get 5 error: `.vault/keys/dev/carl.[ID].age` is no armored age file
    fresh: verify 5 key-armor: `.vault/keys/dev/carl.[ID].age` is no armored age file
    fresh: get 5 error: `.vault/keys/dev/carl.[ID].age` is no armored age file
    keyless: verify 5 key-armor: `.vault/keys/dev/carl.[ID].age` is no armored age file
    ");
}

#[test]
fn passphrase_stanza_meets_a_refusal_everywhere() {
    let stanza = format!("-> scrypt bBhCJJ3SJxJ8sAQ6IuSVRA 40\n{}\n", "A".repeat(43));
    insta::assert_snapshot!(key_file(&Places::new(), with_header(&stanza)), @r"
    known: verify 5 key-scrypt: `.vault/keys/dev/carl.[ID].age` asks for a passphrase
    known: get 5 error: `.vault/keys/dev/carl.[ID].age` asks for a passphrase
    anchored: verify 5 key-scrypt: `.vault/keys/dev/carl.[ID].age` asks for a passphrase
    anchored: get 5 error: `.vault/keys/dev/carl.[ID].age` asks for a passphrase
    fresh: verify 5 key-scrypt: `.vault/keys/dev/carl.[ID].age` asks for a passphrase
    fresh: get 5 error: `.vault/keys/dev/carl.[ID].age` asks for a passphrase
    keyless: verify 5 key-scrypt: `.vault/keys/dev/carl.[ID].age` asks for a passphrase
    ");
}

#[test]
fn ninth_stanza_meets_a_refusal_everywhere() {
    let stanza = format!("-> grease x\n{}\n", "A".repeat(43));
    insta::assert_snapshot!(key_file(&Places::new(), with_header(&stanza.repeat(9))), @r"
    known: verify 5 key-stanzas: `.vault/keys/dev/carl.[ID].age` has more than eight stanzas
    known: get 5 error: `.vault/keys/dev/carl.[ID].age` has more than eight stanzas
    anchored: verify 5 key-stanzas: `.vault/keys/dev/carl.[ID].age` has more than eight stanzas
    anchored: get 5 error: `.vault/keys/dev/carl.[ID].age` has more than eight stanzas
    fresh: verify 5 key-stanzas: `.vault/keys/dev/carl.[ID].age` has more than eight stanzas
    fresh: get 5 error: `.vault/keys/dev/carl.[ID].age` has more than eight stanzas
    keyless: verify 5 key-stanzas: `.vault/keys/dev/carl.[ID].age` has more than eight stanzas
    ");
}

#[test]
fn stanzas_of_490_kilobytes_meet_a_refusal_by_size_everywhere() {
    let stanza = format!("-> grease x\n{}\n", "A".repeat(43));
    insta::assert_snapshot!(key_file(&Places::new(), with_header(&stanza.repeat(6_500))), @r"
    known: verify 5 too-large: `.vault/keys/dev/carl.[ID].age` is over 16384 bytes
    known: get 5 error: `.vault/keys/dev/carl.[ID].age` is over 16384 bytes
    anchored: verify 5 too-large: `.vault/keys/dev/carl.[ID].age` is over 16384 bytes
    anchored: get 5 error: `.vault/keys/dev/carl.[ID].age` is over 16384 bytes
    fresh: verify 5 too-large: `.vault/keys/dev/carl.[ID].age` is over 16384 bytes
    fresh: get 5 error: `.vault/keys/dev/carl.[ID].age` is over 16384 bytes
    keyless: verify 5 too-large: `.vault/keys/dev/carl.[ID].age` is over 16384 bytes
    ");
}

#[test]
fn missing_key_file_meets_a_refusal_everywhere() {
    let places = Places::new();
    std::fs::remove_file(places.team.bob.path(&key_of_carl(&places.team))).unwrap();
    insta::assert_snapshot!(places.meet(&places.team.bob), @r"
    known: verify 1 key-missing: `.vault/keys/dev/carl.[ID].age` is missing, so this key cannot open environment `dev`
    known: get 4 error: `.vault/keys/dev/carl.[ID].age` is missing, so this key cannot open environment `dev`
    anchored: verify 1 key-missing: `.vault/keys/dev/carl.[ID].age` is missing, so this key cannot open environment `dev`
    anchored: get 4 error: `.vault/keys/dev/carl.[ID].age` is missing, so this key cannot open environment `dev`
    fresh: verify 1 key-missing: `.vault/keys/dev/carl.[ID].age` is missing, so this key cannot open environment `dev`
    fresh: get 4 error: `.vault/keys/dev/carl.[ID].age` is missing, so this key cannot open environment `dev`
    keyless: verify 1 key-missing: `.vault/keys/dev/carl.[ID].age` is missing, so this key cannot open environment `dev`
    ");
}

#[test]
fn stray_key_file_is_found_by_verify_everywhere_and_hinders_nobody() {
    let places = Places::new();
    let bob = &places.team.bob;
    let key = env_key(bob, "dev", ("bob", &identity(bob)));
    // Its name differs from run to run, and is no key's.
    put_key(bob, "dev", ("eve", Identity::generate().recipient()), &key);
    insta::assert_snapshot!(places.meet(bob), @r"
    known: verify 5 stray: `.vault/keys/dev/eve.[ID].age` does not belong in a vault
    known: get 0 first
    anchored: verify 5 stray: `.vault/keys/dev/eve.[ID].age` does not belong in a vault
    anchored: get 0 first
    fresh: verify 5 stray: `.vault/keys/dev/eve.[ID].age` does not belong in a vault
    fresh: get 0 first
    keyless: verify 5 stray: `.vault/keys/dev/eve.[ID].age` does not belong in a vault
    ");
}

#[test]
fn plugin_recipient_runs_no_program_anywhere() {
    let mut places = Places::new();
    let ran = places.team.ana.root().join("ran");
    let bin = places.team.ana.root().join("plugins");
    places.team.ana.write("../plugins/age-plugin-x", format!("#!/bin/sh\ntouch '{}'\n", ran.display()));
    places.team.ana.sh("chmod +x ../plugins/age-plugin-x");
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display());
    for person in [&mut places.team.carl, &mut places.anchored, &mut places.fresh, &mut places.keyless] {
        person.set("PATH", path.clone());
    }
    let Team { ana, bob, .. } = &places.team;
    // A sound recipient of a plugin, by its form.
    let plugin = Recipient::parse("age1x1qqqsyqcyq5rqwzqfpg9scrgwpugpzysn3sn5zr").unwrap();
    let mut forge = Forge::of(bob);
    let recipients = &mut forge.roster.members.get_mut(&member("carl")).unwrap().recipients;
    recipients.push(plugin.clone());
    recipients.sort();
    forge.sign(&identity(ana), "a plugin of carl's").put(bob);
    let file = wrap_key(identity(bob).recipient(), &EnvKey::generate()).unwrap();
    bob.write(&format!(".vault/{}", path::key(&env("dev"), &member("carl"), &plugin)), file);
    insta::assert_snapshot!(places.meet(bob), @r"
    known: verify 0 everything here is as its members signed it
    known: get 0 first
    anchored: verify 0 everything here is as its members signed it
    anchored: get 0 first
    fresh: verify 0 everything here is as its members signed it
    fresh: get 0 first
    keyless: verify 0 changed since commit [COMMIT]:; carl has other keys, by ana; line 3 of the log: a plugin of carl's, signed by ana
    ");
    assert!(!ran.exists(), "a plugin was run");
}
