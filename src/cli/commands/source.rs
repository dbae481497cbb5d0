//! Where the value of `set` comes from.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::File,
    io::{self, Read},
    mem,
    path::Path,
    process::{Command, Stdio},
};

use rustix::{buffer::spare_capacity, io::Errno};
use zeroize::Zeroizing;

use super::super::ctx::{Ctx, usage};
use crate::{
    kernel::{limits, seal::Identity, secret::Secret},
    run::without_keys,
    ui::{Class, Failure},
};

/// A value over the limit is read one byte further, to be refused by its size.
const CAP: usize = limits::VALUE + 2;

/// Many values at once: a text above this is no batch of secrets.
const MANY: usize = 64 * 1024 * 1024;

/// Reads standard input.
pub(super) fn standard_input() -> Result<Secret, Failure> {
    capped(io::stdin().lock())
        .map_err(|e| Failure::new(Class::Refused, "read", format!("standard input: {e}")))
}

/// Reads standard input to its end, many values at once.
pub(super) fn whole_input() -> Result<Secret, Failure> {
    let failed = |what: String| Failure::new(Class::Refused, "read", format!("standard input: {what}"));
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
    loop {
        if bytes.len() > MANY {
            return Err(Failure::new(Class::Refused, "too-large", "standard input is over 64 MiB")
                .help("set them in several batches"));
        }
        if bytes.len() == bytes.capacity() {
            // By hand, because `Vec` leaves the old buffer unwiped when it grows.
            let mut larger = Zeroizing::new(Vec::with_capacity(bytes.capacity() * 2));
            larger.extend_from_slice(&bytes);
            bytes = larger;
        }
        match rustix::io::read(io::stdin(), spare_capacity(&mut bytes)) {
            Ok(0) => return Ok(Secret::new(mem::take(&mut *bytes))),
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(failed(io::Error::from(errno).to_string())),
        }
    }
}

/// Reads a file.
pub(super) fn file(path: &Path) -> Result<Secret, Failure> {
    let read = File::open(path).and_then(capped);
    read.map_err(|e| {
        Failure::new(Class::NotFound, "read", format!("`{}` cannot be read: {e}", path.display()))
    })
}

/// Takes what a command prints. It gets no key of ours.
pub(super) fn command(ctx: &Ctx, line: &str) -> Result<Secret, Failure> {
    let env: BTreeMap<&OsString, &OsString> = without_keys(&ctx.env).collect();
    let failed = |what: String| Failure::new(Class::Refused, "command", format!("`{line}` {what}"));
    let mut command = Command::new("/bin/sh");
    command.args(["-c", line]).env_clear().envs(env).current_dir(&ctx.cwd).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|e| failed(format!("cannot be run: {e}")))?;
    let value = capped(child.stdout.take().expect("its output is a pipe"));
    let status = child.wait().map_err(|e| failed(format!("was lost: {e}")))?;
    let value = value.map_err(|e| failed(format!("cannot be read: {e}")))?;
    if status.success() { Ok(value) } else { Err(failed(format!("ended with {status}"))) }
}

/// Whole from the start, so that no copy of the value is left behind by a growing buffer.
fn capped(from: impl Read) -> io::Result<Secret> {
    let mut bytes = Vec::with_capacity(CAP + 1);
    from.take(CAP as u64).read_to_end(&mut bytes)?;
    Ok(Secret::new(bytes))
}

/// Makes a value: `alphanumeric:32`, `hex:32`, `base64:32`, `uuid` or `age`. The number counts characters of `alphanumeric`
/// and `hex`, bytes of `base64`.
pub(super) fn generated(kind: &str) -> Result<Secret, Failure> {
    let (name, length) = kind.split_once(':').map_or((kind, None), |(name, length)| (name, Some(length)));
    let bad = || {
        let known = "alphanumeric:LEN, hex:LEN, base64:LEN, uuid, age";
        usage("generate", format!("`{kind}` names no generator")).detail("generators", known)
    };
    let length = length.map_or(Ok(32), str::parse::<usize>).map_err(|_| bad())?;
    if !(8..=4096).contains(&length) {
        return Err(usage("generate", "a generated value has 8 to 4096 characters or bytes"));
    }
    match name {
        "alphanumeric" => Ok(crate::kernel::seal::generate_alphanumeric(length)),
        "hex" => Ok(crate::kernel::seal::generate_hex(length)),
        "base64" => Ok(crate::kernel::seal::generate_base64(length)),
        "uuid" if !kind.contains(':') => Ok(crate::kernel::seal::generate_uuid()),
        "age" if !kind.contains(':') => Ok(Identity::generate().reveal()),
        _ => Err(bad()),
    }
}
