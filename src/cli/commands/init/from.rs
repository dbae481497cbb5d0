//! `cargo vault init --from`: a new vault with the values of another, for the day when its last admin, or an admin's key, is gone.

use std::path::Path;

use serde_json::{Value, json};

use super::{
    super::{
        identity,
        member::{confirm, listed},
        recovery::forgotten,
    },
    Args, Made, not_there,
};
use crate::{
    cli::ctx::Ctx,
    kernel::{
        name::{EnvName, MemberName, VaultId},
        seal::{Identity, MemberKey},
    },
    store::{Place, StoreError, find, place_for_new},
    ui::Failure,
    vault::{
        Founded, Founding, Heir, Hold, Introduction, Legacy, PastVault, VaultError, create, create_over,
        own_names,
    },
};

/// What came from the other vault.
pub(super) struct Came {
    vault: VaultId,
    /// As whom it was opened there.
    member: MemberName,
    values: usize,
    behind: Vec<EnvName>,
}

/// Founds a vault from the one that `--from` names.
pub(super) fn found(ctx: &Ctx, args: &Args, from: &Path) -> Result<Made, Failure> {
    let place = place_for_new(&ctx.cwd)?;
    let old = source(&ctx.cwd.join(from))?;
    let over = old.vault == place.vault;
    if over {
        let at = args.at.as_ref().map(|_| " --at REV").unwrap_or_default();
        let what = "found a new vault in the place of the one that is here";
        confirm(ctx, what, &format!("cargo vault init --from{at}"))?;
    } else {
        not_there(&place)?;
    }
    let ask = ctx.ask();
    // What a variable names is for every day.
    let named = if ctx.typed.env { &ctx.envs[..] } else { &[] };
    if let Some(revision) = &args.at {
        let past = PastVault { place: &old, data: ctx.data(), revision };
        let legacy = past.legacy(Heir { keyring: ctx.keyring()?, ask: &ask, named })?;
        return enter(ctx, args, &place, &legacy, &|founding| match over {
            true => create_over(founding, &legacy),
            false => create(founding, Some(&legacy)),
        });
    }
    let hold = if over { Hold::Exclusive } else { Hold::Shared };
    ctx.with_vault_of(&old, hold, |vault, keyring| {
        let legacy = vault.legacy(Heir { keyring, ask: &ask, named })?;
        enter(ctx, args, &place, &legacy, &|founding| match over {
            true => vault.succeed(founding, &legacy),
            false => create(founding, Some(&legacy)),
        })
    })
}

/// The vault of a folder, or the folder that is one.
fn source(named: &Path) -> Result<Place, StoreError> {
    let inside = named.join(".vault");
    find(named, Some(if inside.is_dir() { &inside } else { named }))
}

/// Enters what came as somebody with a new identity: whoever has stolen the one of before is nobody here.
fn enter(
    ctx: &Ctx,
    args: &Args,
    place: &Place,
    legacy: &Legacy,
    create: &dyn Fn(&Founding<'_>) -> Result<Founded, VaultError>,
) -> Result<Made, Failure> {
    let founder = args.name.clone().unwrap_or_else(|| legacy.me.clone());
    legacy.check_founder(&founder)?;
    let (made, own) = (Identity::generate(), own(ctx, args)?);
    let origin = identity::keep(ctx, &made, &own, args.passphrase, args.home)?.to_string();
    let (key, plugins) = (MemberKey::Native(made), ctx.plugins(None));
    let founded = create(&Founding {
        place,
        data: ctx.data(),
        founder: &founder,
        key: &key,
        plugins: &*plugins,
        environments: &legacy.envs,
        now: ctx.now,
    });
    let Founded { introduction, unkept } = founded.map_err(|failure| forgotten(ctx, &own, failure.into()))?;
    let came = Came {
        vault: legacy.vault,
        member: legacy.me.clone(),
        values: legacy.values(),
        behind: legacy.behind.clone(),
    };
    let environments = legacy.envs.clone();
    Ok(Made { introduction, unkept, founder, environments, key, origin, came: Some(came) })
}

/// A name for the new identity that none of the user's has.
fn own(ctx: &Ctx, args: &Args) -> Result<String, Failure> {
    if let Some(name) = &args.own {
        return Ok(name.clone());
    }
    let taken = own_names(ctx.config()?);
    let numbered = (2..).map(|number| format!("default-{number}"));
    let mut names = std::iter::once("default".to_owned()).chain(numbered);
    Ok(names.find(|name| !taken.contains(name)).expect("there are more numbers than identities"))
}

impl Came {
    pub(super) fn pairs(&self) -> Vec<(&'static str, String)> {
        let s = if self.values == 1 { "" } else { "s" };
        let mut pairs = vec![("from", format!("{}, {} value{s} sealed anew", self.vault, self.values))];
        if !self.behind.is_empty() {
            pairs.push(("left", format!("{}, which your key there does not open", listed(&self.behind))));
        }
        pairs
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "vault": self.vault.hex(),
            "member": self.member,
            "values": self.values,
            "left": self.behind,
        })
    }

    /// What to do next, which no key can do.
    pub(super) fn advise(ctx: &Ctx, introduction: &Introduction) {
        ctx.ui.help("`cargo vault exposed` lists what came along: whoever could open it there knows it, until it has a new value");
        ctx.ui.help("commit and push `.vault`: everybody else asks anew by `cargo vault join`, a machine gets a new key by `cargo vault ci setup`");
        let anchor = &introduction.anchor;
        ctx.ui.help(&format!("`cargo vault trust {anchor}` comes first in a clone that knows the old vault: tell it another way than the repository"));
    }
}
