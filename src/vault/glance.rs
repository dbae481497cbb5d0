//! A glance at a vault for who is typing: names alone, without a key, unverified, and nothing is remembered.
//!
//! What cannot be read or has no sound name is passed over, since at a half-typed command nobody wants an error.

use crate::kernel::{
    format::{path, roster},
    limits,
    model::Roster,
    name::{EnvName, MemberName, SecretName},
    tree::{EntryKind, Tree},
};

/// How many folders deep a name can lie.
const DEPTH: usize = 8;

/// The names of a roster that nobody has verified.
#[derive(Debug, Default)]
pub struct Glance(Option<Roster>);

impl Glance {
    /// Reads the roster, if it is one.
    pub fn at(tree: &dyn Tree) -> Self {
        let bytes = tree.read(path::ROSTER, limits::ROSTER).ok().flatten();
        Self(bytes.and_then(|bytes| roster::parse(&bytes).ok()))
    }

    /// The default environment.
    pub fn default_env(&self) -> Option<&EnvName> {
        self.0.as_ref().map(|roster| &roster.default)
    }

    /// The environments.
    pub fn environments(&self) -> impl Iterator<Item = &EnvName> {
        self.0.iter().flat_map(|roster| roster.environments.keys())
    }

    /// The members.
    pub fn members(&self) -> impl Iterator<Item = &MemberName> {
        self.0.iter().flat_map(|roster| roster.members.keys())
    }

    /// The names of secrets in an environment and in those that it extends, if they begin so. A removed one has a file still,
    /// and so is among them.
    pub fn secrets(&self, tree: &dyn Tree, env: &EnvName, begin: &str) -> Vec<SecretName> {
        let lineage = self.0.as_ref().map_or_else(|| vec![env], |roster| roster.lineage(env));
        let mut found = Vec::new();
        for env in lineage {
            walk(tree, &path::secrets(env), "", (begin, DEPTH), &mut found);
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn walk(
    tree: &dyn Tree,
    root: &str,
    below: &str,
    (begin, depth): (&str, usize),
    found: &mut Vec<SecretName>,
) {
    let folder =
        if below.is_empty() { root.to_owned() } else { format!("{root}/{}", &below[..below.len() - 1]) };
    for entry in tree.list(&folder).unwrap_or_default() {
        let whole = format!("{below}{}", entry.name);
        match entry.kind {
            EntryKind::File => {
                let stem = whole.strip_suffix(".toml").filter(|stem| stem.starts_with(begin));
                found.extend(stem.and_then(|stem| SecretName::parse(stem).ok()));
            }
            EntryKind::Folder if depth > 0 => {
                let below = format!("{whole}/");
                // Only folders that lead to what is typed, or lie below it.
                if begin.starts_with(&below) || below.starts_with(begin) {
                    walk(tree, root, &below, (begin, depth - 1), found);
                }
            }
            EntryKind::Folder | EntryKind::Other => {}
        }
    }
}
