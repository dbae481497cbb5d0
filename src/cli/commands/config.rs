//! `cargo vault config`: every setting with who says so, and the user's own file changed a setting at a time.

use std::path::PathBuf;

use serde_json::{Value, json};
use toml_edit::DocumentMut;

use super::super::{
    End,
    configured::{All, Configured, Origin, all},
    ctx::{Ctx, usage},
    settings::{By, ROWS, Row, Settings},
    user_file::{self, Changed},
};
use crate::{
    kernel::model::Action,
    store::update_text,
    ui::{Class, Failure, Page, Report, Word},
    vault::nearest,
};

/// Show and change settings
///
/// Each with its value, and where that comes from: built in, `.vault/config.toml`, your own settings, a variable or a flag, where
/// the later one wins.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault config\n  cargo vault config set color never\n  \
                        cargo vault config set run.allow EDITOR,PAGER\n  cargo vault config unset color")]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List every setting
    #[command(
        visible_alias = "ls",
        after_help = "Examples:\n  cargo vault config list\n  cargo vault config list --json"
    )]
    List,
    /// Print what a setting is
    #[command(after_help = "Examples:\n  cargo vault config get keep\n  cargo vault config get color --json")]
    Get {
        /// The setting
        key: String,
    },
    /// Set it in your own settings
    #[command(after_help = "Examples:\n  cargo vault config set color never\n  \
                            cargo vault config set audit.reads true\n  \
                            cargo vault config set run.allow EDITOR,PAGER")]
    Set {
        /// The setting
        key: String,
        /// Its value; names with commas between them
        #[arg(required = true, value_delimiter = ',', value_name = "VALUE")]
        values: Vec<String>,
    },
    /// Take it out of your own settings
    #[command(
        after_help = "Examples:\n  cargo vault config unset color\n  cargo vault config unset run.allow"
    )]
    Unset {
        /// The setting
        key: String,
    },
    /// Print where your own settings are
    #[command(after_help = "Examples:\n  cargo vault config path\n  cargo vault config path --json")]
    Path,
}

impl Args {
    pub(super) fn action(&self) -> Option<Action> {
        matches!(self.command, Some(Command::Set { .. } | Command::Unset { .. })).then_some(Action::Config)
    }
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    match &args.command {
        None | Some(Command::List) => list(ctx),
        Some(Command::Get { key }) => get(ctx, key),
        Some(Command::Set { key, values }) => set(ctx, key, values),
        Some(Command::Unset { key }) => unset(ctx, key),
        Some(Command::Path) => {
            ctx.ui.report(&Path { path: ctx.settings_file()? })?;
            Ok(End::Done)
        }
    }
}

/// The settings that can be read are listed, and what is wrong with the others said after.
fn list(ctx: &Ctx) -> Result<End, Failure> {
    let all = all(ctx);
    ctx.ui.report(&all)?;
    for fault in &all.faults {
        ctx.ui.warning(&fault.error);
        fault.hints.iter().for_each(|hint| ctx.ui.help(hint));
    }
    let gravest = all.faults.iter().map(|fault| fault.class).max_by_key(|class| class.exit_code());
    Ok(gravest.map_or(End::Done, End::Found))
}

fn get(ctx: &Ctx, key: &str) -> Result<End, Failure> {
    let wanted = known(key)?;
    let All { settings, faults } = all(ctx);
    if let Some(fault) = faults.into_iter().next() {
        return Err(fault);
    }
    let found = settings.into_iter().find(|setting| setting.row.key == wanted.key);
    ctx.ui.report(&found.expect("every row is configured"))?;
    Ok(End::Done)
}

fn set(ctx: &Ctx, key: &str, values: &[String]) -> Result<End, Failure> {
    let row = users(key)?;
    let typed: Vec<&str> = values.iter().map(String::as_str).collect();
    let value = row.takes.parse(&typed).ok_or_else(|| {
        usage("value", format!("`{key}` is {}, and not `{}`", row.takes.told(), values.join(",")))
    })?;
    let path = ctx.settings_file()?;
    update_text::<Failure>(&path, |text| {
        let mut file = user_file::parse(&path, text)?;
        user_file::set(&mut file, row.key, &value).map_err(|fault| user_file::failure(&path, fault))?;
        Ok(file.to_string())
    })?;
    ctx.ui.report(&Changed { key: row.key.to_owned(), value, path })?;
    Ok(End::Done)
}

