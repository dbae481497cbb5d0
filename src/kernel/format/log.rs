//! `roster.log`: one signed JSON line for each change of the roster (format.md §7).

use serde::{Deserialize, Serialize};

use super::hex;
use crate::kernel::{
    limits,
    model::Line,
    name::VaultId,
    refusal::{LineFault, Refusal},
    seal::{Hash, PublicKey, Signature, pae},
    time::Timestamp,
};

const VERSION: u64 = 1;

/// A line's keys in their order on disk.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    v: u64,
    serial: u64,
    prev: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    drops: Vec<String>,
    roster: String,
    admins: Vec<String>,
    at: String,
    why: String,
    key: String,
    sig: String,
}

/// Parses every line; what they say of each other is [`crate::kernel::model::Log::verify`]'s.
pub fn parse(bytes: &[u8]) -> Result<Vec<Line>, Refusal> {
    let Some(lines) = bytes.strip_suffix(b"\n") else {
        let line = 1 + bytes.iter().filter(|b| **b == b'\n').count();
        return Err(if bytes.is_empty() {
            Refusal::EmptyLog
        } else {
            Refusal::Line { line, fault: LineFault::Syntax }
        });
    };
    let numbered = lines.split(|b| *b == b'\n').zip(1..);
    numbered.map(|(bytes, line)| parse_line(bytes).map_err(|fault| conflict_or(bytes, line, fault))).collect()
}

fn conflict_or(bytes: &[u8], line: usize, fault: LineFault) -> Refusal {
    if bytes.starts_with(b"<<<<<<< ") || bytes.starts_with(b">>>>>>> ") || bytes == b"=======" {
        return Refusal::Conflict { path: super::path::LOG.to_owned() };
    }
    Refusal::Line { line, fault }
}

fn parse_line(bytes: &[u8]) -> Result<Line, LineFault> {
    if bytes.len() > limits::LOG_LINE {
        return Err(LineFault::TooLong);
    }
    let json: Json = serde_json::from_slice(bytes).map_err(|_| newer_or_syntax(bytes))?;
    if json.v != VERSION {
        return Err(if json.v > VERSION { LineFault::Newer } else { LineFault::Syntax });
    }
    let line = fields(&json).ok_or(LineFault::Syntax)?;
    if print_line(&line).as_bytes() == bytes { Ok(line) } else { Err(LineFault::Reprint) }
}

/// A newer line may have keys that are unknown here; its version is asked for by itself.
fn newer_or_syntax(bytes: &[u8]) -> LineFault {
    #[derive(Deserialize)]
    struct Versioned {
        v: u64,
    }
    match serde_json::from_slice::<Versioned>(bytes) {
        Ok(Versioned { v }) if v > VERSION => LineFault::Newer,
        _ => LineFault::Syntax,
    }
}

fn fields(json: &Json) -> Option<Line> {
    let optional = |text: &str| if text.is_empty() { Some(None) } else { hex::parse32(text).map(Some) };
    Some(Line {
        serial: json.serial,
        prev: optional(&json.prev)?,
        nonce: match &json.nonce {
            Some(nonce) => Some(hex::parse32(nonce)?),
            None => None,
        },
        drops: json.drops.iter().map(|hash| hex::parse32(hash)).collect::<Option<_>>()?,
        roster: hex::parse32(&json.roster)?,
        admins: json.admins.iter().map(|key| PublicKey::parse(key)).collect::<Option<_>>()?,
        at: Timestamp::parse(&json.at)?,
        why: json.why.clone(),
        key: PublicKey::parse(&json.key)?,
        sig: Signature::parse(&json.sig)?,
    })
}

/// Prints one line, without its LF.
pub fn print_line(line: &Line) -> String {
    let hashes = |hashes: &[Hash]| hashes.iter().map(|hash| hex::print(hash)).collect();
    let json = Json {
        v: VERSION,
        serial: line.serial,
        prev: line.prev.map(|hash| hex::print(&hash)).unwrap_or_default(),
        nonce: line.nonce.map(|nonce| hex::print(&nonce)),
        drops: hashes(&line.drops),
        roster: hex::print(&line.roster),
        admins: line.admins.iter().map(PublicKey::text).collect(),
        at: line.at.to_string(),
        why: line.why.clone(),
        key: line.key.text(),
        sig: line.sig.base64(),
    };
    serde_json::to_string(&json).expect("a line's fields are all text, numbers and lists")
}

/// Prints a whole log.
pub fn print(lines: &[Line]) -> Vec<u8> {
    lines.iter().flat_map(|line| (print_line(line) + "\n").into_bytes()).collect()
}

/// `PAE("cvault/v1/roster", vault id, LE64(serial), prev, PAE(drops…), roster, PAE(admins…), at, why)`: what is signed, and
/// what the entry hash is taken of.
pub fn message(vault: &VaultId, line: &Line) -> Vec<u8> {
    let drops: Vec<&[u8]> = line.drops.iter().map(|hash| hash.as_slice()).collect();
    let admins: Vec<&[u8]> = line.admins.iter().map(|key| key.as_bytes().as_slice()).collect();
    pae(&[
        b"cvault/v1/roster",
        vault.as_bytes(),
        &(line.serial & (u64::MAX >> 1)).to_le_bytes(),
        line.prev.as_ref().map_or(&[], |hash| hash.as_slice()),
        &pae(&drops),
        &line.roster,
        &pae(&admins),
        line.at.as_str().as_bytes(),
        line.why.as_bytes(),
    ])
}
