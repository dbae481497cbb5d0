//! Going through commits: what each brought into the vault is judged by the roster that stands beside it.

use std::{
    collections::{BTreeMap, HashMap, HashSet, btree_map::Entry},
    rc::Rc,
};

use crate::{
    git::{Added, Commit, ObjectId, Past, VaultAt},
    kernel::{
        format::path,
        limits,
        model::{Judge, Kept, Record, Roster, Standing, judge},
        name::{EnvName, SecretName},
        refusal::Refusal,
        seal::{Hash, PublicKey, sha256},
        tree::{EntryKind, Tree},
    },
};

use super::{Subject, Unsound};
use crate::vault::{VaultError, tree::RosterFiles};

/// How many commits that did not verify are told one by one.
const TOLD: usize = 100;
/// Two that differ are enough to say that a tip cannot be both.
const COPIES: usize = 2;

/// The highest revision of a secret that a writer signed, wherever it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Top {
    pub(super) revision: u64,
    pub(super) epoch: u64,
    /// The different bytes that it had.
    pub(super) copies: Vec<Copy>,
}

/// The bytes of one revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copy {
    pub(super) hash: Hash,
    pub(super) id: ObjectId,
    /// The oldest commit that was met with it.
    pub(super) commit: ObjectId,
}

/// A log that the subject's neither begins with nor has dropped.
#[derive(Clone, Debug)]
pub(super) struct Fork {
    pub(super) line: usize,
    pub(super) commit: ObjectId,
}

/// All that was gathered of a tip's ancestors. It is a union: no order of looking changes it.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) commits: usize,
    pub(super) changed: usize,
    /// How many brought in something of a vault in whose place the subject's was founded.
    pub(super) earlier: usize,
    pub(super) tops: BTreeMap<(EnvName, SecretName), Top>,
    /// By file and content, so that each is told once, with the oldest commit that was met with it.
    pub(super) unsound: BTreeMap<(String, String), Unsound>,
    pub(super) more: usize,
    pub(super) forks: Vec<Fork>,
}

impl Gathered {
    pub(super) fn told(self) -> (Vec<Unsound>, usize) {
        (self.unsound.into_values().collect(), self.more)
    }
}

/// What a file says that a member signed, without its values.
struct Signed {
    record: Record,
    key: PublicKey,
    hash: Hash,
}

/// The roster and log of a tree, by their names in the object store.
type Pair = (Option<ObjectId>, Option<ObjectId>);

