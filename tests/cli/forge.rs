//! The attacker's workshop: rosters, lines, keys and secrets made with whatever keys the attacker holds.

use std::{collections::BTreeMap, fs, path::Path, time::SystemTime};

use cargo_vault::kernel::{
    format::{
        log::{self, message},
        path, roster, secret,
    },
    model::{Access, Former, KeyText, Line, Member, Record, Role, Roster},
    name::{EnvName, MemberName, SecretName},
    seal::{
        EnvKey, Epoch, Hash, Identity, Place, Recipient, Signature, open, roster_hash, seal, sha256,
        unwrap_key, wrap_key,
    },
    secret::Secret,
    time::Timestamp,
};

use crate::harness::{Person, Said};

/// A roster and its log, to be changed and signed at will.
#[derive(Clone)]
pub(crate) struct Forge {
    /// The roster as the next line will sign it.
    pub(crate) roster: Roster,
    /// The log.
    pub(crate) lines: Vec<Line>,
}

/// The identity that the program keeps for a person.
pub(crate) fn identity(person: &Person) -> Identity {
    let file = fs::read(person.home.join(".config/cargo-vault/identities/default.txt")).unwrap();
    Identity::parse_file(&Secret::new(file)).unwrap().0.remove(0)
}

/// The name of an environment.
pub(crate) fn env(name: &str) -> EnvName {
    EnvName::parse(name).unwrap()
}

/// The name of a member.
pub(crate) fn member(name: &str) -> MemberName {
    MemberName::parse(name).unwrap()
}

/// The name of a secret.
pub(crate) fn name(name: &str) -> SecretName {
    SecretName::parse(name).unwrap()
}

/// This second.
pub(crate) fn now() -> Timestamp {
    Timestamp::from(SystemTime::now())
}

impl Forge {
    /// What stands in a person's work tree.
    pub(crate) fn of(person: &Person) -> Self {
        let roster = roster::parse(&person.read(".vault/roster.toml")).unwrap();
        Self { roster, lines: log::parse(&person.read(".vault/roster.log")).unwrap() }
    }

    /// Adds a line over the roster as it now is, signed by anybody.
    pub(crate) fn sign(&mut self, signer: &Identity, why: &str) -> &mut Self {
        let printed = roster::print(&self.roster);
        self.sign_bytes(printed.as_bytes(), signer, why)
    }

    /// Adds a line over any bytes.
    pub(crate) fn sign_bytes(&mut self, roster: &[u8], signer: &Identity, why: &str) -> &mut Self {
        self.add(roster, signer, why, Vec::new())
    }

    /// Adds a line that names lines of another branch as dropped.
    pub(crate) fn sign_dropping(&mut self, signer: &Identity, drops: Vec<Hash>) -> &mut Self {
        let printed = roster::print(&self.roster);
        self.add(printed.as_bytes(), signer, "bring two branches together", drops)
    }

    fn add(&mut self, roster: &[u8], signer: &Identity, why: &str, drops: Vec<Hash>) -> &mut Self {
        let last = self.lines.last().unwrap();
        let key = signer.signing_key();
        // The time at which whoever is new came in, as a change has one time for both.
        let newest = self.roster.members.values().map(|member| member.since).max_by_key(|at| at.to_string());
        let at = newest.filter(|at| at.as_str()[..16] == now().as_str()[..16]).unwrap_or_else(now);
        let mut line = Line {
            serial: last.serial + 1,
            prev: Some(sha256(&message(&self.roster.vault, last))),
            nonce: None,
            drops,
            roster: roster_hash(roster),
            admins: self.roster.admin_keys(),
            at,
            why: why.to_owned(),
            key: key.public(),
            sig: Signature::parse(&format!("{}==", "A".repeat(86))).unwrap(),
        };
        line.sig = key.sign(&message(&self.roster.vault, &line));
        self.lines.push(line);
        self
    }

    /// Writes roster and log into a person's work tree.
    pub(crate) fn put(&self, person: &Person) {
        person.write(".vault/roster.toml", roster::print(&self.roster));
        person.write(".vault/roster.log", log::print(&self.lines));
    }

    /// Lets a member in: roster and key files, still unsigned. `from` holds the keys.
    pub(crate) fn enrol(
        &mut self,
        (at, from): (&Person, &str),
        (new, identity): (&str, &Identity),
        role: Role,
        access: &[(&str, Access)],
    ) -> &mut Self {
        let holder = self::identity(at);
        for (name, access) in access {
            let key = env_key(at, name, (from, &holder));
            put_key(at, name, (new, identity.recipient()), &key);
            let environment = self.roster.environments.get_mut(&env(name)).unwrap();
            let list = if *access == Access::Write { &mut environment.write } else { &mut environment.read };
            list.push(member(new));
            list.sort();
        }
        let signs = if role == Role::Machine { Vec::new() } else { vec![identity.signing_key().public()] };
        let recipients = vec![identity.recipient().clone()];
        self.roster.members.insert(member(new), Member { role, recipients, signs, since: now() });
        self
    }

