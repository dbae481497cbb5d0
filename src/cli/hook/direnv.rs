//! direnv's `use cargo_vault [ENV…]`: the files that it is to watch, and the values, which it puts back by itself.

use std::ffi::OsString;

use super::{Found, say_changes, say_none, sights::Sights};
use crate::{
    cli::{
        args::env_name,
        ctx::{Ctx, usage},
    },
    interchange::{Shell, statements, word},
    kernel::{name::EnvName, secret::Secret},
    run::Variables,
    ui::Failure,
};

/// What the function evaluates: it returns 1 where nothing is loaded.
pub(super) fn answer(ctx: &Ctx, words: &[OsString]) -> Secret {
    let found = environments(words).and_then(|envs| {
        let sights = Sights::of(ctx, ctx.place()?);
        Ok((Found::at(ctx, Shell::Direnv, &sights, &envs), sights))
    });
    let (values, watched) = match found {
        Ok((Found { values, held }, sights)) => (values, sights.files(&held.envs)),
        Err(failure) => (Err(failure), Vec::new()),
    };
    let mut pieces = Vec::new();
    for path in watched {
        let path = Secret::new(path.into_os_string().into_encoded_bytes());
        pieces.extend([text("watch_file "), word(Shell::Direnv, &path), text("\n")]);
    }
    match values {
        Ok(Variables { fit, unfit }) => {
            say_changes(ctx, Vec::new(), &unfit);
            let set: Vec<(&str, &Secret)> = fit.iter().map(|(name, value)| (name.as_str(), value)).collect();
            pieces.push(statements(Shell::Direnv, &set, &[]));
        }
        Err(failure) => {
            say_none(ctx, &failure);
            pieces.push(text("return 1\n"));
        }
    }
    Secret::concat(&pieces.iter().collect::<Vec<_>>())
}

fn text(text: &str) -> Secret {
    Secret::new(text.as_bytes().to_vec())
}

fn environments(words: &[OsString]) -> Result<Vec<EnvName>, Failure> {
    let parse = |word: &OsString| env_name(&word.to_string_lossy()).map_err(|error| usage("name", error));
    words.iter().map(parse).collect()
}
