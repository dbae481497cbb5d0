//! `cargo vault env`: environments listed, made and removed.

use clap::ValueHint;
use serde_json::{Value, json};

use super::super::{
    End,
    args::env_name,
    ctx::{Ctx, usage},
};
use crate::{
    kernel::{
        model::{Action, Roster},
        name::{EnvName, MemberName},
    },
    ui::{Class, Failure, Page, Report, Word},
    vault::Hold,
};

/// List, make and remove environments
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault env list\n  cargo vault env add stage --extends prod")]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List environments, and who can read and write them
    #[command(
        visible_alias = "ls",
        after_help = "Examples:\n  cargo vault env list\n  cargo vault env list --json"
    )]
    List,
    /// Make an environment, which you alone can read and write at first
    #[command(
        after_help = "Examples:\n  cargo vault env add stage\n  cargo vault env add test --extends dev"
    )]
    Add {
        /// Its name
        #[arg(value_parser = env_name, value_hint = ValueHint::Other)]
        name: EnvName,
        /// Take values from this environment where it has none
        #[arg(long, value_name = "NAME", value_parser = env_name)]
        extends: Vec<EnvName>,
    },
    /// Remove an environment with all its secrets
    #[command(after_help = "Examples:\n  cargo vault env rm prod\n  cargo vault env rm prod --yes")]
    Rm {
        /// Its name
        #[arg(value_parser = env_name)]
        name: EnvName,
    },
}

impl Args {
    pub(super) fn action(&self) -> Option<Action> {
        match self.command {
            Command::List => None,
            Command::Add { .. } => Some(Action::EnvAdd),
            Command::Rm { .. } => Some(Action::EnvRm),
        }
    }
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    match &args.command {
        Command::List => {
            let roster = ctx.with_vault(Hold::Shared, |vault, _| Ok(vault.roster().clone()))?;
            ctx.ui.report(&Environments(roster))?;
        }
        Command::Add { name, extends } => {
            add(ctx, name, extends)?;
            ctx.ui.report(&Done { name, word: "made" })?;
        }
        Command::Rm { name } => {
            remove(ctx, name)?;
            ctx.ui.report(&Done { name, word: "removed" })?;
        }
    }
    Ok(End::Done)
}

fn add(ctx: &Ctx, name: &EnvName, extends: &[EnvName]) -> Result<(), Failure> {
    ctx.about(None, Some(name));
    ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let unlocked = vault.unlock_admin(keyring, &ctx.ask())?;
        ctx.about(Some(unlocked.me()), None);
        let mut change = unlocked.begin(ctx.now)?;
        change.add_environment(name, extends.to_vec())?;
        Ok(change.commit()?)
    })
}

fn remove(ctx: &Ctx, name: &EnvName) -> Result<(), Failure> {
    ctx.about(None, Some(name));
    if !ctx.yes {
        confirm(ctx, name)?;
    }
    ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let unlocked = vault.unlock_admin(keyring, &ctx.ask())?;
        ctx.about(Some(unlocked.me()), None);
        let mut change = unlocked.begin(ctx.now)?;
        change.remove_environment(name)?;
        Ok(change.commit()?)
    })
}

fn confirm(ctx: &Ctx, name: &EnvName) -> Result<(), Failure> {
    let secrets = ctx.with_vault(Hold::Shared, |vault, _| {
        vault.check_removable(name)?;
        Ok(vault.list(name)?.secrets.len())
    })?;
    let plural = if secrets == 1 { "" } else { "s" };
    let what = format!("environment `{name}` and its {secrets} secret{plural}");
    if !ctx.ui.can_ask() {
        return Err(usage("not-confirmed", format!("{what} are removed only when asked twice"))
            .help(format!("`cargo vault env rm {name} --yes` removes them")));
    }
    match ctx.ui.confirm(&format!("Remove {what}?"), false)? {
        true => Ok(()),
        false => Err(Failure::new(Class::Refused, "not-confirmed", "nothing was removed")),
    }
}

struct Done<'a> {
    name: &'a EnvName,
    word: &'static str,
}

impl Report for Done<'_> {
    fn text(&self, page: &mut Page) {
        page.line(format!("{} environment `{}`", self.word, self.name));
    }

    fn json(&self) -> Value {
        json!({ "environment": self.name, "done": self.word })
    }
}

struct Environments(Roster);

fn listed(names: &[MemberName]) -> String {
    names.iter().map(MemberName::as_str).collect::<Vec<_>>().join(" ")
}

impl Report for Environments {
    fn text(&self, page: &mut Page) {
        let rows = self.0.environments.iter().map(|(name, environment)| {
            let default = if *name == self.0.default { "default" } else { "" };
            let extends = environment.extends.iter().map(EnvName::as_str).collect::<Vec<_>>().join(" ");
            let cells = [listed(&environment.write), listed(&environment.read), extends, default.to_owned()];
            std::iter::once(Word::strong(name.as_str()))
                .chain(cells.into_iter().map(Word::plain))
                .collect::<Vec<_>>()
        });
        let rows: Vec<Vec<Word>> = rows.collect();
        page.table(&["ENVIRONMENT", "WRITE", "READ", "EXTENDS", ""], &rows);
    }

    fn json(&self) -> Value {
        let environments = self.0.environments.iter().map(|(name, environment)| {
            json!({
                "name": name,
                "epoch": environment.epoch,
                "write": environment.write,
                "read": environment.read,
                "extends": environment.extends,
                "default": *name == self.0.default,
            })
        });
        json!({ "environments": environments.collect::<Vec<_>>() })
    }
}
