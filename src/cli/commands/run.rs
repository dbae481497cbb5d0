//! `cargo vault run`: becomes a program that has the secrets in its environment.

use std::{
    collections::BTreeSet,
    ffi::{OsStr, OsString},
    path::Path,
};

use super::{
    super::{
        End,
        ctx::{Ctx, usage},
    },
    read,
    set::name,
};
use crate::{
    kernel::{
        model::{Action, Subject},
        name::SecretName,
        secret::Secret,
    },
    run::{Given, Rules, become_child, child_environment},
    ui::{Class, Failure},
    vault::{Hold, Unlocked},
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
    /// Give only these secrets
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = name, conflicts_with = "except")]
    only: Vec<SecretName>,
    /// Give all but these
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = name)]
    except: Vec<SecretName>,
    /// Put this in front of every variable
    #[arg(long, value_name = "PREFIX", default_value = "", hide_default_value = true, value_parser = prefix)]
    prefix: String,
    /// Let the program inherit only HOME, PATH and their like
    #[arg(long)]
    clean_env: bool,
    /// Let this inherited variable win over the vault's
    #[arg(long, value_name = "VARIABLE", value_delimiter = ',')]
    keep: Vec<String>,
    /// Let every inherited variable win
    #[arg(long)]
    keep_all: bool,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "PROGRAM")]
    program: Vec<OsString>,
}

fn prefix(text: &str) -> Result<String, String> {
    let sound = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !text.starts_with(|c: char| c.is_ascii_digit());
    if sound {
        Ok(text.to_owned())
    } else {
        Err("it holds letters, digits and `_`, and begins with no digit".to_owned())
    }
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let given = ctx.with_vault(Hold::Shared, |vault, keyring| {
        let envs = ctx.all_envs(vault.roster());
        ctx.about(None, envs.last());
        let unlocked = vault.unlock(keyring, &ctx.ask(), &envs)?;
        ctx.about(Some(unlocked.me()), None);
        values(&unlocked, &envs, args)
    })?;
    let longest = given.iter().max_by_key(|given| given.value.len()).map(|given| given.name.clone());
    ctx.names(given.iter().map(|given| Subject::Secret(given.name.clone())));
    let environment = child_environment(&ctx.env, given, &rules(ctx, args))?;
    let (program, rest) =
        args.program.split_first().ok_or_else(|| usage("no-program", "no program was named"))?;
    warn_of_build_scripts(ctx, program);
    read(ctx, Action::Run);
    Err(start(ctx, (program, rest), environment, longest))
}

fn values(
    unlocked: &Unlocked<'_>,
    envs: &[crate::kernel::name::EnvName],
    args: &Args,
) -> Result<Vec<Given>, Failure> {
    let except: BTreeSet<&SecretName> = args.except.iter().collect();
    let only: BTreeSet<&SecretName> = args.only.iter().collect();
    let opened = unlocked
        .all(envs, |name| if only.is_empty() { !except.contains(name) } else { only.contains(name) })?;
    let found: BTreeSet<&SecretName> = opened.iter().map(|opened| &opened.record.name).collect();
    let missing: Vec<&SecretName> = only.difference(&found).copied().collect();
    if let Some(first) = missing.first() {
        let all = missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let env = envs.last().map(|env| format!("-e {env} ")).unwrap_or_default();
        let names = envs.iter().map(|env| format!("`{env}`")).collect::<Vec<_>>().join(", ");
        let failure = Failure::new(Class::NotFound, "no-secret", format!("{names} has no secret {all}"));
        let near = envs.last().map(|env| Failure::from(unlocked.vault().no_secret(env, first)).hints);
        let failure = near.into_iter().flatten().fold(failure, Failure::help);
        return Err(failure.help(format!("`cargo vault set {env}{first}` sets it")));
    }
    Ok(opened.into_iter().map(|opened| Given { name: opened.record.name, value: opened.value }).collect())
}

fn rules(ctx: &Ctx, args: &Args) -> Rules {
    Rules {
        keep: args.keep.iter().cloned().collect(),
        keep_all: args.keep_all,
        clean: args.clean_env,
        prefix: args.prefix.clone(),
        allow: ctx.settings.run.allow.clone(),
    }
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
