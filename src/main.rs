//! `cargo vault`: the program.

fn main() {}
