//! Names: what parses is the same text, and its variable is one.
#![no_main]

mod bound;

use bound::bounded;
use cargo_vault::kernel::name::{EnvName, MemberName, SecretName};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(name) = bounded(text.as_bytes(), || SecretName::parse(text)) {
        assert_eq!(name.as_str(), text);
        let variable = name.variable();
        assert!(variable.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
        assert!(!variable.as_bytes()[0].is_ascii_digit());
    }
    if let Ok(name) = EnvName::parse(text) {
        assert_eq!(name.as_str(), text);
    }
    if let Ok(name) = MemberName::parse(text) {
        assert_eq!(name.as_str(), text);
    }
    if let Some(name) = bounded(text.as_bytes(), || MemberName::from_person(text)) {
        assert!(MemberName::parse(name.as_str()).is_ok());
    }
});
