//! What can be typed: the flags that every command has, and the commands.

use std::{ffi::OsString, path::PathBuf};

use clap::{ArgMatches, Args, FromArgMatches, ValueEnum, error::ErrorKind};

use super::commands::{ci, cp, env, get, identity, init, list, mv, recovery, rm, run, set, trust, verify};
use super::typo::suggest;
use crate::{
    kernel::name::EnvName,
    ui::{Color, Look},
};

/// What was typed.
pub(super) struct Cli {
    pub(super) globals: Globals,
    pub(super) command: Command,
}

impl Cli {
    /// Parses the arguments. Where a command's name stands among them, that command alone is made first: to make all of them,
    /// each with the flags that every command has, takes longer than to unwrap a key and open a value. What does not parse so
    /// is parsed again with all, which then says what is wrong.
    pub(super) fn parse(args: &[OsString]) -> Result<Self, clap::Error> {
        let named = || args.iter().skip(1).filter_map(|arg| arg.to_str()).find_map(described);
        if let Some(Ok(matches)) =
            named().map(|command| program().subcommand(command).try_get_matches_from(args))
        {
            return Self::of(&matches);
        }
        let all = NAMES.iter().filter_map(|name| described(name));
        let matches = program().subcommands(all).try_get_matches_from(args);
        Self::of(&matches.map_err(|error| suggest(error, named(), &NAMES))?)
    }

    fn of(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let globals = Globals::from_arg_matches(matches)?;
        Ok(Self { globals, command: Command::from_arg_matches(matches)? })
    }
}

fn program() -> clap::Command {
    let program = clap::Command::new("cargo-vault")
        .bin_name("cargo vault")
        .about("Keep a team's secrets, encrypted and signed, in the project's own git repository")
        .version(env!("CARGO_PKG_VERSION"))
        .max_term_width(100)
        .disable_help_subcommand(true)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .after_help(
            "First minute:\n  cargo vault init\n  cargo vault set DATABASE_URL\n  \
             cargo vault run -- ./target/debug/app",
        );
    // A flattened group brings a text of its own, which is not the program's.
    let about = program.get_about().cloned();
    let program = Globals::augment_args(program);
    match about {
        Some(about) => program.about(about).long_about(None),
        None => program,
    }
}

const NAMES: [&str; 14] = [
    "init", "set", "get", "list", "rm", "mv", "cp", "run", "env", "identity", "trust", "verify", "ci",
    "recovery",
];

fn described(name: &str) -> Option<clap::Command> {
    Some(match name {
        "init" => command::<init::Args>("init", "Make a vault in this folder"),
        "set" => command::<set::Args>("set", "Set a secret"),
        "get" => command::<get::Args>("get", "Print a secret's value"),
        "list" | "ls" => command::<list::Args>("list", "List secrets, without any key").visible_alias("ls"),
        "rm" => command::<rm::Args>("rm", "Remove secrets"),
        "mv" => command::<mv::Args>("mv", "Move a secret to another name or environment"),
        "cp" => command::<cp::Args>("cp", "Copy secrets to another name or environment"),
        "run" => command::<run::Args>("run", "Run a program with the secrets in its environment"),
        "env" => command::<env::Args>("env", "List, make and remove environments"),
        "identity" => command::<identity::Args>("identity", "Make and show the identity that unlocks"),
        "trust" => command::<trust::Args>("trust", "Trust this vault, by an anchor that came another way"),
        "verify" => command::<verify::Args>("verify", "Verify every file, without any key"),
        "ci" => command::<ci::Args>("ci", "Let a CI job read"),
        "recovery" => command::<recovery::Args>("recovery", "Prepare for the loss of every identity"),
        _ => return None,
    })
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
    /// Use no pager
    #[arg(long, global = true)]
    pub(super) no_pager: bool,
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
    Mv(mv::Args),
    Cp(cp::Args),
    Run(run::Args),
    Env(env::Args),
    Identity(identity::Args),
    Trust(trust::Args),
    Verify(verify::Args),
    Ci(ci::Args),
    Recovery(recovery::Args),
}

fn command<A: Args>(name: &'static str, about: &'static str) -> clap::Command {
    clap::Command::new(name).about(about).defer(A::augment_args)
}

impl Command {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let (name, typed) =
            matches.subcommand().ok_or_else(|| clap::Error::new(ErrorKind::MissingSubcommand))?;
        Ok(match name {
            "init" => Self::Init(FromArgMatches::from_arg_matches(typed)?),
            "set" => Self::Set(FromArgMatches::from_arg_matches(typed)?),
            "get" => Self::Get(FromArgMatches::from_arg_matches(typed)?),
            "list" => Self::List(FromArgMatches::from_arg_matches(typed)?),
            "rm" => Self::Rm(FromArgMatches::from_arg_matches(typed)?),
            "mv" => Self::Mv(FromArgMatches::from_arg_matches(typed)?),
            "cp" => Self::Cp(FromArgMatches::from_arg_matches(typed)?),
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
}

/// Parses an environment's name, in clap's way of saying no.
pub(super) fn env_name(text: &str) -> Result<EnvName, String> {
    EnvName::parse(text).map_err(|refusal| refusal.to_string())
}
