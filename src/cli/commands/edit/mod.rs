//! `cargo vault edit`: one secret, or all of an environment, in the person's editor.

mod desk;
mod sitting;

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{
    super::{End, ctx::Ctx},
    set::{self, name},
};
use crate::{
    kernel::name::{EnvName, SecretName},
    run::keep,
    ui::{Class, Failure, Page, Report},
    vault::Written,
};
pub(super) use desk::Desk;
use sitting::Sitting;

/// Edit secrets in your editor
///
/// With a name its value, as it is; one final newline is dropped where the value had none. Without, all that the environment has of
/// its own, as TOML: a line that you change, add or take away changes, adds or removes a secret, all of it or nothing. Removing is
/// asked once more. A mistake is shown, and the text can be edited again.
///
/// The editor is what VISUAL or EDITOR says, else vi. The text lies in memory and is gone when the editor is, however it ends.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault edit DATABASE_URL\n  cargo vault edit -e prod\n  \
                        EDITOR='code --wait' cargo vault edit -e prod db/password")]
pub(in crate::cli) struct Args {
    /// Which secret
    #[arg(value_parser = name)]
    name: Option<SecretName>,
    /// Where there is no folder in memory, edit on a disk without asking
    #[arg(long)]
    on_disk: bool,
    /// Keep a folder for an editor, in this one
    #[arg(long, hide = true, value_name = "DIR")]
    keep_in: Option<PathBuf>,
}

impl Args {
    /// Whether this is only the keeper of a folder, which needs nothing of its user's.
    pub(in crate::cli) fn keeps(&self) -> bool {
        self.keep_in.is_some()
    }
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    if let Some(parent) = &args.keep_in {
        let failed =
            |error| Failure::new(Class::Refused, "edit", format!("the folder was not kept: {error}"));
        return keep(parent, "edit").map(|()| End::Done).map_err(failed);
    }
    let mut sitting = Sitting::begun(ctx, args.name.as_ref())?;
    let desk = Desk::laid(ctx, args.on_disk, &sitting.file_name(), &sitting.text())?;
    let done = loop {
        let text = desk.edited(ctx)?;
        match sitting.taken(ctx, &text) {
            Ok(done) => break done,
            Err(failure) => again(ctx, failure)?,
        }
    };
    if done.written.is_empty() && done.removed.is_empty() {
        desk.unchanged(ctx);
    }
    ctx.ui.report(&done)?;
    Ok(End::Done)
}

/// Shows a mistake, and asks whether to go on; who gives up is told what that means.
pub(super) fn again(ctx: &Ctx, failure: Failure) -> Result<(), Failure> {
    const GONE: &str = "nothing was changed, and what was typed is gone";
    if !ctx.ui.can_ask() {
        return Err(failure.detail("text", GONE));
    }
    ctx.ui.failure(&failure);
    if ctx.ui.confirm("Edit it again?", true)? {
        return Ok(());
    }
    Err(Failure::new(failure.class, "given-up", GONE))
}

/// What was done.
struct Done {
    env: EnvName,
    written: Vec<(SecretName, Written)>,
    removed: Vec<SecretName>,
}

impl Report for Done {
    fn text(&self, page: &mut Page) {
        self.written.iter().for_each(|(name, written)| page.line(set::line(&self.env, name, *written)));
        self.removed.iter().for_each(|name| page.line(format!("removed `{}/{name}`", self.env)));
    }

    fn json(&self) -> Value {
        let secrets = self.written.iter().map(
            |(name, written)| json!({ "name": name, "version": written.number(), "written": written.word() }),
        );
        json!({ "env": self.env, "secrets": secrets.collect::<Vec<_>>(), "removed": self.removed })
    }
}
