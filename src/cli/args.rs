//! What can be typed: the flags that every command has, and the commands.

use std::{ffi::OsString, path::PathBuf};

use clap::{ArgMatches, Args, FromArgMatches, ValueEnum, ValueHint, error::ErrorKind};

use super::{
    End,
    commands::{
        allow, approve, bench, blame, ci, completions, config, cp, demo, deny, diff, doctor, edit, env,
        exposed, get, git, history, hook, identity, init, inject, join, list, log, man, mask, member, mv,
        recovery, rekey, repair, requests, resolve, rm, rollback, run, set, show, status, test, trust,
        verify, whoami,
    },
    ctx::Ctx,
    typo::suggest,
};
use crate::{
    kernel::name::{EnvName, MemberName},
    ui::{Color, Failure, Look},
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
        let matches = all().try_get_matches_from(args);
        Self::of(&matches.map_err(|error| suggest(error, named(), NAMES))?)
    }

    fn of(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let globals = Globals::from_arg_matches(matches)?;
        Ok(Self { globals, command: Command::from_arg_matches(matches)? })
    }
}

/// All commands.
fn all() -> clap::Command {
    program().subcommands(NAMES.iter().filter_map(|name| described(name)))
}

/// All commands with all their flags, as manual pages, completion and tests walk them.
pub(super) fn tree() -> clap::Command {
    let mut all = all();
    all.build();
    all
}

/// The program without its commands.
pub(super) fn program() -> clap::Command {
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
    // Behind a command's own flags.
    let program = Globals::augment_args(program.next_display_order(900));
    match about {
        Some(about) => program.about(about).long_about(None),
        None => program,
    }
}

macro_rules! commands {
    ($($variant:ident $module:ident $name:literal $(or $alias:literal)? $about:literal),+ $(,)?) => {
        /// What can be typed, in the order of `--help`.
        pub(super) const NAMES: &[&str] = &[$($name),+];

        /// One command, whose flags are made when they are needed.
        pub(super) fn described(name: &str) -> Option<clap::Command> {
            Some(match name {
                $($name $(| $alias)? => command::<$module::Args>($name, $about)$(.visible_alias($alias))?,)+
                _ => return None,
            })
        }

        /// The commands.
        #[derive(Debug)]
        pub(super) enum Command {
            $($variant($module::Args)),+
        }

        impl Command {
            fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
                let (name, typed) =
                    matches.subcommand().ok_or_else(|| clap::Error::new(ErrorKind::MissingSubcommand))?;
                Ok(match name {
                    $($name => Self::$variant(FromArgMatches::from_arg_matches(typed)?),)+
                    _ => return Err(clap::Error::new(ErrorKind::InvalidSubcommand)),
                })
            }

            /// Does what was typed.
            pub(super) fn run(&self, ctx: &Ctx) -> Result<End, Failure> {
                match self {
                    $(Self::$variant(args) => $module::run(ctx, args)),+
                }
            }
        }
    };
}

