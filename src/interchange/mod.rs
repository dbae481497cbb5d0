//! Other forms of many values: what is read from them, and what they cannot carry.

mod batch;
mod quote;

pub use batch::{At, BatchError, BatchFault, Entry, Form, parse};
pub use quote::{Shell, statements, word};

#[cfg(test)]
mod tests;
