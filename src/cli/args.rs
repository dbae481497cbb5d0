//! What can be typed: the flags that every command has, and the commands.

use std::path::PathBuf;

use clap::{ArgMatches, Args, FromArgMatches, Parser, Subcommand, ValueEnum, error::ErrorKind};

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
#[derive(Debug)]
pub(super) enum Command {
    Init(init::Args),
    Set(set::Args),
    Get(get::Args),
    List(list::Args),
    Rm(rm::Args),
    Run(run::Args),
    Env(env::Args),
    Identity(identity::Args),
    Trust(trust::Args),
    Verify(verify::Args),
    Ci(ci::Args),
    Recovery(recovery::Args),
}

/// By hand and not derived, so that the flags of a command are made only if it is typed: to make those of all takes longer
/// than to unwrap a key and open a value.
impl Subcommand for Command {
    fn augment_subcommands(program: clap::Command) -> clap::Command {
        program.subcommands([
            command::<init::Args>("init", "Make a vault in this folder"),
            command::<set::Args>("set", "Set a secret"),
            command::<get::Args>("get", "Print a secret's value"),
            command::<list::Args>("list", "List secrets, without any key").visible_alias("ls"),
            command::<rm::Args>("rm", "Remove secrets"),
            command::<run::Args>("run", "Run a program with the secrets in its environment"),
            command::<env::Args>("env", "List, make and remove environments"),
            command::<identity::Args>("identity", "Make and show the identity that unlocks"),
            command::<trust::Args>("trust", "Trust this vault, by an anchor that came another way"),
            command::<verify::Args>("verify", "Verify every file, without any key"),
            command::<ci::Args>("ci", "Let a CI job read"),
            command::<recovery::Args>("recovery", "Prepare for the loss of every identity"),
        ])
    }

    fn augment_subcommands_for_update(program: clap::Command) -> clap::Command {
        Self::augment_subcommands(program)
    }

    fn has_subcommand(name: &str) -> bool {
        Self::augment_subcommands(clap::Command::new("")).find_subcommand(name).is_some()
    }
}

fn command<A: Args>(name: &'static str, about: &'static str) -> clap::Command {
    clap::Command::new(name).about(about).defer(A::augment_args)
}

impl FromArgMatches for Command {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let (name, typed) =
            matches.subcommand().ok_or_else(|| clap::Error::new(ErrorKind::MissingSubcommand))?;
        Ok(match name {
            "init" => Self::Init(FromArgMatches::from_arg_matches(typed)?),
            "set" => Self::Set(FromArgMatches::from_arg_matches(typed)?),
            "get" => Self::Get(FromArgMatches::from_arg_matches(typed)?),
            "list" => Self::List(FromArgMatches::from_arg_matches(typed)?),
            "rm" => Self::Rm(FromArgMatches::from_arg_matches(typed)?),
            "run" => Self::Run(FromArgMatches::from_arg_matches(typed)?),
            "env" => Self::Env(FromArgMatches::from_arg_matches(typed)?),
            "identity" => Self::Identity(FromArgMatches::from_arg_matches(typed)?),
            "trust" => Self::Trust(FromArgMatches::from_arg_matches(typed)?),
            "verify" => Self::Verify(FromArgMatches::from_arg_matches(typed)?),
            "ci" => Self::Ci(FromArgMatches::from_arg_matches(typed)?),
            "recovery" => Self::Recovery(FromArgMatches::from_arg_matches(typed)?),
            _ => return Err(clap::Error::new(ErrorKind::InvalidSubcommand)),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Parses an environment's name, in clap's way of saying no.
pub(super) fn env_name(text: &str) -> Result<EnvName, String> {
    EnvName::parse(text).map_err(|refusal| refusal.to_string())
}
