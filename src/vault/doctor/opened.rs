//! The vault itself: whether it opens, whether it is known here, who the keys at hand are in it, and what its times say.

use std::time::SystemTime;

use crate::{
    kernel::{format::path, model::Standing, time::Timestamp},
    store::{Disk, Place, StoreError},
    unlock::{Keyring, UnlockError},
};

use super::{
    super::{FirstUse, Hold, Opening, Vault, VaultError},
    Check, Fact, Opened, Patient,
    clone::not_checked_out,
    of,
};

/// Clocks that are set by hand differ by minutes.
const TOLERATED: u64 = 60 * 60;

pub(super) fn look(
    patient: &Patient<'_>,
    place: &Place,
    keyring: Option<Keyring>,
) -> Vec<(Check, Vec<Fact>)> {
    let anchor = patient.anchor.clone().or_else(|| keyring.as_ref()?.anchor().cloned());
    let data = patient.data.unwrap_or(std::path::Path::new("/dev/null/cargo-vault"));
    let opening = Opening { place, data, anchor: anchor.as_ref(), first_use: FirstUse::Look };
    let opened = Disk::open(place).map_err(VaultError::from);
    let opened = opened.and_then(|disk| {
        let vault = Vault::open(&disk, &opening, Hold::Shared)?;
        let identity = keyring.and_then(|keyring| identity(&vault, keyring));
        let found = [
            (Check::Vault, Vec::new()),
            of(Check::Trust, [trust(patient, &vault, anchor.is_some())?]),
            of(Check::Clock, clock(patient, &vault)?),
        ];
        Ok(found.into_iter().chain(identity.map(|fact| of(Check::Identity, [fact]))).collect())
    });
    match opened {
        Ok(found) => found,
        Err(fault) => {
            // What git left behind may keep the folder there, such as what is under way in it.
            let roster = std::fs::symlink_metadata(place.vault.join(path::ROSTER));
            let is_missing = roster.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound);
            let folder = place.vault.parent().filter(|_| is_missing);
            let gone = folder.and_then(not_checked_out);
            vec![of(Check::Vault, [gone.unwrap_or(Opened::NotOpened(fault))])]
        }
    }
}

pub(super) fn not_found(patient: &Patient<'_>, fault: StoreError) -> Opened {
    if !matches!(fault, StoreError::NoVault { .. }) {
        return Opened::NotFound(fault);
    }
    not_checked_out(patient.cwd).unwrap_or_else(|| Opened::NoVault { folder: patient.cwd.to_owned() })
}

fn trust(patient: &Patient<'_>, vault: &Vault<'_>, by_key: bool) -> Result<Opened, VaultError> {
    if vault.is_unknown() && !patient.first_use {
        return Ok(Opened::Unknown { anchor: vault.introduce()?.anchor });
    }
    Ok(match vault.trust.standing {
        Standing::Aside => Opened::Aside,
        Standing::Known | Standing::Newer => Opened::Known { vault: vault.roster().vault, by_key },
    })
}

/// Who the first key is that a member has; nothing is unlocked.
fn identity(vault: &Vault<'_>, keyring: Keyring) -> Option<Opened> {
    let members = &vault.roster().members;
    let found = keyring.find(|key| members.values().any(|member| member.recipients.contains(key)));
    Some(match found {
        Ok(Ok(candidate)) => {
            let key = candidate.recipient();
            let member = members.iter().find(|(_, member)| member.recipients.contains(key));
            let (name, _) = member.expect("a member's key was looked for");
            Opened::Member { name: name.clone(), origin: candidate.origin.to_string() }
        }
        Ok(Err(keys)) if keys.is_empty() => Opened::NoKey,
        Ok(Err(keys)) => Opened::Stranger { keys: keys.len() },
        // The folders are looked at by themselves.
        Err(UnlockError::Readable { .. }) => return None,
        Err(fault) => Opened::KeyUnread(fault),
    })
}

/// Whether this machine's clock is far before what members have signed. What is wrong with a secret, `verify` says.
fn clock(patient: &Patient<'_>, vault: &Vault<'_>) -> Result<Option<Opened>, VaultError> {
    let lines = vault.log()?.lines().iter().map(|line| line.at).max();
    let records = vault.roster().environments.keys().flat_map(|env| vault.records(env).unwrap_or_default());
    let created = records.flat_map(|record| record.versions.into_iter().map(|version| version.created)).max();
    let Some(newest) = lines.max(created) else { return Ok(None) };
    let seconds = seconds_between(patient.now, newest).filter(|seconds| *seconds > TOLERATED);
    Ok(seconds.map(|seconds| Opened::ClockBehind { newest, seconds }))
}

fn seconds_between(earlier: Timestamp, later: Timestamp) -> Option<u64> {
    let moment = |time: Timestamp| humantime::parse_rfc3339(time.as_str()).ok();
    let (earlier, later): (SystemTime, SystemTime) = (moment(earlier)?, moment(later)?);
    later.duration_since(earlier).ok().map(|between| between.as_secs())
}
