//! `[package.metadata.vault]` of a `Cargo.toml`: which of the values that the person chose a package's programs get.
//!
//! The manifest is the repository's, and so it can only narrow: an environment counts where the person named none.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml::{Table, Value};

use super::CargoError;
use crate::{
    kernel::{
        name::{EnvName, SecretName},
        refusal::Refusal,
    },
    store::{Links, read_text},
};

/// How many folders a pattern of members may lead to.
const MOST: usize = 10_000;

/// What a package's programs get.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Narrowing {
    /// Of these environments, later ones before earlier ones. Of the usual ones, if there is none.
    pub(super) envs: Vec<EnvName>,
    /// Only these variables.
    only: Option<BTreeSet<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    env: Option<Words>,
    only: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    One(String),
    Several(Vec<String>),
}

impl Narrowing {
    /// What a manifest says, if it says anything.
    pub(super) fn of(manifest: &Path) -> Result<Option<Self>, CargoError> {
        // What is no manifest, cargo says.
        let Some(table) = table(manifest) else { return Ok(None) };
        let at = |value: &Value, key: &str| value.get(key).cloned();
        let vault = table.get("package").and_then(|package| at(package, "metadata"));
        let Some(vault) = vault.and_then(|metadata| at(&metadata, "vault")) else { return Ok(None) };
        let fault = |what: String| CargoError::Manifest { manifest: manifest.to_owned(), what };
        let written: Written =
            vault.try_into().map_err(|error: toml::de::Error| fault(error.message().to_owned()))?;
        let envs = match written.env {
            None => Vec::new(),
            Some(Words::One(one)) => vec![one],
            Some(Words::Several(several)) => several,
        };
        let refused = |refusal: Refusal| fault(refusal.to_string());
        let envs = envs.iter().map(|env| EnvName::parse(env)).collect::<Result<_, _>>().map_err(refused)?;
        let variable = |name: &String| SecretName::parse(name).map(|name| name.variable());
        let only = written.only.map(|names| names.iter().map(variable).collect::<Result<_, _>>());
        Ok(Some(Self { envs, only: only.transpose().map_err(refused)? }))
    }

    /// Whether a variable is let through, with what the person puts in front of each.
    pub(super) fn lets(&self, prefix: &str, variable: &str) -> bool {
        let bare = variable.strip_prefix(prefix).unwrap_or(variable);
        self.only.as_ref().is_none_or(|only| only.contains(bare))
    }
}

/// The environments that packages of a workspace ask for, each as it is asked for.
pub(super) fn environments(
    folder: &Path,
    named: Option<&Path>,
) -> Result<BTreeSet<Vec<EnvName>>, CargoError> {
    let mut asked = BTreeSet::new();
    for manifest in manifests(folder, named) {
        let narrowing = Narrowing::of(&manifest)?.unwrap_or_default();
        asked.extend(Some(narrowing.envs).filter(|envs| !envs.is_empty()));
    }
    Ok(asked)
}

fn table(manifest: &Path) -> Option<Table> {
    read_text(manifest, Links::Follow).ok()??.parse().ok()
}

/// The manifests of the workspace that a folder is in: its root's, and its members' as far as they are listed.
fn manifests(folder: &Path, named: Option<&Path>) -> Vec<PathBuf> {
    let start = named.map_or_else(|| folder.to_owned(), |manifest| folder.join(manifest));
    let above =
        start.ancestors().map(|folder| folder.join("Cargo.toml")).filter(|manifest| manifest.is_file());
    let above: Vec<PathBuf> = above.collect();
    let members = |manifest: &PathBuf| table(manifest)?.get("workspace").cloned();
    let Some((root, workspace)) = above.iter().find_map(|manifest| Some((manifest, members(manifest)?)))
    else {
        return above.into_iter().take(1).collect();
    };
    let base = root.parent().unwrap_or(root);
    let patterns =
        workspace.get("members").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let folders = patterns.flat_map(|pattern| matching(base, pattern));
    let mut all: BTreeSet<PathBuf> = folders.map(|folder| folder.join("Cargo.toml")).collect();
    all.extend([root.clone()].into_iter().chain(above.first().cloned()));
    all.into_iter().collect()
}

/// The folders that a pattern leads to, in which `*` and `?` stand for parts of one name.
fn matching(base: &Path, pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![base.to_owned()];
    for part in pattern.split('/').filter(|part| !part.is_empty() && *part != ".") {
        let step = |folder: PathBuf| -> Vec<PathBuf> {
            if !part.contains(['*', '?']) {
                return vec![folder.join(part)];
            }
            let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
            let fits = entries.filter(|entry| fits(part.as_bytes(), entry.file_name().as_encoded_bytes()));
            fits.map(|entry| entry.path()).collect()
        };
        found = found.into_iter().flat_map(step).take(MOST).collect();
    }
    found
}

fn fits(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => (0..=name.len()).any(|skipped| fits(rest, &name[skipped..])),
        ([b'?', pattern @ ..], [_, name @ ..]) => fits(pattern, name),
        ([a, pattern @ ..], [b, name @ ..]) if a == b => fits(pattern, name),
        _ => false,
    }
}
