//! A command that there is not: which one was meant, where clap finds none.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::vault::nearest;

/// What other programs call what these commands do.
const ELSEWHERE: [(&str, &str); 16] = [
    ("add", "set"),
    ("cat", "get"),
    ("copy", "cp"),
    ("create", "init"),
    ("del", "rm"),
    ("delete", "rm"),
    ("environment", "env"),
    ("exec", "run"),
    ("move", "mv"),
    ("new", "init"),
    ("print", "get"),
    ("put", "set"),
    ("read", "get"),
    ("remove", "rm"),
    ("rename", "mv"),
    ("unset", "rm"),
];

/// Names the command that may have been meant, one of a group's where a group was named.
pub(super) fn suggest(error: clap::Error, group: Option<clap::Command>, all: &[&str]) -> clap::Error {
    match (error.kind(), group) {
        (ErrorKind::InvalidSubcommand, Some(mut group)) => {
            group.build();
            nearest_of(error, &group.get_subcommands().map(clap::Command::get_name).collect::<Vec<_>>())
        }
        (ErrorKind::InvalidSubcommand, None) => nearest_of(error, all),
        _ => error,
    }
}

fn nearest_of(mut error: clap::Error, commands: &[&str]) -> clap::Error {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else { return error };
    let same = |(word, command): &(&str, &'static str)| (typed == word).then_some(*command);
    let known = ELSEWHERE.iter().find_map(same).filter(|command| commands.contains(command));
    // The same letters, which clap finds less near than others.
    let letters = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    let known = known.or_else(|| commands.iter().copied().find(|name| letters(name) == letters(typed)));
    let near = || nearest(typed, commands.iter().map(|name| (*name, *name)));
    let meant = match (known, error.get(ContextKind::SuggestedSubcommand)) {
        (Some(command), _) => command,
        (None, Some(_)) => return error,
        (None, None) => match near() {
            Some(command) => command,
            None => return error,
        },
    };
    let meant = ContextValue::Strings(vec![meant.to_owned()]);
    error.insert(ContextKind::SuggestedSubcommand, meant);
    error
}
