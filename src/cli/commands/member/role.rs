//! `cargo vault member role`: says what a member may do with the roster.

use clap::ValueEnum;
use serde_json::{Value, json};

use super::super::{
    super::{End, ctx::Ctx},
    init::member_name,
};
use crate::{
    kernel::{
        model::{self, Subject},
        name::MemberName,
    },
    ui::{Failure, Page, Report},
    vault::Hold,
};

/// Make a member an admin, or a machine
///
/// An admin changes the roster: lets people in and takes access away. It takes a key that signs.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cargo vault member role dan admin\n  cargo vault member role dan machine"
)]
pub(super) struct Args {
    /// Who
    #[arg(value_parser = member_name)]
    name: MemberName,
    /// What from now on
    #[arg(value_enum)]
    role: Role,
}

/// A role, as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Role {
    /// May change the roster
    Admin,
    /// May not
    Member,
    /// May not, and is never asked anything
    Machine,
}

impl From<Role> for model::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Admin => Self::Admin,
            Role::Member => Self::Member,
            Role::Machine => Self::Machine,
        }
    }
}

pub(super) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let (name, role) = (&args.name, args.role.into());
    ctx.names([Subject::Member(name.clone())]);
    ctx.with_vault(Hold::Exclusive, |vault, keyring| {
        let unlocked = vault.unlock_admin(keyring, &ctx.ask())?;
        ctx.about(Some(unlocked.me()), None);
        let mut change = unlocked.begin(ctx.now)?;
        change.raise(name, role)?;
        Ok(change.commit()?)
    })?;
    ctx.ui.report(&Done { name, role })?;
    ctx.ui.help("commit and push `.vault`");
    Ok(End::Done)
}

struct Done<'a> {
    name: &'a MemberName,
    role: model::Role,
}

impl Report for Done<'_> {
    fn text(&self, page: &mut Page) {
        page.line(format!("`{}` has the role `{}` from now on", self.name, self.role.as_str()));
    }

    fn json(&self) -> Value {
        json!({ "member": self.name, "role": self.role.as_str() })
    }
}
