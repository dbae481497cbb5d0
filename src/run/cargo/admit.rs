//! Who gets values: the process that cargo became, or the programs that it starts, and nobody whom a build script could be.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs::File,
    io::Read,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use rustix::process::getuid;

use super::peer::Process;

/// How many parents are looked at.
const DEPTH: usize = 64;

/// Whom cargo is expected to start.
#[derive(Debug)]
pub(super) enum Whom {
    /// The process that was cargo.
    Itself,
    /// Its children that are tests, each with its package's manifest, and the doctests of its children.
    Tests(BTreeMap<PathBuf, PathBuf>),
    /// Its children that are tests, where nobody listed them.
    Built,
    /// The same of every cargo below it.
    Below,
    /// Its child that carries a token.
    Provider,
}

/// A program that may have values.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Admitted {
    /// The manifest of its package.
    pub(super) manifest: Option<PathBuf>,
    /// Where it lies, if it is a doctest.
    pub(super) doctest: Option<PathBuf>,
}

impl Whom {
    /// Whether a peer, which is our program and has these arguments, is one of them.
    pub(super) fn admits(&self, peer: &Process, program: &[OsString], root: &Process) -> Option<Admitted> {
        match self {
            Self::Itself => (peer == root).then(|| of_package(peer, None)),
            Self::Provider => (peer.parent == root.pid).then(|| of_package(peer, None)),
            Self::Tests(listed) if peer.parent == root.pid => {
                // A build script and a compiler speak to cargo, and not where cargo speaks to.
                let sound = peer.speaks_as(root) && same_loader(peer, root);
                let manifest = listed.get(&peer.whole(program.first()?)?).filter(|_| sound)?;
                Some(Admitted { manifest: Some(manifest.clone()), doctest: None })
            }
            Self::Tests(_) => doctest(peer, program, root),
            Self::Built => {
                let sound = peer.parent == root.pid && same_loader(peer, root);
                sound.then_some(())?;
                built(peer, program)
            }
            Self::Below => below(peer, program, root),
        }
    }
}

fn of_package(peer: &Process, doctest: Option<PathBuf>) -> Admitted {
    let folder = peer.variable("CARGO_MANIFEST_DIR").map(PathBuf::from);
    Admitted { manifest: folder.map(|folder| folder.join("Cargo.toml")), doctest }
}

/// Whether nothing is loaded into one that is not loaded into the other.
fn same_loader(one: &Process, other: &Process) -> bool {
    ["LD_PRELOAD", "LD_AUDIT"].iter().all(|name| one.variable(name) == other.variable(name))
}

/// A doctest: rustdoc starts it, and cargo rustdoc, from a folder that rustdoc has made.
fn doctest(peer: &Process, program: &[OsString], cargo: &Process) -> Option<Admitted> {
    let parent = Process::of(peer.parent).ok()?;
    let [program] = program else { return None };
    let program = peer.whole(program)?;
    let folder = program.parent()?.file_name()?;
    let sound = parent.parent == cargo.pid
        && parent.name() == "rustdoc"
        && program.file_name() == Some(OsStr::new("rust_out"))
        && folder.as_encoded_bytes().starts_with(b"rustdoctest")
        && same_loader(peer, &parent)
        && is_own_binary(&program);
    sound.then(|| of_package(peer, Some(program)))
}

/// A test that lies where cargo puts them.
fn built(peer: &Process, program: &[OsString]) -> Option<Admitted> {
    let program = peer.whole(program.first()?)?;
    let in_deps = program.parent()?.file_name() == Some(OsStr::new("deps"));
    (in_deps && is_own_binary(&program)).then(|| of_package(peer, None))
}

/// A program of a cargo that stands somewhere below: what that became, what it started, or a doctest of its.
fn below(peer: &Process, program: &[OsString], root: &Process) -> Option<Admitted> {
    if peer.pid == root.pid || plain_down_to(peer, root) {
        return Some(of_package(peer, None));
    }
    let parent = Process::of(peer.parent).ok()?;
    if is_cargo(&parent) && plain_down_to(&parent, root) {
        let sound = same_loader(peer, &parent) && (parent.name() != "cargo" || peer.speaks_as(&parent));
        return built(peer, program).filter(|_| sound);
    }
    let above = Process::of(parent.parent).ok()?;
    let sound = is_cargo(&above) && (above.pid == root.pid || plain_down_to(&above, root));
    if sound { doctest(peer, program, &above) } else { None }
}

fn is_cargo(process: &Process) -> bool {
    process.name() == "cargo" || process.name() == "cargo-nextest"
}

/// Whether the parents of a process lead to another, and none of them is cargo, or started by it.
fn plain_down_to(process: &Process, root: &Process) -> bool {
    if process.pid == root.pid {
        return true;
    }
    let mut at = process.clone();
    for _ in 0..DEPTH {
        let Ok(parent) = Process::of(at.parent) else { return false };
        if runs_others(&parent) {
            return false;
        }
        if parent == *root {
            return true;
        }
        at = parent;
    }
    false
}

/// Whether what it starts may be anybody's code.
fn runs_others(process: &Process) -> bool {
    let name = process.name();
    let name = name.to_string_lossy();
    let name = name.trim_end_matches(" (deleted)");
    ["cargo", "cargo-nextest", "clippy-driver", "miri", "rustc", "rustdoc"].contains(&name)
        || name.starts_with("build-script-")
        || name.starts_with("build_script_")
}

fn is_own_binary(program: &Path) -> bool {
    let read = || {
        let mut magic = [0; 4];
        let mut file = File::open(program).ok()?;
        file.read_exact(&mut magic).ok()?;
        let own = file.metadata().ok()?.uid() == getuid().as_raw();
        Some(own && magic == *b"\x7fELF")
    };
    read().unwrap_or(false)
}
