//! `cargo vault set`: sets a secret.

use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::{Value, json};

use super::{
    super::{End, ctx::Ctx},
    batch,
    scan::take_in,
    source,
};
use crate::{
    kernel::{
        limits,
        model::{Kind, Subject},
        name::{EnvName, SecretName},
        secret::Secret,
    },
    store::write_private,
    ui::{Failure, Page, Report},
    vault::{Draft, Hold, Written},
};

/// Set a secret
///
/// The value comes from a hidden prompt, from a pipe, or from one of the flags. One final newline is dropped unless --exact is
/// given. With --batch many are set from standard input, all or none of them: a line each as NAME=VALUE, with nothing quoted
/// and nothing dropped but the end of the line.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "cargo vault set [OPTIONS] <NAME> [VALUE]\n       cargo vault set [OPTIONS] --batch[=<FORM>]",
    after_help = "Examples:\n  cargo vault set DATABASE_URL\n  pbpaste | cargo vault set -e prod db/password\n  \
                        cargo vault set SESSION_KEY --generate=hex:64\n  cargo vault set --batch=json < secrets.json"
)]
pub(in crate::cli) struct Args {
    /// Which secret, as DATABASE_URL or db/password
    #[arg(value_parser = name, required_unless_present = "batch")]
    name: Option<SecretName>,
    /// The value; your shell's history will hold it
    #[arg(allow_hyphen_values = true)]
    value: Option<String>,
    /// Take the value from this file
    #[arg(long, value_name = "FILE", conflicts_with = "value")]
    file: Option<PathBuf>,
    /// Make a value: alphanumeric:LEN, hex:LEN, base64:LEN, uuid or age
    #[arg(long, value_name = "KIND", num_args = 0..=1, require_equals = true, default_missing_value = "alphanumeric:32")]
    #[arg(conflicts_with_all = ["value", "file"])]
    generate: Option<String>,
    /// Take what this shell command prints
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["value", "file", "generate"])]
    from_command: Option<String>,
    /// Set many from standard input: NAME=VALUE a line, the same up to a NUL, or a JSON object of strings
    #[arg(long, value_name = "FORM", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "lines")]
    #[arg(conflicts_with_all = ["name", "value", "file", "generate", "from_command", "exact", "description"])]
    pub(super) batch: Option<Form>,
    /// Keep a final newline
    #[arg(long)]
    exact: bool,
    /// What the value is: text, json, binary or userpass
    #[arg(long, value_parser = kind)]
    pub(super) kind: Option<Kind>,
    /// What it is for; everyone can read this
    #[arg(long)]
    description: Option<String>,
    /// A tag as NAME=TEXT, which everyone can read; an empty text takes it away
    #[arg(long = "tag", value_name = "NAME=TEXT", value_parser = tag)]
    pub(super) tags: Vec<(String, String)>,
    /// How many versions stay in the file, from 1 to 100
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100))]
    pub(super) keep: Option<u64>,
}

/// The forms of many values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Form {
    Lines,
    Null,
    Json,
}

/// Parses a secret's name.
pub(in crate::cli) fn name(text: &str) -> Result<SecretName, String> {
    SecretName::parse(text).map_err(|refusal| refusal.to_string())
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::parse(text).ok_or_else(|| "it is one of text, json, binary, userpass".to_owned())
}

fn tag(text: &str) -> Result<(String, String), String> {
    let (name, text) = text.split_once('=').ok_or("it is written NAME=TEXT")?;
    let sound = (1..=64).contains(&name.len());
    if sound { Ok((name.to_owned(), text.to_owned())) } else { Err("its name has 1 to 64 bytes".to_owned()) }
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let Some(name) = &args.name else { return batch::run(ctx, args) };
    // Before the vault is held, so that nobody waits for a person who types.
    let value = value(ctx, name, args)?;
    ctx.names([Subject::Secret(name.clone())]);
    let done = ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let env = ctx.one_env(vault.roster())?;
        ctx.about(None, Some(&env));
        let unlocked = vault.unlock(keyring, &ctx.ask(), std::slice::from_ref(&env))?;
        ctx.about(Some(unlocked.me()), None);
        let mut change = unlocked.begin(ctx.now)?;
        let written = change.set(&Draft {
            env: &env,
            name,
            value: &value,
            kind: args.kind,
            description: args.description.clone(),
            tags: args.tags.iter().cloned().collect(),
            keep: args.keep.or(vault.config()?.keep),
        })?;
        change.commit()?;
        take_in(ctx, vault, &env, [(name, &value)]);
        Ok(Done { env, name: name.clone(), written })
    })?;
    if value.is_empty() {
        ctx.ui.warning("the value is empty");
    }
    ctx.ui.report(&done)?;
    Ok(End::Done)
}

fn value(ctx: &Ctx, name: &SecretName, args: &Args) -> Result<Secret, Failure> {
    let text = if let Some(value) = &args.value {
        tell_of_history(ctx);
        return Ok(Secret::new(value.clone().into_bytes()));
    } else if let Some(path) = &args.file {
        source::file(&ctx.cwd.join(path))?
    } else if let Some(kind) = &args.generate {
        return source::generated(kind);
    } else if let Some(line) = &args.from_command {
        source::command(ctx, line)?
    } else if ctx.ui.stdin_is_terminal() {
        return Ok(ctx.ui.hidden_twice(&format!("Value of {name}"))?);
    } else {
        source::standard_input()?
    };
    let exact = args.exact || text.len() > limits::VALUE + 1;
    Ok(if exact { text } else { text.without_final_newline() })
}

/// Tells a person at a terminal, once, that the shell's history holds the value.
fn tell_of_history(ctx: &Ctx) {
    if !ctx.ui.can_ask() {
        return;
    }
    // The mark that it was said; where it cannot be made, it is said again.
    if write_private(&ctx.data().join("told-of-history"), b"").is_ok() || !ctx.data().exists() {
        ctx.ui.warning(
            "your shell's history holds this value now; without it on the line, you are asked for it",
        );
    }
}

struct Done {
    env: EnvName,
    name: SecretName,
    written: Written,
}

impl Report for Done {
    fn text(&self, page: &mut Page) {
        page.line(line(&self.env, &self.name, self.written));
    }

    fn json(&self) -> Value {
        let (version, word) = (self.written.number(), self.written.word());
        json!({ "env": self.env, "name": self.name, "version": version, "written": word })
    }
}

/// What became of a value, in one line.
pub(super) fn line(env: &EnvName, name: &SecretName, written: Written) -> String {
    match written {
        Written::New(number) => format!("set `{env}/{name}` (version {number})"),
        Written::Changed(number) => format!("changed `{env}/{name}` (version {number})"),
        Written::Unchanged(number) => format!("`{env}/{name}` is so already (version {number})"),
    }
}
