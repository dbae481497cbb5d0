//! A file of identities, an SSH key among them: parsed within its time, and a plugin's is printed as it was read.
#![no_main]

mod bound;

use bound::bounded;
use cargo_vault::kernel::{
    format::identity_file::{Entry, is_ssh, parse, parse_ssh, print_plugin},
    secret::Secret,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let file = Secret::new(bytes.to_vec());
    if is_ssh(&file) {
        let _ = bounded(bytes, || parse_ssh(&file));
        return;
    }
    let Ok((entries, _)) = bounded(bytes, || parse(&file)) else { return };
    for entry in entries {
        let Entry::Plugin(plugin) = entry else { continue };
        let printed = Secret::new(print_plugin(&plugin, "2026-11-22T10:00:00Z").into_bytes());
        let (mut again, _) = parse(&printed).expect("what was printed parses");
        assert!(matches!(again.remove(0), Entry::Plugin(read) if read == plugin));
    }
});
