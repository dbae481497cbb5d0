//! `cargo vault resolve`: two branches of the vault that git could not merge are brought together.

use clap::ValueHint;
use serde_json::{Value, json};

use super::{
    super::{End, changes, ctx::Ctx, explain::past::short, progress::told},
    choose,
    member::renewed,
};
use crate::{
    git::Operation,
    ui::{Class, Failure, Page, Report},
    vault::{Left, LeftSecret, Renewed, Resolved, RosterChange},
};

/// Bring two branches together whose rosters, keys or secrets git could not merge
///
/// In the middle of `git merge`, `git rebase`, `git cherry-pick` or `git pull` it reads both sides from their commits, verifies
/// each, and adds one line to the log of the side that others have already, for all that the other side changed. What either side
/// took from somebody is gone, and an environment that either gave a new key gets one above both. Only an admin does this who
/// writes every environment concerned. A secret that both sides gave a value of their own stays for you to decide:
/// with a name, and one of --ours, --theirs, --value and --edit, it is signed anew above both.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault resolve\n  cargo vault resolve DATABASE_URL --theirs\n  \
                  cargo vault resolve --all --ours")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    choice: choose::Decision,
    /// Bring in again what this commit before HEAD has, and a merge since has lost
    #[arg(long, value_name = "REV", value_hint = ValueHint::Other, conflicts_with = "what")]
    with: Option<String>,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    if args.choice.decides() {
        return choose::run(ctx, &args.choice);
    }
    let progress = told(&ctx.ui);
    let resolved = ctx.with_merge(args.with.as_deref(), |sides, vault, keyring| {
        let resolved = sides.resolve(vault, (keyring, &ctx.ask()), ctx.now, &progress)?;
        ctx.about(resolved.by.as_ref(), None);
        Ok(resolved)
    })?;
    drop(progress);
    let open = resolved.left.len() + resolved.unmerged.len();
    let done = Done(resolved);
    ctx.ui.report(&done)?;
    done.advise(ctx);
    Ok(if open == 0 { End::Done } else { End::Found(Class::Conflict) })
}

struct Done(Resolved);

impl Done {
    fn advise(&self, ctx: &Ctx) {
        let Resolved { operation, sides, left, unmerged, .. } = &self.0;
        for secret in left {
            let LeftSecret { env, name, why } = secret;
            if *why == Left::BothChanged {
                let checkout =
                    |side: &String| format!("`git checkout {} -- .vault/{}`", short(side), secret.path());
                ctx.ui.help(&format!(
                    "{} takes the one from here, {} the other",
                    checkout(&sides[0]),
                    checkout(&sides[1])
                ));
            }
            ctx.ui.help(&format!("`cargo vault repair -e {env} {name}` then seals it anew, above both"));
        }
        for file in unmerged {
            ctx.ui.help(&format!("`git add .vault/{file}` says that it is merged, once it is"));
        }
        let then = if left.is_empty() && unmerged.is_empty() { "" } else { "`git add .vault` then, and " };
        ctx.ui.help(&format!("{then}{}", next(Some(*operation))));
    }
}

/// What is left to type.
pub(super) fn next(operation: Option<Operation>) -> &'static str {
    match operation {
        None => "commit `.vault`, once all is as you want it",
        Some(Operation::Merge) => "`git commit` concludes the merge",
        Some(Operation::Rebase) => "`git rebase --continue` goes on",
        Some(Operation::CherryPick) => "`git cherry-pick --continue` goes on",
        Some(Operation::Merged) => "commit and push `.vault`: it holds for others from then on",
    }
}

/// The side whose lines stay, as git calls it.
fn kept(resolved: &Resolved) -> &'static str {
    if resolved.ours_kept { "ours" } else { "theirs" }
}

/// Why a secret was left.
fn why(left: &Left) -> String {
    match left {
        Left::BothChanged => "both sides changed it".to_owned(),
        Left::Former { writer } => format!("`{writer}`, who signed it, may not write there any more"),
        Left::NotWriter => "you may not write there".to_owned(),
    }
}

fn code(left: &Left) -> &'static str {
    match left {
        Left::BothChanged => "both-changed",
        Left::Former { .. } => "former-writer",
        Left::NotWriter => "not-writer",
    }
}

impl Report for Done {
    fn text(&self, page: &mut Page) {
        let Resolved { again, changes, overruled, renewed, left, unmerged, .. } = &self.0;
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        page.line(match again {
            0 => "both sides are brought together; the roster needed no new line".to_owned(),
            lines => format!(
                "both sides are brought together: one new line of the log for {lines} line{} of the other side",
                plural(*lines)
            ),
        });
        changes.iter().for_each(|change| page.line(format!("  {}", changes::roster(change))));
        for Renewed { env, epoch, secrets } in renewed {
            page.line(format!(
                "  {env} has a new key: epoch {epoch}, {secrets} secret{} sealed anew",
                plural(*secrets)
            ));
        }
        section(page, "A side wished it, and it is not so:", overruled.iter().map(changes::roster));
        let left = left.iter().map(|left| format!("{}/{}: {}", left.env, left.name, why(&left.why)));
        section(
            page,
            "Left for you to decide:",
            left.chain(unmerged.iter().map(|file| format!(".vault/{file}"))),
        );
    }

    fn json(&self) -> Value {
        let Resolved { again, changes, overruled, left, unmerged, .. } = &self.0;
        let said = |changes: &[RosterChange]| changes.iter().map(changes::roster).collect::<Vec<_>>();
        let left =
            left.iter().map(|left| json!({ "env": left.env, "name": left.name, "why": code(&left.why) }));
        json!({
            "kept": kept(&self.0),
            "lines": again,
            "changes": said(changes),
            "overruled": said(overruled),
            "renewed": self.0.renewed.iter().map(renewed).collect::<Vec<_>>(),
            "left": left.collect::<Vec<_>>(),
            "unmerged": unmerged,
        })
    }
}

fn section(page: &mut Page, title: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if !lines.is_empty() {
        page.gap();
        page.line(title);
        lines.iter().for_each(|line| page.line(format!("  {line}")));
    }
}
