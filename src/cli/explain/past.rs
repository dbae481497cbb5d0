//! What to do when a tree and the commits before it do not fit, and what `--strict` has against a history.

use crate::{
    kernel::{
        format::path,
        name::{EnvName, MemberName, SecretName},
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
        PastFault::Changed { .. } => {
            failure(Class::Conflict, "meanwhile").help("the same command again looks at what is there now")
        }
        PastFault::NoKey { env, name, former } => {
            no_key(failure(Class::Locked, "no-older-key"), (env, name), former.as_ref())
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

fn no_key(failure: Failure, (env, name): (&EnvName, &SecretName), former: Option<&MemberName>) -> Failure {
    let failure =
        failure.help(format!("whoever writes `{env}` and could open it when it was sealed can repair it"));
    match former {
        Some(_) => failure,
        None => failure.help(format!("`cargo vault set -e {env} {name}` gives it a new value")),
    }
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
