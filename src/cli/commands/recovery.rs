//! `cargo vault recovery`: an admin whose key lies offline, for the day when every other is lost.

use serde_json::{Value, json};

use super::{
    super::{End, ctx::Ctx, explain::lost_key},
    init::member_name,
};
use crate::{
    kernel::{
        model::{Access, Role, Subject},
        name::MemberName,
        seal::Identity,
        secret::Secret,
    },
    ui::{Failure, Page, Report},
    unlock::Keyring,
    vault::{Enrolled, Hold, Vault},
};

/// Prepare for the loss of every identity
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Add an admin and writer whose key is shown once and kept nowhere
    Create {
        /// The name of that member
        #[arg(long, value_parser = member_name)]
        name: Option<MemberName>,
    },
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let Command::Create { name } = &args.command;
    ctx.can_show_a_key()?;
    let name = name.clone().unwrap_or_else(default_name);
    let key = enrol(ctx, None, &name)?;
    let created = Created { name: &name, key };
    ctx.ui.report(&created).map_err(|error| lost_key(&name, "cargo vault recovery create", &error))?;
    Ok(End::Done)
}

/// What that member is called unless somebody says otherwise.
pub(super) fn default_name() -> MemberName {
    MemberName::parse("recovery").expect("`recovery` is a name")
}

/// Enrols a new identity as an admin who may write everything that the caller may, and gives its characters. The founder's
/// identity is at hand right after `init`.
pub(super) fn enrol(ctx: &Ctx, own: Option<&Identity>, name: &MemberName) -> Result<Secret, Failure> {
    ctx.names([Subject::Member(name.clone())]);
    let made = Identity::generate();
    ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let keyring = own.map_or(keyring, Keyring::of);
        add(
            ctx,
            vault,
            keyring,
            Enrolled {
                name: name.clone(),
                role: Role::Admin,
                recipients: vec![made.recipient().clone()],
                signs: vec![made.signing_key().public()],
                access: Vec::new(),
            },
        )
    })?;
    Ok(made.reveal())
}

fn add(ctx: &Ctx, vault: &Vault<'_>, keyring: Keyring, mut enrolled: Enrolled) -> Result<(), Failure> {
    let unlocked = vault.unlock_admin(keyring, &ctx.ask())?;
    ctx.about(Some(unlocked.me()), None);
    for (env, environment) in &vault.roster().environments {
        match environment.access(unlocked.me()) {
            Some(_) => enrolled.access.push((env.clone(), Access::Write)),
            None => ctx.ui.warning(&format!("you cannot open `{env}`, so this key will not either")),
        }
    }
    let mut change = unlocked.begin(ctx.now)?;
    change.enrol(enrolled)?;
    Ok(change.commit()?)
}

/// The key as text, to be shown once.
pub(super) fn text(key: &Secret) -> String {
    String::from_utf8_lossy(key.expose()).into_owned()
}

/// Shows the key, and what it is for.
pub(super) fn print(page: &mut Page, key: &Secret) {
    page.gap();
    page.line("The recovery key, shown this once and stored nowhere. Print it and lock it away:");
    page.gap();
    page.line(format!("    {}", text(key)));
    page.gap();
    page.line("It opens, writes and administers everything here, as `--identity FILE` with it in the file.");
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
