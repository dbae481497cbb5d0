//! The program as people and machines use it: each test has its own home, an empty environment and its own git settings.

#[expect(dead_code, reason = "the tests that use it come next")]
mod harness;

mod first_minute;
