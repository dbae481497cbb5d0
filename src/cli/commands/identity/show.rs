//! `cargo vault identity show`: the public halves, to hand to others.

use serde_json::{Value, json};

use super::{
    super::super::{End, ctx::Ctx},
    OwnName, own_name, with_own,
};
use crate::{
    kernel::seal::{PublicKey, Recipient},
    ui::{Class, Failure, Page, Report},
    unlock::{Candidate, Origin},
};

/// Show the public halves, for an admin to enrol
///
/// Without a name: of all the keys that a command would look for, in that order.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault identity show\n  \
                  cargo vault identity show default --json")]
pub(super) struct Args {
    /// Which identity
    #[arg(value_parser = own_name)]
    name: Option<OwnName>,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let found = match &args.name {
        None => ctx.keyring()?.all()?,
        Some(name) => with_own(ctx, |identities| {
            Ok(identities.named(name)?.into_iter().map(|own| own.candidate).collect())
        })?,
    };
    if found.is_empty() {
        return Err(Failure::new(Class::NotFound, "no-identity", "you have no identity yet")
            .help("`cargo vault identity new` makes one; `cargo vault init` does too"));
    }
    ctx.ui.report(&Identities(found.iter().map(shown).collect()))?;
    Ok(End::Done)
}

fn shown(candidate: &Candidate) -> Shown {
    Shown {
        origin: candidate.origin.clone(),
        recipient: candidate.recipient().clone(),
        signs: candidate.signs(),
        guard: candidate.guard(),
    }
}

struct Shown {
    origin: Origin,
    recipient: Recipient,
    signs: Option<PublicKey>,
    guard: Option<String>,
}

struct Identities(Vec<Shown>);

impl Report for Identities {
    fn text(&self, page: &mut Page) {
        for (i, shown) in self.0.iter().enumerate() {
            if i > 0 {
                page.gap();
            }
            page.line(shown.origin.to_string());
            let guard = shown.guard.as_deref().unwrap_or("nothing: it may only read");
            let signs = shown.signs.as_ref().map_or_else(|| format!("({guard})"), PublicKey::text);
            page.pairs(&[("recipient", shown.recipient.to_string()), ("signs with", signs)]);
        }
    }

    fn json(&self) -> Value {
        let shown = self.0.iter().map(|shown| {
            let signs = shown.signs.as_ref().map(PublicKey::text);
            json!({
                "origin": shown.origin.to_string(),
                "recipient": shown.recipient.as_str(),
                "signs": signs,
                "guard": shown.guard,
            })
        });
        json!({ "identities": shown.collect::<Vec<_>>() })
    }
}
