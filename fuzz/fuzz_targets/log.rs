//! The log: what parses prints to the same bytes, and what verifies is bounded too.
#![no_main]

mod bound;

use bound::bounded;
use cargo_vault::kernel::{format::log, model::Log};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(lines) = bounded(bytes, || log::parse(bytes)) {
        assert_eq!(log::print(&lines), bytes);
        let _ = bounded(bytes, || Log::verify(lines, 0));
    }
});
