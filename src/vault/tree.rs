//! Reading a vault out of any tree: the disk's, a commit's, or a vector's in memory. Trust and memory are not asked here.

use crate::kernel::{
    format::{log, path, roster},
    limits,
    model::{Judge, Log, Record, Roster, Version, check_names},
    name::{EnvName, MemberName, SecretName},
    refusal::Refusal,
    seal::{EnvKey, Epoch, OpenFault, Place, SealKey, Unwraps, open, unwrap_key},
    secret::Secret,
    tree::{EntryKind, Tree},
};

use super::VaultError;

/// How many folders deep a name can lie.
const DEPTH: usize = 8;

/// The roster and the log as bytes.
pub struct RosterFiles {
    /// `roster.toml`.
    pub roster: Vec<u8>,
    /// `roster.log`.
    pub log: Vec<u8>,
}

impl RosterFiles {
    /// Reads both.
    pub fn read(tree: &dyn Tree) -> Result<Self, VaultError> {
        let required = |path: &str, cap| {
            let bytes = tree.read(path, cap)?;
            bytes.ok_or_else(|| VaultError::Refused(Refusal::Missing { path: path.to_owned() }))
        };
        Ok(Self { roster: required(path::ROSTER, limits::ROSTER)?, log: required(path::LOG, limits::LOG)? })
    }

    /// Verifies the log from its founder on, but for the signatures of lines that were `known` before, and that it signs the
    /// roster.
    pub fn verify(&self, known: u64) -> Result<(Roster, Log), Refusal> {
        let log = Log::verify(log::parse(&self.log)?, known)?;
        Ok((self.verify_against(&log)?, log))
    }

    /// Verifies that a verified log signs the roster.
    pub fn verify_against(&self, log: &Log) -> Result<Roster, Refusal> {
        log.check_bytes(&self.roster)?;
        let roster = roster::parse(&self.roster)?;
        log.check_roster(&roster)?;
        roster.check()?;
        Ok(roster)
    }
}

/// What lies in an environment's folder.
#[derive(Default)]
pub struct Names {
    /// The secrets, tombstones among them, in byte order.
    pub secrets: Vec<SecretName>,
    /// Files that are none and do not look like one.
    pub strays: Vec<String>,
}

/// Lists an environment's secrets. Whatever ends in `.toml` must be a plain file with a sound name.
pub fn names(tree: &dyn Tree, env: &EnvName) -> Result<Names, VaultError> {
    let mut names = Names::default();
    walk(tree, &path::secrets(env), "", DEPTH, &mut names)?;
    names.secrets.sort();
    check_names(env, &names.secrets)?;
    Ok(names)
}

fn walk(tree: &dyn Tree, root: &str, below: &str, depth: usize, names: &mut Names) -> Result<(), VaultError> {
    let folder = if below.is_empty() { root.to_owned() } else { format!("{root}/{below}") };
    for entry in tree.list(&folder)? {
        let whole = if below.is_empty() { entry.name.clone() } else { format!("{below}/{}", entry.name) };
        let path = || format!("{root}/{whole}");
        match (entry.kind, whole.strip_suffix(".toml")) {
            (EntryKind::Folder, None) if depth > 0 => walk(tree, root, &whole, depth - 1, names)?,
            (EntryKind::File, Some(stem)) => names.secrets.push(SecretName::parse(stem)?),
            (EntryKind::Other, _) => return Err(Refusal::NotPlain { path: path() }.into()),
            (EntryKind::File, None) if !looks_like_ours(&whole) => names.strays.push(path()),
            _ => return Err(Refusal::Stray { path: path() }.into()),
        }
    }
    Ok(())
}

/// Whether a file that is no secret could be taken for one, or for a key.
fn looks_like_ours(path: &str) -> bool {
    let folded = path.to_ascii_lowercase();
    folded.ends_with(".toml") || folded.ends_with(".age")
}

/// The bytes of a secret's file; none if it has none.
pub fn secret_bytes(
    tree: &dyn Tree,
    env: &EnvName,
    name: &SecretName,
) -> Result<Option<Vec<u8>>, VaultError> {
    Ok(tree.read(&path::secret(env, name), limits::SECRET_FILE)?)
}

/// Reads and judges one secret's record; none if it has no file.
pub fn record(
    tree: &dyn Tree,
    judge: &Judge<'_>,
    env: &EnvName,
    name: &SecretName,
) -> Result<Option<Record>, VaultError> {
    let bytes = secret_bytes(tree, env, name)?;
    Ok(bytes.map(|bytes| judge.record(env, name, &bytes)).transpose()?)
}

/// Unwraps an environment's key with an identity of a member, and checks it against the roster's commitment before anything
/// else.
pub fn env_key(
    tree: &dyn Tree,
    roster: &Roster,
    env: &EnvName,
    (member, key): (&MemberName, &dyn Unwraps),
) -> Result<EnvKey, VaultError> {
    let place = path::key(env, member, key.recipient());
    let Some(file) = tree.read(&place, limits::KEY_FILE)? else {
        return Err(key_missing(roster, &place, env).into());
    };
    let key = unwrap_key(&place, &file, key)?;
    if key.commitment(&epoch(roster, env)) != roster.environments[env].commitment {
        return Err(Refusal::Commitment { path: place }.into());
    }
    Ok(key)
}

/// The refusal of a key file that is not there, with those who could wrap the key again.
pub(super) fn key_missing(roster: &Roster, place: &str, env: &EnvName) -> Refusal {
    let readers = roster.environments[env].readers().cloned().collect();
    Refusal::KeyMissing { path: format!(".vault/{place}"), env: env.clone(), readers }
}

/// What an environment's present key is bound to.
pub fn epoch<'a>(roster: &'a Roster, env: &'a EnvName) -> Epoch<'a> {
    Epoch { vault: &roster.vault, env, number: roster.environments[env].epoch }
}

/// Opens one version of a judged record.
pub fn open_version(
    roster: &Roster,
    key: &SealKey,
    record: &Record,
    version: &Version,
) -> Result<Secret, Refusal> {
    let place = Place {
        vault: &roster.vault,
        env: &record.env,
        name: &record.name,
        number: version.number,
        epoch: record.epoch,
        kind: record.kind,
    };
    open(key, &place, &version.sealed).map_err(|fault| {
        let (path, number) = (path::secret(&record.env, &record.name), version.number);
        match fault {
            OpenFault::Seal => Refusal::Seal { path, number },
            OpenFault::Padding => Refusal::Padding { path, number },
        }
    })
}
