//! `cargo vault ci setup`: a machine that may read, and the one variable that unlocks for it.

use clap::{ValueEnum, ValueHint};
use serde_json::{Value, json};

use super::{
    super::{
        End,
        ctx::{Ctx, usage},
        explain::lost_key,
        progress::told,
        reveal::text,
    },
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
    vault::{Enrolled, Hold, Replacing},
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
    /// The key carries an anchor: the job knows this vault, and cannot be shown an older roster than today's. With --again a
    /// machine that is here gets a new key with a newer anchor, and the old one is dead: what it opened gets new keys.
    #[command(
        after_help = "Examples:\n  cargo vault ci setup\n  cargo vault ci setup -e prod --name deploy --for github\n  \
                      cargo vault ci setup --again --name nightly"
    )]
    Setup {
        /// The machine's name
        #[arg(long, default_value = "ci", value_parser = member_name, value_hint = ValueHint::Other)]
        name: MemberName,
        /// Give a machine that is here a new key, in the place of its old one
        #[arg(long)]
        again: bool,
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
    let Command::Setup { name, again, system } = &args.command;
    if *again && ctx.typed.env {
        return Err(usage("env-again", "with --again a machine opens what it did before")
            .help(format!("`cargo vault member grant {name} -e ENV --read` gives it more")));
    }
    ctx.can_show_a_key()?;
    let machine = Identity::generate();
    ctx.names([Subject::Member(name.clone())]);
    let (envs, flags) = if *again { renewed(ctx, name, &machine)? } else { added(ctx, name, &machine)? };
    let anchor = ctx.with_vault(Hold::Shared, |vault, _| Ok(vault.introduce()?.anchor))?;
    let key = machine.reveal();
    let done = Done { name, again: *again, envs, anchor, key, flags, system: *system };
    let command = if *again { "cargo vault ci setup --again" } else { "cargo vault ci setup" };
    ctx.ui.report(&done).map_err(|error| lost_key(name, command, &error))?;
    if *again {
        ctx.ui.help(&format!("`cargo vault exposed --to {name}` lists what git still lets the old key read"));
    }
    ctx.ui.help("commit and push `.vault`: the key works from then on");
    Ok(End::Done)
}

/// A new machine. Gives what it opens, and the flags that a job types for it.
fn added(ctx: &Ctx, name: &MemberName, machine: &Identity) -> Result<(Vec<EnvName>, String), Failure> {
    ctx.with_vault(Hold::Exclusive, |vault, keyring| {
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
        Ok((envs, flags(&ctx.envs, &vault.roster().default)))
    })
}

/// A new key of a machine that is here. Gives the same.
fn renewed(ctx: &Ctx, name: &MemberName, machine: &Identity) -> Result<(Vec<EnvName>, String), Failure> {
    let progress = told(&ctx.ui);
    ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        vault.check_machine(name)?;
        let lost = vault.lost_keys(name, &[])?;
        let recipients = vec![machine.recipient().clone()];
        let replacing = Replacing { name: name.clone(), lost, recipients, signs: Vec::new() };
        let unlocked = vault.unlock_admin(keyring, &ctx.ask())?;
        ctx.about(Some(unlocked.me()), None);
        let mut change = unlocked.begin(ctx.now)?.telling(&progress);
        change.replace_keys(&replacing)?;
        change.commit()?;
        let envs: Vec<EnvName> = vault.roster().granted(name).into_iter().map(|(env, _)| env).collect();
        let below = |env: &&EnvName| {
            let mut others = envs.iter().filter(|other| other != env);
            !others.any(|other| vault.roster().lineage(other).contains(env))
        };
        let typed: Vec<EnvName> = envs.iter().filter(below).cloned().collect();
        Ok((envs, flags(&typed, &vault.roster().default)))
    })
}

fn flags(envs: &[EnvName], default: &EnvName) -> String {
    envs.iter().filter(|env| *env != default).map(|env| format!("-e {env} ")).collect()
}

struct Done<'a> {
    name: &'a MemberName,
    again: bool,
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
        page.line(match self.again {
            true => format!("`{}`, a machine that may read {envs}, has a new key", self.name),
            false => format!("added `{}`, a machine that may read {envs}", self.name),
        });
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
