//! Founding a vault: with empty environments, or with what another one leaves (format.md §14).

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::{
    git::Repo,
    kernel::{
        format::{log, path, roster, secret},
        limits,
        model::{Environment, Log, Member, Record, Role, Roster, Statement},
        name::{EnvName, MemberName, VaultId},
        refusal::Refusal,
        seal::{
            EnvKey, Epoch, MemberKey, Place as Sealing, Plugins, SealKey, SigningKey, Unwraps, random, seal,
            vault_id, wrap_key_with,
        },
        time::Timestamp,
        tree::Tree,
    },
    store::{Disk, Edit, Lock, Place, StoreError},
};

use super::{
    Introduction, Legacy, Vault, VaultError, legacy::Left, memory::Memory, memory::Summary, memory::kept_of,
    roster_change::remove_all,
};

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
    /// The environments, of which the first is the default; those of another vault come with what it leaves.
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
pub fn create(founding: &Founding<'_>, legacy: Option<&Legacy>) -> Result<Founded, VaultError> {
    let disk = Disk::create(founding.place)?;
    let lock = disk.lock()?;
    let taken = disk.list("")?.into_iter().any(|entry| entry.name != path::WORK);
    if taken {
        return Err(VaultError::Exists { path: founding.place.vault.clone() });
    }
    found(founding, legacy, &lock, Vec::new())
}

/// Founds a vault in the place of the one that lies there, whatever state that is in. All of it or nothing is on disk after.
pub fn create_over(founding: &Founding<'_>, legacy: &Legacy) -> Result<Founded, VaultError> {
    let disk = Disk::open(founding.place)?;
    let lock = disk.lock()?;
    found(founding, Some(legacy), &lock, cleared(&disk)?)
}

impl Vault<'_> {
    /// Founds a vault in the place of this one, which is held, so that nothing was set in it since it was read.
    pub fn succeed(&self, founding: &Founding<'_>, legacy: &Legacy) -> Result<Founded, VaultError> {
        let lock = self.lock.as_ref().expect("a vault that is succeeded is held");
        found(founding, Some(legacy), lock, cleared(self.disk)?)
    }
}

/// What is signed or wrapped for one vault is nothing in another. Files that people write stay.
fn cleared(disk: &Disk) -> Result<Vec<Edit>, VaultError> {
    let mut gone = Vec::new();
    for folder in ["keys", "requests", "secrets"] {
        remove_all(disk, folder, &mut gone)?;
    }
    Ok(gone)
}

fn found(
    founding: &Founding<'_>,
    legacy: Option<&Legacy>,
    lock: &Lock<'_>,
    gone: Vec<Edit>,
) -> Result<Founded, VaultError> {
    let recipient = founding.key.recipient();
    let key = founding.key.signing_key()?;
    let key = key.ok_or_else(|| VaultError::CannotFound { recipient: recipient.clone() })?;
    let nonce = random();
    let vault = vault_id(&key.public(), &nonce);
    let draft = Draft { founding, vault, key: &key, edits: Vec::new(), environments: BTreeMap::new() };
    let (mut edits, roster) = draft.laid_out(legacy)?;
    roster.check()?;
    let printed = roster::print(&roster);
    let names = roster.environments.keys().map(EnvName::as_str).collect::<Vec<_>>().join(", ");
    let from = legacy.map(|legacy| format!(", from {}", legacy.vault)).unwrap_or_default();
    let why = format!("found the vault with {names}{from}");
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
    let put: BTreeSet<String> = edits.iter().map(|edit| edit.path().to_owned()).collect();
    edits.extend(gone.into_iter().filter(|edit| !put.contains(edit.path())));
    let memory = Memory::open(founding.place, founding.data);
    if let Some(legacy) = legacy {
        // Where nothing can be kept, that is told below.
        let _ = memory.succeed(&legacy.vault, &vault);
    }
    lock.replace(edits)?;
    // Its founder knows it, wherever it will be pushed.
    let (tip, addresses) = legacy.map(|_| surroundings(founding.place)).unwrap_or_default();
    let summary = Summary::of(vault, &log_bytes, printed.as_bytes(), tip.as_deref());
    let unkept = memory.keep(&kept_of(&log, 1, Some(&roster)), Some(&summary), &addresses).err();
    let founder = Some(founding.founder.clone());
    let members = vec![founding.founder.clone()];
    Ok(Founded { introduction: Introduction { vault, founder, members, anchor: log.anchor() }, unkept })
}

