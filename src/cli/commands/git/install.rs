//! `cargo vault git install`: git merges and shows secrets by this program, and searches what is to be committed.

use std::{env::current_exe, path::Path};

use serde_json::{Value, json};

use super::{
    super::super::{End, ctx::Ctx},
    clone, not_written,
};
use crate::{
    store::Marked,
    ui::{Class, Failure, Page, Report, printable},
    vault::{Attached, Hook, Keeper, attach, attach_hook, is_attached},
};

/// Have git merge and show secrets by this program, in this clone
///
/// Two branches that changed one secret are then merged where they can be, by whoever has a key at hand, and `git diff`, `git show`
/// and `git log -p` say who set which version in place of sealed bytes. Before each commit `cargo vault scan --staged` looks for secrets
/// in it. All of it is written into the clone's own git folder, which no commit brings: each clone is asked for itself. Hooks that
/// another program keeps are left as they are.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault git install\n  cargo vault git install --no-hook")]
pub(in crate::cli) struct Args {
    /// Leave the hook before a commit as it is
    #[arg(long)]
    no_hook: bool,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let done = install(ctx, !args.no_hook)?;
    ctx.ui.report(&done)?;
    done.advise(ctx);
    if done.attached.became != Marked::Unchanged {
        ctx.ui.help(
            "`git log -p -- .vault` shows what became of each secret; `cargo vault git uninstall` takes it back",
        );
    }
    Ok(End::Done)
}

/// Offers the same after a vault was made in a clone; `--yes` takes it, and without a terminal it is only said.
pub(in crate::cli::commands) fn offer(ctx: &Ctx) {
    let Ok((git, _)) = clone(ctx) else { return };
    let look = ctx.ui.look();
    if is_attached(&git) || look.quiet && !ctx.yes {
        return;
    }
    let asks = !ctx.yes && ctx.ui.stdin_is_terminal() && ctx.ui.can_ask() && !look.json;
    if asks
        && !ctx
            .ui
            .confirm("Have git merge and show secrets by this program, in this clone?", true)
            .unwrap_or(false)
    {
        return;
    }
    if !asks && !ctx.yes {
        ctx.ui
            .help("`cargo vault git install` has git merge and show secrets by this program, in this clone");
        return;
    }
    match install(ctx, true) {
        Ok(done) => {
            ctx.ui.status("git merges and shows secrets by this program, in this clone");
            done.advise(ctx);
        }
        // The vault is made: that git does not know of it is no failure.
        Err(failure) => ctx.ui.warning(&format!("git merges secrets as text here: {}", failure.error)),
    }
}

/// Has git call this program in the clone here.
fn install(ctx: &Ctx, with_hook: bool) -> Result<Done, Failure> {
    let (git, top) = clone(ctx)?;
    let exe = current_exe().ok();
    let program = exe.as_deref().and_then(written).ok_or_else(|| {
        let what = "the path of this program's file cannot stand in git's configuration";
        Failure::new(Class::Refused, "no-program-path", what)
    })?;
    let hook = if with_hook { Some(attach_hook(&git, &top, program)?) } else { None };
    Ok(Done {
        attached: attach(&git, program).map_err(|e| not_written(&e))?,
        hook,
        program: program.to_owned(),
    })
}

/// A path that can stand there: whole, and text of which nothing steers a terminal.
fn written(exe: &Path) -> Option<&str> {
    exe.to_str().filter(|text| exe.is_absolute() && printable(text) == *text)
}

/// What whoever keeps the hooks adds there.
fn added(path: &Path, keeper: Keeper) -> String {
    let path = path.display();
    match keeper {
        Keeper::HooksPath | Keeper::Husky | Keeper::Own => {
            format!(
                "`{path}` was left as it is: have it call `cargo-vault scan --staged`, and end where that fails"
            )
        }
        Keeper::PreCommit => format!(
            "`{path}` was left as it is: add a local hook with `entry: cargo-vault scan --staged`, `language: system`, `pass_filenames: false`"
        ),
        Keeper::Lefthook => format!(
            "`{path}` was left as it is: add a command to `pre-commit` with `run: cargo-vault scan --staged`"
        ),
    }
}

/// What was written where.
struct Done {
    attached: Attached,
    hook: Option<Hook>,
    program: String,
}

impl Done {
    fn advise(&self, ctx: &Ctx) {
        if let Some(Hook::Left(path, keeper)) = &self.hook {
            ctx.ui.help(&added(path, *keeper));
        }
    }
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
        let mut pairs =
            vec![("program", self.program.clone()), ("written to", self.attached.path.display().to_string())];
        if let Some(Hook::Written(hook)) = &self.hook {
            pairs.push(("hook", hook.path.display().to_string()));
        }
        page.pairs(&pairs);
    }

    fn json(&self) -> Value {
        let hook = self.hook.as_ref().map(|hook| match hook {
            Hook::Written(Attached { path, became }) => {
                json!({ "path": path.display().to_string(), "written": word(*became) })
            }
            Hook::Left(path, _) => json!({ "path": path.display().to_string(), "written": "left" }),
        });
        json!({
            "program": self.program,
            "config": self.attached.path.display().to_string(),
            "written": word(self.attached.became),
            "hook": hook,
        })
    }
}
