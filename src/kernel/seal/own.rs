//! Sealing what a user keeps for himself: XChaCha20-Poly1305 with a random nonce, under a key that lies in his data folder.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};

use super::random;

const NONCE: usize = 24;

/// Seals bytes, bound to what they are about.
pub fn seal_own(key: &[u8; 32], about: &[u8], bytes: &[u8]) -> Vec<u8> {
    let nonce = random::<NONCE>();
    let sealed = cipher(key).encrypt(XNonce::from_slice(&nonce), Payload { msg: bytes, aad: about });
    [&nonce[..], &sealed.expect("what is kept is within the cipher's reach")].concat()
}

/// Opens them again; `None` if the key, what they are about or a byte is another.
pub fn open_own(key: &[u8; 32], about: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
    cipher(key).decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: about }).ok()
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new_from_slice(key).expect("the key has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::{open_own, seal_own};

    #[test]
    fn only_the_same_key_and_subject_open_it() {
        let sealed = seal_own(&[1; 32], b"one", b"bytes");
        let opened = [([1; 32], "one"), ([2; 32], "one"), ([1; 32], "two")];
        let opened = opened.map(|(key, about)| open_own(&key, about.as_bytes(), &sealed));
        assert_eq!(opened, [Some(b"bytes".to_vec()), None, None]);
    }
}
