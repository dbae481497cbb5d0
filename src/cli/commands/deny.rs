//! `cargo vault deny`: takes back what the hook of a shell may load.

use std::path::{Path, PathBuf};

use clap::ValueHint;
use serde_json::{Value, json};

use super::super::{End, ctx::Ctx};
use crate::{
    ui::{Failure, Page, Report},
    vault::Allowances,
};

/// Take back what was allowed
///
/// Shells that have it loaded put back what was there before, at their next prompt.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault deny\n  cargo vault deny ~/src/shop")]
pub(in crate::cli) struct Args {
    /// The folder, as `allow --list` has it, of a vault that is elsewhere or gone
    #[arg(value_hint = ValueHint::DirPath)]
    folder: Option<PathBuf>,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let allowances = Allowances::open(ctx.data());
    let place = match &args.folder {
        None => ctx.place()?.vault,
        Some(folder) => named(&ctx.cwd.join(folder), &allowances),
    };
    let was_allowed = allowances.deny(&place)?;
    ctx.ui.report(&Denied { place, was_allowed })?;
    Ok(End::Done)
}

/// The vault's folder that a person means, whether or not anything is there any more.
fn named(folder: &Path, allowances: &Allowances) -> PathBuf {
    let there = folder.canonicalize().unwrap_or_else(|_| folder.components().collect());
    if allowances.of(&there).is_some() { there } else { there.join(".vault") }
}

struct Denied {
    place: PathBuf,
    was_allowed: bool,
}

impl Report for Denied {
    fn text(&self, page: &mut Page) {
        let place = self.place.display();
        match self.was_allowed {
            true => page.line(format!("`{place}` loads no more")),
            false => page.line(format!("`{place}` was not allowed to load")),
        }
    }

    fn json(&self) -> Value {
        json!({ "place": self.place.display().to_string(), "was_allowed": self.was_allowed })
    }
}
