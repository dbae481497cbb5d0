//! The kernel against itself: what it prints it reads, and what it seals opens only in its place.
