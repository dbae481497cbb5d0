//! `cargo-vault git merge-driver` and `cargo-vault git textconv`: what git calls where `cargo vault git install` was typed.
//!
//! Git gives the arguments, and the files and paths among them can be anybody's. Nobody is asked anything.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::ExitCode,
};

use super::{Class, Failure, World, args::Globals, ctx::Ctx};
use crate::{
    audit::Durable,
    kernel::{
        limits,
        model::{Action, Outcome, Subject},
    },
    store::{Links, Over, StoreError, find, read_bytes, write_output},
    ui::{Look, Ui, printable},
    vault::{DriverFault, Hold, MergedFile, ThreeFiles, VaultError, in_conflict, secret_at, shown},
};

/// What git takes for a failure of the driver itself: it stops, and touches nothing.
const STOP: u8 = 129;
/// A file over the limit of the format is still one that git has.
const BYTES: u64 = 4 * limits::SECRET_FILE;

/// What git asks for.
pub(super) enum Call {
    /// To bring three files together into the second; they are of the path.
    Merge([PathBuf; 3], OsString),
    /// To show a file in lines.
    Show(PathBuf),
}

/// What git calls this for, if it does.
pub(super) fn called(args: &[OsString]) -> Option<Call> {
    let [_, group, name, words @ ..] = args else { return None };
    if group != OsStr::new("git") {
        return None;
    }
    match (name.to_str()?, words) {
        ("merge-driver", [base, ours, theirs, path]) => {
            Some(Call::Merge([base, ours, theirs].map(PathBuf::from), path.clone()))
        }
        ("textconv", [file]) => Some(Call::Show(PathBuf::from(file))),
        _ => None,
    }
}

/// Answers git.
pub(super) fn answer(world: World, call: Call) -> ExitCode {
    match call {
        Call::Show(file) => show(&world, &file),
        Call::Merge(files, path) => {
            let Ok(mut ctx) = Ctx::new(world, &Globals::default(), false) else {
                return ExitCode::from(STOP);
            };
            ctx.silent = true;
            merge(&ctx, files, &path)
        }
    }
}

fn show(world: &World, file: &Path) -> ExitCode {
    let ui = Ui::new(Look::default(), true);
    let file = world.cwd.as_deref().unwrap_or(Path::new(".")).join(file);
    let text = match read(&file) {
        Ok(bytes) => shown(&bytes).iter().map(|line| format!("{}\n", printable(line))).collect::<String>(),
        Err(error) => {
            ui.failure(&error.into());
            return Class::Refused.into();
        }
    };
    // A pager that was left is no failure.
    let _ = ui.bytes(text.as_bytes());
    ExitCode::SUCCESS
}

fn merge(ctx: &Ctx, files: [PathBuf; 3], path: &OsStr) -> ExitCode {
    let files = files.map(|file| ctx.cwd.join(file));
    let read = |at: usize| read(&files[at]);
    let (base, ours, theirs) = match (read(0), read(1), read(2)) {
        (Ok(base), Ok(ours), Ok(theirs)) => (base, ours, theirs),
        (Err(error), ..) | (_, Err(error), _) | (.., Err(error)) => return stop(ctx, error),
    };
    let three = ThreeFiles { base: &base, ours: &ours, theirs: &theirs };
    // First of all, so that whatever happens then nobody takes our side for the outcome.
    if let Err(error) = write_output(&files[1], &in_conflict(three), Over::Replace) {
        return stop(ctx, error);
    }
    match merged(ctx, three, path) {
        Ok(bytes) => match write_output(&files[1], &bytes, Over::Replace) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => stop(ctx, error),
        },
        Err(failure) => {
            ctx.ui.failure(&failure);
            // Whatever was wrong: git knows but one code for it.
            Class::Refused.into()
        }
    }
}

fn stop(ctx: &Ctx, error: StoreError) -> ExitCode {
    ctx.ui.failure(&error.into());
    ExitCode::from(STOP)
}

fn merged(ctx: &Ctx, files: ThreeFiles<'_>, path: &OsStr) -> Result<Vec<u8>, Failure> {
    let path = path.to_string_lossy();
    let found = secret_at(&path).ok_or_else(|| DriverFault::NotSecret { path: path.clone().into_owned() });
    let (folder, env, name) = found.map_err(VaultError::from)?;
    let place = find(&ctx.cwd.join(folder), None)?;
    ctx.about(None, Some(&env));
    ctx.names([Subject::Secret(name.clone())]);
    let MergedFile { bytes, by } = ctx.with_vault_of(&place, Hold::Shared, |vault, keyring| {
        Ok(vault.merge_secret((&env, &name), files, (keyring, &ctx.ask()), ctx.now)?)
    })?;
    if by.is_some() {
        ctx.about(by.as_ref(), None);
        if let Err(error) = ctx.record(Action::Merge, Outcome::Done, Durable::Now) {
            ctx.ui.warning(&format!("the audit log was not written: {error}"));
        }
    }
    Ok(bytes)
}

fn read(file: &Path) -> Result<Vec<u8>, StoreError> {
    let failed = |source| StoreError::Read { path: file.to_owned(), source };
    let bytes = read_bytes(file, BYTES, Links::Follow).map_err(failed)?;
    bytes.ok_or_else(|| failed(std::io::Error::from(std::io::ErrorKind::NotFound)))
}
