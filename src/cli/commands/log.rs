//! `cargo vault log`: what changed in the vault, commit by commit.

use clap::ValueHint;
use serde_json::{Value, json};

use super::{
    super::{End, changes, ctx::Ctx, explain::past::short, paging::pager},
    set::name,
};
use crate::{
    kernel::name::SecretName,
    ui::{Failure, Page, Report, Word},
    vault::{Entry, Hold, LogScope},
};

/// Show what changed in the vault, commit by commit, without any key
///
/// Newest first: which secrets had new values and from whom, and what the roster says since. A merge is told only where it
/// changed something itself. Who made a commit is as git has it; who set a secret was signed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault log\n  cargo vault log DATABASE_URL\n  \
                        cargo vault log -e prod -n 5 --at HEAD")]
pub(in crate::cli) struct Args {
    /// Only what became of this secret
    #[arg(value_parser = name)]
    name: Option<SecretName>,
    /// Only so many commits, the newest
    #[arg(short = 'n', long = "max-count", value_name = "N")]
    most: Option<usize>,
    /// The commits that lead to this one, as a tag or another branch
    #[arg(long, value_name = "REV", value_hint = ValueHint::Other)]
    at: Option<String>,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let entries = ctx.with_vault(Hold::Shared, |vault, _| {
        vault.steady(|vault| {
            let then = args.at.as_ref().map(|at| vault.at(at)).transpose()?;
            let roster = then.as_ref().map_or(vault.roster(), |then| then.roster());
            let env = ctx.typed.env.then(|| ctx.one_env(roster)).transpose()?;
            if then.is_none() {
                env.iter().try_for_each(|env| vault.environment(env).map(drop))?;
            }
            let scope = LogScope { env: env.as_ref(), name: args.name.as_ref(), most: args.most };
            Ok::<_, Failure>(vault.changed_by_commits(then.as_ref(), &scope)?)
        })
    })?;
    if entries.is_empty() && !ctx.ui.look().json {
        ctx.ui.note("no commit that leads here changed that");
    }
    ctx.ui.report_paged(&Answer(entries), || pager(ctx))?;
    Ok(End::Done)
}

struct Answer(Vec<Entry>);

impl Report for Answer {
    fn text(&self, page: &mut Page) {
        for (i, Entry { commit, changes, foreign }) in self.0.iter().enumerate() {
            if i > 0 {
                page.gap();
            }
            let id = commit.id.to_string();
            page.words(&[
                Word::strong(format!("commit {}", short(&id))),
                Word::dim(format!("  {}  {}", commit.at, commit.author)),
            ]);
            if *foreign {
                page.line("  its roster is none that the one here comes from: nothing beside it is believed");
            }
            changes::lines(changes).iter().for_each(|line| page.line(format!("  {line}")));
        }
    }

    fn json(&self) -> Value {
        let commits = self.0.iter().map(|Entry { commit, changes, foreign }| {
            json!({
                "commit": commit.id.to_string(),
                "author": commit.author,
                "at": commit.at.as_str(),
                "foreign": foreign,
                "changes": changes::json(changes),
            })
        });
        json!({ "commits": commits.collect::<Vec<_>>() })
    }
}
