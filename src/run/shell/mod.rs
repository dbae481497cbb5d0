//! The environment of a shell that loads values where they are allowed and puts back what was there before.
//!
//! What was loaded stands in a variable of the shell's own, [`HELD`], exported, so that a shell started in it can put back too: names,
//! what stood there before, and a keyed mark of each value. By the mark a variable that the person changed since is known, and left
//! alone until the vault is left.

mod held;
mod steering;

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::{OsStr, OsString},
    os::unix::ffi::{OsStrExt, OsStringExt},
};

use super::{Given, environment::ONE_VARIABLE, names::is_refused};
use crate::kernel::{
    name::SecretName,
    secret::{MARK, Secret},
};

pub use held::{HELD, Held, Loaded};
use steering::steers_a_shell;

/// The most that all values of a shell may take together. A system starts no program whose environment is too large, and a shell
/// that can start none is of no use.
const ALL_VALUES: usize = 512 * 1024;

/// Why a value is not loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unfit {
    /// Its name could run code or change the tools.
    Name,
    /// Another secret would become the same variable.
    Clash,
    /// It has bytes that the shell's variables cannot have.
    Bytes,
    /// It is too long for a variable.
    Long,
}

impl Unfit {
    /// Why, behind the secret's name.
    pub fn why(self) -> &'static str {
        match self {
            Self::Name => "it could run code or change tools",
            Self::Clash => "another one has the same variable",
            Self::Bytes => "no variable of this shell can have its bytes",
            Self::Long => "it is too long for a variable",
        }
    }
}

/// Values as variables, and those that are left out.
#[derive(Default)]
pub struct Variables {
    /// The values by variable.
    pub fit: BTreeMap<String, Secret>,
    /// The secrets that are none, and why.
    pub unfit: Vec<(SecretName, Unfit)>,
}

/// Makes variables of values. `allow` has names that the user's own settings let through; `carries` says whether the shell can have
/// the value.
pub fn variables(
    given: Vec<Given>,
    allow: &BTreeSet<String>,
    carries: impl Fn(&Secret) -> bool,
) -> Variables {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    given.iter().for_each(|given| *uses.entry(given.name.variable()).or_default() += 1);
    let mut made = Variables::default();
    for Given { name, value } in given {
        let variable = name.variable();
        let steers = is_refused(&variable) || steers_a_shell(&variable);
        // Keys of the person's, and what a shell holds, are nobody's to give.
        let own = variable.starts_with("CVAULT_");
        let unfit = if !is_variable(&variable) || own || (steers && !allow.contains(&variable)) {
            Unfit::Name
        } else if uses[&variable] > 1 {
            Unfit::Clash
        } else if !carries(&value) {
            Unfit::Bytes
        } else if variable.len() + value.len() + 2 > ONE_VARIABLE {
            Unfit::Long
        } else {
            made.fit.insert(variable, value);
            continue;
        };
        made.unfit.push((name, unfit));
    }
    made
}

/// Whether a name is one that every shell takes for a variable's.
fn is_variable(name: &str) -> bool {
    let sound = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    name.bytes().all(sound) && !name.starts_with(|c: char| c.is_ascii_digit()) && !name.is_empty()
}

/// Values that are more than a shell's environment can have.
#[derive(Debug, thiserror::Error)]
#[error("all values together are more than a shell's environment can have")]
pub struct TooMuch;

/// What a shell is to change, and holds from then on. What is as it should be stands in neither.
#[derive(Default)]
pub struct Turn {
    /// The variables to set; [`HELD`] is not among them.
    pub set: BTreeMap<String, Secret>,
    /// The variables to take away.
    pub unset: BTreeSet<String>,
    /// What is loaded from then on.
    pub loaded: Vec<Loaded>,
}

/// What a shell is now.
pub struct Now<'a> {
    /// Its environment.
    pub env: &'a BTreeMap<OsString, OsString>,
    /// What is loaded.
    pub held: &'a [Loaded],
    /// The key of the marks; without it nobody can tell what the person changed.
    pub key: Option<&'a [u8; 32]>,
    /// Whether the same vault stays loaded, so that what the person changed stays too.
    pub same: bool,
}

impl Now<'_> {
    /// Puts back what was there before, and loads these values.
    pub fn turn(&self, values: BTreeMap<String, Secret>) -> Result<Turn, TooMuch> {
        let (ours, theirs): (Vec<&Loaded>, Vec<&Loaded>) =
            self.held.iter().partition(|held| self.is_ours(held));
        let theirs = if self.same { theirs } else { Vec::new() };
        let mut turn =
            Turn { loaded: theirs.iter().map(|held| (*held).clone()).collect(), ..Turn::default() };
        let before: BTreeMap<&str, &Option<OsString>> =
            ours.iter().map(|held| (held.name.as_str(), &held.was)).collect();
        for (name, was) in before.iter().filter(|(name, _)| !values.contains_key(**name)) {
            match was {
                Some(was) => drop(turn.set.insert((*name).to_owned(), secret(was))),
                None => drop(turn.unset.insert((*name).to_owned())),
            }
        }
        let mut size = 0;
        for (name, value) in
            values.into_iter().filter(|(name, _)| theirs.iter().all(|held| held.name != *name))
        {
            let here = || self.env.get(OsStr::new(&name)).cloned();
            let was = before.get(name.as_str()).map_or_else(here, |was| (*was).clone());
            size += name.len() + value.len() + was.as_ref().map_or(0, |was| was.len());
            let mark = self.key.map_or([0; MARK], |key| value.mark(key, name.as_bytes()));
            turn.loaded.push(Loaded { name: name.clone(), was, mark });
            turn.set.insert(name, value);
        }
        turn.loaded.sort_by(|a, b| a.name.cmp(&b.name));
        turn.set.retain(|name, value| !self.is(name, value));
        turn.unset.retain(|name| self.env.contains_key(OsStr::new(name)));
        if size > ALL_VALUES { Err(TooMuch) } else { Ok(turn) }
    }

    /// What a person sees change, in order: `+NAME`, `-NAME`, or `~NAME` for another value.
    pub fn told(&self, turn: &Turn) -> Vec<String> {
        let set = turn.set.keys().map(|name| match self.env.contains_key(OsStr::new(name)) {
            true => ('~', name),
            false => ('+', name),
        });
        let mut told: Vec<(char, &String)> = set.chain(turn.unset.iter().map(|name| ('-', name))).collect();
        told.sort_by_key(|(_, name)| *name);
        told.into_iter().map(|(sign, name)| format!("{sign}{name}")).collect()
    }

    fn is(&self, name: &str, value: &Secret) -> bool {
        self.env.get(OsStr::new(name)).is_some_and(|now| secret(now).same_as(value))
    }

    fn is_ours(&self, held: &Loaded) -> bool {
        let mark = |key| Some(secret(self.env.get(OsStr::new(&held.name))?).mark(key, held.name.as_bytes()));
        self.key.is_none_or(|key| mark(key) == Some(held.mark))
    }
}

fn secret(value: &OsString) -> Secret {
    Secret::new(value.as_bytes().to_vec())
}

/// Text of the state as an environment has it.
fn os(bytes: Vec<u8>) -> OsString {
    OsString::from_vec(bytes)
}

#[cfg(test)]
mod tests;
