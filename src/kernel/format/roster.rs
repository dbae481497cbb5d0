//! `roster.toml`: who may read and write each environment (format.md §6).

use std::collections::BTreeMap;

use super::{
    path,
    toml::{Printer, Reader},
    trailer,
};
use crate::kernel::{
    model::{Environment, Former, KeyText, Member, Role, Roster},
    name::{EnvName, MemberName, VaultId},
    refusal::{Refusal, RosterFault},
    seal::{Commitment, PublicKey, Recipient},
};

/// Parses the roster and checks its re-printing; the rules between its parts are [`Roster::check`]'s.
pub fn parse(bytes: &[u8]) -> Result<Roster, Refusal> {
    read(bytes).map_err(|refusal| trailer::conflict(path::ROSTER, bytes).unwrap_or(refusal))
}

/// Parses bytes that [`parse`] took once and that are known to be the same: the roster is not printed again.
pub fn parse_verified(bytes: &[u8]) -> Result<Roster, Refusal> {
    read_fields(bytes).map(|(roster, _)| roster)
}

fn read(bytes: &[u8]) -> Result<Roster, Refusal> {
    let (roster, reader) = read_fields(bytes)?;
    reader.end(&print(&roster))?;
    Ok(roster)
}

fn read_fields(bytes: &[u8]) -> Result<(Roster, Reader<'_>), Refusal> {
    let mut reader = Reader::begin(path::ROSTER, bytes)?;
    let vault = reader.parsed("vault", VaultId::parse)?;
    let default = reader.parsed("default", |text| EnvName::parse(text).ok())?;
    let members = group(&mut reader, "members", MemberName::parse, member)?;
    let environments = group(&mut reader, "environments", EnvName::parse, environment)?;
    let former = group(&mut reader, "former", MemberName::parse, former)?;
    let retired = group(&mut reader, "retired", EnvName::parse, |reader| reader.number("epoch"))?;
    Ok((Roster { vault, default, members, environments, former, retired }, reader))
}

fn group<'a, K: Ord, V>(
    reader: &mut Reader<'a>,
    name: &str,
    key: impl Fn(&str) -> Result<K, Refusal>,
    value: impl Fn(&mut Reader<'a>) -> Result<V, Refusal>,
) -> Result<BTreeMap<K, V>, Refusal> {
    let mut found = BTreeMap::new();
    while let Some(text) = reader.table_in(name) {
        found.insert(key(text)?, value(reader)?);
    }
    Ok(found)
}

fn member(reader: &mut Reader<'_>) -> Result<Member, Refusal> {
    let role = reader.text("role")?;
    Ok(Member {
        role: Role::parse(&role).ok_or(Refusal::Roster(RosterFault::Role(role)))?,
        recipients: reader.list("recipients", Recipient::parse)?,
        signs: reader.list("signs", PublicKey::parse)?,
        since: reader.time("since")?,
    })
}

fn environment(reader: &mut Reader<'_>) -> Result<Environment, Refusal> {
    let member = |text: &str| MemberName::parse(text).ok();
    Ok(Environment {
        epoch: reader.number("epoch")?,
        commitment: reader.parsed("commitment", Commitment::parse)?,
        write: reader.list("write", member)?,
        read: reader.list("read", member)?,
        extends: reader.list("extends", |text| EnvName::parse(text).ok())?,
    })
}

fn former(reader: &mut Reader<'_>) -> Result<Former, Refusal> {
    let keys = reader.list("keys", KeyText::parse)?;
    let left = reader.time("left")?;
    let has = reader.has("environments");
    let pairs = if has { reader.inline("environments", Reader::integer)? } else { Vec::new() };
    let environments = pairs.into_iter().map(|(name, epoch)| Ok((EnvName::parse(&name)?, epoch)));
    Ok(Former { keys, left, environments: environments.collect::<Result<_, Refusal>>()? })
}

/// Prints the roster.
pub fn print(roster: &Roster) -> String {
    let mut printer = Printer::begin();
    printer.text("vault", &roster.vault.hex());
    printer.text("default", roster.default.as_str());
    for (name, member) in &roster.members {
        printer.table(&format!("[members.{name}]"));
        printer.text("role", member.role.as_str());
        printer.list("recipients", member.recipients.iter().map(Recipient::as_str));
        let signs: Vec<String> = member.signs.iter().map(PublicKey::text).collect();
        printer.list("signs", signs.iter().map(String::as_str));
        printer.time("since", &member.since);
    }
    for (name, environment) in &roster.environments {
        printer.table(&format!("[environments.{name}]"));
        printer.number("epoch", environment.epoch);
        printer.text("commitment", &environment.commitment.hex());
        printer.list("write", environment.write.iter().map(MemberName::as_str));
        printer.list("read", environment.read.iter().map(MemberName::as_str));
        printer.list("extends", environment.extends.iter().map(EnvName::as_str));
    }
    for (name, former) in &roster.former {
        printer.table(&format!("[former.{name}]"));
        printer.list("keys", former.keys.iter().map(KeyText::as_str));
        printer.time("left", &former.left);
        if !former.environments.is_empty() {
            let epochs = former.environments.iter().map(|(env, epoch)| (env.as_str(), epoch.to_string()));
            printer.inline("environments", epochs);
        }
    }
    for (name, epoch) in &roster.retired {
        printer.table(&format!("[retired.{name}]"));
        printer.number("epoch", *epoch);
    }
    printer.end()
}
