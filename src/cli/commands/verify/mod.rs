//! `cargo vault verify`: checks every file and the commits before it, without any key.

mod github;
mod verdict;
pub(super) mod words;

use std::path::Path;

use clap::{ValueEnum, ValueHint};

use super::super::{
    End,
    ctx::Ctx,
    explain::{past::reservations, quoted},
    progress::told,
};
use crate::{
    kernel::model::Anchor,
    ui::{Class, Failure},
    vault::{
        Checked, FirstUse, Hold, Scope, VaultError,
        doctor::{CargoRuns, Unread, cargo_runs},
    },
};
use verdict::Verdict;

/// Verify every file and the commits before it, without any key
///
/// That the roster is what its admins signed, that every secret was written by somebody who may, that nothing else lies here,
/// and that no commit has put anything back, replaced it or lost it on the way. On a fresh clone give an anchor, or compare
/// the vault that is shown. What was looked through once is remembered.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cargo vault verify\n  cargo vault verify --anchor \"$(cat anchor.txt)\"\n  \
                  cargo vault verify --base main --strict\n  \
                  cargo vault verify --base HEAD --tip HEAD --format github"
)]
pub(in crate::cli) struct Args {
    /// The anchor that the log must hold
    #[arg(long, value_parser = anchor)]
    anchor: Option<Anchor>,
    /// Tell what changed since this left the line of REV, as a pull request does
    #[arg(long, value_name = "REV", value_hint = ValueHint::Other)]
    base: Option<String>,
    /// Verify this commit, without checking it out; the vault that lies here vouches for its roster
    #[arg(long, value_name = "REV", value_hint = ValueHint::Other)]
    tip: Option<String>,
    /// Refuse what else is only told: commits that were not fetched, past ones that do not verify, a rewritten branch
    #[arg(long)]
    strict: bool,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// As annotations of GitHub Actions
    Github,
}

fn anchor(text: &str) -> Result<Anchor, String> {
    Anchor::parse(text).map_err(|_| "it is written `<vault id>.<serial>.<hash>`".to_owned())
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let asked = Scope { tip: args.tip.as_deref(), base: args.base.as_deref(), strict: args.strict };
    let (checked, inside) = ctx.with_vault_met(Hold::Shared, FirstUse::Look, |vault, _| {
        let checked = vault.steady(|vault| {
            let checked = vault.verify(&asked, &told(&ctx.ui))?;
            if let Some(anchor) = &args.anchor {
                vault.log()?.check_anchor(anchor).map_err(VaultError::from)?;
            }
            Ok::<_, Failure>(Checked { unknown: checked.unknown && args.anchor.is_none(), ..checked })
        })?;
        let inside = vault.place().git.as_ref().map(|git| git.inside.clone());
        Ok((checked, inside))
    })?;
    let mut findings: Vec<(String, Failure)> = checked
        .findings
        .iter()
        .map(|finding| (finding.path.clone(), ctx.placed(Failure::from_ref(&finding.fault))))
        .collect();
    let told = reservations(&checked.history);
    if args.strict {
        findings.extend(told);
    } else {
        told.iter()
            .filter(|(_, told)| told.code == "branch-rewritten")
            .for_each(|(_, moved)| ctx.ui.warning(&moved.error));
    }
    findings.extend(aliases(ctx));
    let class = findings.iter().map(|(_, failure)| failure.class).max_by_key(|class| class.exit_code());
    if checked.unknown {
        ctx.ui.warning("nothing vouches for this vault here: compare it with what a member of it sees, or give `--anchor`");
    }
    let (format, strict) = (args.format, args.strict);
    let inside = inside.unwrap_or_else(|| ".vault".to_owned());
    ctx.ui.report(&Verdict { checked, findings, inside, format, strict })?;
    Ok(class
        .map_or(End::Done, |class| End::Found(if class == Class::Tampered { class } else { Class::Refused })))
}

/// `[alias] vault` in cargo's configuration would have `cargo vault` run something else than this program.
fn aliases(ctx: &Ctx) -> Vec<(String, Failure)> {
    let (runs, unread) = cargo_runs(&ctx.cwd, &ctx.env);
    let aliases = runs.into_iter().filter(CargoRuns::takes_our_place).map(|alias| {
        let file = alias.file.display().to_string();
        let error = format!("`{file}` has cargo run something else for `cargo vault`");
        let failure = Failure::new(Class::Tampered, "alias", error).help("take `vault` out of its `[alias]`");
        (file, failure)
    });
    // Whether an alias hides there, nobody can tell.
    let unread = unread.into_iter().filter(|unread| !unread.own).map(|Unread { file, source, .. }| {
        let file = file.display().to_string();
        let error = format!("`{file}` was not looked into: {source}");
        let look = format!("`ls -ld {}` shows what it is", quoted(Path::new(&file)));
        (file, Failure::new(Class::Refused, "cargo-unread", error).help(look))
    });
    aliases.chain(unread).collect()
}
