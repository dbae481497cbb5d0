//! `cargo vault member remove`: somebody leaves, and what he could open gets a new key.

use super::{
    super::{
        super::{End, ctx::Ctx, progress::told},
        init::member_name,
    },
    leaving::{Done, confirm, listed},
};
use crate::{
    kernel::{model::Subject, name::MemberName},
    ui::Failure,
    vault::Hold,
};

/// Remove a member: new keys of all that he could read, and every secret sealed anew
///
/// Nobody can take back what git let him read. The answer names those values, and `cargo vault exposed` goes on to, until each
/// has a new value. Only an admin does this who writes every environment concerned.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cargo vault member remove bob\n  cargo vault member remove bob --yes --json"
)]
pub(super) struct Args {
    /// Who leaves
    #[arg(value_parser = member_name)]
    name: MemberName,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let name = &args.name;
    ctx.names([Subject::Member(name.clone())]);
    let envs = ctx.with_vault(Hold::Shared, |vault, _| Ok(vault.check_leaving(name)?))?;
    let keys =
        if envs.is_empty() { String::new() } else { format!(" and make new keys of {}", listed(&envs)) };
    confirm(ctx, &format!("remove `{name}`{keys}"), &format!("cargo vault member remove {name}"))?;
    let progress = told(&ctx.ui);
    let done = ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let unlocked = vault.unlock_admin(keyring, &ctx.ask())?;
        ctx.about(Some(unlocked.me()), None);
        let mut change = unlocked.begin(ctx.now)?.telling(&progress);
        let renewed = change.remove_member(name)?;
        let exposed = change.exposed_to(name);
        change.commit()?;
        let (line, reader) = (format!("removed `{name}`"), format!("`{name}`"));
        let machines = vault.machines_of(&vault.signed_for(name));
        Ok(Done { name: name.clone(), line, reader, word: "removed", renewed, exposed, machines })
    })?;
    drop(progress);
    ctx.ui.report(&done)?;
    done.advise(ctx);
    Ok(End::Done)
}
