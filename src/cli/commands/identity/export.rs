//! `cargo vault identity export`: an identity as a file of age's, to carry it or to keep it safe.

use std::path::PathBuf;

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{
    super::super::{End, ctx::Ctx, reveal},
    OwnName, native, new_passphrase, own_name, with_own,
};
use crate::{
    kernel::{seal::Recipient, secret::Secret},
    ui::{Class, Failure, Page, Report},
    vault::write_identity,
};

/// Print an identity, to carry it or to keep it safe
///
/// As a file that every age client reads. Whoever has it reads and signs as you.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault identity export default -o offline.txt\n  \
                  cargo vault identity export default | pass insert -m cargo-vault\n  \
                  cargo vault identity export default --passphrase -o offline.txt")]
pub(super) struct Args {
    /// Which identity
    #[arg(value_parser = own_name)]
    name: OwnName,
    /// Write it to this file, mode 0600
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Put it under a passphrase there
    #[arg(long, requires = "output")]
    passphrase: bool,
    /// Show it on a terminal too
    #[arg(long)]
    force: bool,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let name: &str = &args.name;
    if args.output.is_none() && ctx.ui.stdout_is_terminal() && !args.force {
        return Err(Failure::new(Class::Refused, "terminal", "a private key does not belong on a screen")
            .help(format!("`cargo vault identity export {name} -o FILE` writes it to a file"))
            .help("`--force` shows it all the same"));
    }
    let (identity, _) = with_own(ctx, |identities| native(ctx, identities, name))?;
    let recipient = identity.recipient().clone();
    let Some(path) = &args.output else {
        ctx.ui.report(&Shown { recipient, file: identity.file(ctx.now.as_str()), key: identity.reveal() })?;
        return Ok(End::Done);
    };
    let path = ctx.cwd.join(path);
    let passphrase = if args.passphrase { Some(new_passphrase(ctx)?) } else { None };
    write_identity(&path, &identity, passphrase.as_ref(), ctx.now)?;
    ctx.ui.report(&Written { recipient, path })?;
    Ok(End::Done)
}

struct Shown {
    recipient: Recipient,
    file: Zeroizing<Vec<u8>>,
    key: Secret,
}

impl Report for Shown {
    fn text(&self, page: &mut Page) {
        String::from_utf8_lossy(&self.file).lines().for_each(|line| page.line(line));
    }

    fn json(&self) -> Value {
        json!({ "recipient": self.recipient.as_str(), "identity": reveal::text(&self.key), "path": null })
    }
}

struct Written {
    recipient: Recipient,
    path: PathBuf,
}

impl Report for Written {
    fn text(&self, page: &mut Page) {
        page.line(format!("wrote `{}`", self.path.display()));
        page.pairs(&[("recipient", self.recipient.as_str())]);
    }

    fn json(&self) -> Value {
        json!({ "recipient": self.recipient.as_str(), "identity": null, "path": self.path })
    }
}
