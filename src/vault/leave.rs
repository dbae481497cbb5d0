//! Taking away: a member who goes, an environment that he loses, a role that is lowered. Whatever he could open gets a new
//! key, and his own keys are named as former ones.

use std::collections::BTreeSet;

use crate::{
    kernel::{
        format::{path, request},
        limits,
        model::{Access, KeyText, Member, Request, Role},
        name::{EnvName, MemberName},
        tree::EntryKind,
    },
    store::Edit,
};

use super::{Change, Exposed, Renewed, Vault, VaultError, epoch::listed, exposed, older::Older};

/// How much of an environment somebody loses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loses {
    /// All of it.
    Everything,
    /// Writing: he reads on.
    Writing,
}

/// What somebody has signed for, and does not any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedFor {
    /// The roster, and with it everything.
    Roster,
    /// Environments.
    Environments(BTreeSet<EnvName>),
}

impl Vault<'_> {
    /// What a member signs for.
    pub fn signed_for(&self, name: &MemberName) -> SignedFor {
        if self.roster.members.get(name).is_some_and(Member::is_admin) {
            return SignedFor::Roster;
        }
        self.signed_for_in(name, &self.roster.environments.keys().cloned().collect())
    }

    /// What a member signs for among environments.
    pub fn signed_for_in(&self, name: &MemberName, envs: &BTreeSet<EnvName>) -> SignedFor {
        let granted = self.roster.granted(name).into_iter().filter(|(env, _)| envs.contains(env));
        SignedFor::Environments(granted.filter(|(_, a)| *a == Access::Write).map(|(env, _)| env).collect())
    }

    /// The machines that read such: shown an old state, they would still believe who signed for it then (format.md §7).
    pub fn machines_of(&self, signed_for: &SignedFor) -> Vec<MemberName> {
        let reads = |name: &MemberName| match signed_for {
            SignedFor::Roster => true,
            SignedFor::Environments(envs) => {
                envs.iter().any(|env| self.roster.environments[env].access(name).is_some())
            }
        };
        let machines = self.roster.members.iter().filter(|(_, member)| member.role == Role::Machine);
        machines.map(|(name, _)| name).filter(|name| reads(name)).cloned().collect()
    }

    /// Whether a member may go: another admin stays, and another writer wherever he writes. Gives what he loses.
    pub fn check_leaving(&self, name: &MemberName) -> Result<Vec<EnvName>, VaultError> {
        self.check_admin_stays(name)?;
        let envs: Vec<EnvName> = self.roster.granted(name).into_iter().map(|(env, _)| env).collect();
        envs.iter().try_for_each(|env| self.check_writer_stays(name, env))?;
        Ok(envs)
    }

    /// Whether a member may lose environments.
    pub fn check_losing(
        &self,
        name: &MemberName,
        envs: &[EnvName],
        loses: Loses,
    ) -> Result<BTreeSet<EnvName>, VaultError> {
        self.member(name)?;
        for env in envs {
            let access = self.environment(env)?.access(name);
            let granted = access == Some(Access::Write) || loses == Loses::Everything && access.is_some();
            if !granted {
                return Err(VaultError::NotGranted { name: name.clone(), env: env.clone(), loses });
            }
            self.check_writer_stays(name, env)?;
        }
        Ok(envs.iter().cloned().collect())
    }

    /// Whether a member may have a role.
    pub fn check_role(&self, name: &MemberName, role: Role) -> Result<(), VaultError> {
        let member = self.member(name)?;
        if role != Role::Admin {
            return self.check_admin_stays(name);
        }
        match member.signs.is_empty() {
            true => Err(VaultError::AdminCannotSign { name: name.clone() }),
            false => Ok(()),
        }
    }

    fn check_admin_stays(&self, name: &MemberName) -> Result<(), VaultError> {
        self.member(name)?;
        let mut others = self.roster.members.iter().filter(|(other, _)| *other != name);
        match others.any(|(_, member)| member.role == Role::Admin) {
            true => Ok(()),
            false => Err(VaultError::LastAdmin { name: name.clone() }),
        }
    }

    fn check_writer_stays(&self, name: &MemberName, env: &EnvName) -> Result<(), VaultError> {
        match &self.roster.environments[env].write[..] {
            [only] if only == name => Err(VaultError::LastWriter { name: name.clone(), env: env.clone() }),
            _ => Ok(()),
        }
    }
}

