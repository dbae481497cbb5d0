//! New keys for a member who lost some, as with a laptop: the lost ones are dead, and whatever they opened gets a new key.

use std::collections::BTreeSet;

use crate::kernel::{
    model::{Access, KeyForm, KeyText, Member, Role},
    name::{EnvName, MemberName},
    seal::{PublicKey, Recipient},
};

use super::{Change, Renewed, TeamFault, Vault, VaultError, older::Older};

/// New keys of a member, in the place of lost ones.
pub struct Replacing {
    /// Whose.
    pub name: MemberName,
    /// The keys that are lost.
    pub lost: BTreeSet<KeyText>,
    /// What is wrapped to from now on, beside what stays.
    pub recipients: Vec<Recipient>,
    /// What signs.
    pub signs: Vec<PublicKey>,
}

impl Vault<'_> {
    /// The keys of a member that are pointed at, each at one; all of them where none is.
    pub fn lost_keys(&self, name: &MemberName, forms: &[KeyForm]) -> Result<BTreeSet<KeyText>, VaultError> {
        let keys = self.member(name)?.keys();
        let one = |form: &KeyForm| {
            let mut fitting = keys.iter().filter(|key| form.fits(key));
            match (fitting.next(), fitting.next()) {
                (Some(key), None) => Ok(key.clone()),
                (_, other) => Err(TeamFault::NotOneKey {
                    name: name.clone(),
                    form: form.clone(),
                    several: other.is_some(),
                    keys: keys.iter().cloned().collect(),
                }),
            }
        };
        match forms {
            [] => Ok(keys),
            forms => Ok(forms.iter().map(one).collect::<Result<_, _>>()?),
        }
    }

    /// Whether a member's keys may be replaced so. Gives the environments that get a new key.
    pub fn check_replacing(&self, replacing: &Replacing) -> Result<BTreeSet<EnvName>, VaultError> {
        let Replacing { name, lost, recipients, signs } = replacing;
        let member = self.member(name)?;
        check_lost_signs(name, member, lost)?;
        let new = recipients.iter().map(KeyText::from).chain(signs.iter().map(KeyText::from));
        if let Some(key) = new.into_iter().find(|key| lost.contains(key)) {
            return Err(TeamFault::KeyTaken { key, name: name.clone() }.into());
        }
        let stays = |key: &&Recipient| member.recipients.contains(*key);
        if let Some(recipient) = recipients.iter().find(stays) {
            return Err(VaultError::DeviceExists { name: name.clone(), recipient: recipient.clone() });
        }
        self.check_keys_free(name, recipients, signs)?;
        let then = replaced(member, replacing);
        if then.recipients.is_empty() {
            return Err(TeamFault::NoKeyLeft { name: name.clone() }.into());
        }
        let granted = self.roster.granted(name);
        let writes = member.role == Role::Admin || granted.iter().any(|(_, access)| *access == Access::Write);
        if writes && then.signs.is_empty() {
            return Err(TeamFault::SignsNothing { name: name.clone() }.into());
        }
        if writes && !recipients.is_empty() && signs.is_empty() {
            return Err(VaultError::DeviceCannotSign { name: name.clone() });
        }
        Ok(granted.into_iter().map(|(env, _)| env).collect())
    }

    /// Whether a member is a machine.
    pub fn check_machine(&self, name: &MemberName) -> Result<(), VaultError> {
        match self.member(name)?.role {
            Role::Machine => Ok(()),
            Role::Admin | Role::Member => Err(TeamFault::NoMachine { name: name.clone() }.into()),
        }
    }
}

impl Change<'_> {
    /// Puts new keys of a member in the place of lost ones. These are dead, and everything that he opens gets a new key.
    pub fn replace_keys(&mut self, replacing: &Replacing) -> Result<Vec<Renewed>, VaultError> {
        self.check_admin()?;
        let Replacing { name, lost, .. } = replacing;
        let vault = self.unlocked.vault;
        let envs = vault.check_replacing(replacing)?;
        if lost.contains(&KeyText::from(&self.key.public())) {
            return Err(TeamFault::OwnKey { me: name.clone() }.into());
        }
        self.retire_keys(name, lost.clone(), &envs);
        self.take_back_requests(None, lost)?;
        let then = replaced(vault.member(name)?, replacing);
        self.draft().members.insert(name.clone(), then);
        self.because(format!("replace {} of {name}", if lost.len() == 1 { "a key" } else { "keys" }));
        self.renew(&envs, Older::Refuse)
    }
}

/// A member with his keys as they are then.
fn replaced(member: &Member, replacing: &Replacing) -> Member {
    let Replacing { lost, recipients, signs, .. } = replacing;
    let mut then = member.clone();
    then.recipients.retain(|key| !lost.contains(&KeyText::from(key)));
    then.recipients.extend(recipients.iter().cloned());
    then.recipients.sort();
    then.recipients.dedup();
    then.signs.retain(|key| !lost.contains(&KeyText::from(key)));
    then.signs.extend(signs);
    then.signs.sort_by_key(PublicKey::text);
    then.signs.dedup();
    then
}

/// Refuses a lost recipient whose signing key would stay by oversight: nothing in the roster says which belong together, and
/// whoever has the device signs with it.
fn check_lost_signs(name: &MemberName, member: &Member, lost: &BTreeSet<KeyText>) -> Result<(), VaultError> {
    let silent = |key: &&Recipient| !key.is_ssh();
    let recipients: BTreeSet<KeyText> = member.recipients.iter().map(KeyText::from).collect();
    let beside = member.signs.iter().map(KeyText::from).filter(|key| !recipients.contains(key));
    let (gone, stay): (Vec<KeyText>, Vec<KeyText>) = beside.partition(|key| lost.contains(key));
    let silent = member.recipients.iter().filter(silent).map(KeyText::from);
    let unsaid = silent.filter(|key| lost.contains(key)).count() > gone.len();
    match unsaid && !stay.is_empty() {
        true => Err(TeamFault::LostSigns { name: name.clone(), signs: stay }.into()),
        false => Ok(()),
    }
}
