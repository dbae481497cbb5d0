//! cargo under `run`: the program that it starts gets the secrets, and what it builds with gets none.

use std::{collections::BTreeSet, env::current_exe, ffi::OsString, path::Path, sync::Arc};

use super::{
    super::{
        super::{
            End,
            ctx::{Ctx, usage},
        },
        read,
        set::name,
    },
    Masking, Started,
    choice::Choice,
};
use crate::{
    kernel::{
        model::{Action, Subject},
        name::{EnvName, SecretName},
    },
    run::{
        Given, Mask, Rules,
        cargo::{Cargo, CargoError, Kind, Offer, Outcome, Stage, programs_only},
        child_environment,
    },
    store::runtime_folder,
    ui::{Failure, printable},
    vault::Hold,
};

/// The flags that are about cargo.
#[derive(Debug, Default, clap::Args)]
pub(in crate::cli) struct Build {
    /// Give this secret to cargo, and so to every build script
    #[arg(long, value_name = "NAME", value_parser = name)]
    expose_build: Vec<SecretName>,
    /// Give the secrets only to programs that cargo starts below the program, and not to the program
    #[arg(long)]
    programs_only: bool,
}

/// What a command that starts cargo was asked for.
pub(in super::super) struct Asked<'a> {
    pub(in super::super) choice: &'a Choice,
    pub(in super::super) build: &'a Build,
    pub(in super::super) masking: &'a Masking,
    /// What is given in the place of all secrets.
    pub(in super::super) injected: Option<Vec<Given>>,
}

/// What is opened.
struct Opened {
    usual: Vec<Given>,
    /// What packages ask for.
    of: Vec<(Vec<EnvName>, Vec<Given>)>,
}

impl Build {
    /// Whether this is about what cargo starts.
    pub(super) fn concerns(&self, program: &OsString) -> bool {
        self.programs_only || !self.expose_build.is_empty() || is_cargo(program)
    }
}

fn is_cargo(program: &OsString) -> bool {
    Path::new(program).file_name().is_some_and(|name| name == "cargo")
}

/// Starts cargo, or what will start it, with what was injected in the place of all secrets.
pub(in super::super) fn run(
    ctx: &Ctx,
    asked: Asked<'_>,
    (program, words): (&OsString, &[OsString]),
) -> Result<End, Failure> {
    let Asked { choice, build, masking, injected } = asked;
    if !is_cargo(program) && !build.programs_only {
        let error = format!("`--expose-build` is for cargo, and `{}` is another program", program.display());
        return Err(usage("not-cargo", error));
    }
    let cargo = Cargo::read((program, words), ctx.started(), &ctx.env);
    let kind = if build.programs_only { Kind::Run } else { cargo.kind() };
    if kind == Kind::Miri {
        return Err(CargoError::Miri.into());
    }
    let nothing = kind == Kind::Other;
    if !nothing && !cfg!(target_os = "linux") {
        return Err(CargoError::System.into());
    }
    let own =
        injected.is_none() && ctx.envs.is_empty() && matches!(kind, Kind::Run | Kind::Tests | Kind::Nextest);
    let asked = if own { cargo.environments()? } else { BTreeSet::new() };
    let opened = match injected {
        Some(usual) => Opened { usual, of: Vec::new() },
        None if nothing && build.expose_build.is_empty() => Opened { usual: Vec::new(), of: Vec::new() },
        None if nothing => open(ctx, &choice.only(&build.expose_build), asked)?,
        None => open(ctx, choice, asked)?,
    };
    let mask = mask(ctx, masking, &opened)?;
    let rules = choice.rules(ctx);
    let exposed = exposed(ctx, &opened.usual, &build.expose_build)?;
    let environment = child_environment(&ctx.env, exposed, &Rules { clean: false, ..rules.clone() })?;
    if nothing {
        tell(ctx, &cargo, build);
        read(ctx, Action::Run);
        let started = Started { ctx, program: (program, words), longest: None };
        return match &mask {
            Some(mask) => started.masked(&environment, mask).map(End::Child),
            None => Err(started.in_our_place(&environment)),
        };
    }
    let offer = match kind {
        Kind::Registry { .. } => tokens(ctx, opened, &rules)?,
        _ => offer(ctx, opened, &rules, own)?,
    };
    ctx.forget_key();
    read(ctx, Action::Run);
    let exe = current_exe().map_err(|source| CargoError::Wait { source })?;
    let runtime = runtime_folder(ctx.variable("XDG_RUNTIME_DIR").map(Path::new))?;
    let stage = Stage {
        exe: &exe,
        runtime: &runtime,
        core: &ctx.core,
        environment: &environment,
        mask: mask.as_ref(),
    };
    let outcome = if build.programs_only {
        programs_only((program, words), (ctx.started(), &ctx.env), stage, offer)?
    } else {
        cargo.run(stage, offer)?
    };
    Ok(end(ctx, outcome))
}

