//! What to do when a vault did not do what it was asked.

use super::{kernel::refusal, listed, store::store, unlock::unlock};
use crate::{
    git::GitError,
    ui::{Class, Failure},
    unlock::Seen,
    vault::{Introduction, VaultError},
};

/// Explains a fault of the vault.
pub(super) fn vault(error: &VaultError) -> Failure {
    let failure = |class, code| Failure::new(class, code, error.to_string());
    match error {
        VaultError::Refused(fault) => refusal(fault),
        VaultError::Store(fault) => store(fault),
        VaultError::Unlock(fault) => unlock(fault),
        VaultError::Read { .. } => failure(Class::Refused, "read"),
        VaultError::Git(GitError::Open { .. } | GitError::Read { .. }) => failure(Class::Refused, "git"),
        VaultError::FirstUse(introduction) => first_use(error, introduction),
        VaultError::Exists { .. } => {
            failure(Class::Conflict, "exists").help("`cargo vault verify` shows whether it is sound")
        }
        VaultError::Several { faults } => several(faults),
        VaultError::NoKey { .. }
        | VaultError::Locked { .. }
        | VaultError::NotWriter { .. }
        | VaultError::NotAdmin { .. }
        | VaultError::CannotSign { .. } => access(error),
        VaultError::Aside { .. } | VaultError::AsideRoster => {
            failure(Class::Conflict, "aside").help("`git merge` the default branch first, and try again")
        }
        VaultError::MemberExists { .. } => {
            failure(Class::Conflict, "member-exists").help("`--name` gives another name")
        }
        VaultError::MemberWas { .. } => {
            failure(Class::Conflict, "member-was").help("`--name` gives another name")
        }
        VaultError::NotOfKind { .. } => {
            failure(Class::Usage, "not-of-kind").help("`--kind binary` takes any bytes")
        }
        VaultError::NoEnvironment { .. }
        | VaultError::EnvironmentExists { .. }
        | VaultError::EnvironmentIsDefault { .. }
        | VaultError::EnvironmentExtended { .. }
        | VaultError::NoSecret { .. }
        | VaultError::Deleted { .. }
        | VaultError::NotCurrent { .. }
        | VaultError::NoVersion { .. } => named(error),
    }
}

/// Names that are not there, or in the way.
fn named(error: &VaultError) -> Failure {
    let failure = |class, code| Failure::new(class, code, error.to_string());
    match error {
        VaultError::NoEnvironment { nearest, .. } => {
            let failure = failure(Class::NotFound, "no-environment");
            let failure = match nearest {
                Some(name) => failure.help(format!("there is an environment `{name}`")),
                None => failure,
            };
            failure.help("`cargo vault env list` shows them all")
        }
        VaultError::EnvironmentExists { .. } => failure(Class::Conflict, "environment-exists"),
        VaultError::EnvironmentIsDefault { .. } => failure(Class::Refused, "environment-default"),
        VaultError::EnvironmentExtended { by, .. } => failure(Class::Refused, "environment-extended")
            .help(format!("remove `{by}` first: `cargo vault env rm {by}`")),
        VaultError::NoSecret { env, nearest, .. } => {
            let failure = failure(Class::NotFound, "no-secret");
            let failure = match nearest {
                Some(name) => failure.help(format!("there is a secret `{name}`")),
                None => failure,
            };
            failure.help(format!("`cargo vault list -e {env}` shows them all"))
        }
        VaultError::Deleted { env, name, .. } => failure(Class::NotFound, "deleted")
            .help(format!("`cargo vault set -e {env} {name}` sets it again")),
        VaultError::NotCurrent { .. } => failure(Class::NotFound, "not-current"),
        VaultError::NoVersion { have, .. } => failure(Class::NotFound, "no-version")
            .detail("versions", listed(have))
            .help("git history has the others"),
        other => unreachable!("{other} is explained by its caller"),
    }
}

/// Keys that cannot do what was asked, and who can.
fn access(error: &VaultError) -> Failure {
    let failure = |class, code| Failure::new(class, code, error.to_string());
    match error {
        VaultError::NoKey { readers, .. } => failure(Class::Locked, "no-key")
            .detail("readable by", listed(readers))
            .help("set `CVAULT_KEY` or `CVAULT_KEY_FILE`, or name a file with `--identity`")
            .help("`cargo vault identity new` makes a key that a member can let in"),
        VaultError::Locked { keys, readers, .. } => {
            let with_keys = |failure: Failure, (i, key): (usize, &Seen)| {
                let name = if i == 0 { "your keys" } else { "" };
                failure.detail(name, format!("{} ({})", short(key.recipient.as_str()), key.origin))
            };
            let failure = keys.iter().enumerate().fold(failure(Class::Locked, "locked"), with_keys);
            failure.detail("readable by", listed(readers)).help("ask one of them to let one of your keys in")
        }
        VaultError::NotWriter { writers, .. } => {
            failure(Class::Refused, "not-writer").detail("writable by", listed(writers))
        }
        VaultError::NotAdmin { admins, .. } => {
            failure(Class::Refused, "not-admin").detail("admins", listed(admins))
        }
        VaultError::CannotSign { .. } => failure(Class::Refused, "cannot-sign"),
        other => unreachable!("{other} is explained by its caller"),
    }
}

fn first_use(error: &VaultError, introduction: &Introduction) -> Failure {
    let founder = introduction.founder.as_ref().map_or("no member any more", |name| name.as_str());
    Failure::new(Class::Tampered, "first-use", error.to_string())
        .detail("vault", introduction.vault.to_string())
        .detail("founder", founder)
        .detail("members", listed(&introduction.members))
        .detail("anchor", introduction.anchor.to_string())
        .help("if that is the vault you mean, behind the key: `CVAULT_KEY=AGE-SECRET-KEY-1…#<anchor>`")
        .help(format!("or once on this machine: `cargo vault trust {}`", introduction.anchor))
}

/// Many things at once: the gravest says the class, and all are named.
fn several(faults: &[VaultError]) -> Failure {
    const SHOWN: usize = 20;
    let all: Vec<Failure> = faults.iter().map(vault).collect();
    let gravest = all.iter().max_by_key(|failure| failure.class.exit_code()).expect("there are several");
    let mut failure =
        Failure::new(gravest.class, gravest.code, format!("{} things here are not in order", all.len()));
    for (i, fault) in all.iter().take(SHOWN).enumerate() {
        failure = failure.detail(if i == 0 { "faults" } else { "" }, fault.error.clone());
    }
    if all.len() > SHOWN {
        failure = failure.detail("", format!("and {} more", all.len() - SHOWN));
    }
    gravest.hints.iter().fold(failure, |failure, hint| failure.help(hint.clone()))
}

/// A recipient as people recognise it.
fn short(recipient: &str) -> String {
    if recipient.len() <= 24 {
        return recipient.to_owned();
    }
    let (head, tail) = (&recipient[..recipient.len().min(10)], &recipient[recipient.len() - 4..]);
    format!("{head}…{tail}")
}
