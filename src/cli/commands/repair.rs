//! `cargo vault repair`: secrets that a merge or a fault left not in order are written anew.

use serde_json::{Value, json};

use super::{
    super::{End, ctx::Ctx, explain::past::short, progress::told},
    member::leaving::confirm,
    set::name,
};
use crate::{
    kernel::{
        model::Subject,
        name::{EnvName, SecretName},
    },
    ui::{Class, Failure, Page, Report},
    vault::{Hold, Repaired, Source, Unrepaired},
};

/// Write secrets anew that a merge or a fault left not in order
///
/// Without a name, all that a present writer signed under an older key is sealed under the present one: a merge leaves that of
/// a branch from before somebody left. With a name, also what somebody signed who may not write there any more, and what git's
/// history says was put back, lost or replaced: the highest revision that a writer signed is written above all that there were.
/// Where that is another value than the one that lies here you are asked.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault repair\n  cargo vault repair -e prod\n  \
                  cargo vault repair DATABASE_URL --yes")]
pub(in crate::cli) struct Args {
    /// Which secrets
    #[arg(value_parser = name)]
    names: Vec<SecretName>,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let mut names = args.names.clone();
    names.sort();
    names.dedup();
    ctx.names(names.iter().cloned().map(Subject::Secret));
    let done = if names.is_empty() { all(ctx)? } else { named(ctx, &names)? };
    ctx.ui.report(&done)?;
    for Unrepaired { env, name, .. } in &done.left {
        ctx.ui.help(&format!("`cargo vault repair -e {env} {name}` says what it takes"));
    }
    match names.is_empty() {
        _ if !done.repaired.is_empty() => {
            ctx.ui.help("commit and push `.vault`: it holds for others from then on");
        }
        true if done.left.is_empty() => {
            ctx.ui.note("no secret is under an older key: `cargo vault verify` looks through history too");
        }
        true => {}
        false => ctx.ui.note("there is nothing to repair of what was named"),
    }
    Ok(if done.left.is_empty() { End::Done } else { End::Found(Class::Refused) })
}

/// Everything that needs no question.
fn all(ctx: &Ctx) -> Result<Done, Failure> {
    let progress = told(&ctx.ui);
    ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let all = || vault.roster().environments.keys().cloned().collect();
        let envs: Vec<EnvName> = if ctx.envs.is_empty() { all() } else { ctx.envs.clone() };
        let (mut done, mut behind) = (Done::default(), Vec::new());
        for env in envs {
            if !vault.left_behind(&env)?.is_empty() {
                behind.push(env);
            }
        }
        if behind.is_empty() {
            return Ok(done);
        }
        let unlocked = vault.unlock(keyring, &ctx.ask(), &behind)?;
        ctx.about(Some(unlocked.me()), behind.first());
        let mut change = unlocked.begin(ctx.now)?.telling(&progress);
        for env in &behind {
            let (repaired, left) = change.repair_all(env)?;
            done.repaired.extend(repaired);
            done.left.extend(left);
        }
        change.commit()?;
        Ok(done)
    })
}

/// Each that is named, once a person has agreed.
fn named(ctx: &Ctx, names: &[SecretName]) -> Result<Done, Failure> {
    let progress = told(&ctx.ui);
    let (env, sources) = ctx.with_vault(Hold::Shared, |vault, _| {
        let env = ctx.one_env(vault.roster())?;
        let sources = names.iter().map(|name| vault.source(&env, name, &progress));
        let sources = sources.collect::<Result<Vec<_>, _>>()?;
        Ok((env, sources))
    })?;
    let found = names.iter().zip(sources).filter_map(|(name, source)| Some((name, source?)));
    let found: Vec<(&SecretName, Source)> = found.collect();
    for (name, source) in found.iter().filter(|(_, source)| source.is_asked()) {
        confirm(ctx, &question(&env, name, source), &format!("cargo vault repair -e {env} {name}"))?;
    }
    let mut done = Done::default();
    if found.is_empty() {
        return Ok(done);
    }
    ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let unlocked = vault.unlock(keyring, &ctx.ask(), std::slice::from_ref(&env))?;
        ctx.about(Some(unlocked.me()), Some(&env));
        let mut change = unlocked.begin(ctx.now)?.telling(&progress);
        for (name, source) in found {
            done.repaired.push(change.repair((&env, name), source, &progress)?);
        }
        change.commit()?;
        Ok(done)
    })
}

/// What a person is asked.
fn question(env: &EnvName, name: &SecretName, source: &Source) -> String {
    match source {
        Source::Former { writer } => {
            format!("take over what `{writer}`, who may not write there any more, signed as `{env}/{name}`")
        }
        Source::Commit { commit, revision, found, former } => {
            let by = former.as_ref().map(|former| format!(" that `{former}`, no writer any more, signed"));
            let here = found.map(|found| format!(" in the place of revision {found}"));
            format!(
                "take revision {revision} of `{env}/{name}`{} from commit {}{}",
                by.unwrap_or_default(),
                short(commit),
                here.unwrap_or_default()
            )
        }
        Source::Older { .. } | Source::Here { .. } => format!("write `{env}/{name}` anew"),
    }
}

#[derive(Default)]
struct Done {
    repaired: Vec<Repaired>,
    left: Vec<Unrepaired>,
}

/// What became of a secret.
fn line(Repaired { env, name, source }: &Repaired) -> String {
    match source {
        Source::Older { epoch } => {
            format!("`{env}/{name}` is sealed under the present key: it was under that of epoch {epoch}")
        }
        Source::Former { writer } => {
            format!(
                "`{env}/{name}`, which `{writer}` signed, is signed by you and sealed under the present key"
            )
        }
        Source::Here { commit, revision } => {
            let above = format!("stands above revision {revision} of commit {}", short(commit));
            format!("`{env}/{name}` has the value from here, and {above}")
        }
        Source::Commit { commit, revision, .. } => {
            format!(
                "`{env}/{name}` has the value of revision {revision} again, from commit {}",
                short(commit)
            )
        }
    }
}

fn word(source: &Source) -> &'static str {
    match source {
        Source::Older { .. } => "older-key",
        Source::Former { .. } => "former-writer",
        Source::Here { .. } => "here",
        Source::Commit { .. } => "commit",
    }
}

impl Report for Done {
    fn text(&self, page: &mut Page) {
        self.repaired.iter().for_each(|repaired| page.line(line(repaired)));
        for Unrepaired { env, name, fault } in &self.left {
            page.line(format!("`{env}/{name}` is left: {fault}"));
        }
    }

    fn json(&self) -> Value {
        let repaired = self.repaired.iter().map(|Repaired { env, name, source }| {
            let commit = match source {
                Source::Here { commit, .. } | Source::Commit { commit, .. } => Some(commit),
                Source::Older { .. } | Source::Former { .. } => None,
            };
            json!({ "env": env, "name": name, "from": word(source), "commit": commit })
        });
        let left = self.left.iter().map(|Unrepaired { env, name, fault }| {
            let failure = Failure::from_ref(fault);
            json!({ "env": env, "name": name, "code": failure.code, "message": failure.error })
        });
        json!({ "repaired": repaired.collect::<Vec<_>>(), "left": left.collect::<Vec<_>>() })
    }
}
