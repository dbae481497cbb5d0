//! `cargo vault mask`: a filter that masks the values in what passes through it.

use std::collections::BTreeSet;

use super::{
    super::{End, ctx::Ctx},
    run::{choice::Pick, masking::tell},
};
use crate::{
    kernel::{forms::Forms, model::Subject},
    run::{Given, Mask, filter},
    ui::Failure,
    vault::Hold,
};

/// Mask the values in what passes through
///
/// Standard input goes to standard output as it comes. In it every value, its usual encodings and each of its lines become
/// [NAME], and every other byte stays as it is. Values under 6 bytes are named and not masked.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  ./target/debug/app 2>&1 | cargo vault mask\n  cargo vault mask -e base -e prod <app.log >shown.log"
)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    pick: Pick,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let given = ctx.with_vault(Hold::Shared, |vault, keyring| {
        let envs = ctx.all_envs(vault.roster());
        ctx.about(None, envs.last());
        vault.steady_unlocked(keyring, &ctx.ask(), &envs, |unlocked| {
            ctx.about(Some(unlocked.me()), None);
            args.pick.values(unlocked, &envs, &BTreeSet::new())
        })
    })?;
    ctx.names(given.iter().map(|given| Subject::Secret(given.name.clone())));
    let forms = Forms::of(Given::pairs(&given));
    drop(given);
    tell(ctx, &forms);
    filter(&Mask::of(forms))?;
    Ok(End::Done)
}
