//! `cargo vault blame`: since which commit each secret has the value that it has.

use clap::ValueHint;
use serde_json::{Value, json};

use super::super::{End, ctx::Ctx, explain::past::short, paging::pager};
use crate::{
    ui::{Failure, Page, Report, Word},
    vault::{Blamed, Hold},
};

/// Show who set each secret's value, when, and in which commit, without any key
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault blame\n  cargo vault blame -e prod\n  \
                        cargo vault blame --at HEAD --json")]
pub(in crate::cli) struct Args {
    /// As this commit has them, as a tag or another branch
    #[arg(long, value_name = "REV", value_hint = ValueHint::Other)]
    at: Option<String>,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let (env, blamed) = ctx.with_vault(Hold::Shared, |vault, _| {
        vault.steady(|vault| {
            let then = args.at.as_ref().map(|at| vault.at(at)).transpose()?;
            let env = ctx.one_env(then.as_ref().map_or(vault.roster(), |then| then.roster()))?;
            let blamed = vault.blame(then.as_ref(), &env)?;
            Ok::<_, Failure>((env, blamed))
        })
    })?;
    if blamed.is_empty() && !ctx.ui.look().json {
        ctx.ui.note(&format!("environment `{env}` has no secret"));
    }
    ctx.ui.report_paged(&Answer(blamed), || pager(ctx))?;
    Ok(End::Done)
}

struct Answer(Vec<Blamed>);

fn row(blamed: &Blamed) -> Vec<Word> {
    let Blamed { record, commit, uncommitted } = blamed;
    let current = record.current();
    let commit = match commit {
        Some(commit) => short(&commit.id.to_string()).to_owned(),
        None if *uncommitted => "not committed".to_owned(),
        None => "not fetched".to_owned(),
    };
    let number = current.map_or("pending".to_owned(), |version| version.number.to_string());
    let set = current.map_or(String::new(), |version| version.created.as_str()[..10].to_owned());
    let by = current.map_or(String::new(), |version| version.author.to_string());
    let name = Word::strong(format!("{}/{}", record.env, record.name));
    std::iter::once(name).chain([number, set, by, commit].map(Word::plain)).collect()
}

impl Report for Answer {
    fn text(&self, page: &mut Page) {
        let rows: Vec<Vec<Word>> = self.0.iter().map(row).collect();
        if !rows.is_empty() {
            page.table(&["SECRET", "VERSION", "SET", "BY", "COMMIT"], &rows);
        }
    }

    fn json(&self) -> Value {
        let secrets = self.0.iter().map(|Blamed { record, commit, uncommitted }| {
            let current = record.current();
            json!({
                "env": record.env,
                "name": record.name,
                "version": current.map(|version| version.number),
                "set_at": current.map(|version| version.created.as_str()),
                "author": current.map(|version| version.author.as_str()),
                "commit": commit.as_ref().map(|commit| commit.id.to_string()),
                "committed_by": commit.as_ref().map(|commit| commit.author.as_str()),
                "committed": !uncommitted,
            })
        });
        json!({ "secrets": secrets.collect::<Vec<_>>() })
    }
}
