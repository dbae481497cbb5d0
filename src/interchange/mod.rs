//! Other forms of many values: what is read from them, and what they cannot carry.

mod batch;

pub use batch::{At, BatchError, BatchFault, Entry, Form, parse};

#[cfg(test)]
mod tests;
