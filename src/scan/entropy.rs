//! Finds what looks drawn at random: a rule of thumb with many false alarms, and so only on request.

/// So long are most tokens; what is longer is data.
const LEAST: usize = 20;
const MOST: usize = 256;
/// Hexadecimal digits say less each, so there must be more.
const LEAST_HEX: usize = 32;
/// Bits a character, of at most six and of four.
const BITS: f64 = 4.2;
const BITS_HEX: f64 = 3.2;

/// The runs that begin in `from..to`.
pub(super) fn search(bytes: &[u8], (from, to): (usize, usize), found: &mut impl FnMut(usize, usize)) {
    let mut at = from;
    // One that began before was looked at, or is too long.
    while at > 0 && at < to && is_part(bytes[at - 1]) && is_part(bytes[at]) {
        at += 1;
    }
    while at < to {
        let run = bytes[at..].iter().take_while(|byte| is_part(**byte)).count();
        if (LEAST..=MOST).contains(&run) && looks_random(&bytes[at..at + run]) {
            found(at, run);
        }
        at += run + 1;
    }
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/_-".contains(&byte)
}

fn looks_random(run: &[u8]) -> bool {
    if run.iter().all(u8::is_ascii_hexdigit) {
        return run.len() >= LEAST_HEX && bits(run) > BITS_HEX;
    }
    let kinds = [u8::is_ascii_digit, u8::is_ascii_lowercase, u8::is_ascii_uppercase];
    kinds.iter().all(|kind| run.iter().any(kind)) && bits(run) > BITS
}

/// Shannon's measure of a character.
fn bits(run: &[u8]) -> f64 {
    let mut counts = [0_u16; 256];
    run.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let len = run.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / len)
        .map(|p| -p * p.log2())
        .sum()
}
