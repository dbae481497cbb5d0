//! The doctor: looks at the clone, the user's folders and the machine, each thing by itself, so that what is broken hides
//! nothing else. It reads; it follows no link that a repository can make, waits for nothing, and runs no program.

mod cargo;
mod clone;
mod folders;
mod machine;
mod opened;

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    io,
    path::{Path, PathBuf},
};

pub use cargo::{CargoRuns, Unread, cargo_runs};

use crate::{
    git::{GitError, Rewriter},
    kernel::{
        model::Anchor,
        name::{MemberName, VaultId},
        time::Timestamp,
    },
    store::{Place, StoreError},
    unlock::{Keychain, KeychainFault, Keyring, UnlockError},
};

use super::{Packed, VaultError};

/// What is looked at, in the order in which it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "what each looks at is said in `Fact`")]
pub enum Check {
    Versions,
    Settings,
    Vault,
    Trust,
    Identity,
    Keychain,
    Repository,
    Ignored,
    Attributes,
    Drivers,
    Published,
    Cargo,
    Folders,
    Memory,
    Clock,
    Path,
    Home,
    Terminal,
}

/// Where the vault's folder is to be put back from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracked {
    /// The work tree.
    pub top: PathBuf,
    /// The path of `.vault` below it.
    pub inside: String,
    /// Whether a sparse checkout names whole folders, and not patterns.
    pub by_folder: bool,
}

