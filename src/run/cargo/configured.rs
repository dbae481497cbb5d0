//! cargo's configuration, as far as it says what cargo runs: aliases, targets and runners, from wherever cargo takes them.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

use super::line::Line;
use crate::store::{Links, read_text};

/// How often one file may include the next.
const DEPTH: usize = 8;

/// Everything that is configured, what wins first.
pub(super) struct Configured<'a> {
    layers: Vec<Layer>,
    env: &'a BTreeMap<OsString, OsString>,
    cwd: &'a Path,
}

struct Layer {
    /// What relative programs are relative to.
    base: PathBuf,
    table: Table,
}

/// A runner that somebody configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Runner {
    /// The target, or a `cfg(…)`.
    pub(super) key: String,
    /// The program and its arguments.
    pub(super) words: Vec<OsString>,
    /// Whether it stands in one string, and so can be replaced by a string only.
    pub(super) is_text: bool,
}

impl<'a> Configured<'a> {
    /// Reads it as cargo does in a folder. What cannot be read is left to cargo, which says so and starts nothing.
    pub(super) fn read(line: &Line, cwd: &'a Path, env: &'a BTreeMap<OsString, OsString>) -> Self {
        let mut all = Self { layers: Vec::new(), env, cwd };
        // The last one wins.
        for setting in line.values("--config").iter().rev() {
            let file = cwd.join(setting);
            match setting.parse::<Table>() {
                Ok(table) => all.layers.push(Layer { base: cwd.to_owned(), table }),
                Err(_) => all.file(&file, DEPTH),
            }
        }
        let whole = |folder: PathBuf| fs::canonicalize(&folder).unwrap_or(folder);
        let above: Vec<PathBuf> = cwd.ancestors().map(|folder| whole(folder.join(".cargo"))).collect();
        let own = all.home().map(whole).filter(|home| !above.contains(home));
        for folder in above.iter().chain(&own) {
            let old = folder.join("config");
            all.file(&if old.is_file() { old } else { folder.join("config.toml") }, DEPTH);
        }
        all
    }

    fn variable(&self, name: &str) -> Option<&OsString> {
        self.env.get(OsStr::new(name)).filter(|value| !value.is_empty())
    }

    /// cargo's home.
    pub(super) fn home(&self) -> Option<PathBuf> {
        let named = self.variable("CARGO_HOME").map(|home| self.cwd.join(home));
        named.or_else(|| Some(Path::new(self.variable("HOME")?).join(".cargo")))
    }

    /// Adds a file, and behind it what it includes.
    fn file(&mut self, file: &Path, depth: usize) {
        let text = read_text(file, Links::Follow).ok().flatten();
        let Some(table) = text.and_then(|text| text.parse::<Table>().ok()) else { return };
        let folder = file.parent().unwrap_or(file);
        let base = folder.parent().unwrap_or(folder).to_owned();
        let included = included(&table);
        self.layers.push(Layer { base, table });
        for path in included.iter().rev().filter(|_| depth > 0) {
            self.file(&folder.join(path), depth - 1);
        }
    }

    /// What an alias stands for.
    pub(super) fn alias(&self, name: &str) -> Option<Vec<String>> {
        if let Some(words) = self.variable(&format!("CARGO_ALIAS_{}", shouted(name))) {
            return Some(split(words.to_str()?));
        }
        self.layers
            .iter()
            .find_map(|layer| strings(layer.table.get("alias")?.get(name)?).map(|(words, _)| words))
    }

    /// The targets that are built for, where the command line names none.
    pub(super) fn targets(&self) -> Vec<String> {
        if let Some(target) = self.variable("CARGO_BUILD_TARGET") {
            return target.to_str().map(str::to_owned).into_iter().collect();
        }
        let targets = |layer: &Layer| match layer.table.get("build")?.get("target")? {
            Value::String(one) => Some(vec![one.clone()]),
            list => strings(list).map(|(words, _)| words),
        };
        self.layers.iter().find_map(targets).unwrap_or_default()
    }

