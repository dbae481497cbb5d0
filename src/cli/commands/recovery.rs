//! `cargo vault recovery`: an admin whose key lies offline, for the day when every other is lost.

use clap::ValueHint;
use serde_json::{Value, json};

use super::{
    super::{End, ctx::Ctx, explain::lost_key, reveal::text},
    identity::{self, Home, keep, not_named, with_own},
    init::{member_name, own_name},
};
use crate::{
    kernel::{
        model::{Access, Role, Subject},
        name::MemberName,
        seal::{Identity, MemberKey, Recipient},
        secret::Secret,
    },
    ui::{Failure, Page, Report},
    unlock::Keyring,
    vault::{Enrolled, Hold, Vault, VaultError},
};

/// Prepare for the loss of every identity, and come back after it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault recovery create\n  \
                  cargo vault recovery use")]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Add an admin and writer whose key is shown once and kept nowhere
    #[command(
        after_help = "Examples:\n  cargo vault recovery create\n  cargo vault recovery create --name safe"
    )]
    Create {
        /// The name of that member
        #[arg(long, value_parser = member_name, value_hint = ValueHint::Other)]
        name: Option<MemberName>,
    },
    /// Come back with that key: a new identity of yours, which opens what the key opens
    ///
    /// The key is asked for, hidden; or it comes from --identity FILE or CVAULT_KEY. A member of your name gets the new
    /// identity as one more device; else you become a new admin.
    #[command(after_help = "Examples:\n  cargo vault recovery use\n  \
                  cargo vault recovery use --name ana --as laptop --identity recovery.txt\n  \
                  cargo vault recovery use --name carla --as laptop --identity recovery.txt")]
    Use {
        /// Your name in the vault; else git's user.name, else the login
        #[arg(long, value_parser = member_name)]
        name: Option<MemberName>,
        /// The name of the new identity among yours
        #[arg(long = "as", value_name = "NAME", default_value = "default", value_parser = identity::name)]
        own: String,
        /// Where to keep it
        #[arg(long = "in", value_name = "PLACE", value_enum)]
        home: Option<Home>,
    },
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    match &args.command {
        Command::Create { name } => create(ctx, &name.clone().unwrap_or_else(default_name))?,
        Command::Use { name, own, home } => {
            let name = own_name(ctx, name.as_ref(), ctx.place()?.git.as_ref())?;
            let back = come_back(ctx, name, own, *home)?;
            ctx.ui.report(&back)?;
            ctx.ui.help("commit and push `.vault`, and lock the recovery key away again");
        }
    }
    Ok(End::Done)
}

fn create(ctx: &Ctx, name: &MemberName) -> Result<(), Failure> {
    ctx.can_show_a_key()?;
    let key = enrol(ctx, None, name)?;
    let created = Created { name, key };
    ctx.ui.report(&created).map_err(|error| lost_key(name, "cargo vault recovery create", &error))
}

/// What that member is called unless somebody says otherwise.
pub(super) fn default_name() -> MemberName {
    MemberName::parse("recovery").expect("`recovery` is a name")
}

/// Enrols a new identity as an admin who may write everything that the caller may, and gives its characters. The founder's
/// key is at hand right after `init`.
pub(super) fn enrol(ctx: &Ctx, own: Option<MemberKey>, name: &MemberName) -> Result<Secret, Failure> {
    ctx.names([Subject::Member(name.clone())]);
    let made = Identity::generate();
    ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let keyring = own.map_or(keyring, |key| Keyring::of(key, ctx.plugins(None)));
        add(ctx, vault, keyring, admin(name.clone(), &made))
    })?;
    Ok(made.reveal())
}

