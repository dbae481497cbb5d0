//! The base vault of the vectors, and tools that write what no program of this format would.

use std::{collections::BTreeMap, io::Write};

use age::armor::{ArmoredWriter, Format};
use base64::{Engine, prelude::BASE64_STANDARD};
use cargo_vault::kernel::{
    format::{hex, log, path, request, roster},
    model::{Environment, Former, KeyText, Line, Log, Member, Request, Role, Roster, Statement},
    name::{EnvName, MemberName, VaultId},
    seal::{EnvKey, Epoch, Identity, PublicKey, Signature, pae, roster_hash, sha256, unwrap_key, vault_id},
    time::Timestamp,
};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use sha2::Sha256;

use crate::reader::identity;

pub(crate) const AT: &str = "2026-11-22T10:00:00Z";
pub(crate) const NONCE: [u8; 32] = [0x22; 32];
pub(crate) const OLD_DEV: [u8; 32] = [0xd1; 32];
pub(crate) const DEV: [u8; 32] = [0xd2; 32];
pub(crate) const PROD: [u8; 32] = [0xe1; 32];

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex::print(&sha256(bytes))
}

pub(crate) fn at() -> Timestamp {
    Timestamp::parse(AT).expect("it is a time")
}

pub(crate) fn env(name: &str) -> EnvName {
    EnvName::parse(name).expect("it is an environment")
}

pub(crate) fn member(name: &str) -> MemberName {
    MemberName::parse(name).expect("it is a member")
}

pub(crate) fn le64(number: u64) -> [u8; 8] {
    number.to_le_bytes()
}

/// What seals one value: everything that the format binds it to, each to be chosen wrongly.
#[derive(Clone)]
pub(crate) struct Sealing<'a> {
    pub(crate) key: [u8; 32],
    pub(crate) vault: [u8; 32],
    pub(crate) env: &'a str,
    pub(crate) name: &'a str,
    pub(crate) number: u64,
    pub(crate) epoch: u64,
    pub(crate) kind: &'a str,
}

impl Sealing<'_> {
    /// Seals padded bytes as they are, as base64.
    pub(crate) fn padded(&self, padded: &[u8]) -> String {
        let info = |label: &[u8]| {
            let context = pae(&[b"cvault/v1/env", &self.vault, self.env.as_bytes(), &le64(self.epoch)]);
            pae(&[label, &context])
        };
        let mut key = [0; 32];
        let derived = Hkdf::<Sha256>::new(Some(b""), &self.key).expand(&info(b"cvault/v1/seal"), &mut key);
        derived.expect("32 bytes are within reach");
        let aad = pae(&[
            b"cvault/v1/value",
            &self.vault,
            self.env.as_bytes(),
            self.name.as_bytes(),
            &le64(self.number),
            &le64(self.epoch),
            self.kind.as_bytes(),
        ]);
        let nonce = sha256(&[padded, &aad].concat());
        let cipher = XChaCha20Poly1305::new_from_slice(&key).expect("it has 32 bytes");
        let payload = Payload { msg: padded, aad: &aad };
        let sealed = cipher.encrypt(XNonce::from_slice(&nonce[..24]), payload).expect("it is short");
        BASE64_STANDARD.encode([&nonce[..24], &sealed].concat())
    }

    /// Seals a value as the format has it.
    pub(crate) fn value(&self, value: &[u8]) -> String {
        self.padded(&pad(value))
    }
}

/// `LE32(length) ‖ value ‖ zeros`.
pub(crate) fn pad(value: &[u8]) -> Vec<u8> {
    let length = u32::try_from(value.len()).expect("a value is short");
    let needed = value.len() + 4;
    let size = [64, 128, 256, 512, 1024].into_iter().find(|size| needed <= *size);
    let mut padded = [&length.to_le_bytes()[..], value].concat();
    padded.resize(size.unwrap_or_else(|| needed.next_multiple_of(1024)), 0);
    padded
}

/// An age file in armor, to any recipients.
pub(crate) fn age_file(plain: &[u8], recipients: &[&dyn age::Recipient]) -> Vec<u8> {
    let encryptor =
        age::Encryptor::with_recipients(recipients.iter().copied()).expect("there is a recipient");
    let mut file = Vec::new();
    let armor = ArmoredWriter::wrap_output(&mut file, Format::AsciiArmor).expect("memory takes it");
    let mut writer = encryptor.wrap_output(armor).expect("memory takes it");
    writer.write_all(plain).expect("memory takes it");
    writer.finish().and_then(ArmoredWriter::finish).expect("memory takes it");
    file
}

/// The base vault and who made it.
pub(crate) struct Forge {
    pub(crate) base: BTreeMap<String, Vec<u8>>,
    pub(crate) people: BTreeMap<&'static str, Identity>,
    pub(crate) vault: VaultId,
}

