//! Masking: a secret's value, as it is or encoded, becomes `[NAME]` in what a program prints.
//!
//! A seat belt, and no wall: what a program does to a value on purpose, nobody recognises (docs/threat-model.md).

mod encode;
mod forms;
mod matcher;
mod stream;

pub use forms::{Form, Forms};
pub use stream::{CHUNK, Mask, Stream};

#[cfg(test)]
mod tests;