    /// The compiler.
    pub(super) fn rustc(&self) -> OsString {
        let variable = self.variable("RUSTC").or_else(|| self.variable("CARGO_BUILD_RUSTC")).cloned();
        let layer =
            |layer: &Layer| Some(program(layer.table.get("build")?.get("rustc")?.as_str()?, &layer.base));
        variable.or_else(|| self.layers.iter().find_map(layer)).unwrap_or_else(|| "rustc".into())
    }

    /// Whether a file has every compiler run by another program.
    pub(super) fn has_wrapper(&self) -> bool {
        let wrapper = |layer: &Layer| layer.table.get("build")?.get("rustc-wrapper").cloned();
        self.layers.iter().any(|layer| wrapper(layer).is_some())
    }

    /// Whether any runner is configured anywhere.
    pub(super) fn has_runner(&self) -> bool {
        let variable = |name: &OsString| {
            name.to_str().is_some_and(|name| name.starts_with("CARGO_TARGET_") && name.ends_with("_RUNNER"))
        };
        self.env.keys().any(variable) || self.in_files().next().is_some()
    }

    /// The runners of files and of `--config`, what wins first.
    pub(super) fn in_files(&self) -> impl Iterator<Item = Runner> {
        self.layers.iter().flat_map(|layer| {
            let targets = layer.table.get("target").and_then(Value::as_table);
            targets.into_iter().flatten().filter_map(|(key, target)| {
                let (words, is_text) = strings(target.get("runner")?)?;
                Some(Runner { key: key.clone(), words: argv(&words, &layer.base), is_text })
            })
        })
    }

    /// The registries that have a name.
    pub(super) fn registries(&self) -> BTreeSet<String> {
        let tables = self.layers.iter().filter_map(|layer| layer.table.get("registries")?.as_table());
        let variable = |name: &OsString| {
            let named = name.to_str()?.strip_prefix("CARGO_REGISTRIES_")?.strip_suffix("_INDEX")?;
            Some(named.to_lowercase().replace('_', "-"))
        };
        tables.flat_map(|table| table.keys().cloned()).chain(self.env.keys().filter_map(variable)).collect()
    }

    /// Whether a registry's provider stands in one string.
    pub(super) fn has_text_provider(&self, registry: &str) -> bool {
        let found = |layer: &Layer| {
            let table = match registry {
                "crates-io" => layer.table.get("registry"),
                named => layer.table.get("registries")?.get(named),
            };
            table?.get("credential-provider").map(Value::is_str)
        };
        self.layers.iter().filter_map(found).any(|is_text| is_text)
    }

    /// The runner of a variable.
    pub(super) fn in_variable(&self, triple: &str) -> Option<Vec<OsString>> {
        let words = self.variable(&format!("CARGO_TARGET_{}_RUNNER", shouted(triple)))?;
        Some(argv(&split(words.to_str()?), self.cwd))
    }
}

/// A name as it stands in a variable's.
pub(super) fn shouted(name: &str) -> String {
    name.to_uppercase().replace(['-', '.'], "_")
}

fn split(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Words in one string or in a list, and whether it is one string.
fn strings(value: &Value) -> Option<(Vec<String>, bool)> {
    match value {
        Value::String(text) => Some((split(text), true)),
        Value::Array(list) => {
            let words: Option<Vec<String>> =
                list.iter().map(|word| Some(word.as_str()?.to_owned())).collect();
            words.map(|words| (words, false))
        }
        _ => None,
    }
}

fn argv(words: &[String], base: &Path) -> Vec<OsString> {
    let Some((first, rest)) = words.split_first() else { return Vec::new() };
    [program(first, base)].into_iter().chain(rest.iter().map(OsString::from)).collect()
}

/// A bare name is looked for in `PATH`; with a slash it is relative to where it is configured.
fn program(name: &str, base: &Path) -> OsString {
    if name.contains('/') { base.join(name).into() } else { name.into() }
}

/// The files that one includes: a path, or paths, each perhaps in a table.
fn included(table: &Table) -> Vec<PathBuf> {
    let path = |value: &Value| {
        value.as_str().or_else(|| value.get("path").and_then(Value::as_str)).map(PathBuf::from)
    };
    match table.get("include") {
        Some(Value::Array(list)) => list.iter().filter_map(path).collect(),
        other => other.and_then(path).into_iter().collect(),
    }
}