impl Forge {
    pub(crate) fn new() -> Self {
        let names = ["ana", "bob", "ci", "carl", "dora", "mallory"];
        let people: BTreeMap<_, _> = names.into_iter().map(|name| (name, identity(name))).collect();
        let vault = vault_id(&people["ana"].signing_key().public(), &NONCE);
        let mut forge = Self { base: BTreeMap::new(), people, vault };
        forge.roster_and_log();
        forge.keys();
        super::secrets::base(&mut forge);
        forge.file(path::ATTRIBUTES, path::ATTRIBUTES_BYTES.as_bytes());
        forge.file(path::IGNORE, path::IGNORE_BYTES.as_bytes());
        let request = Request {
            member: member("dora"),
            recipients: vec![forge.people["dora"].recipient().clone()],
            signs: vec![forge.public("dora")],
            environments: vec![env("dev")],
            at: at(),
        };
        let bytes = request::print(&forge.vault, &request, &forge.people["dora"].signing_key());
        forge.file("requests/dora.toml", &bytes);
        forge
    }

    pub(crate) fn file(&mut self, path: &str, bytes: &[u8]) {
        self.base.insert(path.to_owned(), bytes.to_vec());
    }

    pub(crate) fn public(&self, name: &str) -> PublicKey {
        self.people[name].signing_key().public()
    }

    pub(crate) fn recipient(&self, name: &str) -> Box<dyn age::Recipient> {
        let text = self.people[name].recipient().as_str();
        Box::new(text.parse::<age::x25519::Recipient>().expect("it is native"))
    }

    pub(crate) fn text(&self, path: &str) -> String {
        String::from_utf8(self.base[path].clone()).expect("it is text")
    }

    /// A key file to one of the people.
    pub(crate) fn key_file(&self, plain: &[u8], to: &str) -> Vec<u8> {
        age_file(plain, &[&*self.recipient(to)])
    }

    pub(crate) fn key_path(&self, env_name: &str, who: &str) -> String {
        path::key(&env(env_name), &member(who), self.people[who].recipient())
    }

    /// A key by its bytes, which the library gives only to who unwraps it.
    pub(crate) fn env_key(&self, raw: &[u8; 32]) -> EnvKey {
        unwrap_key("a vector's", &self.key_file(raw, "ana"), &self.people["ana"])
            .expect("it was wrapped to her")
    }

    pub(crate) fn commitment(&self, env_name: &str, number: u64, raw: &[u8; 32]) -> String {
        self.env_key(raw).commitment(&Epoch { vault: &self.vault, env: &env(env_name), number }).hex()
    }

    fn person(&self, name: &str, role: Role) -> Member {
        let recipients = vec![self.people[name].recipient().clone()];
        Member { role, recipients, signs: vec![self.public(name)], since: at() }
    }

    fn environment(&self, name: &str, (epoch, raw): (u64, &[u8; 32])) -> Environment {
        let commitment =
            self.env_key(raw).commitment(&Epoch { vault: &self.vault, env: &env(name), number: epoch });
        Environment { epoch, commitment, write: vec![member("ana")], read: Vec::new(), extends: Vec::new() }
    }

    /// Ana founds the vault, adds the others, and lets carl go.
    fn roster_and_log(&mut self) {
        let mut roster = Roster {
            vault: self.vault,
            default: env("dev"),
            members: BTreeMap::from([(member("ana"), self.person("ana", Role::Admin))]),
            environments: BTreeMap::from([(env("dev"), self.environment("dev", (1, &OLD_DEV)))]),
            former: BTreeMap::new(),
            retired: BTreeMap::new(),
        };
        let (founded, mut prod) = (roster.clone(), self.environment("prod", (1, &PROD)));
        prod.extends = vec![env("dev")];
        prod.write.push(member("bob"));
        prod.read.push(member("ci"));
        roster.environments.insert(env("prod"), prod);
        for (name, role) in [("bob", Role::Member), ("carl", Role::Member), ("ci", Role::Machine)] {
            roster.members.insert(member(name), self.person(name, role));
        }
        let dev = roster.environments.get_mut(&env("dev")).expect("it is there");
        (dev.write, dev.read) = (vec![member("ana"), member("bob"), member("carl")], vec![member("ci")]);
        roster.retired.insert(env("stage"), 3);
        let grown = roster.clone();
        let carl = roster.members.remove(&member("carl")).expect("he is there");
        let mut keys = vec![KeyText::from(&carl.recipients[0]), KeyText::from(&carl.signs[0])];
        keys.sort();
        let former = Former { keys, left: at(), environments: BTreeMap::from([(env("dev"), 1)]) };
        roster.former.insert(member("carl"), former);
        let dev = roster.environments.get_mut(&env("dev")).expect("it is there");
        dev.epoch = 2;
        dev.commitment = self.environment("dev", (2, &DEV)).commitment;
        dev.write.retain(|name| *name != member("carl"));
        let printed = [founded, grown, roster].map(|roster| roster::print(&roster));
        let whys = ["found the vault with dev", "add bob, carl, ci and prod", "remove carl from dev"];
        let mut lines: Vec<Line> = Vec::new();
        for (roster, why) in printed.iter().zip(whys) {
            let line = self.next_line(&lines, roster, why);
            lines.push(line);
        }
        self.file(path::LOG, &log::print(&lines));
        self.file(path::ROSTER, printed[2].as_bytes());
    }

