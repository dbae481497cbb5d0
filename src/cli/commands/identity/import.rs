//! `cargo vault identity import`: takes an identity in.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{
    super::{
        super::{
            End,
            ctx::{Ctx, usage},
            explain::quoted,
        },
        source::standard_input,
    },
    Home, keeping, name, not_kept, not_named, with_own,
};
use crate::{
    kernel::seal::{PublicKey, Recipient},
    ui::{Failure, Page, Report},
    unlock::{Origin, read_file},
    vault::{Import, Imported},
};

/// Take an identity in, from a file or standard input
///
/// An age identity, or one of a plugin with its `# recipient: age1…` above it. A plugin's identity is given a key to sign
/// with, which the plugin wraps to itself. SSH keys are found where ssh has them and need no import.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault identity import backup.txt laptop\n  \
                  pass show cargo-vault | cargo vault identity import - laptop\n  \
                  age-plugin-yubikey --identity | cargo vault identity import - token")]
pub(super) struct Args {
    /// The file, or `-` for standard input
    file: PathBuf,
    /// Its name among your identities
    #[arg(default_value = "default", value_parser = name)]
    name: String,
    /// Where to keep it
    #[arg(long = "in", value_name = "PLACE", value_enum)]
    home: Option<Home>,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let from = (args.file.as_os_str() != "-").then(|| ctx.cwd.join(&args.file));
    if from.is_none() && ctx.ui.stdin_is_terminal() {
        return Err(usage("no-input", "an identity is not typed at a terminal")
            .help("`cargo vault identity import FILE` reads it from a file"));
    }
    let text = match &from {
        Some(path) => read_file(&Origin::Flag(path.clone()), path)?,
        None => standard_input()?,
    };
    let other_name =
        format!("`cargo vault identity import {} NAME` gives it another name", quoted(&args.file));
    let imported = with_own(ctx, |identities| {
        let import = Import { text, name: &args.name, keeping: keeping(args.home) };
        let imported = identities.import(import, |plugin| ctx.plugins(Some(plugin)));
        imported.map_err(|error| not_named(not_kept(error.into()), other_name))
    })?;
    let Imported { origin, recipient, signs } = imported;
    ctx.ui.report(&Done { place: origin.to_string(), recipient, signs })?;
    Ok(End::Done)
}

struct Done {
    place: String,
    recipient: Recipient,
    signs: Option<PublicKey>,
}

impl Report for Done {
    fn text(&self, page: &mut Page) {
        page.line(format!("took an identity into {}", self.place));
        let signs = self.signs.as_ref().map(PublicKey::text).unwrap_or_default();
        page.pairs(&[("recipient", self.recipient.to_string()), ("signs with", signs)]);
    }

    fn json(&self) -> Value {
        json!({
            "origin": self.place,
            "recipient": self.recipient.as_str(),
            "signs": self.signs.as_ref().map(PublicKey::text),
        })
    }
}
