//! `cargo vault run`: becomes a program that has the secrets in its environment.

pub(super) mod cargo;
pub(in crate::cli) mod choice;
mod files;
mod inject;
pub(in crate::cli) mod masking;
mod watch;

use std::{ffi::OsString, io, sync::Arc};

use rustix::process::Pid;

use super::{
    super::{
        End,
        ctx::{Ctx, usage},
    },
    read,
};
pub(super) use cargo::Build;
pub(super) use choice::Choice;
pub(super) use files::places;
use files::{InFiles, kept};
use inject::Inject;
pub(super) use masking::Masking;
use watch::{Watch, Watched};

use crate::{
    kernel::{
        model::{Action, Anchor, Subject},
        name::{EnvName, SecretName},
        secret::Secret,
    },
    run::{
        Ended, Files, Gifts, Given, Mask, Refused, Step, Supervisor, become_child, child_environment,
        command, run_masked,
    },
    store::Place,
    ui::{Class, Failure},
    vault::{HeldKey, Hold, Unlocked},
};

/// Run a program with the secrets in its environment
///
/// The program takes this one's place: its exit code, signals and terminal are its own. If any secret is missing or does not
/// open, all such are named and nothing is started. With `--dir`, `--watch` or `--mask` this stays beside it, passes signals on,
/// and ends as it ends. Masked, every value, its usual encodings and each of its lines become [NAME] in what it prints.
///
/// Of `cargo run`, `cargo test`, `cargo bench` and `cargo nextest run` the program or the tests get the secrets, and no build
/// script, proc macro or compiler wrapper gets any. `cargo publish`, `yank` and `owner` get the registry's token.
///
/// With --inject the program gets the variables of a dotenv file instead, whose values refer to secrets as those of `cargo vault
/// inject` do: such a file is safe to commit.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault run -- cargo run --release\n  \
                        cargo vault run --mask -e base -e prod --only DATABASE_URL -- psql\n  \
                        cargo vault run --inject .env -- ./target/debug/app --port 8080\n  \
                        cargo vault run --watch --dir SECRETS --on-change signal:HUP -- true\n\nExit codes:\n  \
                        the program's own; 125 if it was not started, 126 if it cannot be, 127 if there is none")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    build: Build,
    #[command(flatten)]
    masking: Masking,
    #[command(flatten)]
    files: InFiles,
    #[command(flatten)]
    watch: Watch,
    #[command(flatten)]
    inject: Inject,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "PROGRAM")]
    program: Vec<OsString>,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    if let Some(parent) = &args.files.keep_in {
        return Ok(kept(parent).map(|()| End::Done)?);
    }
    let (program, rest) =
        args.program.split_first().ok_or_else(|| usage("no-program", "no program was named"))?;
    let (filing, watching) = (args.files.filing(), args.watch.watch);
    if args.build.concerns(program) {
        if watching || !filing.is_empty() {
            return Err(not_for_cargo());
        }
        let injected = args.inject.values(ctx)?;
        let (choice, build, masking) = (&args.choice, &args.build, &args.masking);
        return cargo::run(ctx, cargo::Asked { choice, build, masking, injected }, (program, rest));
    }
    let (given, again) = match args.inject.values(ctx)? {
        Some(given) => (given, None),
        None => open(ctx, args)?,
    };
    // The key is held for no longer than it is wanted.
    let again = again.filter(|_| watching);
    let forms = args.masking.forms(ctx, &given, watching)?;
    let in_variables = given.iter().filter(|given| !filing.takes(&given.name));
    let longest = in_variables.max_by_key(|given| given.value.len()).map(|given| given.name.clone());
    let mut gifts = gifts(ctx, args, given)?;
    let started = Started { ctx, program: (program, rest), longest };
    let in_folder = filing.needs_folder() || (watching && !filing.is_empty());
    let files = if filing.is_empty() { None } else { Some(args.files.lay(ctx, &gifts.filed, in_folder)?) };
    if let Some(files) = &files {
        filing.name_in(&mut gifts.environment, files, &args.choice.rules(ctx));
        files.bequeath()?;
    }
    ctx.forget_key();
    read(ctx, Action::Run);
    // The folder goes when the program has ended.
    if let Some(forms) = forms {
        return started.masked(&gifts.environment, &Mask::of(forms)).map(End::Child);
    }
    match (again, files) {
        (Some(again), files) => Watched { args, started: &started, again, files }.live(gifts).map(End::Child),
        (None, Some(Files::Folder(_))) => started.beside_us(gifts).map(End::Child),
        (None, _) => Err(started.in_our_place(&gifts.environment)),
    }
}