/// Takes out what is there, even if it is none of the settings: that is how such a file is mended.
fn unset(ctx: &Ctx, key: &str) -> Result<End, Failure> {
    let path = ctx.settings_file()?;
    let there = |file: &mut DocumentMut| user_file::unset(file, key);
    update_text::<Failure>(&path, |text| {
        let mut file = user_file::parse(&path, text)?;
        if !there(&mut file) {
            users(key)?;
            let error = format!("`{key}` is not set in `{}`", path.display());
            return Err(Failure::new(Class::NotFound, "not-set", error));
        }
        Ok(file.to_string())
    })?;
    let value = Row::of(key).map_or(Value::Null, Row::built_in);
    ctx.ui.report(&Unset(Changed { key: key.to_owned(), value, path }))?;
    Ok(End::Done)
}

fn known(key: &str) -> Result<&'static Row, Failure> {
    Row::of(key).ok_or_else(|| {
        let failure = Failure::new(Class::NotFound, "no-setting", format!("there is no setting `{key}`"));
        let failure = match nearest(key, ROWS.iter().map(|row| (row.key, row.key))) {
            Some(near) => failure.help(format!("there is a setting `{near}`")),
            None => failure,
        };
        failure.help("`cargo vault config` shows them all")
    })
}

/// A setting that stands in the user's own file.
fn users(key: &str) -> Result<&'static Row, Failure> {
    let row = known(key)?;
    match row.by {
        By::User | By::RepositoryThenUser => Ok(row),
        By::Repository => Err(usage("not-the-users", format!("`{key}` is the repository's to set"))
            .help(format!("write `{key} = …` in `.vault/config.toml`, and commit it"))),
        By::Command => Err(usage("not-the-users", format!("`{key}` is no setting of a file"))
            .help("`--env NAME` or the variable `CVAULT_ENV` chooses the environment")),
    }
}

/// A value as it would be typed.
fn typed(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(names) => names.iter().map(typed).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

impl Origin {
    fn text(&self) -> String {
        match self {
            Self::BuiltIn => "built in".to_owned(),
            Self::User(_) => "your settings".to_owned(),
            Self::Repository => "`.vault/config.toml`".to_owned(),
            Self::Vault => "the vault's default".to_owned(),
            Self::Variable(name) | Self::Flag(name) => format!("`{name}`"),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BuiltIn => "built-in",
            Self::User(_) => "user",
            Self::Repository => "repository",
            Self::Vault => "vault",
            Self::Variable(_) => "variable",
            Self::Flag(_) => "flag",
        }
    }

    fn from(&self) -> Option<String> {
        match self {
            Self::BuiltIn | Self::Vault => None,
            Self::User(path) => Some(path.display().to_string()),
            Self::Repository => Some(".vault/config.toml".to_owned()),
            Self::Variable(name) | Self::Flag(name) => Some((*name).to_owned()),
        }
    }
}

impl Report for All {
    fn text(&self, page: &mut Page) {
        let row = |setting: &Configured| {
            let value = Word::plain(typed(&setting.value));
            [setting.row.key.into(), value, setting.origin.text().into(), setting.row.about.into()].to_vec()
        };
        let rows: Vec<Vec<Word>> = self.settings.iter().map(row).collect();
        page.table(&["SETTING", "VALUE", "FROM", ""], &rows);
    }

    fn json(&self) -> Value {
        let faults = self.faults.iter().map(|fault| {
            json!({ "code": fault.code, "class": fault.class, "message": fault.error, "help": fault.hints })
        });
        let settings = self.settings.iter().map(Report::json);
        json!({ "settings": settings.collect::<Vec<_>>(), "faults": faults.collect::<Vec<_>>() })
    }
}

impl Report for Configured {
    fn text(&self, page: &mut Page) {
        match &self.value {
            Value::Array(names) => names.iter().for_each(|name| page.line(typed(name))),
            value => page.line(typed(value)),
        }
    }

    fn json(&self) -> Value {
        json!({
            "key": self.row.key,
            "value": self.value,
            "origin": self.origin.code(),
            "from": self.origin.from(),
            "default": self.row.built_in(),
            "takes": self.row.takes.told(),
            "about": self.row.about,
        })
    }
}

struct Path {
    path: PathBuf,
}

impl Report for Path {
    fn text(&self, page: &mut Page) {
        page.line(self.path.display().to_string());
    }

    fn json(&self) -> Value {
        json!({ "path": self.path.display().to_string(), "sound": Settings::read(&self.path).is_ok() })
    }
}

impl Report for Changed {
    fn text(&self, page: &mut Page) {
        page.line(format!("`{}` is `{}`, in `{}`", self.key, typed(&self.value), self.path.display()));
    }

    fn json(&self) -> Value {
        json!({ "key": self.key, "value": self.value, "path": self.path.display().to_string() })
    }
}

struct Unset(Changed);

impl Report for Unset {
    fn text(&self, page: &mut Page) {
        page.line(format!("`{}` is no longer set in `{}`", self.0.key, self.0.path.display()));
    }

    fn json(&self) -> Value {
        self.0.json()
    }
}
