//! `cargo-vault __hook SHELL`: what the hook of a shell calls before each prompt, and evaluates.
//!
//! Nothing is asked. Where nothing changed since the last prompt, files are looked at from outside alone: no key and no value is
//! opened. What a shell holds stands in a variable of its own; see `run::shell`.

mod direnv;
mod sights;

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    process::ExitCode,
};

use super::{Class, Failure, World, args::Globals, commands::read, ctx::Ctx, reveal};
use crate::{
    audit::Durable,
    interchange::{Shell, statements},
    kernel::{
        model::{Action, Outcome, Subject},
        name::{EnvName, SecretName},
        seal::Passphrase,
        secret::Secret,
    },
    run::{Given, HELD, Held, Now, TooMuch, Turn, Unfit, Variables, variables},
    store::StoreError,
    unlock::{Ask, Origin, Unasked},
    vault::{Allowance, Allowances, Hold},
};
use sights::Sights;

/// What is typed to call this.
pub(super) const NAME: &str = "__hook";
/// So many variables are named on one line.
const TOLD: usize = 20;

/// The words that call this, if they do.
pub(super) fn called(args: &[OsString]) -> Option<&[OsString]> {
    let [_, name, words @ ..] = args else { return None };
    (name == OsStr::new(NAME)).then_some(words)
}

/// Answers a shell. What it does not evaluate goes to the person.
pub(super) fn answer(world: World, words: &[OsString]) -> ExitCode {
    let Some((shell, rest)) = words.split_first() else { return Class::Usage.into() };
    let no_color = world.env.get(OsStr::new("NO_COLOR")).is_some_and(|value| !value.is_empty());
    let Ok(mut ctx) = Ctx::new(world, &Globals::default(), no_color) else { return Class::Usage.into() };
    ctx.silent = true;
    let script = match (shell.to_str(), rest) {
        (Some("direnv"), envs) => Some(direnv::answer(&ctx, envs)),
        (Some(name), []) => match spoken(name) {
            Some(shell) => prompt(&ctx, shell),
            None => return Class::Usage.into(),
        },
        _ => return Class::Usage.into(),
    };
    match script.map(|script| reveal::print(&ctx.ui, &script)) {
        None | Some(Ok(())) => ExitCode::SUCCESS,
        // The shell evaluates nothing of it then.
        Some(Err(_)) => Class::Refused.into(),
    }
}

/// The shell of a name.
fn spoken(name: &str) -> Option<Shell> {
    Some(match name {
        "bash" => Shell::Bash,
        "zsh" => Shell::Zsh,
        "fish" => Shell::Fish,
        "powershell" => Shell::Powershell,
        "nushell" => Shell::Nushell,
        _ => return None,
    })
}

/// What a shell evaluates before a prompt; nothing where nothing changed.
fn prompt(ctx: &Ctx, shell: Shell) -> Option<Secret> {
    let variable = ctx.variable(HELD);
    let held = variable.and_then(Held::parse);
    let sights = match ctx.find() {
        Ok(place) => Some(Sights::of(ctx, place)),
        Err(StoreError::NotFolder { path }) => Some(Sights::of_no_folder(ctx, path)),
        Err(_) if variable.is_none() => return None,
        Err(_) => None,
    };
    if let (Some(held), Some(sights)) = (&held, &sights)
        && held.place == sights.vault()
        && held.seen == sights.seen(&held.envs)
    {
        return None;
    }
    let key = Allowances::open(ctx.data()).mark_key();
    let now = Now {
        env: &ctx.env,
        held: held.as_ref().map_or(&[], |held| &held.loaded),
        key: key.as_deref(),
        same: held
            .as_ref()
            .is_some_and(|held| sights.as_ref().is_some_and(|sights| held.place == sights.vault())),
    };
    let found = sights.map(|sights| Found::at(ctx, shell, &sights, &[]));
    let (turn, holds) = turned(ctx, &now, found);
    Some(script(shell, &turn, holds.as_ref()))
}

/// What a folder has for a shell: values, or why there are none.
struct Found {
    values: Result<Variables, Failure>,
    held: Held,
}

impl Found {
    /// Looks for allowed environments, or for these among them.
    fn at(ctx: &Ctx, shell: Shell, sights: &Sights, asked: &[EnvName]) -> Self {
        let allowance = Allowances::open(ctx.data()).of(sights.vault());
        let envs = allowance.as_ref().map(|allowance| &allowance.envs[..]).unwrap_or_default();
        // Before anything is read, so that what changes meanwhile is seen at the next prompt.
        let before = sights.seen(envs);
        let loaded = match (&allowance, asked.iter().find(|env| !envs.contains(env))) {
            (None, _) => Err(not_allowed()),
            (Some(_), Some(env)) => Err(other_environment(envs, env)),
            (Some(allowance), None) if asked.is_empty() => load(ctx, sights, allowance, envs),
            (Some(allowance), None) => load(ctx, sights, allowance, asked),
        };
        let held = |seen, envs| Held { place: sights.vault().to_owned(), seen, envs, loaded: Vec::new() };
        match loaded {
            Ok(Opened { given, seen, envs }) => {
                let values = variables(given, &ctx.settings.run.allow, |value| shell.carries(value));
                Self { values: Ok(values), held: held(seen, envs) }
            }
            Err(failure) => Self { values: Err(failure), held: held(before, envs.to_vec()) },
        }
    }
}

