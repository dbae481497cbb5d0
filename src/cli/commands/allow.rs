//! `cargo vault allow`: what the hook of a shell may load here.

use serde_json::{Value, json};

use super::super::{
    End,
    ctx::{Ctx, usage},
};
use crate::{
    kernel::model::Action,
    run::HELD,
    ui::{Failure, Page, Report, Word},
    vault::{Allowance, Allowances, Hold},
};

/// Allow the vault here to load into your shell
///
/// Its environments load wherever you stand below its folder, in shells that have the hook (`cargo vault hook`). It holds for
/// this vault in this place, with the history that it has today: if another one takes its place, or its roster forks, nothing is
/// loaded until you allow it again.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cargo vault allow\n  cargo vault allow -e base -e staging\n  cargo vault allow --list"
)]
pub(in crate::cli) struct Args {
    /// List what is allowed, in all folders
    #[arg(long)]
    list: bool,
}

impl Args {
    pub(super) fn action(&self) -> Option<Action> {
        (!self.list).then_some(Action::Allow)
    }
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let allowances = Allowances::open(ctx.data());
    if args.list {
        ctx.ui.report(&List(allowances.all()))?;
        return Ok(End::Done);
    }
    if !ctx.has_home() {
        return Err(usage("no-home", "this user has no home folder to keep in what is allowed")
            .help("`cargo vault run` needs none"));
    }
    let allowance = ctx.with_vault(Hold::Shared, |vault, _| {
        let envs = ctx.all_envs(vault.roster());
        ctx.about(None, envs.last());
        Ok(vault.allowance(envs)?)
    })?;
    allowances.allow(&allowance)?;
    ctx.ui.report(&Allowed(&allowance))?;
    // A shell whose hook has been in a vault's folder holds this.
    if ctx.variable(HELD).is_none() {
        ctx.ui.help("`cargo vault hook --help` shows what your shell's start-up file needs for it, once");
    }
    Ok(End::Done)
}

struct Allowed<'a>(&'a Allowance);

impl Report for Allowed<'_> {
    fn text(&self, page: &mut Page) {
        let envs = self.0.envs.iter().map(|env| format!("`{env}`")).collect::<Vec<_>>().join(", ");
        page.line(format!("allowed {envs} to load in `{}`", folder(self.0)));
    }

    fn json(&self) -> Value {
        json!({ "allowed": [entry(self.0)] })
    }
}

struct List(Vec<Allowance>);

impl Report for List {
    fn text(&self, page: &mut Page) {
        let row = |allowance: &Allowance| {
            let envs = allowance.envs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let vault = allowance.anchor.vault.to_string();
            vec![Word::strong(folder(allowance)), Word::plain(envs), Word::dim(vault)]
        };
        if !self.0.is_empty() {
            page.table(&["FOLDER", "LOADS", "VAULT"], &self.0.iter().map(row).collect::<Vec<_>>());
        }
    }

    fn json(&self) -> Value {
        json!({ "allowed": self.0.iter().map(entry).collect::<Vec<_>>() })
    }
}

/// The folder that the vault's own lies in, by which people call it.
fn folder(allowance: &Allowance) -> String {
    let place = &allowance.place;
    let named = if place.ends_with(".vault") { place.parent() } else { None };
    named.unwrap_or(place).display().to_string()
}

fn entry(allowance: &Allowance) -> Value {
    json!({
        "folder": folder(allowance),
        "environments": allowance.envs,
        "vault": allowance.anchor.vault.hex(),
        "anchor": allowance.anchor.to_string(),
    })
}
