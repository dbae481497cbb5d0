//! `cargo vault identity list`: the user's own identities, and whose they are here.

use serde_json::{Value, json};

use super::{
    super::super::{End, ctx::Ctx},
    with_own,
};
use crate::{
    kernel::{model::Roster, name::MemberName, seal::Recipient},
    ui::{Class, Failure, Page, Report, Word},
    vault::{FirstUse, Hold},
};

/// List your identities, and whose they are in this vault
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault identity list\n  cargo vault identity list --json")]
pub(super) struct Args {}

pub(super) fn run(ctx: &Ctx, _: &Args) -> Result<End, Failure> {
    let roster = roster(ctx);
    let rows = with_own(ctx, |identities| {
        let row = |own: crate::vault::Own| {
            let recipient = own.candidate.recipient().clone();
            let member = roster.as_ref().and_then(|roster| roster.holder(&recipient));
            Row {
                member: member.map(|(name, _)| name.clone()),
                place: ctx.homely(&own.candidate.origin.to_string()),
                origin: own.candidate.origin.to_string(),
                guard: own.candidate.guard(),
                name: own.name,
                recipient,
            }
        };
        Ok(identities.list()?.into_iter().map(row).collect::<Vec<_>>())
    })?;
    if rows.is_empty() && !ctx.ui.look().json {
        ctx.ui.note("you have no identity yet");
        ctx.ui.help("`cargo vault identity new` makes one; `cargo vault init` does too");
    }
    ctx.ui.report(&Listed(rows))?;
    Ok(End::Done)
}

/// The roster of the vault here, looked at without trusting it; none where there is no vault.
pub(super) fn roster(ctx: &Ctx) -> Option<Roster> {
    let looked = ctx.with_vault_met(Hold::Shared, FirstUse::Look, |vault, _| Ok(vault.roster().clone()));
    match looked {
        Ok(roster) => Some(roster),
        Err(failure) if failure.class == Class::NotFound => None,
        Err(failure) => {
            ctx.ui.warning(&format!("whose they are here cannot be told: {}", failure.error));
            None
        }
    }
}

struct Row {
    name: String,
    origin: String,
    /// The same for a person.
    place: String,
    recipient: Recipient,
    guard: Option<String>,
    member: Option<MemberName>,
}

struct Listed(Vec<Row>);

impl Report for Listed {
    fn text(&self, page: &mut Page) {
        let rows = self.0.iter().map(|row| {
            let member = row.member.as_ref().map_or("", |name| name.as_str());
            let guard = row.guard.as_deref().unwrap_or_default();
            let cells = [row.recipient.short(), member.to_owned(), row.place.clone(), guard.to_owned()];
            std::iter::once(Word::strong(&row.name)).chain(cells.into_iter().map(Word::plain)).collect()
        });
        let rows: Vec<Vec<Word>> = rows.collect();
        if !rows.is_empty() {
            page.table(&["NAME", "RECIPIENT", "MEMBER", "WHERE", ""], &rows);
        }
    }

    fn json(&self) -> Value {
        let identities = self.0.iter().map(|row| {
            json!({
                "name": row.name,
                "recipient": row.recipient.as_str(),
                "origin": row.origin,
                "guard": row.guard,
                "member": row.member,
            })
        });
        json!({ "identities": identities.collect::<Vec<_>>() })
    }
}
