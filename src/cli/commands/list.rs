//! `cargo vault list`: what secrets there are, without any key.

use clap::ValueHint;
use serde_json::{Value, json};

use super::{
    super::{
        End,
        args::{NameBegin, name_begin},
        ctx::Ctx,
        paging::pager,
    },
    read,
};
use crate::{
    kernel::model::{Action, Record},
    ui::{Failure, Page, Report, Word},
    vault::{Hold, Listing},
};

/// List secrets, without any key
///
/// On a terminal a table, into a pipe one name a line.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault list\n  cargo vault list -e prod db/\n  \
                        cargo vault list -z db/ > names\n  cargo vault list --at HEAD")]
pub(in crate::cli) struct Args {
    /// Only names that begin so
    #[arg(value_parser = name_begin)]
    prefix: Option<NameBegin>,
    /// The table, into a pipe too
    #[arg(short, long)]
    long: bool,
    /// Names alone, each ended by NUL
    #[arg(short = 'z', long = "null", conflicts_with_all = ["long", "json"])]
    null: bool,
    /// As this commit has them, as a tag or another branch
    #[arg(long, value_name = "REV", value_hint = ValueHint::Other)]
    at: Option<String>,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let (mut listing, default) = ctx.with_vault(Hold::Shared, |vault, _| {
        if let Some(at) = &args.at {
            let then = vault.at(at)?;
            let env = ctx.one_env(then.roster())?;
            ctx.about(None, Some(&env));
            return Ok((then.list(&env)?, then.roster().default == env));
        }
        let env = ctx.one_env(vault.roster())?;
        ctx.about(None, Some(&env));
        vault.steady(|vault| Ok((vault.list(&env)?, vault.roster().default == env)))
    })?;
    let prefix = args.prefix.as_ref().map_or("", |NameBegin(begin)| begin);
    listing.secrets.retain(|secret| secret.name.as_str().starts_with(prefix));
    if args.null && !ctx.ui.look().json {
        let names = listing.secrets.iter().map(|secret| format!("{}\0", secret.name));
        ctx.ui.bytes(names.collect::<String>().as_bytes())?;
        return Ok(End::Done);
    }
    let long = args.long || ctx.ui.stdout_is_terminal();
    if listing.secrets.is_empty() && long && !ctx.ui.look().json {
        ctx.ui.note(&format!(
            "environment `{}` has no secret{}",
            listing.env,
            if prefix.is_empty() { "" } else { " so named" }
        ));
        let flag = if default { String::new() } else { format!("-e {} ", listing.env) };
        ctx.ui.help(&format!("`cargo vault set {flag}NAME` sets one"));
    }
    ctx.ui.report_paged(&Answer { listing, long }, || {
        let pager = pager(ctx)?;
        // This process becomes the pager and does not come back to say so.
        read(ctx, Action::List);
        Some(pager)
    })?;
    Ok(End::Done)
}

struct Answer {
    listing: Listing,
    long: bool,
}

impl Answer {
    fn row(&self, record: &Record) -> [String; 7] {
        let current = record.current();
        let number = current.map_or("pending".to_owned(), |version| version.number.to_string());
        let set = current.map_or(String::new(), |version| version.created.as_str()[..10].to_owned());
        let by = current.map_or(String::new(), |version| version.author.to_string());
        let from = if record.env == self.listing.env { String::new() } else { record.env.to_string() };
        let about = record.description.clone().unwrap_or_default();
        [record.name.to_string(), number, set, by, record.kind.as_str().to_owned(), from, about]
    }

    /// The table without columns that say nothing.
    fn table(&self, page: &mut Page) {
        const HEADINGS: [&str; 7] = ["NAME", "VERSION", "SET", "BY", "KIND", "FROM", "DESCRIPTION"];
        let rows: Vec<[String; 7]> = self.listing.secrets.iter().map(|secret| self.row(secret)).collect();
        let told: Vec<usize> =
            (0..7).filter(|column| rows.iter().any(|row| !row[*column].is_empty())).collect();
        let word = |row: &[String; 7], column: usize| match column {
            0 => Word::strong(&row[0]),
            6 => Word::dim(&row[6]).cut(),
            _ => Word::dim(&row[column]),
        };
        let headings: Vec<&str> = told.iter().map(|column| HEADINGS[*column]).collect();
        let rows: Vec<Vec<Word>> =
            rows.iter().map(|row| told.iter().map(|column| word(row, *column)).collect()).collect();
        page.table(&headings, &rows);
    }
}

impl Report for Answer {
    fn text(&self, page: &mut Page) {
        if !self.long {
            self.listing.secrets.iter().for_each(|secret| page.line(secret.name.as_str()));
        } else if !self.listing.secrets.is_empty() {
            self.table(page);
        }
    }

    fn json(&self) -> Value {
        let secrets: Vec<Value> = self.listing.secrets.iter().map(entry).collect();
        json!({ "env": self.listing.env, "secrets": secrets })
    }
}

fn entry(record: &Record) -> Value {
    let current = record.current();
    json!({
        "env": record.env,
        "name": record.name,
        "kind": record.kind.as_str(),
        "description": record.description,
        "tags": record.tags,
        "version": current.map(|version| version.number),
        "set_at": current.map(|version| version.created.as_str()),
        "author": current.map(|version| version.author.as_str()),
        "writer": record.writer,
        "revision": record.revision,
        "variable": record.name.variable(),
    })
}
