//! `cargo vault member`: who is in the vault, with which keys, and what each may do.

mod add;
mod given;
mod grant;
pub(super) mod leaving;
mod list;
mod remove;
mod replace;
mod revoke;
mod role;

pub(super) use leaving::{confirm, listed, renewed};

use super::super::{End, ctx::Ctx};
use crate::{
    kernel::{
        model::{Access, Action},
        name::EnvName,
    },
    ui::Failure,
};

/// List members, let them in, and say what they may do
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cargo vault member list\n  cargo vault member add carla \"$(cat carla.pub)\" -e dev"
)]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    #[command(visible_alias = "ls")]
    List(list::Args),
    Add(add::Args),
    Grant(grant::Args),
    Remove(remove::Args),
    Replace(replace::Args),
    Revoke(revoke::Args),
    Role(role::Args),
}

impl Args {
    pub(super) fn action(&self) -> Option<Action> {
        match self.command {
            Command::List(_) => None,
            Command::Add(_) => Some(Action::MemberAdd),
            Command::Grant(_) => Some(Action::MemberGrant),
            Command::Remove(_) => Some(Action::MemberRemove),
            Command::Replace(_) => Some(Action::MemberReplace),
            Command::Revoke(_) => Some(Action::MemberRevoke),
            Command::Role(_) => Some(Action::MemberRole),
        }
    }
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    match &args.command {
        Command::List(args) => list::run(ctx, args),
        Command::Add(args) => add::run(ctx, args),
        Command::Grant(args) => grant::run(ctx, args),
        Command::Remove(args) => remove::run(ctx, args),
        Command::Replace(args) => replace::run(ctx, args),
        Command::Revoke(args) => revoke::run(ctx, args),
        Command::Role(args) => role::run(ctx, args),
    }
}

/// What somebody may do.
pub(super) struct May<'a>(pub(super) &'a [(EnvName, Access)]);

impl<'a> May<'a> {
    /// The environments where it is this.
    pub(super) fn names(&self, wanted: Access) -> Vec<&'a EnvName> {
        self.0.iter().filter(|(_, access)| *access == wanted).map(|(env, _)| env).collect()
    }
}

/// The same for a person.
pub(super) fn may(access: &[(EnvName, Access)]) -> String {
    let word = |(env, access): &(EnvName, Access)| match access {
        Access::Write => format!("`{env}` (write)"),
        Access::Read => format!("`{env}` (read)"),
    };
    access.iter().map(word).collect::<Vec<_>>().join(", ")
}
