//! Many values in one text, in each of its forms: every name once, and no value over its limit.
#![no_main]

mod bound;

use std::collections::BTreeSet;

use bound::bounded;
use cargo_vault::{
    interchange::{Form, parse},
    kernel::{limits, secret::Secret},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = Secret::new(bytes.to_vec());
    for form in [Form::Lines, Form::Null, Form::Json, Form::Toml] {
        if let Ok(entries) = bounded(bytes, || parse(&text, form)) {
            let names: BTreeSet<_> = entries.iter().map(|entry| &entry.name).collect();
            assert_eq!(names.len(), entries.len());
            assert!(entries.iter().all(|entry| entry.value.len() <= limits::VALUE));
        }
    }
});
