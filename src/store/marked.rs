//! A block of lines of ours in a text file of somebody else's, between two marks: put in, put in anew, and taken out so that every
//! other byte is as it was.

use std::{
    fs::{self, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use super::{
    beside::{Links, read_text},
    error::StoreError,
};

const BEGIN: &str = "# begin cargo-vault: `cargo vault git uninstall` takes this out";
/// What the first mark ends with where the line before it had no end, which is then taken out too.
const JOINED: &str = ", and the line's end above";
const END: &str = "# end cargo-vault";

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

/// A text with a block of whole lines at its end, in the place of one that was there before.
pub fn with_block(text: &str, block: &str) -> String {
    let text = without_block(text);
    let joined = if text.is_empty() || text.ends_with('\n') { "" } else { JOINED };
    let end = if joined.is_empty() { "" } else { "\n" };
    format!("{text}{end}{BEGIN}{joined}\n{block}{END}\n")
}

/// A text without its block. One whose second mark is gone is left as it is: nobody knows where it ends.
pub fn without_block(text: &str) -> String {
    let found = text.match_indices(BEGIN).map(|(at, _)| at);
    let begin = found.into_iter().find(|at| text[..*at].is_empty() || text[..*at].ends_with('\n'));
    let Some(begin) = begin else { return text.to_owned() };
    let Some(len) = text[begin..].find(&format!("\n{END}\n")).map(|len| len + END.len() + 2) else {
        return text.to_owned();
    };
    let joined = text[begin + BEGIN.len()..].starts_with(JOINED);
    let before = if joined { text[..begin].strip_suffix('\n') } else { None }.unwrap_or(&text[..begin]);
    format!("{before}{}", &text[begin + len..])
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
        let became = match (text.contains(BEGIN), after.contains(BEGIN)) {
            _ if text == after => return Ok(Marked::Unchanged),
            (false, true) => Marked::New,
            (true, true) => Marked::Changed,
            (_, false) => Marked::Removed,
        };
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
mod tests {
    use std::fs;

    use super::{Marked, update_git_config, with_block, without_block};
    use crate::store::StoreError;

    fn config(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        #[expect(clippy::disallowed_methods, reason = "a test writes what git would")]
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn block_goes_to_the_end_and_out_again_without_a_trace() {
        for text in ["", "\n", "[a]\n\tb = c\n", "[a]\n\tb = c", "\r\n[a]\r\n"] {
            let with = with_block(text, "x\n");
            assert!(with.starts_with(text) && with.ends_with("\nx\n# end cargo-vault\n"), "{with:?}");
            assert_eq!(without_block(&with), text);
        }
    }

    #[test]
    fn block_takes_the_place_of_the_one_before() {
        let twice = with_block(&with_block("a", "x\n"), "y\n");
        assert_eq!(twice, with_block("a", "y\n"));
    }

    #[test]
    fn what_others_put_behind_the_block_stays() {
        let after = with_block("a\n", "x\n") + "b\n";
        assert_eq!(without_block(&after), "a\nb\n");
    }

    #[test]
    fn block_without_an_end_is_left_as_it_is() {
        let cut = with_block("a\n", "x\n").replace("# end cargo-vault\n", "");
        assert_eq!(without_block(&cut), cut);
    }

    #[test]
    fn configuration_is_as_it_was_after_both() {
        let (_folder, path) = config("[core]\n\tbare = false");
        let put = |block: &str| update_git_config(&path, |text| with_block(text, block)).unwrap();
        assert_eq!((put("x\n"), put("x\n"), put("y\n")), (Marked::New, Marked::Unchanged, Marked::Changed));
        assert_eq!(update_git_config(&path, without_block).unwrap(), Marked::Removed);
        assert_eq!(update_git_config(&path, without_block).unwrap(), Marked::Unchanged);
        assert_eq!(fs::read_to_string(&path).unwrap(), "[core]\n\tbare = false");
        assert!(!path.with_file_name("config.lock").exists());
    }

    #[test]
    fn who_else_writes_the_configuration_is_not_overrun() {
        let (_folder, path) = config("a\n");
        let lock = path.with_file_name("config.lock");
        fs::File::create(&lock).unwrap();
        let refused = update_git_config(&path, |text| with_block(text, "x\n"));
        assert!(matches!(refused, Err(StoreError::Exists { path }) if path.ends_with("config.lock")));
        assert_eq!((fs::read_to_string(&path).unwrap(), lock.exists()), ("a\n".to_owned(), true));
    }
}