/// Keeps the new identity first: a roster that names a key which nobody has helps nobody.
fn come_back(ctx: &Ctx, name: MemberName, own: &str, home: Option<Home>) -> Result<Back, Failure> {
    ctx.names([Subject::Member(name.clone())]);
    // Before the vault is held, so that nobody waits for a person who types.
    let typed = if ctx.names_a_key() { None } else { Some(typed(ctx)?) };
    let made = Identity::generate();
    let mut place = String::new();
    let device = ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        // Another key of the user's would only seem to show that this one works.
        let keyring = typed.unwrap_or_else(|| keyring.only_named());
        let unlocked = vault.unlock_admin(keyring, &ctx.ask()).map_err(no_recovery)?;
        ctx.about(Some(unlocked.me()), None);
        let device = vault.member(&name).is_ok();
        let mut change = unlocked.begin(ctx.now)?;
        if device {
            change.add_device(&name, made.recipient(), Some(&made.signing_key().public()))?;
        } else {
            change.enrol(Enrolled {
                access: writable(ctx, vault, unlocked.me()),
                ..admin(name.clone(), &made)
            })?;
        }
        let kept = keep(ctx, &made, own, false, home);
        place =
            kept.map_err(|failure| not_named(failure, "`--as NAME` gives the new one another"))?.to_string();
        change.commit().map_err(|failure| forgotten(ctx, own, failure.into()))?;
        Ok(device)
    })?;
    Ok(Back { name, device, place, recipient: made.recipient().clone() })
}

fn no_recovery(error: VaultError) -> VaultError {
    match error {
        VaultError::NoKey { .. } | VaultError::Locked { .. } | VaultError::NotAdmin { .. } => {
            VaultError::NotRecovery
        }
        other => other,
    }
}

/// Takes the new identity away again: nobody knows it. The first failure is the one to tell.
pub(super) fn forgotten(ctx: &Ctx, own: &str, failure: Failure) -> Failure {
    let _ = with_own(ctx, |identities| {
        identities.named(own)?.iter().try_for_each(|own| Ok(identities.forget(own)?))
    });
    failure
}

fn typed(ctx: &Ctx) -> Result<Keyring, Failure> {
    let key = ctx.ui.hidden("The recovery key")?;
    let (mut found, _) = Identity::parse_file(&key).map_err(VaultError::from)?;
    let key = found.pop().map(MemberKey::Native).ok_or(VaultError::NotRecovery)?;
    Ok(Keyring::of(key, ctx.plugins(None)))
}

fn admin(name: MemberName, identity: &Identity) -> Enrolled {
    Enrolled {
        name,
        role: Role::Admin,
        recipients: vec![identity.recipient().clone()],
        signs: vec![identity.signing_key().public()],
        access: Vec::new(),
    }
}

fn add(ctx: &Ctx, vault: &Vault<'_>, keyring: Keyring, enrolled: Enrolled) -> Result<(), Failure> {
    let unlocked = vault.unlock_admin(keyring, &ctx.ask())?;
    ctx.about(Some(unlocked.me()), None);
    let access = writable(ctx, vault, unlocked.me());
    let mut change = unlocked.begin(ctx.now)?;
    change.enrol(Enrolled { access, ..enrolled })?;
    Ok(change.commit()?)
}

/// What a new admin is to write: everything that the one who enrols him can open.
fn writable(ctx: &Ctx, vault: &Vault<'_>, me: &MemberName) -> Vec<(crate::kernel::name::EnvName, Access)> {
    let mut access = Vec::new();
    for (env, environment) in &vault.roster().environments {
        match environment.access(me) {
            Some(_) => access.push((env.clone(), Access::Write)),
            None => ctx.ui.warning(&format!("you cannot open `{env}`, so this key will not either")),
        }
    }
    access
}

/// Shows the key, and what it is for.
pub(super) fn print(page: &mut Page, key: &Secret) {
    page.gap();
    page.line("The recovery key, shown this once and stored nowhere. Print it and lock it away:");
    page.gap();
    page.line(format!("    {}", text(key)));
    page.gap();
    page.line("It opens, writes and administers everything here; `cargo vault recovery use` takes it.");
}

struct Created<'a> {
    name: &'a MemberName,
    key: Secret,
}

impl Report for Created<'_> {
    fn text(&self, page: &mut Page) {
        page.line(format!("added `{}` as an admin", self.name));
        print(page, &self.key);
    }

    fn json(&self) -> Value {
        json!({ "member": self.name, "recovery": text(&self.key) })
    }
}

struct Back {
    name: MemberName,
    device: bool,
    place: String,
    recipient: Recipient,
}

impl Report for Back {
    fn text(&self, page: &mut Page) {
        let what = if self.device { "has one more device" } else { "is an admin" };
        page.line(format!("`{}` {what}", self.name));
        page.pairs(&[("identity", format!("{}  (in {})", self.recipient, self.place))]);
    }

    fn json(&self) -> Value {
        json!({
            "member": self.name,
            "device": self.device,
            "recipient": self.recipient.as_str(),
            "identity": self.place,
        })
    }
}
