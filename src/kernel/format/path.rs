//! Where each file of a vault lies, relative to `.vault` (format.md §2).

use crate::kernel::{
    name::{EnvName, MemberName, SecretName},
    seal::Recipient,
};

/// The roster.
pub const ROSTER: &str = "roster.toml";
/// Its signed history.
pub const LOG: &str = "roster.log";
/// Attributes for git: bytes as they are, and the drivers by which secrets are shown and merged.
pub const ATTRIBUTES: &str = ".gitattributes";
/// What git leaves out: the folder of changes under way.
pub const IGNORE: &str = ".gitignore";
/// The folder of changes under way, which readers pass over.
pub const WORK: &str = ".work";

/// The exact bytes of `.gitattributes`.
pub const ATTRIBUTES_BYTES: &str = "* -text\nsecrets/** diff=cargo-vault merge=cargo-vault\n";
/// The exact bytes of `.gitignore`.
pub const IGNORE_BYTES: &str = "/.work/\n";

/// The folder of an environment's secrets.
pub fn secrets(env: &EnvName) -> String {
    format!("secrets/{env}")
}

/// A secret's file.
pub fn secret(env: &EnvName, name: &SecretName) -> String {
    format!("secrets/{env}/{name}.toml")
}

/// The folder of an environment's key files.
pub fn keys(env: &EnvName) -> String {
    format!("keys/{env}")
}

/// The key file of one recipient of a member.
pub fn key(env: &EnvName, member: &MemberName, recipient: &Recipient) -> String {
    format!("keys/{env}/{member}.{}.age", recipient.id())
}

/// The folder of requests.
pub const REQUESTS: &str = "requests";

/// A member's request.
pub fn request(member: &MemberName) -> String {
    format!("{REQUESTS}/{member}.toml")
}
