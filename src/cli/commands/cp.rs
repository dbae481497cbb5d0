//! `cargo vault cp`: copies secrets to another name or environment.

use serde_json::{Value, json};

use super::{
    super::{End, args::env_name, ctx::Ctx, progress::told},
    mv::{address, existing},
    set::name,
};
use crate::{
    kernel::{
        model::Subject,
        name::{EnvName, SecretName},
    },
    ui::{Failure, Page, Report},
    vault::{Copied, Hold, Vault, Written},
};

/// Copy secrets to another name or environment
///
/// The current value, with its description, tags and kind; it does not rotate as the other does. You must be able to read the one environment and to
/// write the other. A value that stands in an environment which is extended is copied from there.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "cargo vault cp [OPTIONS] <FROM> <NEW>\n       cargo vault cp [OPTIONS] --to <NAME> <FROM> [NEW]\n       cargo vault cp [OPTIONS] --to <NAME> --all",
    after_help = "Examples:\n  cargo vault cp DATABASE_URL REPLICA_URL\n  cargo vault cp -e dev DATABASE_URL --to staging\n  \
                        cargo vault cp -e dev --all --to staging --force"
)]
pub(in crate::cli) struct Args {
    /// Which secret
    #[arg(value_parser = name, required_unless_present = "all")]
    from: Option<SecretName>,
    /// The name of the copy; the same if only the environment differs
    #[arg(value_parser = name, required_unless_present = "to")]
    new: Option<SecretName>,
    /// Copy to this environment
    #[arg(long, value_name = "NAME", value_parser = env_name)]
    to: Option<EnvName>,
    /// Copy every secret of the environment, under its own name
    #[arg(long, requires = "to", conflicts_with = "from")]
    all: bool,
    /// Make it a new version of a secret that is there already
    #[arg(short, long)]
    force: bool,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let done = ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let env = ctx.one_env(vault.roster())?;
        let to = args.to.clone().unwrap_or_else(|| env.clone());
        ctx.about_way(&env, &to);
        let names = names(vault, (&env, &to), args)?;
        ctx.names(names.iter().map(|(_, new)| Subject::Secret(new.clone())));
        let unlocked = vault.unlock(keyring, &ctx.ask(), &[env.clone(), to.clone()])?;
        ctx.about(Some(unlocked.me()), None);
        let progress = told(&ctx.ui);
        let mut change = unlocked.begin(ctx.now)?.telling(&progress);
        let copied = change.copy((&env, &to), &names, existing(args.force))?;
        change.commit()?;
        Ok(Done { env, copied })
    })?;
    for copied in done.copied.iter().filter(|copied| copied.from.env != done.env) {
        ctx.ui.note(&format!("the value of `{}/{}` stands in `{}`", done.env, copied.from.name, copied.from));
    }
    if done.copied.is_empty() {
        ctx.ui.note(&format!("environment `{}` has no secret to copy", done.env));
    }
    ctx.ui.report(&done)?;
    Ok(End::Done)
}

/// What is copied, and what the copies are called. Of a whole environment, what stands in the target already stays out.
fn names(
    vault: &Vault<'_>,
    (env, to): (&EnvName, &EnvName),
    args: &Args,
) -> Result<Vec<(SecretName, SecretName)>, Failure> {
    if let Some(from) = &args.from {
        return Ok(vec![(from.clone(), args.new.as_ref().unwrap_or(from).clone())]);
    }
    let secrets = vault.list(env)?.secrets.into_iter();
    let copied = secrets.filter(|secret| secret.current().is_some() && (secret.env != *to || env == to));
    Ok(copied.map(|secret| (secret.name.clone(), secret.name)).collect())
}

struct Done {
    env: EnvName,
    copied: Vec<Copied>,
}

impl Report for Done {
    fn text(&self, page: &mut Page) {
        for Copied { from, to, written } in &self.copied {
            page.line(match written {
                Written::New(number) | Written::Changed(number) => {
                    format!("copied `{from}` to `{to}` (version {number})")
                }
                Written::Unchanged(number) => format!("`{to}` is so already (version {number})"),
            });
        }
    }

    fn json(&self) -> Value {
        let copied = self.copied.iter().map(|Copied { from, to, written }| {
            json!({ "from": address(from), "to": address(to), "version": written.number(), "written": written.word() })
        });
        json!({ "copied": copied.collect::<Vec<_>>() })
    }
}