/// What it takes to open the same vault again, with nobody asked.
struct Again {
    place: Place,
    anchor: Option<Anchor>,
    held: HeldKey,
    envs: Vec<EnvName>,
}

fn open(ctx: &Ctx, args: &Args) -> Result<(Vec<Given>, Option<Again>), Failure> {
    ctx.with_vault(Hold::Shared, |vault, keyring| {
        let envs = ctx.all_envs(vault.roster());
        ctx.about(None, envs.last());
        let anchor = keyring.anchor().cloned();
        let unlocked = vault.unlock(keyring, &ctx.ask(), &envs)?;
        ctx.about(Some(unlocked.me()), None);
        let given = unlocked.steady(&envs, |unlocked| values(args, unlocked, &envs))?;
        let (place, held) = (vault.place().clone(), unlocked.held());
        ctx.names(given.iter().map(|given| Subject::Secret(given.name.clone())));
        Ok((given, Some(Again { place, anchor, held, envs })))
    })
}

/// The values that the program gets.
fn values(args: &Args, unlocked: &Unlocked<'_>, envs: &[EnvName]) -> Result<Vec<Given>, Failure> {
    args.choice.values(unlocked, envs, &args.files.named())
}

/// Parts values into those for variables, with the inherited ones, and those for files.
fn gifts(ctx: &Ctx, args: &Args, given: Vec<Given>) -> Result<Gifts, Failure> {
    let (filing, rules) = (args.files.filing(), args.choice.rules(ctx));
    let (given, filed) = filing.part(given);
    filing.check(&given, &rules)?;
    Ok(Gifts { environment: child_environment(&ctx.env, given, &rules)?, filed })
}

/// That what goes beyond variables has no way through cargo.
fn not_for_cargo() -> Failure {
    let error = "`--file`, `--dir` and `--watch` are for the program itself, and not for cargo";
    let failure = Failure::new(Class::Refused, "not-for-cargo", error);
    failure.help("build first, and run the built program: `-- ./target/debug/NAME`")
}

/// A program that is to be started.
struct Started<'a> {
    ctx: &'a Ctx,
    program: (&'a OsString, &'a [OsString]),
    /// The secret whose value takes the most room.
    longest: Option<SecretName>,
}

impl Started<'_> {
    /// Becomes the program; returns only if it was not started.
    fn in_our_place(&self, environment: &[(OsString, Secret)]) -> Failure {
        self.refused(become_child((self.program.0, self.program.1), environment, &self.ctx.core))
    }

    /// Runs the program masked, and says how it ended.
    fn masked(&self, environment: &[(OsString, Secret)], mask: &Arc<Mask>) -> Result<Ended, Failure> {
        let (program, args) = self.program;
        let ended = run_masked((program, args), environment, mask, &self.ctx.core);
        ended.map_err(|refused| self.refused(refused))
    }

    /// Runs the program, and says how it ended.
    fn beside_us(&self, gifts: Gifts) -> Result<Ended, Failure> {
        let broken = |source| self.refused(self.broken(source));
        let supervisor = Supervisor::begin().map_err(broken)?;
        let child = self.spawn(&supervisor, &gifts.environment).map_err(|error| self.refused(error))?;
        // The program has them now.
        drop(gifts);
        loop {
            if let Step::Ended(ended) = supervisor.wait(child, None).map_err(broken)? {
                return Ok(ended);
            }
        }
    }

    fn spawn(&self, supervisor: &Supervisor, environment: &[(OsString, Secret)]) -> Result<Pid, Refused> {
        supervisor.spawn(&mut command((self.program.0, self.program.1), environment), &self.ctx.core)
    }

    /// That the system does not let it be stayed with.
    fn broken(&self, source: io::Error) -> Refused {
        Refused::CannotRun { program: self.program.0.clone(), source }
    }

    fn refused(&self, refused: Refused) -> Failure {
        let failure = Failure::from(refused);
        match self.longest.as_ref().filter(|_| failure.code == "too-much") {
            Some(name) => failure.detail("longest", name.as_str()),
            None => failure,
        }
    }
}
