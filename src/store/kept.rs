//! What a user keeps about vaults: which log is trusted, which secrets were seen. Authenticated, so that no file put
//! in its place by somebody else counts.

use std::{
    cell::OnceCell,
    fs::{self, File},
    io,
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
};

use hmac::{Hmac, Mac};
use rand::{RngCore, rngs::OsRng};
use rustix::{
    fs::{CWD, Mode, OFlags, openat},
    process::geteuid,
};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{
    error::StoreError,
    held_file::{Durable, hold, replace_file},
    place::Place,
    plain::read_plain,
    private_file::make_private_folder,
};
use crate::kernel::{format::hex, name::VaultId};

const LABEL: &[u8] = b"cargo-vault/kept/v1";
const KEY_FILE: &str = "kept.key";
const KEY_BYTES: usize = 32;
/// What was seen takes about 100 bytes a secret.
const KEPT_BYTES: u64 = 64 * 1024 * 1024;
/// Hex and a line end.
const TAG_BYTES: usize = 65;

type Key = Zeroizing<[u8; KEY_BYTES]>;

/// A folder of kept files about one thing: a place, a vault, or the remotes.
pub struct StateFolder {
    folder: PathBuf,
    /// What the files are about, as their authentication covers it.
    about: Vec<u8>,
    data_local: PathBuf,
    /// The key by which the files are authenticated, once it was read.
    key: OnceCell<Key>,
}

impl StateFolder {
    /// What is kept about the vault at a place. All work trees of a repository share it.
    pub fn open(place: &Place, data_local: &Path) -> Self {
        let vault = place.vault.as_os_str().as_bytes();
        let (folder, about) = match &place.git {
            Some(git) => {
                let common = git.common.as_os_str().as_bytes();
                let about = [b"git", common, git.inside.as_bytes()].join(&0);
                (git.common.join("cargo-vault").join(&git.inside), about)
            }
            None => {
                let name = hex::print(&Sha256::digest(vault));
                (data_local.join("paths").join(name), [b"path", vault].join(&0))
            }
        };
        Self::new(folder, about, data_local)
    }

    /// What is kept about a vault wherever it lies.
    pub fn of_vault(id: &VaultId, data_local: &Path) -> Self {
        let folder = data_local.join("vaults").join(id.hex());
        Self::new(folder, [b"vault", &id.as_bytes()[..]].join(&0), data_local)
    }

    /// What may be loaded into a shell, whatever vault it is about.
    pub fn of_shells(data_local: &Path) -> Self {
        Self::new(data_local.join("shells"), b"shells".to_vec(), data_local)
    }

    fn of_remotes(data_local: &Path) -> Self {
        Self::new(data_local.join("remotes"), b"remotes".to_vec(), data_local)
    }

    fn new(folder: PathBuf, about: Vec<u8>, data_local: &Path) -> Self {
        Self { folder, about, data_local: data_local.to_owned(), key: OnceCell::new() }
    }

    /// What is kept under a name; `None` if nothing is, or what is there was not written by this user for this.
    pub fn read(&self, name: &str) -> Option<Vec<u8>> {
        check_name(name).ok()?;
        let key = self.key()?;
        let mut bytes = read_own(&self.folder.join(name), KEPT_BYTES)?;
        let (tag, body) = bytes.split_at_checked(TAG_BYTES)?;
        let tag = hex::parse32(std::str::from_utf8(tag).ok()?.strip_suffix('\n')?)?;
        self.mac(key, name, body).verify_slice(&tag).ok()?;
        bytes.drain(..TAG_BYTES);
        Some(bytes)
    }

    /// Keeps something under a name, in place of what was there.
    pub fn write(&self, name: &str, body: &[u8]) -> Result<(), StoreError> {
        check_name(name)?;
        let _held = self.lock()?;
        self.replace(name, body)
    }

    /// Keeps what `change` makes of what is there; nobody else writes in between.
    pub fn update(
        &self,
        name: &str,
        change: impl FnOnce(Option<Vec<u8>>) -> Vec<u8>,
    ) -> Result<(), StoreError> {
        check_name(name)?;
        let _held = self.lock()?;
        self.replace(name, &change(self.read(name)))
    }

