//! `cargo vault run`: becomes a program that has the secrets in its environment.

mod choice;
mod files;

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
use files::{InFiles, kept};

use crate::{
    kernel::{
        model::{Action, Subject},
        name::SecretName,
        secret::Secret,
    },
    run::{Files, Refused, Step, Supervisor, become_child, child_environment, command},
    ui::Failure,
    vault::Hold,
};

/// Run a program with the secrets in its environment
///
/// The program takes this one's place: its exit code, signals and terminal are its own. If any secret is missing or does not
/// open, all such are named and nothing is started. With a folder of files it is stayed beside, and ends us as it ends.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault run -- ./target/debug/app --port 8080\n  \
                        cargo vault run -e base -e prod --only DATABASE_URL -- psql\n  \
                        cargo vault run --file TLS_KEY -- sh -c 'test -r \"$TLS_KEY\"'\n\nExit codes:\n  \
                        the program's own; 125 if it was not started, 126 if it cannot be, 127 if there is none")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    files: InFiles,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "PROGRAM")]
    program: Vec<OsString>,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    if let Some(parent) = &args.files.keep_in {
        return Ok(kept(parent).map(|()| End::Done)?);
    }
    let given = ctx.with_vault(Hold::Shared, |vault, keyring| {
        let envs = ctx.all_envs(vault.roster());
        ctx.about(None, envs.last());
        let unlocked = vault.unlock(keyring, &ctx.ask(), &envs)?;
        ctx.about(Some(unlocked.me()), None);
        args.choice.values(&unlocked, &envs, &args.files.named())
    })?;
    ctx.names(given.iter().map(|given| Subject::Secret(given.name.clone())));
    let (filing, rules) = (args.files.filing(), args.choice.rules(ctx));
    let (given, filed) = filing.part(given);
    filing.check(&given, &rules)?;
    let longest = given.iter().max_by_key(|given| given.value.len()).map(|given| given.name.clone());
    let mut environment = child_environment(&ctx.env, given, &rules)?;
    let (program, rest) =
        args.program.split_first().ok_or_else(|| usage("no-program", "no program was named"))?;
    let started = Started { ctx, program: (program, rest), longest };
    started.warn_of_build_scripts();
    if filing.is_empty() {
        read(ctx, Action::Run);
        return Err(started.in_our_place(&environment));
    }
    let files = args.files.lay(ctx, &filed, filing.needs_folder())?;
    drop(filed);
    filing.name_in(&mut environment, &files, &rules);
    files.bequeath()?;
    read(ctx, Action::Run);
    match files {
        Files::Folder(_) => started.beside_us(&environment),
        Files::Memory(_) => Err(started.in_our_place(&environment)),
    }
}

/// A program that is to be started.
struct Started<'a> {
    ctx: &'a Ctx,
    program: (&'a OsString, &'a [OsString]),
    /// The secret whose value takes the most room among the variables.
    longest: Option<SecretName>,
}

impl Started<'_> {
    /// cargo hands its environment to every build script and proc macro of every dependency.
    fn warn_of_build_scripts(&self) {
        if Path::new(self.program.0).file_name() == Some(OsStr::new("cargo")) {
            self.ctx.ui.warning(
                "cargo gives its environment, with these secrets, to the build scripts of every dependency",
            );
            self.ctx
                .ui
                .help("build first, and run the built program: `cargo vault run -- ./target/debug/NAME`");
        }
    }

    /// Becomes the program; returns only if it was not started.
    fn in_our_place(&self, environment: &[(OsString, Secret)]) -> Failure {
        self.refused(become_child((self.program.0, self.program.1), environment, &self.ctx.core))
    }

    /// Runs the program, and ends as it ended.
    fn beside_us(&self, environment: &[(OsString, Secret)]) -> Result<End, Failure> {
        let broken = |source| Refused::CannotRun { program: self.program.0.clone(), source };
        let supervisor = Supervisor::begin().map_err(broken)?;
        let mut command = command((self.program.0, self.program.1), environment);
        let child = supervisor.spawn(&mut command, &self.ctx.core).map_err(|error| self.refused(error))?;
        drop(command);
        loop {
            if let Step::Ended(ended) = supervisor.wait(child, None).map_err(broken)? {
                return Ok(End::Child(ended));
            }
        }
    }

    fn refused(&self, refused: Refused) -> Failure {
        let failure = Failure::from(refused);
        match self.longest.as_ref().filter(|_| failure.code == "too-much") {
            Some(name) => failure.detail("longest", name.as_str()),
            None => failure,
        }
    }
}
