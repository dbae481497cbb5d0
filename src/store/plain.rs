//! Reading one plain file by its handle: looked at, capped, read once.

use std::io;

use rustix::{
    buffer::spare_capacity,
    fd::AsFd,
    fs::{FileType, fstat},
    io::{Errno, read},
};

/// Why a handle was not read.
pub(super) enum PlainFault {
    NotPlain,
    TooLarge,
    Io(io::Error),
}

impl From<Errno> for PlainFault {
    fn from(errno: Errno) -> Self {
        Self::Io(errno.into())
    }
}

/// Reads a plain file of at most `cap` bytes, even if it grows meanwhile.
pub(super) fn read_plain(file: impl AsFd, cap: u64) -> Result<Vec<u8>, PlainFault> {
    let stat = fstat(&file)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(PlainFault::NotPlain);
    }
    let size = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
    if size > cap {
        return Err(PlainFault::TooLarge);
    }
    let cap = usize::try_from(cap).unwrap_or(usize::MAX - 1);
    // One byte more than there should be, so that the first read shows whether the file ends where its size says.
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(cap) + 1);
    loop {
        let room = bytes.capacity() - bytes.len();
        let got = match read(&file, spare_capacity(&mut bytes)) {
            Ok(got) => got,
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(errno.into()),
        };
        if bytes.len() > cap {
            return Err(PlainFault::TooLarge);
        }
        if got == 0 || (got < room && bytes.len() as u64 == size) {
            return Ok(bytes);
        }
        if bytes.len() == bytes.capacity() {
            // Grown since its size was taken. Never room for more than one byte above the cap.
            bytes.reserve_exact(bytes.len().min(cap - bytes.len()) + 1);
        }
    }
}
