//! Findings as SARIF 2.1.0 (OASIS), which forges show beside the code.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::report::words;
use crate::scan::{Finding, Outcome};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// One run of the tool, in one line.
pub(super) fn print(outcome: &Outcome) -> String {
    let rules: BTreeSet<&str> = outcome.findings.iter().map(|finding| finding.what.kind()).collect();
    let rules: Vec<Value> = rules.into_iter().map(|rule| json!({ "id": rule })).collect();
    let driver = json!({ "name": "cargo-vault", "version": env!("CARGO_PKG_VERSION"), "rules": rules });
    let run = json!({
        "tool": { "driver": driver },
        "columnKind": "unicodeCodePoints",
        "results": outcome.findings.iter().map(result).collect::<Vec<_>>(),
    });
    format!("{}\n", json!({ "version": "2.1.0", "$schema": SCHEMA, "runs": [run] }))
}

fn result(finding: &Finding) -> Value {
    let mut place = json!({ "artifactLocation": { "uri": uri(&finding.path) } });
    if let Some((line, column)) = finding.at {
        place["region"] = json!({ "startLine": line, "startColumn": column });
    }
    let mut result = json!({
        "ruleId": finding.what.kind(),
        "level": "error",
        "message": { "text": words(&finding.what) },
        "locations": [{ "physicalLocation": place }],
        "partialFingerprints": { "cargoVault/v1": finding.fingerprint },
    });
    if let Some(commit) = &finding.commit {
        result["properties"] = json!({ "commit": commit });
    }
    result
}

/// A path as a relative reference (RFC 3986).
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encoded = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    path.bytes().map(encoded).collect()
}
