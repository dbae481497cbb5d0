//! `cargo vault rm`: removes secrets.

use serde_json::{Value, json};

use super::{
    super::{End, ctx::Ctx},
    set::name,
};
use crate::{
    kernel::{
        model::Subject,
        name::{EnvName, SecretName},
    },
    ui::{Failure, Page, Report},
    vault::Hold,
};

/// Remove secrets
///
/// A signed tombstone stays, so that nobody can put an old value back. Git history keeps the sealed values: what was readable
/// once stays readable to whoever could.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cargo vault rm SESSION_KEY\n  cargo vault rm -e prod db/user db/password"
)]
pub(in crate::cli) struct Args {
    /// Which secrets
    #[arg(required = true, value_parser = name)]
    names: Vec<SecretName>,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let mut names = args.names.clone();
    names.sort();
    names.dedup();
    ctx.names(names.iter().cloned().map(Subject::Secret));
    let env = ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let env = ctx.one_env(vault.roster())?;
        ctx.about(None, Some(&env));
        let unlocked = vault.unlock(keyring, &ctx.ask(), std::slice::from_ref(&env))?;
        ctx.about(Some(unlocked.me()), None);
        let mut change = unlocked.begin(ctx.now)?;
        for name in &names {
            change.remove(&env, name)?;
        }
        change.commit()?;
        Ok(env)
    })?;
    ctx.ui.report(&Done { env, names })?;
    Ok(End::Done)
}

struct Done {
    env: EnvName,
    names: Vec<SecretName>,
}

impl Report for Done {
    fn text(&self, page: &mut Page) {
        self.names.iter().for_each(|name| page.line(format!("removed `{}/{name}`", self.env)));
    }

    fn json(&self) -> Value {
        json!({ "env": self.env, "removed": self.names })
    }
}
