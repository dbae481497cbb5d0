//! What a person can do with a vault: open it (no key: list, verify), unlock it (read), begin a change of it (write).
//!
//! A command that only lists takes `&Vault` and so cannot decrypt; only `Unlocked` can open a value, only `Change` can write
//! one.

mod allowance;
mod change;
mod changes;
mod config;
mod create;
pub mod doctor;
mod edited;
mod epoch;
mod error;
mod exposed;
mod glance;
mod history;
mod identities;
mod leave;
mod letting_in;
mod memory;
mod older;
mod open;
mod progress;
mod publish;
mod read;
mod replacing;
mod requests;
mod roster_change;
mod seats;
mod seen;
mod status;
mod steady;
mod team_fault;
mod transfer;
pub mod tree;
mod trust;
mod unlocked;
mod verify;
mod who;

pub use allowance::{Allowance, Allowances, trust_file};
pub use change::{Change, Draft, Written};
pub use changes::{Changes, Fate, NewLine, RosterChange, SecretChange};
pub use config::{Color, Config};
pub use create::{Founded, Founding, create};
pub use epoch::Renewed;
pub use error::VaultError;
pub use exposed::Exposed;
pub use glance::Glance;
pub use history::{By, History, PastFault, Rewritten, Unchecked, Unsound};
pub use identities::{Identities, Import, Imported, Keeping, Own, own_names, write_identity};
pub use leave::{Loses, SignedFor};
pub use open::{FirstUse, Hold, Introduction, Opening, Vault, nearest};
pub use progress::{Doing, Progress, Step};
pub use publish::{Packed, excluded, would_publish};
pub use read::Listing;
pub use replacing::Replacing;
pub use requests::{Asked, Asker, Asking, Petition, asked_names};
pub use roster_change::Enrolled;
pub use seats::Seat;
pub use seen::Note;
pub use status::{Drift, EnvState, Status};
pub use team_fault::TeamFault;
pub use transfer::{Address, Copied, Existing, Moved};
pub use unlocked::{HeldKey, Opened, Unlocked};
pub use verify::{Checked, Finding, Scope, verify_tree};
pub use who::{Found, Looked, Who};
