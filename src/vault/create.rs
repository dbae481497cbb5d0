//! Founding a vault.

use std::{collections::BTreeMap, path::Path};

use crate::{
    kernel::{
        format::{log, path, roster},
        model::{Environment, Log, Member, Role, Roster, Statement},
        name::{EnvName, MemberName},
        seal::{EnvKey, Epoch, MemberKey, Plugins, Unwraps, random, vault_id, wrap_key_with},
        time::Timestamp,
        tree::Tree,
    },
    store::{Disk, Edit, Place, StoreError},
};

use super::{Introduction, VaultError, memory::Memory, memory::Summary, memory::kept_of};

/// What a vault is founded with.
pub struct Founding<'a> {
    /// Where.
    pub place: &'a Place,
    /// The user's data folder.
    pub data: &'a Path,
    /// The founder's name, who is its first admin.
    pub founder: &'a MemberName,
    /// The founder's key.
    pub key: &'a MemberKey,
    /// The way to the programs of plugins, should the key be one's.
    pub plugins: &'a dyn Plugins,
    /// The environments, of which the first is the default.
    pub environments: &'a [EnvName],
    /// When.
    pub now: Timestamp,
}

/// A vault that was founded.
pub struct Founded {
    /// What others are to compare.
    pub introduction: Introduction,
    /// Why its founder will not be known to know it.
    pub unkept: Option<StoreError>,
}

/// Founds a vault: its roster, its first log line, a key for each environment. All of it or nothing is on disk after.
pub fn create(founding: &Founding<'_>) -> Result<Founded, VaultError> {
    let disk = Disk::create(founding.place)?;
    let lock = disk.lock()?;
    let taken = disk.list("")?.into_iter().any(|entry| entry.name != path::WORK);
    if taken {
        return Err(VaultError::Exists { path: founding.place.vault.clone() });
    }
    let cannot = || VaultError::CannotFound { recipient: founding.key.recipient().clone() };
    let key = founding.key.signing_key()?.ok_or_else(cannot)?;
    let nonce = random();
    let vault = vault_id(&key.public(), &nonce);
    let mut edits = Vec::new();
    let mut environments = BTreeMap::new();
    for env in founding.environments {
        let env_key = EnvKey::generate();
        let recipient = founding.key.recipient();
        let bytes = wrap_key_with(founding.plugins, recipient, &env_key)?;
        edits.push(Edit::Put { path: path::key(env, founding.founder, recipient), bytes });
        let commitment = env_key.commitment(&Epoch { vault: &vault, env, number: 1 });
        let write = vec![founding.founder.clone()];
        let environment = Environment { epoch: 1, commitment, write, read: Vec::new(), extends: Vec::new() };
        environments.insert(env.clone(), environment);
    }
    let admin = Member {
        role: Role::Admin,
        recipients: vec![founding.key.recipient().clone()],
        signs: vec![key.public()],
        since: founding.now,
    };
    let roster = Roster {
        vault,
        default: founding.environments[0].clone(),
        members: BTreeMap::from([(founding.founder.clone(), admin)]),
        environments,
        former: BTreeMap::new(),
        retired: BTreeMap::new(),
    };
    roster.check()?;
    let printed = roster::print(&roster);
    let why = format!("found the vault with {}", list(founding.environments));
    let (admins, at) = (vec![key.public()], founding.now);
    let line =
        Statement { roster: printed.as_bytes(), admins, at, why, drops: Vec::new() }.found(nonce, &key);
    let log_bytes = log::print(std::slice::from_ref(&line));
    let log = Log::verify(vec![line], 0)?;
    for (path, bytes) in [
        (path::ATTRIBUTES, path::ATTRIBUTES_BYTES.as_bytes()),
        (path::IGNORE, path::IGNORE_BYTES.as_bytes()),
        (path::LOG, &log_bytes),
        (path::ROSTER, printed.as_bytes()),
    ] {
        edits.push(Edit::Put { path: path.to_owned(), bytes: bytes.to_vec() });
    }
    lock.replace(edits)?;
    // Its founder knows it, wherever it will be pushed.
    let summary = Summary::of(vault, &log_bytes, printed.as_bytes(), None);
    let memory = Memory::open(founding.place, founding.data);
    let unkept = memory.keep(&kept_of(&log, 1, Some(&roster)), Some(&summary), &[]).err();
    let founder = Some(founding.founder.clone());
    let members = vec![founding.founder.clone()];
    Ok(Founded { introduction: Introduction { vault, founder, members, anchor: log.anchor() }, unkept })
}

fn list(envs: &[EnvName]) -> String {
    envs.iter().map(EnvName::as_str).collect::<Vec<_>>().join(", ")
}
