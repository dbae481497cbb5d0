//! Changes of the roster: environments made and removed, members enrolled. Each is one signed line of the log.

use crate::{
    kernel::{
        format::{log, path, roster},
        model::{Access, Environment, KeyText, Member, Role, Roster, Standing, Statement},
        name::{EnvName, MemberName},
        refusal::Refusal,
        seal::{EnvKey, Epoch, PublicKey, Recipient, wrap_key_with},
        tree::{EntryKind, Tree},
    },
    store::Edit,
};

use super::{Change, TeamFault, Vault, VaultError, letting_in::check_signs, open::nearest};

/// Somebody who is to be a member, and what he may do where.
pub struct Enrolled {
    /// The name.
    pub name: MemberName,
    /// The role.
    pub role: Role,
    /// The recipients of his identities.
    pub recipients: Vec<Recipient>,
    /// The signing keys of those that may sign.
    pub signs: Vec<PublicKey>,
    /// The environments, and how far.
    pub access: Vec<(EnvName, Access)>,
}

impl Vault<'_> {
    /// Whether an environment may go: it is not the default, and none extends it.
    pub fn check_removable(&self, name: &EnvName) -> Result<(), VaultError> {
        self.environment(name)?;
        if self.roster.default == *name {
            return Err(VaultError::EnvironmentIsDefault { name: name.clone() });
        }
        let mut others = self.roster.environments.iter();
        match others.find(|(_, other)| other.extends.contains(name)) {
            Some((by, _)) => Err(VaultError::EnvironmentExtended { name: name.clone(), by: by.clone() }),
            None => Ok(()),
        }
    }
}

impl Vault<'_> {
    /// A member by name, or the nearest name.
    pub fn member(&self, name: &MemberName) -> Result<&Member, VaultError> {
        self.roster.members.get(name).ok_or_else(|| {
            let names = self.roster.members.keys().map(|other| (other.as_str(), other));
            VaultError::NoMember { name: name.clone(), nearest: nearest(name.as_str(), names).cloned() }
        })
    }
}

