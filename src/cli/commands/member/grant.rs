//! `cargo vault member grant`: lets a member into an environment, or lets one write who reads.

use serde_json::{Value, json};

use super::{
    super::super::{End, ctx::Ctx, progress::told},
    super::init::member_name,
    May, may,
};
use crate::{
    kernel::{
        model::{Access, Subject},
        name::{EnvName, MemberName},
    },
    ui::{Failure, Page, Report},
    vault::Hold,
};

/// Let a member into environments, or let one write who reads
///
/// An environment comes with those that it extends, to read. An admin does this, who can open all of them.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cargo vault member grant dan -e staging\n  cargo vault member grant dan -e prod --read"
)]
pub(super) struct Args {
    /// Whom
    #[arg(value_parser = member_name)]
    name: MemberName,
    /// Let them read only
    #[arg(long)]
    read: bool,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let name = &args.name;
    ctx.names([Subject::Member(name.clone())]);
    let granted = ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let access = if args.read { Access::Read } else { Access::Write };
        let access = vault.granted_with(&ctx.all_envs(vault.roster()), access)?;
        let envs: Vec<EnvName> = access.iter().map(|(env, _)| env.clone()).collect();
        let unlocked = vault.unlock(keyring, &ctx.ask(), &envs)?;
        ctx.about(Some(unlocked.me()), envs.first());
        let progress = told(&ctx.ui);
        let mut change = unlocked.begin(ctx.now)?.telling(&progress);
        let granted = change.grant(name, &access)?;
        change.commit()?;
        Ok(granted)
    })?;
    ctx.ui.report(&Done { name, granted })?;
    ctx.ui.help("commit and push `.vault`");
    Ok(End::Done)
}

struct Done<'a> {
    name: &'a MemberName,
    granted: Vec<(EnvName, Access)>,
}

impl Report for Done<'_> {
    fn text(&self, page: &mut Page) {
        page.line(format!("granted {} to `{}`", may(&self.granted), self.name));
    }

    fn json(&self) -> Value {
        let may = May(&self.granted);
        json!({ "member": self.name, "write": may.names(Access::Write), "read": may.names(Access::Read) })
    }
}
