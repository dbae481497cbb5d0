//! The age vectors of C2SP (`tests/age-vectors/`): what age must open opens, and what it must refuse is refused.

#[path = "age/inflate.rs"]
mod inflate;

use std::{fs, path::PathBuf};

use cargo_vault::kernel::{
    format::hex,
    refusal::Refusal,
    seal::{Identity, dearmor, sha256, unwrap_file},
};
use inflate::inflate;

/// Where this reader differs from age, and why.
const DIFFERENT: [(&str, Result<&str, &str>, &str); 5] = [
    ("armor_crlf", Err("key-armor"), "a key file begins with the armor's line and LF"),
    ("armor_whitespace_outside", Err("key-armor"), "a key file begins with the armor's line"),
    ("armor_garbage_encoded", Err("too-large"), "a key file has at most 16 KiB"),
    (
        "stanza_missing_body",
        Ok(YELLOW),
        "the age crate reads what an early version of age wrote; the header's code holds",
    ),
    ("stanza_missing_final_line", Ok(YELLOW), "the same"),
];
/// The payload of most vectors, hashed.
const YELLOW: &str = "013f54400c82da08037759ada907a8b864e97de81c088a182062c4b5622fd2ab";
/// The identity of most vectors, for those that name none.
const IDENTITY: &str = "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0";

struct Vector {
    name: String,
    headers: Vec<(String, String)>,
    file: Vec<u8>,
}

impl Vector {
    fn parse(name: &str, bytes: &[u8]) -> Self {
        let end = bytes.windows(2).position(|pair| pair == b"\n\n").expect("headers end in an empty line");
        let headers = std::str::from_utf8(&bytes[..end]).expect("headers are text").lines();
        let headers = headers.map(|line| line.split_once(": ").expect("a header has a value"));
        let headers = headers.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let mut vector = Self { name: name.to_owned(), headers, file: bytes[end + 2..].to_vec() };
        if vector.header("compressed").is_some() {
            vector.file = inflate(&vector.file);
        }
        vector
    }

    fn header(&self, key: &str) -> Option<&str> {
        self.headers.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    /// What this reader must say: the hash of the payload, or a code.
    fn wanted(&self) -> Result<String, Vec<&'static str>> {
        if let Some((_, wanted, _)) = DIFFERENT.iter().find(|(name, ..)| *name == self.name) {
            return wanted.map(str::to_owned).map_err(|code| vec![code]);
        }
        match self.header("expect").expect("a vector expects something") {
            // Passphrases are refused by rule, right ones too: see below.
            _ if self.header("passphrase").is_some() => Err(vec!["key-scrypt", "key-armor", "key-unwrap"]),
            // Hybrid identities are none that this program holds.
            _ if self.is_hybrid() => Err(vec!["identity"]),
            "success" => Ok(self.header("payload").expect("a success has a payload").to_owned()),
            "armor failure" => Err(vec!["key-armor"]),
            _ => Err(vec!["key-unwrap", "key-scrypt"]),
        }
    }

    fn is_hybrid(&self) -> bool {
        self.header("identity").is_some_and(|identity| identity.starts_with("AGE-SECRET-KEY-PQ-"))
    }

    fn got(&self) -> Result<String, &'static str> {
        let code = |refusal: Refusal| refusal.code();
        let binary = match self.header("armored") {
            Some(_) => dearmor(&self.name, &self.file).map_err(code)?,
            None => self.file.clone(),
        };
        let text = self.header("identity").unwrap_or(IDENTITY);
        let identity = Identity::parse(text).map_err(code)?;
        let plain = unwrap_file(&self.name, &binary, &identity).map_err(code)?;
        Ok(hex::print(&sha256(&plain)))
    }

    fn fault(&self) -> Option<String> {
        let (wanted, got) = (self.wanted(), self.got());
        let as_wanted = match (&wanted, &got) {
            (Ok(wanted), Ok(got)) => wanted == got,
            (Err(codes), Err(code)) => codes.contains(code),
            _ => false,
        };
        (!as_wanted).then(|| format!("{}: wanted {wanted:?}, got {got:?}", self.name))
    }
}

fn vectors() -> Vec<Vector> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/age-vectors");
    let entries = fs::read_dir(folder).expect("the vectors are there");
    let paths = entries.map(|entry| entry.expect("the vectors can be read").path());
    let files = paths.filter(|path| path.extension().is_none());
    files
        .map(|path| {
            let name =
                path.file_name().and_then(|name| name.to_str()).expect("their names are ASCII").to_owned();
            Vector::parse(&name, &fs::read(&path).expect("the vectors can be read"))
        })
        .collect()
}

#[test]
fn what_age_opens_opens_and_what_it_refuses_is_refused() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 143);
    let faults: Vec<String> = vectors.iter().filter_map(Vector::fault).collect();
    assert!(faults.is_empty(), "{} of the vectors:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn a_sound_file_under_a_passphrase_is_refused_by_rule() {
    let vectors = vectors();
    let sound = vectors
        .iter()
        .filter(|vector| vector.header("passphrase").is_some() && vector.header("expect") == Some("success"));
    let got: Vec<_> = sound.map(|vector| (vector.name.as_str(), vector.got())).collect();
    assert!(!got.is_empty());
    assert!(got.iter().all(|(_, got)| *got == Err("key-scrypt")), "{got:?}");
}
