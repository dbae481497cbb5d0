//! An anchor: what parses prints to the same text, but for white space around it.
#![no_main]

mod bound;

use bound::bounded;
use cargo_vault::kernel::model::Anchor;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(anchor) = bounded(text.as_bytes(), || Anchor::parse(text)) {
        assert_eq!(anchor.to_string(), text.trim());
    }
});
