//! The cryptography of the format, a function a formula.

mod envelope;
mod generate;
mod hash;
mod identity;
mod key;
mod mark;
mod member_key;
mod own;
mod passphrase;
mod plugin;
mod sign;
mod small_order;
mod ssh;
mod value;

pub use envelope::{Recipient, check_header, dearmor, unwrap_file, unwrap_key, wrap_key, wrap_key_with};
pub use generate::{generate_alphanumeric, generate_base64, generate_hex, generate_uuid};
pub use hash::{Hash, fingerprint, pae, roster_hash, sha256, vault_id};
pub use identity::Identity;
pub use key::{Commitment, EnvKey, Epoch, KeyTag, SealKey};
pub use mark::Mark;
pub use member_key::{MemberKey, Unwraps};
pub use own::{open_own, seal_own};
pub use passphrase::{Passphrase, Protected};
pub use plugin::{FileKey, NoPlugins, PluginFault, PluginIdentity, PluginKey, Plugins};
pub use sign::{PublicKey, Signature, SigningKey};
pub use ssh::{SshFile, SshKey};
pub use value::{OpenFault, Place, Sealed, open, seal};

/// The version of the crate that wraps keys, which it does not tell itself.
pub const AGE: &str = "0.12.1";

/// Random bytes from the operating system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::RngCore::fill_bytes(&mut rand::rngs::OsRng, &mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::AGE;

    #[test]
    fn the_version_of_age_is_the_one_that_is_built_in() {
        let lock = include_str!("../../../Cargo.lock");
        assert!(lock.contains(&format!("name = \"age\"\nversion = \"{AGE}\"\n")));
    }
}
