//! `cargo vault member list`: the members, their keys, and what each may do.

use serde_json::{Value, json};

use super::super::super::{End, ctx::Ctx};
use crate::{
    kernel::{model::Access, name::EnvName, seal::PublicKey, time::Timestamp},
    ui::{Failure, Page, Report, Word},
    vault::{Hold, Seat},
};

/// List members, their keys and what each may do
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault member list\n  cargo vault member list --json")]
pub(super) struct Args {}

pub(super) fn run(ctx: &Ctx, _: &Args) -> Result<End, Failure> {
    let seats = ctx.with_vault(Hold::Shared, |vault, _| Ok(vault.seats()?))?;
    ctx.ui.report(&Listed(seats))?;
    Ok(End::Done)
}

struct Listed(Vec<Seat>);

fn day(at: &Timestamp) -> String {
    at.as_str().split('T').next().unwrap_or_default().to_owned()
}

fn joined(envs: &[(EnvName, Access)], wanted: Access) -> String {
    let of = envs.iter().filter(|(_, access)| *access == wanted).map(|(env, _)| env.as_str());
    of.collect::<Vec<_>>().join(" ")
}

impl Report for Listed {
    fn text(&self, page: &mut Page) {
        let row = |seat: &Seat| {
            let keys = seat.member.recipients.iter().map(|key| key.short()).collect::<Vec<_>>();
            let by = seat.by.as_ref().map_or("", |name| name.as_str()).to_owned();
            let cells = [
                seat.member.role.as_str().to_owned(),
                joined(&seat.access, Access::Write),
                joined(&seat.access, Access::Read),
                keys.join(", "),
                day(&seat.member.since),
                by,
            ];
            let name = Word::strong(seat.name.as_str());
            std::iter::once(name).chain(cells.into_iter().map(Word::plain)).collect::<Vec<_>>()
        };
        let rows: Vec<Vec<Word>> = self.0.iter().map(row).collect();
        page.table(&["NAME", "ROLE", "WRITE", "READ", "KEYS", "SINCE", "BY"], &rows);
    }

    fn json(&self) -> Value {
        let members = self.0.iter().map(|seat| {
            let recipients = seat.member.recipients.iter().map(|key| key.as_str()).collect::<Vec<_>>();
            let of = |wanted| seat.access.iter().filter(move |(_, access)| *access == wanted);
            let names = |wanted| of(wanted).map(|(env, _)| env).collect::<Vec<_>>();
            json!({
                "name": seat.name,
                "role": seat.member.role.as_str(),
                "recipients": recipients,
                "signs": seat.member.signs.iter().map(PublicKey::text).collect::<Vec<_>>(),
                "write": names(Access::Write),
                "read": names(Access::Read),
                "since": seat.member.since.as_str(),
                "by": seat.by,
            })
        });
        json!({ "members": members.collect::<Vec<_>>() })
    }
}
