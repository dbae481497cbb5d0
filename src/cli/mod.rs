//! The command line: what is typed, one thin file a command, and the words for every failure.

mod args;
mod ask;
mod changes;
mod commands;
mod committing;
mod complete;
mod configured;
mod ctx;
mod explain;
mod hook;
mod manual;
mod own_commit;
mod paging;
mod plumbing;
mod progress;
mod reveal;
mod script;
mod settings;
mod typo;
mod user_file;

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    io,
    path::{Path, PathBuf},
    process::ExitCode,
    rc::Rc,
};

use crate::{
    kernel::time::Timestamp,
    run::{CoreLimit, Ended, MONITOR, cargo, monitor},
    ui::{Class, Failure, Look, Ui, UiError},
};

use args::{Cli, Command};
use ctx::Ctx;

/// The user's folders, as the system has them.
#[derive(Clone, Debug, Default)]
pub struct Folders {
    /// Settings and identities.
    pub config: Option<PathBuf>,
    /// What is trusted.
    pub data: Option<PathBuf>,
    /// The audit log.
    pub state: Option<PathBuf>,
    /// Home, where SSH keys lie.
    pub home: Option<PathBuf>,
}

/// What the process was started with.
pub struct World {
    /// The arguments, the program's own name first.
    pub args: Vec<OsString>,
    /// The environment.
    pub env: BTreeMap<OsString, OsString>,
    /// The folder in which it was started.
    pub cwd: io::Result<PathBuf>,
    /// The time.
    pub now: Timestamp,
    /// The user's folders.
    pub folders: Folders,
    /// The limit on core files as it was, for a child.
    pub core: CoreLimit,
}

/// How a command ended without a failure of its own.
enum End {
    /// Done.
    Done,
    /// A check found something, and has said what.
    Found(Class),
    /// A program that was stayed beside has ended, and this one ends as it did.
    Child(Ended),
}

/// Runs one command.
pub fn run(mut world: World) -> ExitCode {
    let args = own_arguments(&mut world.args);
    if let Some(words) = complete::called(&args) {
        return complete(&world, words);
    }
    if let Some(words) = hook::called(&args) {
        return hook::answer(world, words);
    }
    if let Some(call) = plumbing::called(&args) {
        return plumbing::answer(world, call);
    }
    if let [_, word, words @ ..] = &args[..]
        && word == MONITOR
    {
        return monitor(words, &world.core).map_or(Class::Bug.into(), |()| ExitCode::SUCCESS);
    }
    let cli = match Cli::parse(&args) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let no_color =
        |name: &str, of: &dyn Fn(&OsStr) -> bool| world.env.get(OsStr::new(name)).is_some_and(|v| of(v));
    let no_color = no_color("NO_COLOR", &|v| !v.is_empty()) || no_color("TERM", &|v| v == "dumb");
    let look = cli.globals.look();
    let in_run = cli.command.starts_a_program();
    let mends = cli.command.mends();
    let failure = match Ctx::new(world, &cli.globals, no_color) {
        Err(failure) => (Rc::new(Ui::new(look, no_color)), failure),
        Ok(mut ctx) if !mends && !ctx.faults.is_empty() => (ctx.ui, ctx.faults.swap_remove(0)),
        Ok(mut ctx) => match dispatch(&mut ctx, &cli.command) {
            Ok(End::Done) => return ExitCode::SUCCESS,
            Ok(End::Found(class)) => return class.into(),
            Ok(End::Child(ended)) => {
                drop(ctx);
                return ended.leave().into();
            }
            Err(failure) => {
                let failure = ctx.placed(failure);
                (ctx.ui, failure)
            }
        },
    };
    end(&failure.0, &failure.1, in_run)
}

fn dispatch(ctx: &mut Ctx, command: &Command) -> Result<End, Failure> {
    ctx.silent = command.asks_nobody();
    commands::dispatch(ctx, command)
}

fn end(ui: &Ui, failure: &Failure, in_run: bool) -> ExitCode {
    // Whoever read the answer has stopped reading, as `head` does: that is no failure of ours.
    if failure.code == explain::CLOSED {
        return ExitCode::SUCCESS;
    }
    ui.failure(failure);
    match failure.code {
        explain::NO_PROGRAM => ExitCode::from(127),
        explain::CANNOT_RUN => ExitCode::from(126),
        // As env(1) has it, so that a child's own exit code is told from a failure before it.
        _ if in_run => ExitCode::from(125),
        _ => failure.class.into(),
    }
}

/// Answers a shell that completes, which wants candidates or nothing.
fn complete(world: &World, words: &[OsString]) -> ExitCode {
    let cwd = world.cwd.as_deref().unwrap_or(Path::new("."));
    let variable = |name: &str| world.env.get(OsStr::new(name)).cloned();
    let config = world.folders.config.as_ref().map(|folder| folder.join("cargo-vault"));
    let config = config.as_deref();
    let answer = complete::answer(&complete::Around { words, cwd, config, variable: &variable });
    // A shell that stopped listening is no failure.
    let _ = Ui::new(Look::default(), true).bytes(answer.as_bytes());
    ExitCode::SUCCESS
}

/// Answers `--version`, for which neither the environment is read nor a command made.
pub fn version(args: &[OsString]) -> Option<ExitCode> {
    let words = args.get(1..)?;
    let words = words.strip_prefix(&[OsString::from("vault")]).unwrap_or(words);
    let [word] = words else { return None };
    if word != "--version" && word != "-V" {
        return None;
    }
    let ui = Ui::new(Look::default(), true);
    let printed = ui.bytes(concat!("cargo-vault ", env!("CARGO_PKG_VERSION"), "\n").as_bytes());
    Some(printed.map_or_else(|error| end(&ui, &error.into(), false), |()| ExitCode::SUCCESS))
}

/// Does what cargo has started us for, before anything is made ready for a command: an answer for each program that cargo starts.
pub fn called_by_cargo(args: &[OsString]) -> Option<ExitCode> {
    let done = cargo::called_by_cargo(args)?;
    let ui = Ui::new(Look::default(), false);
    Some(done.map_or_else(|error| end(&ui, &error.into(), true), |()| ExitCode::SUCCESS))
}

/// Every command with all its flags and examples, as the manual pages and the completion show them.
pub fn commands() -> clap::Command {
    args::tree()
}

/// cargo calls `cargo-vault vault …`; both ways of typing it are the same.
fn own_arguments(args: &mut Vec<OsString>) -> Vec<OsString> {
    if args.get(1).is_some_and(|arg| arg == "vault") {
        args.remove(1);
    }
    std::mem::take(args)
}

/// Prints what clap has to say: help and version as an answer, everything else as a failure of usage.
fn usage(error: &clap::Error) -> ExitCode {
    // A closed stream while help is printed is no failure.
    let _ = error.print();
    if error.use_stderr() { Class::Usage.into() } else { ExitCode::SUCCESS }
}

/// What is said after a panic, which has printed where it was.
pub fn bug() -> ExitCode {
    let failure = Failure::new(Class::Bug, "bug", "this is a bug of cargo-vault")
        .help("report it with the lines above, which hold no secret");
    Ui::new(Look::default(), false).failure(&failure);
    Class::Bug.into()
}

impl From<UiError> for Failure {
    fn from(error: UiError) -> Self {
        explain::ui(&error)
    }
}
