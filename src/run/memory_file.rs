//! A file in memory that has no name anywhere: a child that inherits its descriptor reads it as `/proc/self/fd/N`.

use std::{fs::File, io, os::fd::OwnedFd};

use rustix::{
    fs::{MemfdFlags, Mode, SealFlags, fchmod, fcntl_add_seals, memfd_create},
    io::{Errno, fcntl_dupfd_cloexec},
};

use super::child::hand_over;
use crate::kernel::secret::Secret;

/// Above what shells and programs take for themselves by number.
const LOWEST: i32 = 100;

/// Holds a value, so that nobody can change it any more.
pub(super) fn sealed(value: &Secret) -> io::Result<OwnedFd> {
    let mut file = File::from(nameless()?);
    hand_over(value, &mut file)?;
    // ssh, for one, refuses a key that others could read.
    fchmod(&file, Mode::RUSR)?;
    let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
    fcntl_add_seals(&file, seals)?;
    // A low limit on descriptors leaves it where it is.
    Ok(fcntl_dupfd_cloexec(&file, LOWEST).unwrap_or_else(|_| file.into()))
}

fn nameless() -> rustix::io::Result<OwnedFd> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    match memfd_create("cargo-vault", flags | MemfdFlags::NOEXEC_SEAL) {
        // Linux before 6.3 does not know the seal.
        Err(Errno::INVAL) => memfd_create("cargo-vault", flags),
        other => other,
    }
}
