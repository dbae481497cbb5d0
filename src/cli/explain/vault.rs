//! What to do when a vault did not do what it was asked.

use super::{
    IDENTITY_EXISTS, driver::driver, kernel::refusal, listed, merging::merging, past::past, store::store,
    team, unlock::unlock,
};
use crate::{
    git::GitError,
    kernel::{model::Role, name::EnvName, refusal::Refusal},
    ui::{Class, Failure},
    unlock::Seen,
    vault::{Introduction, VaultError},
};

/// Explains a fault of the vault.
pub(super) fn vault(error: &VaultError) -> Failure {
    match error {
        VaultError::Refused(fault) => refusal(fault),
        VaultError::DefaultBranch { commit, fault } => on_default_branch(error, commit, fault),
        VaultError::Store(fault) => store(fault),
        VaultError::Unlock(fault) => unlock(fault),
        VaultError::Team(fault) => team::team(fault),
        VaultError::Past(fault) => past(fault),
        VaultError::Merge(fault) => merging(fault),
        VaultError::Driver(fault) => driver(fault),
        VaultError::FirstUse(introduction) => first_use(error, introduction),
        VaultError::Several { faults } => several(faults),
        VaultError::Of { fault, .. } => Failure { error: error.to_string(), ..vault(fault) },
        _ => {
            let (class, code) = class(error);
            let failure =
                details(error).into_iter().fold(Failure::new(class, code, error.to_string()), add_detail);
            hints(error).into_iter().fold(failure, Failure::help)
        }
    }
}

/// What is wrong there, and its history from there.
fn on_default_branch(error: &VaultError, commit: &str, fault: &Refusal) -> Failure {
    let commit = commit.get(..12).unwrap_or(commit);
    let Failure { hints, .. } = refusal(fault);
    let hints = hints.iter().map(|hint| hint.replace("`git log -p --", &format!("`git log -p {commit} --")));
    Failure { error: error.to_string(), hints: hints.collect(), ..refusal(fault) }
}