/// Says what changes, and makes it.
fn turned(ctx: &Ctx, now: &Now<'_>, found: Option<Found>) -> (Turn, Option<Secret>) {
    let back = || now.turn(BTreeMap::new()).expect("what was there before was not too much");
    let Some(Found { values, mut held }) = found else {
        let turn = back();
        say_changes(ctx, now.told(&turn), &[]);
        return (turn, None);
    };
    let loaded = values.and_then(|Variables { fit, unfit }| Ok((whole(now.turn(fit), &mut held)?, unfit)));
    let (turn, unfit) = loaded.unwrap_or_else(|failure| {
        say_none(ctx, &failure);
        (back(), Vec::new())
    });
    held.loaded.clone_from(&turn.loaded);
    say_changes(ctx, now.told(&turn), &unfit);
    (turn, held.print())
}

/// A turn whose state a variable can hold.
fn whole(turn: Result<Turn, TooMuch>, held: &mut Held) -> Result<Turn, Failure> {
    let too_much = |_| Failure::new(Class::Refused, "too-much", TooMuch.to_string());
    let turn = turn.map_err(too_much)?;
    held.loaded.clone_from(&turn.loaded);
    if held.print().is_some() { Ok(turn) } else { Err(too_much(TooMuch)) }
}

/// What is held comes first, so that whatever stops the rest, the shell knows what to put back.
fn script(shell: Shell, turn: &Turn, holds: Option<&Secret>) -> Secret {
    let mut set: Vec<(&str, &Secret)> = holds.map(|holds| (HELD, holds)).into_iter().collect();
    set.extend(turn.set.iter().map(|(name, value)| (name.as_str(), value)));
    let mut unset: Vec<&str> = turn.unset.iter().map(String::as_str).collect();
    unset.extend(holds.is_none().then_some(HELD));
    statements(shell, &set, &unset)
}

/// What was opened, and what it looked like before.
struct Opened {
    given: Vec<Given>,
    seen: [u8; 16],
    envs: Vec<EnvName>,
}

/// Opens the values of allowed environments, and tells the audit log.
fn load(ctx: &Ctx, sights: &Sights, allowance: &Allowance, envs: &[EnvName]) -> Result<Opened, Failure> {
    if let Some(fault) = ctx.faults.first() {
        return Err(fault.clone());
    }
    let opened = ctx.with_vault(Hold::Shared, |vault, keyring| {
        if !vault.is_allowed(allowance)? {
            return Err(another_vault());
        }
        ctx.about(None, envs.last());
        let all = vault.with_extended(envs);
        let seen = sights.seen(&all);
        let unlocked = vault.unlock(keyring, &Nobody, envs)?;
        ctx.about(Some(unlocked.me()), None);
        let opened = unlocked.all(envs, |_| true)?;
        let given = opened.into_iter().map(|opened| Given { name: opened.record.name, value: opened.value });
        Ok(Opened { given: given.collect(), seen, envs: all })
    });
    match &opened {
        Ok(opened) => {
            ctx.names(opened.given.iter().map(|given| Subject::Secret(given.name.clone())));
            read(ctx, Action::Load);
        }
        // At a prompt nobody reads that it could not be written down.
        Err(failure) => {
            drop(ctx.record(Action::Load, Outcome::Refused { code: failure.code }, Durable::Later))
        }
    }
    opened
}

/// At a prompt nobody is asked.
struct Nobody;

impl Ask for Nobody {
    fn passphrase(&self, _: &Origin) -> Result<Passphrase, Unasked> {
        Err(Unasked::NoTerminal)
    }
}

fn not_allowed() -> Failure {
    Failure::new(Class::Refused, "not-allowed", "`.vault` here is not allowed to load: `cargo vault allow`")
}

fn other_environment(allowed: &[EnvName], env: &EnvName) -> Failure {
    let flags: String = allowed.iter().chain([env]).map(|env| format!(" -e {env}")).collect();
    let what = format!("`{env}` is not allowed to load here: `cargo vault allow{flags}`");
    Failure::new(Class::Refused, "not-allowed", what)
}

fn another_vault() -> Failure {
    let what =
        "`.vault` here is not the one that was allowed, or older, or forked: look, then `cargo vault allow`";
    Failure::new(Class::Tampered, "not-allowed", what)
}

/// Why nothing is loaded, on one line.
fn say_none(ctx: &Ctx, failure: &Failure) {
    let which = failure.details.iter().find(|(name, _)| name == "your keys");
    let key = which.map(|(_, key)| format!(": {key}")).unwrap_or_default();
    let before = if failure.code == "not-allowed" { "" } else { "nothing loaded: " };
    ctx.ui.status(&format!("cargo vault: {before}{}{key}", failure.error));
}

/// Which variables change, by name.
fn say_changes(ctx: &Ctx, mut told: Vec<String>, unfit: &[(SecretName, Unfit)]) {
    if told.len() > TOLD {
        let more = told.split_off(TOLD).len();
        told.push(format!("and {more} more"));
    }
    let left_out = unfit.iter().map(|(name, unfit)| format!("without `{name}`: {}", unfit.why()));
    let parts: Vec<String> =
        Some(told.join(" ")).filter(|told| !told.is_empty()).into_iter().chain(left_out).collect();
    if !parts.is_empty() {
        ctx.ui.status(&format!("cargo vault: {}", parts.join("; ")));
    }
}
