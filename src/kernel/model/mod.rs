//! What a vault consists of, and the rules that its parts keep.

mod anchor;
mod event;
mod former;
mod kind;
mod log;
mod merge;
mod record;
mod request;
mod roster;
mod roster_merge;
mod trust;
mod verdict;

pub use anchor::Anchor;
pub use event::{Action, Event, Outcome, Subject};
pub use former::{Former, KeyForm, KeyText};
pub use kind::Kind;
pub use log::{Line, Log, Statement};
pub use merge::{Clash, Deed, Merge, Part, Same, ThreeWay};
pub use record::{CURRENT, PENDING, PREVIOUS, Policy, Record, Rotation, Tombstone, Version};
pub use request::{Fingerprint, Request};
pub use roster::{Access, Environment, Member, Role, Roster};
pub use roster_merge::{MergedRoster, RosterClash, RosterSides};
pub use trust::{Kept, Standing, judge};
pub use verdict::{Judge, check_names};
