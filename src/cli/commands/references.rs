//! The values that texts refer to: read, opened all of them or named all that cannot be.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, Read},
    path::Path,
};

use super::super::{ctx::Ctx, explain, reveal::Place};
use crate::{
    interchange::{Reference, TEMPLATE, Template},
    kernel::{
        model::Subject,
        name::{EnvName, SecretName},
        secret::Secret,
    },
    ui::{Class, Failure},
    vault::{Hold, Unlocked, Vault, VaultError},
};

/// A text, what it is called, and its parts that hold references.
pub(super) struct Text<'a> {
    pub(super) label: &'a str,
    pub(super) templates: Vec<&'a Template>,
}

/// What a reference is looked up by.
type Key = (Option<EnvName>, SecretName);

/// Every value that is referred to.
pub(super) struct Values {
    values: BTreeMap<Key, Secret>,
    /// Where they were found.
    pub(super) places: Vec<Place>,
}

impl Values {
    pub(super) fn of(&self, reference: &Reference) -> &Secret {
        &self.values[&(reference.env.clone(), reference.name.clone())]
    }
}

/// What a text is called in a message.
pub(super) fn label(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".to_owned() } else { format!("`{}`", path.display()) }
}

/// Reads a text; `-` is standard input. One over the limit is read one byte further, to be refused by its size.
pub(super) fn read(ctx: &Ctx, path: &Path) -> Result<Vec<u8>, Failure> {
    let capped = |from: &mut dyn Read| {
        let mut text = Vec::new();
        from.take(TEMPLATE as u64 + 1).read_to_end(&mut text).map(|_| text)
    };
    let text = match path.as_os_str() == "-" {
        true => capped(&mut io::stdin().lock()),
        false => File::open(ctx.cwd.join(path)).and_then(|mut file| capped(&mut file)),
    };
    text.map_err(|error| {
        let class = if error.kind() == io::ErrorKind::NotFound { Class::NotFound } else { Class::Refused };
        Failure::new(class, "read", format!("{} cannot be read: {error}", label(path)))
    })
}

/// Opens every value that is referred to. A reference without an environment is one to those that were typed, later ones first;
/// what no text refers to is not opened, and where there is no reference no key is needed.
pub(super) fn open(ctx: &Ctx, texts: &[Text<'_>]) -> Result<Values, Failure> {
    let mut wanted: BTreeMap<Key, String> = BTreeMap::new();
    for text in texts {
        for reference in text.templates.iter().flat_map(|template| template.references()) {
            let place = wanted.entry((reference.env.clone(), reference.name.clone())).or_default();
            let line = reference.at.line.to_string();
            if place.is_empty() {
                *place = format!("{}, line {line}", text.label);
            } else if !place.ends_with(&format!(" {line}")) {
                *place = format!("{place}, {line}");
            }
        }
    }
    if wanted.is_empty() {
        return Ok(Values { values: BTreeMap::new(), places: Vec::new() });
    }
    ctx.names(wanted.keys().map(|(_, name)| Subject::Secret(name.clone())));
    ctx.with_vault(Hold::Shared, |vault, keyring| {
        let typed = ctx.all_envs(vault.roster());
        let envs = environments(&wanted, &typed, vault)?;
        ctx.about(None, envs.last());
        let unlocked = vault.unlock(keyring, &ctx.ask(), &envs).map_err(|fault| placed(fault, &wanted))?;
        ctx.about(Some(unlocked.me()), None);
        unlocked.steady(&envs, |unlocked| opened(unlocked, &typed, wanted.clone()))
    })
}

/// The environments that are needed, each of which there is.
fn environments(
    wanted: &BTreeMap<Key, String>,
    typed: &[EnvName],
    vault: &Vault<'_>,
) -> Result<Vec<EnvName>, Failure> {
    let named: BTreeSet<&EnvName> = wanted.keys().filter_map(|(env, _)| env.as_ref()).collect();
    let absent = wanted.iter().filter_map(|((env, _), place)| {
        vault.environment(env.as_ref()?).err().map(|fault| (place.clone(), fault))
    });
    let absent: Vec<(String, VaultError)> = absent.collect();
    if !absent.is_empty() {
        return Err(explain::unfilled(absent));
    }
    let relative = wanted.keys().any(|(env, _)| env.is_none());
    let typed = typed.iter().filter(|env| relative && !named.contains(env));
    Ok(named.iter().copied().chain(typed).cloned().collect())
}

/// An environment that is locked, with who refers to it.
fn placed(fault: VaultError, wanted: &BTreeMap<Key, String>) -> Failure {
    let locked = match &fault {
        VaultError::NoKey { env, .. } | VaultError::Locked { env, .. } => Some(env.clone()),
        _ => None,
    };
    let failure = Failure::from(fault);
    let places = wanted.iter().filter(|((env, _), _)| env.is_some() && *env == locked);
    let places: Vec<&str> = places.map(|(_, place)| place.as_str()).collect();
    if places.is_empty() { failure } else { failure.detail("wanted by", places.join("; ")) }
}

fn opened(
    unlocked: &Unlocked<'_>,
    typed: &[EnvName],
    wanted: BTreeMap<Key, String>,
) -> Result<Values, Failure> {
    let (mut values, mut places, mut faults) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
    for ((env, name), place) in wanted {
        let found = match &env {
            Some(env) => unlocked.get(env, &name, None),
            None => unlocked.get_last(typed, &name),
        };
        match found {
            Ok(opened) => {
                places.insert(Place { env: opened.record.env, name: name.clone() });
                values.insert((env, name), opened.value);
            }
            Err(fault) => faults.push((place, fault)),
        }
    }
    if faults.is_empty() {
        Ok(Values { values, places: places.into_iter().collect() })
    } else {
        Err(explain::unfilled(faults))
    }
}
