//! The files on disk, one module each: parsed strictly, printed in one way only.

pub mod hex;
pub mod identity_file;
pub mod log;
pub mod path;
pub mod request;
pub mod roster;
pub mod secret;
pub mod stanza;
mod toml;
mod trailer;

pub(in crate::kernel) use trailer::conflict;
pub use trailer::is_signed;

/// The only format there is.
pub const VERSION: u64 = 1;
