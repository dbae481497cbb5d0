//! What to do when a tree and the commits before it do not fit, and what `--strict` has against a history.

use super::{kernel::refusal, listed, vault::key_details};
use crate::{
    kernel::{
        format::path,
        name::{EnvName, SecretName},
    },
    ui::{Class, Failure},
    vault::{By, History, PastFault, Rewritten, Unchecked, Unsound},
};

/// Explains what is wrong between a tree and the commits before it.
pub(super) fn past(fault: &PastFault) -> Failure {
    let failure = |class, code| Failure::new(class, code, fault.to_string());
    match fault {
        PastFault::PutBack { env, name, commit, by, .. } => {
            let failure = blamed(failure(Class::Tampered, "rolled-back"), "put back in", by.as_ref());
            failure.help(brought_back(commit, env, name)).help(repair(env, name))
        }
        PastFault::Twice { env, name, by, .. } => {
            let failure = blamed(failure(Class::Conflict, "rewritten"), "replaced in", by.as_ref());
            failure
                .help(format!("`cargo vault repair -e {env} {name}` writes what lies here anew, above both"))
        }
        PastFault::Lost { env, name, commit, by, .. } => {
            let failure = blamed(failure(Class::Tampered, "vanished"), "taken away in", by.as_ref());
            failure.help(brought_back(commit, env, name)).help(repair(env, name))
        }
        PastFault::LogCut { commit, by, .. } => {
            log_cut(blamed(failure(Class::Tampered, "forked"), "cut in", by.as_ref()), commit)
        }
        PastFault::OtherVault { .. } => failure(Class::Tampered, "replaced"),
        PastFault::There { commit, fault: there } => {
            Failure { error: fault.to_string(), ..from_there(commit, refusal(there)) }
        }
        PastFault::NoEnvironment { commit, .. } => {
            let at = short(commit);
            failure(Class::NotFound, "no-environment")
                .help(format!("`cargo vault log --at {at}` shows when there was one"))
        }
        PastFault::NoSecret { env, commit, nearest, .. } => {
            let near = nearest.iter().map(|name| format!("there was a secret `{name}`"));
            let all = format!("`cargo vault list -e {env} --at {}` shows them all", short(commit));
            near.chain([all]).fold(failure(Class::NotFound, "no-secret"), Failure::help)
        }
        PastFault::Locked { env, commit, keys, readers } => {
            let failure = key_details(keys).into_iter().fold(failure(Class::Locked, "locked-then"), detailed);
            needs_no_key(failure.detail("readable then by", listed(readers)), env, commit)
        }
        PastFault::NoVersion { env, name, have, .. } => failure(Class::NotFound, "no-version")
            .detail("versions", listed(have))
            .help(format!("`cargo vault history -e {env} {name}` shows what there was")),
        PastFault::Changed { .. } => {
            failure(Class::Conflict, "meanwhile").help("the same command again looks at what is there now")
        }
        PastFault::NoKey { env, name, former } => {
            no_older_key(failure(Class::Locked, "no-older-key"), (env, name), former.is_some())
        }
        PastFault::NoGit => failure(Class::Refused, "no-git"),
        PastFault::NoRevision { .. } => {
            failure(Class::NotFound, "no-revision").help("`git fetch` brings what the remote has")
        }
        PastFault::NoVault { .. } => failure(Class::NotFound, "no-vault"),
        PastFault::Unrelated { shallow, .. } => {
            let failure = failure(Class::Refused, "unrelated");
            if *shallow { failure.help(UNSHALLOW) } else { failure }
        }
    }
}

fn needs_no_key(failure: Failure, env: &EnvName, commit: &str) -> Failure {
    failure.help(format!("`cargo vault list -e {env} --at {}` needs no key", short(commit)))
}

/// Without a former writer's value, a new one is a way out too.
fn no_older_key(failure: Failure, (env, name): (&EnvName, &SecretName), is_former: bool) -> Failure {
    let failure =
        failure.help(format!("whoever writes `{env}` and could open it when it was sealed can repair it"));
    match is_former {
        true => failure,
        false => failure.help(format!("`cargo vault set -e {env} {name}` gives it a new value")),
    }
}

/// What is wrong in a commit, with its history from there.
fn from_there(commit: &str, fault: Failure) -> Failure {
    let at = short(commit);
    let hints =
        fault.hints.iter().map(|hint| hint.replace("`git log -p --", &format!("`git log -p {at} --")));
    Failure { hints: hints.collect(), ..fault }
}

fn detailed(failure: Failure, (name, text): (&'static str, String)) -> Failure {
    failure.detail(name, text)
}

const UNSHALLOW: &str = "`git fetch --unshallow` fetches the older commits";

fn blamed(failure: Failure, what: &str, by: Option<&By>) -> Failure {
    match by {
        Some(By { commit, author }) => {
            failure.detail(what, format!("commit {} by {author}, {UNSIGNED}", short(commit)))
        }
        None => failure,
    }
}

/// What is said of an author, who is whoever the commit says.
pub(in crate::cli) const UNSIGNED: &str = "as git has it: nobody signed that";

/// The first digits of a commit's name.
pub(in crate::cli) fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

fn brought_back(commit: &str, env: &EnvName, name: &SecretName) -> String {
    format!("`git checkout {} -- .vault/{}` brings it back", short(commit), path::secret(env, name))
}

fn log_cut(failure: Failure, commit: &str) -> Failure {
    failure
        .help("`git log -p -- .vault/roster.log` shows who changed it")
        .help(format!("`cargo vault resolve --with {}` brings in again what that commit has", short(commit)))
}

fn repair(env: &EnvName, name: &SecretName) -> String {
    format!(
        "`cargo vault repair -e {env} {name}` asks, and writes it anew, above every revision that there was"
    )
}

/// What a history has that only a strict check refuses, with the path that it is about.
pub(in crate::cli) fn reservations(history: &History) -> Vec<(String, Failure)> {
    let mut all: Vec<(String, Failure)> = Vec::new();
    all.extend(history.unchecked.as_ref().map(|why| (String::new(), unchecked(why))));
    all.extend(history.rewritten.as_ref().map(|moved| (String::new(), rewritten(moved))));
    all.extend(history.unsound.iter().map(|one| (one.path.clone(), unsound(one))));
    all
}

fn unchecked(why: &Unchecked) -> Failure {
    match why {
        Unchecked::NoGit => Failure::new(Class::Refused, "no-git", PastFault::NoGit.to_string()),
        Unchecked::Unopened { why } => Failure::new(Class::Refused, "git", why.clone()),
        Unchecked::Shallow => {
            Failure::new(Class::Refused, "shallow", "this clone is shallow: older commits were not looked at")
                .help(UNSHALLOW)
        }
    }
}

fn rewritten(moved: &Rewritten) -> Failure {
    let (before, now) = (short(&moved.before), short(&moved.now));
    let error = format!(
        "the remote's default branch was rewritten: {now} does not come after {before}, where it was"
    );
    Failure::new(Class::Refused, "branch-rewritten", error)
        .help("if that was meant: without a strict check it is taken as it is now, once")
}

/// What one past commit brought in.
pub(in crate::cli) fn unsound(one: &Unsound) -> Failure {
    let Unsound { commit, author, message, .. } = one;
    let error = format!("commit {} by {author}: {message}", short(commit));
    Failure::new(Class::Refused, "past", error)
}
