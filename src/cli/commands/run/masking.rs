//! Whether what a program prints is masked, and what is said of it before.

use std::ffi::OsString;

use super::super::super::{End, ctx::Ctx, reveal};
use crate::{
    kernel::{name::SecretName, secret::Secret},
    run::{Forms, Given, Mask, log, run_masked},
    ui::Failure,
};

/// The flags.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Masking {
    /// Mask the values in what the program prints; done anyway where CI is `true`
    #[arg(long, overrides_with = "no_mask")]
    mask: bool,
    /// Mask nothing, in CI neither
    #[arg(long, overrides_with = "mask")]
    no_mask: bool,
}

impl Masking {
    /// What is to be masked, if anything is.
    pub(super) fn forms(&self, ctx: &Ctx, given: &[Given]) -> Option<Forms> {
        let is = |name: &str, value: &str| ctx.variable(name).is_some_and(|found| found == value);
        let wanted = self.mask || (is("CI", "true") && !self.no_mask);
        let forms = wanted.then(|| Forms::of(given)).filter(|forms| {
            tell(ctx, forms);
            !forms.is_empty()
        })?;
        if is("GITHUB_ACTIONS", "true")
            && let Some(log) = log()
        {
            // A runner that does not listen masks nothing, and we do.
            let _ = reveal::register(&forms, log);
        }
        Some(forms)
    }
}

/// Names what is too short to be masked.
pub(in crate::cli) fn tell(ctx: &Ctx, forms: &Forms) {
    let listed =
        |names: &[SecretName]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if !forms.short.is_empty() {
        ctx.ui.warning(&format!("not masked, since shorter than 6 bytes: {}", listed(&forms.short)));
    }
    if !forms.short_lines.is_empty() {
        let names = listed(&forms.short_lines);
        ctx.ui.warning(&format!(
            "not masked where they stand alone, since shorter than 6 bytes: lines of {names}"
        ));
    }
}

/// Runs the program, and ends as it did.
pub(super) fn run(
    ctx: &Ctx,
    (program, args): (&OsString, &[OsString]),
    environment: &[(OsString, Secret)],
    forms: Forms,
) -> Result<End, Failure> {
    Ok(End::Child(run_masked((program, args), environment, &Mask::of(forms), &ctx.core)?))
}
