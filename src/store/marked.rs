//! A block of lines of ours in a text file of somebody else's, between two marks: put in, put in anew, and taken out so that every
//! other byte is as it was.

use std::{
    fs::{self, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use super::{
    beside::{Links, read_text, replace},
    error::StoreError,
    private_file::folder_of,
};

const BEGIN: &str = "# begin cargo-vault: `cargo vault git uninstall` takes this out";
/// What the first mark ends with where the line before it had no end, which is then taken out too.
const JOINED: &str = ", and the line's end above";
/// What it ends with where the whole file is of our making.
const MADE: &str = ", and the file with it";
const END: &str = "# end cargo-vault";
/// The first line of a hook of our making.
const SHELL: &str = "#!/bin/sh\n";

/// What became of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    /// It is there, and was not.
    New,
    /// It says something else than before.
    Changed,
    /// It was so already, or was not there already.
    Unchanged,
    /// It is there no more.
    Removed,
}

/// Where a block goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// To the end.
    End,
    /// Behind the first line, which says what runs the file.
    SecondLine,
}

/// A text with a block of whole lines, in the place of one that was there before.
pub fn with_block(text: &str, block: &str, spot: Spot) -> String {
    if is_made(text) {
        return format!("{SHELL}{BEGIN}{MADE}\n{block}{END}\n");
    }
    let text = without_block(text);
    let first = text.find('\n').map_or(text.len(), |end| end + 1);
    let (before, after) = text.split_at(if spot == Spot::End { text.len() } else { first });
    let joined = if before.is_empty() || before.ends_with('\n') { "" } else { JOINED };
    let end = if joined.is_empty() { "" } else { "\n" };
    format!("{before}{end}{BEGIN}{joined}\n{block}{END}\n{after}")
}

/// A text without its block. One whose second mark is gone is left as it is: nobody knows where it ends.
pub fn without_block(text: &str) -> String {
    let mut found = text.match_indices(BEGIN).map(|(at, _)| at);
    let begin = found.find(|at| text[..*at].is_empty() || text[..*at].ends_with('\n'));
    let Some(begin) = begin else { return text.to_owned() };
    let Some(len) = text[begin..].find(&format!("\n{END}\n")).map(|len| len + END.len() + 2) else {
        return text.to_owned();
    };
    let joined = text[begin + BEGIN.len()..].starts_with(JOINED);
    let before = if joined { text[..begin].strip_suffix('\n') } else { None }.unwrap_or(&text[..begin]);
    format!("{before}{}", &text[begin + len..])
}

/// Whether a file is a block of ours and nothing else.
fn is_made(text: &str) -> bool {
    text.starts_with(&format!("{SHELL}{BEGIN}{MADE}\n")) && without_block(text) == SHELL
}

fn became(before: &str, after: &str) -> Marked {
    match (before.contains(BEGIN), after.contains(BEGIN)) {
        _ if before == after => Marked::Unchanged,
        (false, true) => Marked::New,
        (true, true) => Marked::Changed,
        (_, false) => Marked::Removed,
    }
}

/// Puts a block behind the first line of a hook, or takes it out. One that is not there is made, and one of our making goes.
pub fn update_hook(path: &Path, block: Option<&str>) -> Result<Marked, StoreError> {
    let failed = |source: io::Error| StoreError::Write { path: path.to_owned(), source };
    let read = |source| StoreError::Read { path: path.to_owned(), source };
    let text = match (read_text(path, Links::Refuse).map_err(read)?, block) {
        (Some(text), _) => text,
        (None, None) => return Ok(Marked::Unchanged),
        (None, Some(block)) => {
            fs::create_dir_all(folder_of(path)).map_err(failed)?;
            replace(path, &format!("{SHELL}{BEGIN}{MADE}\n{block}{END}\n"), 0o755).map_err(failed)?;
            return Ok(Marked::New);
        }
    };
    let after = match block {
        Some(block) => with_block(&text, block, Spot::SecondLine),
        None if is_made(&text) => {
            return fs::remove_file(path).map(|()| Marked::Removed).map_err(failed);
        }
        None => without_block(&text),
    };
    let became = became(&text, &after);
    if became != Marked::Unchanged {
        replace(path, &after, 0o755).map_err(failed)?;
    }
    Ok(became)
}

/// Changes a configuration file of git's, as git itself does: whoever has `config.lock` is alone, and it becomes the file.
pub fn update_git_config(path: &Path, change: impl FnOnce(&str) -> String) -> Result<Marked, StoreError> {
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let lock = path.with_file_name("config.lock");
    let failed = |source: io::Error| StoreError::Write { path: path.clone(), source };
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&lock);
    let mut file = file.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => StoreError::Exists { path: lock.clone() },
        _ => failed(source),
    })?;
    let changed = || {
        let read = |source| StoreError::Read { path: path.clone(), source };
        let text = read_text(path, Links::Follow).map_err(read)?.unwrap_or_default();
        let after = change(&text);
        let became = became(&text, &after);
        if became == Marked::Unchanged {
            return Ok(became);
        }
        let mode = fs::metadata(path).map_or(0o644, |found| found.permissions().mode() & 0o777);
        let written = file
            .write_all(after.as_bytes())
            .and_then(|()| file.set_permissions(Permissions::from_mode(mode)))
            .and_then(|()| file.sync_all());
        written.and_then(|()| fs::rename(&lock, path)).map_err(failed)?;
        Ok(became)
    };
    let became = changed();
    if !matches!(became, Ok(Marked::New | Marked::Changed | Marked::Removed)) {
        // It became the file otherwise; the first error is the one to tell.
        let _ = fs::remove_file(&lock);
    }
    became
}

#[cfg(test)]
mod tests;
