//! What a command changed in the vault, as a commit of its own: by `--commit`, or where the user's settings ask for it.

use super::{
    committing::{Said, Tree},
    ctx::Ctx,
};
use crate::{
    kernel::model::Action,
    store::{Place, place_for_new},
    ui::Failure,
};

/// A commit that is to be made after a command.
pub(super) struct OwnCommit {
    tree: Tree,
    /// What the message says was done; nothing if more was changed before than this command's.
    verb: Option<&'static str>,
}

impl OwnCommit {
    /// Looks, before anything is written, whether it can be made. Where only the settings ask, a vault without git is left alone,
    /// and what else is in the way is told.
    pub(super) fn ready(ctx: &Ctx, action: Action) -> Result<Option<Self>, Failure> {
        let Some(verb) = verb(action).filter(|_| ctx.typed.commit.unwrap_or(ctx.settings.commit)) else {
            return Ok(None);
        };
        // Why there is no vault, the command itself says.
        let Some(place) = place(ctx, action) else { return Ok(None) };
        match Self::of(ctx, &place, verb) {
            Ok(own) => Ok(Some(own)),
            Err(failure) if ctx.typed.commit.is_some() => Err(failure),
            Err(failure) => {
                if place.git.is_some() {
                    ctx.ui.warning(&format!("nothing is committed: {}", failure.error));
                }
                Ok(None)
            }
        }
    }

    fn of(ctx: &Ctx, place: &Place, verb: &'static str) -> Result<Self, Failure> {
        let tree = Tree::around(ctx, place)?;
        let verb = tree.is_committed()?.then_some(verb);
        Ok(Self { tree, verb })
    }

    /// Makes it, if anything was changed.
    pub(super) fn make(self, ctx: &Ctx) -> Result<(), Failure> {
        match self.tree.commit(Said::Doing(self.verb)) {
            Ok(Some(message)) => ctx.ui.note(&format!("committed: {message}")),
            Ok(None) => {}
            Err(failure) => return Err(failure.help("it was done: only the commit is missing")),
        }
        Ok(())
    }
}

fn place(ctx: &Ctx, action: Action) -> Option<Place> {
    match action {
        Action::Init => place_for_new(&ctx.cwd).ok(),
        _ => ctx.place().ok(),
    }
}

/// The word for what was done, of what changes a vault. Where the roster is another one, its log says it better.
fn verb(action: Action) -> Option<&'static str> {
    match action {
        Action::Init => Some("init"),
        Action::Set => Some("set"),
        Action::Rm => Some("rm"),
        Action::Edit => Some("edit"),
        Action::Mv => Some("mv"),
        Action::Cp => Some("cp"),
        Action::Rollback => Some("rollback"),
        Action::Join => Some("join"),
        Action::Approve => Some("approve"),
        Action::Rekey => Some("rekey"),
        Action::Repair => Some("repair"),
        Action::EnvAdd | Action::EnvRm => Some("env"),
        Action::MemberAdd
        | Action::MemberGrant
        | Action::MemberRemove
        | Action::MemberReplace
        | Action::MemberRevoke
        | Action::MemberRole => Some("member"),
        Action::DeviceAdd => Some("identity enrol"),
        Action::Get
        | Action::List
        | Action::Run
        | Action::Inject
        | Action::Trust
        | Action::IdentityNew
        | Action::IdentityImport
        | Action::IdentityExport
        | Action::IdentityProtect
        | Action::IdentityForget
        | Action::Verify
        | Action::Merge
        | Action::GitInstall
        | Action::GitUninstall
        | Action::Resolve
        | Action::Scan
        | Action::Sync
        | Action::Config
        | Action::Allow
        | Action::Deny
        | Action::Load => None,
    }
}
