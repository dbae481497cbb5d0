//! What a vault is: its names, its model, its seals and its files' formats, without a file, a clock, a variable or a
//! terminal.

pub mod format;
pub mod forms;
pub mod limits;
pub mod model;
pub mod name;
pub mod refusal;
pub mod seal;
pub mod secret;
pub mod time;
pub mod tree;

#[cfg(test)]
mod tests;
