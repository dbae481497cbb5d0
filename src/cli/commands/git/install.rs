//! `cargo vault git install`: git merges and shows secrets by this program.

use std::{env::current_exe, path::Path};

use serde_json::{Value, json};

use super::{
    super::super::{End, ctx::Ctx},
    clone,
};
use crate::{
    store::Marked,
    ui::{Class, Failure, Page, Report, printable},
    vault::{Attached, attach},
};

/// Have git merge and show secrets by this program, in this clone
///
/// Two branches that changed one secret are then merged where they can be, by whoever has a key at hand, and `git diff`, `git show`
/// and `git log -p` say who set which version in place of sealed bytes. It is written into the clone's own configuration, which no
/// commit brings: each clone is asked for itself.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault git install\n  cargo vault git install --json")]
pub(in crate::cli) struct Args {}

pub(in crate::cli) fn run(ctx: &Ctx, _: &Args) -> Result<End, Failure> {
    let git = clone(ctx)?;
    let exe = current_exe().ok();
    let program = exe.as_deref().and_then(written).ok_or_else(|| {
        let what = "the path of this program's file cannot stand in git's configuration";
        Failure::new(Class::Refused, "no-program-path", what)
    })?;
    let done = Done { attached: attach(&git, program)?, program: program.to_owned() };
    ctx.ui.report(&done)?;
    if done.attached.became != Marked::Unchanged {
        ctx.ui.help("`git log -p -- .vault` shows what became of each secret; `cargo vault git uninstall` takes it back");
    }
    Ok(End::Done)
}

/// A path that can stand there: whole, and text of which nothing steers a terminal.
fn written(exe: &Path) -> Option<&str> {
    exe.to_str().filter(|text| exe.is_absolute() && printable(text) == *text)
}

struct Done {
    attached: Attached,
    program: String,
}

/// The word for a program.
pub(super) fn word(became: Marked) -> &'static str {
    match became {
        Marked::New => "new",
        Marked::Changed => "changed",
        Marked::Unchanged => "unchanged",
        Marked::Removed => "removed",
    }
}

impl Report for Done {
    fn text(&self, page: &mut Page) {
        let already = if self.attached.became == Marked::Unchanged { " already" } else { "" };
        page.line(format!("git merges and shows secrets by this program{already}, in this clone"));
        page.pairs(&[
            ("program", self.program.clone()),
            ("written to", self.attached.config.display().to_string()),
        ]);
    }

    fn json(&self) -> Value {
        json!({
            "program": self.program,
            "config": self.attached.config.display().to_string(),
            "written": word(self.attached.became),
        })
    }
}
