//! The cryptography of the format, a function a formula.

mod envelope;
mod generate;
mod hash;
mod identity;
mod key;
mod member_key;
mod passphrase;
mod plugin;
mod sign;
mod ssh;
mod value;

pub use envelope::{Recipient, check_header, dearmor, unwrap_file, unwrap_key, wrap_key, wrap_key_with};
pub use generate::{generate_alphanumeric, generate_base64, generate_hex, generate_uuid};
pub use hash::{Hash, fingerprint, pae, roster_hash, sha256, vault_id};
pub use identity::Identity;
pub use key::{Commitment, EnvKey, Epoch, KeyTag, SealKey};
pub use member_key::{MemberKey, Unwraps};
pub use passphrase::{Passphrase, Protected};
pub use plugin::{FileKey, NoPlugins, PluginFault, PluginIdentity, PluginKey, Plugins};
pub use sign::{PublicKey, Signature, SigningKey};
pub use ssh::{SshFile, SshKey};
pub use value::{OpenFault, Place, Sealed, open, seal};

/// Random bytes from the operating system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::RngCore::fill_bytes(&mut rand::rngs::OsRng, &mut bytes);
    bytes
}
