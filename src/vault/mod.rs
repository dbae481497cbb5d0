//! What a person can do with a vault: open it (no key: list, verify), unlock it (read), begin a change of it (write).
//!
//! A command that only lists takes `&Vault` and so cannot decrypt; only `Unlocked` can open a value, only `Change` can write
//! one.

mod change;
mod changes;
mod config;
mod create;
pub mod doctor;
mod error;
mod glance;
mod history;
mod identities;
mod memory;
mod open;
mod progress;
mod publish;
mod read;
mod roster_change;
mod seen;
mod transfer;
pub mod tree;
mod trust;
mod unlocked;
mod verify;
mod who;

pub use change::{Change, Draft, Written};
pub use changes::{Changes, Fate, NewLine, RosterChange, SecretChange};
pub use config::{Color, Config};
pub use create::{Founded, Founding, create};
pub use error::VaultError;
pub use glance::Glance;
pub use history::{By, History, PastFault, Rewritten, Unchecked, Unsound};
pub use identities::{Identities, Import, Imported, Keeping, Own, own_names, write_identity};
pub use open::{FirstUse, Hold, Introduction, Opening, Vault, nearest};
pub use progress::{Doing, Progress, Step};
pub use publish::{Packed, excluded, would_publish};
pub use read::Listing;
pub use roster_change::Enrolled;
pub use seen::Note;
pub use transfer::{Address, Copied, Existing, Moved};
pub use unlocked::{Opened, Unlocked};
pub use verify::{Asked, Checked, Finding, verify_tree};
pub use who::{Found, Looked, Who};
