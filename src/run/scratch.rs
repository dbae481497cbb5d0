//! A folder for a while: made and removed by a keeper, a process of its own that outlives whoever uses it.
//!
//! The keeper waits at the end of a pipe. However the user ends, by Ctrl-C or `kill -9` too, the pipe closes then, and the
//! folder goes. It stands in a process group of its own, where Ctrl-C does not reach it, and removes only what it has made.

use std::{
    ffi::OsString,
    fs::{self, DirBuilder},
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::DirBuilderExt,
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

use rand::{RngCore, rngs::OsRng};

/// What the user says when all that it started has ended.
const DONE: u8 = b'.';
/// How long a program that the user left behind may still write.
const GRACE: Duration = Duration::from_secs(1);

/// The folder, for as long as this is there.
pub struct Scratch {
    keeper: Child,
    folder: PathBuf,
}

impl Scratch {
    /// Starts a keeper, which is this program with arguments that make it call [`keep`].
    pub fn make(program: &Path, args: &[OsString]) -> io::Result<Self> {
        let mut command = Command::new(program);
        // It has no home, so that nobody's settings stop it.
        command.args(args).env_clear().env("HOME", "/dev/null").process_group(0);
        let mut keeper =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut line = Vec::new();
        let told = keeper.stdout.take().map(BufReader::new);
        told.map(|mut told| told.read_until(b'\0', &mut line)).transpose()?;
        match line.pop() {
            Some(b'\0') => Ok(Self { keeper, folder: OsString::from_vec(line).into() }),
            _ => {
                keeper.wait()?;
                Err(io::Error::other("nobody keeps one there"))
            }
        }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(mut pipe) = self.keeper.stdin.take() {
            // A keeper that is gone has removed it already.
            let _ = pipe.write_all(&[DONE]);
        }
        if !self.keeper.wait().is_ok_and(|ended| ended.success()) {
            // Somebody killed the keeper.
            let _ = remove(&self.folder);
        }
    }
}

/// The keeper: makes a folder of mode 0700 in another, says where, and removes it when standard input ends. Its
/// name says what it is for.
pub fn keep(parent: &Path, purpose: &str) -> io::Result<()> {
    let mut random = [0; 8];
    OsRng.fill_bytes(&mut random);
    let name = format!("cargo-vault-{purpose}-{}", base16ct::lower::encode_string(&random));
    let folder = parent.join(name);
    DirBuilder::new().mode(0o700).create(&folder)?;
    let told = io::stdout().write_all(&[folder.as_os_str().as_bytes(), b"\0"].concat());
    let told = told.and_then(|()| io::stdout().flush());
    let mut said = Vec::new();
    let heard = io::stdin().read_to_end(&mut said);
    let removed = remove(&folder);
    if said != [DONE] {
        // The user was killed, and what it had started may write on for a moment.
        sleep(GRACE);
        return remove(&folder);
    }
    told.and(heard.map(drop)).and(removed)
}

fn remove(folder: &Path) -> io::Result<()> {
    const TRIES: usize = 5;
    for _ in 1..TRIES {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => sleep(GRACE / 10),
            _ => return Ok(()),
        }
    }
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
