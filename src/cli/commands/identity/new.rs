//! `cargo vault identity new`: makes an identity.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{
    super::super::{
        End,
        ctx::{Ctx, ELSEWHERE},
    },
    Home, keeping, name, new_passphrase, not_kept, not_named, with_own,
};
use crate::{
    kernel::seal::{Identity, PublicKey, Recipient},
    store::StoreError,
    ui::{Failure, Page, Report},
    unlock::Origin,
    vault::{VaultError, write_identity},
};

/// Make an identity
///
/// It is kept in the system's keychain where one answers, else in a file of mode 0600 in your configuration folder.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault identity new\n  \
                  cargo vault identity new laptop --passphrase\n  \
                  cargo vault identity new offline -o offline.txt")]
pub(super) struct Args {
    /// Its name among your identities
    #[arg(default_value = "default", value_parser = name)]
    name: String,
    /// Protect it with a passphrase, in a file
    #[arg(long, conflicts_with = "home")]
    passphrase: bool,
    /// Where to keep it
    #[arg(long = "in", value_name = "PLACE", value_enum)]
    home: Option<Home>,
    /// Write it to this file instead
    #[arg(short, long, value_name = "FILE", conflicts_with = "home")]
    output: Option<PathBuf>,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let identity = Identity::generate();
    let place = match &args.output {
        None => keep(ctx, &identity, &args.name, args.passphrase, args.home)
            .map_err(|failure| not_named(failure, "`cargo vault identity new NAME` makes another"))?,
        Some(path) => {
            let path = ctx.cwd.join(path);
            let passphrase = if args.passphrase { Some(new_passphrase(ctx)?) } else { None };
            write_identity(&path, &identity, passphrase.as_ref(), ctx.now)?;
            Origin::Stored(path)
        }
    };
    let signs = identity.signing_key().public();
    ctx.ui.report(&Made { recipient: identity.recipient().clone(), signs, place })?;
    Ok(End::Done)
}

/// Keeps an identity under a name, and tells where.
pub(in crate::cli::commands) fn keep(
    ctx: &Ctx,
    identity: &Identity,
    name: &str,
    passphrase: bool,
    home: Option<Home>,
) -> Result<Origin, Failure> {
    with_own(ctx, |identities| {
        identities.check_free(name)?;
        let kept = if passphrase {
            identities.keep_protected(name, identity, &new_passphrase(ctx)?)
        } else {
            identities.keep(name, identity, keeping(home))
        };
        kept.map_err(|error| match error {
            VaultError::Store(StoreError::Write { .. }) => Failure::from(error).help(ELSEWHERE),
            other => not_kept(other.into()),
        })
    })
}

struct Made {
    recipient: Recipient,
    signs: PublicKey,
    place: Origin,
}

impl Report for Made {
    fn text(&self, page: &mut Page) {
        page.line(format!("made an identity in {}", self.place));
        page.pairs(&[("recipient", self.recipient.to_string()), ("signs with", self.signs.text())]);
    }

    fn json(&self) -> Value {
        json!({
            "recipient": self.recipient.as_str(),
            "signs": self.signs.text(),
            "origin": self.place.to_string(),
            "path": self.place.path(),
        })
    }
}
