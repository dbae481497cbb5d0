//! `cargo vault join`: asks to be let in.

use clap::ValueHint;
use serde_json::{Value, json};

use super::{
    super::{End, ctx::Ctx, explain::team::who},
    identity,
    init::{member_name, new_key, own_name},
};
use crate::{
    kernel::{
        format::path,
        model::{KeyText, Request, Subject},
        name::{EnvName, MemberName},
        seal::{MemberKey, PublicKey, Recipient},
    },
    ui::{Failure, Page, Report},
    unlock::Keyring,
    vault::{Asking, Hold, TeamFault, Vault, VaultError},
};

/// Ask to be let in, or for more than you have
///
/// Writes a request, signed by the key that you have or by a new one. It grants nothing: commit and push it, and an admin
/// approves it. Typed again, it takes the place of the one before.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault join\n  cargo vault join -e staging -e prod --name carla")]
pub(in crate::cli) struct Args {
    /// The name you want in the vault; else git's user.name, else the login
    #[arg(long, value_parser = member_name, value_hint = ValueHint::Other)]
    name: Option<MemberName>,
    /// Protect a new identity with a passphrase
    #[arg(long)]
    passphrase: bool,
    /// Keep a new identity there
    #[arg(long = "in", value_name = "PLACE", value_enum, conflicts_with = "passphrase")]
    home: Option<identity::Home>,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let asked = ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let environments = ctx.all_envs(vault.roster());
        environments.iter().try_for_each(|env| vault.environment(env).map(drop))?;
        ctx.about(None, environments.first());
        let Own { key, origin, name } = own(ctx, vault, keyring, args)?;
        ctx.names([Subject::Member(name.clone())]);
        let asking = Asking { key: &key, name: &name, environments: &environments, now: ctx.now };
        let request = vault.ask(&asking)?;
        Ok(Done { approvers: vault.approvers(&request.environments), request, origin })
    })?;
    ctx.ui.report(&asked)?;
    let Done { request: Request { member, .. }, approvers, .. } = &asked;
    ctx.ui.help(&format!("commit and push `.vault/{}`", path::request(member)));
    ctx.ui.help(&format!(
        "tell {} the fingerprint another way; `cargo vault approve {member}` then lets you in",
        who(approvers)
    ));
    Ok(End::Done)
}

/// A key of one's own, where it is, and by which name one asks.
struct Own {
    key: MemberKey,
    origin: String,
    name: MemberName,
}

/// A key that is a member's already, else the one that `init` would take, else a new one, once the name is known to be free.
fn own(ctx: &Ctx, vault: &Vault<'_>, keyring: Keyring, args: &Args) -> Result<Own, Failure> {
    let named = keyring.is_named();
    let keyring = if named { keyring.only_named() } else { keyring };
    let holder = |key: &Recipient| vault.roster().holder(key).map(|(name, _)| name.clone());
    let members = |key: &Recipient| holder(key).is_some();
    let others = |key: &Recipient| named || !key.is_ssh();
    let free_name = |keys: &[Recipient]| {
        let name = own_name(ctx, args.name.as_ref(), vault.place().git.as_ref())?;
        vault.check_newcomer(&name, keys, &[])?;
        Ok::<MemberName, Failure>(name)
    };
    let Some(candidate) = keyring.find_best(&[&members, &others]).map_err(VaultError::from)? else {
        let name = free_name(&[])?;
        let (key, origin) = new_key(ctx, args.passphrase, args.home)?;
        return Ok(Own { key, origin, name });
    };
    let (key, origin) = (candidate.recipient().clone(), candidate.origin.to_string());
    let name = match (holder(&key), &args.name) {
        (Some(name), Some(wanted)) if name != *wanted => {
            let key = KeyText::from(&key);
            return Err(VaultError::from(TeamFault::KeyTaken { key, name }).into());
        }
        (Some(name), _) => name,
        (None, _) => free_name(std::slice::from_ref(&key))?,
    };
    let key = candidate.open(&ctx.ask()).map_err(VaultError::from)?;
    Ok(Own { key, origin, name })
}

struct Done {
    request: Request,
    origin: String,
    approvers: Vec<MemberName>,
}

impl Report for Done {
    fn text(&self, page: &mut Page) {
        let Request { member, recipients, environments, .. } = &self.request;
        page.line(format!("`{member}` asks for {}", listed(environments)));
        let identity = format!("{}  (in {})", recipients[0], self.origin);
        page.pairs(&[("fingerprint", self.request.fingerprint().to_string()), ("identity", identity)]);
    }

    fn json(&self) -> Value {
        let Request { member, recipients, signs, environments, .. } = &self.request;
        json!({
            "member": member,
            "environments": environments,
            "fingerprint": self.request.fingerprint().to_string(),
            "recipient": recipients[0].as_str(),
            "signs": signs.first().map(PublicKey::text),
            "identity": self.origin,
            "path": format!(".vault/{}", path::request(member)),
            "approvers": self.approvers,
        })
    }
}

/// Environments as a person lists them.
pub(super) fn listed(envs: &[EnvName]) -> String {
    envs.iter().map(|env| format!("`{env}`")).collect::<Vec<_>>().join(", ")
}
