//! The roster: what parses prints to the same bytes.
#![no_main]

mod bound;

use bound::bounded;
use cargo_vault::kernel::format::roster;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(roster) = bounded(bytes, || roster::parse(bytes)) {
        assert_eq!(roster::print(&roster).as_bytes(), bytes);
        let _ = bounded(bytes, || roster.check());
    }
});
