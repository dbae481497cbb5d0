//! `cargo vault member revoke`: a member loses environments, which get a new key.

use super::{
    super::{
        super::{
            End,
            ctx::{Ctx, usage},
            progress::told,
        },
        init::member_name,
    },
    leaving::{Done, confirm, listed},
};
use crate::{
    kernel::{model::Subject, name::MemberName},
    ui::Failure,
    vault::{Hold, Loses},
};

/// Take environments from a member: new keys of them, and every secret sealed anew
///
/// What git let the member read stays readable: `cargo vault exposed` names it until each has a new value.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cargo vault member revoke bob -e prod\n  cargo vault member revoke bob -e prod --write --yes"
)]
pub(super) struct Args {
    /// Who loses them
    #[arg(value_parser = member_name)]
    name: MemberName,
    /// Take only the right to write
    #[arg(long)]
    write: bool,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let name = &args.name;
    let loses = if args.write { Loses::Writing } else { Loses::Everything };
    if !ctx.typed.env {
        return Err(usage("no-environment-named", "which environment is taken is not said")
            .help(format!("`cargo vault member revoke {name} -e ENV` names it"))
            .help(format!("`cargo vault member remove {name}` takes them all")));
    }
    ctx.names([Subject::Member(name.clone())]);
    ctx.about(None, ctx.envs.first());
    let envs = ctx.with_vault(Hold::Shared, |vault, _| Ok(vault.check_losing(name, &ctx.envs, loses)?))?;
    let (what, flag) = match loses {
        Loses::Everything => (listed(&envs), ""),
        Loses::Writing => (format!("the right to write {}", listed(&envs)), " --write"),
    };
    let flags: String = envs.iter().map(|env| format!(" -e {env}")).collect();
    let question = format!("take {what} from `{name}` and make new keys");
    confirm(ctx, &question, &format!("cargo vault member revoke {name}{flags}{flag}"))?;
    let progress = told(&ctx.ui);
    let done = ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let unlocked = vault.unlock_admin(keyring, &ctx.ask())?;
        ctx.about(Some(unlocked.me()), None);
        let mut change = unlocked.begin(ctx.now)?.telling(&progress);
        let renewed = change.revoke(name, &ctx.envs, loses)?;
        let exposed = change.exposed_to(name);
        change.commit()?;
        let line = format!("took {what} from `{name}`");
        let machines = vault.machines_of(&vault.signed_for_in(name, &envs));
        let (name, reader) = (name.clone(), format!("`{name}`"));
        Ok(Done { name, line, reader, word: "revoked", renewed, exposed, machines })
    })?;
    drop(progress);
    ctx.ui.report(&done)?;
    done.advise(ctx);
    Ok(End::Done)
}
