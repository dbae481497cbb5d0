//! A secret, as a file and as the body of one: what parses prints to the same bytes.
#![no_main]

mod bound;

use bound::bounded;
use cargo_vault::kernel::{
    format::secret,
    name::{EnvName, SecretName, VaultId},
    seal::Identity,
    secret::Secret,
};
use libfuzzer_sys::fuzz_target;

const IDENTITY: &str = "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0";
const TRAILER: usize = 110;

fn check(bytes: &[u8]) {
    let env = EnvName::parse("dev").expect("it is an environment");
    let name = SecretName::parse("DATABASE_URL").expect("it is a name");
    if let Ok(file) = bounded(bytes, || secret::parse(&env, &name, bytes)) {
        let key = Identity::parse(IDENTITY).expect("it is an identity").signing_key();
        let vault = VaultId::parse(&"0".repeat(64)).expect("it is an id");
        let printed = secret::print(&vault, &file.record, &key);
        assert_eq!(printed[..printed.len() - TRAILER], bytes[..bytes.len() - TRAILER]);
    }
}

fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    check(&[bytes, b"\n[signature]\nsig = \"", "A".repeat(86).as_bytes(), b"==\"\n"].concat());
});
