//! What differs between two states of a vault: two commits, or a commit and what lies here. Without a key what is signed tells
//! it; whoever has one learns whether values differ too.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use crate::{
    kernel::{
        format::path,
        limits,
        model::{Line, Record, Roster},
        name::{EnvName, MemberName, SecretName},
        seal::{MemberKey, Recipient, SealKey, Unwraps},
        secret::Secret,
        tree::Tree,
    },
    unlock::{Ask, Keyring},
};

use super::{
    Changes, RecordChange, SecretChange, Then, Vault, VaultError,
    changes::{compare, new_lines, secret_change},
    timeline::Found,
    tree,
};

/// Files of the vault that are neither the roster nor a secret nor a key.
const OTHERS: [&str; 5] = [path::ATTRIBUTES, path::IGNORE, "config.toml", "schema.toml", "scan-allow.toml"];

/// What differs.
pub struct Diff {
    /// All of it, without values.
    pub changes: Changes,
    /// The values of the secrets, in their order; none where they were not opened.
    pub values: Vec<ValuePair>,
}

/// The current values of a secret in both states, as far as there are any and they were opened.
#[derive(Default)]
pub struct ValuePair {
    /// Before.
    pub before: Option<Secret>,
    /// After.
    pub after: Option<Secret>,
}

/// One of the two states.
#[derive(Clone, Copy)]
enum State<'a> {
    Then(&'a Then<'a>),
    Here(&'a Vault<'a>),
}

/// A record that differs, before and after.
type Pair = (Option<Record>, Option<Record>);

impl Vault<'_> {
    /// What differs between a commit and another one, or what lies here; of these environments, or of all.
    pub fn diff(
        &self,
        before: &Then<'_>,
        after: Option<&Then<'_>>,
        envs: &[EnvName],
    ) -> Result<(Diff, Compared), VaultError> {
        let (was, is) = (State::Then(before), after.map_or(State::Here(self), State::Then));
        let wanted = |env: &EnvName| envs.is_empty() || envs.contains(env);
        let mut names: BTreeSet<(EnvName, SecretName)> = BTreeSet::new();
        for state in [was, is] {
            for env in state.roster().environments.keys().filter(|env| wanted(env)) {
                let found = tree::names(state.tree(), env)?.secrets;
                names.extend(found.into_iter().map(|name| (env.clone(), name)));
            }
        }
        let (mut secrets, mut pairs) = (Vec::new(), Vec::new());
        for (env, name) in names {
            if was.bytes(&env, &name) == is.bytes(&env, &name) {
                continue;
            }
            let (old, new) = (was.found(&env, &name)?, is.found(&env, &name)?);
            secrets.push(secret_change(env, name, old.record(), &new));
            pairs.push((old.record().cloned(), new.record().cloned()));
        }
        self.remember();
        let mut roster = compare(Some(was.roster()), is.roster());
        roster.retain(|change| envs.is_empty() || envs.iter().any(|env| change.is_about(env)));
        let (mut lines, mut others) = (Vec::new(), Vec::new());
        if envs.is_empty() {
            let rosters = [Some(is.roster()), Some(was.roster())];
            lines = new_lines(&was.lines()?, &is.lines()?, rosters);
            others = differing(was.tree(), is.tree())?;
        }
        let base = before.commit().id.to_string();
        let tip = after.map(|after| after.commit().id.to_string()).unwrap_or_default();
        let values = pairs.iter().map(|_| ValuePair::default()).collect();
        let diff = Diff { changes: Changes { base, tip, secrets, roster, lines, others }, values };
        Ok((diff, Compared(pairs)))
    }

    /// Opens the values that differ with the first identity which could read one of them, and says which are equal in fact.
    /// What it opens in neither state stays untold.
    pub fn compare_values(
        &self,
        (before, after): (&Then<'_>, Option<&Then<'_>>),
        (diff, compared): (&mut Diff, &Compared),
        (keyring, ask): (Keyring, &dyn Ask),
    ) -> Result<(), VaultError> {
        let (was, is) = (State::Then(before), after.map_or(State::Here(self), State::Then));
        let envs: BTreeSet<&EnvName> = diff.changes.secrets.iter().map(|change| &change.env).collect();
        let reads = |state: State<'_>, recipient: &Recipient| {
            let holder = state.roster().holder(recipient).map(|(name, _)| name);
            let environments = envs.iter().filter_map(|env| state.roster().environments.get(*env));
            holder.is_some_and(|name| environments.into_iter().any(|env| env.access(name).is_some()))
        };
        let candidate = match keyring.find(|recipient| reads(was, recipient) || reads(is, recipient))? {
            Ok(candidate) => candidate,
            Err(keys) => return envs.first().map_or(Ok(()), |env| Err(before.locked(env, keys))),
        };
        let key = Rc::new(candidate.open(ask)?);
        let (old, new) = (Opener::of(was, key.clone()), Opener::of(is, key));
        let secrets = diff.changes.secrets.iter_mut();
        for ((change, values), pair) in secrets.zip(&mut diff.values).zip(&compared.0) {
            let opened = |opener: &Option<Opener<'_>>, record: &Option<Record>| {
                opener.as_ref().zip(record.as_ref()).and_then(|(opener, record)| opener.current(record))
            };
            *values = ValuePair { before: opened(&old, &pair.0), after: opened(&new, &pair.1) };
            if let (Some(one), Some(other)) = (&values.before, &values.after) {
                tell(change, pair, one.same_as(other));
            }
        }
        Ok(())
    }
}

