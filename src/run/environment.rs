//! The child's environment: what is inherited, what the vault gives, and which of both wins.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::{OsStr, OsString},
    os::unix::ffi::OsStrExt,
};

use super::{
    child::Gift,
    names::{is_refused, is_registry_token},
};
use crate::kernel::{name::SecretName, refusal::Refusal, secret::Secret};

/// The most that Linux takes for one `NAME=value`, its final NUL counted (`MAX_ARG_STRLEN`).
pub(super) const ONE_VARIABLE: usize = 128 * 1024;

/// What a cleaned environment keeps, so that programs still find the system and the person.
const BASICS: [&str; 10] =
    ["HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER"];

/// A value that the vault gives.
pub struct Given {
    /// The secret.
    pub name: SecretName,
    /// Its value.
    pub value: Secret,
}

impl Given {
    /// Each name and its value.
    pub fn pairs(given: &[Self]) -> impl Iterator<Item = (&SecretName, &Secret)> {
        given.iter().map(|given| (&given.name, &given.value))
    }

    /// Whether it is a registry's token.
    pub fn is_registry_token(&self) -> bool {
        is_registry_token(&self.name.variable())
    }

    /// The same once more, for somebody else.
    pub fn copy(&self) -> Self {
        Self { name: self.name.clone(), value: Secret::concat(&[&self.value]) }
    }
}

/// Which variables win, and which are let through.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Inherited variables that win over the vault's value.
    pub keep: BTreeSet<String>,
    /// Whether all of them win.
    pub keep_all: bool,
    /// Whether the child inherits only the basics.
    pub clean: bool,
    /// What stands in front of each variable that the vault gives.
    pub prefix: String,
    /// Names that the user's own settings allow though they could run code.
    pub allow: BTreeSet<String>,
}

impl Rules {
    /// Whether a child inherits a variable.
    pub(super) fn inherits(&self, name: &OsStr) -> bool {
        !self.clean || is_basic(name) || self.keep.contains(&*name.to_string_lossy())
    }

    /// Whether a variable that is inherited wins over the vault's.
    pub(super) fn keeps(&self, variable: &str) -> bool {
        self.keep_all || self.keep.contains(variable)
    }
}

/// Why a child was not started.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Two secrets would become one variable.
    #[error(transparent)]
    Clash(Refusal),
    /// Names that could run code or change the tools in the child.
    #[error("{} could run code or change the tools in the child", quoted(variables))]
    Names {
        /// The variables.
        variables: Vec<String>,
        /// The secrets that would become them.
        names: Vec<String>,
    },
    /// Values with a NUL byte.
    #[error("the value of {} has a NUL byte, which no variable can carry", quoted(names))]
    Nul {
        /// The secrets.
        names: Vec<String>,
    },
    /// A variable for a path could run code or change the tools in the child.
    #[error("`{variable}` could run code or change the tools in the child")]
    Path {
        /// The variable.
        variable: String,
    },
    /// A variable for a path is to hold something else too.
    #[error("variable `{variable}` is to hold two things")]
    Twice {
        /// The variable.
        variable: String,
    },
    /// Values over 128 KiB.
    #[error("the value of {} is over 128 KiB, which no variable can carry", quoted(names))]
    TooLong {
        /// The secrets.
        names: Vec<String>,
    },
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The variables that the vault gives. Everything that the system could not carry is named, all of it at once.
pub(super) fn variables(given: Vec<Given>, rules: &Rules) -> Result<BTreeMap<String, Given>, RunError> {
    let mut values: BTreeMap<String, Given> = BTreeMap::new();
    for secret in given {
        let variable = format!("{}{}", rules.prefix, secret.name.variable());
        if let Some(other) = values.get(&variable) {
            let (a, b) = (other.name.clone(), secret.name);
            return Err(RunError::Clash(Refusal::Variable { a, b, variable }));
        }
        values.insert(variable, secret);
    }
    check(&values, rules)?;
    Ok(values)
}

/// Makes the child's environment.
pub fn child_environment(
    inherited: &BTreeMap<OsString, OsString>,
    given: Vec<Given>,
    rules: &Rules,
) -> Result<Vec<(OsString, Secret)>, RunError> {
    let values = variables(given, rules)?;
    let mut child: BTreeMap<OsString, Secret> = BTreeMap::new();
    for (name, value) in without_keys(inherited) {
        if rules.inherits(name) {
            child.insert(name.clone(), Secret::new(value.as_bytes().to_vec()));
        }
    }
    for (variable, secret) in values {
        if !(rules.keeps(&variable) && child.contains_key(OsStr::new(&variable))) {
            child.insert(variable.into(), secret.value);
        }
    }
    Ok(child.into_iter().collect())
}

/// How the environment of a program is changed that inherits the rest from somebody else, who had this one.
pub(super) fn gift(
    inherited: &BTreeMap<OsString, OsString>,
    given: Vec<Given>,
    rules: &Rules,
) -> Result<Gift, RunError> {
    let values =
        variables(given, rules)?.into_iter().map(|(name, given)| (OsString::from(name), given.value));
    let kept = |name: &OsStr| rules.keeps(&name.to_string_lossy()) && inherited.contains_key(name);
    let removed = without_keys(inherited).map(|(name, _)| name).filter(|name| !rules.inherits(name));
    Ok(Gift {
        chain: Vec::new(),
        removed: removed.cloned().collect(),
        set: values.filter(|(name, _)| !kept(name)).collect(),
    })
}

/// The inherited variables without those that carry a key of ours, which no child ever gets.
pub fn without_keys(
    inherited: &BTreeMap<OsString, OsString>,
) -> impl Iterator<Item = (&OsString, &OsString)> {
    inherited.iter().filter(|(name, _)| !name.as_bytes().starts_with(b"CVAULT_KEY"))
}

fn is_basic(name: &OsStr) -> bool {
    BASICS.iter().any(|basic| name == *basic) || name.as_bytes().starts_with(b"LC_")
}

fn check(values: &BTreeMap<String, Given>, rules: &Rules) -> Result<(), RunError> {
    let refused = values.iter().filter(|(name, _)| is_refused(name) && !rules.allow.contains(*name));
    let (variables, names): (Vec<String>, Vec<String>) =
        refused.map(|(variable, given)| (variable.clone(), given.name.to_string())).unzip();
    if !variables.is_empty() {
        return Err(RunError::Names { variables, names });
    }
    let named = |unfit: &dyn Fn(&str, &Given) -> bool| -> Vec<String> {
        values
            .iter()
            .filter(|(variable, given)| unfit(variable, given))
            .map(|(_, given)| given.name.to_string())
            .collect()
    };
    let names = named(&|_, given| given.value.has_nul());
    if !names.is_empty() {
        return Err(RunError::Nul { names });
    }
    let names = named(&|variable, given| variable.len() + given.value.len() + 2 > ONE_VARIABLE);
    if !names.is_empty() { Err(RunError::TooLong { names }) } else { Ok(()) }
}