fn open(ctx: &Ctx, choice: &Choice, asked: BTreeSet<Vec<EnvName>>) -> Result<Opened, Failure> {
    let opened = ctx.with_vault(Hold::Shared, |vault, keyring| {
        let envs = ctx.all_envs(vault.roster());
        ctx.about(None, envs.last());
        vault.steady_unlocked(keyring, &ctx.ask(), &envs, |unlocked| {
            ctx.about(Some(unlocked.me()), None);
            let usual = choice.values(unlocked, &envs, &BTreeSet::new())?;
            // Whoever may not read what one package wants can run the others.
            let roster = unlocked.vault().roster();
            let may_read = |env: &EnvName| {
                let all = roster.lineage(env);
                !all.is_empty()
                    && all.iter().all(|env| roster.environments[*env].access(unlocked.me()).is_some())
            };
            let asked = asked.iter().filter(|envs| envs.iter().all(may_read));
            let of = asked.map(|envs| {
                choice.values(unlocked, envs, &BTreeSet::new()).map(|given| (envs.clone(), given))
            });
            let of = of.collect::<Result<_, Failure>>()?;
            Ok(Opened { usual, of })
        })
    })?;
    let all = opened.usual.iter().chain(opened.of.iter().flat_map(|(_, given)| given));
    ctx.names(all.map(|given| Subject::Secret(given.name.clone())));
    Ok(opened)
}

/// What is masked, of all that anything gets.
fn mask(ctx: &Ctx, masking: &Masking, opened: &Opened) -> Result<Option<Arc<Mask>>, Failure> {
    if !masking.is_wanted(ctx) {
        return Ok(None);
    }
    let all = opened.usual.iter().chain(opened.of.iter().flat_map(|(_, given)| given));
    let all: Vec<Given> = all.map(Given::copy).collect();
    Ok(masking.forms(ctx, &all, false)?.map(Mask::of))
}

/// The values that cargo itself gets.
fn exposed(ctx: &Ctx, usual: &[Given], names: &[SecretName]) -> Result<Vec<Given>, Failure> {
    let mut exposed = Vec::new();
    for name in names {
        let Some(given) = usual.iter().find(|given| given.name == *name) else {
            let error = format!("`{name}` is not among the secrets that are given, so it is not exposed");
            return Err(usage("not-chosen", error));
        };
        ctx.ui.warning(&format!("every build script and proc macro sees `{name}`"));
        exposed.push(given.copy());
    }
    Ok(exposed)
}

fn offer(ctx: &Ctx, opened: Opened, rules: &Rules, own: bool) -> Result<Offer, Failure> {
    let mut offer = Offer::new(&ctx.env, opened.usual, rules)?;
    for (envs, given) in opened.of {
        offer.add(envs, Offer::new(&ctx.env, given, rules)?);
    }
    if own {
        offer.open();
    }
    Ok(offer)
}

/// The tokens of registries alone, by the names that they have in the vault.
fn tokens(ctx: &Ctx, mut opened: Opened, rules: &Rules) -> Result<Offer, Failure> {
    opened.usual.retain(Given::is_registry_token);
    if opened.usual.is_empty() {
        ctx.ui.note("the vault has no registry's token, so cargo looks for one of its own");
        ctx.ui.help("`cargo vault set CARGO_REGISTRY_TOKEN` sets that of crates.io");
    }
    offer(ctx, opened, &Rules { prefix: String::new(), ..rules.clone() }, false)
}

fn tell(ctx: &Ctx, cargo: &Cargo<'_>, build: &Build) {
    if !build.expose_build.is_empty() {
        return;
    }
    let command = printable(cargo.command());
    ctx.ui.note(&format!("`cargo {command}` gets no secret, since it would give it to build scripts"));
    ctx.ui.help("`cargo vault run --expose-build NAME -- cargo …` gives one");
    if !cargo.is_own() {
        ctx.ui.help(
            "`cargo vault run --programs-only -- cargo …` gives all to the programs that it has cargo start",
        );
    }
}

/// Says who wanted values and got none, and ends as cargo did.
fn end(ctx: &Ctx, outcome: Outcome) -> End {
    if let Some(fault) = outcome.fault {
        ctx.ui.failure(&fault.into());
    }
    if let Some((first, times)) = outcome.strangers {
        let first = first.to_string_lossy();
        let path = printable(&first);
        ctx.ui.warning(&match times {
            1 => format!("a process asked for the secrets and got none: it ran `{path}`"),
            _ => format!("{times} processes asked for the secrets and got none: the first ran `{path}`"),
        });
    }
    End::Child(outcome.ended)
}
