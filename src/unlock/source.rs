//! The sources of a key: what was named for this command, and the user's own files, keychain and SSH keys.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    rc::Rc,
};

use super::{Candidate, ChildEnv, Held, Index, Keychain, Origin, UnlockError, parse};
use crate::kernel::{
    format::identity_file,
    seal::{Plugins, Recipient},
    secret::Secret,
};

/// The most that an identity's file may hold.
const FILE: u64 = 64 * 1024;
/// SSH keys that are looked for, in this order.
const SSH_KEYS: [&str; 2] = ["id_ed25519", "id_rsa"];

/// Which source it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceName {
    /// `--identity`.
    Flag,
    /// `CVAULT_KEY`.
    Key,
    /// `CVAULT_KEY_FILE`.
    KeyFile,
    /// `CVAULT_KEY_COMMAND`.
    Command,
    /// The files of the user's configuration folder.
    Files,
    /// The system's keychain.
    Keychain,
    /// The user's SSH keys.
    Ssh,
}

impl SourceName {
    /// All of them, in the order in which they are asked.
    pub const ALL: [Self; 7] =
        [Self::Flag, Self::Key, Self::KeyFile, Self::Command, Self::Files, Self::Keychain, Self::Ssh];

    /// Whether it is there because this command, or its environment, says so.
    pub fn is_for_this_command(self) -> bool {
        matches!(self, Self::Flag | Self::Key | Self::KeyFile | Self::Command)
    }
}

/// A place that may hold keys.
pub trait KeySource {
    /// Which one it is.
    fn name(&self) -> SourceName;

    /// What it holds, nothing unlocked.
    fn candidates(self: Box<Self>, plugins: &Rc<dyn Plugins>) -> Result<Vec<Candidate>, UnlockError>;
}

/// What was read when the keyring was put together.
pub(super) struct Named {
    pub(super) name: SourceName,
    pub(super) candidates: Vec<Candidate>,
}

impl KeySource for Named {
    fn name(&self) -> SourceName {
        self.name
    }

    fn candidates(self: Box<Self>, _: &Rc<dyn Plugins>) -> Result<Vec<Candidate>, UnlockError> {
        Ok(self.candidates)
    }
}

/// A shell command that prints a key, as a password manager's does. It is run when its turn comes, once.
pub struct KeyCommand {
    /// The line for the shell.
    pub line: OsString,
    /// Where it is run.
    pub cwd: PathBuf,
    /// Its environment, without the keys themselves.
    pub env: ChildEnv,
}

impl KeyCommand {
    fn output(&self) -> Result<Secret, UnlockError> {
        let failed = |what: String| UnlockError::Command { what };
        let mut command = Command::new("/bin/sh");
        // Standard input may be a value on its way to `set`.
        command.arg("-c").arg(&self.line).stdin(Stdio::null()).stdout(Stdio::piped());
        command.env_clear().envs(self.env.iter().map(|(name, value)| (name, value))).current_dir(&self.cwd);
        let mut child = command.spawn().map_err(|e| failed(format!("cannot be run: {e}")))?;
        let text = capped(child.stdout.take().expect("its output is a pipe"), FILE);
        let status = child.wait().map_err(|e| failed(format!("was lost: {e}")))?;
        if !status.success() {
            return Err(failed(format!("ended with {status}")));
        }
        text.map_err(|e| failed(format!("cannot be read: {e}")))
    }
}

impl KeySource for KeyCommand {
    fn name(&self) -> SourceName {
        SourceName::Command
    }

    fn candidates(self: Box<Self>, plugins: &Rc<dyn Plugins>) -> Result<Vec<Candidate>, UnlockError> {
        parse(&Origin::Command, self.output()?, plugins).map(|(candidates, _)| candidates)
    }
}

/// The user's own identities: every `*.txt` of the folder, in the order of their names. A file that others can read is
/// refused, as ssh does.
pub(super) struct Stored {
    folder: PathBuf,
}

impl Stored {
    /// Names the folder; nothing is read yet.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn files(&self) -> Result<Vec<PathBuf>, UnlockError> {
        let failed = |source: io::Error| UnlockError::Read {
            origin: Origin::Stored(self.folder.clone()),
            reason: source.to_string(),
        };
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(Vec::new());
            }
            Err(e) => return Err(failed(e)),
        };
        let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
        let mut files: Vec<PathBuf> = paths
            .map_err(failed)?
            .into_iter()
            .filter(|path| path.extension().is_some_and(|e| e == "txt"))
            .collect();
        files.sort();
        Ok(files)
    }
}

