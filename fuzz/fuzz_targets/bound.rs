//! The time that a parser may take.

use std::time::{Duration, Instant};

/// For what costs the same whatever is read, on a slow and busy machine.
const ONCE: Duration = Duration::from_millis(500);
/// For each byte; a parser that is not linear goes beyond it.
const A_BYTE: Duration = Duration::from_micros(20);

/// Does what takes time in proportion to its input, or panics.
pub fn bounded<T>(bytes: &[u8], parse: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let parsed = parse();
    let most = ONCE + A_BYTE * u32::try_from(bytes.len()).expect("an input is short");
    assert!(begun.elapsed() < most, "{} bytes took {:?}", bytes.len(), begun.elapsed());
    parsed
}
