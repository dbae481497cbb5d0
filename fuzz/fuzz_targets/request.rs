//! A request, as a file and as a body that is signed: what parses prints to the same bytes.
#![no_main]

mod bound;

use bound::bounded;
use cargo_vault::kernel::{
    format::request,
    name::VaultId,
    seal::{Identity, pae},
    secret::Secret,
};
use libfuzzer_sys::fuzz_target;

const IDENTITY: &str = "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0";

fuzz_target!(|bytes: &[u8]| {
    let vault = VaultId::parse(&"0".repeat(64)).expect("it is an id");
    let key = Identity::parse(IDENTITY).expect("it is an identity").signing_key();
    let message = pae(&[b"cvault/v1/request", vault.as_bytes(), b"dora", bytes]);
    let sig = key.sign(&message).base64();
    let signed = [bytes, b"\n[signature]\nsig = \"", sig.as_bytes(), b"\"\n"].concat();
    for file in [bytes, &signed] {
        if let Ok(request) = bounded(file, || request::parse(&vault, "requests/dora.toml", file)) {
            let printed = request::print(&vault, &request, &key);
            assert_eq!(printed[..printed.len() - 110], file[..file.len() - 110]);
        }
    }
});