/// The commit that has the other vault still, which is no news, and where the remotes are.
fn surroundings(place: &Place) -> (Option<String>, Vec<String>) {
    let Some(repo) = place.git.as_ref().and_then(|git| Repo::open(&git.folder).ok()) else {
        return <_>::default();
    };
    (repo.default_tip().ok().flatten(), repo.addresses().unwrap_or_default())
}

/// A vault before it is signed.
struct Draft<'f> {
    founding: &'f Founding<'f>,
    vault: VaultId,
    key: &'f SigningKey,
    edits: Vec<Edit>,
    environments: BTreeMap<EnvName, Environment>,
}

impl Draft<'_> {
    fn laid_out(mut self, legacy: Option<&Legacy>) -> Result<(Vec<Edit>, Roster), VaultError> {
        let Founding { founder, now, .. } = *self.founding;
        match legacy {
            None => {
                for env in self.founding.environments {
                    self.environment(env, 1, Vec::new())?;
                }
            }
            Some(legacy) => self.inherit(legacy)?,
        }
        let admin = Member {
            role: Role::Admin,
            recipients: vec![self.founding.key.recipient().clone()],
            signs: vec![self.key.public()],
            since: now,
        };
        let default = || self.founding.environments[0].clone();
        let roster = Roster {
            vault: self.vault,
            default: legacy.map_or_else(default, Legacy::default),
            members: BTreeMap::from([(founder.clone(), admin)]),
            environments: self.environments,
            former: legacy.map(|legacy| legacy.former(founder, now)).unwrap_or_default(),
            retired: BTreeMap::new(),
        };
        Ok((self.edits, roster))
    }

    /// Epochs go on, so that `born` means what it meant.
    fn inherit(&mut self, legacy: &Legacy) -> Result<(), VaultError> {
        for env in &legacy.envs {
            let old = &legacy.roster.environments[env];
            let comes = |other: &&EnvName| legacy.envs.contains(other);
            let extends = old.extends.iter().filter(comes).cloned().collect();
            let key = self.environment(env, old.epoch + 1, extends)?;
            for left in legacy.secrets.iter().filter(|left| left.record.env == *env) {
                self.secret(left, &key)?;
            }
        }
        Ok(())
    }

    fn environment(
        &mut self,
        env: &EnvName,
        number: u64,
        extends: Vec<EnvName>,
    ) -> Result<SealKey, VaultError> {
        let Founding { founder, key, plugins, .. } = *self.founding;
        let env_key = EnvKey::generate();
        let bytes = wrap_key_with(plugins, key.recipient(), &env_key)?;
        self.edits.push(Edit::Put { path: path::key(env, founder, key.recipient()), bytes });
        let epoch = Epoch { vault: &self.vault, env, number };
        let (commitment, write) = (env_key.commitment(&epoch), vec![founder.clone()]);
        let environment = Environment { epoch: number, commitment, write, read: Vec::new(), extends };
        self.environments.insert(env.clone(), environment);
        Ok(env_key.seal_key(&epoch))
    }

    /// A secret as a new epoch has it: numbers, authors, times and `born` stay.
    fn secret(&mut self, left: &Left, key: &SealKey) -> Result<(), VaultError> {
        let Left { record: old, values } = left;
        let environment = &self.environments[&old.env];
        let mut record = Record {
            revision: old.revision + 1,
            epoch: environment.epoch,
            key: environment.commitment.tag(),
            writer: self.founding.founder.clone(),
            ..old.clone()
        };
        for (version, value) in record.versions.iter_mut().zip(values) {
            let place = Sealing {
                vault: &self.vault,
                env: &old.env,
                name: &old.name,
                number: version.number,
                epoch: environment.epoch,
                kind: old.kind,
            };
            version.sealed = seal(key, &place, value);
        }
        let path = path::secret(&old.env, &old.name);
        record.check().map_err(|fault| Refusal::Record { path: path.clone(), fault })?;
        let bytes = secret::print(&self.vault, &record, self.key);
        if bytes.len() as u64 > limits::SECRET_FILE {
            return Err(Refusal::TooLarge { path, limit: limits::SECRET_FILE }.into());
        }
        self.edits.push(Edit::Put { path, bytes });
        Ok(())
    }
}
