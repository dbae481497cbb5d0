//! Who is at the other end of the socket, as the kernel shows it: nothing that a peer says of itself is believed.

use std::{
    ffi::{OsStr, OsString},
    fs, io,
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::MetadataExt,
        net::UnixStream,
    },
    path::{Path, PathBuf},
};

use rustix::process::getuid;

/// A process, for as long as its number and start time stay the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: i32,
    pub(super) parent: i32,
    /// In the kernel's ticks since it booted.
    start: u64,
}

impl Process {
    /// The process of this number.
    pub(super) fn of(pid: i32) -> io::Result<Self> {
        let stat = fs::read(format!("/proc/{pid}/stat"))?;
        // The name in parentheses may hold anything, parentheses too.
        let end = stat.iter().rposition(|byte| *byte == b')').unwrap_or(0);
        let fields = String::from_utf8_lossy(stat.get(end + 1..).unwrap_or_default()).into_owned();
        let field = |at: usize| fields.split_ascii_whitespace().nth(at);
        let parent = field(1).and_then(|text| text.parse().ok());
        let start = field(19).and_then(|text| text.parse().ok());
        let read = |parent, start| Some(Self { pid, parent: parent?, start: start? });
        read(parent, start).ok_or_else(|| io::Error::other("the kernel shows no such process"))
    }

    /// Who connected, if it is of this user.
    #[cfg(target_os = "linux")]
    pub(super) fn at(stream: &UnixStream) -> io::Result<Self> {
        let peer = rustix::net::sockopt::socket_peercred(stream)?;
        if peer.uid != getuid() {
            return Err(io::Error::other("it is another user's"));
        }
        Self::of(peer.pid.as_raw_nonzero().get())
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn at(_: &UnixStream) -> io::Result<Self> {
        let _ = getuid();
        Err(io::Error::other("this system does not show who it is"))
    }

    /// Whether it is still there, under the same parent.
    pub(super) fn is_same(&self) -> bool {
        Self::of(self.pid).is_ok_and(|now| now == *self)
    }

    fn path(&self, what: &str) -> PathBuf {
        format!("/proc/{}/{what}", self.pid).into()
    }

    /// Whether it runs the very file that this process runs.
    pub(super) fn is_ours(&self) -> bool {
        let own = identity(Path::new("/proc/self/exe"));
        own.is_some() && identity(&self.path("exe")) == own
    }

    /// The file that it runs.
    fn exe(&self) -> Option<PathBuf> {
        fs::read_link(self.path("exe")).ok()
    }

    /// Who is behind it: the file that it runs, or if that is our own, the one that has started it.
    pub(super) fn asker(&self) -> Option<PathBuf> {
        if self.is_ours() { Self::of(self.parent).ok()?.exe() } else { self.exe() }
    }

    /// The name of the file that it runs.
    pub(super) fn name(&self) -> OsString {
        self.exe().and_then(|exe| Some(exe.file_name()?.to_owned())).unwrap_or_default()
    }

    /// Its arguments, as they stand in its memory.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        words(&fs::read(self.path("cmdline")).unwrap_or_default())
    }

    /// A variable of the environment that it was started with.
    pub(super) fn variable(&self, name: &str) -> Option<OsString> {
        let all = words(&fs::read(self.path("environ")).ok()?);
        let value = |pair: OsString| {
            Some(pair.as_bytes().strip_prefix(name.as_bytes())?.strip_prefix(b"=")?.to_vec())
        };
        all.into_iter().find_map(value).map(OsString::from_vec)
    }

    /// A path as it means it.
    pub(super) fn whole(&self, path: &OsStr) -> Option<PathBuf> {
        fs::canonicalize(fs::read_link(self.path("cwd")).ok()?.join(path)).ok()
    }

    /// Whether its output and errors go where those of another go.
    pub(super) fn speaks_as(&self, other: &Process) -> bool {
        ["fd/1", "fd/2"].iter().all(|fd| identity(&self.path(fd)) == identity(&other.path(fd)))
    }

    /// Whether a debugger holds it.
    pub(super) fn is_traced(&self) -> bool {
        let status = fs::read_to_string(self.path("status")).unwrap_or_default();
        status.lines().find_map(|line| line.strip_prefix("TracerPid:")).is_none_or(|pid| pid.trim() != "0")
    }
}

/// The file behind a path, as the kernel tells files apart.
fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

fn words(bytes: &[u8]) -> Vec<OsString> {
    let bytes = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    bytes.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_vec())).collect()
}
