//! `secrets/<env>/<NAME>.toml`: one sealed, signed secret (format.md §9).

use super::{
    path,
    toml::{Printer, Reader, quoted},
    trailer,
};
use crate::kernel::{
    limits,
    model::{Kind, Policy, Record, Rotation, Tombstone, Version},
    name::{EnvName, MemberName, SecretName, VaultId},
    refusal::{RecordFault, Refusal},
    seal::{KeyTag, Sealed, Signature, SigningKey, pae},
};

/// A secret's file taken apart: its record, the bytes that are signed, and the signature, which nobody has checked yet.
#[derive(Debug)]
pub struct SecretFile<'a> {
    /// What it says.
    pub record: Record,
    /// Everything before the trailer.
    pub signed: &'a [u8],
    /// The trailer's signature.
    pub signature: Signature,
}

/// Parses a secret's file: trailer, fields, re-printing, rules, and that its path is the name inside.
pub fn parse<'a>(env: &EnvName, name: &SecretName, bytes: &'a [u8]) -> Result<SecretFile<'a>, Refusal> {
    let place = &path::secret(env, name);
    if bytes.len() as u64 > limits::SECRET_FILE {
        return Err(Refusal::TooLarge { path: place.clone(), limit: limits::SECRET_FILE });
    }
    let (signed, signature) = trailer::cut(place, bytes)?;
    let record = read(place, signed).map_err(|refusal| trailer::conflict(place, bytes).unwrap_or(refusal))?;
    if record.env != *env || record.name != *name {
        let found = format!("{}/{}", record.env, record.name);
        return Err(Refusal::Path { path: place.clone(), found });
    }
    record.check().map_err(|fault| Refusal::Record { path: place.clone(), fault })?;
    Ok(SecretFile { record, signed, signature })
}

/// The environment and name that a file says it is of, for who got it without its path.
pub fn claimed(bytes: &[u8]) -> Result<(EnvName, SecretName), Refusal> {
    let (signed, _) = trailer::cut("", bytes)?;
    Reader::begin("", signed)?.parsed("secret", full_name)
}

/// Prints and signs a secret's file.
pub fn print(vault: &VaultId, record: &Record, key: &SigningKey) -> Vec<u8> {
    let body = body(record);
    let signature = key.sign(&message(vault, &record.env, &record.name, body.as_bytes()));
    trailer::join(&body, &signature)
}

/// `PAE("cvault/v1/secret", vault id, env, name, those bytes)`.
pub fn message(vault: &VaultId, env: &EnvName, name: &SecretName, signed: &[u8]) -> Vec<u8> {
    let (env, name) = (env.as_str().as_bytes(), name.as_str().as_bytes());
    pae(&[b"cvault/v1/secret", vault.as_bytes(), env, name, signed])
}

/// Parses bytes that [`parse`] took once and whose signature was verified then: neither is the signature read again nor the
/// record printed again.
pub fn parse_verified(env: &EnvName, name: &SecretName, bytes: &[u8]) -> Result<Record, Refusal> {
    let place = &path::secret(env, name);
    read_fields(place, trailer::cut_verified(place, bytes)?).map(|(record, _)| record)
}

fn read(place: &str, signed: &[u8]) -> Result<Record, Refusal> {
    let (record, reader) = read_fields(place, signed)?;
    reader.end(&body(&record))?;
    Ok(record)
}

fn read_fields<'a>(place: &'a str, signed: &'a [u8]) -> Result<(Record, Reader<'a>), Refusal> {
    let mut reader = Reader::begin(place, signed)?;
    let (env, name) = reader.parsed("secret", full_name)?;
    let revision = reader.number("revision")?;
    let kind = kind(place, &mut reader)?;
    let description = reader.maybe_text("description")?;
    let tags = tags(&mut reader)?;
    let record = Record {
        env,
        name,
        revision,
        kind,
        description,
        tags,
        created: reader.time("created")?,
        epoch: reader.number("epoch")?,
        key: reader.parsed("key", KeyTag::parse)?,
        keep: reader.number("keep")?,
        writer: reader.parsed("writer", |text| MemberName::parse(text).ok())?,
        policy: policy(&mut reader)?,
        deleted: tombstone(&mut reader)?,
        versions: versions(&mut reader)?,
    };
    Ok((record, reader))
}

fn full_name(text: &str) -> Option<(EnvName, SecretName)> {
    let (env, name) = text.split_once('/')?;
    Some((EnvName::parse(env).ok()?, SecretName::parse(name).ok()?))
}

fn kind(place: &str, reader: &mut Reader<'_>) -> Result<Kind, Refusal> {
    let text = reader.text("kind")?;
    Kind::parse(&text).ok_or_else(|| Refusal::Record { path: place.to_owned(), fault: RecordFault::Kind })
}

