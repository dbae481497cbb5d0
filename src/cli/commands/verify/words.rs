//! What changed between two commits, in words: a line for each thing that a ciphertext does not show.

use crate::{
    kernel::model::Access,
    vault::{Changes, Fate, RosterChange, SecretChange},
};

/// A line for each change.
pub(super) fn lines(changes: &Changes) -> Vec<String> {
    let by = signers(changes);
    let roster = changes.roster.iter().map(|change| format!("{}{by}", roster(change)));
    let secrets = changes.secrets.iter().map(secret);
    let log = changes
        .lines
        .iter()
        .map(|line| format!("line {} of the log: {}, signed by {}", line.serial, line.why, line.by));
    let others = changes.others.iter().map(|path| format!("{path} is not as it was"));
    roster.chain(secrets).chain(log).chain(others).collect()
}

/// Who signed the roster as it is now. With several new lines nobody can tell whose which change was.
fn signers(changes: &Changes) -> String {
    let mut all: Vec<&str> = changes.lines.iter().map(|line| line.by.as_str()).collect();
    all.sort_unstable();
    all.dedup();
    if all.is_empty() { String::new() } else { format!(", by {}", all.join(" or ")) }
}

/// What became of a secret.
pub(super) fn secret(change: &SecretChange) -> String {
    let SecretChange { env, name, before, after, by, .. } = change;
    let number = |number: &Option<u64>| number.map(|number| format!(" {number}")).unwrap_or_default();
    let by = by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    let (was, is) = (number(before), number(after));
    match change.fate {
        Fate::New => format!("{env}/{name} new:{is}{by}"),
        Fate::Set => format!("{env}/{name}{was} →{is}{by}"),
        Fate::Removed => format!("{env}/{name}{was} removed{by}"),
        Fate::Resealed => format!("{env}/{name}{is} sealed under another key{by}"),
        Fate::Described => format!("{env}/{name}{is} says something else of itself{by}"),
        Fate::Lost => format!("{env}/{name}{was} is gone, and nobody signed that"),
        Fate::Unsound => format!("{env}/{name} does not verify"),
    }
}

/// What the roster says now.
pub(in crate::cli::commands) fn roster(change: &RosterChange) -> String {
    match change {
        RosterChange::Joined { member, role } => format!("{member} is a new {}", role.as_str()),
        RosterChange::Left { member } => format!("{member} is no member any more"),
        RosterChange::Role { member, role } => format!("{member} is now of the role {}", role.as_str()),
        RosterChange::Keys { member } => format!("{member} has other keys"),
        RosterChange::Access { member, env, before, after } => match (before, after) {
            (_, Some(Access::Write)) => format!("{member} may now write {env}"),
            (Some(Access::Write), Some(Access::Read)) => format!("{member} may now only read {env}"),
            (_, Some(Access::Read)) => format!("{member} may now read {env}"),
            (_, None) => format!("{member} may no longer read {env}"),
        },
        RosterChange::Made { env } => format!("{env} is a new environment"),
        RosterChange::Unmade { env } => format!("environment {env} is gone"),
        RosterChange::Epoch { env, epoch } => format!("{env} has another key, of epoch {epoch}"),
        RosterChange::Extends { env } => format!("{env} extends other environments"),
        RosterChange::Default { env } => format!("{env} is the default environment"),
    }
}
