//! `cargo vault member`: who is in the vault, with which keys, and what each may do.

mod leaving;
mod list;
mod remove;
mod revoke;
mod role;

pub(super) use leaving::renewed;

use super::super::{End, ctx::Ctx};
use crate::{kernel::model::Action, ui::Failure};

/// List members, let them in, and say what they may do
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault member list\n  cargo vault member list --json")]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    #[command(visible_alias = "ls")]
    List(list::Args),
    Remove(remove::Args),
    Revoke(revoke::Args),
    Role(role::Args),
}

impl Args {
    pub(super) fn action(&self) -> Option<Action> {
        match self.command {
            Command::List(_) => None,
            Command::Remove(_) => Some(Action::MemberRemove),
            Command::Revoke(_) => Some(Action::MemberRevoke),
            Command::Role(_) => Some(Action::MemberRole),
        }
    }
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    match &args.command {
        Command::List(args) => list::run(ctx, args),
        Command::Remove(args) => remove::run(ctx, args),
        Command::Revoke(args) => revoke::run(ctx, args),
        Command::Role(args) => role::run(ctx, args),
    }
}
