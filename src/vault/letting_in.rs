//! Letting somebody in: requests approved, access granted. Each is key files and one signed line of the log, and no
//! secret is touched.

use crate::{
    kernel::{
        format::path,
        model::{Access, Request, Role},
        name::{EnvName, MemberName},
        seal::EnvKey,
    },
    store::Edit,
};

use super::{Asker, Change, Doing, Enrolled, TeamFault, VaultError};

impl Change<'_> {
    /// Approves a request as it was looked at: a newcomer becomes a member, a member has more. The request goes in the same change.
    pub fn approve(&mut self, looked_at: &Request, access: &[(EnvName, Access)]) -> Result<(), VaultError> {
        let name = &looked_at.member;
        self.check_admin()?;
        let vault = self.unlocked.vault;
        if vault.request(name)? != *looked_at {
            return Err(TeamFault::RequestChanged { name: name.clone() }.into());
        }
        match vault.asker(looked_at)? {
            Asker::Member => drop(self.grant(name, access)?),
            Asker::Newcomer => self.enrol(Enrolled {
                name: name.clone(),
                role: Role::Member,
                recipients: looked_at.recipients.clone(),
                signs: looked_at.signs.clone(),
                access: access.to_vec(),
            })?,
        }
        self.edits.push(Edit::Remove { path: path::request(name) });
        Ok(())
    }

    /// Grants a member more than he has: environments to read or write, or to write those that he reads.
    /// Gives what is new.
    pub fn grant(
        &mut self,
        name: &MemberName,
        access: &[(EnvName, Access)],
    ) -> Result<Vec<(EnvName, Access)>, VaultError> {
        self.check_admin()?;
        let vault = self.unlocked.vault;
        let member = vault.member(name)?;
        let has = |env: &EnvName| vault.roster.environments[env].access(name);
        let more = |(env, access): &&(EnvName, Access)| match (has(env), access) {
            (None, _) | (Some(Access::Read), Access::Write) => true,
            (Some(Access::Write), _) | (Some(Access::Read), Access::Read) => false,
        };
        let new: Vec<(EnvName, Access)> = access.iter().filter(more).cloned().collect();
        if new.is_empty() {
            let has = access.iter().filter_map(|(env, _)| Some((env.clone(), has(env)?)));
            let (envs, least): (Vec<EnvName>, Vec<Access>) = has.unzip();
            let least = if least.contains(&Access::Read) { Access::Read } else { Access::Write };
            return Err(TeamFault::Granted { name: name.clone(), envs, access: least }.into());
        }
        check_signs(name, member.signs.is_empty(), &new)?;
        self.admit(name, &new)?;
        self.because(format!("grant {} to {name}", told(&new)));
        Ok(new)
    }

    /// Enters a member of the draft in environments, and wraps their keys to each of his recipients.
    pub(super) fn admit(
        &mut self,
        name: &MemberName,
        access: &[(EnvName, Access)],
    ) -> Result<(), VaultError> {
        for (number, granted) in (1..).zip(access) {
            self.tell(Doing::Wrapping, number, access.len());
            let key = self.unlocked.env_key(&granted.0)?;
            self.enter(name, granted, &key)?;
        }
        Ok(())
    }

    /// Enters him in one, whose key this is.
    pub(super) fn enter(
        &mut self,
        name: &MemberName,
        (env, access): &(EnvName, Access),
        key: &EnvKey,
    ) -> Result<(), VaultError> {
        let recipients = self.draft().members[name].recipients.clone();
        let environment = self.draft().environments.get_mut(env).expect("its key is there");
        let reads = environment.read.iter().position(|reader| reader == name);
        reads.map(|at| environment.read.remove(at));
        let list = if *access == Access::Write { &mut environment.write } else { &mut environment.read };
        list.push(name.clone());
        list.sort();
        match reads {
            // Who reads has the key already.
            Some(_) => Ok(()),
            None => recipients.iter().try_for_each(|recipient| self.wrap(env, name, recipient, key)),
        }
    }
}

/// Refuses that somebody writes who signs nothing.
pub(super) fn check_signs(
    name: &MemberName,
    signs_nothing: bool,
    access: &[(EnvName, Access)],
) -> Result<(), VaultError> {
    match signs_nothing && access.iter().any(|(_, access)| *access == Access::Write) {
        true => Err(TeamFault::SignsNothing { name: name.clone() }.into()),
        false => Ok(()),
    }
}

/// Environments as the log names them.
pub(super) fn told(access: &[(EnvName, Access)]) -> String {
    let one = |(env, access): &(EnvName, Access)| match access {
        Access::Write => env.to_string(),
        Access::Read => format!("{env} (read)"),
    };
    access.iter().map(one).collect::<Vec<_>>().join(", ")
}
