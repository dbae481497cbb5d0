//! `cargo vault get`: prints a value, byte for byte.

use std::path::{Path, PathBuf};

use clap::ValueHint;
use serde_json::{Value, json};

use super::{
    super::{End, ctx::Ctx, reveal},
    set::name,
    show,
};
use crate::{
    kernel::{model::Subject, name::SecretName},
    ui::{Failure, Page, Report},
    vault::{Hold, Opened, OpenedThen},
};

/// Print a secret's value
///
/// On a terminal a newline follows; a pipe or a file gets the exact bytes. A file that is named with -o is made for you alone
/// to read, and is whole or not there at all. With --at, as a commit has it, opened with the key of then.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cargo vault get DATABASE_URL\n  cargo vault get -e prod TLS_KEY -o tls.pem\n  \
                  cargo vault get DATABASE_URL --version 1\n  cargo vault get DATABASE_URL --at HEAD"
)]
pub(in crate::cli) struct Args {
    /// Which secret
    #[arg(value_parser = name)]
    name: SecretName,
    /// This version, if it is still in the file
    #[arg(long, value_name = "N")]
    version: Option<u64>,
    /// As this commit has it, as a tag or another branch
    #[arg(long, value_name = "REV", value_hint = ValueHint::Other)]
    at: Option<String>,
    #[command(flatten)]
    out: Out,
}

/// Where a value goes.
#[derive(Debug, clap::Args)]
#[command(about = None, long_about = None)]
pub(super) struct Out {
    /// Write the value to this file; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print binary values to a terminal too, and replace a file that is there
    #[arg(short, long)]
    force: bool,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    ctx.names([Subject::Secret(args.name.clone())]);
    if let Some(at) = &args.at {
        let then = ctx.with_vault(Hold::Shared, |vault, keyring| {
            show::at_commit(ctx, (vault, keyring), at, (&args.name, args.version))
        })?;
        let again = format!("get {} --at {at}", args.name);
        return args.out.give(ctx, &then.opened, Some(&then), &again);
    }
    let opened = ctx.with_vault(Hold::Shared, |vault, keyring| {
        let env = ctx.one_env(vault.roster())?;
        ctx.about(None, Some(&env));
        vault.steady_unlocked(keyring, &ctx.ask(), std::slice::from_ref(&env), |unlocked| {
            ctx.about(Some(unlocked.me()), None);
            Ok(unlocked.get(&env, &args.name, args.version)?)
        })
    })?;
    args.out.give(ctx, &opened, None, &format!("get {}", args.name))
}

impl Out {
    /// Hands a value over: to a file, or on standard output; `again` is how it is asked for.
    pub(super) fn give(
        &self,
        ctx: &Ctx,
        opened: &Opened,
        then: Option<&OpenedThen>,
        again: &str,
    ) -> Result<End, Failure> {
        if let Some(former) = then.and_then(|then| then.former.as_ref()) {
            ctx.ui.warning(&format!("`{former}` signed this, with a key that is a former one by now"));
        }
        if let Some(path) = self.output.as_ref().filter(|path| path.as_os_str() != "-") {
            reveal::write(&ctx.cwd.join(path), &opened.value, self.force)?;
            ctx.ui.report(&Wrote { opened, path })?;
        } else if ctx.ui.look().json {
            reveal::print(&ctx.ui, &reveal::document(opened, then))?;
        } else {
            let shown = reveal::Shown { what: "value", again, force: self.force };
            reveal::show(&ctx.ui, &opened.value, shown)?;
            if ctx.ui.stdout_is_terminal() {
                ctx.ui.bytes(b"\n")?;
            }
        }
        Ok(End::Done)
    }
}

struct Wrote<'a> {
    opened: &'a Opened,
    path: &'a Path,
}

impl Report for Wrote<'_> {
    fn text(&self, page: &mut Page) {
        let Opened { record, number, .. } = self.opened;
        let path = self.path.display();
        page.line(format!("wrote `{}/{}` (version {number}) to `{path}`", record.env, record.name));
    }

    fn json(&self) -> Value {
        let Opened { record, number, .. } = self.opened;
        json!({
            "env": record.env,
            "name": record.name,
            "version": number,
            "kind": record.kind.as_str(),
            "path": self.path.to_string_lossy(),
        })
    }
}
