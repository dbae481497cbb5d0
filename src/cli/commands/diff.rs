//! `cargo vault diff`: what differs between two commits, or a commit and what lies here.

use clap::ValueHint;
use serde_json::{Value, json};

use super::super::{End, changes, ctx::Ctx, paging::pager, reveal};
use crate::{
    kernel::secret::Secret,
    ui::{Failure, Page, Report, Word, printable},
    vault::{Diff, Hold, SecretChange, Then, Vault},
};

/// Show what differs between two commits, or a commit and what lies here
///
/// Which secrets are new, gone, or have another value, what they say of themselves, and who may do what. Needs no key; with one
/// that opens without a question it says whether a value is in fact another. With --reveal it prints both values.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault diff\n  cargo vault diff HEAD -e prod\n  \
                        cargo vault diff HEAD HEAD --reveal")]
pub(in crate::cli) struct Args {
    /// The one commit
    #[arg(value_name = "REV", default_value = "HEAD", value_hint = ValueHint::Other)]
    before: String,
    /// The other; else what lies here
    #[arg(value_name = "REV", value_hint = ValueHint::Other)]
    after: Option<String>,
    /// Print the values, too
    #[arg(long)]
    reveal: bool,
}

impl Args {
    /// Whether values are shown.
    pub(super) fn reveals(&self) -> bool {
        self.reveal
    }
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let diff = ctx.with_vault(Hold::Shared, |vault, _| {
        vault.steady(|vault| {
            let before = vault.at(&args.before)?;
            let after = args.after.as_ref().map(|after| vault.at(after)).transpose()?;
            compared(ctx, vault, (&before, after.as_ref()), args.reveal)
        })
    })?;
    let none = lines(&diff).is_empty();
    if none && !ctx.ui.look().json {
        ctx.ui.note("nothing of the vault differs");
    }
    match (args.reveal, ctx.ui.look().json) {
        (true, true) => {
            let secrets: Vec<Value> = diff.changes.secrets.iter().map(entry).collect();
            reveal::print(&ctx.ui, &reveal::difference(&head(&diff), &secrets, &diff.values))?;
        }
        (true, false) => reveal::print(&ctx.ui, &revealed(&diff))?,
        (false, _) => ctx.ui.report_paged(&Answer(diff), || pager(ctx))?,
    }
    Ok(End::Done)
}

fn compared(
    ctx: &Ctx,
    vault: &Vault<'_>,
    (before, after): (&Then<'_>, Option<&Then<'_>>),
    reveal: bool,
) -> Result<Diff, Failure> {
    let envs = if ctx.typed.env { &ctx.envs[..] } else { &[] };
    let (mut diff, records) = vault.diff(before, after, envs)?;
    let keyring = ctx.keyring()?;
    // Nobody is asked for a passphrase to see a little more.
    let keyring = if reveal { keyring } else { keyring.silent() };
    match vault.compare_values((before, after), (&mut diff, &records), (keyring, &ctx.ask())) {
        Err(fault) if reveal => Err(fault.into()),
        _ => Ok(diff),
    }
}

/// The lines of one secret, its name first.
fn of_secret(change: &SecretChange) -> Vec<String> {
    let name = format!("{}/{}", change.env, change.name);
    let told: Vec<String> = change.told.iter().map(|told| format!("  {told}")).collect();
    let told = if told.is_empty() { vec!["  does not verify".to_owned()] } else { told };
    std::iter::once(name).chain(told).collect()
}

/// All that is no secret's.
fn of_the_rest(diff: &Diff) -> Vec<String> {
    changes::besides_secrets(&diff.changes)
}

fn lines(diff: &Diff) -> Vec<String> {
    let secrets = diff.changes.secrets.iter().flat_map(of_secret);
    secrets.chain(of_the_rest(diff)).collect()
}

/// The same with both values of each secret. It goes through no pager, which would keep it.
fn revealed(diff: &Diff) -> Secret {
    let line = |text: &String| Secret::new(format!("{}\n", printable(text)).into_bytes());
    let mut parts = Vec::new();
    for (change, values) in diff.changes.secrets.iter().zip(&diff.values) {
        parts.extend(of_secret(change).iter().map(line));
        parts.extend(values.before.as_ref().map(|value| reveal::marked(value, "  - ")));
        parts.extend(values.after.as_ref().map(|value| reveal::marked(value, "  + ")));
    }
    parts.extend(of_the_rest(diff).iter().map(line));
    Secret::concat(&parts.iter().collect::<Vec<_>>())
}

fn entry(change: &SecretChange) -> Value {
    let told = change
        .told
        .iter()
        .map(|told| json!({ "change": told.as_str(), "same": told.same(), "message": told.to_string() }));
    json!({
        "env": change.env,
        "name": change.name,
        "change": change.fate.as_str(),
        "before": change.before,
        "after": change.after,
        "by": change.by,
        "changes": told.collect::<Vec<_>>(),
    })
}

/// The answer without its secrets.
fn head(diff: &Diff) -> Value {
    let mut head = changes::json(&diff.changes);
    let tip = Some(&diff.changes.tip).filter(|tip| !tip.is_empty());
    if let Some(head) = head.as_object_mut() {
        head.remove("secrets");
        head.insert("tip".to_owned(), json!(tip));
    }
    head
}

struct Answer(Diff);

impl Report for Answer {
    fn text(&self, page: &mut Page) {
        let Diff { changes, .. } = &self.0;
        for change in &changes.secrets {
            let lines = of_secret(change);
            page.words(&[Word::strong(&lines[0])]);
            lines[1..].iter().for_each(|line| page.line(line));
        }
        of_the_rest(&self.0).iter().for_each(|line| page.line(line));
    }

    fn json(&self) -> Value {
        let mut answer = head(&self.0);
        answer["secrets"] = self.0.changes.secrets.iter().map(entry).collect();
        answer
    }
}
