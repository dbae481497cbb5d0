//! What this clone remembers of a history that it has looked through: the tip, and all that counts of its ancestors. It is
//! authenticated like the rest of what is kept, and a roster that does not go on from the one then counts as nothing kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Subject, Unsound,
    walk::{Copy, Gathered, Top},
};
use crate::{
    git::ObjectId,
    kernel::{
        format::hex,
        name::{EnvName, SecretName, VaultId},
        seal::{Hash, sha256},
    },
    vault::Vault,
};

/// A history that was looked through.
pub(super) struct Remembered {
    pub(super) tip: ObjectId,
    /// Where the remote's default branch was.
    pub(super) published: Option<String>,
    log_len: usize,
    log: Hash,
    pub(super) gathered: Gathered,
}

#[derive(Serialize, Deserialize)]
struct Json {
    tip: String,
    published: Option<String>,
    log_len: usize,
    log: String,
    commits: usize,
    changed: usize,
    earlier: usize,
    tops: Vec<JsonTop>,
    unsound: Vec<(String, Unsound)>,
    more: usize,
}

/// Environment, name, revision, epoch, and the hash, content and commit of each copy.
type JsonTop = (String, String, u64, u64, Vec<(String, String, String)>);

impl Remembered {
    pub(super) fn of(
        subject: &Subject,
        tip: ObjectId,
        gathered: &Gathered,
        published: Option<String>,
    ) -> Self {
        let kept = Gathered {
            commits: gathered.commits,
            changed: gathered.changed,
            earlier: gathered.earlier,
            tops: gathered.tops.clone(),
            unsound: gathered.unsound.clone(),
            more: gathered.more,
            forks: Vec::new(),
        };
        let log = &subject.files.log;
        Self { tip, published, log_len: log.len(), log: sha256(log), gathered: kept }
    }

    /// Whether the subject's log goes on from the one that this history was compared with. All that was dropped then is then
    /// dropped still.
    pub(super) fn is_of(&self, subject: &Subject) -> bool {
        subject.files.log.get(..self.log_len).is_some_and(|begin| sha256(begin) == self.log)
    }

    pub(super) fn read(vault: &Vault<'_>) -> Option<Self> {
        let bytes = vault.memory.folder().read(&file_name(&vault.roster.vault))?;
        Self::parse(serde_json::from_slice(&bytes).ok()?)
    }

    /// That it cannot be written is no failure: everything is looked through again then.
    pub(super) fn write(&self, vault: &Vault<'_>) {
        let bytes = serde_json::to_vec(&self.json()).expect("a map of texts and numbers is JSON");
        let name = file_name(&vault.roster.vault);
        if vault.memory.folder().read(&name).as_ref() != Some(&bytes) {
            let _ = vault.memory.folder().write(&name, &bytes);
        }
    }

    fn parse(json: Json) -> Option<Self> {
        let copy = |(hash, id, commit): (String, String, String)| {
            Some(Copy {
                hash: hex::parse32(&hash)?,
                id: ObjectId::parse(&id)?,
                commit: ObjectId::parse(&commit)?,
            })
        };
        let top = |(env, name, revision, epoch, copies): JsonTop| {
            let secret = (EnvName::parse(&env).ok()?, SecretName::parse(&name).ok()?);
            let copies = copies.into_iter().map(copy).collect::<Option<_>>()?;
            Some((secret, Top { revision, epoch, copies }))
        };
        let unsound = json.unsound.into_iter().map(|(id, one)| ((one.path.clone(), id), one));
        Some(Self {
            tip: ObjectId::parse(&json.tip)?,
            published: json.published,
            log_len: json.log_len,
            log: hex::parse32(&json.log)?,
            gathered: Gathered {
                commits: json.commits,
                changed: json.changed,
                earlier: json.earlier,
                tops: json.tops.into_iter().map(top).collect::<Option<BTreeMap<_, _>>>()?,
                unsound: unsound.collect(),
                more: json.more,
                forks: Vec::new(),
            },
        })
    }

    fn json(&self) -> Json {
        let copy = |copy: &Copy| (hex::print(&copy.hash), copy.id.to_string(), copy.commit.to_string());
        let tops = self.gathered.tops.iter().map(|((env, name), top)| {
            let copies = top.copies.iter().map(copy).collect();
            (env.to_string(), name.to_string(), top.revision, top.epoch, copies)
        });
        Json {
            tip: self.tip.to_string(),
            published: self.published.clone(),
            log_len: self.log_len,
            log: hex::print(&self.log),
            commits: self.gathered.commits,
            changed: self.gathered.changed,
            earlier: self.gathered.earlier,
            tops: tops.collect(),
            unsound: self.gathered.unsound.iter().map(|((_, id), one)| (id.clone(), one.clone())).collect(),
            more: self.gathered.more,
        }
    }
}

/// A name of its own for each vault, since one may take another's place.
fn file_name(vault: &VaultId) -> String {
    format!("history-{}", &vault.hex()[..16])
}
