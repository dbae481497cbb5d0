//! Stanzas of the plugins' protocol: read within their time, and printed as they were read.
#![no_main]

mod bound;

use bound::bounded;
use cargo_vault::kernel::format::stanza::Stanza;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    while let Ok(Some(stanza)) = bounded(bytes, || Stanza::read(&mut rest)) {
        let printed = stanza.print();
        let again = Stanza::read(&mut &printed[..]).expect("what was printed reads");
        assert_eq!(again, Some(stanza));
    }
});
