//! An identity under a passphrase: what parses prints to the same bytes, and asks for bounded costs.
#![no_main]

mod bound;

use bound::bounded;
use cargo_vault::kernel::{format::identity_file, secret::Secret};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let file = Secret::new(bytes.to_vec());
    if let Ok(parsed) = bounded(bytes, || identity_file::parse_protected(&file)) {
        assert_eq!(identity_file::print_protected(&parsed).as_bytes(), bytes);
        assert!(parsed.is_sound());
    }
});
