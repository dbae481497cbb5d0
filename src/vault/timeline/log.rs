//! What changed in a vault, commit by commit.

use std::rc::Rc;

use crate::{
    git::{Commit, ObjectId},
    kernel::{
        model::Line,
        name::{EnvName, SecretName},
    },
    vault::{
        Changes, Then, Vault, VaultError,
        changes::{compare, new_lines, secret_change, secret_of},
    },
};

use super::{Signed, Timeline};

/// Of what the changes are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogScope<'a> {
    /// Only of this environment.
    pub env: Option<&'a EnvName>,
    /// Only of secrets of this name.
    pub name: Option<&'a SecretName>,
    /// So many commits, the newest.
    pub most: Option<usize>,
}

/// A commit that changed the vault.
#[derive(Debug)]
pub struct Entry {
    /// The commit.
    pub commit: Rc<Commit>,
    /// What it changed.
    pub changes: Changes,
    /// Whether its roster is one that the vault here does not come from: nothing beside it is believed then.
    pub foreign: bool,
}

impl Vault<'_> {
    /// The commits that changed the vault, newest first: those that lead to HEAD, or to another one.
    pub fn changed_by_commits(
        &self,
        then: Option<&Then<'_>>,
        scope: &LogScope<'_>,
    ) -> Result<Vec<Entry>, VaultError> {
        let mut timeline = Timeline::of(self, then)?;
        let mut entries = Vec::new();
        while entries.len() < scope.most.unwrap_or(usize::MAX)
            && let Some(commit) = timeline.next()?
        {
            entries.extend(timeline.entry(commit, scope)?);
        }
        Ok(entries)
    }
}

impl Timeline<'_> {
    fn entry(&mut self, commit: Rc<Commit>, scope: &LogScope<'_>) -> Result<Option<Entry>, VaultError> {
        let paths = self.touched(&commit, "")?;
        if paths.is_empty() {
            return Ok(None);
        }
        let (before, now) = (self.folder_before(&commit)?, self.folder(commit.id)?);
        let (old, new) = (self.believed_of(before)?, self.believed_of(now)?);
        let (mut secrets, mut others) = (Vec::new(), Vec::new());
        let mut rosters = false;
        for path in paths {
            match secret_of(&path) {
                Some((env, name)) if scope.wants(&env, &name) => {
                    let (was, is) = (self.secret(before, &env, &name)?, self.secret(now, &env, &name)?);
                    secrets.push(secret_change(env, name, was.record(), &is));
                }
                Some(_) => {}
                None if path.starts_with("roster.") || path.starts_with("keys/") => rosters = true,
                None => others.push(path),
            }
        }
        let told = rosters && scope.name.is_none();
        let (mut roster, mut lines) = (Vec::new(), Vec::new());
        if let Some(new) = new.as_ref().filter(|_| told) {
            roster = compare(old.as_ref().map(|old| &old.0), &new.0);
            roster.retain(|change| scope.env.is_none_or(|env| change.is_about(env)));
            let common: &[Line] = old.as_ref().map_or(&[], |old| old.1.lines());
            lines = new_lines(common, new.1.lines(), [Some(&new.0), old.as_ref().map(|old| &old.0)]);
        }
        if scope.env.is_some() || scope.name.is_some() {
            others.clear();
            // Its signers are told with what it changed; alone it says nothing of one environment.
            if roster.is_empty() {
                lines.clear();
            }
        }
        if secrets.is_empty() && roster.is_empty() && lines.is_empty() && others.is_empty() {
            return Ok(None);
        }
        let (base, tip) = (before_of(&commit), commit.id.to_string());
        let changes = Changes { base, tip, secrets, roster, lines, others };
        Ok(Some(Entry { commit, changes, foreign: now.is_some() && new.is_none() }))
    }

    fn believed_of(&mut self, folder: Option<ObjectId>) -> Result<Option<Rc<Signed>>, VaultError> {
        folder.map_or(Ok(None), |folder| self.roster(folder))
    }
}

impl LogScope<'_> {
    fn wants(&self, env: &EnvName, name: &SecretName) -> bool {
        self.env.is_none_or(|wanted| wanted == env) && self.name.is_none_or(|wanted| wanted == name)
    }
}

fn before_of(commit: &Commit) -> String {
    commit.parents.first().map(ToString::to_string).unwrap_or_default()
}
