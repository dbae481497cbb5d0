//! `cargo vault git`: whether git merges and shows secrets by this program, in one clone.

mod install;
mod uninstall;

use std::path::PathBuf;

use super::super::{End, ctx::Ctx, explain::quoted};
use crate::{
    kernel::model::Action,
    store::{GitPlace, StoreError, place_for_new},
    ui::{Class, Failure},
    vault::{PastFault, VaultError},
};

pub(super) use install::offer;

/// Have git merge and show secrets by this program, in this clone
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault git install\n  cargo vault git uninstall")]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Install(install::Args),
    Uninstall(uninstall::Args),
}

impl Args {
    pub(super) fn action(&self) -> Action {
        match self.command {
            Command::Install(_) => Action::GitInstall,
            Command::Uninstall(_) => Action::GitUninstall,
        }
    }
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    match &args.command {
        Command::Install(args) => install::run(ctx, args),
        Command::Uninstall(args) => uninstall::run(ctx, args),
    }
}

/// A failure to write git's configuration, with what helps where another git was killed in the middle.
fn not_written(error: &StoreError) -> Failure {
    match error {
        StoreError::Exists { path } => Failure::new(
            Class::Conflict,
            "config-locked",
            format!("another git writes the configuration: {error}"),
        )
        .help(format!("if none is at work here, one was stopped: `rm {}`", quoted(path))),
        _ => Failure::new(Class::Refused, "write", error.to_string()),
    }
}

/// The clone here and the top of its work tree, also where the vault is not checked out.
fn clone(ctx: &Ctx) -> Result<(GitPlace, PathBuf), Failure> {
    let place = ctx.find().or_else(|_| place_for_new(&ctx.cwd))?;
    let git = place.git.ok_or(VaultError::from(PastFault::NoGit))?;
    let top = git.top(&place.vault).to_owned();
    Ok((git, top))
}
