//! What each setting is here and now, and who says so.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{
    ctx::Ctx,
    settings::{ROWS, Row},
};
use crate::{
    store::{Disk, Links, Place, read_text},
    ui::Failure,
    vault::{Config, FirstUse, Hold},
};

/// Who says what a setting is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Nobody: it is built in.
    BuiltIn,
    /// The user's file.
    User(PathBuf),
    /// `.vault/config.toml`.
    Repository,
    /// The vault's signed roster.
    Vault,
    /// A variable.
    Variable(&'static str),
    /// A flag.
    Flag(&'static str),
}

/// A setting, and what it is.
pub(super) struct Configured {
    pub(super) row: &'static Row,
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// Every setting, and everything that kept one from being read.
pub(super) struct All {
    pub(super) settings: Vec<Configured>,
    pub(super) faults: Vec<Failure>,
}

/// Looks at each layer once. What cannot be read counts as not there, and is told.
pub(super) fn all(ctx: &Ctx) -> All {
    let mut faults = ctx.faults.clone();
    let user = ctx.settings_file().ok().and_then(|path| Some((user_table(&path)?, path)));
    let place = ctx.place().ok();
    let repository = place.as_ref().map(repository).transpose().unwrap_or_else(|fault| {
        faults.push(fault);
        None
    });
    let layers = Layers { ctx, user, repository };
    let settings = ROWS.iter().map(|row| layers.configured(row)).collect();
    All { settings, faults }
}

/// What the user's file holds, sound or not; a fault of it was told before.
fn user_table(path: &Path) -> Option<toml::Table> {
    toml::from_str(&read_text(path, Links::Follow).ok()??).ok()
}

fn repository(place: &Place) -> Result<Value, Failure> {
    let disk = Disk::open(place)?;
    let config = Config::read(&disk)?;
    Ok(serde_json::to_value(config).expect("two settings are JSON"))
}

struct Layers<'a> {
    ctx: &'a Ctx,
    user: Option<(toml::Table, PathBuf)>,
    repository: Option<Value>,
}

impl Layers<'_> {
    fn configured(&self, row: &'static Row) -> Configured {
        let (value, origin) = self
            .flag(row)
            .or_else(|| self.user(row))
            .or_else(|| self.repository(row))
            .unwrap_or_else(|| self.default(row));
        Configured { row, value, origin }
    }

    /// What was typed, or a variable gave.
    fn flag(&self, row: &Row) -> Option<(Value, Origin)> {
        let Ctx { typed, envs, ui, .. } = self.ctx;
        match row.key {
            "color" if typed.color => Some((ui.look().color.as_str().into(), Origin::Flag("--color"))),
            "commit" => typed
                .commit
                .map(|commit| (commit.into(), Origin::Flag(if commit { "--commit" } else { "--no-commit" }))),
            "env" if !envs.is_empty() => {
                let names: Vec<&str> = envs.iter().map(|env| env.as_str()).collect();
                let origin = if typed.env { Origin::Flag("--env") } else { Origin::Variable("CVAULT_ENV") };
                Some((names.join(",").into(), origin))
            }
            _ => None,
        }
    }

    fn user(&self, row: &Row) -> Option<(Value, Origin)> {
        let (table, path) = self.user.as_ref().filter(|_| row.by.user())?;
        let found = match row.key.split_once('.') {
            Some((table_name, key)) => table.get(table_name)?.get(key)?,
            None => table.get(row.key)?,
        };
        Some((serde_json::to_value(found).ok()?, Origin::User(path.clone())))
    }

    fn repository(&self, row: &Row) -> Option<(Value, Origin)> {
        let found = self.repository.as_ref().filter(|_| row.by.repository())?.get(row.key)?;
        (!found.is_null()).then(|| (found.clone(), Origin::Repository))
    }

    fn default(&self, row: &Row) -> (Value, Origin) {
        match row.built_in() {
            Value::Null => match self.vault_default() {
                Some(env) => (env.into(), Origin::Vault),
                None => (Value::Null, Origin::BuiltIn),
            },
            value => (value, Origin::BuiltIn),
        }
    }

    /// The default environment of a vault that opens.
    fn vault_default(&self) -> Option<String> {
        let default = self.ctx.with_vault_met(Hold::Shared, FirstUse::Look, |vault, _| {
            Ok(vault.roster().default.as_str().to_owned())
        });
        default.ok()
    }
}