impl Change<'_> {
    /// Makes an environment, which its maker alone may write at first.
    pub fn add_environment(&mut self, name: &EnvName, mut extends: Vec<EnvName>) -> Result<(), VaultError> {
        self.check_admin()?;
        let me = self.unlocked.me.clone();
        let vault = self.unlocked.vault;
        if vault.roster.environments.contains_key(name) {
            return Err(VaultError::EnvironmentExists { name: name.clone() });
        }
        extends.iter().try_for_each(|other| vault.environment(other).map(drop))?;
        extends.sort();
        extends.dedup();
        let number = vault.roster.retired.get(name).copied().unwrap_or(0) + 1;
        let key = EnvKey::generate();
        let epoch = Epoch { vault: &vault.roster.vault, env: name, number };
        let commitment = key.commitment(&epoch);
        let environment =
            Environment { epoch: number, commitment, write: vec![me.clone()], read: Vec::new(), extends };
        self.draft().environments.insert(name.clone(), environment);
        for recipient in vault.roster.members[&me].recipients.clone() {
            self.wrap(name, &me, &recipient, &key)?;
        }
        self.because(format!("make environment {name}"));
        Ok(())
    }

    /// Removes an environment with its keys and secrets. Its last epoch stays in the roster.
    pub fn remove_environment(&mut self, name: &EnvName) -> Result<(), VaultError> {
        self.check_admin()?;
        let vault = self.unlocked.vault;
        vault.check_removable(name)?;
        let epoch = vault.environment(name)?.epoch;
        for folder in [path::keys(name), path::secrets(name)] {
            remove_all(vault.tree, &folder, &mut self.edits)?;
        }
        let draft = self.draft();
        draft.environments.remove(name);
        draft.retired.insert(name.clone(), epoch);
        self.because(format!("remove environment {name}"));
        Ok(())
    }

    /// Enrols a member: his key files and one line of the log. No secret is touched.
    pub fn enrol(&mut self, enrolled: Enrolled) -> Result<(), VaultError> {
        self.check_admin()?;
        let Enrolled { name, role, mut recipients, mut signs, access } = enrolled;
        self.unlocked.vault.check_newcomer(&name, &recipients, &signs)?;
        recipients.sort();
        recipients.dedup();
        signs.sort_by_key(PublicKey::text);
        signs.dedup();
        check_signs(&name, signs.is_empty(), &access)?;
        if role == Role::Admin && signs.is_empty() {
            return Err(TeamFault::SignsNothing { name }.into());
        }
        let member = Member { role, recipients, signs, since: self.now };
        self.draft().members.insert(name.clone(), member);
        self.admit(&name, &access)?;
        let granted = access.iter().map(|(env, _)| env.as_str()).collect::<Vec<_>>().join(", ");
        self.because(format!("add {} {name}: {granted}", role.as_str()));
        Ok(())
    }

    /// Adds a device of a member: its key files and one line of the log. No secret is touched.
    pub fn add_device(
        &mut self,
        name: &MemberName,
        recipient: &Recipient,
        signs: Option<&PublicKey>,
    ) -> Result<(), VaultError> {
        self.check_admin()?;
        let vault = self.unlocked.vault;
        let member = vault.member(name)?;
        if member.recipients.contains(recipient) {
            return Err(VaultError::DeviceExists { name: name.clone(), recipient: recipient.clone() });
        }
        vault.check_keys_free(
            name,
            std::slice::from_ref(recipient),
            signs.map_or(&[], std::slice::from_ref),
        )?;
        let granted = vault.roster.granted(name);
        let writes = member.role == Role::Admin || granted.iter().any(|(_, access)| *access == Access::Write);
        if writes && signs.is_none() {
            return Err(VaultError::DeviceCannotSign { name: name.clone() });
        }
        for (env, _) in &granted {
            let key = self.unlocked.env_key(env)?;
            self.wrap(env, name, recipient, &key)?;
        }
        let member = self.draft().members.get_mut(name).expect("it was just found");
        member.recipients.push(recipient.clone());
        member.recipients.sort();
        member.signs.extend(signs);
        member.signs.sort_by_key(PublicKey::text);
        member.signs.dedup();
        self.because(format!("add a device of {name}"));
        Ok(())
    }

    pub(super) fn check_admin(&self) -> Result<(), VaultError> {
        let vault = self.unlocked.vault;
        if vault.trust.standing == Standing::Aside {
            return Err(VaultError::AsideRoster);
        }
        let me = &self.unlocked.me;
        match vault.roster.members[me].role {
            Role::Admin => Ok(()),
            Role::Member | Role::Machine => Err(vault.not_admin(me.clone())),
        }
    }

    /// The roster as it is to be.
    pub(super) fn draft(&mut self) -> &mut Roster {
        let vault = self.unlocked.vault;
        self.roster.get_or_insert_with(|| vault.roster.clone())
    }

    pub(super) fn because(&mut self, why: String) {
        if !self.why.is_empty() {
            self.why.push_str("; ");
        }
        self.why.push_str(&why);
    }

    /// Wraps a key to a recipient of a member, as the draft has him.
    pub(super) fn wrap(
        &mut self,
        env: &EnvName,
        member: &MemberName,
        to: &Recipient,
        key: &EnvKey,
    ) -> Result<(), VaultError> {
        let vault = self.unlocked.vault;
        // What a member lost and is granted anew is not dead any more; no roster is kept beside this one where it can be changed.
        if self.roster.as_ref().unwrap_or(&vault.roster).is_dead(
            env,
            (member, Access::Read),
            &KeyText::from(to),
        ) {
            return Err(Refusal::DeadRecipient { env: env.clone(), member: member.clone() }.into());
        }
        let bytes = wrap_key_with(&*self.unlocked.plugins, to, key)?;
        self.edits.push(Edit::Put { path: path::key(env, member, to), bytes });
        Ok(())
    }

    /// Signs the changed roster with one more line of the log.
    pub(super) fn sign_roster(&mut self, changed: &Roster) -> Result<(), VaultError> {
        changed.check()?;
        let vault = self.unlocked.vault;
        let printed = roster::print(changed);
        let statement = Statement {
            roster: printed.as_bytes(),
            admins: changed.admin_keys(),
            at: self.now,
            why: std::mem::take(&mut self.why),
            drops: std::mem::take(&mut self.drops),
        };
        let line = statement.follow(&vault.log()?, &self.key);
        let log = [&vault.files.log[..], log::print_line(&line).as_bytes(), b"\n"].concat();
        self.edits.push(Edit::Put { path: path::LOG.to_owned(), bytes: log });
        self.edits.push(Edit::Put { path: path::ROSTER.to_owned(), bytes: printed.into_bytes() });
        Ok(())
    }
}

/// Removes every file of a folder, and with the last one the folder.
pub(super) fn remove_all(tree: &dyn Tree, folder: &str, edits: &mut Vec<Edit>) -> Result<(), VaultError> {
    for entry in tree.list(folder)? {
        let path = format!("{folder}/{}", entry.name);
        match entry.kind {
            EntryKind::Folder => remove_all(tree, &path, edits)?,
            EntryKind::File => edits.push(Edit::Remove { path }),
            EntryKind::Other => return Err(Refusal::NotPlain { path }.into()),
        }
    }
    Ok(())
}