impl KeySource for Stored {
    fn name(&self) -> SourceName {
        SourceName::Files
    }

    fn candidates(self: Box<Self>, plugins: &Rc<dyn Plugins>) -> Result<Vec<Candidate>, UnlockError> {
        let mut candidates = Vec::new();
        for path in self.files()? {
            let origin = Origin::Stored(path.clone());
            let (file, mode) = open_private(&origin, &path)?;
            if mode & 0o077 != 0 {
                return Err(UnlockError::Readable { origin, mode });
            }
            candidates.extend(parse(&origin, file, plugins)?.0);
        }
        Ok(candidates)
    }
}

/// The identities in the system's keychain, of which the index tells.
pub(super) struct InKeychain {
    index: PathBuf,
    keychain: Keychain,
}

impl InKeychain {
    pub(super) fn new(index: PathBuf, keychain: Keychain) -> Self {
        Self { index, keychain }
    }
}

impl KeySource for InKeychain {
    fn name(&self) -> SourceName {
        SourceName::Keychain
    }

    fn candidates(self: Box<Self>, _: &Rc<dyn Plugins>) -> Result<Vec<Candidate>, UnlockError> {
        let Self { index, keychain } = *self;
        let candidate = |(name, kept): (String, super::Kept)| {
            let held = Held::Keychain {
                recipient: kept.recipient,
                signs: Some(kept.signs),
                keychain: keychain.clone(),
            };
            Candidate::new(Origin::Keychain(name), held)
        };
        Ok(Index::read(&index)?.0.into_iter().map(candidate).collect())
    }
}

/// The user's SSH keys. One that cannot be used is no failure unless it would have been the one: it is there for ssh.
pub(super) struct Ssh {
    folder: PathBuf,
}

impl Ssh {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }
}

impl KeySource for Ssh {
    fn name(&self) -> SourceName {
        SourceName::Ssh
    }

    fn candidates(self: Box<Self>, _: &Rc<dyn Plugins>) -> Result<Vec<Candidate>, UnlockError> {
        Ok(SSH_KEYS.iter().filter_map(|name| ssh_key(self.folder.join(name))).collect())
    }
}

fn ssh_key(path: PathBuf) -> Option<Candidate> {
    let origin = Origin::Ssh(path.clone());
    let (file, mode) = open_private(&origin, &path).ok()?;
    let key = identity_file::parse_ssh(&file).ok()?;
    if mode & 0o077 == 0 {
        return Some(Candidate::new(origin, Held::Ssh(Box::new(key))));
    }
    let recipient: Recipient = key.recipient().clone();
    let why = UnlockError::Readable { origin: origin.clone(), mode };
    Some(Candidate::new(origin, Held::Refused { recipient, why }))
}

/// Reads the file that a flag or a variable names. It may be a pipe, as shells make of `<(…)`, so its mode is not asked.
pub fn read_file(origin: &Origin, path: &Path) -> Result<Secret, UnlockError> {
    let read = File::open(path).and_then(read_capped);
    read.map_err(|source| UnlockError::Read { origin: origin.clone(), reason: source.to_string() })
}

/// Reads a private file with its permission bits, both by the same handle, without waiting for the other end of a pipe.
fn open_private(origin: &Origin, path: &Path) -> Result<(Secret, u32), UnlockError> {
    let failed = |source: io::Error| UnlockError::Read { origin: origin.clone(), reason: source.to_string() };
    let nonblock = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let handle = std::fs::OpenOptions::new().read(true).custom_flags(nonblock).open(path).map_err(failed)?;
    let about = handle.metadata().map_err(failed)?;
    if !about.is_file() {
        return Err(failed(io::Error::other("it is no plain file")));
    }
    Ok((read_capped(handle).map_err(failed)?, about.mode() & 0o777))
}

fn read_capped(file: File) -> io::Result<Secret> {
    let facts = file.metadata()?;
    // A pipe does not tell its size.
    let size = if facts.is_file() { facts.len().min(FILE) } else { FILE };
    capped(file, size)
}

/// Whole from the start, so that no copy of the key is left behind by a growing buffer; with less than 32 bytes to spare the
/// standard library would read by way of another.
fn capped(from: impl Read, size: u64) -> io::Result<Secret> {
    let mut bytes = Vec::with_capacity(size as usize + 64);
    from.take(FILE + 1).read_to_end(&mut bytes)?;
    let too_large = bytes.len() as u64 > FILE;
    let file = Secret::new(bytes);
    if too_large { Err(io::Error::other("it is over 64 KiB")) } else { Ok(file) }
}
