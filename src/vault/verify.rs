//! Verifying a whole tree without a key: whether every file is what the roster lets stand there.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
};

use crate::{
    git::{ObjectId, Repo},
    kernel::{
        format::{path, request},
        limits,
        model::{Judge, Kept, Log, Record, Roster, Standing, judge},
        name::{EnvName, SecretName},
        refusal::Refusal,
        seal::{check_header, dearmor, sha256},
        tree::{EntryKind, Tree},
    },
    store::GitPlace,
};

use super::{
    Changes, Config, Doing, History, Introduction, PastFault, Progress, Step, Vault, VaultError,
    config::{self, syntax},
    history::{Standings, Stands, Subject},
    tree::{self, RosterFiles},
    trust::introduction,
};

/// What is to be verified beside the tree that lies here.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope<'a> {
    /// A commit to be verified in place of the work tree.
    pub tip: Option<&'a str>,
    /// A revision since whose parting from the tip everything that changed is to be told.
    pub base: Option<&'a str>,
    /// Whether a default branch that was rewritten is to be refused, and so not taken as it is now.
    pub strict: bool,
}

/// Something that is not as it should be.
#[derive(Debug)]
pub struct Finding {
    /// The file, relative to `.vault`.
    pub path: String,
    /// What is wrong.
    pub fault: VaultError,
}

/// What was verified.
#[derive(Debug)]
pub struct Checked {
    /// The vault, to be compared where nothing vouches for it.
    pub introduction: Introduction,
    /// Whether nothing vouches for it.
    pub unknown: bool,
    /// How many lines the log has.
    pub lines: usize,
    /// How many environments there are.
    pub environments: usize,
    /// How many secrets were verified, tombstones among them.
    pub secrets: usize,
    /// Everything that is not as it should be.
    pub findings: Vec<Finding>,
    /// The commits that lead here.
    pub history: History,
    /// What changed since the base, if one was named.
    pub changes: Option<Changes>,
}

/// How a secret's file is judged: with what was seen, or by the tree alone.
type JudgeSecret<'a> = &'a dyn Fn(&EnvName, &SecretName) -> Result<Option<Record>, VaultError>;

