//! `cargo vault run`: becomes a program that has the secrets in its environment.

pub(super) mod cargo;
mod choice;

use std::ffi::OsString;

use super::{
    super::{
        End,
        ctx::{Ctx, usage},
    },
    read,
};
pub(super) use cargo::Build;
pub(super) use choice::Choice;

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
///
/// Of `cargo run`, `cargo test`, `cargo bench` and `cargo nextest run` the program or the tests get the secrets, and no build
/// script, proc macro or compiler wrapper gets any. `cargo publish`, `yank` and `owner` get the registry's token.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault run -- ./target/debug/app --port 8080\n  \
                        cargo vault run -e base -e prod --only DATABASE_URL -- psql\n  \
                        cargo vault run -- cargo run --release\n\nExit codes:\n  \
                        the program's own; 125 if it was not started, 126 if it cannot be, 127 if there is none")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    build: Build,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "PROGRAM")]
    program: Vec<OsString>,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let (program, rest) =
        args.program.split_first().ok_or_else(|| usage("no-program", "no program was named"))?;
    if args.build.concerns(program) {
        return cargo::run(ctx, &args.choice, &args.build, (program, rest));
    }
    let given = ctx.with_vault(Hold::Shared, |vault, keyring| {
        let envs = ctx.all_envs(vault.roster());
        ctx.about(None, envs.last());
        let unlocked = vault.unlock(keyring, &ctx.ask(), &envs)?;
        ctx.about(Some(unlocked.me()), None);
        args.choice.values(&unlocked, &envs)
    })?;
    let longest = given.iter().max_by_key(|given| given.value.len()).map(|given| given.name.clone());
    ctx.names(given.iter().map(|given| Subject::Secret(given.name.clone())));
    let environment = child_environment(&ctx.env, given, &args.choice.rules(ctx))?;
    read(ctx, Action::Run);
    Err(start(ctx, (program, rest), environment, longest))
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
