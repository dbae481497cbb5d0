//! `cargo vault member add`: lets somebody in whose keys came another way.

use clap::ValueHint;
use serde_json::{Value, json};

use super::{
    super::super::{End, ctx::Ctx, progress::told},
    super::{init::member_name, public_key},
    May,
    given::{Given, gathered, given, signing},
    may,
    role::Wanted,
};
use crate::{
    interchange::{PublicKeys, Skipped},
    kernel::{
        model::{self, Access, Anchor, Subject},
        name::{EnvName, MemberName},
        seal::{PublicKey, Recipient},
    },
    ui::{Failure, Page, Report},
    vault::{Enrolled, Hold, VaultError},
};

/// Let somebody in, whose public keys came another way
///
/// An ssh-ed25519 key opens and signs; ssh-rsa only reads; an age recipient signs with the key that `cargo vault identity show`
/// prints beside it. Standard input (`-`) has lines as in authorized_keys, or age recipients; keys of kinds that nothing can be
/// wrapped to are named and passed over. An environment comes with those that it extends, to read.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault member add carla \"$(cat carla.pub)\" -e dev\n  \
                  cat carla.keys | cargo vault member add carla - --read\n  \
                  cargo vault member add carla \"$(cat carla.age)\" --signs \"$(cat carla.pub)\" --role admin")]
pub(super) struct Args {
    /// The new member's name
    #[arg(value_parser = member_name, value_hint = ValueHint::Other)]
    name: MemberName,
    /// Public keys: age1…, ssh-ed25519 …, ssh-rsa …, or - for standard input
    #[arg(required = true, value_name = "RECIPIENT", value_parser = given, value_hint = ValueHint::Other)]
    keys: Vec<Given>,
    /// A key that signs, beside one that does not
    #[arg(long, value_name = "KEY", value_parser = public_key::signing_key)]
    signs: Vec<PublicKey>,
    /// Let them read only
    #[arg(long)]
    read: bool,
    /// What they may do with the roster
    #[arg(long, value_enum, default_value = "member")]
    role: Wanted,
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    // Before the vault is held, so that nobody waits for a slow pipe.
    let PublicKeys { recipients, skipped } = gathered(ctx, &args.keys, "add")?;
    ctx.names([Subject::Member(args.name.clone())]);
    let signs = signing(&recipients, &args.signs);
    let role = model::Role::from(args.role);
    let access = ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let access = if args.read { Access::Read } else { Access::Write };
        let access = vault.granted_with(&ctx.all_envs(vault.roster()), access)?;
        let envs: Vec<EnvName> = access.iter().map(|(env, _)| env.clone()).collect();
        let unlocked = vault.unlock(keyring, &ctx.ask(), &envs)?;
        ctx.about(Some(unlocked.me()), envs.first());
        let progress = told(&ctx.ui);
        let mut change = unlocked.begin(ctx.now)?.telling(&progress);
        let (recipients, signs) = (recipients.clone(), signs.clone());
        let name = args.name.clone();
        let enrolled = Enrolled { name, role, recipients, signs, access: access.clone() };
        change.enrol(enrolled).map_err(|error| instead(&args.name, error))?;
        change.commit()?;
        Ok(access)
    })?;
    let anchor = ctx.with_vault(Hold::Shared, |vault, _| Ok(vault.introduce()?.anchor))?;
    for Skipped { line, kind } in &skipped {
        ctx.ui
            .warning(&format!("line {line} is passed over: nothing can be wrapped to a key of kind {kind}"));
    }
    ctx.ui.report(&Done { name: &args.name, role, access, recipients, signs, skipped, anchor: &anchor })?;
    ctx.ui.help("commit and push `.vault`");
    ctx.ui.help(&format!(
        "tell `{}` the anchor: `cargo vault trust {anchor}` there knows this vault by it",
        args.name
    ));
    Ok(End::Done)
}

/// What to type for a name that is somebody's: here it is no flag.
fn instead(name: &MemberName, error: VaultError) -> Failure {
    let hints = match error {
        VaultError::MemberExists { .. } => vec![
            format!("`cargo vault member grant {name} -e NAME` gives more"),
            "`cargo vault identity enrol --help` says how one more device comes in".to_owned(),
        ],
        VaultError::MemberWas { .. } => vec!["give another name".to_owned()],
        other => return other.into(),
    };
    Failure { hints, ..error.into() }
}

struct Done<'a> {
    name: &'a MemberName,
    role: model::Role,
    access: Vec<(EnvName, Access)>,
    recipients: Vec<Recipient>,
    signs: Vec<PublicKey>,
    skipped: Vec<Skipped>,
    anchor: &'a Anchor,
}

impl Report for Done<'_> {
    fn text(&self, page: &mut Page) {
        page.line(format!("added `{}`, who has {}", self.name, may(&self.access)));
        let keys = self.recipients.iter().map(Recipient::short).collect::<Vec<_>>().join(", ");
        page.pairs(&[("role", self.role.as_str()), ("keys", &keys), ("anchor", &self.anchor.to_string())]);
    }

    fn json(&self) -> Value {
        let recipients = self.recipients.iter().map(Recipient::as_str).collect::<Vec<_>>();
        let skipped = self.skipped.iter().map(|key| json!({ "line": key.line, "kind": key.kind }));
        json!({
            "member": self.name,
            "role": self.role.as_str(),
            "write": May(&self.access).names(Access::Write),
            "read": May(&self.access).names(Access::Read),
            "recipients": recipients,
            "signs": self.signs.iter().map(PublicKey::text).collect::<Vec<_>>(),
            "skipped": skipped.collect::<Vec<_>>(),
            "anchor": self.anchor.to_string(),
        })
    }
}
