//! The server of one invocation: a socket, at which a program that cargo starts gets its values and nobody else gets any.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs,
    io::{self, Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use rand::{RngCore, rngs::OsRng};

use super::{
    super::child::Gift,
    CargoError,
    admit::{Admitted, Whom},
    credential::{PLUGIN, Tokens},
    manifest::Narrowing,
    peer::Process,
    runner::{CLOSED, KNOWN, RUNNER},
};
use crate::kernel::{name::EnvName, secret::Secret};

/// How long a program that is known may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest path of a socket on every system.
const LONGEST: usize = 104;

/// A socket that is there, and not yet listened at.
pub(super) struct Door {
    listener: UnixListener,
    /// The socket.
    pub(super) path: PathBuf,
    /// What may stand beside it.
    pub(super) link: PathBuf,
}

/// What is given, by the environments that it is of.
#[derive(Default)]
pub(super) struct Gifts {
    /// Where a package does not say otherwise.
    pub(super) usual: Gift,
    /// Where it does.
    pub(super) of: BTreeMap<Vec<EnvName>, Gift>,
    /// Whether what it says of environments counts.
    pub(super) open: bool,
    /// What stands in front of each variable.
    pub(super) prefix: String,
}

/// What is given, and to whom.
pub(super) struct Giving {
    pub(super) whom: Whom,
    pub(super) gifts: Gifts,
    pub(super) tokens: Tokens,
}

/// Those who asked and got nothing. However many they are, the first of them says enough.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    /// The file that the first ran.
    pub(super) first: Option<PathBuf>,
    /// How often anybody asked.
    pub(super) times: usize,
    /// Why the first program of a package got nothing.
    pub(super) fault: Option<CargoError>,
}

impl Strangers {
    fn add(&mut self, stranger: Stranger) {
        match stranger.fault {
            Some(fault) => drop(self.fault.get_or_insert(fault)),
            None => {
                self.times += 1;
                self.first.get_or_insert(stranger.program);
            }
        }
    }
}

/// Somebody who asked and got nothing.
#[derive(Debug)]
struct Stranger {
    /// The file that it runs, as far as the kernel shows it.
    program: PathBuf,
    /// Why not, if the package is the reason.
    fault: Option<CargoError>,
}

impl Door {
    /// Makes a socket of a random name.
    pub(super) fn open(folder: &Path) -> Result<Self, CargoError> {
        let mut random = [0; 8];
        OsRng.fill_bytes(&mut random);
        let name = base16ct::lower::encode_string(&random);
        let (path, link) = (folder.join(format!("{name}.sock")), folder.join(name));
        if path.as_os_str().len() >= LONGEST {
            return Err(CargoError::LongSocket { path });
        }
        let bound = UnixListener::bind(&path);
        match bound {
            Ok(listener) => Ok(Self { listener, path, link }),
            Err(source) => Err(CargoError::Socket { path, source }),
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        // Whoever has removed it already has done what is to be done.
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_file(&self.link);
    }
}

/// A server at work.
pub(super) struct Serving {
    path: PathBuf,
    stop: Arc<AtomicBool>,
    strangers: Arc<Mutex<Strangers>>,
    thread: Option<JoinHandle<()>>,
}

impl Serving {
    /// Begins to serve what a process starts.
    pub(super) fn begin(door: Door, giving: Giving, root: i32) -> Result<Self, CargoError> {
        let path = door.path.clone();
        let failed = |source| CargoError::Socket { path: path.clone(), source };
        let root = Process::of(root).map_err(failed)?;
        let stop = Arc::new(AtomicBool::new(false));
        let strangers = Arc::new(Mutex::new(Strangers::default()));
        let (stopped, seen) = (stop.clone(), strangers.clone());
        let serve = move || {
            while let Ok((stream, _)) = door.listener.accept() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                if let Err(stranger) = giving.one(stream, &root, &door.path) {
                    seen.lock().unwrap_or_else(PoisonError::into_inner).add(stranger);
                }
            }
        };
        let thread = thread::Builder::new().name("values".to_owned()).spawn(serve).map_err(failed)?;
        Ok(Self { path, stop, strangers, thread: Some(thread) })
    }

