//! The reader that the vectors are run through: this library's own parts, in the order in which a command uses them.

use std::{collections::BTreeSet, fs, path::PathBuf};

use cargo_vault::{
    kernel::{
        format::{hex, identity_file, request},
        limits,
        model::{Anchor, Judge, Kept, Log, Roster, Standing, judge},
        name::{EnvName, MemberName, SecretName},
        refusal::Refusal,
        seal::{Identity, Passphrase, sha256},
        secret::Secret,
        tree::Tree,
    },
    vault::{VaultError, tree, verify_tree},
};

use crate::vector::{Memory, Node, Vector};

const KEPT: &str = "kept/";

/// The folder of the vectors.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

/// An identity of the vectors' members.
pub(crate) fn identity(name: &str) -> Identity {
    let file =
        fs::read(folder().join("identities").join(format!("{name}.txt"))).expect("the identity is there");
    let (mut found, _) = Identity::parse_file(&Secret::new(file)).expect("the identity is sound");
    found.remove(0)
}

/// What a reader got: the headers `value`, `found` and `standing` as they must be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Got {
    pub(crate) value: Option<String>,
    pub(crate) standing: Option<String>,
}

/// Does what the header `reads` says over the base vault with the vector laid over it.
pub(crate) fn read(vector: &Vector, base: &Memory) -> Result<Got, String> {
    let mut memory = base.clone();
    let inside = |(path, _): &&(String, Node)| !path.starts_with(KEPT);
    memory.lay(&vector.sections.iter().filter(inside).cloned().collect::<Vec<_>>());
    let reads = vector.header("reads").expect("a vector says what is read");
    let (what, argument) = reads.split_once(' ').unwrap_or((reads, ""));
    match what {
        "name" | "env" | "member" | "identity" | "identities" | "protected" => {
            alone(what, argument, vector).map_err(|r| code(&r.into()))
        }
        _ => {
            Reader::open(vector, &memory).and_then(|reader| reader.read(what, argument)).map_err(|e| code(&e))
        }
    }
}

fn code(error: &VaultError) -> String {
    match error {
        VaultError::Refused(refusal) => refusal.code().to_owned(),
        other => format!("no refusal: {other}"),
    }
}

/// What needs no vault.
fn alone(what: &str, argument: &str, vector: &Vector) -> Result<Got, Refusal> {
    match what {
        "name" => SecretName::parse(argument).map(drop)?,
        "env" => EnvName::parse(argument).map(drop)?,
        "member" => MemberName::parse(argument).map(drop)?,
        "identity" => Identity::parse(argument).map(drop)?,
        "identities" => {
            let Some((_, Node::File(file))) = vector.sections.first() else { return Err(Refusal::Identity) };
            let file = Secret::new(file.clone());
            match identity_file::is_ssh(&file) {
                true => identity_file::parse_ssh(&file).map(drop)?,
                false => identity_file::parse(&file).map(drop)?,
            }
        }
        _ => {
            let Some((_, Node::File(file))) = vector.sections.first() else { return Err(Refusal::Protected) };
            let passphrase = vector.header("passphrase").expect("a protected identity has a passphrase");
            let protected = identity_file::parse_protected(&Secret::new(file.clone()))?;
            protected.open(&Passphrase::new(Secret::new(passphrase.into())))?;
        }
    }
    Ok(Got::default())
}

/// A vault whose roster is verified.
struct Reader<'a> {
    vector: &'a Vector,
    tree: &'a Memory,
    roster: Roster,
    log: Log,
    kept: Option<Roster>,
    standing: Option<Standing>,
}

impl<'a> Reader<'a> {
    fn open(vector: &'a Vector, tree: &'a Memory) -> Result<Self, VaultError> {
        let (roster, log) = tree::RosterFiles::read(tree)?.verify(0)?;
        let mut reader = Self { vector, tree, roster, log, kept: None, standing: None };
        let sections = vector.sections.iter();
        let kept =
            sections.filter_map(|(path, node)| Some((path.strip_prefix(KEPT)?.to_owned(), node.clone())));
        let mut memory = Memory::default();
        memory.lay(&kept.collect::<Vec<_>>());
        if !memory.0.is_empty() {
            let (roster, log) = tree::RosterFiles::read(&memory)?.verify(0)?;
            let kept =
                Kept { vault: log.vault(), hashes: log.hashes().to_vec(), roster: Some(roster.clone()) };
            reader.standing = Some(judge(&kept, &reader.log)?);
            reader.kept = Some(roster);
        }
        Ok(reader)
    }

