//! What the audit log is told of a command: who acted, where, and on what.

use rustix::process::{getpid, getuid};

use super::Ctx;
use crate::{
    audit::{Audit, AuditError, Durable},
    kernel::{
        model::{Action, Event, Outcome, Subject},
        name::{EnvName, MemberName, VaultId},
    },
};

/// What the audit log is told that a command was about.
#[derive(Clone, Default)]
pub(super) struct About {
    pub(super) vault: Option<VaultId>,
    actor: Option<MemberName>,
    env: Option<EnvName>,
    to: Option<EnvName>,
    names: Vec<Subject>,
}

impl Ctx {
    /// Tells the audit log who acts where.
    pub(in crate::cli) fn about(&self, actor: Option<&MemberName>, env: Option<&EnvName>) {
        let mut about = self.subject.borrow_mut();
        about.actor = actor.cloned().or(about.actor.take());
        about.env = env.cloned().or(about.env.take());
    }

    /// Tells the audit log from which environment something goes to which.
    pub(in crate::cli) fn about_way(&self, from: &EnvName, to: &EnvName) {
        let mut about = self.subject.borrow_mut();
        about.env = Some(from.clone());
        about.to = Some(to.clone()).filter(|to| to != from);
    }

    /// Tells the audit log of which vault.
    pub(in crate::cli) fn about_vault(&self, vault: VaultId) {
        self.subject.borrow_mut().vault = Some(vault);
    }

    /// Tells the audit log of what.
    pub(in crate::cli) fn names(&self, names: impl IntoIterator<Item = Subject>) {
        self.subject.borrow_mut().names.extend(names);
    }

    /// Adds one event to the audit log, unless the user wants none.
    pub(in crate::cli) fn record(
        &self,
        action: Action,
        outcome: Outcome,
        durable: Durable,
    ) -> Result<(), AuditError> {
        let Some(state) = self.folders.state.as_ref().filter(|_| !self.settings.audit.off) else {
            return Ok(());
        };
        let About { vault, actor, env, to, names } = self.subject.borrow().clone();
        let uid = getuid().as_raw();
        let pid = getpid().as_raw_nonzero().get().unsigned_abs();
        let event = Event { at: self.now, uid, pid, vault, actor, action, env, to, names, outcome };
        Audit::at(state).append(&event, durable)
    }
}