    /// Ends it, and says who got nothing.
    pub(super) fn end(mut self) -> Strangers {
        self.stop();
        std::mem::take(&mut *self.strangers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn stop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes it. If nobody can connect any more, it cannot be woken, and ends with the process.
        if let (Ok(_), Some(thread)) = (UnixStream::connect(&self.path), self.thread.take()) {
            let _ = thread.join();
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.stop();
        }
    }
}

impl Giving {
    /// Gives nothing yet.
    pub(super) fn nothing(whom: Whom) -> Self {
        Self { whom, gifts: Gifts::default(), tokens: Tokens::default() }
    }

    /// Looks at one peer, and gives it what it may have.
    fn one(&self, mut stream: UnixStream, root: &Process, socket: &Path) -> Result<(), Stranger> {
        let Ok(peer) = Process::at(&stream) else {
            return Err(Stranger { program: PathBuf::from("?"), fault: None });
        };
        let stranger =
            |fault| Stranger { program: peer.asker().unwrap_or_else(|| PathBuf::from("?")), fault };
        let Some(admitted) = self.admitted(&peer, root, socket) else { return Err(stranger(None)) };
        let (gift, narrowing) = self.gift(&admitted).map_err(|fault| stranger(Some(fault)))?;
        let lets = |name: &OsStr| name.to_str().is_some_and(|name| narrowing.lets(&self.gifts.prefix, name));
        let doctest = admitted.doctest.map(|program| {
            // rustdoc tells a doctest where it lies, so that each starts as a process of its own; but not one with a runner.
            ("RUSTDOC_DOCTEST_BIN_PATH".into(), Secret::new(program.into_os_string().into_encoded_bytes()))
        });
        // That somebody known goes away before he has all harms nobody else.
        let _ = (|| -> io::Result<()> {
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            stream.write_all(&[KNOWN])?;
            let mut said = [0];
            stream.read_exact(&mut said)?;
            // From here on nobody new can look into it; and it is still who it was.
            if said != [CLOSED] || !peer.is_same() || peer.is_traced() {
                return Ok(());
            }
            match self.whom {
                Whom::Provider => self.tokens.hand_over(&mut stream),
                _ => gift.hand_over(&mut stream, &lets, doctest.as_ref()),
            }
        })();
        Ok(())
    }

    fn admitted(&self, peer: &Process, root: &Process, socket: &Path) -> Option<Admitted> {
        if !peer.is_ours() {
            return None;
        }
        let arguments = peer.arguments();
        let (called, program): (bool, &[OsString]) = match &arguments[..] {
            [_, word] => (word == PLUGIN && matches!(self.whom, Whom::Provider), &[]),
            [_, word, place, program @ ..] => (word == RUNNER && Path::new(place) == socket, program),
            _ => (false, &[]),
        };
        self.whom.admits(peer, program, root).filter(|_| called && peer.is_same() && root.is_same())
    }

    fn gift(&self, admitted: &Admitted) -> Result<(&Gift, Narrowing), CargoError> {
        let narrowing = match &admitted.manifest {
            Some(manifest) => Narrowing::of(manifest)?.unwrap_or_default(),
            None => Narrowing::default(),
        };
        if narrowing.envs.is_empty() || !self.gifts.open {
            return Ok((&self.gifts.usual, narrowing));
        }
        match self.gifts.of.get(&narrowing.envs) {
            Some(gift) => Ok((gift, narrowing)),
            None => Err(CargoError::LateEnv {
                manifest: admitted.manifest.clone().unwrap_or_default(),
                envs: narrowing.envs,
            }),
        }
    }
}
