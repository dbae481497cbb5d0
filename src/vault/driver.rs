//! What git's merge driver does with one secret: both sides verified, merged if they can be, and signed anew by whoever merges.
//!
//! The vault is read as it lies in the work tree, which git has not touched yet, and by what is kept: a side that this roster does
//! not let write is not taken, however it came there.

use std::path::{Path, PathBuf};

use crate::{
    kernel::{
        model::{Clash, Merge, Record, ThreeWay, Version},
        name::{EnvName, MemberName, SecretName},
        refusal::Refusal,
        time::Timestamp,
    },
    unlock::{Ask, Keyring},
};

use super::{Change, Unlocked, Vault, VaultError, older::Old};

/// A secret's file as git hands it to the driver.
#[derive(Clone, Copy, Debug)]
pub struct ThreeFiles<'a> {
    /// Before the sides parted; empty if it was not there.
    pub base: &'a [u8],
    /// On the side that is gone on from.
    pub ours: &'a [u8],
    /// On the side that is brought in.
    pub theirs: &'a [u8],
}

/// A file that came of it, and who signed it anew where that was needed.
#[derive(Debug)]
pub struct MergedFile {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Who.
    pub by: Option<MemberName>,
}

/// A side of a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are called as git calls them")]
pub enum MergeSide {
    Ours,
    Theirs,
}

/// Why a secret was left in conflict.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each variant is its documentation")]
pub enum DriverFault {
    #[error("`{env}/{name}`: {clash}")]
    Clash {
        env: EnvName,
        name: SecretName,
        clash: Clash,
        /// Why the values were not compared, where they might be one.
        unopened: Option<Box<VaultError>>,
    },
    #[error("{} side of `{env}/{name}` is not taken: {fault}", if *side == MergeSide::Ours { "our" } else { "their" })]
    Side { env: EnvName, name: SecretName, side: MergeSide, fault: Refusal },
    #[error("`{env}/{name}` can be merged, and has to be signed for that: {fault}")]
    Unsigned { env: EnvName, name: SecretName, fault: Box<VaultError> },
    #[error("`{}` is no secret's file", path.escape_debug())]
    NotSecret { path: String },
}

/// The folder that a vault lies in and the secret whose file this is, by a path from the top of the work tree.
pub fn secret_at(path: &str) -> Option<(PathBuf, EnvName, SecretName)> {
    let (above, inside) = match path.rfind("/.vault/secrets/") {
        Some(at) => (&path[..at], &path[at + "/.vault/secrets/".len()..]),
        None => ("", path.strip_prefix(".vault/secrets/")?),
    };
    let (env, name) = inside.strip_suffix(".toml")?.split_once('/')?;
    Some((Path::new(above).to_owned(), EnvName::parse(env).ok()?, SecretName::parse(name).ok()?))
}

/// What git leaves a person to decide on: both files, between marks that every reader refuses.
pub fn in_conflict(files: ThreeFiles<'_>) -> Vec<u8> {
    let ended =
        |file: &[u8]| if file.ends_with(b"\n") || file.is_empty() { &b""[..] } else { &b"\n"[..] }.to_vec();
    let ThreeFiles { ours, theirs, .. } = files;
    [b"<<<<<<< ours\n", ours, &ended(ours), b"=======\n", theirs, &ended(theirs), b">>>>>>> theirs\n"]
        .concat()
}

/// A secret that is merged, its sides verified.
struct Merging<'a> {
    env: &'a EnvName,
    name: &'a SecretName,
    base: Option<Record>,
    ours: Record,
    theirs: Record,
}

impl Vault<'_> {
    /// Merges a secret. Nobody is asked anything: without a key that is at hand, only what needs no signature is merged.
    pub fn merge_secret(
        &self,
        (env, name): (&EnvName, &SecretName),
        files: ThreeFiles<'_>,
        (keyring, ask): (Keyring, &dyn Ask),
        now: Timestamp,
    ) -> Result<MergedFile, VaultError> {
        let merging = self.merging((env, name), files)?;
        if let Some((side, fault)) = self.older(&merging) {
            let left = |fault| DriverFault::Side { env: env.clone(), name: name.clone(), side, fault }.into();
            let Ok(unlocked) = self.unlock(keyring, ask, std::slice::from_ref(env)) else {
                return Err(left(fault));
            };
            return merging.lifted(&unlocked, now)?.ok_or_else(|| left(fault));
        }
        let merge = merging.three().merge(&|_| None);
        if !matches!(merge, Merge::New(_) | Merge::Clash(Clash::Both { .. } | Clash::Number { .. })) {
            return merging.settled(merge, files, None);
        }
        let unlocked = match self.unlock(keyring, ask, std::slice::from_ref(env)) {
            Ok(unlocked) => unlocked,
            Err(fault) => return merging.settled(merge, files, Some(Box::new(fault))),
        };
        match merging.three().merge(&|pair| same(&unlocked, pair)) {
            Merge::New(record) => {
                signed(&unlocked, *record, now).map_err(|fault| merging.unsigned(fault.into()))
            }
            other => merging.settled(other, files, None),
        }
    }

    /// A side that is sealed under another key than the environment has.
    fn older(&self, merging: &Merging<'_>) -> Option<(MergeSide, Refusal)> {
        let judge = self.judge(false);
        let sides = [(MergeSide::Ours, &merging.ours), (MergeSide::Theirs, &merging.theirs)];
        sides.into_iter().find_map(|(side, record)| Some((side, judge.check_epoch(record).err()?)))
    }

    fn merging<'a>(
        &'a self,
        (env, name): (&'a EnvName, &'a SecretName),
        files: ThreeFiles<'_>,
    ) -> Result<Merging<'a>, VaultError> {
        self.environment(env)?;
        let judge = self.judge(false);
        let side = |side, bytes: &[u8]| {
            judge.signed(env, name, bytes).map(|(record, _)| record).map_err(|fault| {
                VaultError::from(DriverFault::Side { env: env.clone(), name: name.clone(), side, fault })
            })
        };
        let ours = side(MergeSide::Ours, files.ours)?;
        let theirs = side(MergeSide::Theirs, files.theirs)?;
        // Who picks a commit takes its parent's word for what was before: a base that nobody signed is none.
        let base = judge.signed(env, name, files.base).ok().map(|(record, _)| record);
        Ok(Merging { env, name, base, ours, theirs })
    }
}

