//! What a search knows of the vault's values: as it was kept, or made anew where the vault can be unlocked.

use super::super::super::ctx::Ctx;
use crate::{
    kernel::{
        name::{EnvName, SecretName},
        secret::Secret,
    },
    scan::{Known, Owner, Reach, Shelf},
    store::StateFolder,
    ui::Failure,
    unlock::Keyring,
    vault::{Sources, Unlocked, Vault, VaultError},
};

/// How many secrets are named one by one.
const NAMED: usize = 8;

/// What is known, and what is not.
pub(super) struct Learnt {
    pub(super) known: Known,
    pub(super) unsearched: Vec<(Owner, Reach)>,
    /// How many secrets are searched for.
    pub(super) secrets: usize,
    /// Why nobody unlocked what is new.
    why: Option<String>,
}

impl Learnt {
    pub(super) fn nothing() -> Self {
        Self { known: Known::nothing(), unsearched: Vec::new(), secrets: 0, why: None }
    }

    fn of(known: Known, sources: &Sources, why: Option<String>) -> Self {
        let unsearched = known.unsearched(sources);
        let secrets = sources.files.len() - unsearched.len();
        Self { known, unsearched, secrets, why }
    }

    /// Says what is not searched for.
    pub(super) fn tell(&self, ctx: &Ctx) {
        for (reach, what) in [
            (Reach::Short, "values under 12 bytes"),
            (Reach::Locked, "values that are not yours to read"),
            (Reach::Faulty, "values that do not verify"),
            (Reach::Unseen, "values that nobody has unlocked here since they were set"),
        ] {
            let these: Vec<String> =
                self.of_reach(reach).map(|Owner { env, name }| format!("{env}/{name}")).collect();
            if these.is_empty() {
                continue;
            }
            let more = these.len().saturating_sub(NAMED);
            let named = these[..these.len() - more].join(", ");
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            ctx.ui.note(&format!("{what} are not searched for: {named}{more}"));
        }
        if let Some(why) = self.why.as_ref().filter(|_| self.of_reach(Reach::Unseen).next().is_some()) {
            ctx.ui.note(&format!("not unlocked: {why}"));
            if ctx.silent {
                ctx.ui.help("`cargo vault scan` asks for the key, and knows them from then on");
            }
        }
    }

    fn of_reach(&self, wanted: Reach) -> impl Iterator<Item = &Owner> {
        self.unsearched.iter().filter(move |(_, reach)| *reach == wanted).map(|(owner, _)| owner)
    }
}

/// What is kept, if it is of the files that are here; else made anew, if somebody can unlock the vault.
pub(super) fn learnt(ctx: &Ctx, vault: &Vault<'_>, keyring: Keyring) -> Result<Learnt, Failure> {
    let folder = StateFolder::open(vault.place(), ctx.data());
    let shelf = Shelf::of(&folder, vault.roster().vault);
    let sources = vault.sources()?;
    let kept = match shelf.read() {
        Some(known) if known.is_of(&sources) => return Ok(Learnt::of(known, &sources, None)),
        older => older.unwrap_or_else(Known::nothing),
    };
    let unlocked = match unlocked(ctx, vault, keyring)? {
        Ok(unlocked) => unlocked,
        Err(why) => return Ok(Learnt::of(kept, &sources, Some(why))),
    };
    ctx.about(Some(unlocked.me()), None);
    unlocked.steady(&[], |unlocked| {
        let sources = unlocked.vault().sources()?;
        Ok(Learnt::of(shelf.renew(unlocked, &sources)?, &sources, None))
    })
}

/// Takes in what was just written, so that the next commit is searched for it.
pub(in crate::cli) fn take_in<'v>(
    ctx: &Ctx,
    vault: &Vault<'_>,
    env: &EnvName,
    values: impl IntoIterator<Item = (&'v SecretName, &'v Secret)>,
) {
    let folder = StateFolder::open(vault.place(), ctx.data());
    Shelf::of(&folder, vault.roster().vault).take_in(vault, env, values);
}

/// The vault unlocked, or why nobody can here: what was kept before is searched for all the same.
fn unlocked<'v>(
    ctx: &Ctx,
    vault: &'v Vault<'v>,
    keyring: Keyring,
) -> Result<Result<Unlocked<'v>, String>, Failure> {
    if vault.is_unknown() {
        return Ok(Err("nothing vouches for this vault here".to_owned()));
    }
    match vault.unlock_member(keyring, &ctx.ask()) {
        Ok(unlocked) => Ok(Ok(unlocked)),
        Err(fault @ (VaultError::NoKey { .. } | VaultError::Locked { .. } | VaultError::Unlock(_))) => {
            Ok(Err(fault.to_string()))
        }
        Err(fault) => Err(fault.into()),
    }
}