pub(super) struct Walk<'a> {
    pub(super) past: &'a Past<'a>,
    pub(super) subject: &'a Subject,
    pub(super) gathered: Gathered,
    /// The commits that were looked at now.
    pub(super) looked: Vec<Commit>,
    vaults: HashMap<ObjectId, VaultAt>,
    trees: HashSet<ObjectId>,
    rosters: HashMap<Pair, Result<Rc<Roster>, Option<Refusal>>>,
    signed: HashMap<(ObjectId, String), Rc<Signed>>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(past: &'a Past<'a>, subject: &'a Subject) -> Self {
        Self {
            past,
            subject,
            gathered: Gathered::default(),
            looked: Vec::new(),
            vaults: HashMap::new(),
            trees: HashSet::new(),
            rosters: HashMap::new(),
            signed: HashMap::new(),
        }
    }

    /// Judges what a commit has of the vault that the first commit before it has not.
    pub(super) fn look(&mut self, commit: &Commit) -> Result<(), VaultError> {
        self.gathered.commits += 1;
        self.looked.push(commit.clone());
        let now = self.vault_of(commit)?;
        let parent = commit.parents.first().map(|parent| self.past.commit(*parent)).transpose()?.flatten();
        let before = parent.map(|parent| self.vault_of(&parent)).transpose()?;
        if before.is_some_and(|before| before == now) {
            return Ok(());
        }
        self.gathered.changed += usize::from(now != VaultAt::Nowhere || before.is_some());
        match now {
            VaultAt::Nowhere if matches!(before, Some(VaultAt::Folder(_))) => {
                self.unsound(commit, "", "", &Refusal::Missing { path: String::new() });
                Ok(())
            }
            VaultAt::Nowhere => Ok(()),
            VaultAt::NoFolder => {
                self.unsound(commit, "", "", &Refusal::NotFolder { path: String::new() });
                Ok(())
            }
            VaultAt::Folder(now) => self.look_into(commit, now, before),
        }
    }

    fn look_into(
        &mut self,
        commit: &Commit,
        now: ObjectId,
        before: Option<VaultAt>,
    ) -> Result<(), VaultError> {
        if !self.trees.insert(now) {
            return Ok(());
        }
        let pair = self.pair(now)?;
        let roster = match self.roster(commit, now, pair)? {
            Ok(roster) => roster,
            Err(Some(Refusal::Replaced { .. })) if !self.comes_after_ours(commit)? => {
                self.gathered.earlier += 1;
                return Ok(());
            }
            Err(Some(refusal)) => {
                let ids = format!("{pair:?}");
                self.unsound(commit, path::LOG, &ids, &refusal);
                return Ok(());
            }
            Err(None) => return Ok(()),
        };
        let same_roster = match before {
            Some(VaultAt::Folder(before)) if self.pair(before)? == pair => Some(before),
            _ => None,
        };
        let tree = self.past.tree(now)?;
        for added in self.past.added(same_roster, Some(now), "secrets")? {
            self.secret(commit, &roster, &tree, &added)?;
        }
        Ok(())
    }

    /// Whether a commit before this one has the subject's vault. Where none has, another one was there before it: nothing that its
    /// log signs counts here.
    fn comes_after_ours(&mut self, commit: &Commit) -> Result<bool, VaultError> {
        for parent in &commit.parents {
            let Some(parent) = self.past.commit(*parent)? else { continue };
            let VaultAt::Folder(folder) = self.vault_of(&parent)? else { continue };
            let pair = self.pair(folder)?;
            let of_another =
                matches!(self.roster(&parent, folder, pair)?, Err(Some(Refusal::Replaced { .. })));
            if !of_another {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn vault_of(&mut self, commit: &Commit) -> Result<VaultAt, VaultError> {
        if let Some(known) = self.vaults.get(&commit.id) {
            return Ok(*known);
        }
        let found = self.past.vault_at(commit)?;
        self.vaults.insert(commit.id, found);
        Ok(found)
    }

    fn pair(&self, folder: ObjectId) -> Result<Pair, VaultError> {
        Ok((self.past.id_at(folder, path::ROSTER)?, self.past.id_at(folder, path::LOG)?))
    }

    /// The roster of a tree, if it is one that the subject comes from. None as the refusal: a fork, which is noted already.
    fn roster(
        &mut self,
        commit: &Commit,
        folder: ObjectId,
        pair: Pair,
    ) -> Result<Result<Rc<Roster>, Option<Refusal>>, VaultError> {
        if let Some(known) = self.rosters.get(&pair) {
            return Ok(known.clone());
        }
        let found = match RosterFiles::read(&self.past.tree(folder)?) {
            Ok(files) => self.judge_roster(commit, &files).map(Rc::new),
            Err(VaultError::Refused(refusal)) => Err(Some(refusal)),
            Err(other) => return Err(other),
        };
        self.rosters.insert(pair, found.clone());
        Ok(found)
    }

    fn judge_roster(&mut self, commit: &Commit, files: &RosterFiles) -> Result<Roster, Option<Refusal>> {
        let Subject { log, files: ours, .. } = self.subject;
        if ours.log.starts_with(&files.log) && files.log.ends_with(b"\n") {
            let lines = files.log.iter().filter(|b| **b == b'\n').count();
            return files.verify_against(&log.until(lines)).map_err(Some);
        }
        let (roster, theirs) = files.verify(0)?;
        let kept =
            Kept { vault: theirs.vault(), hashes: theirs.hashes().to_vec(), roster: Some(roster.clone()) };
        match judge(&kept, log) {
            Ok(Standing::Known | Standing::Newer) => Ok(roster),
            // It is theirs that is held against ours.
            Err(Refusal::Replaced { known, found }) => {
                Err(Some(Refusal::Replaced { known: found, found: known }))
            }
            Ok(Standing::Aside) | Err(_) => {
                let common = theirs.hashes().iter().zip(log.hashes()).take_while(|(a, b)| a == b).count();
                self.gathered.forks.push(Fork { line: common + 1, commit: commit.id });
                Err(None)
            }
        }
    }

    fn secret(
        &mut self,
        commit: &Commit,
        roster: &Roster,
        tree: &dyn Tree,
        added: &Added,
    ) -> Result<(), VaultError> {
        let below = added.path.strip_prefix("secrets/").and_then(|path| path.split_once('/'));
        let Some((env, name)) = below.and_then(|(env, file)| Some((env, file.strip_suffix(".toml")?))) else {
            return Ok(());
        };
        let id = added.id.to_string();
        let named = EnvName::parse(env).and_then(|env| Ok((env, SecretName::parse(name)?)));
        let (env, name) = match named {
            Ok((env, name)) if roster.environments.contains_key(&env) => (env, name),
            Ok(_) => {
                self.unsound(commit, &added.path, &id, &Refusal::Stray { path: added.path.clone() });
                return Ok(());
            }
            Err(refusal) => {
                self.unsound(commit, &added.path, &id, &refusal);
                return Ok(());
            }
        };
        let by = Judge { roster, kept: None, old_commit: false };
        match self.signed(&by, tree, (&env, &name), added) {
            Ok(signed) => {
                // Of another epoch is what a merge can leave behind; its writer signed it all the same.
                if let Err(refusal) = by.check_epoch(&signed.record) {
                    self.unsound(commit, &added.path, &id, &refusal);
                }
                self.count((env, name), &signed, added.id, commit.id);
            }
            Err(VaultError::Refused(refusal)) => self.unsound(commit, &added.path, &id, &refusal),
            Err(other) => return Err(other),
        }
        Ok(())
    }

    /// What a file says, verified; a signature that was verified once is not again if its signer may sign here too.
    fn signed(
        &mut self,
        by: &Judge<'_>,
        tree: &dyn Tree,
        (env, name): (&EnvName, &SecretName),
        added: &Added,
    ) -> Result<Rc<Signed>, VaultError> {
        if added.kind != EntryKind::File {
            return Err(Refusal::NotPlain { path: added.path.clone() }.into());
        }
        let key = (added.id, added.path.clone());
        if let Some(known) = self.signed.get(&key)
            && by.lets_sign(env, &known.record.writer, &known.key)
        {
            return Ok(known.clone());
        }
        let bytes = tree.read(&added.path, limits::SECRET_FILE)?.unwrap_or_default();
        let (mut record, signer) = by.signed(env, name, &bytes)?;
        record.versions.clear();
        let signed = Rc::new(Signed { record, key: signer, hash: sha256(&bytes) });
        self.signed.insert(key, signed.clone());
        Ok(signed)
    }

    /// Counts a revision. What lay in an environment that was removed since does not count.
    fn count(&mut self, secret: (EnvName, SecretName), signed: &Signed, id: ObjectId, commit: ObjectId) {
        let retired = self.subject.roster.retired.get(&secret.0).copied().unwrap_or(0);
        let (revision, epoch) = (signed.record.revision, signed.record.epoch);
        if epoch <= retired {
            return;
        }
        let copy = Copy { hash: signed.hash, id, commit };
        let new = || Top { revision, epoch, copies: vec![copy.clone()] };
        match self.gathered.tops.entry(secret) {
            Entry::Vacant(free) => {
                free.insert(new());
            }
            Entry::Occupied(mut known) => {
                let top = known.get_mut();
                if revision > top.revision || top.epoch <= retired {
                    *top = new();
                } else if revision == top.revision {
                    match top.copies.iter().position(|known| known.hash == copy.hash) {
                        Some(at) => top.copies[at].commit = commit,
                        None if top.copies.len() < COPIES => top.copies.push(copy),
                        None => {}
                    }
                }
            }
        }
    }

    fn unsound(&mut self, commit: &Commit, path: &str, content: &str, refusal: &Refusal) {
        let key = (path.to_owned(), content.to_owned());
        if self.gathered.unsound.len() >= TOLD && !self.gathered.unsound.contains_key(&key) {
            self.gathered.more += 1;
            return;
        }
        let unsound = Unsound {
            commit: commit.id.to_string(),
            author: commit.author.clone(),
            path: path.to_owned(),
            code: refusal.code().to_owned(),
            message: refusal.to_string(),
        };
        self.gathered.unsound.insert(key, unsound);
    }
}