/// The records behind a diff, to be opened.
pub struct Compared(Vec<Pair>);

/// Says of what changed whether the values are equal. A value that changed under its number is told, which no record shows.
fn tell(change: &mut SecretChange, (before, after): &Pair, equal: bool) {
    let about_value =
        |told: &RecordChange| matches!(told, RecordChange::Value { .. } | RecordChange::Resealed { .. });
    let known = change.told.iter().any(about_value);
    change.told = std::mem::take(&mut change.told).into_iter().map(|told| told.compared(equal)).collect();
    if let (false, false, Some(before), Some(after)) = (known, equal, before, after) {
        let (before, by) = (before.epoch, after.writer.clone());
        change.told.insert(0, RecordChange::Resealed { before, after: after.epoch, by, same: Some(false) });
    }
}

impl<'a> State<'a> {
    fn roster(self) -> &'a Roster {
        match self {
            Self::Then(then) => then.roster(),
            Self::Here(vault) => &vault.roster,
        }
    }

    fn tree(self) -> &'a dyn Tree {
        match self {
            Self::Then(then) => then.tree(),
            Self::Here(vault) => vault.disk,
        }
    }

    fn lines(self) -> Result<Vec<Line>, VaultError> {
        Ok(match self {
            Self::Then(then) => then.log().0.lines().to_vec(),
            Self::Here(vault) => vault.log()?.lines().to_vec(),
        })
    }

    /// What is no plain file has no bytes; what it is, its record says.
    fn bytes(self, env: &EnvName, name: &SecretName) -> Option<Vec<u8>> {
        let known = self.roster().environments.contains_key(env);
        known.then(|| tree::secret_bytes(self.tree(), env, name).ok().flatten()).flatten()
    }

    fn found(self, env: &EnvName, name: &SecretName) -> Result<Found, VaultError> {
        if !self.roster().environments.contains_key(env) {
            return Ok(Found::Nothing);
        }
        let record = match self {
            Self::Then(then) => then.record(env, name).map(|signed| signed.map(|signed| signed.record)),
            Self::Here(vault) => vault.record(env, name),
        };
        match record {
            Ok(record) => Ok(record.map_or(Found::Nothing, |record| Found::Record(record.into()))),
            Err(VaultError::Refused(_) | VaultError::Past(_)) => Ok(Found::Unsound),
            Err(fault) => Err(fault),
        }
    }
}

/// The other files that two trees have, and have not equal.
fn differing(before: &dyn Tree, after: &dyn Tree) -> Result<Vec<String>, VaultError> {
    let mut paths: BTreeSet<String> = OTHERS.map(str::to_owned).into();
    for tree in [before, after] {
        let requests = tree.list(path::REQUESTS)?.into_iter();
        paths.extend(requests.map(|entry| format!("{}/{}", path::REQUESTS, entry.name)));
    }
    let bytes = |tree: &dyn Tree, path: &str| tree.read(path, limits::HAND_WRITTEN).ok().flatten();
    Ok(paths.into_iter().filter(|path| bytes(before, path) != bytes(after, path)).collect())
}

/// Opens the values of one state.
struct Opener<'a> {
    state: State<'a>,
    key: Rc<MemberKey>,
    me: MemberName,
    /// One unwrap an environment, never one a secret; none where that failed.
    keys: RefCell<BTreeMap<EnvName, Option<Rc<SealKey>>>>,
}

impl<'a> Opener<'a> {
    fn of(state: State<'a>, key: Rc<MemberKey>) -> Option<Self> {
        let (me, _) = state.roster().holder(key.recipient())?;
        Some(Self { state, me: me.clone(), key, keys: RefCell::default() })
    }

    fn current(&self, record: &Record) -> Option<Secret> {
        let version = record.current()?;
        let key = self.seal_key(&record.env)?;
        tree::open_version(self.state.roster(), &key, record, version).ok()
    }

    fn seal_key(&self, env: &EnvName) -> Option<Rc<SealKey>> {
        let roster = self.state.roster();
        let unwrapped = || {
            roster.environments.get(env)?.access(&self.me)?;
            let key = tree::env_key(self.state.tree(), roster, env, (&self.me, &*self.key)).ok()?;
            Some(Rc::new(key.seal_key(&tree::epoch(roster, env))))
        };
        self.keys.borrow_mut().entry(env.clone()).or_insert_with(unwrapped).clone()
    }
}
