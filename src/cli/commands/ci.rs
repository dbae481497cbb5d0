//! `cargo vault ci setup`: a machine that may read, and the one variable that unlocks for it.

use clap::{ValueEnum, ValueHint};
use serde_json::{Value, json};

use super::{
    super::{End, ctx::Ctx, explain::lost_key, reveal::text},
    init::member_name,
};
use crate::{
    kernel::{
        model::{Access, Anchor, Role, Subject},
        name::{EnvName, MemberName},
        seal::Identity,
        secret::Secret,
    },
    ui::{Failure, Page, Report},
    vault::{Enrolled, Hold},
};

/// Let a CI job read
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault ci setup\n  cargo vault ci setup -e prod --for github")]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Add a machine that may only read, and show its key once
    ///
    /// The key carries an anchor: the job knows this vault, and cannot be shown an older roster than today's.
    #[command(
        after_help = "Examples:\n  cargo vault ci setup\n  cargo vault ci setup -e prod --name deploy --for github"
    )]
    Setup {
        /// The machine's name
        #[arg(long, default_value = "ci", value_parser = member_name, value_hint = ValueHint::Other)]
        name: MemberName,
        /// For which CI to print what to paste
        #[arg(long = "for", value_name = "CI", value_enum)]
        system: Option<System>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum System {
    /// GitHub Actions
    Github,
    /// GitLab CI
    Gitlab,
    /// Any shell
    Shell,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let Command::Setup { name, system } = &args.command;
    ctx.can_show_a_key()?;
    let machine = Identity::generate();
    ctx.names([Subject::Member(name.clone())]);
    let (envs, default) = ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let mut envs: Vec<EnvName> = Vec::new();
        for env in ctx.all_envs(vault.roster()) {
            vault.environment(&env)?;
            envs.extend(vault.roster().lineage(&env).into_iter().cloned());
        }
        envs.sort();
        envs.dedup();
        let unlocked = vault.unlock(keyring, &ctx.ask(), &envs)?;
        ctx.about(Some(unlocked.me()), envs.first());
        let mut change = unlocked.begin(ctx.now)?;
        change.enrol(Enrolled {
            name: name.clone(),
            role: Role::Machine,
            recipients: vec![machine.recipient().clone()],
            signs: Vec::new(),
            access: envs.iter().map(|env| (env.clone(), Access::Read)).collect(),
        })?;
        change.commit()?;
        Ok((envs, vault.roster().default.clone()))
    })?;
    let anchor = ctx.with_vault(Hold::Shared, |vault, _| Ok(vault.introduce()?.anchor))?;
    let flags = ctx.envs.iter().filter(|env| **env != default).map(|env| format!("-e {env} ")).collect();
    let key = machine.reveal();
    let done = Done { name, envs, anchor, key, flags, system: *system };
    ctx.ui.report(&done).map_err(|error| lost_key(name, "cargo vault ci setup", &error))?;
    ctx.ui.help("commit and push `.vault`: the key works from then on");
    Ok(End::Done)
}

struct Done<'a> {
    name: &'a MemberName,
    envs: Vec<EnvName>,
    anchor: Anchor,
    key: Secret,
    flags: String,
    system: Option<System>,
}

impl Done<'_> {
    /// The anchored form: the key, `#`, the anchor.
    fn variable(&self) -> String {
        format!("{}#{}", text(&self.key), self.anchor)
    }

    fn snippet(&self, system: System) -> String {
        let flags = &self.flags;
        match system {
            System::Github => format!(
                "# GitHub Actions: `gh secret set CVAULT_KEY`, paste the key, then in the job\n\
                 - run: cargo build\n- run: cargo-vault run {flags}-- ./target/debug/app\n  env:\n    \
                 CVAULT_KEY: ${{{{ secrets.CVAULT_KEY }}}}"
            ),
            System::Gitlab => format!(
                "# GitLab: Settings, CI/CD, Variables: CVAULT_KEY, masked and protected; then in the job\n\
                 script:\n  - cargo build\n  - cargo-vault run {flags}-- ./target/debug/app"
            ),
            System::Shell => format!(
                "# any shell: CVAULT_KEY from wherever the machine keeps it\n\
                 export CVAULT_KEY\ncargo-vault run {flags}-- ./target/debug/app"
            ),
        }
    }
}

impl Report for Done<'_> {
    fn text(&self, page: &mut Page) {
        let envs = self.envs.iter().map(|env| format!("`{env}`")).collect::<Vec<_>>().join(", ");
        page.line(format!("added `{}`, a machine that may read {envs}", self.name));
        page.gap();
        page.line("Its key, shown this once and stored nowhere. It goes into the variable CVAULT_KEY:");
        page.gap();
        page.line(self.variable());
        let all = [System::Github, System::Gitlab, System::Shell];
        for system in all.into_iter().filter(|system| self.system.is_none_or(|asked| asked == *system)) {
            page.gap();
            self.snippet(system).lines().for_each(|line| page.line(line));
        }
    }

    fn json(&self) -> Value {
        json!({
            "member": self.name,
            "environments": self.envs,
            "anchor": self.anchor.to_string(),
            "key": self.variable(),
        })
    }
}
