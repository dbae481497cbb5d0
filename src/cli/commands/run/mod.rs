//! `cargo vault run`: becomes a program that has the secrets in its environment.

mod choice;

use std::{
    ffi::{OsStr, OsString},
    path::Path,
};

use super::{
    super::{
        End,
        ctx::{Ctx, usage},
    },
    read,
};
use choice::Choice;

use crate::{
    kernel::{
        model::{Action, Subject},
        name::SecretName,
        secret::Secret,
    },
    run::{become_child, child_environment},
    ui::Failure,
    vault::Hold,
};

/// Run a program with the secrets in its environment
///
/// The program takes this one's place: its exit code, signals and terminal are its own. If any secret is missing or does not
/// open, all such are named and nothing is started.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault run -- ./target/debug/app --port 8080\n  \
                        cargo vault run -e base -e prod --only DATABASE_URL -- psql\n\nExit codes:\n  \
                        the program's own; 125 if it was not started, 126 if it cannot be, 127 if there is none")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    choice: Choice,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "PROGRAM")]
    program: Vec<OsString>,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let given = ctx.with_vault(Hold::Shared, |vault, keyring| {
        let envs = ctx.all_envs(vault.roster());
        ctx.about(None, envs.last());
        vault.steady_unlocked(keyring, &ctx.ask(), &envs, |unlocked| {
            ctx.about(Some(unlocked.me()), None);
            args.choice.values(unlocked, &envs)
        })
    })?;
    let longest = given.iter().max_by_key(|given| given.value.len()).map(|given| given.name.clone());
    ctx.names(given.iter().map(|given| Subject::Secret(given.name.clone())));
    let environment = child_environment(&ctx.env, given, &args.choice.rules(ctx))?;
    let (program, rest) =
        args.program.split_first().ok_or_else(|| usage("no-program", "no program was named"))?;
    warn_of_build_scripts(ctx, program);
    read(ctx, Action::Run);
    Err(start(ctx, (program, rest), environment, longest))
}

/// cargo hands its environment to every build script and proc macro of every dependency.
fn warn_of_build_scripts(ctx: &Ctx, program: &OsStr) {
    if Path::new(program).file_name() == Some(OsStr::new("cargo")) {
        ctx.ui.warning(
            "cargo gives its environment, with these secrets, to the build scripts of every dependency",
        );
        ctx.ui.help("build first, and run the built program: `cargo vault run -- ./target/debug/NAME`");
    }
}

fn start(
    ctx: &Ctx,
    program: (&OsString, &[OsString]),
    environment: Vec<(OsString, Secret)>,
    longest: Option<SecretName>,
) -> Failure {
    let failure = Failure::from(become_child((program.0, program.1), &environment, &ctx.core));
    match longest.filter(|_| failure.code == "too-much") {
        Some(name) => failure.detail("longest", name.as_str()),
        None => failure,
    }
}
