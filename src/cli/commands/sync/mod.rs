//! `cargo vault sync`: commits the vault, takes in what the remote has once it was verified, and pushes.

mod exchange;

use serde_json::{Value, json};

use super::super::{
    End, changes,
    committing::{Said, Tree},
    ctx::{Ctx, usage},
};
use crate::{
    ui::{Failure, Page, Report},
    vault::{Hold, Unchecked},
};
use exchange::{Exchanged, HERE, Way, exchange, sound};

/// Commit the vault, take in what the remote has, and push
///
/// Only `.vault` is committed, and nothing else that you changed is touched. What the remote has is verified before it is taken
/// in, and your commits are put on top of it; at a conflict nothing is taken in. Your own `git` does this, with your
/// credentials, signing and hooks.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cargo vault sync\n  cargo vault sync --push\n  cargo vault sync --push -m \"Rotate the database\""
)]
pub(in crate::cli) struct Args {
    /// Push too, and begin again if somebody else was first
    #[arg(long)]
    push: bool,
    /// The message of the commit
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    if args.message.as_ref().is_some_and(|message| message.trim().is_empty()) {
        return Err(usage("no-message", "the message of a commit is not empty"));
    }
    let tree = Tree::around(ctx, &ctx.place()?)?;
    let way = Way::of(&tree, args.push)?;
    let here = ctx.with_vault(Hold::Shared, |vault, _| vault.steady(|vault| sound(ctx, vault, &HERE)))?;
    if here.history.unchecked == Some(Unchecked::Shallow) {
        ctx.ui.note("this clone is shallow: commits that were not fetched are not looked at");
    }
    let said = args.message.as_deref().map_or(Said::Doing(None), Said::Message);
    let committed = tree.commit(said)?;
    let exchanged = way.as_ref().map(|way| exchange(ctx, &tree, way, args.push)).transpose();
    let exchanged = exchanged.map_err(|failure| match &committed {
        Some(message) => failure.detail("committed before", first_line(message)),
        None => failure,
    })?;
    let upstream = way.map(|way| way.upstream.to_string());
    let done = Done { committed, upstream, exchanged: exchanged.unwrap_or_default() };
    ctx.ui.report(&done)?;
    done.next().into_iter().for_each(|next| ctx.ui.help(next));
    Ok(End::Done)
}

struct Done {
    committed: Option<String>,
    upstream: Option<String>,
    exchanged: Exchanged,
}

impl Done {
    fn next(&self) -> Option<&'static str> {
        let Exchanged { ahead, pushed, .. } = self.exchanged;
        match &self.upstream {
            None => Some("`git remote add origin ADDRESS` says where to push"),
            Some(_) => (ahead > 0 && !pushed).then_some("`cargo vault sync --push` pushes"),
        }
    }

    fn changes(&self) -> Vec<String> {
        self.exchanged.changes.iter().flat_map(changes::lines).collect()
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn counted(commits: usize) -> String {
    format!("{commits} commit{}", if commits == 1 { "" } else { "s" })
}

impl Report for Done {
    fn text(&self, page: &mut Page) {
        match &self.committed {
            Some(message) => page.line(format!("committed: {}", first_line(message))),
            None => page.line("there was nothing to commit"),
        }
        let Some(upstream) = &self.upstream else {
            return page.line("there is no remote to take in from");
        };
        match self.exchanged.came {
            0 => page.line(format!("`{upstream}` has nothing new")),
            came => page.line(format!("took in {} of `{upstream}`", counted(came))),
        }
        self.changes().iter().for_each(|line| page.line(format!("  {line}")));
        match (self.exchanged.ahead, self.exchanged.pushed) {
            (0, _) => {}
            (ahead, true) => page.line(format!("pushed {}", counted(ahead))),
            (ahead, false) => page.line(format!("{} not pushed", counted(ahead))),
        }
    }

    fn json(&self) -> Value {
        let Exchanged { came, ahead, pushed, .. } = self.exchanged;
        json!({
            "committed": self.committed,
            "upstream": self.upstream,
            "commits": came,
            "changes": self.changes(),
            "ahead": if pushed { 0 } else { ahead },
            "pushed": if pushed { ahead } else { 0 },
        })
    }
}
