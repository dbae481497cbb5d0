//! `cargo vault show`: prints a value as it is or was, and says what it is.

use clap::ValueHint;

use super::{
    super::{End, ctx::Ctx, explain::past::short},
    get::Out,
    set::name,
};
use crate::{
    kernel::{model::Subject, name::SecretName},
    ui::Failure,
    unlock::Keyring,
    vault::{Hold, Opened, OpenedThen, Vault},
};

/// Print a secret's value as it is or was, and say what it is
///
/// A version that the file has no more is looked for in git's history, and opened with the key of then: by whoever has a key that
/// could read it. Standard output gets the value, as by `get`; standard error who set it, when, and in which commit it lies.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cargo vault show DATABASE_URL\n  cargo vault show DATABASE_URL --version 1\n  \
                        cargo vault show -e prod db/password --at HEAD"
)]
pub(in crate::cli) struct Args {
    /// Which secret
    #[arg(value_parser = name)]
    name: SecretName,
    /// This version, wherever it is
    #[arg(long, value_name = "N")]
    version: Option<u64>,
    /// As this commit has it, as a tag or another branch
    #[arg(long, value_name = "REV", value_hint = ValueHint::Other)]
    at: Option<String>,
    #[command(flatten)]
    out: Out,
}

/// A value, out of the work tree or a commit.
enum Found {
    Here(Opened),
    Then(OpenedThen),
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    ctx.names([Subject::Secret(args.name.clone())]);
    let found = ctx.with_vault(Hold::Shared, |vault, keyring| match &args.at {
        Some(at) => at_commit(ctx, (vault, keyring), at, (&args.name, args.version)).map(Found::Then),
        None => found(ctx, (vault, keyring), args),
    })?;
    let (opened, then) = match &found {
        Found::Here(opened) => (opened, None),
        Found::Then(then) => (&then.opened, Some(then)),
    };
    tell(ctx, opened, then);
    let number = opened.number;
    let at = args.at.as_ref().map(|at| format!(" --at {at}")).unwrap_or_default();
    args.out.give(ctx, opened, then, &format!("show {} --version {number}{at}", args.name))
}

/// What lies in the work tree, or else in the newest commit that has the version.
fn found(ctx: &Ctx, (vault, keyring): (&Vault<'_>, Keyring), args: &Args) -> Result<Found, Failure> {
    let env = ctx.one_env(vault.roster())?;
    ctx.about(None, Some(&env));
    if let Some(number) = args.version
        && !vault.has_version(&env, &args.name, number)?
    {
        let then = vault.open_version(keyring, &ctx.ask(), (&env, &args.name), number)?;
        return Ok(Found::Then(then));
    }
    let opened = vault.steady_unlocked(keyring, &ctx.ask(), std::slice::from_ref(&env), |unlocked| {
        ctx.about(Some(unlocked.me()), None);
        Ok::<_, Failure>(unlocked.get(&env, &args.name, args.version)?)
    })?;
    Ok(Found::Here(opened))
}

/// What a commit has.
pub(super) fn at_commit(
    ctx: &Ctx,
    (vault, keyring): (&Vault<'_>, Keyring),
    at: &str,
    (name, number): (&SecretName, Option<u64>),
) -> Result<OpenedThen, Failure> {
    let then = vault.at(at)?;
    let env = ctx.one_env(then.roster())?;
    ctx.about(None, Some(&env));
    let unlocked = then.unlock(keyring, &ctx.ask(), &env)?;
    ctx.about(Some(unlocked.me()), None);
    Ok(unlocked.get(&env, name, number)?)
}

fn tell(ctx: &Ctx, opened: &Opened, then: Option<&OpenedThen>) {
    let Opened { record, number, .. } = opened;
    let version = record.versions.iter().find(|version| version.number == *number);
    let set = version.map(|version| format!(", set by {} on {}", version.author, version.created));
    let at = then.map(|then| format!(", as commit {} of {} has it", short(&then.commit), then.at));
    let (set, at) = (set.unwrap_or_default(), at.unwrap_or_default());
    ctx.ui.note(&format!("`{}/{}` version {number}{set}{at}", record.env, record.name));
}
