//! Other forms of many values: what is read from them, and what they cannot carry.

mod batch;
mod public_keys;

pub use batch::{At, BatchError, BatchFault, Entry, Form, parse};
pub use public_keys::{KeysError, PublicKeys, Skipped, public_keys};

#[cfg(test)]
mod tests;