impl Merging<'_> {
    fn three(&self) -> ThreeWay<'_> {
        ThreeWay { base: self.base.as_ref(), ours: &self.ours, theirs: &self.theirs }
    }

    /// The file that comes of it where nothing is signed, or why a person has to decide.
    fn settled(
        &self,
        merge: Merge,
        files: ThreeFiles<'_>,
        locked: Option<Box<VaultError>>,
    ) -> Result<MergedFile, VaultError> {
        let (env, name) = (self.env.clone(), self.name.clone());
        match merge {
            Merge::Ours => Ok(MergedFile { bytes: files.ours.to_vec(), by: None }),
            Merge::Theirs => Ok(MergedFile { bytes: files.theirs.to_vec(), by: None }),
            Merge::Clash(clash) => Err(DriverFault::Clash { env, name, clash, unopened: locked }.into()),
            Merge::New(_) => Err(self.unsigned(locked.expect("who unlocked has signed it"))),
        }
    }

    fn unsigned(&self, fault: Box<VaultError>) -> VaultError {
        DriverFault::Unsigned { env: self.env.clone(), name: self.name.clone(), fault }.into()
    }

    /// The same where a side is sealed under an older key: that side is sealed anew first, as `rekey` would have done. None where git
    /// has not the key, or not one that the log here vouches for.
    fn lifted(&self, unlocked: &Unlocked<'_>, now: Timestamp) -> Result<Option<MergedFile>, VaultError> {
        let change = unlocked.begin(now)?;
        let [ours, theirs] = [&self.ours, &self.theirs].map(|record| lifted(&change, record));
        let (Some(ours), Some(theirs)) = (ours?, theirs?) else { return Ok(None) };
        let merge = ThreeWay { base: self.base.as_ref(), ours: &ours, theirs: &theirs };
        let revision = ours.revision.max(theirs.revision);
        let record = match merge.merge(&|pair| same(unlocked, pair)) {
            Merge::New(record) => *record,
            Merge::Ours => Record { revision, ..ours },
            Merge::Theirs => Record { revision, ..theirs },
            Merge::Clash(clash) => {
                let (env, name) = (self.env.clone(), self.name.clone());
                return Err(DriverFault::Clash { env, name, clash, unopened: None }.into());
            }
        };
        signed(unlocked, record, now).map(Some).map_err(|fault| self.unsigned(fault.into()))
    }
}

/// A record under the key that its environment has.
pub(super) fn lifted(change: &Change<'_>, record: &Record) -> Result<Option<Record>, VaultError> {
    let environment = &change.unlocked.vault.roster.environments[&record.env];
    let (epoch, key) = (environment.epoch, environment.commitment.tag());
    if (record.epoch, record.key) == (epoch, key) {
        return Ok(Some(record.clone()));
    }
    let Some(older) = change.key_in_history(record)? else { return Ok(None) };
    let old = Old { record: record.clone(), key: Some(older) };
    let (mut new, mut sealed) = (Record { epoch, key, ..record.clone() }, Vec::new());
    change.open_old(&old, |i, value| sealed.push(change.seal(&new, record.versions[i].number, &value)))?;
    for (version, sealed) in new.versions.iter_mut().zip(sealed) {
        version.sealed = sealed?;
    }
    Ok(Some(new))
}

/// Whether two versions have one value; unknown where one was sealed under a key that is not at hand.
fn same(unlocked: &Unlocked<'_>, pair: [(&Record, &Version); 2]) -> Option<bool> {
    let open = |(record, version): (&Record, &Version)| {
        let environment = unlocked.vault.roster.environments.get(&record.env)?;
        let present = (record.epoch, record.key) == (environment.epoch, environment.commitment.tag());
        if present { unlocked.open(record, version).ok() } else { None }
    };
    let [one, other] = pair.map(open);
    Some(one?.same_as(&other?))
}

/// Signs a record, if whoever unlocked may. It is git that puts the file in place.
fn signed(unlocked: &Unlocked<'_>, record: Record, now: Timestamp) -> Result<MergedFile, VaultError> {
    let mut change = unlocked.begin(now)?;
    change.check_writer(&record.env)?;
    change.write(record)?;
    let (record, bytes) = change.written.pop().expect("it was just written");
    Ok(MergedFile { bytes, by: Some(record.writer) })
}
