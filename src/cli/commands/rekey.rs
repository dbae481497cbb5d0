//! `cargo vault rekey`: new keys of environments, and every secret in them sealed anew.

use serde_json::{Value, json};

use super::{
    super::{End, ctx::Ctx, progress::told},
    member::renewed,
};
use crate::{
    ui::{Failure, Page, Report},
    vault::{Hold, Renewed},
};

/// Make new keys of environments, and seal every secret in them anew
///
/// Nobody loses anything, and no value changes: key files that are missing are made, and strays among them go. A value that
/// somebody should not know any more needs a new value, not a new seal: `cargo vault exposed` lists those.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault rekey\n  cargo vault rekey -e dev -e prod")]
pub(in crate::cli) struct Args {}

pub(in crate::cli) fn run(ctx: &Ctx, _: &Args) -> Result<End, Failure> {
    let progress = told(&ctx.ui);
    let renewed = ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let envs = ctx.all_envs(vault.roster());
        envs.iter().try_for_each(|env| vault.environment(env).map(drop))?;
        ctx.about(None, envs.first());
        let unlocked = vault.unlock_admin(keyring, &ctx.ask())?;
        ctx.about(Some(unlocked.me()), None);
        let mut change = unlocked.begin(ctx.now)?.telling(&progress);
        let renewed = change.rekey(&envs)?;
        change.commit()?;
        Ok(renewed)
    })?;
    drop(progress);
    ctx.ui.report(&Done(renewed))?;
    ctx.ui.help("commit and push `.vault`: others read under the new key from then on");
    Ok(End::Done)
}

struct Done(Vec<Renewed>);

impl Report for Done {
    fn text(&self, page: &mut Page) {
        for Renewed { env, epoch, secrets } in &self.0 {
            let plural = if *secrets == 1 { "" } else { "s" };
            page.line(format!("`{env}` has a new key: epoch {epoch}, {secrets} secret{plural} sealed anew"));
        }
    }

    fn json(&self) -> Value {
        json!({ "renewed": self.0.iter().map(renewed).collect::<Vec<_>>() })
    }
}
