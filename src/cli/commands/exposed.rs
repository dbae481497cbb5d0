//! `cargo vault exposed`: the values in use that somebody knows who should not any more.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    super::{End, ctx::Ctx},
    init::member_name,
};
use crate::{
    kernel::{name::MemberName, time::Timestamp},
    ui::{Class, Failure, Page, Report, Word},
    vault::{Exposed, Hold},
};

/// List values that those who left can still read in git, without any key
///
/// A value stands here from the day on which somebody lost it, or a key of his was replaced, until it has a new value: a new
/// seal is not enough. With -e, of these environments and those that they extend.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault exposed\n  \
                  cargo vault exposed --to keeper\n  \
                  cargo vault exposed --check --older 7d --json\n\nExit codes:\n  \
                  with --check, 1 if there is any")]
pub(in crate::cli) struct Args {
    /// Only what this one knows
    #[arg(long, value_name = "NAME", value_parser = member_name)]
    to: Option<MemberName>,
    /// End with 1 if there is any
    #[arg(long)]
    check: bool,
    /// Only what has been so for longer than this, as 12h or 7d
    #[arg(long, value_name = "AGE", value_parser = age)]
    older: Option<Duration>,
}

fn age(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| "it is written as 30m, 12h or 7d".to_owned())
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let mut exposed = ctx.with_vault(Hold::Shared, |vault, _| {
        args.to.as_ref().map_or(Ok(()), |name| vault.check_known(name))?;
        vault.steady(|vault| {
            let mut exposed = vault.exposed(&ctx.now)?;
            if ctx.typed.env {
                let mut asked = Vec::new();
                for env in &ctx.envs {
                    vault.environment(env)?;
                    asked.extend(vault.roster().lineage(env));
                }
                exposed.retain(|exposed| asked.contains(&&exposed.env));
            }
            Ok::<_, Failure>(exposed)
        })
    })?;
    let old = |since: &Timestamp| args.older.is_none_or(|age| ctx.now.since(since) > age);
    exposed.retain(|exposed| args.to.as_ref().is_none_or(|name| exposed.to == *name) && old(&exposed.since));
    let found = !exposed.is_empty();
    if !found && !ctx.ui.look().json {
        ctx.ui
            .note("every value in use is known only to those who may read it, as far as the vault can tell");
    }
    ctx.ui.report(&Answer(exposed))?;
    if found {
        ctx.ui.help("`cargo vault set -e ENV NAME` gives it a new value, once it has one where it counts");
    }
    Ok(if found && args.check { End::Found(Class::Refused) } else { End::Done })
}

struct Answer(Vec<Exposed>);

fn day(at: &Timestamp) -> String {
    at.as_str()[..10].to_owned()
}

impl Report for Answer {
    fn text(&self, page: &mut Page) {
        let rows: Vec<Vec<Word>> = self
            .0
            .iter()
            .map(|exposed| {
                let Exposed { to, env, name, number, set, author, since } = exposed;
                let cells = [number.to_string(), day(set), author.to_string(), to.to_string(), day(since)];
                let name = Word::strong(format!("{env}/{name}"));
                std::iter::once(name).chain(cells.into_iter().map(Word::plain)).collect()
            })
            .collect();
        if !rows.is_empty() {
            page.table(&["SECRET", "VERSION", "SET", "BY", "KNOWN TO", "SINCE"], &rows);
        }
    }

    fn json(&self) -> Value {
        let exposed = self.0.iter().map(|exposed| {
            json!({
                "to": exposed.to,
                "env": exposed.env,
                "name": exposed.name,
                "version": exposed.number,
                "set": exposed.set.as_str(),
                "author": exposed.author,
                "since": exposed.since.as_str(),
            })
        });
        json!({ "exposed": exposed.collect::<Vec<_>>() })
    }
}
