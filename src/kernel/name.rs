//! Names: parsed once at the door, trusted after (format.md §3).

use std::fmt;

use super::refusal::{NameFault, Refusal};

/// Longest name of a secret, in bytes.
const NAME_BYTES: usize = 200;
const NAME_SEGMENTS: usize = 8;
const SEGMENT_BYTES: usize = 64;
const LABEL_BYTES: usize = 32;
/// What no segment ends with, in any case.
const TOML: &str = ".toml";
/// Longest name of a device.
const DEVICE_BYTES: usize = 4;

/// Environments that the agent's paths begin with.
const RESERVED: [&str; 15] = [
    "secret",
    "secrets",
    "sys",
    "auth",
    "roles",
    "tokens",
    "admin",
    "audit",
    "backup",
    "restore",
    "batch",
    "events",
    "identity",
    "cubbyhole",
    "t",
];

/// The name of a secret: segments joined by `/`, a path below its environment's folder.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretName(String);

impl SecretName {
    /// Parses a name, or says which rule it breaks.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let refuse = |fault| Refusal::Name { text: text.to_owned(), fault };
        if text.is_empty() {
            return Err(refuse(NameFault::Empty));
        }
        if text.len() > NAME_BYTES || text.split('/').count() > NAME_SEGMENTS {
            return Err(refuse(NameFault::TooLong));
        }
        text.split('/').try_for_each(check_segment).map_err(refuse)?;
        Ok(Self(text.to_owned()))
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in lower case, by which two names that differ in case only are told.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The environment variable that `run` puts the value in.
    pub fn variable(&self) -> String {
        let upper = self.0.contains('/');
        let mut variable: String = self
            .0
            .chars()
            .map(|c| match c {
                '/' | '-' | '.' | '+' | '=' | '@' => '_',
                c if upper => c.to_ascii_uppercase(),
                c => c,
            })
            .collect();
        if variable.starts_with(|c: char| c.is_ascii_digit()) {
            variable.insert(0, '_');
        }
        variable
    }
}

fn check_segment(segment: &str) -> Result<(), NameFault> {
    if segment.is_empty() {
        return Err(NameFault::EmptySegment);
    }
    if segment.len() > SEGMENT_BYTES {
        return Err(NameFault::TooLong);
    }
    if !segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.+=@".contains(&b)) {
        return Err(NameFault::Character);
    }
    if segment.starts_with(['.', '-']) || segment.ends_with('.') {
        return Err(NameFault::Edge);
    }
    if segment.len().checked_sub(TOML.len()).is_some_and(|at| segment[at..].eq_ignore_ascii_case(TOML)) {
        return Err(NameFault::Toml);
    }
    let stem = segment.split('.').next().unwrap_or_default();
    if stem.len() <= DEVICE_BYTES && is_device(&stem.to_ascii_lowercase()) {
        return Err(NameFault::Device);
    }
    Ok(())
}

/// The names that Windows keeps for devices, with any extension.
fn is_device(stem: &str) -> bool {
    match stem {
        "con" | "prn" | "aux" | "nul" => true,
        _ => {
            let numbered = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
            numbered.is_some_and(|n| n.len() == 1 && n.as_bytes()[0].is_ascii_digit())
        }
    }
}

fn check_label(text: &str) -> Result<(), NameFault> {
    if text.is_empty() {
        return Err(NameFault::Empty);
    }
    if text.len() > LABEL_BYTES {
        return Err(NameFault::TooLong);
    }
    if !text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return Err(NameFault::Label);
    }
    if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(NameFault::LabelStart);
    }
    if is_device(text) {
        return Err(NameFault::Device);
    }
    Ok(())
}

/// The name of an environment: `dev`, `prod`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvName(String);

impl EnvName {
    /// Parses a name, or says which rule it breaks.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let refuse = |fault| Refusal::Name { text: text.to_owned(), fault };
        check_label(text).map_err(refuse)?;
        if RESERVED.contains(&text) {
            return Err(refuse(NameFault::Reserved));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a member: `alice`, `ci`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberName(String);

impl MemberName {
    /// Parses a name, or says which rule it breaks.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        check_label(text).map_err(|fault| Refusal::Name { text: text.to_owned(), fault })?;
        Ok(Self(text.to_owned()))
    }

    /// Makes a name out of a person's: `Ana María Ruiz` becomes `ana-mar-a-ruiz`.
    pub fn from_person(person: &str) -> Option<Self> {
        let words = person.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty());
        let joined = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
        let cut = joined.trim_start_matches(|c: char| !c.is_ascii_lowercase());
        Self::parse(cut.get(..LABEL_BYTES).unwrap_or(cut).trim_end_matches('-')).ok()
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A vault's identity: SHA-256 over its founder's key and a nonce (format.md §5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VaultId(pub(super) [u8; 32]);

impl VaultId {
    /// Parses 64 lower-case hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        super::format::hex::parse32(text).map(Self)
    }

    /// The raw 32 bytes, as they go into every hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// All 64 hex digits.
    pub fn hex(&self) -> String {
        super::format::hex::print(&self.0)
    }

    /// 16 bytes in groups of four digits, for people to compare.
    pub fn groups(&self) -> String {
        let hex = self.hex();
        hex.as_bytes()[..32].chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-")
    }
}

macro_rules! shown_as_written {
    ($($name:ident),+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    )+};
}

shown_as_written!(SecretName, EnvName, MemberName);

impl fmt::Display for VaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.groups())
    }
}

impl fmt::Debug for VaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VaultId({})", self.hex())
    }
}
