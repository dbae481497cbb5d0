//! `.vault/scan-allow.toml`: findings that are none, by fingerprint; reviewed like code.

use serde::Deserialize;

use super::found::{Finding, is_fingerprint};
use crate::{
    kernel::{limits, refusal::Refusal, tree::Tree},
    vault::VaultError,
};

/// Where it lies.
pub const PATH: &str = "scan-allow.toml";

/// The findings that are allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    #[serde(default)]
    allow: Vec<Row>,
}

/// One of them. All but the fingerprint is for whoever reviews it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(deserialize_with = "fingerprint")]
    fingerprint: String,
    kind: Option<String>,
    path: Option<String>,
    reason: Option<String>,
}

fn fingerprint<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match is_fingerprint(&text) {
        true => Ok(text),
        false => Err(serde::de::Error::custom("`fingerprint` is 16 digits of lower-case hex")),
    }
}

impl Allowed {
    /// Reads the file; none is the same as an empty one.
    pub fn read(tree: &dyn Tree) -> Result<Self, VaultError> {
        Ok(Self::parse(&tree.read(PATH, limits::HAND_WRITTEN)?.unwrap_or_default())?)
    }

    /// Parses it.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(bytes).map_err(|_| Refusal::NotText { path: PATH.to_owned() })?;
        toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            Refusal::Syntax { path: PATH.to_owned(), line, what: error.message().to_owned() }
        })
    }

    /// Whether a fingerprint is allowed.
    pub fn has(&self, fingerprint: &str) -> bool {
        self.allow.iter().any(|row| row.fingerprint == fingerprint)
    }
}

/// The file as it is, which parses.
pub fn text(tree: &dyn Tree) -> Result<String, VaultError> {
    let bytes = tree.read(PATH, limits::HAND_WRITTEN)?.unwrap_or_default();
    Allowed::parse(&bytes)?;
    Ok(String::from_utf8(bytes).expect("what parses is text"))
}

/// The file's text with one finding more at its end; what people wrote stays as it is.
pub fn with(text: &str, finding: &Finding, reason: Option<&str>) -> String {
    let quoted = |text: &str| toml_edit::Value::from(text).to_string();
    let mut all = text.to_owned();
    if !all.is_empty() {
        all.push_str(if all.ends_with('\n') { "\n" } else { "\n\n" });
    }
    let rows = [
        ("fingerprint", Some(finding.fingerprint.as_str())),
        ("kind", Some(finding.what.kind())),
        ("path", Some(&finding.path)),
        ("reason", reason),
    ];
    all.push_str("[[allow]]\n");
    for (key, value) in rows {
        value.iter().for_each(|value| all.push_str(&format!("{key} = {}\n", quoted(value))));
    }
    all
}