    fn read(&self, what: &str, argument: &str) -> Result<Got, VaultError> {
        let value = match what {
            "roster" => None,
            "tree" => self.verify().map(|()| None)?,
            "names" => self.list(argument).map(|()| None)?,
            "secret" => Some(self.secret(argument)?),
            "lookup" => Some(self.lookup(argument)?),
            "key" => self.key(&EnvName::parse(argument)?).map(|_| None)?,
            "anchor" => self.log.check_anchor(&Anchor::parse(argument)?).map(|()| None)?,
            "request" => self.request(&MemberName::parse(argument)?).map(|()| None)?,
            other => panic!("no reader reads `{other}`"),
        };
        let value =
            value.map(|value| value.map_or("none".to_owned(), |bytes| hex::print(&sha256(bytes.expose()))));
        let standing = self.standing.map(|standing| format!("{standing:?}").to_lowercase());
        Ok(Got { value, standing })
    }

    fn judge(&self) -> Judge<'_> {
        Judge { roster: &self.roster, kept: self.kept.as_ref(), old_commit: false }
    }

    /// A vector has one fault, so every finding says the same.
    fn verify(&self) -> Result<(), VaultError> {
        let judge = |env: &EnvName, name: &SecretName| tree::record(self.tree, &self.judge(), env, name);
        let (_, mut findings) = verify_tree(self.tree, &self.roster, &judge);
        let codes: BTreeSet<String> = findings.iter().map(|finding| code(&finding.fault)).collect();
        assert!(codes.len() <= 1, "one fault gave many findings: {findings:?}");
        findings.pop().map_or(Ok(()), |finding| Err(finding.fault))
    }

    fn list(&self, env: &str) -> Result<(), VaultError> {
        let env = EnvName::parse(env)?;
        let names = tree::names(self.tree, &env)?;
        names.secrets.iter().try_for_each(|name| tree::record(self.tree, &self.judge(), &env, name).map(drop))
    }

    fn key(&self, env: &EnvName) -> Result<cargo_vault::kernel::seal::EnvKey, VaultError> {
        let name = self.vector.header("identity").expect("a key needs an identity");
        let me = MemberName::parse(name)?;
        tree::env_key(self.tree, &self.roster, env, (&me, &identity(name)))
    }

    /// The value of a secret's current version, or of the one that the header `version` names.
    fn secret(&self, full: &str) -> Result<Option<Secret>, VaultError> {
        let (env, name) = full.split_once('/').expect("a secret is read by its full name");
        let (env, name) = (EnvName::parse(env)?, SecretName::parse(name)?);
        let Some(record) = tree::record(self.tree, &self.judge(), &env, &name)? else { return Ok(None) };
        let number =
            self.vector.header("version").map(|number| number.parse::<u64>().expect("it is a number"));
        let version = match number {
            None => record.current(),
            Some(number) => record.versions.iter().find(|version| version.number == number),
        };
        let Some(version) = version else { return Ok(None) };
        let key = self.key(&env)?.seal_key(&tree::epoch(&self.roster, &env));
        Ok(Some(tree::open_version(&self.roster, &key, &record, version)?))
    }

    /// The value where the environment, or one that it extends, has one.
    fn lookup(&self, full: &str) -> Result<Option<Secret>, VaultError> {
        let (env, name) = full.split_once('/').expect("a secret is read by its full name");
        for env in self.roster.lineage(&EnvName::parse(env)?) {
            let found = self.secret(&format!("{env}/{name}"))?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn request(&self, member: &MemberName) -> Result<(), VaultError> {
        let path = format!("requests/{member}.toml");
        let bytes = self.tree.read(&path, limits::REQUEST)?.ok_or(Refusal::Missing { path: path.clone() })?;
        Ok(request::parse(&self.roster.vault, &path, &bytes).map(drop)?)
    }
}
