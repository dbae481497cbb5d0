//! The members of a vault as a person asks for them: each with what he may do, and who let him in.

use crate::kernel::{
    model::{Access, KeyText, Line, Member, Roster},
    name::{EnvName, MemberName},
    seal::PublicKey,
};

use super::{Vault, VaultError};

/// A member, what he may do, and who let him in.
pub struct Seat {
    /// The name.
    pub name: MemberName,
    /// Role, keys and since when.
    pub member: Member,
    /// What he may do where.
    pub access: Vec<(EnvName, Access)>,
    /// Who signed the line of the log that let him in, if that is told: the founder himself.
    pub by: Option<MemberName>,
}

impl Vault<'_> {
    /// Every member, in the order of their names.
    pub fn seats(&self) -> Result<Vec<Seat>, VaultError> {
        let log = self.log()?;
        let roster = &self.roster;
        let seat = |(name, member): (&MemberName, &Member)| Seat {
            name: name.clone(),
            member: member.clone(),
            access: roster.granted(name),
            by: entry(log.lines(), name, member).and_then(|line| holder(roster, &line.key)),
        };
        Ok(roster.members.iter().map(seat).collect())
    }
}

/// The line that let somebody in: of that time, and naming him. The founder's own names nobody.
fn entry<'a>(lines: &'a [Line], name: &MemberName, member: &Member) -> Option<&'a Line> {
    let named = |line: &&Line| {
        let mut words = line.why.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        line.serial == 1 && member.signs.contains(&line.key) || words.any(|word| word == name.as_str())
    };
    lines.iter().filter(|line| line.at == member.since).find(named)
}

/// Whose signing key this is, or was.
fn holder(roster: &Roster, key: &PublicKey) -> Option<MemberName> {
    let was = || {
        let text = KeyText::from(key);
        let mut former = roster.former.iter();
        former.find(|(_, former)| former.keys.contains(&text)).map(|(name, _)| name)
    };
    roster.signer(key).or_else(was).cloned()
}