fn add_detail(failure: Failure, (name, text): (&'static str, String)) -> Failure {
    failure.detail(name, text)
}

fn class(error: &VaultError) -> (Class, &'static str) {
    match error {
        VaultError::Refused(_)
        | VaultError::DefaultBranch { .. }
        | VaultError::Team(_)
        | VaultError::Past(_)
        | VaultError::Merge(_)
        | VaultError::Driver(_)
        | VaultError::FirstUse(_)
        | VaultError::Of { .. }
        | VaultError::Several { .. } => (Class::Tampered, "refused"),
        VaultError::Store(_) | VaultError::Read { .. } => (Class::Refused, "read"),
        VaultError::Unlock(_) => (Class::Locked, "unlock"),
        VaultError::Git(GitError::Open { .. } | GitError::Read { .. } | GitError::Write { .. }) => {
            (Class::Refused, "git")
        }
        VaultError::Exists { .. } => (Class::Conflict, "exists"),
        VaultError::NoEnvironment { .. } => (Class::NotFound, "no-environment"),
        VaultError::EnvironmentExists { .. } => (Class::Conflict, "environment-exists"),
        VaultError::EnvironmentIsDefault { .. } => (Class::Refused, "environment-default"),
        VaultError::EnvironmentExtended { .. } => (Class::Refused, "environment-extended"),
        VaultError::NoSecret { .. } => (Class::NotFound, "no-secret"),
        VaultError::Deleted { .. } => (Class::NotFound, "deleted"),
        VaultError::NotCurrent { .. } => (Class::NotFound, "not-current"),
        VaultError::NoVersion { .. } => (Class::NotFound, "no-version"),
        VaultError::SecretExists { .. } => (Class::Conflict, "secret-exists"),
        VaultError::SamePlace { .. } => (Class::Usage, "same-place"),
        VaultError::Inherited { .. } => (Class::Refused, "inherited"),
        VaultError::Rotating { .. } => (Class::Conflict, "rotating"),
        VaultError::NotOfKind { .. } => (Class::Usage, "not-of-kind"),
        VaultError::NoIdentity { .. } => (Class::NotFound, "no-identity"),
        VaultError::IdentityExists { .. } => (Class::Conflict, IDENTITY_EXISTS),
        VaultError::SeveralIdentities => (Class::Usage, "several"),
        VaultError::SshImport => (Class::Usage, "ssh-import"),
        VaultError::NotRecovery => (Class::Locked, "not-recovery"),
        VaultError::NoMember { .. } => (Class::NotFound, "no-member"),
        VaultError::DeviceExists { .. } => (Class::Conflict, "device-exists"),
        VaultError::DeviceCannotSign { .. } => (Class::Usage, "device-cannot-sign"),
        VaultError::MemberExists { .. } => (Class::Conflict, "member-exists"),
        VaultError::MemberWas { .. } => (Class::Conflict, "member-was"),
        VaultError::LastAdmin { .. } => (Class::Refused, "last-admin"),
        VaultError::LastWriter { .. } => (Class::Refused, "last-writer"),
        VaultError::NotGranted { .. } => (Class::Conflict, "not-granted"),
        VaultError::AdminCannotSign { .. } => (Class::Refused, "admin-cannot-sign"),
        VaultError::NotRenewer { .. } => (Class::Refused, "not-renewer"),
        VaultError::OwnLeave { .. } => (Class::Refused, "own-leave"),
        VaultError::NoKey { .. } => (Class::Locked, "no-key"),
        VaultError::Locked { .. } => (Class::Locked, "locked"),
        VaultError::NotWriter { .. } => (Class::Refused, "not-writer"),
        VaultError::NotAdmin { .. } => (Class::Refused, "not-admin"),
        VaultError::CannotSign { .. } | VaultError::CannotFound { .. } => (Class::Refused, "cannot-sign"),
        VaultError::Aside { .. } | VaultError::AsideRoster => (Class::Conflict, "aside"),
    }
}

/// Who and what there is instead.
fn details(error: &VaultError) -> Vec<(&'static str, String)> {
    match error {
        VaultError::NoVersion { have, .. } => vec![("versions", listed(have))],
        VaultError::NoKey { readers, .. } => vec![("readable by", listed(readers))],
        VaultError::Locked { keys, readers, .. } => {
            key_details(keys).into_iter().chain([("readable by", listed(readers))]).collect()
        }
        VaultError::NotWriter { writers, .. } => vec![("writable by", listed(writers))],
        VaultError::NotRenewer { able, .. } | VaultError::OwnLeave { able, .. } if !able.is_empty() => {
            vec![("who can", listed(able))]
        }
        VaultError::NotAdmin { admins, .. } => vec![("admins", listed(admins))],
        _ => Vec::new(),
    }
}

/// The keys that were found, each with where it is.
pub(super) fn key_details(keys: &[Seen]) -> Vec<(&'static str, String)> {
    let key = |(i, key): (usize, &Seen)| {
        let name = if i == 0 { "your keys" } else { "" };
        let trouble = key.trouble.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        (name, format!("{} ({}){trouble}", key.recipient.short(), key.origin))
    };
    keys.iter().enumerate().map(key).collect()
}

/// What to type.
fn hints(error: &VaultError) -> Vec<String> {
    let one = |text: &str| vec![text.to_owned()];
    match error {
        VaultError::Git(GitError::Write { .. }) => one(
            "where no git is at work, and one that was killed left a lock, `rm \"$(git rev-parse --git-path index.lock)\"` removes it",
        ),
        VaultError::Exists { .. } => one("`cargo vault verify` shows whether it is sound"),
        VaultError::NoEnvironment { nearest, .. } => {
            let near = nearest.iter().map(|name| format!("there is an environment `{name}`"));
            near.chain(one("`cargo vault env list` shows them all")).collect()
        }
        VaultError::EnvironmentExists { .. } => one("`cargo vault env list` shows them all"),
        VaultError::EnvironmentExtended { by, .. } => {
            vec![format!("`cargo vault env rm {by}` removes that one first")]
        }
        VaultError::NoSecret { env, nearest, elsewhere, .. } => {
            let near = nearest.iter().map(|name| format!("there is a secret `{name}`"));
            near.chain(those_with(elsewhere))
                .chain([format!("`cargo vault list -e {env}` shows them all")])
                .collect()
        }
        VaultError::Deleted { env, name, elsewhere, .. } => {
            let again = format!("`cargo vault set -e {env} {name}` sets it again");
            those_with(elsewhere).chain([again]).collect()
        }
        VaultError::NoVersion { env, name, number, .. } => {
            vec![
                format!("`cargo vault history -e {env} {name}` shows what there was"),
                format!("`cargo vault show -e {env} --version {number} {name}` looks in git's history too"),
            ]
        }
        VaultError::SecretExists { .. } => one("`--force` makes it a new version of that one"),
        VaultError::Inherited { env, name, holder } => vec![
            format!("`cargo vault mv -e {holder} {name} NEW` moves it for all that extend `{holder}`"),
            format!("`cargo vault cp -e {env} {name} NEW` leaves it there, and makes `{env}/NEW`"),
        ],
        VaultError::NotOfKind { .. } => one("`--kind binary` takes any bytes"),
        VaultError::MemberExists { .. } | VaultError::MemberWas { .. } => {
            one("`--name NAME` gives another name")
        }
        VaultError::NoKey { env, approvers, .. } => vec![
            "set `CVAULT_KEY` or `CVAULT_KEY_FILE`, or name a file with `--identity FILE`".to_owned(),
            team::ask(env, None, approvers),
        ],
        VaultError::Locked { env, me, approvers, .. } => vec![team::ask(env, me.as_deref(), approvers)],
        VaultError::NotWriter { env, me, approvers: Some(approvers), .. } => {
            vec![team::ask(env, Some(&(me.clone(), Role::Member)), approvers)]
        }
        VaultError::CannotFound { .. } => one("`cargo vault identity new` makes an identity that signs"),
        VaultError::Aside { .. } | VaultError::AsideRoster => {
            one("merge the default branch first, and try again")
        }
        _ => own_hints(error),
    }
}

/// What to type where it is about one's own keys, and about devices.
fn own_hints(error: &VaultError) -> Vec<String> {
    let one = |text: &str| vec![text.to_owned()];
    match error {
        VaultError::NoIdentity { nearest, .. } => {
            let near = nearest.iter().map(|name| format!("there is an identity `{name}`"));
            near.chain(one("`cargo vault identity list` shows them all")).collect()
        }
        VaultError::IdentityExists { .. } => one("`cargo vault identity list` shows those that you have"),
        VaultError::SeveralIdentities => one("take each in from a file of its own"),
        VaultError::SshImport => vec![
            "`~/.ssh/id_ed25519` and `~/.ssh/id_rsa` are found by themselves".to_owned(),
            "`cargo vault whoami --identity FILE` tries another".to_owned(),
        ],
        VaultError::NotRecovery => one("without one: `cargo vault join` asks an admin to let you in"),
        VaultError::NoMember { nearest, .. } => {
            let near = nearest.iter().map(|name| format!("there is a member `{name}`"));
            near.chain(one("`cargo vault member list` shows who may do what")).collect()
        }
        VaultError::LastAdmin { .. } => vec![
            "`cargo vault member role NAME admin` makes somebody else one first".to_owned(),
            "`cargo vault recovery create` adds one whose key lies offline".to_owned(),
        ],
        VaultError::NotRenewer { env, able, .. } | VaultError::OwnLeave { env, able, .. }
            if able.is_empty() =>
        {
            vec![format!(
                "`cargo vault member list` shows who writes `{env}`: one of them has to be an admin"
            )]
        }
        VaultError::LastWriter { env, .. } => {
            vec![format!("`cargo vault env rm {env}` removes it with its secrets")]
        }
        VaultError::NotGranted { .. } => one("`cargo vault member list` shows who may do what"),
        VaultError::DeviceCannotSign { .. } => one("`cargo vault identity show` on that device prints both"),
        _ => Vec::new(),
    }
}

/// Where a name is that was asked in the wrong place.
fn those_with(envs: &[EnvName]) -> impl Iterator<Item = String> {
    let told = envs.iter().take(3).map(|env| format!("environment `{env}` has it: `-e {env}`"));
    told.collect::<Vec<_>>().into_iter()
}

fn first_use(error: &VaultError, introduction: &Introduction) -> Failure {
    let founder = introduction.founder.as_ref().map_or("no member any more", |name| name.as_str());
    Failure::new(Class::Tampered, "first-use", error.to_string())
        .detail("vault", introduction.vault.to_string())
        .detail("founder", founder)
        .detail("members", listed(&introduction.members))
        .detail("anchor", introduction.anchor.to_string())
        .help(format!("if that is the vault you mean: `cargo vault trust {}`", introduction.anchor))
        .help(format!(
            "where nothing is kept between commands: `export CVAULT_TRUST={}`",
            introduction.anchor
        ))
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
