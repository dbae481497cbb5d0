//! Running a program with secrets in its environment or in files: what the child gets, becoming it, and staying beside it.

pub mod cargo;
mod child;
mod dumps;
mod editor;
mod environment;
mod files;
mod living;
mod mask;
#[cfg(target_os = "linux")]
mod memory_file;
mod names;
mod play;
mod runtime;
mod scratch;
mod shell;
mod supervise;
mod watch;

pub use child::{Refused, become_child, command, put};
pub use dumps::{CoreLimit, forbid_dumps};
pub use editor::Editor;
pub use environment::{Given, Rules, RunError, child_environment, without_keys};
pub use files::{Files, FilesError, Filing, Folder};
pub use living::{Care, Gifts, OnChange, live, run_beside};
pub use mask::{CHUNK, FilterError, Log, MONITOR, Mask, Outputs, Stream, filter, log, monitor, run_masked};
pub use play::{Shown, Stage};
pub use runtime::{Medium, Places};
pub use scratch::{Scratch, keep};
pub use shell::{HELD, Held, Loaded, Now, TooMuch, Turn, Unfit, Variables, variables};
pub use supervise::{Ended, Step, Supervisor, Waker};
pub use watch::watch;

#[cfg(test)]
mod tests;
