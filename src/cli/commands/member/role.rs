//! `cargo vault member role`: what a member may do with the roster.

use clap::ValueEnum;
use serde_json::{Value, json};

use super::{
    super::{
        super::{End, ctx::Ctx},
        init::member_name,
    },
    leaving::{confirm, older_anchors},
};
use crate::{
    kernel::{
        model::{Role, Subject},
        name::MemberName,
    },
    ui::{Failure, Page, Report},
    vault::Hold,
};

/// Give a member another role
///
/// What the member reads and writes stays as it is, so no key is made anew. There is always an admin.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cargo vault member role bob admin\n  cargo vault member role bob member --yes"
)]
pub(super) struct Args {
    /// Whose role
    #[arg(value_parser = member_name)]
    name: MemberName,
    /// The role
    #[arg(value_enum)]
    role: Wanted,
}

/// What a member may do with the roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Wanted {
    /// Changes it
    Admin,
    /// Does not
    Member,
    /// Does not, and is never asked anything
    Machine,
}

impl From<Wanted> for Role {
    fn from(wanted: Wanted) -> Self {
        match wanted {
            Wanted::Admin => Self::Admin,
            Wanted::Member => Self::Member,
            Wanted::Machine => Self::Machine,
        }
    }
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let (name, role) = (&args.name, Role::from(args.role));
    ctx.names([Subject::Member(name.clone())]);
    let before = ctx.with_vault(Hold::Shared, |vault, _| {
        vault.check_role(name, role)?;
        Ok(vault.member(name)?.role)
    })?;
    if before == role {
        ctx.ui.report(&Done { name, role, changed: false, machines: &[] })?;
        return Ok(End::Done);
    }
    let typed = format!("cargo vault member role {name} {}", role.as_str());
    confirm(ctx, &format!("make `{name}`, now {}, {}", a(before), a(role)), &typed)?;
    let machines = ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let unlocked = vault.unlock_admin(keyring, &ctx.ask())?;
        ctx.about(Some(unlocked.me()), None);
        let mut change = unlocked.begin(ctx.now)?;
        change.give_role(name, role)?;
        change.commit()?;
        let lowered = (before == Role::Admin).then(|| vault.machines_of(&vault.signed_for(name)));
        Ok(lowered.unwrap_or_default())
    })?;
    ctx.ui.report(&Done { name, role, changed: true, machines: &machines })?;
    older_anchors(ctx, &machines);
    ctx.ui.help("commit and push `.vault`: it holds for others from then on");
    Ok(End::Done)
}

fn a(role: Role) -> &'static str {
    match role {
        Role::Admin => "an admin",
        Role::Member => "a member",
        Role::Machine => "a machine",
    }
}

struct Done<'a> {
    name: &'a MemberName,
    role: Role,
    changed: bool,
    machines: &'a [MemberName],
}

impl Report for Done<'_> {
    fn text(&self, page: &mut Page) {
        let already = if self.changed { "" } else { " already" };
        page.line(format!("`{}` is {}{already}", self.name, a(self.role)));
    }

    fn json(&self) -> Value {
        let (role, machines) = (self.role.as_str(), self.machines);
        json!({ "member": self.name, "role": role, "changed": self.changed, "machines": machines })
    }
}