// A new command is one row here, and one in `commands::action`.
commands! {
    Init init "init" "Make a vault in this folder",
    Set set "set" "Set a secret",
    Get get "get" "Print a secret's value",
    List list "list" or "ls" "List secrets, without any key",
    Rm rm "rm" "Remove secrets",
    Mv mv "mv" "Move a secret to another name or environment",
    Cp cp "cp" "Copy secrets to another name or environment",
    Edit edit "edit" "Edit secrets in your editor",
    Run run "run" "Run a program with the secrets in its environment",
    Test test "test" "Run cargo's tests with the secrets in their environment",
    Bench bench "bench" "Run cargo's benches with the secrets in their environment",
    Inject inject "inject" "Put values where a text refers to them",
    Mask mask "mask" "Mask the values in what passes through",
    Env env "env" "List, make and remove environments",
    Join join "join" "Ask to be let in, or for more than you have",
    Requests requests "requests" "Show who asks to be let in",
    Approve approve "approve" "Let somebody in who asked",
    Member member "member" "List members, let them in, and say what they may do",
    Rekey rekey "rekey" "Make new keys of environments, and seal their secrets anew",
    Resolve resolve "resolve" "Bring two branches of the vault together that git could not merge",
    Repair repair "repair" "Write secrets anew that a merge or a fault left not in order",
    Exposed exposed "exposed" "List values that those who left can still read, without any key",
    Status status "status" "Show how the vault stands, without any key",
    Log log "log" "Show what changed, commit by commit, without any key",
    History history "history" "Show each version that a secret had, without any key",
    Show show "show" "Print a value as it is or was, and say what it is",
    Diff diff "diff" "Show what differs between two commits, or a commit and what lies here",
    Rollback rollback "rollback" "Set a secret to a value that it had before",
    Blame blame "blame" "Show who set each secret, and in which commit, without any key",
    Verify verify "verify" "Verify every file, without any key",
    Trust trust "trust" "Trust this vault, by an anchor that came another way",
    Whoami whoami "whoami" "Show who you are in this vault, and by which key",
    Identity identity "identity" "Make, keep and carry the keys that unlock and sign",
    Recovery recovery "recovery" "Prepare for the loss of every identity, and come back",
    Ci ci "ci" "Let a CI job read",
    Git git "git" "Have git merge and show secrets by this program, in this clone",
    Hook hook "hook" "Print what has your shell load the secrets of folders that you allowed",
    Allow allow "allow" "Allow the vault here to load into your shell",
    Deny deny "deny" "Take back what was allowed",
    Doctor doctor "doctor" "Look for what is not in order, and say how to mend it",
    Config config "config" "Show and change settings",
    Demo demo "demo" "Show the whole cycle in a temporary folder",
    Completions completions "completions" "Print the completion script of a shell",
    Man man "man" "Show a command's manual page",
}

fn command<A: Args>(name: &'static str, about: &'static str) -> clap::Command {
    clap::Command::new(name).about(about).defer(A::augment_args)
}

impl Command {
    /// Whether it ends as a program does that it starts.
    pub(super) fn starts_a_program(&self) -> bool {
        matches!(self, Self::Run(_) | Self::Test(_) | Self::Bench(_))
    }

    /// Whether it mends, or does without, what every other command begins with.
    pub(super) fn mends(&self) -> bool {
        match self {
            Self::Config(_) | Self::Doctor(_) | Self::Demo(_) => true,
            Self::Edit(args) => args.keeps(),
            _ => false,
        }
    }
}

/// A command's name where it is an argument, so that completion knows it.
#[derive(Clone, Debug)]
pub(super) struct CommandName(pub(super) String);

/// Takes any word as a command's name; whether there is such a command, the manual knows.
pub(super) fn command_name(text: &str) -> Result<CommandName, String> {
    Ok(CommandName(text.to_owned()))
}

/// A name that somebody asks to join by, so that completion knows it.
#[derive(Clone, Debug)]
pub(super) struct RequestName(pub(super) MemberName);

/// Parses such a name.
pub(super) fn request_name(text: &str) -> Result<RequestName, String> {
    MemberName::parse(text).map(RequestName).map_err(|refusal| refusal.to_string())
}

/// How a secret's name begins, where that is an argument, so that completion knows it.
#[derive(Clone, Debug)]
pub(super) struct NameBegin(pub(super) String);

/// Takes any text as the beginning of a name.
pub(super) fn name_begin(text: &str) -> Result<NameBegin, String> {
    Ok(NameBegin(text.to_owned()))
}

/// The flags of every command.
#[derive(Debug, Default, Args)]
pub(super) struct Globals {
    /// Use this environment; where several are taken, later ones win [env: CVAULT_ENV]
    #[arg(short, long, global = true, value_name = "NAME", value_parser = env_name)]
    pub(super) env: Vec<EnvName>,
    /// Run as if started in this folder
    #[arg(short = 'C', global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
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

/// Parses an environment's name, in clap's way of saying no.
pub(super) fn env_name(text: &str) -> Result<EnvName, String> {
    EnvName::parse(text).map_err(|refusal| refusal.to_string())
}
