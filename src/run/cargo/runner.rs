//! What cargo starts in place of a program: it asks for the values, and becomes the program.

use std::{
    ffi::{OsStr, OsString},
    io::{self, Read, Write},
    os::unix::net::UnixStream,
    path::Path,
};

use super::{
    super::{child::Gift, dumps::forbid_dumps},
    CargoError,
};

/// What stands in front of the socket's path, and behind that the program.
pub(super) const RUNNER: &str = "__cargo-runner";

/// What the server says to whom it knows.
pub(super) const KNOWN: u8 = b'+';
/// What the runner says when nobody can look into it any more.
pub(super) const CLOSED: u8 = b'.';

/// Becomes the program, with its values. Returns only with what went wrong.
pub(super) fn become_program(socket: &OsStr, words: &[OsString]) -> CargoError {
    // Not before the server has looked: what nobody can look into, it cannot know either.
    let known = introduced(Path::new(socket));
    let core = forbid_dumps();
    let gift = known.and_then(|mut stream| {
        stream.write_all(&[CLOSED])?;
        Gift::take(&mut stream)
    });
    let program = words.first().cloned().unwrap_or_default();
    match gift {
        Ok(gift) => gift.become_child(words, &core).into(),
        Err(source) => CargoError::NotGiven { program, source },
    }
}

/// Connects, and waits until the server has looked at this process.
pub(super) fn introduced(socket: &Path) -> io::Result<UnixStream> {
    let mut stream = UnixStream::connect(socket)?;
    let mut said = [0];
    let heard = stream.read_exact(&mut said);
    if heard.is_err() || said != [KNOWN] {
        return Err(io::Error::other("this is not what cargo was asked to start"));
    }
    Ok(stream)
}