impl Change<'_> {
    /// Removes a member: his keys are dead, and everything that he could open gets a new one.
    pub fn remove_member(&mut self, name: &MemberName) -> Result<Vec<Renewed>, VaultError> {
        self.check_admin()?;
        let envs: BTreeSet<EnvName> = self.unlocked.vault.check_leaving(name)?.into_iter().collect();
        self.retire(name, &envs);
        self.take_back_requests(Some(name), &self.unlocked.vault.roster.members[name].keys())?;
        for env in &envs {
            self.take_away(name, env, Loses::Everything);
        }
        self.draft().members.remove(name);
        self.because(format!("remove {name}"));
        self.renew(&envs, Older::Refuse)
    }

    /// Takes environments from a member, who stays one.
    pub fn revoke(
        &mut self,
        name: &MemberName,
        envs: &[EnvName],
        loses: Loses,
    ) -> Result<Vec<Renewed>, VaultError> {
        self.check_admin()?;
        let envs = self.unlocked.vault.check_losing(name, envs, loses)?;
        self.retire(name, &envs);
        for env in &envs {
            self.take_away(name, env, loses);
        }
        let what = if loses == Loses::Writing { "writing " } else { "" };
        self.because(format!("revoke {what}{} of {name}", listed(&envs)));
        self.renew(&envs, Older::Refuse)
    }

    /// Gives a member another role. What he reads and writes stays, so no key is made.
    pub fn give_role(&mut self, name: &MemberName, role: Role) -> Result<(), VaultError> {
        self.check_admin()?;
        self.unlocked.vault.check_role(name, role)?;
        self.draft().members.get_mut(name).expect("it was just found").role = role;
        self.because(format!("make {name} {}", role.as_str()));
        Ok(())
    }

    /// What a member can read on in git, of what was sealed anew.
    pub fn exposed_to(&self, name: &MemberName) -> Vec<Exposed> {
        let Some(roster) = &self.roster else { return Vec::new() };
        let records = self.written.iter().map(|(record, _)| record);
        records.flat_map(|record| exposed::of(roster, record, &self.now)).filter(|e| e.to == *name).collect()
    }

    /// Names all keys of a member as former ones in environments. He has them until the change is committed.
    fn retire(&mut self, name: &MemberName, envs: &BTreeSet<EnvName>) {
        let vault = self.unlocked.vault;
        let keys = vault.roster.members[name].keys();
        self.retire_keys(name, keys, envs);
    }

    /// The same for some keys of his, as when a device was lost.
    pub(super) fn retire_keys(
        &mut self,
        name: &MemberName,
        keys: BTreeSet<KeyText>,
        envs: &BTreeSet<EnvName>,
    ) {
        let (vault, now) = (self.unlocked.vault, self.now);
        let lost = envs.iter().map(|env| (env.clone(), vault.roster.environments[env].epoch));
        self.draft().retire(name, keys, lost, now);
    }

    fn take_away(&mut self, name: &MemberName, env: &EnvName, loses: Loses) {
        let environment = self.draft().environments.get_mut(env).expect("it was looked up");
        environment.write.retain(|writer| writer != name);
        environment.read.retain(|reader| reader != name);
        if loses == Loses::Writing {
            environment.read.push(name.clone());
            environment.read.sort();
        }
    }

    /// Removes the requests in a name, and those with one of these keys.
    pub(super) fn take_back_requests(
        &mut self,
        name: Option<&MemberName>,
        keys: &BTreeSet<KeyText>,
    ) -> Result<(), VaultError> {
        let vault = self.unlocked.vault;
        let his = |request: &Request| {
            let mut recipients = request.recipients.iter().map(KeyText::from);
            let mut signs = request.signs.iter().map(KeyText::from);
            recipients.any(|key| keys.contains(&key)) || signs.any(|key| keys.contains(&key))
        };
        for entry in vault.tree.list(path::REQUESTS)? {
            let place = format!("{}/{}", path::REQUESTS, entry.name);
            // One that is not sound is nobody's, and `verify` names it.
            let read = || vault.tree.read(&place, limits::REQUEST).ok().flatten();
            let found = (entry.kind == EntryKind::File).then(read).flatten();
            let request = found.and_then(|bytes| request::parse(&vault.roster.vault, &place, &bytes).ok());
            if name.is_some_and(|name| place == path::request(name)) || request.as_ref().is_some_and(his) {
                self.edits.push(Edit::Remove { path: place });
            }
        }
        Ok(())
    }
}
