//! Requests: who asks to be let in, written by himself, and whether it can be granted. All of it is somebody's who can push, and
//! grants nothing.

use crate::{
    kernel::{
        format::{path, request},
        limits,
        model::{Access, KeyText, Member, Request},
        name::{EnvName, MemberName},
        refusal::Refusal,
        seal::{MemberKey, PublicKey, Recipient, Unwraps},
        time::Timestamp,
        tree::{EntryKind, Tree},
    },
    store::Edit,
};

use super::{TeamFault, Vault, VaultError, open::nearest};

const FOLDER: &str = "requests";

/// A file among the requests, and what is in it.
pub struct Petition {
    /// Its path.
    pub path: String,
    /// The request, if it is one.
    pub found: Result<Asked, VaultError>,
}

/// A request that verifies.
pub struct Asked {
    /// The request.
    pub request: Request,
    /// Who asks, or why it cannot be granted as it is.
    pub asker: Result<Asker, VaultError>,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// Somebody new.
    Newcomer,
    /// A member, with keys of his own.
    Member,
}

/// What somebody asks for, and with which key.
pub struct Asking<'a> {
    /// The key that is to open and that signs.
    pub key: &'a MemberKey,
    /// The name he wants; a member has his.
    pub name: &'a MemberName,
    /// What for.
    pub environments: &'a [EnvName],
    /// When.
    pub now: Timestamp,
}

