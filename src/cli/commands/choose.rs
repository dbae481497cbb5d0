//! `cargo vault resolve NAME`: a person decides on a secret that both sides changed.

use serde_json::{Value, json};

use super::{
    super::{End, ctx::Ctx},
    edit::{Desk, again},
    resolve::next,
    set::name,
    source,
};
use crate::{
    kernel::{
        model::Subject,
        name::{EnvName, SecretName},
        secret::Secret,
    },
    ui::{Class, Failure, Page, Report},
    vault::{Choice, Hold, MergeSide, Torn, Vault, VaultError},
};

/// Which secrets a person decides on, and how.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Decision {
    /// Decide on this secret, which git left unmerged
    #[arg(value_parser = name, group = "what", requires = "how")]
    name: Option<SecretName>,
    /// Decide on every secret that git left unmerged
    #[arg(long, group = "what", requires = "how")]
    all: bool,
    /// Keep what our side has, as git calls it
    #[arg(long, group = "how", requires = "what")]
    ours: bool,
    /// Take what their side has
    #[arg(long, group = "how", requires = "what")]
    theirs: bool,
    /// Set another value, which is asked for, or comes from a pipe
    #[arg(long, group = "how", requires = "what", conflicts_with = "all")]
    value: bool,
    /// Edit both values in your editor until one is left
    #[arg(long, group = "how", requires = "what", conflicts_with = "all")]
    edit: bool,
}

impl Decision {
    /// Whether anything is to be decided.
    pub(super) fn decides(&self) -> bool {
        self.name.is_some() || self.all
    }

    /// The word for a program.
    fn how(&self) -> &'static str {
        match (self.ours, self.theirs) {
            (true, _) => "ours",
            (_, true) => "theirs",
            _ => "value",
        }
    }
}

pub(super) fn run(ctx: &Ctx, args: &Decision) -> Result<End, Failure> {
    // Before the vault is held, so that nobody waits for a person who types.
    let value = match args {
        Decision { value: true, .. } => Some(value(ctx, args)?),
        Decision { edit: true, .. } => Some(edited(ctx, args)?),
        _ => None,
    };
    let done = ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let torn = asked(ctx, vault, args)?;
        let mut envs: Vec<EnvName> = torn.iter().map(|torn| torn.env.clone()).collect();
        envs.dedup();
        ctx.names(torn.iter().map(|torn| Subject::Secret(torn.name.clone())));
        let unlocked = vault.unlock(keyring, &ctx.ask(), &envs)?;
        ctx.about(Some(unlocked.me()), envs.first());
        let mut change = unlocked.begin(ctx.now)?;
        let choice = match &value {
            Some(value) => Choice::Value(value),
            None if args.ours => Choice::Side(MergeSide::Ours),
            None => Choice::Side(MergeSide::Theirs),
        };
        let numbers: Vec<Option<u64>> =
            torn.iter().map(|torn| change.choose(torn, choice)).collect::<Result<_, VaultError>>()?;
        change.commit()?;
        vault.tell_merged(&torn)?;
        let left = vault.torn()?.len();
        let chosen = torn.into_iter().zip(numbers).map(|(torn, number)| (torn.env, torn.name, number));
        Ok(Done { how: args.how(), chosen: chosen.collect(), left })
    })?;
    ctx.ui.report(&done)?;
    match done.left {
        0 => ctx.ui.help(next(ctx.operation())),
        1 => ctx.ui.note("git has left one more secret unmerged"),
        more => ctx.ui.note(&format!("git has left {more} more secrets unmerged")),
    }
    Ok(End::Done)
}

/// The secrets that a person decides on, all of them unmerged.
fn asked(ctx: &Ctx, vault: &Vault<'_>, args: &Decision) -> Result<Vec<Torn>, Failure> {
    let mut torn = vault.torn()?;
    let Some(name) = &args.name else {
        if torn.is_empty() {
            return Err(not_torn("git has left no secret unmerged"));
        }
        return Ok(torn);
    };
    let named = !ctx.envs.is_empty();
    let env = ctx.one_env(vault.roster())?;
    torn.retain(|torn| torn.name == *name && (!named || torn.env == env));
    match &torn[..] {
        [_] => Ok(torn),
        [] => Err(not_torn(&format!("git has not left `{env}/{name}` unmerged"))),
        [first, ..] => Err(Failure::new(
            Class::Usage,
            "several-environments",
            format!("git has left `{name}` unmerged in several environments"),
        )
        .help(format!("`-e {}` names one", first.env))),
    }
}

fn not_torn(what: &str) -> Failure {
    Failure::new(Class::Refused, "not-torn", what).help("`git status` shows what it has left")
}

fn value(ctx: &Ctx, args: &Decision) -> Result<Secret, Failure> {
    let name = args.name.as_ref().expect("a value is for one name");
    if ctx.ui.stdin_is_terminal() {
        return Ok(ctx.ui.hidden_twice(&format!("Value of {name}"))?);
    }
    Ok(source::standard_input()?.without_final_newline())
}

/// What is left of both values once a person has edited them. The vault is not held meanwhile: what is written is decided anew.
fn edited(ctx: &Ctx, args: &Decision) -> Result<Secret, Failure> {
    let (name, both) = ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let torn = asked(ctx, vault, args)?;
        let [torn] = &torn[..] else { unreachable!("one name is one secret") };
        let unlocked = vault.unlock(keyring, &ctx.ask(), std::slice::from_ref(&torn.env))?;
        let [ours, theirs] = unlocked.begin(ctx.now)?.values_of(torn)?;
        let nothing = || Secret::new(Vec::new());
        let both = Secret::in_conflict(&ours.unwrap_or_else(nothing), &theirs.unwrap_or_else(nothing));
        Ok((torn.name.as_str().rsplit('/').next().unwrap_or_default().to_owned(), both))
    })?;
    let desk = Desk::laid(ctx, false, &name, &both)?;
    loop {
        let text = desk.edited(ctx)?;
        if !text.is_in_conflict() {
            return Ok(text.without_final_newline());
        }
        let failure = Failure::new(Class::Conflict, "still-in-conflict", "both values are still in the text");
        again(
            ctx,
            failure.help("leave one value, and no line that begins with `<<<<<<<`, `=======` or `>>>>>>>`"),
        )?;
    }
}

struct Done {
    how: &'static str,
    chosen: Vec<(EnvName, SecretName, Option<u64>)>,
    left: usize,
}

impl Report for Done {
    fn text(&self, page: &mut Page) {
        let how = match self.how {
            "ours" => "is as our side has it",
            "theirs" => "is as their side has it",
            _ => "has another value",
        };
        for (env, name, number) in &self.chosen {
            page.line(match number {
                Some(number) => format!("`{env}/{name}` {how} (version {number})"),
                None => format!("`{env}/{name}` {how}: removed"),
            });
        }
    }

    fn json(&self) -> Value {
        let chosen = self.chosen.iter();
        let chosen = chosen.map(|(env, name, number)| json!({ "env": env, "name": name, "version": number }));
        json!({ "took": self.how, "chosen": chosen.collect::<Vec<_>>(), "left": self.left })
    }
}
