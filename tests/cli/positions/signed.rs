//! Signatures and signing keys that a lenient reader would take.

use super::{Places, signed_all_the_same};
use crate::forge::identity;

/// An ssh-ed25519 key of these 32 bytes.
fn ssh_key(raw: [u8; 32]) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let blob = [&11_u32.to_be_bytes()[..], b"ssh-ed25519", &32_u32.to_be_bytes(), &raw].concat();
    format!("ssh-ed25519 {}", BASE64_STANDARD.encode(blob))
}

/// Bob's signing key is one of these bytes.
fn key_of_bob(raw: [u8; 32]) -> String {
    let places = Places::new();
    let bob = identity(&places.team.bob).signing_key().public().text();
    signed_all_the_same(&places, |text| text.replace(&bob, &ssh_key(raw)))
}

#[test]
fn signing_key_of_small_order_meets_a_refusal_everywhere() {
    let mut one = [0; 32];
    one[0] = 1;
    insta::assert_snapshot!(key_of_bob(one), @r"
    known: verify 5 error: `.vault/roster.toml`: a signing key of `bob` is no sound Ed25519 key
    known: get 5 error: `.vault/roster.toml`: a signing key of `bob` is no sound Ed25519 key
    anchored: verify 5 error: `.vault/roster.toml`: a signing key of `bob` is no sound Ed25519 key
    anchored: get 5 error: `.vault/roster.toml`: a signing key of `bob` is no sound Ed25519 key
    fresh: verify 5 error: `.vault/roster.toml`: a signing key of `bob` is no sound Ed25519 key
    fresh: get 5 error: `.vault/roster.toml`: a signing key of `bob` is no sound Ed25519 key
    keyless: verify 5 error: `.vault/roster.toml`: a signing key of `bob` is no sound Ed25519 key
    ");
}

#[test]
fn signing_key_that_is_written_otherwise_than_it_is_meets_a_refusal_everywhere() {
    // p + 1, which is the point of 1 once more (RFC 8032, 5.1.3).
    let mut above = [0xff; 32];
    (above[0], above[31]) = (0xee, 0x7f);
    insta::assert_snapshot!(key_of_bob(above), @r"
    known: verify 5 error: `.vault/roster.toml`: a signing key of `bob` is no sound Ed25519 key
    known: get 5 error: `.vault/roster.toml`: a signing key of `bob` is no sound Ed25519 key
    anchored: verify 5 error: `.vault/roster.toml`: a signing key of `bob` is no sound Ed25519 key
    anchored: get 5 error: `.vault/roster.toml`: a signing key of `bob` is no sound Ed25519 key
    fresh: verify 5 error: `.vault/roster.toml`: a signing key of `bob` is no sound Ed25519 key
    fresh: get 5 error: `.vault/roster.toml`: a signing key of `bob` is no sound Ed25519 key
    keyless: verify 5 error: `.vault/roster.toml`: a signing key of `bob` is no sound Ed25519 key
    ");
}

/// The last line with another signature.
fn signature(places: &Places, change: impl FnOnce(&mut [u8; 64])) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let bob = &places.team.bob;
    let text = String::from_utf8(bob.read(".vault/roster.log")).unwrap();
    let (before, after) = text.rsplit_once("\"sig\":\"").unwrap();
    let (old, end) = after.split_once('"').unwrap();
    let mut sig: [u8; 64] = BASE64_STANDARD.decode(old).unwrap().try_into().unwrap();
    change(&mut sig);
    bob.write(".vault/roster.log", format!("{before}\"sig\":\"{}\"{end}", BASE64_STANDARD.encode(sig)));
    places.meet(bob)
}

#[test]
fn signature_of_zeros_meets_a_refusal_everywhere() {
    insta::assert_snapshot!(signature(&Places::new(), |sig| sig.fill(0)), @r"
    known: verify 5 error: line 2 of `.vault/roster.log` has a signature that does not verify
    known: get 5 error: line 2 of `.vault/roster.log` has a signature that does not verify
    anchored: verify 5 error: line 2 of `.vault/roster.log` has a signature that does not verify
    anchored: get 5 error: line 2 of `.vault/roster.log` has a signature that does not verify
    fresh: verify 5 error: line 2 of `.vault/roster.log` has a signature that does not verify
    fresh: get 5 error: line 2 of `.vault/roster.log` has a signature that does not verify
    keyless: verify 5 error: line 2 of `.vault/roster.log` has a signature that does not verify
    ");
}

#[test]
fn signature_whose_scalar_is_above_the_order_meets_a_refusal_everywhere() {
    // L (RFC 8032, 5.1), little-endian: S + L would be the same signature to a lenient reader.
    let order: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let shown = signature(&Places::new(), |sig| {
        let mut carry = 0;
        for (byte, more) in sig[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(more) + carry;
            (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
        }
    });
    insta::assert_snapshot!(shown, @r"
    known: verify 5 error: line 2 of `.vault/roster.log` has a signature that does not verify
    known: get 5 error: line 2 of `.vault/roster.log` has a signature that does not verify
    anchored: verify 5 error: line 2 of `.vault/roster.log` has a signature that does not verify
    anchored: get 5 error: line 2 of `.vault/roster.log` has a signature that does not verify
    fresh: verify 5 error: line 2 of `.vault/roster.log` has a signature that does not verify
    fresh: get 5 error: line 2 of `.vault/roster.log` has a signature that does not verify
    keyless: verify 5 error: line 2 of `.vault/roster.log` has a signature that does not verify
    ");
}
