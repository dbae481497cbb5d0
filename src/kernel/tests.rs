//! The kernel against itself.
