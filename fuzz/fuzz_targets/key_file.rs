//! A key file: its armor, its header, and what an identity makes of it.
#![no_main]

mod bound;

use bound::bounded;
use cargo_vault::kernel::{
    seal::{Identity, check_header, dearmor, unwrap_file},
    secret::Secret,
};
use libfuzzer_sys::fuzz_target;

const IDENTITY: &str = "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0";

fuzz_target!(|bytes: &[u8]| {
    let identity = Identity::parse(IDENTITY).expect("it is an identity");
    let armored = bounded(bytes, || dearmor("keys/dev/ana.00000000.age", bytes));
    let files = [Some(bytes.to_vec()), armored.ok()];
    for file in files.into_iter().flatten().filter(|file| file.len() <= 16 * 1024) {
        let _ = bounded(&file, || check_header("x", &file));
        let _ = bounded(&file, || unwrap_file("x", &file, &identity));
    }
});