    fn next_line(&self, lines: &[Line], roster: &str, why: &str) -> Line {
        let key = self.people["ana"].signing_key();
        let admins = vec![self.public("ana")];
        let statement =
            Statement { roster: roster.as_bytes(), admins, at: at(), why: why.to_owned(), drops: Vec::new() };
        if lines.is_empty() {
            return statement.found(NONCE, &key);
        }
        let before = Log::verify(lines.to_vec(), 0).expect("the lines so far are in order");
        statement.follow(&before, &key)
    }

    fn keys(&mut self) {
        for (name, raw) in [("dev", &DEV), ("prod", &PROD)] {
            for who in ["ana", "bob", "ci"] {
                let (path, file) = (self.key_path(name, who), self.key_file(raw, who));
                self.file(&path, &file);
            }
        }
    }

    pub(crate) fn lines(&self) -> Vec<Line> {
        log::parse(&self.base[path::LOG]).expect("the base log parses")
    }

    /// A line that follows the base log and names a roster, unsigned.
    pub(crate) fn line(&self, roster: impl AsRef<[u8]>, admins: Vec<PublicKey>) -> Line {
        let lines = self.lines();
        let prev = sha256(&log::message(&self.vault, lines.last().expect("it has lines")));
        Line {
            serial: lines.len() as u64 + 1,
            prev: Some(prev),
            nonce: None,
            drops: Vec::new(),
            roster: roster_hash(roster.as_ref()),
            admins,
            at: at(),
            why: "a change of a vector".to_owned(),
            key: self.public("ana"),
            sig: self.unsigned(),
        }
    }

    pub(crate) fn unsigned(&self) -> Signature {
        Signature::parse(&BASE64_STANDARD.encode([0; 64])).expect("it has 64 bytes")
    }

    /// The line signed by one of the people, whose key stands in it.
    pub(crate) fn sign_line(&self, mut line: Line, who: &str) -> Line {
        let key = self.people[who].signing_key();
        line.key = key.public();
        line.sig = key.sign(&log::message(&self.vault, &line));
        line
    }

    /// The base log and one line more.
    pub(crate) fn log_with(&self, line: &Line) -> Vec<u8> {
        [&self.base[path::LOG][..], log::print_line(line).as_bytes(), b"\n"].concat()
    }

    /// The base roster, changed, and the log that signs it; the admins are whom it names, or else ana.
    pub(crate) fn roster_with(&self, edits: &[(&str, &str)]) -> (String, Vec<u8>) {
        let text = replaced(&self.text(path::ROSTER), edits);
        let admins = roster::parse(text.as_bytes()).map(|roster| roster.admin_keys()).unwrap_or_default();
        let admins = if admins.is_empty() { vec![self.public("ana")] } else { admins };
        let line = self.sign_line(self.line(&text, admins), "ana");
        (text, self.log_with(&line))
    }

    /// Any body of a secret's file, signed by one of the people.
    pub(crate) fn sign_body(&self, full: &str, body: &[u8], who: &str) -> Vec<u8> {
        let (env, name) = full.split_once('/').expect("a full name has an environment");
        let message =
            pae(&[b"cvault/v1/secret", self.vault.as_bytes(), env.as_bytes(), name.as_bytes(), body]);
        join(body, &self.people[who].signing_key().sign(&message).base64())
    }

    /// A secret of the base vault with its body changed and signed again by ana.
    pub(crate) fn changed(&self, full: &str, edits: &[(&str, &str)]) -> Vec<u8> {
        self.sign_body(full, replaced(&self.body(full), edits).as_bytes(), "ana")
    }

    /// What is signed of a secret of the base vault.
    pub(crate) fn body(&self, full: &str) -> String {
        let mut text = self.text(&format!("secrets/{full}.toml"));
        text.truncate(text.len() - 110);
        text
    }

    pub(crate) fn dev<'a>(&self, name: &'a str, number: u64, kind: &'a str) -> Sealing<'a> {
        Sealing { key: DEV, vault: *self.vault.as_bytes(), env: "dev", name, number, epoch: 2, kind }
    }
}

/// A body with its trailer.
pub(crate) fn join(body: &[u8], sig: &str) -> Vec<u8> {
    [body, b"\n[signature]\nsig = \"", sig.as_bytes(), b"\"\n"].concat()
}

/// The text with every edit made once.
pub(crate) fn replaced(text: &str, edits: &[(&str, &str)]) -> String {
    edits.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "`{from}` is not in:\n{text}");
        text.replacen(from, to, 1)
    })
}
