//! `cargo vault get`: prints a value, byte for byte.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{
    super::{End, ctx::Ctx, reveal},
    set::name,
};
use crate::{
    kernel::{model::Subject, name::SecretName},
    ui::{Failure, Page, Report},
    vault::{Hold, Opened},
};

/// Print a secret's value
///
/// On a terminal a newline follows; a pipe or a file gets the exact bytes. A file that is named with -o is made for you alone
/// to read, and is whole or not there at all.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cargo vault get DATABASE_URL\n  cargo vault get -e prod TLS_KEY -o tls.pem\n  \
                  cargo vault get DATABASE_URL --version 1"
)]
pub(in crate::cli) struct Args {
    /// Which secret
    #[arg(value_parser = name)]
    name: SecretName,
    /// This version, if it is still in the file
    #[arg(long, value_name = "N")]
    version: Option<u64>,
    /// Write the value to this file; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print binary values to a terminal too, and replace a file that is there
    #[arg(short, long)]
    force: bool,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    ctx.names([Subject::Secret(args.name.clone())]);
    let opened = ctx.with_vault(Hold::Shared, |vault, keyring| {
        let env = ctx.one_env(vault.roster())?;
        ctx.about(None, Some(&env));
        vault.steady_unlocked(keyring, &ctx.ask(), std::slice::from_ref(&env), |unlocked| {
            ctx.about(Some(unlocked.me()), None);
            Ok(unlocked.get(&env, &args.name, args.version)?)
        })
    })?;
    if let Some(path) = args.output.as_ref().filter(|path| path.as_os_str() != "-") {
        reveal::write(&ctx.cwd.join(path), &opened.value, args.force)?;
        ctx.ui.report(&Wrote { opened: &opened, path })?;
    } else if ctx.ui.look().json {
        reveal::print(&ctx.ui, &reveal::document(&opened))?;
    } else {
        let again = format!("get {}", args.name);
        reveal::show(
            &ctx.ui,
            &opened.value,
            reveal::Shown { what: "value", again: &again, force: args.force },
        )?;
        if ctx.ui.stdout_is_terminal() {
            ctx.ui.bytes(b"\n")?;
        }
    }
    Ok(End::Done)
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
