//! `cargo vault identity forget`: an identity goes, and with it what only it could open.

use serde_json::{Value, json};

use super::{
    super::super::{
        End,
        ctx::{Ctx, usage},
    },
    OwnName,
    list::roster,
    own_name, with_own,
};
use crate::{
    kernel::name::MemberName,
    ui::{Class, Failure, Page, Report},
    vault::{Identities, Own},
};

/// Forget an identity
///
/// What was wrapped to it alone, nobody can open any more.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault identity forget spare\n  \
                  cargo vault identity forget spare --yes")]
pub(super) struct Args {
    /// Which identity
    #[arg(value_parser = own_name)]
    name: OwnName,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let name: &str = &args.name;
    with_own(ctx, |identities| {
        let found = identities.named(name)?;
        if !ctx.yes {
            confirm(ctx, name, &found)?;
        }
        forget(identities, &found)
    })?;
    ctx.ui.report(&Done { name })?;
    Ok(End::Done)
}

fn forget(identities: &Identities<'_>, found: &[Own]) -> Result<(), Failure> {
    // A file that holds several goes as a whole.
    found.iter().try_for_each(|own| Ok(identities.forget(own)?))
}

fn confirm(ctx: &Ctx, name: &str, found: &[Own]) -> Result<(), Failure> {
    let roster = roster(ctx);
    let member = |own: &Own| -> Option<MemberName> {
        let (name, member) = roster.as_ref()?.holder(own.candidate.recipient())?;
        (member.recipients.len() == 1).then(|| name.clone())
    };
    if let Some(member) = found.iter().find_map(member) {
        ctx.ui.warning(&format!("it is the only key of `{member}` in the vault here"));
    }
    if !ctx.ui.can_ask() {
        return Err(usage("not-confirmed", format!("identity `{name}` is forgotten only when asked twice"))
            .help(format!("`cargo vault identity forget {name} --yes` forgets it")));
    }
    match ctx.ui.confirm(&format!("Forget identity `{name}` for ever?"), false)? {
        true => Ok(()),
        false => Err(Failure::new(Class::Refused, "not-confirmed", "nothing was forgotten")),
    }
}

struct Done<'a> {
    name: &'a str,
}

impl Report for Done<'_> {
    fn text(&self, page: &mut Page) {
        page.line(format!("forgot identity `{}`", self.name));
    }

    fn json(&self) -> Value {
        json!({ "forgotten": self.name })
    }
}
