//! Running a program with secrets in its environment: what the child's environment is made of, and becoming the child.

mod child;
mod dumps;
mod environment;
mod names;

pub use child::{Refused, become_child};
pub use dumps::{CoreLimit, forbid_dumps};
pub use environment::{Given, Rules, RunError, child_environment, without_keys};

#[cfg(test)]
mod tests;
