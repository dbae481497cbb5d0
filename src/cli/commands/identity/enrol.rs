//! `cargo vault identity enrol`: one more device of a member.

use serde_json::{Value, json};

use super::{
    super::super::{End, ctx::Ctx},
    super::{
        init::member_name,
        public_key::{recipient, signing_key},
    },
};
use crate::{
    kernel::{
        model::Subject,
        name::MemberName,
        seal::{PublicKey, Recipient},
    },
    ui::{Failure, Page, Report},
    vault::Hold,
};

/// Enrol one more device of a member, by its public halves
///
/// `cargo vault identity show` on that device prints both. Each device opens what its member may open, and none has to be
/// carried to another. An admin does this, who can open everything that the member can.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault identity enrol age1… 'ssh-ed25519 AAAA…'\n  \
                  cargo vault identity enrol \"$(cat ~/.ssh/id_ed25519.pub)\"\n  \
                  cargo vault identity enrol --member bob \"$(cat bob.pub)\"")]
pub(super) struct Args {
    /// What others encrypt to
    #[arg(value_parser = recipient)]
    recipient: Recipient,
    /// What it signs with; an `ssh-ed25519` recipient signs with itself
    #[arg(value_parser = signing_key)]
    signs: Option<PublicKey>,
    /// Whose device it is; else yours
    #[arg(long, value_parser = member_name)]
    member: Option<MemberName>,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let signs = args.signs.or_else(|| PublicKey::parse(args.recipient.as_str()));
    let member = ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let unlocked = vault.unlock_admin(keyring, &ctx.ask())?;
        ctx.about(Some(unlocked.me()), None);
        let member = args.member.clone().unwrap_or_else(|| unlocked.me().clone());
        ctx.names([Subject::Member(member.clone())]);
        let mut change = unlocked.begin(ctx.now)?;
        change.add_device(&member, &args.recipient, signs.as_ref())?;
        change.commit()?;
        Ok(member)
    })?;
    ctx.ui.report(&Done { member, recipient: &args.recipient, signs })?;
    ctx.ui.help("commit and push `.vault`: the device opens it from then on");
    Ok(End::Done)
}

struct Done<'a> {
    member: MemberName,
    recipient: &'a Recipient,
    signs: Option<PublicKey>,
}

impl Report for Done<'_> {
    fn text(&self, page: &mut Page) {
        page.line(format!("added a device of `{}`", self.member));
        page.pairs(&[("recipient", self.recipient.as_str())]);
    }

    fn json(&self) -> Value {
        json!({
            "member": self.member,
            "recipient": self.recipient.as_str(),
            "signs": self.signs.as_ref().map(PublicKey::text),
        })
    }
}
