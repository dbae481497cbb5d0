//! A text with references: what was taken apart and filled with nothing is no longer, and without references it is the same.
#![no_main]

mod bound;

use bound::bounded;
use cargo_vault::{interchange::template, kernel::secret::Secret};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(template) = bounded(bytes, || template(bytes)) {
        let (whole, empty) = (Secret::new(bytes.to_vec()), Secret::new(Vec::new()));
        if let Ok(filled) = template.fill(|_| &empty) {
            // A filter writes two quotes at most for nothing, in less than the reference takes.
            assert!(filled.len() <= bytes.len());
            assert!(template.references().next().is_some() || bytes.contains(&b'{') || filled.same_as(&whole));
        }
    }
});