/// Something that was found.
#[derive(Debug)]
#[expect(missing_docs, reason = "the words of each variant stand in `cli::explain::doctor`")]
pub enum Fact {
    Versions { libgit2: String, age: &'static str },
    Opened(Opened),
    Around(Around),
    Packed(Packed),
    PlainFile { path: PathBuf, tracked_in: Option<PathBuf> },
    CargoRuns(CargoRuns),
    CargoUnread(Unread),
    CargoVariable { name: &'static str },
    Kept(Kept),
    Keychain(InKeychain),
    Machine(Machine),
}

/// What was found of the vault itself.
#[derive(Debug)]
#[expect(missing_docs, reason = "the words of each variant stand in `cli::explain::doctor`")]
pub enum Opened {
    NoVault { folder: PathBuf },
    NotCheckedOut { tracked: Tracked, sparse: bool },
    NotFound(StoreError),
    NotOpened(VaultError),
    Unknown { anchor: Anchor },
    Aside,
    Known { vault: VaultId, by_key: bool },
    NoKey,
    Stranger { keys: usize },
    KeyUnread(UnlockError),
    Member { name: MemberName, origin: String },
    ClockBehind { newest: Timestamp, seconds: u64 },
}

/// What was found of the clone around it.
#[derive(Debug)]
#[expect(missing_docs, reason = "the words of each variant stand in `cli::explain::doctor`")]
pub enum Around {
    NoRepository { folder: PathBuf },
    NotRead { top: PathBuf, fault: GitError },
    NoGit,
    OddRules { path: PathBuf },
    Submodule { top: PathBuf },
    WorkTree { common: PathBuf },
    Shallow { top: PathBuf },
    LeftOut { tracked: Tracked, files: usize },
    Uncommitted { tracked: Tracked, files: usize },
    Ignored { paths: Vec<String>, top: PathBuf, rules: Option<PathBuf> },
    Rewritten { path: String, by: Rewriter, rules: Option<PathBuf>, inside: String },
    OtherAttributes { file: PathBuf, text: &'static str },
    NoDriver,
}

/// What was found of the user's folders and files.
#[derive(Debug)]
#[expect(missing_docs, reason = "the words of each variant stand in `cli::explain::doctor`")]
pub enum Kept {
    OthersRead { path: PathBuf, mode: u32 },
    OthersWrite { path: PathBuf, mode: u32 },
    NotOurs { path: PathBuf, owner: u32 },
    NotFolder { path: PathBuf },
    NotPlain { path: PathBuf },
    CannotWrite { path: PathBuf, ours: bool },
    CannotLook { path: PathBuf, source: io::Error },
    NoKeptKey { path: PathBuf },
}

/// What was found of the system's keychain.
#[derive(Debug)]
#[expect(missing_docs, reason = "the words of each variant stand in `cli::explain::doctor`")]
pub enum InKeychain {
    Answers { identities: usize },
    None { identities: usize },
    Fails { identities: usize, fault: KeychainFault },
    NotListed(UnlockError),
}

/// What was found of the machine and the shell.
#[derive(Debug)]
#[expect(missing_docs, reason = "the words of each variant stand in `cli::explain::doctor`")]
pub enum Machine {
    Unlocked { soft: Option<u64>, hard: Option<u64> },
    Dumpable,
    NoPath,
    OddPath { odd: Vec<OsString>, sound: OsString },
    NoHome,
    HomeUnset,
    HomeMissing { path: PathBuf },
    NoTerminal,
}

macro_rules! facts {
    ($($kind:ident),+) => {$(
        impl From<$kind> for Fact {
            fn from(found: $kind) -> Self {
                Self::$kind(found)
            }
        }
    )+};
}

facts!(Opened, Around, Packed, CargoRuns, Kept, Machine);

impl From<InKeychain> for Fact {
    fn from(found: InKeychain) -> Self {
        Self::Keychain(found)
    }
}

/// The facts of one check.
fn of<T: Into<Fact>>(check: Check, found: impl IntoIterator<Item = T>) -> (Check, Vec<Fact>) {
    (check, found.into_iter().map(Into::into).collect())
}

/// What the doctor may know of the outside.
pub struct Patient<'a> {
    /// Where the command was started.
    pub cwd: &'a Path,
    /// The vault, if one was found.
    pub place: Option<Place>,
    /// Why none was.
    pub missing: Option<StoreError>,
    /// The environment, without the key.
    pub env: &'a BTreeMap<OsString, OsString>,
    /// The user's folder of settings and identities.
    pub config: Option<&'a Path>,
    /// The user's data folder.
    pub data: Option<&'a Path>,
    /// The folder of the audit log.
    pub state: Option<&'a Path>,
    /// The keys that the command may use.
    pub keyring: Option<Keyring>,
    /// The way to the system's keychain.
    pub keychain: Keychain,
    /// An anchor that came by a variable.
    pub anchor: Option<Anchor>,
    /// Whether a variable has a vault trusted on first use.
    pub first_use: bool,
    /// The time.
    pub now: Timestamp,
    /// Whether there is somebody to ask.
    pub terminal: bool,
}

impl Patient<'_> {
    fn variable(&self, name: &str) -> Option<&OsStr> {
        self.env.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }
}

/// What each check found; a check that has nothing to look at is left out.
pub fn examine(mut patient: Patient<'_>) -> Vec<(Check, Vec<Fact>)> {
    let keyring = patient.keyring.take();
    let mut found = vec![(Check::Versions, vec![machine::versions()])];
    let missing = patient.missing.take();
    let opened = match (&patient.place, missing) {
        (Some(place), _) => opened::look(&patient, place, keyring),
        (None, Some(fault)) => vec![of(Check::Vault, [opened::not_found(&patient, fault)])],
        (None, None) => Vec::new(),
    };
    let opens = opened.iter().any(|(check, facts)| *check == Check::Vault && facts.is_empty());
    found.extend(opened);
    found.extend(clone::look(&patient, opens));
    found.extend([
        (Check::Cargo, machine::cargo(&patient)),
        of(Check::Keychain, machine::keychain(&patient)),
        of(Check::Folders, folders::look(&patient)),
        of(Check::Memory, machine::memory()),
        of(Check::Path, machine::path(&patient)),
        of(Check::Home, machine::home(&patient)),
        of(Check::Terminal, machine::terminal(&patient)),
    ]);
    found.sort_by_key(|(check, _)| *check);
    found
}
