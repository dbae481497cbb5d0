//! `cargo vault trust`: trusts a vault by its anchor, and shows it.

use serde_json::{Value, json};

use super::super::{End, ctx::Ctx};
use crate::{
    kernel::model::{Action, Anchor},
    ui::{Class, Failure, Page, Report},
    vault::{FirstUse, Hold, Introduction, VaultError},
};

/// Trust this vault, by an anchor that came another way
///
/// An anchor names one line of one vault's log. Whoever is in the vault prints it with --show; compare it over another channel
/// than the repository.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault trust --show\n  cargo vault trust \"$(cat anchor.txt)\"")]
pub(in crate::cli) struct Args {
    /// The anchor
    #[arg(value_parser = anchor, required_unless_present = "show")]
    anchor: Option<Anchor>,
    /// Show the vault's anchor
    #[arg(long, conflicts_with = "anchor")]
    show: bool,
}

impl Args {
    pub(super) fn action(&self) -> Option<Action> {
        self.anchor.as_ref().map(|_| Action::Trust)
    }
}

fn anchor(text: &str) -> Result<Anchor, String> {
    Anchor::parse(text).map_err(|_| "it is written `<vault id>.<serial>.<hash>`".to_owned())
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let meeting = args.anchor.as_ref().map_or(FirstUse::Look, FirstUse::Renew);
    let (introduction, unknown) = ctx.with_vault_met(Hold::Shared, meeting, |vault, _| {
        if let Some(anchor) = &args.anchor {
            vault.log()?.check_anchor(anchor).map_err(VaultError::from)?;
        }
        Ok((vault.introduce()?, vault.is_unknown()))
    })?;
    if unknown {
        ctx.ui.warning("nothing vouches for this vault here: compare it with what a member of it sees");
    }
    ctx.ui.report(&Shown { introduction, trusted: args.anchor.is_some() })?;
    Ok(if unknown { End::Found(Class::Tampered) } else { End::Done })
}

struct Shown {
    introduction: Introduction,
    trusted: bool,
}

impl Report for Shown {
    fn text(&self, page: &mut Page) {
        let Introduction { vault, founder, members, anchor } = &self.introduction;
        if self.trusted {
            page.line("this vault is trusted from now on");
        }
        let founder = founder.as_ref().map_or("no member any more", |name| name.as_str()).to_owned();
        let members = members.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
        let pairs = [
            ("vault", vault.to_string()),
            ("founder", founder),
            ("members", members),
            ("anchor", anchor.to_string()),
        ];
        page.pairs(&pairs);
    }

    fn json(&self) -> Value {
        let Introduction { vault, founder, members, anchor } = &self.introduction;
        json!({ "vault": vault.hex(), "founder": founder, "members": members, "anchor": anchor.to_string() })
    }
}
