//! Two commits brought together while git waits for it: the rosters by what each side changed, the secrets by who changed them,
//! and one line of the log that stands for those of the side which gives way (format.md §7).
//!
//! Both sides are read from their commits, never from files with conflict markers, and each is verified by itself. Nothing is
//! written before everything is decided.

mod fault;
mod files;
mod secrets;
mod sides;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    git::Operation,
    kernel::{
        format::{path, secret},
        model::{MergedRoster, Roster, RosterSides, judge},
        name::{EnvName, MemberName, SecretName},
        refusal::Refusal,
        time::Timestamp,
    },
    store::{Disk, Lock},
    unlock::{Ask, Keyring},
};

use super::{
    Change, Opening, Progress, Renewed, RosterChange, Vault, VaultError,
    changes::{compare, secret_of},
    tree::{self, RosterFiles},
};

pub use fault::MergeFault;
pub use sides::Sides;

/// How much of what the other side's lines were for goes into the line that stands for them.
const WHY: usize = 2000;

/// What came of it.
#[derive(Debug)]
pub struct Resolved {
    /// What git was doing.
    pub operation: Operation,
    /// The commit that is gone on from, and the one that is brought in.
    pub sides: [String; 2],
    /// Whether the lines of the former stay.
    pub ours_kept: bool,
    /// Who signed it, where anything had to be signed.
    pub by: Option<MemberName>,
    /// How many lines of the other side were made again as one.
    pub again: usize,
    /// What the roster says now that the kept side's did not.
    pub changes: Vec<RosterChange>,
    /// What a side wished, and the other or a rule did not let stand.
    pub overruled: Vec<RosterChange>,
    /// What has a new key.
    pub renewed: Vec<Renewed>,
    /// Secrets that somebody has to decide on.
    pub left: Vec<LeftSecret>,
    /// Other files that git left unmerged.
    pub unmerged: Vec<String>,
}

/// A secret that was left as it lies there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftSecret {
    /// The environment.
    pub env: EnvName,
    /// The name.
    pub name: SecretName,
    /// Why.
    pub why: Left,
}

impl LeftSecret {
    /// Its file.
    pub fn path(&self) -> String {
        path::secret(&self.env, &self.name)
    }
}

/// Why a secret was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// Both sides gave it another value, or say something else of it.
    BothChanged,
    /// Somebody signed it who may not write there any more: it is taken over by name only.
    Former {
        /// Who.
        writer: MemberName,
    },
    /// Who brings both together may not write there.
    NotWriter,
}

/// What is to lie in the vault: every key file, every secret, the roster and its log.
type Desired = BTreeMap<String, Vec<u8>>;

