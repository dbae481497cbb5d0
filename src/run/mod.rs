//! Running a program with secrets in its environment: what the child's environment is made of, and becoming the child.

mod child;
mod dumps;
mod environment;
mod mask;
mod names;
mod play;
mod scratch;
mod supervise;

pub use child::{Refused, become_child, command};
pub use dumps::{CoreLimit, forbid_dumps};
pub use environment::{Given, Rules, RunError, child_environment, without_keys};
pub use mask::{
    CHUNK, FilterError, Form, Forms, Log, MONITOR, Mask, Outputs, Stream, filter, log, monitor, run_masked,
};
pub use play::{Shown, Stage};
pub use scratch::{Scratch, keep};
pub use supervise::{Ended, Step, Supervisor, Waker};

#[cfg(test)]
mod tests;