fn tags(reader: &mut Reader<'_>) -> Result<std::collections::BTreeMap<String, String>, Refusal> {
    if !reader.has("tags") {
        return Ok(Default::default());
    }
    let pairs = reader.inline("tags", Reader::string)?;
    if pairs.iter().any(|(name, _)| name.is_empty() || name.len() > 64) {
        return Err(reader.syntax("a tag's name has 1 to 64 bytes"));
    }
    Ok(pairs.into_iter().collect())
}

fn policy(reader: &mut Reader<'_>) -> Result<Option<Policy>, Refusal> {
    if !reader.table("[rotation]") {
        return Ok(None);
    }
    let duration = |text: &str| Policy::is_duration(text).then(|| text.to_owned());
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Ok(Some(Policy {
        every: reader.parsed("every", duration)?,
        grace: if reader.has("grace") { Some(reader.parsed("grace", duration)?) } else { None },
        generate: reader.parsed("generate", filled)?,
        target: if reader.has("target") { Some(reader.parsed("target", filled)?) } else { None },
    }))
}

fn tombstone(reader: &mut Reader<'_>) -> Result<Option<Tombstone>, Refusal> {
    if !reader.table("[deleted]") {
        return Ok(None);
    }
    Ok(Some(Tombstone {
        at: reader.time("at")?,
        number: reader.number("number")?,
        until: reader.maybe_time("until")?,
    }))
}

fn versions(reader: &mut Reader<'_>) -> Result<Vec<Version>, Refusal> {
    let mut versions = Vec::new();
    while reader.table("[[versions]]") {
        versions.push(Version {
            number: reader.number("number")?,
            id: reader.maybe_text("id")?,
            stages: reader.list("stages", |text| Some(text.to_owned()))?,
            created: reader.time("created")?,
            author: reader.parsed("author", |text| MemberName::parse(text).ok())?,
            born: reader.number("born")?,
            until: reader.maybe_time("until")?,
            rotation: rotation(reader)?,
            sealed: Sealed(reader.base64("sealed")?),
        });
    }
    Ok(versions)
}

fn rotation(reader: &mut Reader<'_>) -> Result<Option<Rotation>, Refusal> {
    if !reader.has("rotation") {
        return Ok(None);
    }
    reader.pass("rotation = { id = ")?;
    let id = reader.string()?;
    reader.pass(", by = ")?;
    let by = MemberName::parse(&reader.string()?)?;
    reader.pass(", lease = ")?;
    let lease = reader.moment()?;
    reader.pass(", applied = ")?;
    let applied = reader.boolean()?;
    reader.pass(" }\n")?;
    Ok(Some(Rotation { id, by, lease, applied }))
}

fn body(record: &Record) -> String {
    let mut printer = Printer::begin();
    printer.text("secret", &format!("{}/{}", record.env, record.name));
    printer.number("revision", record.revision);
    printer.text("kind", record.kind.as_str());
    printer.maybe_text("description", record.description.as_deref());
    if !record.tags.is_empty() {
        printer.inline("tags", record.tags.iter().map(|(name, tag)| (name.as_str(), quoted(tag))));
    }
    printer.time("created", &record.created);
    printer.number("epoch", record.epoch);
    printer.text("key", &record.key.hex());
    printer.number("keep", record.keep);
    printer.text("writer", record.writer.as_str());
    if let Some(policy) = &record.policy {
        printer.table("[rotation]");
        printer.text("every", &policy.every);
        printer.maybe_text("grace", policy.grace.as_deref());
        printer.text("generate", &policy.generate);
        printer.maybe_text("target", policy.target.as_deref());
    }
    if let Some(deleted) = &record.deleted {
        printer.table("[deleted]");
        printer.time("at", &deleted.at);
        printer.number("number", deleted.number);
        printer.maybe_time("until", deleted.until.as_ref());
    }
    record.versions.iter().for_each(|version| print_version(&mut printer, version));
    printer.end()
}

fn print_version(printer: &mut Printer, version: &Version) {
    printer.table("[[versions]]");
    printer.number("number", version.number);
    printer.maybe_text("id", version.id.as_deref());
    printer.list("stages", version.stages.iter().map(String::as_str));
    printer.time("created", &version.created);
    printer.text("author", version.author.as_str());
    printer.number("born", version.born);
    printer.maybe_time("until", version.until.as_ref());
    if let Some(rotation) = &version.rotation {
        let pairs = [
            ("id", quoted(&rotation.id)),
            ("by", quoted(rotation.by.as_str())),
            ("lease", rotation.lease.to_string()),
            ("applied", rotation.applied.to_string()),
        ];
        printer.inline("rotation", pairs);
    }
    printer.base64("sealed", &version.sealed.0);
}
