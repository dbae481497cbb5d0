//! The sizes above which a reader refuses before it reads on (format.md §13).

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// One value, in bytes.
pub const VALUE: usize = 1024 * 1024;
/// `roster.toml`.
pub const ROSTER: u64 = 4 * MIB;
/// One secret file.
pub const SECRET_FILE: u64 = 16 * MIB;
/// `roster.log`.
pub const LOG: u64 = 64 * MIB;
/// One line of `roster.log`.
pub const LOG_LINE: usize = 1024 * 1024;
/// One key file.
pub const KEY_FILE: u64 = 16 * KIB;
/// One request.
pub const REQUEST: u64 = 16 * KIB;
/// The stanzas of one key file, grease included.
pub const STANZAS: usize = 8;
/// `schema.toml` and `scan-allow.toml`.
pub const HAND_WRITTEN: u64 = MIB;
/// `config.toml`, `.gitattributes` and `.gitignore`.
pub const CONFIG: u64 = 64 * KIB;
/// How many versions a secret file may be asked to keep.
pub const KEEP: std::ops::RangeInclusive<u64> = 1..=100;