impl Vault<'_> {
    /// Every file among the requests, in the order of their names. One that is no request hides no other.
    pub fn requests(&self) -> Result<Vec<Petition>, VaultError> {
        let mut found = Vec::new();
        for entry in self.tree.list(FOLDER)? {
            let path = format!("{FOLDER}/{}", entry.name);
            let asked = match entry.kind {
                EntryKind::File if path.ends_with(".toml") => self.asked(&path),
                EntryKind::Other => Err(Refusal::NotPlain { path: path.clone() }.into()),
                EntryKind::File | EntryKind::Folder => Err(Refusal::Stray { path: path.clone() }.into()),
            };
            found.push(Petition { path, found: asked });
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    fn asked(&self, path: &str) -> Result<Asked, VaultError> {
        let bytes = self.tree.read(path, limits::REQUEST)?.unwrap_or_default();
        let request = request::parse(&self.roster.vault, path, &bytes)?;
        let asker = self.asker(&request);
        Ok(Asked { request, asker })
    }

    /// The request under a name, or the nearest name.
    pub fn request(&self, name: &MemberName) -> Result<Request, VaultError> {
        let path = path::request(name);
        match self.tree.read(&path, limits::REQUEST)? {
            Some(bytes) => Ok(request::parse(&self.roster.vault, &path, &bytes)?),
            None => {
                let others = asked_names(self.tree);
                let names = others.iter().map(|other| (other.as_str(), other));
                Err(TeamFault::NoRequest {
                    name: name.clone(),
                    nearest: nearest(name.as_str(), names).cloned(),
                }
                .into())
            }
        }
    }

    /// Who asks: somebody new, or a member with keys that are his. A request never brings a member new keys, since somebody who
    /// can push could have written it.
    pub fn asker(&self, request: &Request) -> Result<Asker, VaultError> {
        let name = &request.member;
        let Some(member) = self.roster.members.get(name) else {
            self.check_newcomer(name, &request.recipients, &request.signs)?;
            return Ok(Asker::Newcomer);
        };
        let own = request.recipients.iter().all(|key| member.recipients.contains(key))
            && request.signs.iter().all(|key| member.signs.contains(key));
        if own { Ok(Asker::Member) } else { Err(TeamFault::OtherKeys { name: name.clone() }.into()) }
    }

    /// Refuses a name that is or was somebody's, and keys that are.
    pub fn check_newcomer(
        &self,
        name: &MemberName,
        recipients: &[Recipient],
        signs: &[PublicKey],
    ) -> Result<(), VaultError> {
        if self.roster.members.contains_key(name) {
            return Err(VaultError::MemberExists { name: name.clone() });
        }
        if self.roster.former.contains_key(name) {
            return Err(VaultError::MemberWas { name: name.clone() });
        }
        self.check_keys_free(name, recipients, signs)
    }

    /// Refuses keys that are or were another's, and those that the same member lost.
    pub(super) fn check_keys_free(
        &self,
        name: &MemberName,
        recipients: &[Recipient],
        signs: &[PublicKey],
    ) -> Result<(), VaultError> {
        let keys = recipients.iter().map(KeyText::from).chain(signs.iter().map(KeyText::from));
        for key in keys {
            let others = || self.roster.members.iter().filter(|(other, _)| *other != name);
            if let Some((holder, _)) = others().find(|(_, member)| member.keys().contains(&key)) {
                return Err(TeamFault::KeyTaken { key, name: holder.clone() }.into());
            }
            let holds = || self.roster.members.get(name).is_some_and(|member| member.keys().contains(&key));
            let mut former = self.roster.former.iter().filter(|(_, former)| former.keys.contains(&key));
            if let Some((holder, _)) = former.find(|(other, _)| *other != name || !holds()) {
                return Err(TeamFault::KeyWas { key, name: holder.clone() }.into());
            }
        }
        Ok(())
    }

    /// Environments as they are granted: with those that they extend, which are only read, since nothing opens without them.
    pub fn granted_with(
        &self,
        envs: &[EnvName],
        access: Access,
    ) -> Result<Vec<(EnvName, Access)>, VaultError> {
        let mut all: Vec<(EnvName, Access)> = Vec::new();
        for env in envs {
            self.environment(env)?;
            all.extend(self.roster.lineage(env).into_iter().skip(1).map(|env| (env.clone(), Access::Read)));
        }
        all.retain(|(env, _)| !envs.contains(env));
        all.extend(envs.iter().map(|env| (env.clone(), access)));
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all.dedup();
        Ok(all)
    }

    /// The admins who can open all of these, and so can let somebody in.
    pub fn approvers(&self, envs: &[EnvName]) -> Vec<MemberName> {
        let opens = |name: &MemberName| {
            let mut found = envs.iter().filter_map(|env| self.roster.environments.get(env));
            found.all(|environment| environment.access(name).is_some())
        };
        let admins = self.roster.members.iter().filter(|(_, member)| member.is_admin());
        admins.map(|(name, _)| name).filter(|name| opens(name)).cloned().collect()
    }

    /// Writes somebody's request, in the place of the one that he made before. The vault is held.
    pub fn ask(&self, asking: &Asking<'_>) -> Result<Request, VaultError> {
        let Asking { key, name, now, .. } = *asking;
        let recipient = key.recipient();
        let signing = key.signing_key().map_err(VaultError::from)?;
        let signing = signing.ok_or_else(|| TeamFault::CannotAsk { recipient: recipient.clone() })?;
        let mut environments = asking.environments.to_vec();
        environments.sort();
        environments.dedup();
        environments.iter().try_for_each(|env| self.environment(env).map(drop))?;
        let (recipients, signs) = (vec![recipient.clone()], vec![signing.public()]);
        let request = Request { member: name.clone(), recipients, signs, environments, at: now };
        if let Some(member) = self.roster.members.get(name).filter(|m| m.recipients.contains(recipient)) {
            self.check_member_asks(&request, member)?;
        } else {
            self.check_newcomer(name, &request.recipients, &request.signs)?;
        }
        self.check_not_anothers(&request)?;
        let bytes = request::print(&self.roster.vault, &request, &signing);
        let lock = self.lock.as_ref().expect("one asks of a vault that is held");
        lock.replace(vec![Edit::Put { path: path::request(name), bytes }])?;
        Ok(request)
    }

    fn check_member_asks(&self, request: &Request, member: &Member) -> Result<(), VaultError> {
        let name = &request.member;
        if !request.signs.iter().all(|key| member.signs.contains(key)) {
            return Err(VaultError::CannotSign { me: name.clone() });
        }
        let access = |env: &EnvName| self.roster.environments[env].access(name);
        match request.environments.iter().all(|env| access(env) == Some(Access::Write)) {
            true => {
                let (name, envs) = (name.clone(), request.environments.clone());
                Err(TeamFault::Granted { name, envs, access: Access::Write }.into())
            }
            false => Ok(()),
        }
    }

    /// A request that verifies and has none of these keys is another's, who was first.
    fn check_not_anothers(&self, request: &Request) -> Result<(), VaultError> {
        match self.request(&request.member) {
            Ok(other) if !other.signs.iter().any(|key| request.signs.contains(key)) => {
                Err(TeamFault::RequestTaken { name: request.member.clone() }.into())
            }
            Ok(_) | Err(VaultError::Team(TeamFault::NoRequest { .. }) | VaultError::Refused(_)) => Ok(()),
            Err(other) => Err(other),
        }
    }
}

/// The names under which somebody asks, by their files alone, which nobody has read.
pub fn asked_names(tree: &dyn Tree) -> Vec<MemberName> {
    let files = tree.list(FOLDER).unwrap_or_default().into_iter();
    let mut names: Vec<MemberName> =
        files.filter_map(|file| MemberName::parse(file.name.strip_suffix(".toml")?).ok()).collect();
    names.sort();
    names
}
