//! What changed between two commits, in words and for programs: what a ciphertext does not show.

use serde_json::{Value, json};

use crate::{
    kernel::model::Access,
    vault::{Changes, Fate, RosterChange, SecretChange},
};

/// A line for each change.
pub(super) fn lines(changes: &Changes) -> Vec<String> {
    let (rosters, others) = rest(changes);
    rosters.into_iter().chain(changes.secrets.iter().map(secret)).chain(others).collect()
}

/// A line for each change that is no secret's.
pub(super) fn besides_secrets(changes: &Changes) -> Vec<String> {
    let (rosters, others) = rest(changes);
    rosters.into_iter().chain(others).collect()
}

/// What the roster says, and all else that is no secret.
fn rest(changes: &Changes) -> (Vec<String>, Vec<String>) {
    let by = signers(changes);
    let rosters = changes.roster.iter().map(|change| format!("{}{by}", roster(change)));
    let log = changes
        .lines
        .iter()
        .map(|line| format!("line {} of the log: {}, signed by {}", line.serial, line.why, line.by));
    let others = changes.others.iter().map(|path| format!("{path} is not as it was"));
    (rosters.collect(), log.chain(others).collect())
}

/// Who signed the roster as it is now. With several new lines nobody can tell whose which change was.
fn signers(changes: &Changes) -> String {
    let mut all: Vec<&str> = changes.lines.iter().map(|line| line.by.as_str()).collect();
    all.sort_unstable();
    all.dedup();
    if all.is_empty() { String::new() } else { format!(", by {}", all.join(" or ")) }
}

/// What became of a secret.
fn secret(change: &SecretChange) -> String {
    let SecretChange { env, name, before, after, by, told, .. } = change;
    let number = |number: &Option<u64>| number.map(|number| format!(" {number}")).unwrap_or_default();
    let by = by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    let (was, is) = (number(before), number(after));
    let told: String = told.iter().filter(|told| told.describes()).map(|told| format!("; {told}")).collect();
    match change.fate {
        Fate::New => format!("{env}/{name} new:{is}{by}{told}"),
        Fate::Set => format!("{env}/{name}{was} →{is}{by}{told}"),
        Fate::Removed => format!("{env}/{name}{was} removed{by}"),
        Fate::Resealed => format!("{env}/{name}{is} sealed under another key{by}{told}"),
        Fate::Described => format!("{env}/{name}{is} says something else of itself{by}{told}"),
        Fate::Lost => format!("{env}/{name}{was} is gone, and nobody signed that"),
        Fate::Unsound => format!("{env}/{name} does not verify"),
    }
}

/// What the roster says now.
pub(super) fn roster(change: &RosterChange) -> String {
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

/// The same for a program.
pub(super) fn json(changes: &Changes) -> Value {
    let secrets = changes.secrets.iter().map(|one| {
        json!({
            "env": one.env, "name": one.name, "before": one.before, "after": one.after, "by": one.by,
            "change": one.fate.as_str(), "message": secret(one),
        })
    });
    let said = changes.roster.iter().map(|change| {
        let (member, env) = about(change);
        json!({ "member": member, "env": env, "message": roster(change) })
    });
    let log = changes
        .lines
        .iter()
        .map(|line| json!({ "serial": line.serial, "at": line.at.as_str(), "why": line.why, "by": line.by }));
    json!({
        "base": changes.base,
        "tip": changes.tip,
        "secrets": secrets.collect::<Vec<_>>(),
        "roster": said.collect::<Vec<_>>(),
        "log": log.collect::<Vec<_>>(),
        "others": changes.others,
    })
}

/// Whom and what a change is about.
fn about(change: &RosterChange) -> (Option<&str>, Option<&str>) {
    match change {
        RosterChange::Joined { member, .. }
        | RosterChange::Left { member }
        | RosterChange::Role { member, .. }
        | RosterChange::Keys { member } => (Some(member.as_str()), None),
        RosterChange::Access { member, env, .. } => (Some(member.as_str()), Some(env.as_str())),
        RosterChange::Made { env }
        | RosterChange::Unmade { env }
        | RosterChange::Epoch { env, .. }
        | RosterChange::Extends { env }
        | RosterChange::Default { env } => (None, Some(env.as_str())),
    }
}