impl Vault<'_> {
    /// Verifies everything again, whatever was verified before, and the commits that lead to it.
    pub fn verify(&self, asked: &Scope<'_>, progress: Progress<'_>) -> Result<Checked, VaultError> {
        let tip = asked.tip.map(|tip| self.commit_of(tip)).transpose()?;
        let (subject, mut checked) = match tip {
            None => self.verify_disk(progress)?,
            Some(tip) => self.verify_commit(tip, progress)?,
        };
        checked.changes = asked.base.map(|base| self.changes_since(base, &subject)).transpose()?;
        let (history, lacking) = self.look_back(&subject, asked.strict, progress)?;
        // What was found by the tree, or by what this client saw, is not told twice; nor what lies in a folder that is none.
        let covers = |old: &Finding, new: &Finding| {
            new.path.strip_prefix(&old.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let news = lacking.into_iter().filter(|new| !checked.findings.iter().any(|old| covers(old, new)));
        let news: Vec<Finding> = news.collect();
        checked.findings.extend(news);
        checked.history = history;
        Ok(checked)
    }

    pub(super) fn verify_disk(&self, progress: Progress<'_>) -> Result<(Subject, Checked), VaultError> {
        let (roster, log) = self.files.verify(0)?;
        let standings = RefCell::new(Standings::new());
        let there = self.roster.environments.keys().filter_map(|env| tree::names(self.tree, env).ok());
        let (of, done) = (there.map(|names| names.secrets.len()).sum(), Cell::new(0));
        let judge = |env: &EnvName, name: &SecretName| {
            done.set(done.get() + 1);
            progress(Step { doing: Doing::Verifying, done: done.get(), of });
            let secret = (env.clone(), name.clone());
            standings.borrow_mut().insert(secret.clone(), Stands::Broken);
            let bytes = tree::secret_bytes(self.tree, env, name)?;
            if let Some(bytes) = &bytes {
                let Record { revision, .. } = self.judge_anew(env, name, bytes)?;
                standings.borrow_mut().insert(secret, Stands::At { revision, hash: sha256(bytes) });
            }
            self.record(env, name)
        };
        let (secrets, mut findings) = verify_tree(self.tree, &self.roster, &judge);
        for env in self.roster.environments.keys() {
            for name in self.names_seen(env) {
                let fault = self.check_vanished_now(env, &name).err();
                findings.extend(fault.map(|fault| Finding { path: path::secret(env, &name), fault }));
            }
        }
        self.remember();
        let files = RosterFiles { roster: self.files.roster.clone(), log: self.files.log.clone() };
        let checked = self.checked(&roster, &log, (secrets, findings));
        Ok((Subject { roster, log, files, standings: standings.take(), commit: None }, checked))
    }

    /// Verifies a commit's tree, which is held against the vault that lies here: by it, its roster has to go on, or be older.
    fn verify_commit(&self, tip: ObjectId, progress: Progress<'_>) -> Result<(Subject, Checked), VaultError> {
        let no_vault = || PastFault::NoVault { commit: tip.to_string() };
        let (repo, git) = self.repository()?;
        let tree = repo.vault_at(&tip.to_string(), &git.inside)?.ok_or_else(no_vault)?;
        let files = RosterFiles::read(&tree)?;
        let (roster, log) = files.verify(0)?;
        let here = Kept {
            vault: self.roster.vault,
            hashes: self.log()?.hashes().to_vec(),
            roster: Some(self.roster.clone()),
        };
        let standing = match judge(&here, &log) {
            Err(Refusal::Replaced { known, found }) => {
                return Err(PastFault::OtherVault { commit: tip.to_string(), known, found }.into());
            }
            other => other?,
        };
        let kept = (standing == Standing::Aside).then_some(&self.roster);
        let by = Judge { roster: &roster, kept, old_commit: false };
        let (standings, done) = (RefCell::new(Standings::new()), Cell::new(0));
        let look = |env: &EnvName, name: &SecretName| {
            done.set(done.get() + 1);
            progress(Step { doing: Doing::Verifying, done: done.get(), of: 0 });
            let secret = (env.clone(), name.clone());
            standings.borrow_mut().insert(secret.clone(), Stands::Broken);
            let bytes = tree::secret_bytes(&tree, env, name)?.unwrap_or_default();
            let record = by.record(env, name, &bytes)?;
            let stands = Stands::At { revision: record.revision, hash: sha256(&bytes) };
            standings.borrow_mut().insert(secret, stands);
            Ok(Some(record))
        };
        let found = verify_tree(&tree, &roster, &look);
        let checked = self.checked(&roster, &log, found);
        let standings = standings.take();
        Ok((Subject { roster, log, files, standings, commit: Some(tip) }, checked))
    }

    fn checked(&self, roster: &Roster, log: &Log, (secrets, findings): (usize, Vec<Finding>)) -> Checked {
        Checked {
            introduction: introduction(roster, log),
            unknown: self.is_unknown(),
            lines: log.lines().len(),
            environments: roster.environments.len(),
            secrets,
            findings,
            history: History::default(),
            changes: None,
        }
    }

    /// The repository around the vault, for what cannot be told without it.
    pub(super) fn repository(&self) -> Result<(&Repo, &GitPlace), VaultError> {
        let git = self.place.git.as_ref().ok_or(PastFault::NoGit)?;
        if let Some(repo) = self.repo() {
            return Ok((repo, git));
        }
        // It is there and does not open: git says why.
        Repo::open(&git.folder)?;
        Err(PastFault::NoGit.into())
    }

    /// The commit that a person names.
    pub(super) fn commit_of(&self, revision: &str) -> Result<ObjectId, VaultError> {
        let (repo, _) = self.repository()?;
        repo.resolve(revision).map_err(|fault| {
            PastFault::NoRevision { revision: revision.to_owned(), fault: Box::new(fault) }.into()
        })
    }

    fn check_vanished_now(&self, env: &EnvName, name: &SecretName) -> Result<(), VaultError> {
        match tree::secret_bytes(self.tree, env, name)? {
            Some(_) => Ok(()),
            None => self.check_vanished(env, name),
        }
    }
}

/// Verifies every file of a tree whose roster is verified; gives how many secrets there are and what is wrong.
pub fn verify_tree(tree: &dyn Tree, roster: &Roster, judge: JudgeSecret<'_>) -> (usize, Vec<Finding>) {
    let mut check = Check { tree, roster, findings: Vec::new() };
    check.top();
    check.keys();
    let secrets = check.secrets(judge);
    (secrets, check.findings)
}

/// What is wrong with the key files of a tree whose roster is verified.
pub(super) fn key_files(tree: &dyn Tree, roster: &Roster) -> Vec<Finding> {
    let mut check = Check { tree, roster, findings: Vec::new() };
    check.keys();
    check.findings
}

struct Check<'a> {
    tree: &'a dyn Tree,
    roster: &'a Roster,
    findings: Vec<Finding>,
}

