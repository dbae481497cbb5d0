//! Which pager: as git chooses one, but that a repository chooses none.

use std::ffi::OsString;

use super::ctx::Ctx;
use crate::{git::user_pager, run::without_keys, ui::Pager};

/// The pager of this user: `GIT_PAGER`, git's own setting, `PAGER`, `less`. None where there is to be none.
pub(super) fn pager(ctx: &Ctx) -> Option<Pager> {
    // A terminal that can do nothing cannot be paged on either.
    if ctx.no_pager || ctx.variable("TERM").is_none_or(|term| term == "dumb") {
        return None;
    }
    // One that is set and empty asks for none.
    let set = |name: &str| ctx.env.get(&OsString::from(name)).cloned();
    let command = set("GIT_PAGER")
        .or_else(|| user_pager().map(OsString::from))
        .or_else(|| set("PAGER"))
        .unwrap_or_else(|| "less".into());
    Pager::new(&command, without_keys(&ctx.env))
}
