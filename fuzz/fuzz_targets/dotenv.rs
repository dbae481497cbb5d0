//! A dotenv file: every name once, and no value longer than the file.
#![no_main]

mod bound;

use std::collections::BTreeSet;

use bound::bounded;
use cargo_vault::{interchange::dotenv, kernel::secret::Secret};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(variables) = bounded(bytes, || dotenv(bytes)) {
        let names: BTreeSet<_> = variables.iter().map(|variable| &variable.name).collect();
        assert_eq!(names.len(), variables.len());
        let empty = Secret::new(Vec::new());
        for variable in &variables {
            assert!(variable.value.fill(|_| &empty).is_ok_and(|value| value.len() <= bytes.len()));
        }
    }
});
