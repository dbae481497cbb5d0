//! `cargo vault mv`: moves a secret to another name or environment.

use serde_json::{Value, json};

use super::{
    super::{End, args::env_name, ctx::Ctx},
    set::name,
};
use crate::{
    kernel::{
        model::Subject,
        name::{EnvName, SecretName},
    },
    ui::{Failure, Page, Report},
    vault::{Address, Existing, Hold, Moved},
};

/// Move a secret to another name or environment
///
/// With its description, tags, kind and rotation, and with the older versions that its file has. A signed tombstone stays in
/// the old place. You must be able to write both environments.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "cargo vault mv [OPTIONS] <OLD> <NEW>\n       cargo vault mv [OPTIONS] --to <NAME> <OLD> [NEW]",
    after_help = "Examples:\n  cargo vault mv DB_URL POSTGRES_URL\n  cargo vault mv -e dev SIGNING_KEY --to staging\n  \
                        cargo vault mv -e dev db/password db/old --force"
)]
pub(in crate::cli) struct Args {
    /// Which secret
    #[arg(value_parser = name)]
    old: SecretName,
    /// Its new name; the old one if only the environment changes
    #[arg(value_parser = name, required_unless_present = "to")]
    new: Option<SecretName>,
    /// Move it to this environment
    #[arg(long, value_name = "NAME", value_parser = env_name)]
    to: Option<EnvName>,
    /// Make it a new version of a secret that is there already
    #[arg(short, long)]
    force: bool,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let new = args.new.as_ref().unwrap_or(&args.old);
    ctx.names([&args.old, new].map(|name| Subject::Secret(name.clone())));
    let done = ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let env = ctx.one_env(vault.roster())?;
        let to = args.to.clone().unwrap_or_else(|| env.clone());
        ctx.about_way(&env, &to);
        let unlocked = vault.unlock(keyring, &ctx.ask(), &[env.clone(), to.clone()])?;
        ctx.about(Some(unlocked.me()), None);
        let from = Address { env, name: args.old.clone() };
        let to = Address { env: to, name: new.clone() };
        let mut change = unlocked.begin(ctx.now)?;
        let moved = change.rename(&from, &to, existing(args.force))?;
        change.commit()?;
        Ok(Done { from, to, moved })
    })?;
    if let Some(env) = &done.moved.uncovered {
        ctx.ui.note(&format!("`{}` is from now on what `{env}` has of that name", done.from));
    }
    ctx.ui.report(&done)?;
    Ok(End::Done)
}

/// What `--force` says.
pub(super) fn existing(force: bool) -> Existing {
    if force { Existing::Replace } else { Existing::Refuse }
}

struct Done {
    from: Address,
    to: Address,
    moved: Moved,
}

impl Report for Done {
    fn text(&self, page: &mut Page) {
        let Moved { number, versions, .. } = self.moved;
        let older = match versions - 1 {
            0 => String::new(),
            1 => ", with 1 older one".to_owned(),
            older => format!(", with {older} older ones"),
        };
        page.line(format!("moved `{}` to `{}` (version {number}{older})", self.from, self.to));
    }

    fn json(&self) -> Value {
        json!({
            "from": address(&self.from),
            "to": address(&self.to),
            "version": self.moved.number,
            "versions": self.moved.versions,
        })
    }
}

/// An address for a program.
pub(super) fn address(address: &Address) -> Value {
    json!({ "env": address.env, "name": address.name })
}
