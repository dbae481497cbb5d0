//! What to do when the `git` program did not do its part.

use std::path::Path;

use super::quoted;
use crate::{
    git::{CallError, Upstream},
    ui::{Class, Failure},
};

/// Explains why.
pub(super) fn call(error: &CallError) -> Failure {
    let failure = |class, code| Failure::new(class, code, error.to_string());
    match error {
        CallError::NoProgram => {
            failure(Class::Refused, "no-git-program").help("`type git` shows where the shell finds it")
        }
        CallError::Start { .. } => failure(Class::Refused, "no-git-program"),
        CallError::Failed { what, said } => {
            let failure = quoting(failure(Class::Refused, "git-failed"), said);
            match *what {
                "commit" => failure.help("`git commit -- .vault` tries again, and shows all that it says"),
                "push" => failure.help("`git push` tries again, and shows all that it says"),
                _ => failure,
            }
        }
        CallError::NoText { .. } => failure(Class::Refused, "no-text")
            .help("`git pull --rebase` does so, and `cargo vault sync` goes on"),
        CallError::Conflict { from, paths } => naming(failure(Class::Conflict, "git-conflict"), paths)
            .help(format!("`{}` stops where they conflict", pull(from)))
            .help("`cargo vault resolve` mends the vault there, `git rebase --continue` goes on"),
        CallError::InTheWay { said } => quoting(failure(Class::Refused, "in-the-way"), said)
            .help("`git stash -uq` puts it aside, and `git stash pop -q` brings it back"),
    }
}

/// What takes a branch in without looking at it first.
pub(in crate::cli) fn pull(from: &Upstream) -> String {
    let [remote, branch] = [&from.shown(), &from.branch].map(|name| quoted(Path::new(name)));
    format!("git pull --rebase {remote} {branch}")
}

fn naming(failure: Failure, paths: &[String]) -> Failure {
    let name = |i| if i == 0 { "conflict in" } else { "" };
    paths.iter().enumerate().fold(failure, |failure, (i, path)| failure.detail(name(i), path.clone()))
}

fn quoting(failure: Failure, said: &[String]) -> Failure {
    let name = |i| if i == 0 { "git said" } else { "" };
    said.iter().enumerate().fold(failure, |failure, (i, line)| failure.detail(name(i), line.clone()))
}
