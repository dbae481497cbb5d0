//! `cargo vault rollback`: sets a secret to a value that it had before.

use serde_json::{Value, json};

use super::{
    super::{End, ctx::Ctx, explain::past::short},
    set::name,
};
use crate::{
    kernel::{
        model::Subject,
        name::{EnvName, SecretName},
    },
    ui::{Failure, Page, Report},
    vault::{Hold, RolledBack, Written},
};

/// Set a secret to a value that it had before
///
/// The value becomes a new version, and numbers go on: history stays as it was. A version that the file has no more is taken from
/// git, where you have a key that could read it. Who knew the value then knows it still, and `exposed` goes on naming it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault rollback DATABASE_URL --to 1\n  \
                        cargo vault rollback -e prod db/password --to 1")]
pub(in crate::cli) struct Args {
    /// Which secret
    #[arg(value_parser = name)]
    name: SecretName,
    /// The version whose value it should have
    #[arg(long, value_name = "N", required = true)]
    to: u64,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    ctx.names([Subject::Secret(args.name.clone())]);
    let done = ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let env = ctx.one_env(vault.roster())?;
        ctx.about(None, Some(&env));
        let unlocked = vault.unlock(keyring, &ctx.ask(), std::slice::from_ref(&env))?;
        ctx.about(Some(unlocked.me()), None);
        let mut change = unlocked.begin(ctx.now)?;
        let rolled = change.roll_back(&env, &args.name, args.to)?;
        change.commit()?;
        Ok(Done { env, name: args.name.clone(), to: args.to, rolled })
    })?;
    ctx.ui.report(&done)?;
    let Done { env, name, rolled, .. } = &done;
    if let Some(former) = &rolled.former {
        ctx.ui.warning(&format!("`{former}` signed this, with a key that is a former one by now"));
    }
    for known in &rolled.exposed {
        ctx.ui.warning(&format!("`{known}` could read this value, and should not know it any more"));
    }
    if !rolled.exposed.is_empty() {
        ctx.ui.help(&format!(
            "`cargo vault set -e {env} {name}` gives it a new value, once it has one where it counts"
        ));
    }
    Ok(End::Done)
}

struct Done {
    env: EnvName,
    name: SecretName,
    to: u64,
    rolled: RolledBack,
}

impl Report for Done {
    fn text(&self, page: &mut Page) {
        let Self { env, name, to, rolled } = self;
        let number = rolled.written.number();
        let from = rolled.commit.as_ref().map(|commit| format!(", from commit {}", short(commit)));
        page.line(match rolled.written {
            Written::Unchanged(_) => {
                format!("`{env}/{name}` has the value of version {to} already (version {number})")
            }
            _ => format!(
                "`{env}/{name}` has the value of version {to} again (version {number}){}",
                from.unwrap_or_default()
            ),
        });
    }

    fn json(&self) -> Value {
        let Self { env, name, to, rolled } = self;
        json!({
            "env": env,
            "name": name,
            "to": to,
            "version": rolled.written.number(),
            "written": rolled.written.word(),
            "commit": rolled.commit,
            "former": rolled.former,
            "exposed": rolled.exposed,
        })
    }
}
