//! `cargo vault identity protect`: a passphrase before an identity, the keychain around it, or neither.

use serde_json::{Value, json};

use super::{
    super::super::{End, ctx::Ctx, explain::KEYCHAIN},
    OwnName, native, new_passphrase, own_name, with_own,
};
use crate::{
    kernel::seal::Recipient,
    ui::{Failure, Page, Report},
};

/// Put an identity under a passphrase, into the keychain, or back into a plain file
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault identity protect default\n  \
                  cargo vault identity protect default --keychain\n  \
                  cargo vault identity protect default --remove")]
pub(super) struct Args {
    /// Which identity
    #[arg(value_parser = own_name)]
    name: OwnName,
    /// Move it into the system's keychain
    #[arg(long, conflicts_with = "remove")]
    keychain: bool,
    /// Take the passphrase, or the keychain, away
    #[arg(long)]
    remove: bool,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let name: &str = &args.name;
    let done = with_own(ctx, |identities| {
        let (identity, own) = native(ctx, identities, name)?;
        let origin = &own.candidate.origin;
        let place = if args.keychain {
            identities
                .move_to_keychain(origin, name, &identity)
                .map_err(|error| not_moved(name, error.into()))?
        } else if args.remove {
            identities.unprotect(origin, name, &identity)?
        } else {
            identities.protect(origin, name, &identity, &new_passphrase(ctx)?)?
        };
        Ok(Done { name, place: place.to_string(), recipient: identity.recipient().clone() })
    })?;
    ctx.ui.report(&done)?;
    Ok(End::Done)
}

fn not_moved(name: &str, failure: Failure) -> Failure {
    if failure.code != KEYCHAIN {
        return failure;
    }
    failure.help(format!("`cargo vault identity protect {name}` puts it under a passphrase where it is"))
}

struct Done<'a> {
    name: &'a str,
    place: String,
    recipient: Recipient,
}

impl Report for Done<'_> {
    fn text(&self, page: &mut Page) {
        page.line(format!("`{}` is now in {}", self.name, self.place));
        page.pairs(&[("recipient", self.recipient.as_str())]);
    }

    fn json(&self) -> Value {
        json!({ "origin": self.place, "recipient": self.recipient.as_str() })
    }
}