    /// Forgets what is kept under a name. Says whether anything was.
    pub fn forget(&self, name: &str) -> Result<bool, StoreError> {
        check_name(name)?;
        let path = self.file(name);
        if fs::symlink_metadata(&path).is_err() {
            return Ok(false);
        }
        let _held = self.lock()?;
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(StoreError::Write { path, source }),
        }
    }

    /// The names under which something is kept, in order; none where the folder cannot be read.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| check_name(name).is_ok()).collect();
        names.sort_unstable();
        names
    }

    /// The file in which something is kept under a name, and the one without whose key nothing counts: to see whether either
    /// changed.
    pub fn files(&self, name: &str) -> [PathBuf; 2] {
        [self.file(name), self.data_local.join(KEY_FILE)]
    }

    /// A key of the user's own for another purpose; none before anything was ever kept.
    pub fn key_for(&self, purpose: &str) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key()?[..]).expect("HMAC takes a key of any length");
        mac.update(purpose.as_bytes());
        Some(Zeroizing::new(mac.finalize().into_bytes().into()))
    }

    /// The same, which is made if nothing was ever kept.
    pub fn made_key_for(&self, purpose: &str) -> Result<Zeroizing<[u8; KEY_BYTES]>, StoreError> {
        read_or_make_key(&self.data_local)?;
        let none = || StoreError::KeptKey { path: self.data_local.join(KEY_FILE) };
        self.key_for(purpose).ok_or_else(none)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn lock(&self) -> Result<File, StoreError> {
        make_private_folder(&self.folder)?;
        hold(&self.folder.join("lock"))
    }

    /// Needs the lock. Not synced: what is lost is verified or asked again.
    fn replace(&self, name: &str, body: &[u8]) -> Result<(), StoreError> {
        let key = read_or_make_key(&self.data_local)?;
        let tag = hex::print(&self.mac(&key, name, body).finalize().into_bytes());
        let text = [tag.as_bytes(), b"\n", body].concat();
        replace_file(&self.folder.join(name), &text, Durable::No)
    }

    /// None is not remembered, since a command can make one.
    fn key(&self) -> Option<&Key> {
        if let Some(key) = self.key.get() {
            return Some(key);
        }
        let key = read_key(&self.data_local)?;
        Some(self.key.get_or_init(|| key))
    }

    fn mac(&self, key: &Key, name: &str, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key[..]).expect("HMAC takes a key of any length");
        for piece in [LABEL, name.as_bytes(), &self.about, body] {
            mac.update(&(piece.len() as u64).to_le_bytes());
            mac.update(piece);
        }
        mac
    }
}

/// The id, in hex, of the vault that was met at a remote's address.
pub fn known_by_remote(address: &str, data_local: &Path) -> Option<String> {
    let id = StateFolder::of_remotes(data_local).read(&hex::print(&Sha256::digest(address)))?;
    String::from_utf8(id).ok()
}

/// Keeps the id of the vault that was met at a remote's address.
pub fn remember_remote(address: &str, id: &VaultId, data_local: &Path) -> Result<(), StoreError> {
    let name = hex::print(&Sha256::digest(address));
    StateFolder::of_remotes(data_local).write(&name, id.hex().as_bytes())
}

/// Names are chosen by the program and made of labels; `lock` is taken.
fn check_name(name: &str) -> Result<(), StoreError> {
    let known = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b));
    match known && !name.is_empty() && name != "lock" {
        true => Ok(()),
        false => Err(StoreError::KeptName { name: name.to_owned() }),
    }
}

/// Reads a plain file; `None` for whatever reason it cannot be read.
fn read_own(path: &Path, cap: u64) -> Option<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = openat(CWD, path, flags, Mode::empty()).ok()?;
    read_plain(&file, cap).ok()
}

/// The key, if it is whole, this user's, and nobody else's.
fn read_key(data_local: &Path) -> Option<Key> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = File::from(openat(CWD, data_local.join(KEY_FILE), flags, Mode::empty()).ok()?);
    let facts = file.metadata().ok()?;
    if facts.uid() != geteuid().as_raw() || facts.mode() & 0o077 != 0 {
        return None;
    }
    let bytes = Zeroizing::new(read_plain(&file, KEY_BYTES as u64).ok()?);
    Some(Zeroizing::new(bytes.as_slice().try_into().ok()?))
}

/// Makes the key if there is none. One that is not as it should be stays: to replace it would forget everything kept.
fn read_or_make_key(data_local: &Path) -> Result<Key, StoreError> {
    if let Some(key) = read_key(data_local) {
        return Ok(key);
    }
    make_private_folder(data_local)?;
    let _held = hold(&data_local.join("kept.lock"))?;
    let path = data_local.join(KEY_FILE);
    if fs::symlink_metadata(&path).is_ok() {
        // Another process may have made it meanwhile.
        return read_key(data_local).ok_or(StoreError::KeptKey { path });
    }
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    OsRng.fill_bytes(&mut key[..]);
    replace_file(&path, &key[..], Durable::Yes)?;
    Ok(key)
}
