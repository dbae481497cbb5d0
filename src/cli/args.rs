//! What can be typed: the flags that every command has, and the commands.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::commands::{ci, env, get, identity, init, list, recovery, rm, run, set, trust, verify};
use crate::{
    kernel::name::EnvName,
    ui::{Color, Look},
};

/// Keep a team's secrets, encrypted and signed, in the project's own git repository
#[derive(Debug, Parser)]
#[command(name = "cargo-vault", bin_name = "cargo vault", version, max_term_width = 100)]
#[command(disable_help_subcommand = true, subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = "First minute:\n  cargo vault init\n  cargo vault set DATABASE_URL\n  \
                        cargo vault run -- ./target/debug/app")]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) globals: Globals,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The flags of every command.
#[derive(Debug, Args)]
pub(super) struct Globals {
    /// Use this environment; where several are taken, later ones win [env: CVAULT_ENV]
    #[arg(short, long, global = true, value_name = "NAME", value_parser = env_name)]
    pub(super) env: Vec<EnvName>,
    /// Run as if started in this folder
    #[arg(short = 'C', global = true, value_name = "DIR")]
    pub(super) directory: Option<PathBuf>,
    /// Unlock with the identity in this file
    #[arg(short, long, global = true, value_name = "FILE")]
    pub(super) identity: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long, global = true)]
    json: bool,
    /// Say nothing but answers, warnings and errors
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Say more
    #[arg(short, long, global = true)]
    verbose: bool,
    /// When to colour: on a terminal, always or never
    #[arg(long, global = true, value_name = "WHEN", value_enum)]
    pub(super) color: Option<When>,
    /// Answer every question with yes
    #[arg(short, long, global = true)]
    pub(super) yes: bool,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    Auto,
    Always,
    Never,
}

impl Globals {
    pub(super) fn look(&self) -> Look {
        let color = match self.color {
            None | Some(When::Auto) => Color::Auto,
            Some(When::Always) => Color::Always,
            Some(When::Never) => Color::Never,
        };
        Look { color, quiet: self.quiet, verbose: self.verbose, json: self.json }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a vault in this folder
    Init(init::Args),
    /// Set a secret
    Set(set::Args),
    /// Print a secret's value
    Get(get::Args),
    /// List secrets, without any key
    #[command(visible_alias = "ls")]
    List(list::Args),
    /// Remove secrets
    Rm(rm::Args),
    /// Run a program with the secrets in its environment
    Run(run::Args),
    /// List, make and remove environments
    Env(env::Args),
    /// Make and show the identity that unlocks
    Identity(identity::Args),
    /// Trust this vault, by an anchor that came another way
    Trust(trust::Args),
    /// Verify every file, without any key
    Verify(verify::Args),
    /// Let a CI job read
    Ci(ci::Args),
    /// Prepare for the loss of every identity
    Recovery(recovery::Args),
}

/// Parses an environment's name, in clap's way of saying no.
pub(super) fn env_name(text: &str) -> Result<EnvName, String> {
    EnvName::parse(text).map_err(|refusal| refusal.to_string())
}
