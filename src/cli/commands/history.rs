//! `cargo vault history`: each version that a secret had.

use clap::ValueHint;
use serde_json::{Value, json};

use super::{
    super::{End, ctx::Ctx, explain::past::short, paging::pager},
    set::name,
};
use crate::{
    kernel::{model::Subject, name::SecretName},
    ui::{Failure, Page, Report, Word},
    vault::{Event, Hold, Versions},
};

/// Show each version that a secret had, without any key
///
/// Newest first: number, when and by whom it was set, where it is (current, still in the file, or in git's history alone), the
/// commit that brought it, who could read it then, and what else became of the secret.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cargo vault history DATABASE_URL\n  cargo vault history -e prod db/password\n  \
                        cargo vault history DATABASE_URL --at HEAD --json"
)]
pub(in crate::cli) struct Args {
    /// Which secret
    #[arg(value_parser = name)]
    name: SecretName,
    /// Up to this commit, as a tag or another branch
    #[arg(long, value_name = "REV", value_hint = ValueHint::Other)]
    at: Option<String>,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    ctx.names([Subject::Secret(args.name.clone())]);
    let versions = ctx.with_vault(Hold::Shared, |vault, _| {
        vault.steady(|vault| {
            let then = args.at.as_ref().map(|at| vault.at(at)).transpose()?;
            let env = ctx.one_env(then.as_ref().map_or(vault.roster(), |then| then.roster()))?;
            Ok::<_, Failure>(vault.versions(then.as_ref(), &env, &args.name)?)
        })
    })?;
    ctx.ui.report_paged(&Answer(versions), || pager(ctx))?;
    Ok(End::Done)
}

struct Answer(Versions);

fn row(event: &Event) -> Vec<Word> {
    let commit = event.commit.as_ref().map_or("not committed".to_owned(), |commit| {
        let id = commit.id.to_string();
        short(&id).to_owned()
    });
    let readers = event.readers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let told: Vec<String> = event.told.iter().map(ToString::to_string).collect();
    let what = if event.unsound { "does not verify".to_owned() } else { told.join("; ") };
    [
        event.place.map_or("", |place| place.as_str()).to_owned(),
        event.at.map_or(String::new(), |at| at.as_str()[..10].to_owned()),
        event.by.as_ref().map_or(String::new(), ToString::to_string),
        commit,
        readers,
        what,
    ]
    .into_iter()
    .fold(
        vec![Word::strong(event.number.map_or(String::new(), |number| number.to_string()))],
        |mut row, cell| {
            row.push(Word::plain(cell));
            row
        },
    )
}

impl Report for Answer {
    fn text(&self, page: &mut Page) {
        const HEADINGS: [&str; 7] = ["VERSION", "WHERE", "SET", "BY", "COMMIT", "READABLE THEN BY", "WHAT"];
        let rows: Vec<Vec<Word>> = self.0.events.iter().map(row).collect();
        page.table(&HEADINGS, &rows);
    }

    fn json(&self) -> Value {
        let events = self.0.events.iter().map(|event| {
            let changes = event
                .told
                .iter()
                .map(|change| json!({ "change": change.as_str(), "message": change.to_string() }));
            json!({
                "version": event.number,
                "where": event.place.map(|place| place.as_str()),
                "at": event.at.as_ref().map(|at| at.as_str()),
                "by": event.by,
                "commit": event.commit.as_ref().map(|commit| commit.id.to_string()),
                "readers": event.readers,
                "sound": !event.unsound,
                "changes": changes.collect::<Vec<_>>(),
            })
        });
        json!({ "env": self.0.env, "name": self.0.name, "events": events.collect::<Vec<_>>() })
    }
}