    /// Removes a member as the format wants it: former keys, a new epoch of each environment, secrets sealed anew by `from`.
    pub(crate) fn remove(&mut self, (at, from): (&Person, &str), gone: &str) -> &mut Self {
        let left = self.roster.members.remove(&member(gone)).unwrap();
        let keys = left.keys().into_iter().collect::<Vec<KeyText>>();
        let mut environments = BTreeMap::new();
        for (name, environment) in &mut self.roster.environments {
            if environment.access(&member(gone)).is_some() {
                environments.insert(name.clone(), environment.epoch);
            }
            environment.write.retain(|name| *name != member(gone));
            environment.read.retain(|name| *name != member(gone));
        }
        for name in environments.keys() {
            self.rekey((at, from), name.as_str());
        }
        self.roster.former.insert(member(gone), Former { keys, left: now(), environments });
        self
    }

    /// Makes a new epoch of an environment: new key files, every secret sealed and signed anew by `from`.
    pub(crate) fn rekey(&mut self, (at, from): (&Person, &str), name: &str) -> &mut Self {
        let holder = identity(at);
        let old = env_key(at, name, (from, &holder));
        let env = env(name);
        let vault = self.roster.vault;
        let was = self.roster.environments[&env].epoch;
        let (before, epoch) = (
            Epoch { vault: &vault, env: &env, number: was },
            Epoch { vault: &vault, env: &env, number: was + 1 },
        );
        let new = EnvKey::generate();
        let environment = self.roster.environments.get_mut(&env).unwrap();
        (environment.epoch, environment.commitment) = (was + 1, new.commitment(&epoch));
        let readers: Vec<MemberName> = environment.readers().cloned().collect();
        let tag = environment.commitment.tag();
        fs::remove_dir_all(at.path(&format!(".vault/keys/{name}"))).unwrap();
        for reader in readers {
            for recipient in &self.roster.members[&reader].recipients {
                put_key(at, name, (reader.as_str(), recipient), &new);
            }
        }
        for secret in secrets(at, name) {
            change(at, &format!("{name}/{secret}"), &holder, |record| {
                for version in &mut record.versions {
                    let place = |epoch| Place {
                        vault: &vault,
                        env: &record.env,
                        name: &record.name,
                        number: version.number,
                        epoch,
                        kind: record.kind,
                    };
                    let value = open(&old.seal_key(&before), &place(was), &version.sealed).unwrap();
                    version.sealed = seal(&new.seal_key(&epoch), &place(was + 1), &value);
                }
                record.revision += 1;
                record.epoch = was + 1;
                record.key = tag;
                record.writer = member(from);
            });
        }
        self
    }
}

/// The names of an environment's secrets in a person's work tree, as far as they lie at the top.
fn secrets(at: &Person, env: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(at.path(&format!(".vault/secrets/{env}"))) else { return Vec::new() };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter_map(|name| name.strip_suffix(".toml").map(str::to_owned)).collect()
}

/// An environment's key, as one of its readers unwraps it.
pub(crate) fn env_key(at: &Person, name: &str, (reader, identity): (&str, &Identity)) -> EnvKey {
    let place = path::key(&env(name), &member(reader), identity.recipient());
    unwrap_key(&place, &at.read(&format!(".vault/{place}")), identity).unwrap()
}

/// Wraps a key to a member, in a person's work tree.
pub(crate) fn put_key(at: &Person, name: &str, (reader, recipient): (&str, &Recipient), key: &EnvKey) {
    let place = path::key(&env(name), &member(reader), recipient);
    at.write(&format!(".vault/{place}"), wrap_key(recipient, key).unwrap());
}

/// Changes a secret's record and signs it anew, with whatever key.
pub(crate) fn change(at: &Person, secret: &str, signer: &Identity, change: impl FnOnce(&mut Record)) {
    let file = format!(".vault/secrets/{secret}.toml");
    let (env_name, secret_name) = secret.split_once('/').unwrap();
    let mut record = secret::parse(&env(env_name), &name(secret_name), &at.read(&file)).unwrap().record;
    change(&mut record);
    let vault = roster::parse(&at.read(".vault/roster.toml")).unwrap().vault;
    at.write(&file, secret::print(&vault, &record, &signer.signing_key()));
}

/// A team with one remote: ana founded and is admin, bob writes `dev`, carl reads it. All three know the vault, and `DB` in it.
pub(crate) struct Team {
    /// The admin.
    pub(crate) ana: Person,
    /// The writer.
    pub(crate) bob: Person,
    /// The reader.
    pub(crate) carl: Person,
}

