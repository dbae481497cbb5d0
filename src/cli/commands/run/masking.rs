//! Whether what a program prints is masked, and what is said of it before.

use super::super::super::{ctx::Ctx, reveal};
use crate::{
    kernel::{forms::Forms, name::SecretName},
    run::{Given, log},
    ui::{Class, Failure},
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
    /// Whether anything is to be masked.
    pub(super) fn is_wanted(&self, ctx: &Ctx) -> bool {
        self.mask || (is(ctx, "CI") && !self.no_mask)
    }

    /// What is to be masked, if anything is.
    pub(super) fn forms(&self, ctx: &Ctx, given: &[Given], watching: bool) -> Result<Option<Forms>, Failure> {
        if !self.is_wanted(ctx) {
            return Ok(None);
        }
        if watching {
            // What a value changes to while the program runs would not be masked.
            let failure =
                Failure::new(Class::Refused, "masked-watch", "what `--watch` changes cannot be masked");
            return Err(failure.help("`--no-mask` masks nothing"));
        }
        let forms = Forms::of(Given::pairs(given));
        tell(ctx, &forms);
        if forms.is_empty() {
            return Ok(None);
        }
        if is(ctx, "GITHUB_ACTIONS")
            && let Some(log) = log()
        {
            // A runner that does not listen masks nothing, and we do.
            let _ = reveal::register(&forms, log);
        }
        Ok(Some(forms))
    }
}

fn is(ctx: &Ctx, name: &str) -> bool {
    ctx.variable(name).is_some_and(|found| found == "true")
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
