//! The disk: finds `.vault/`, reads it without following a link, changes it all or not at all, and keeps what is
//! trusted and what was seen.

mod beneath;
mod beside;
mod change;
mod disk;
mod error;
mod folder;
mod git_refs;
mod held_file;
mod journal;
mod kept;
mod lock;
mod marked;
mod output;
mod place;
mod plain;
mod private_file;
mod runtime;
mod sight;

pub use beside::{Links, read_bytes, read_text, update_text};
pub use change::Edit;
pub use disk::Disk;
pub use error::StoreError;
pub use folder::{Folder, walk};
pub use git_refs::head;
pub use held_file::{hold_commits, update_private};
pub use kept::{StateFolder, known_by_remote, remember_remote};
pub use lock::{Lock, Stamp};
pub use marked::{Marked, Spot, update_git_config, update_hook, with_block, without_block};
pub use output::{Over, write_output};
pub use place::{GitPlace, Place, find, place_for_new};
pub use private_file::write_private;
pub use runtime::runtime_folder;
pub use sight::{Sight, files_below};

#[cfg(test)]
mod tests;
