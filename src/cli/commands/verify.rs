//! `cargo vault verify`: checks every file, without any key.

use std::path::Path;

use serde_json::{Value, json};

use super::super::{End, ctx::Ctx, explain::quoted, progress::told};
use crate::{
    kernel::model::Anchor,
    ui::{Class, Failure, Page, Report},
    vault::{
        Checked, FirstUse, Hold, VaultError,
        doctor::{CargoRuns, Unread, cargo_runs},
    },
};

/// Verify every file, without any key
///
/// That the roster is what its admins signed, that every secret was written by somebody who may, and that nothing else lies
/// here. On a fresh clone give an anchor, or compare the vault that is shown.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cargo vault verify\n  cargo vault verify --anchor \"$(cat anchor.txt)\""
)]
pub(in crate::cli) struct Args {
    /// The anchor that the log must hold
    #[arg(long, value_parser = anchor)]
    anchor: Option<Anchor>,
}

fn anchor(text: &str) -> Result<Anchor, String> {
    Anchor::parse(text).map_err(|_| "it is written `<vault id>.<serial>.<hash>`".to_owned())
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let checked = ctx.with_vault_met(Hold::Shared, FirstUse::Look, |vault, _| {
        vault.steady(|vault| {
            let checked = vault.verify(&told(&ctx.ui))?;
            if let Some(anchor) = &args.anchor {
                vault.log()?.check_anchor(anchor).map_err(VaultError::from)?;
            }
            Ok::<_, Failure>(Checked { unknown: checked.unknown && args.anchor.is_none(), ..checked })
        })
    })?;
    let mut findings: Vec<(String, Failure)> = checked
        .findings
        .iter()
        .map(|finding| (finding.path.clone(), ctx.placed(Failure::from_ref(&finding.fault))))
        .collect();
    findings.extend(aliases(ctx));
    let class = findings.iter().map(|(_, failure)| failure.class).max_by_key(|class| class.exit_code());
    if checked.unknown {
        ctx.ui.warning("nothing vouches for this vault here: compare it with what a member of it sees, or give `--anchor`");
    }
    ctx.ui.report(&Verdict { checked, findings })?;
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

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

struct Verdict {
    checked: Checked,
    findings: Vec<(String, Failure)>,
}

impl Report for Verdict {
    fn text(&self, page: &mut Page) {
        for (_, failure) in &self.findings {
            page.line(format!("{}: {}", failure.code, failure.error));
            failure.hints.iter().for_each(|hint| page.line(format!("  help: {hint}")));
        }
        let Checked { introduction, lines, environments, secrets, .. } = &self.checked;
        let verdict = match self.findings.len() {
            0 => "everything here is as its members signed it".to_owned(),
            1 => "1 thing here is not in order".to_owned(),
            many => format!("{many} things here are not in order"),
        };
        page.line(verdict);
        let counted =
            [counted(*secrets, "secret"), counted(*environments, "environment"), counted(*lines, "log line")]
                .join(", ");
        page.pairs(&[("vault", introduction.vault.to_string()), ("verified", counted)]);
    }

    fn json(&self) -> Value {
        let findings = self.findings.iter().map(|(path, failure)| {
            json!({ "path": path, "code": failure.code, "class": failure.class, "message": failure.error, "help": failure.hints })
        });
        let Checked { introduction, unknown, lines, environments, secrets, .. } = &self.checked;
        json!({
            "ok": self.findings.is_empty(),
            "vault": introduction.vault.hex(),
            "anchor": introduction.anchor.to_string(),
            "known": !unknown,
            "lines": lines,
            "environments": environments,
            "secrets": secrets,
            "findings": findings.collect::<Vec<_>>(),
        })
    }
}