impl Check<'_> {
    fn found(&mut self, path: &str, fault: impl Into<VaultError>) {
        self.findings.push(Finding { path: path.to_owned(), fault: fault.into() });
    }

    fn stray(&mut self, path: &str) {
        self.found(path, Refusal::Stray { path: path.to_owned() });
    }

    fn top(&mut self) {
        let entries = match self.tree.list("") {
            Ok(entries) => entries,
            Err(fault) => return self.found("", fault),
        };
        for entry in entries {
            match (entry.name.as_str(), entry.kind) {
                (path::ROSTER | path::LOG, EntryKind::File) => {}
                (path::WORK | "keys" | "secrets", EntryKind::Folder) => {}
                ("requests", EntryKind::Folder) => self.requests(),
                (path::ATTRIBUTES, EntryKind::File) => self.fixed(path::ATTRIBUTES, path::ATTRIBUTES_BYTES),
                (path::IGNORE, EntryKind::File) => self.fixed(path::IGNORE, path::IGNORE_BYTES),
                (config::PATH, EntryKind::File) => self.config(),
                (name @ ("schema.toml" | "scan-allow.toml"), EntryKind::File) => self.hand_written(name),
                (name, EntryKind::Other) => self.found(name, Refusal::NotPlain { path: name.to_owned() }),
                (name, _) => self.stray(name),
            }
        }
        for (path, bytes) in [(path::ATTRIBUTES, path::ATTRIBUTES_BYTES), (path::IGNORE, path::IGNORE_BYTES)]
        {
            if matches!(self.tree.read(path, limits::CONFIG), Ok(None)) {
                self.fixed(path, bytes);
            }
        }
    }

    fn fixed(&mut self, path: &str, bytes: &str) {
        match self.tree.read(path, limits::CONFIG) {
            Ok(Some(found)) if found == bytes.as_bytes() => {}
            Ok(Some(_)) => self.found(path, Refusal::Fixed { path: path.to_owned() }),
            Ok(None) => self.found(path, Refusal::Missing { path: path.to_owned() }),
            Err(fault) => self.found(path, fault),
        }
    }

    /// Files that people write: within their size, and TOML. What `config.toml` may say is a closed list.
    fn hand_written(&mut self, path: &str) {
        let text = match self.tree.read(path, limits::HAND_WRITTEN) {
            Ok(bytes) => String::from_utf8(bytes.unwrap_or_default()),
            Err(fault) => return self.found(path, fault),
        };
        let Ok(text) = text else { return self.found(path, Refusal::NotText { path: path.to_owned() }) };
        if let Err(error) = toml::from_str::<toml::Table>(&text) {
            self.found(path, syntax(path, &text, &error));
        }
    }

    fn config(&mut self) {
        if let Err(fault) = Config::read(self.tree) {
            self.found(config::PATH, fault);
        }
    }

    fn requests(&mut self) {
        for (path, kind) in self.listed("requests") {
            match self.tree.read(&path, limits::REQUEST) {
                _ if kind != EntryKind::File || !path.ends_with(".toml") => self.stray(&path),
                Ok(Some(bytes)) => {
                    if let Err(fault) = request::parse(&self.roster.vault, &path, &bytes) {
                        self.found(&path, fault);
                    }
                }
                Ok(None) => {}
                Err(fault) => self.found(&path, fault),
            }
        }
    }

    /// Every reader's key file is there and is an age file of a key's size; nothing else lies beside them.
    fn keys(&mut self) {
        let mut wanted = BTreeSet::new();
        for (env, environment) in &self.roster.environments {
            for member in environment.readers() {
                let recipients = &self.roster.members[member].recipients;
                wanted.extend(
                    recipients.iter().map(|recipient| (path::key(env, member, recipient), env.clone())),
                );
            }
        }
        for (folder, kind) in self.listed("keys") {
            let env = folder.strip_prefix("keys/").and_then(|name| EnvName::parse(name).ok());
            if kind != EntryKind::Folder || env.is_none_or(|env| !self.roster.environments.contains_key(&env))
            {
                self.stray(&folder);
                continue;
            }
            for (path, _) in self.listed(&folder) {
                // What a wanted one is, its reading says.
                let known = wanted.iter().any(|(wanted, _)| *wanted == path);
                if !known {
                    self.stray(&path);
                }
            }
        }
        for (path, env) in wanted {
            self.key(&path, &env);
        }
    }

    fn key(&mut self, path: &str, env: &EnvName) {
        let checked = match self.tree.read(path, limits::KEY_FILE) {
            Ok(Some(bytes)) => dearmor(path, &bytes).and_then(|binary| check_header(path, &binary)),
            Ok(None) => Err(tree::key_missing(self.roster, path, env)),
            Err(fault) => return self.found(path, fault),
        };
        if let Err(fault) = checked {
            self.found(path, fault);
        }
    }

    fn secrets(&mut self, judge: JudgeSecret<'_>) -> usize {
        for (folder, kind) in self.listed("secrets") {
            let env = folder.strip_prefix("secrets/").and_then(|name| EnvName::parse(name).ok());
            if kind != EntryKind::Folder || env.is_none_or(|env| !self.roster.environments.contains_key(&env))
            {
                self.stray(&folder);
            }
        }
        let mut verified = 0;
        for env in self.roster.environments.keys() {
            let names = match tree::names(self.tree, env) {
                Ok(names) => names,
                Err(fault) => {
                    self.found(&path::secrets(env), fault);
                    continue;
                }
            };
            names.strays.iter().for_each(|path| self.stray(path));
            for name in &names.secrets {
                match judge(env, name) {
                    Ok(_) => verified += 1,
                    Err(fault) => self.found(&path::secret(env, name), fault),
                }
            }
        }
        verified
    }

    /// The paths in a folder; that it cannot be listed is a finding.
    fn listed(&mut self, folder: &str) -> Vec<(String, EntryKind)> {
        match self.tree.list(folder) {
            Ok(entries) => entries.into_iter().map(|e| (format!("{folder}/{}", e.name), e.kind)).collect(),
            Err(fault) => {
                self.found(folder, fault);
                Vec::new()
            }
        }
    }
}
