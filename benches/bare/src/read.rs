//! Reading a vault that is known to this clone, without any search, argument parser, audit or handling of the unexpected.
//!
//! It does what the program must do: authenticates what is kept, compares roster and log with it, unwraps the
//! environment's key and checks its commitment, compares each secret with the hash under which it was verified, parses and
//! opens it.

use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    fs,
    io::{self, Write},
    os::unix::{ffi::OsStrExt, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
};

use cargo_vault::{
    kernel::{
        format::{hex, path, roster, secret},
        model::Roster,
        name::{EnvName, SecretName},
        seal::{Identity, Mark, SealKey, sha256, unwrap_key},
        secret::Secret,
    },
    vault::tree,
};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::Failure;

/// Where everything lies.
pub struct Known {
    /// `.vault`.
    pub vault: PathBuf,
    /// What is kept in the git folder.
    pub kept: PathBuf,
    /// The user's data folder, with the key of what is kept.
    pub data: PathBuf,
    /// The identity.
    pub key_file: PathBuf,
}

/// A vault that is open.
struct Open {
    roster: Roster,
    key: SealKey,
    seen: HashMap<String, [u8; 32]>,
}

/// Prints one value.
pub fn get(known: &Known, name: &str) -> Result<(), Failure> {
    let name = SecretName::parse(name)?;
    let open = open(known, Some(&name))?;
    let value = value(known, &open, &name)?;
    io::stdout().write_all(value.expose())?;
    Ok(())
}

/// Becomes a program that has every value in its environment. Returns only if the system refuses.
pub fn run(known: &Known, program: &OsStr) -> Result<io::Error, Failure> {
    let open = open(known, None)?;
    let mut names = Vec::new();
    for entry in fs::read_dir(known.vault.join(path::secrets(&open.roster.default)))? {
        let name: OsString = entry?.file_name();
        names.extend(name.to_str().and_then(|name| name.strip_suffix(".toml")).map(SecretName::parse));
    }
    let mut command = Command::new(program);
    for name in names {
        let name = name?;
        command.env(name.variable(), OsStr::from_bytes(value(known, &open, &name)?.expose()));
    }
    Ok(command.exec())
}

fn open(known: &Known, only: Option<&SecretName>) -> Result<Open, Failure> {
    let file = Secret::new(fs::read(&known.key_file)?);
    let identity = Identity::parse_file(&file)?.0.remove(0);
    let read = |path: &str| fs::read(known.vault.join(path));
    let (roster, log) = (read(path::ROSTER)?, read(path::LOG)?);
    let key = fs::read(known.data.join("kept.key"))?;
    let about = about(&known.vault, &known.kept)?;
    let trust = kept(known, &key, &about, "trust")?;
    let words: Vec<&str> = trust.split(' ').collect();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key)?;
    mac.update(b"trust");
    let by = mac.finalize().into_bytes().into();
    let fits = |word: usize, bytes: &[u8]| Mark::parse(words[word]).is_some_and(|mark| mark.fits(&by, bytes));
    if !fits(1, &log) || !fits(4, &roster) {
        return Err("the roster is not the kept one".into());
    }
    let roster_hash = words[5];
    let roster = roster::parse_verified(&roster)?;
    let seen = kept(known, &key, &about, &format!("seen-{}-{}", &roster.vault.hex()[..16], roster.default))?;
    let seen = hashes(&seen, roster_hash, only)?;
    let key = unwrap(known, &roster, &identity)?;
    Ok(Open { roster, key, seen })
}

fn unwrap(known: &Known, roster: &Roster, identity: &Identity) -> Result<SealKey, Failure> {
    let env: &EnvName = &roster.default;
    let (me, _) = roster.holder(identity.recipient()).ok_or("the identity is no member's")?;
    let place = path::key(env, me, identity.recipient());
    let key = unwrap_key(&place, &fs::read(known.vault.join(&place))?, identity)?;
    if key.commitment(&tree::epoch(roster, env)) != roster.environments[env].commitment {
        return Err("the key is not the roster's".into());
    }
    Ok(key.seal_key(&tree::epoch(roster, env)))
}

fn value(known: &Known, open: &Open, name: &SecretName) -> Result<Secret, Failure> {
    let env = &open.roster.default;
    let bytes = fs::read(known.vault.join(path::secret(env, name)))?;
    if open.seen.get(name.as_str()) != Some(&sha256(&bytes)) {
        return Err(format!("{name} was not verified before").into());
    }
    let record = secret::parse(env, name, &bytes)?.record;
    let version = record.current().ok_or("no current version")?;
    Ok(tree::open_version(&open.roster, &open.key, &record, version)?)
}

/// The hashes under which secrets were verified, of one name or of all.
fn hashes(seen: &str, roster: &str, only: Option<&SecretName>) -> Result<HashMap<String, [u8; 32]>, Failure> {
    let lines = seen.strip_prefix(roster).ok_or("the secrets were verified under another roster")?;
    let mut hashes = HashMap::new();
    for line in lines.lines().filter(|line| line.ends_with(" verified")) {
        let words: Vec<&str> = line.splitn(5, ' ').collect();
        if only.is_none_or(|only| only.as_str() == words[0]) {
            hashes.insert(words[0].to_owned(), hex::parse32(words[3]).ok_or("no hash")?);
        }
    }
    Ok(hashes)
}

/// What a kept file is about: the vault at this place of this repository.
fn about(vault: &Path, kept: &Path) -> Result<Vec<u8>, Failure> {
    let inside = vault.file_name().ok_or("no vault")?;
    let common = kept.ancestors().nth(2).ok_or("no git folder")?;
    Ok([b"git", common.as_os_str().as_bytes(), inside.as_bytes()].join(&0))
}

/// Reads a kept file and authenticates it.
fn kept(known: &Known, key: &[u8], about: &[u8], name: &str) -> Result<String, Failure> {
    let mut text = String::from_utf8(fs::read(known.kept.join(name))?)?;
    let body = text.split_off(65);
    let mut mac = Hmac::<Sha256>::new_from_slice(key)?;
    for piece in [b"cargo-vault/kept/v1", name.as_bytes(), about, body.as_bytes()] {
        mac.update(&(piece.len() as u64).to_le_bytes());
        mac.update(piece);
    }
    mac.verify_slice(&hex::parse32(&text[..64]).ok_or("no tag")?)?;
    Ok(body)
}
