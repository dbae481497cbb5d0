//! Starting the child, and becoming it: then exit code, signals, terminal and job control are exactly the program's own, since nothing else is
//! left. And handing values to one that was started elsewhere, over a socket.

use std::{
    ffi::{OsStr, OsString},
    fs::OpenOptions,
    io::{self, Read, Write},
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::OpenOptionsExt,
        process::CommandExt,
    },
    path::Path,
    process::Command,
};

use super::CoreLimit;
use crate::kernel::secret::Secret;

/// Why the system did not start the program.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// There is no such program.
    #[error("there is no program `{}`", program.display())]
    NotFound {
        /// As it was typed.
        program: OsString,
    },
    /// It is there and cannot be run.
    #[error("`{}` cannot be run: {source}", program.display())]
    CannotRun {
        /// As it was typed.
        program: OsString,
        /// What the system said.
        source: io::Error,
    },
    /// What is to stay beside it cannot.
    #[error("what is to stay beside the program cannot: {source}")]
    Beside {
        /// What the system said.
        source: io::Error,
    },
    /// The environment and arguments are more than it takes.
    #[error("all variables and arguments together are over the system's limit")]
    TooMuch,
}

/// A program with its arguments and exactly this environment.
pub fn command((program, args): (&OsStr, &[OsString]), environment: &[(OsString, Secret)]) -> Command {
    let mut command = Command::new(program);
    command.args(args).env_clear();
    for (name, value) in environment {
        command.env(name, OsStr::from_bytes(value.expose()));
    }
    command
}

/// Writes a value into a file that the child reads.
pub(super) fn hand_over(value: &Secret, to: &mut impl Write) -> io::Result<()> {
    to.write_all(value.expose())
}

/// Replaces this process by the program. Returns only if the system refuses.
pub fn become_child(
    (program, args): (&OsStr, &[OsString]),
    environment: &[(OsString, Secret)],
    core: &CoreLimit,
) -> Refused {
    let mut command = command((program, args), environment);
    core.restore();
    let source = command.exec();
    Refused::of(program, source)
}

/// Puts a value into a new file that its owner alone can read, in a folder that is the owner's alone.
pub fn put(path: &Path, value: &Secret) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    hand_over(value, &mut file)
}

/// What a program that was started elsewhere is to be: its environment is changed by this.
#[derive(Default)]
pub(super) struct Gift {
    /// The program that is started with it as its arguments, if there is one.
    pub(super) chain: Vec<OsString>,
    /// Variables that it shall not have.
    pub(super) removed: Vec<OsString>,
    /// Variables that it shall have.
    pub(super) set: Vec<(OsString, Secret)>,
}

/// The most that is taken for a message: a kernel takes no such environment.
const MOST: u32 = 64 * 1024 * 1024;

impl Gift {
    /// Writes it, of the variables that are let through, and one more: a count and the words, three times over.
    pub(super) fn hand_over(
        &self,
        to: &mut impl Write,
        lets: &dyn Fn(&OsStr) -> bool,
        more: Option<&(OsString, Secret)>,
    ) -> io::Result<()> {
        let set: Vec<_> = self.set.iter().filter(|(name, _)| lets(name)).chain(more).collect();
        let plain = |word: &OsString| Secret::new(word.as_bytes().to_vec());
        let names: Vec<Secret> = set.iter().map(|(name, _)| plain(name)).collect();
        let values = names.iter().zip(&set).flat_map(|(name, (_, value))| [name, value]);
        let (chain, removed): (Vec<_>, Vec<_>) =
            (self.chain.iter().map(plain).collect(), self.removed.iter().map(plain).collect());
        let groups: [Vec<&Secret>; 3] = [chain.iter().collect(), removed.iter().collect(), values.collect()];
        for group in groups {
            to.write_all(&count(group.len())?)?;
            for word in group {
                send(to, word)?;
            }
        }
        to.flush()
    }

    /// Reads one.
    pub(super) fn take(from: &mut impl Read) -> io::Result<Self> {
        let mut groups: [Vec<Secret>; 3] = Default::default();
        for group in &mut groups {
            for _ in 0..length(from)? {
                group.push(take(from)?);
            }
        }
        let [chain, removed, values] = groups;
        let plain = |word: Secret| OsString::from_vec(word.expose().to_vec());
        let mut set = Vec::new();
        let mut values = values.into_iter();
        while let (Some(name), Some(value)) = (values.next(), values.next()) {
            set.push((plain(name), value));
        }
        let [chain, removed] = [chain, removed].map(|words| words.into_iter().map(plain).collect());
        Ok(Self { chain, removed, set })
    }

    /// Replaces this process by a program with this environment. Returns only if the system refuses.
    pub(super) fn become_child(&self, words: &[OsString], core: &CoreLimit) -> Refused {
        let mut words = self.chain.iter().chain(words);
        let program = words.next().cloned().unwrap_or_default();
        let mut command = Command::new(&program);
        command.args(words);
        for name in &self.removed {
            command.env_remove(name);
        }
        for (name, value) in &self.set {
            command.env(name, OsStr::from_bytes(value.expose()));
        }
        core.restore();
        let source = command.exec();
        Refused::of(&program, source)
    }
}

/// Writes one value behind its length.
pub(super) fn send(to: &mut impl Write, value: &Secret) -> io::Result<()> {
    to.write_all(&count(value.len())?)?;
    hand_over(value, to)
}

/// Reads one value.
pub(super) fn take(from: &mut impl Read) -> io::Result<Secret> {
    let mut bytes = zeroize::Zeroizing::new(vec![0; length(from)? as usize]);
    from.read_exact(&mut bytes)?;
    Ok(Secret::new(std::mem::take(&mut *bytes)))
}

fn count(length: usize) -> io::Result<[u8; 4]> {
    u32::try_from(length).map(u32::to_le_bytes).map_err(io::Error::other)
}

fn length(from: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    from.read_exact(&mut bytes)?;
    let length = u32::from_le_bytes(bytes);
    if length > MOST { Err(io::Error::other("too long")) } else { Ok(length) }
}

/// Answers cargo that asks for a registry's token, by the protocol of its credential providers.
pub(super) fn answer_token(to: &mut impl Write, token: &Secret) -> io::Result<()> {
    #[derive(serde::Serialize)]
    struct Token<'a> {
        kind: &'static str,
        cache: &'static str,
        operation_independent: bool,
        token: &'a str,
    }
    let token = std::str::from_utf8(token.expose()).map_err(|_| io::Error::other("it is no text"))?;
    let token = Token { kind: "get", cache: "never", operation_independent: false, token };
    let mut line = zeroize::Zeroizing::new(Vec::with_capacity(token.token.len() * 6 + 128));
    line.extend_from_slice(b"{\"Ok\":");
    serde_json::to_writer(&mut *line, &token).map_err(io::Error::other)?;
    line.extend_from_slice(b"}\n");
    to.write_all(&line)?;
    to.flush()
}

impl Refused {
    /// What the system's answer to starting a program means.
    pub(super) fn of(program: &OsStr, source: io::Error) -> Self {
        let program = program.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound { program },
            io::ErrorKind::ArgumentListTooLong => Self::TooMuch,
            _ => Self::CannotRun { program, source },
        }
    }
}
