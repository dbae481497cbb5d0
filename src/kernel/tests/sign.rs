//! Public keys: one encoding each, as strict verification asks (format.md §4).

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::kernel::seal::PublicKey;

/// A key whose y coordinate is encoded by these first and middle bytes, and by this last one.
fn key(first: u8, middle: u8, last: u8) -> PublicKey {
    let mut blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20".to_vec();
    blob.push(first);
    blob.extend([middle; 30]);
    blob.push(last);
    PublicKey::parse(&format!("ssh-ed25519 {}", BASE64_STANDARD.encode(blob))).unwrap()
}

#[test]
fn a_point_of_large_order_is_sound_in_its_one_encoding() {
    assert!(key(3, 0, 0).is_sound());
}

#[test]
fn the_same_point_encoded_above_the_prime_is_not() {
    // 3 + (2^255 − 19), which the curve's library decodes to the same point.
    assert!(!key(0xf0, 0xff, 0x7f).is_sound());
}

#[test]
fn a_point_of_small_order_is_not() {
    // y = 1, the neutral element.
    assert!(!key(1, 0, 0).is_sound());
}
