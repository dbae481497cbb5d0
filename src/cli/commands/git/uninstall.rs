//! `cargo vault git uninstall`: git merges and shows secrets as text again.

use serde_json::{Value, json};

use super::{
    super::super::{End, ctx::Ctx},
    clone,
    install::word,
    not_written,
};
use crate::{
    store::Marked,
    ui::{Failure, Page, Report},
    vault::{Attached, detach},
};

/// Have git merge and show secrets as text again, in this clone
///
/// What `cargo vault git install` wrote is taken out, and every other byte of the clone's configuration and of its hook stays as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault git uninstall\n  cargo vault git uninstall --json")]
pub(in crate::cli) struct Args {}

pub(in crate::cli) fn run(ctx: &Ctx, _: &Args) -> Result<End, Failure> {
    let (git, _) = clone(ctx)?;
    let done = Done(detach(&git).map_err(|e| not_written(&e))?);
    ctx.ui.report(&done)?;
    Ok(End::Done)
}

struct Done([Attached; 2]);

impl Report for Done {
    fn text(&self, page: &mut Page) {
        let [config, hook] = &self.0;
        page.line(match (config.became, hook.became) {
            (Marked::Unchanged, Marked::Unchanged) => {
                "git merges and shows secrets as text already, in this clone"
            }
            _ => "git merges and shows secrets as text again, in this clone",
        });
    }

    fn json(&self) -> Value {
        let [config, hook] = &self.0;
        json!({
            "config": config.path.display().to_string(),
            "written": word(config.became),
            "hook": { "path": hook.path.display().to_string(), "written": word(hook.became) },
        })
    }
}
