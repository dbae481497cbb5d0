//! `cargo vault identity`: the key that unlocks and signs.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::super::{
    End,
    ctx::{Ctx, ELSEWHERE, usage},
};
use crate::{
    kernel::{
        format::protected,
        model::Action,
        seal::{Identity, Passphrase, Protected, PublicKey, Recipient},
        secret::Secret,
    },
    store::{StoreError, write_private},
    ui::{Class, Failure, Page, Report},
    unlock::{Candidate, Origin},
};

/// Make and show the identity that unlocks
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make an identity, in your configuration folder or in a file
    New {
        /// Its name among your identities
        #[arg(default_value = "default", value_parser = file_name)]
        name: String,
        /// Protect it with a passphrase
        #[arg(long)]
        passphrase: bool,
        /// Write it to this file
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Show the public halves of your identities
    Show,
}

impl Args {
    pub(super) fn action(&self) -> Option<Action> {
        matches!(self.command, Command::New { .. }).then_some(Action::IdentityNew)
    }
}

fn file_name(text: &str) -> Result<String, String> {
    let sound = (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if sound { Ok(text.to_owned()) } else { Err("it has 1 to 64 letters, digits, `-` and `_`".to_owned()) }
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    match &args.command {
        Command::New { name, passphrase, output } => {
            let path = match output {
                Some(path) => ctx.cwd.join(path),
                None => ctx.identities()?.join(format!("{name}.txt")),
            };
            let identity = Identity::generate();
            store(ctx, &identity, &path, *passphrase)?;
            ctx.ui.report(&Made {
                recipient: identity.recipient().clone(),
                signs: identity.signing_key().public(),
                path,
            })?;
        }
        Command::Show => show(ctx)?,
    }
    Ok(End::Done)
}

/// Writes an identity to a file of its own, under a passphrase if asked; never over another file.
pub(super) fn store(ctx: &Ctx, identity: &Identity, path: &Path, passphrase: bool) -> Result<(), Failure> {
    let file = if passphrase {
        let typed = ctx.ui.hidden_twice("Passphrase of the new identity")?;
        if typed.is_empty() {
            return Err(usage("no-passphrase", "an empty passphrase protects nothing"));
        }
        Secret::new(protected::print(&Protected::seal(identity, &Passphrase::new(typed))).into_bytes())
    } else {
        identity.file(ctx.now.as_str())
    };
    write_private(path, file.expose()).map_err(|error| {
        let own = ctx.identities().is_ok_and(|folder| path.starts_with(folder));
        match &error {
            StoreError::Write { .. } if own => Failure::from(error).help(ELSEWHERE),
            StoreError::Exists { .. } => Failure::from(error)
                .help("`cargo vault identity show` shows those that you have")
                .help("`cargo vault identity new NAME` makes another"),
            _ => error.into(),
        }
    })
}

fn show(ctx: &Ctx) -> Result<(), Failure> {
    let mut shown = Vec::new();
    let found = ctx.keyring()?.all()?;
    for candidate in found {
        let (origin, recipient) = (candidate.origin.clone(), candidate.recipient().clone());
        shown.push(Shown { origin, recipient, signs: signs(candidate) });
    }
    if shown.is_empty() {
        return Err(Failure::new(Class::NotFound, "no-identity", "you have no identity yet")
            .help("`cargo vault identity new` makes one; `cargo vault init` does too"));
    }
    Ok(ctx.ui.report(&Identities(shown))?)
}

/// The signing key of an identity that needs no passphrase.
fn signs(candidate: Candidate) -> Option<PublicKey> {
    struct Nobody;
    impl crate::unlock::Ask for Nobody {
        fn passphrase(&self, _: &Origin) -> Result<Passphrase, crate::unlock::Unasked> {
            Err(crate::unlock::Unasked::NoTerminal)
        }
    }
    candidate.open(&Nobody).ok().map(|identity| identity.signing_key().public())
}

struct Made {
    recipient: Recipient,
    signs: PublicKey,
    path: PathBuf,
}

impl Report for Made {
    fn text(&self, page: &mut Page) {
        page.line(format!("made an identity in `{}`", self.path.display()));
        page.pairs(&[("recipient", self.recipient.to_string()), ("signs with", self.signs.text())]);
    }

    fn json(&self) -> Value {
        json!({ "recipient": self.recipient.as_str(), "signs": self.signs.text(), "path": self.path })
    }
}

struct Shown {
    origin: Origin,
    recipient: Recipient,
    signs: Option<PublicKey>,
}

struct Identities(Vec<Shown>);

impl Report for Identities {
    fn text(&self, page: &mut Page) {
        for (i, shown) in self.0.iter().enumerate() {
            if i > 0 {
                page.gap();
            }
            page.line(shown.origin.to_string());
            let signs = shown.signs.as_ref().map_or("(under a passphrase)".to_owned(), PublicKey::text);
            page.pairs(&[("recipient", shown.recipient.to_string()), ("signs with", signs)]);
        }
    }

    fn json(&self) -> Value {
        let shown = self.0.iter().map(|shown| {
            let signs = shown.signs.as_ref().map(PublicKey::text);
            json!({ "origin": shown.origin.to_string(), "recipient": shown.recipient.as_str(), "signs": signs })
        });
        json!({ "identities": shown.collect::<Vec<_>>() })
    }
}
