//! `cargo vault env`: environments listed, made and removed.

use std::collections::BTreeMap;

use clap::ValueHint;
use serde_json::{Value, json};

use super::super::{
    End,
    args::env_name,
    ctx::{Ctx, usage},
};
use super::init::member_name;
use crate::{
    kernel::{
        model::{Access, Action, Roster, Subject},
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
    /// Make an environment, which you can read and write, and nobody else unless named
    ///
    /// Who may read it may read what it extends, too.
    #[command(
        after_help = "Examples:\n  cargo vault env add stage\n  cargo vault env add test --extends dev\n  \
                            cargo vault env add canary --write dan"
    )]
    Add {
        /// Its name
        #[arg(value_parser = env_name, value_hint = ValueHint::Other)]
        name: EnvName,
        /// Take values from this environment where it has none
        #[arg(long, value_name = "NAME", value_parser = env_name)]
        extends: Vec<EnvName>,
        /// Let this member read and write it
        #[arg(long, value_name = "NAME", value_parser = member_name)]
        write: Vec<MemberName>,
        /// Let this member read it
        #[arg(long, value_name = "NAME", value_parser = member_name)]
        read: Vec<MemberName>,
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
        Command::Add { name, extends, write, read } => {
            let with = |access| move |member: &MemberName| (member.clone(), access);
            let reads = read.iter().map(with(Access::Read));
            let others = reads.chain(write.iter().map(with(Access::Write))).collect();
            let also = add(ctx, name, extends, &others)?;
            ctx.ui.report(&Made { name, also })?;
        }
        Command::Rm { name } => {
            remove(ctx, name)?;
            ctx.ui.report(&Removed { name })?;
        }
    }
    Ok(End::Done)
}

fn add(
    ctx: &Ctx,
    name: &EnvName,
    extends: &[EnvName],
    others: &BTreeMap<MemberName, Access>,
) -> Result<Vec<(MemberName, EnvName)>, Failure> {
    ctx.about(None, Some(name));
    ctx.names(others.keys().map(|member| Subject::Member(member.clone())));
    ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let unlocked = vault.unlock_admin(keyring, &ctx.ask())?;
        ctx.about(Some(unlocked.me()), None);
        let mut change = unlocked.begin(ctx.now)?;
        let also = change.add_environment(name, extends.to_vec(), others)?;
        change.commit()?;
        Ok(also)
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

struct Made<'a> {
    name: &'a EnvName,
    /// Who may read what it extends, and might not before.
    also: Vec<(MemberName, EnvName)>,
}

impl Report for Made<'_> {
    fn text(&self, page: &mut Page) {
        page.line(format!("made environment `{}`", self.name));
        for (member, env) in &self.also {
            page.line(format!("`{member}` may read `{env}` now, which it extends"));
        }
    }

    fn json(&self) -> Value {
        let also = self.also.iter().map(|(member, env)| json!({ "member": member, "environment": env }));
        json!({ "environment": self.name, "done": "made", "also": also.collect::<Vec<_>>() })
    }
}

struct Removed<'a> {
    name: &'a EnvName,
}

impl Report for Removed<'_> {
    fn text(&self, page: &mut Page) {
        page.line(format!("removed environment `{}`", self.name));
    }

    fn json(&self) -> Value {
        json!({ "environment": self.name, "done": "removed" })
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
