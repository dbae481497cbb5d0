//! Other forms of many values: what is read from them, and what they cannot carry.

mod batch;
mod document;
mod dotenv;
mod public_keys;
mod quote;
mod template;

pub use batch::{At, BatchError, BatchFault, Entry, Form, parse};
pub use document::document;
pub use dotenv::{DotenvError, DotenvFault, Variable, dotenv};
pub use public_keys::{KeysError, PublicKeys, Skipped, public_keys};
pub use quote::{Shell, statements, word};
pub use template::{Reference, Spot, TEMPLATE, Template, TemplateError, TemplateFault, template};

#[cfg(test)]
mod tests;