impl Team {
    /// Makes the team.
    pub(crate) fn new() -> Self {
        let ana = Person::with_vault("ana");
        ana.vault_with(&["set", "DB"], b"first").ok();
        let (bob, carl) = (ana.other("bob"), ana.other("carl"));
        let mut forge = Forge::of(&ana);
        for (person, name, access) in [(&bob, "bob", Access::Write), (&carl, "carl", Access::Read)] {
            person.vault(&["identity", "new"]).ok();
            forge.enrol((&ana, "ana"), (name, &identity(person)), Role::Member, &[("dev", access)]);
        }
        forge.sign(&identity(&ana), "add bob and carl").put(&ana);
        ana.commit("team");
        let origin = ana.root().join("origin.git");
        ana.git(&["clone", "-q", "--bare", ".", origin.to_str().unwrap()]);
        ana.git(&["remote", "add", "origin", origin.to_str().unwrap()]);
        ana.git(&["fetch", "-q"]);
        ana.git(&["branch", "-q", "-u", "origin/main"]);
        let team = Self { ana, bob, carl };
        let anchor = anchor(&team.ana);
        for person in [&team.bob, &team.carl] {
            person.git(&["clone", "-q", origin.to_str().unwrap(), "."]);
            person.vault(&["trust", &anchor]).ok();
        }
        for person in [&team.ana, &team.bob, &team.carl] {
            assert_eq!(person.vault(&["get", "DB"]).ok().text(), "first");
        }
        team
    }

    /// Somebody with a clone, who knows nothing yet.
    pub(crate) fn fresh(&self, name: &str) -> Person {
        let person = self.ana.other(name);
        person.git(&["clone", "-q", self.ana.root().join("origin.git").to_str().unwrap(), "."]);
        person
    }
}

/// The anchor of the newest line that a person has.
pub(crate) fn anchor(person: &Person) -> String {
    let forge = Forge::of(person);
    let last = forge.lines.last().unwrap();
    let vault = forge.roster.vault;
    cargo_vault::kernel::model::Anchor::of(vault, last.serial, &sha256(&message(&vault, last))).to_string()
}

/// Commits what lies in a work tree and pushes it, as anybody can who may push.
pub(crate) fn push(from: &Person) {
    from.commit("work");
    from.git(&["push", "-q", "--force", "origin", "HEAD:main"]);
}

/// Takes what was pushed, whatever it is.
pub(crate) fn pull(to: &Person) {
    to.git(&["fetch", "-q"]);
    to.git(&["reset", "-q", "--hard", "origin/main"]);
}

/// Everything of the vault in the work tree, and everything that is kept about trust, but for what was seen.
pub(crate) fn state(person: &Person) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let kept = person.home.join(".local/share/cargo-vault");
    for root in [person.path(".vault"), person.path(".git/cargo-vault"), kept] {
        collect(&root, &mut files);
    }
    files.retain(|path, _| {
        let last = path.rsplit('/').next().unwrap();
        !path.contains("/.work/")
            && !last.starts_with("seen-")
            && !last.starts_with("history-")
            && !last.ends_with("lock")
            && last != "kept.key"
    });
    files
}

/// Every plain file below a folder, by its path; of a link, where it leads.
pub(crate) fn collect(folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        let kind = fs::symlink_metadata(&path).unwrap().file_type();
        let name = path.to_str().unwrap_or("not UTF-8").to_owned();
        if kind.is_dir() {
            collect(&path, files);
        } else if kind.is_file() {
            files.insert(name, fs::read(&path).unwrap());
        } else if kind.is_symlink() {
            files.insert(name, fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes());
        } else {
            files.insert(name, b"something else".to_vec());
        }
    }
}

/// Fails unless `get DB`, `run` and `verify` all say this, with this class, and tree and trust are as before.
#[track_caller]
pub(crate) fn all_refuse(victim: &Person, code: i32, error: &str) {
    let before = state(victim);
    let line = format!("error: {error}");
    victim.vault(&["get", "DB"]).refused(code, &line);
    victim.vault(&["run", "--", "/bin/sh", "-c", "touch started"]).refused(125, &line);
    assert!(!victim.path("started").exists(), "the child was started");
    verify_finds(victim, code, error);
    assert_eq!(state(victim).keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    assert!(state(victim) == before, "tree or trust changed");
}

/// Fails unless `verify` names this, as its error or as a finding.
#[track_caller]
pub(crate) fn verify_finds(victim: &Person, code: i32, error: &str) {
    let said = victim.vault(&["verify"]);
    let wanted = if code == 5 { 5 } else { 1 };
    let found = said.text().lines().any(|line| line.split_once(": ").is_some_and(|(_, rest)| rest == error));
    let failed = said.err.lines().any(|line| line == format!("error: {error}"));
    assert!(found || failed, "wanted: {error}\n{}", said.conversation());
    assert_eq!(said.code, if failed { code } else { wanted }, "{}", said.conversation());
}

/// The first line of an error.
pub(crate) fn first_error(said: &Said) -> &str {
    said.err.lines().find(|line| line.starts_with("error")).unwrap_or_default()
}
