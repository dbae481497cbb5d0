//! The files of a vault that was brought together: the key files of both sides, what is put in place, and what git is told.

use std::collections::BTreeSet;

use super::{Desired, Held, LeftSecret, Resolved, Sides, sides::Side};
use crate::{
    kernel::{
        format::path,
        limits,
        model::{Environment, MergedRoster},
        name::{EnvName, MemberName},
        seal::Recipient,
        tree::Tree,
    },
    store::Edit,
    vault::{Change, VaultError, roster_change::remove_all},
};

impl Sides<'_> {
    /// The kept side's roster and log, where no line is added.
    pub(super) fn unsigned(&self) -> Desired {
        let files = &self.kept.files;
        [(path::ROSTER, &files.roster), (path::LOG, &files.log)]
            .map(|(path, bytes)| (path.to_owned(), bytes.clone()))
            .into()
    }

    /// The key files of every environment that has no new key: either side's, or made anew where neither has one.
    pub(super) fn keys(
        &self,
        merged: &MergedRoster,
        mut change: Option<&mut Change<'_>>,
        desired: &mut Desired,
    ) -> Result<(), VaultError> {
        let roster = &merged.roster;
        let stays = roster.environments.iter().filter(|(env, _)| !merged.renewed.contains(*env));
        for (env, environment) in stays {
            let recipients = environment.readers().flat_map(|member| {
                roster.members[member].recipients.iter().map(move |recipient| (member, recipient))
            });
            for (member, recipient) in recipients {
                let place = path::key(env, member, recipient);
                match (self.key_file((env, environment), &place), change.as_deref_mut()) {
                    (Some(bytes), _) => drop(desired.insert(place, bytes)),
                    (None, Some(change)) => self.wrap((env, member, recipient), change)?,
                    (None, None) => {}
                }
            }
        }
        Ok(())
    }

    fn key_file(&self, (env, environment): (&EnvName, &Environment), place: &str) -> Option<Vec<u8>> {
        let has = |side: &&Side<'_>| {
            let there = side.roster.environments.get(env);
            there.is_some_and(|there| there.commitment == environment.commitment)
        };
        let sides = [&self.kept, &self.other].into_iter().filter(has);
        sides.into_iter().find_map(|side| side.tree.read(place, limits::KEY_FILE).ok().flatten())
    }

    /// Who cannot open an environment leaves its missing key files to somebody who can; `verify` names them.
    fn wrap(
        &self,
        (env, member, recipient): (&EnvName, &MemberName, &Recipient),
        change: &mut Change<'_>,
    ) -> Result<(), VaultError> {
        match self.present_key(env, change) {
            Ok(key) => change.wrap(env, member, recipient, &key),
            Err(_) => Ok(()),
        }
    }

    /// Puts everything in place, and tells git what is merged.
    pub(super) fn finish(
        &self,
        (vault, lock): Held<'_, '_>,
        desired: Desired,
        resolved: Resolved,
    ) -> Result<Resolved, VaultError> {
        let left: BTreeSet<String> = resolved.left.iter().map(LeftSecret::path).collect();
        let mut edits = Vec::new();
        for folder in ["keys", "secrets"] {
            remove_all(vault.disk, folder, &mut edits)?;
        }
        edits.retain(|edit| match edit {
            // What lies among the secrets and is none is nobody's to remove.
            Edit::Remove { path } => {
                let ours = path.starts_with("keys/") || path.ends_with(".toml");
                ours && !desired.contains_key(path) && !left.contains(path)
            }
            Edit::Put { .. } => true,
        });
        let mut touched: BTreeSet<String> = desired.keys().cloned().collect();
        touched.extend(edits.iter().map(|edit| edit.path().to_owned()));
        for (path, bytes) in desired {
            let cap = bytes.len() as u64;
            let there = vault.disk.read(&path, cap).ok().flatten();
            if there.as_ref() != Some(&bytes) {
                edits.push(Edit::Put { path, bytes });
            }
        }
        let unmerged = self.repo.unmerged(&self.inside)?;
        let mut staged: BTreeSet<String> = edits.iter().map(|edit| edit.path().to_owned()).collect();
        staged.extend(unmerged.into_iter().filter(|path| touched.contains(path)));
        if !edits.is_empty() {
            lock.replace(edits)?;
        }
        self.repo.stage(&self.inside, &staged.into_iter().collect::<Vec<_>>())?;
        let unmerged = self.repo.unmerged(&self.inside)?;
        let unmerged = unmerged.into_iter().filter(|path| !left.contains(path)).collect();
        Ok(Resolved { unmerged, ..resolved })
    }
}

/// Adds what a change puts in place.
pub(super) fn put(desired: &mut Desired, edits: Vec<Edit>) {
    for edit in edits {
        match edit {
            Edit::Put { path, bytes } => drop(desired.insert(path, bytes)),
            Edit::Remove { path } => drop(desired.remove(&path)),
        }
    }
}
