//! A secret's file in lines, as `git diff`, `git show` and `git log -p` compare it: what it says, who set which version, and never
//! what is sealed. Nothing of it is verified.

use crate::kernel::{
    format::secret,
    model::{Policy, Record, Version},
    refusal::Refusal,
    seal::sha256,
};

/// So much of a text that somebody wrote is shown.
const TEXT: usize = 400;
/// So many versions are shown.
const VERSIONS: usize = 200;

/// The lines of a file. Any bytes have some: those that are no secret's are named by size and hash, so that two of them differ.
pub fn shown(bytes: &[u8]) -> Vec<String> {
    let parsed = secret::claimed(bytes).and_then(|(env, name)| secret::parse(&env, &name, bytes));
    match parsed {
        Ok(file) => lines(&file.record),
        Err(refusal) => {
            let what = match refusal {
                Refusal::Conflict { .. } => "a secret with conflict markers",
                _ => "no secret of this format",
            };
            vec![format!("{what}: {} bytes, SHA-256 {}", bytes.len(), digest(bytes, 32))]
        }
    }
}

fn lines(record: &Record) -> Vec<String> {
    let mut lines = vec![format!("secret {}/{}", record.env, record.name)];
    lines.push(format!("kind {}", record.kind.as_str()));
    lines.extend(record.description.as_ref().map(|text| format!("description {}", quoted(text))));
    lines.extend(record.tags.iter().map(|(name, tag)| format!("tag {} = {}", quoted(name), quoted(tag))));
    lines.extend(record.policy.as_ref().map(rotation));
    lines.push(format!("keep {}", record.keep));
    lines.push(format!("epoch {}", record.epoch));
    lines.push(format!("revision {} · by {}", record.revision, record.writer));
    if let Some(deleted) = &record.deleted {
        let until =
            deleted.until.map(|until| format!(" · can be restored until {until}")).unwrap_or_default();
        lines.push(format!("removed · {} · {}{until}", deleted.number, deleted.at));
    }
    lines.extend(record.versions.iter().take(VERSIONS).map(version));
    if record.versions.len() > VERSIONS {
        lines.push(format!("and {} versions before", record.versions.len() - VERSIONS));
    }
    lines
}

fn version(version: &Version) -> String {
    let Version { number, stages, author, created, sealed, .. } = version;
    let stages: String = stages.iter().map(|stage| format!(" · {}", bare(stage))).collect();
    let until = version.until.map(|until| format!(" · until {until}")).unwrap_or_default();
    format!(
        "version {number}{stages} · by {author} · {created}{until} · sealed as {}",
        hex(&sealed.hash()[..8])
    )
}

fn rotation(policy: &Policy) -> String {
    let Policy { every, grace, generate, target } = policy;
    let grace = grace.as_ref().map(|grace| format!(", grace {grace}")).unwrap_or_default();
    let target = target.as_ref().map(|target| format!(", target {}", quoted(target))).unwrap_or_default();
    format!("rotation every {every}{grace}, {}{target}", quoted(generate))
}

/// The first bytes of a hash, so that what differs only in what is sealed is told apart.
fn digest(bytes: &[u8], len: usize) -> String {
    hex(&sha256(bytes)[..len])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text as one line, cut where it is long: the hash at its end differs where only the rest does.
fn quoted(text: &str) -> String {
    match text.char_indices().nth(TEXT) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}… ({})", &text[..end], digest(text.as_bytes(), 8)),
    }
}

/// A stage of ours as it is, an outside client's label quoted.
fn bare(stage: &str) -> String {
    let plain = stage.len() <= 40 && stage.bytes().all(|byte| byte.is_ascii_lowercase());
    if plain { stage.to_owned() } else { quoted(stage) }
}

#[cfg(test)]
mod tests;
