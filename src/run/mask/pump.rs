//! One output of the program: read as it comes, masked, and written at once.

use std::{
    fs::File,
    io::{self, ErrorKind, PipeReader, Read, Write},
    os::fd::{AsFd, OwnedFd},
    thread::{self, JoinHandle},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::{Errno, retry_on_intr},
};
use zeroize::Zeroizing;

use super::{
    FilterError,
    stream::{CHUNK, Stream},
};

/// What a program left running may still write where its output went. It is not waited for: a daemon never ends.
const GRACE: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// Where an output comes from and goes to.
pub(super) struct Way {
    pub(super) from: OwnedFd,
    pub(super) to: OwnedFd,
}

impl Way {
    /// Masks the output until it ends, or nothing more came for a second after the other end of `over` was closed.
    pub(super) fn pump(self, stream: Stream, over: PipeReader) -> io::Result<JoinHandle<()>> {
        thread::Builder::new().name("output".to_owned()).spawn(move || {
            let (mut from, mut to) = (File::from(self.from), File::from(self.to));
            let wait = |from: &File| wait(from, &over);
            // Where nobody reads any more, the program's next write tells it, as soon as its end of the pipe is closed here.
            let _ = mask(stream, (&mut from, wait), &mut to);
        })
    }
}

/// Whether there is something to read. Until the program has ended, that is waited for.
fn wait(from: &File, over: &PipeReader) -> bool {
    let mut both = [PollFd::new(from, PollFlags::IN), PollFd::new(over, PollFlags::IN)];
    let ready = |polled: &PollFd<'_>| !polled.revents().is_empty();
    let _ = retry_on_intr(|| poll(&mut both, None));
    if ready(&both[0]) {
        return true;
    }
    let mut one = [PollFd::new(from, PollFlags::IN)];
    let _ = retry_on_intr(|| poll(&mut one, Some(&GRACE)));
    ready(&one[0])
}

/// Masks what comes from a reader, as long as there is something to read.
pub(super) fn mask<R: Read>(
    mut stream: Stream,
    (from, wait): (&mut R, impl Fn(&R) -> bool),
    to: &mut (impl Write + AsFd),
) -> Result<(), FilterError> {
    let mut buffer = Zeroizing::new(vec![0; CHUNK]);
    let mut out = Vec::with_capacity(CHUNK * 2);
    while wait(from) {
        let read = match from.read(&mut buffer) {
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            // A terminal whose last user has gone says so with an error.
            Err(error) if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => break,
            Err(source) => return Err(FilterError::Read { source }),
        };
        if read == 0 {
            break;
        }
        stream.feed(&buffer[..read], &mut out);
        write(to, &out).map_err(|source| FilterError::Write { source })?;
        out.clear();
    }
    stream.finish(&mut out);
    write(to, &out).map_err(|source| FilterError::Write { source })
}

/// Writes all, also where somebody has set the descriptor not to wait.
fn write(to: &mut (impl Write + AsFd), mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match to.write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                poll(&mut [PollFd::new(to, PollFlags::OUT)], None)?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
