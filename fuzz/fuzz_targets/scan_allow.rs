//! `scan-allow.toml` of any bytes: parsed or refused, and what parses still does with one finding more.

#![no_main]

use cargo_vault::scan::{Finding, Rule, What, allow};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<u8>, String, String)| {
    let (bytes, path, reason) = input;
    if allow::Allowed::parse(&bytes).is_err() {
        return;
    }
    let what = What::File(Rule::Dotenv);
    let fingerprint = what.fingerprint(None, &path);
    let finding = Finding { what, path, commit: None, at: None, fingerprint };
    let text = String::from_utf8(bytes).expect("what parses is text");
    let more = allow::with(&text, &finding, Some(&reason));
    let allowed = allow::Allowed::parse(more.as_bytes()).expect("what is written can be read");
    assert!(allowed.has(&finding.fingerprint));
});