impl<'r> Sides<'r> {
    /// Opens the kept side's vault, held, over the folder that the outcome is written to.
    pub fn open<'d>(&'d self, disk: &'d Disk, opening: &Opening<'d>) -> Result<Vault<'d>, VaultError> {
        let vault = Vault::open_over((disk, &self.kept.tree), opening, Some(disk.lock()?))?;
        self.check_other()?;
        let kept = vault.memory.kept().or_else(|| vault.memory.kept_elsewhere(&vault.roster.vault));
        if let Some(kept) = kept {
            let judged = judge(&kept, &self.other.log);
            judged.map_err(|fault| MergeFault::Side { commit: self.other.commit.clone(), fault })?;
        }
        Ok(vault)
    }

    /// Brings both together, and says to git that it is done.
    pub fn resolve(
        &self,
        vault: &Vault<'_>,
        (keyring, ask): (Keyring, &dyn Ask),
        now: Timestamp,
        progress: Progress<'_>,
    ) -> Result<Resolved, VaultError> {
        let lock = vault.lock.as_ref().expect("the vault of a merge is held");
        if let Some(done) = self.done_before(vault)? {
            return Ok(done);
        }
        let again = !self.again().is_empty();
        let merged = if again { self.rosters(now)? } else { self.as_kept() };
        let torn = self.torn(&merged, vault.disk)?;
        if !again && torn.is_empty() {
            let (mut desired, mut left) = (self.unsigned(), Vec::new());
            self.secrets(&merged, (vault.disk, None), (&mut desired, &mut left))?;
            self.keys(&merged, None, &mut desired)?;
            return self.finish((vault, lock), desired, Resolved { left, ..self.unchanged() });
        }
        let unlocked = if again {
            vault.unlock_admin(keyring, ask)?
        } else {
            vault.unlock(keyring, ask, &torn.into_iter().collect::<Vec<_>>())?
        };
        let mut change = unlocked.begin(now)?.telling(progress);
        if again {
            self.check_signer(&change, &merged)?;
        }
        change.roster = Some(merged.roster.clone());
        let (mut desired, mut left) = (Desired::new(), Vec::new());
        let renewed = self.secrets(&merged, (vault.disk, Some(&mut change)), (&mut desired, &mut left))?;
        self.keys(&merged, Some(&mut change), &mut desired)?;
        let roster = change.roster.take().expect("it was just drafted");
        if again {
            change.because(self.why());
            change.drops = self.drops();
            change.sign_roster(&roster)?;
        } else {
            desired.extend(self.unsigned());
        }
        let written = std::mem::take(&mut change.written);
        files::put(&mut desired, std::mem::take(&mut change.edits));
        let resolved = Resolved {
            by: Some(unlocked.me().clone()),
            again: self.again().len(),
            changes: news(&self.kept.roster, &roster),
            overruled: if again { self.overruled(&roster)? } else { Vec::new() },
            renewed,
            left,
            ..self.unchanged()
        };
        let resolved = self.finish((vault, lock), desired, resolved)?;
        written.iter().for_each(|(record, bytes)| vault.learn_written(record, bytes));
        vault.remember();
        Ok(resolved)
    }

    /// Where somebody has brought both together already, and git was not told.
    fn done_before(&self, vault: &Vault<'_>) -> Result<Option<Resolved>, VaultError> {
        let verified = RosterFiles::read(vault.disk).ok().and_then(|files| files.verify(0).ok());
        let Some((roster, log)) = verified.filter(|(_, log)| self.are_both_in(log)) else { return Ok(None) };
        // The log of one side alone is no news: what is wrong beside it is still to be mended.
        let news = log.hashes() != self.kept.log.hashes();
        let unmerged = self.repo.unmerged(&self.inside)?;
        let left = self.marked(vault, &roster)?;
        if self.operation == Operation::Merged
            && left.is_empty()
            && (news || self.again().is_empty() && unmerged.is_empty())
        {
            return Err(MergeFault::Nothing.into());
        }
        if !news {
            return Ok(None);
        }
        let is_open = |path: &String| left.iter().any(|left| left.path() == *path);
        // A secret without conflict markers is one that a person has decided on.
        let done = |path: &&String| secret_of(path).is_none_or(|_| !is_open(path));
        let done: Vec<String> = unmerged.iter().filter(done).cloned().collect();
        self.repo.stage(&self.inside, &done)?;
        let unmerged = self.repo.unmerged(&self.inside)?.into_iter().filter(|path| !is_open(path)).collect();
        Ok(Some(Resolved { unmerged, left, ..self.unchanged() }))
    }

    /// The secrets that lie there with conflict markers.
    fn marked(&self, vault: &Vault<'_>, roster: &Roster) -> Result<Vec<LeftSecret>, VaultError> {
        let mut marked = Vec::new();
        for env in roster.environments.keys() {
            for name in tree::names(vault.disk, env)?.secrets {
                let bytes = tree::secret_bytes(vault.disk, env, &name)?.unwrap_or_default();
                if matches!(secret::parse(env, &name, &bytes), Err(Refusal::Conflict { .. })) {
                    marked.push(LeftSecret { env: env.clone(), name, why: Left::BothChanged });
                }
            }
        }
        Ok(marked)
    }

    fn unchanged(&self) -> Resolved {
        Resolved {
            operation: self.operation,
            sides: if self.ours_kept { [&self.kept, &self.other] } else { [&self.other, &self.kept] }
                .map(|side| side.commit.clone()),
            ours_kept: self.ours_kept,
            by: None,
            again: 0,
            changes: Vec::new(),
            overruled: Vec::new(),
            renewed: Vec::new(),
            left: Vec::new(),
            unmerged: Vec::new(),
        }
    }

    fn rosters(&self, now: Timestamp) -> Result<MergedRoster, VaultError> {
        let base = self.parting()?;
        let sides = RosterSides { base: &base, kept: &self.kept.roster, other: &self.other.roster };
        Ok(sides.merge(now).map_err(MergeFault::Clash)?)
    }

    fn as_kept(&self) -> MergedRoster {
        MergedRoster { roster: self.kept.roster.clone(), renewed: BTreeSet::new() }
    }

    /// The line is signed, and the new keys are made, by one who stays an admin and writes there.
    fn check_signer(&self, change: &Change<'_>, merged: &MergedRoster) -> Result<(), VaultError> {
        change.check_admin()?;
        let (me, key) = (&change.unlocked.me, change.key.public());
        let admins = merged.roster.members.iter().filter(|(_, member)| member.is_admin());
        let stays = |name: &&MemberName| {
            *name != me && self.kept.roster.members.get(*name).is_some_and(|member| member.is_admin())
        };
        let admins: Vec<MemberName> = admins.map(|(name, _)| name).filter(stays).cloned().collect();
        let mine = merged.roster.members.get(me).filter(|member| member.is_admin());
        if !mine.is_some_and(|member| member.signs.contains(&key)) {
            return Err(MergeFault::OwnLeave { me: me.clone(), able: admins }.into());
        }
        let faults = merged.renewed.iter().filter_map(|env| {
            let write = &merged.roster.environments[env].write;
            let able = admins.iter().filter(|name| write.contains(name)).cloned().collect();
            let (env, me) = (env.clone(), me.clone());
            (!write.contains(&me)).then_some(VaultError::NotRenewer { env, me, able })
        });
        VaultError::several(faults.collect()).map_or(Ok(()), Err)
    }

    fn why(&self) -> String {
        let whys: Vec<&str> = self.again().iter().map(|line| line.why.as_str()).collect();
        format!("bring two branches together: {}", whys.join("; ")).chars().take(WHY).collect()
    }

    /// What either side changed since they part, and is not so now.
    fn overruled(&self, merged: &Roster) -> Result<Vec<RosterChange>, VaultError> {
        let base = self.parting()?;
        let stands = compare(Some(&base), merged);
        let wishes = [&self.kept.roster, &self.other.roster].map(|side| news(&base, side));
        let mut overruled: Vec<RosterChange> = Vec::new();
        for wish in wishes.into_iter().flatten() {
            if !stands.contains(&wish) && !overruled.contains(&wish) {
                overruled.push(wish);
            }
        }
        Ok(overruled)
    }
}

/// What changed, but for epochs: those are told as new keys.
fn news(before: &Roster, now: &Roster) -> Vec<RosterChange> {
    let mut changes = compare(Some(before), now);
    changes.retain(|change| !matches!(change, RosterChange::Epoch { .. }));
    changes
}

/// A held vault and its lock.
type Held<'a, 'd> = (&'a Vault<'d>, &'a Lock<'d>);
