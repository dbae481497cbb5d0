//! The signature at the end of a signed file: a trailer of fixed length that a reader cuts off first (format.md §9).

use crate::kernel::{refusal::Refusal, seal::Signature};

const HEAD: &[u8] = b"\n[signature]\nsig = \"";
const TAIL: &[u8] = b"\"\n";
const SIGNATURE: usize = 88;

/// Cuts a file into the bytes that are signed and the signature.
///
/// Conflict markers are looked for only where the trailer is not in order, or by the caller where the rest does not parse:
/// a file that reads well has none.
pub(super) fn cut<'a>(path: &str, file: &'a [u8]) -> Result<(&'a [u8], Signature), Refusal> {
    let at = file.len().checked_sub(HEAD.len() + SIGNATURE + TAIL.len());
    let parts = at.map(|at| file.split_at(at)).and_then(|(signed, trailer)| {
        let text = trailer.strip_prefix(HEAD)?.strip_suffix(TAIL)?;
        let signature = Signature::parse(std::str::from_utf8(text).ok()?)?;
        signed.ends_with(b"\n").then_some((signed, signature))
    });
    parts.ok_or_else(|| match conflict(path, file) {
        Some(refusal) => refusal,
        None => Refusal::Trailer { path: path.to_owned() },
    })
}

/// Cuts the signed bytes off a file whose signature was verified before.
pub(super) fn cut_verified<'a>(path: &str, file: &'a [u8]) -> Result<&'a [u8], Refusal> {
    let at = file.len().checked_sub(HEAD.len() + SIGNATURE + TAIL.len());
    at.map(|at| &file[..at]).ok_or_else(|| Refusal::Trailer { path: path.to_owned() })
}

/// Whether a file ends in something that is written as a signature is; whether it is one, who reads the file finds out.
pub fn is_signed(file: &[u8]) -> bool {
    cut("", file).is_ok()
}

/// Puts the signature at the end again.
pub(super) fn join(signed: &str, signature: &Signature) -> Vec<u8> {
    [signed.as_bytes(), HEAD, signature.base64().as_bytes(), TAIL].concat()
}

/// The refusal of a file that git left in conflict.
pub(in crate::kernel) fn conflict(path: &str, file: &[u8]) -> Option<Refusal> {
    let marked = file
        .split(|b| *b == b'\n')
        .any(|line| line.starts_with(b"<<<<<<< ") || line.starts_with(b">>>>>>> "));
    marked.then(|| Refusal::Conflict { path: path.to_owned() })
}
