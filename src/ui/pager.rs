//! A pager for an answer that is longer than the terminal: this process becomes it, so that keys and signals are its own.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs::File,
    io::{self, Seek, Write},
    os::unix::{ffi::OsStrExt, process::CommandExt},
    process::Command,
};

/// Runs `$1` as git runs its pager. A pager that cannot be started is no failure, and `cat` shows the text then; nor is one that
/// is left early. The shell stays, since who presses Ctrl-C means the pager.
const SCRIPT: &str = "trap : INT QUIT; eval \"$1\"; case $? in 126|127) exec cat;; esac; exit 0";

/// A pager, and the variables that it gets.
pub struct Pager {
    command: OsString,
    env: BTreeMap<OsString, OsString>,
}

impl Pager {
    /// The pager of a command line; none for an empty one and for `cat`. `env` is without keys.
    pub fn new<'e>(command: &OsStr, env: impl Iterator<Item = (&'e OsString, &'e OsString)>) -> Option<Self> {
        let trimmed = command.as_bytes().trim_ascii();
        if trimmed.is_empty() || trimmed == b"cat" {
            return None;
        }
        let mut env: BTreeMap<OsString, OsString> =
            env.map(|(name, value)| (name.clone(), value.clone())).collect();
        // As git sets them: end where all fits, show colours, leave the screen as it is.
        env.entry("LESS".into()).or_insert_with(|| "FRX".into());
        env.entry("LV".into()).or_insert_with(|| "-c".into());
        let path = absolute(env.get(OsStr::new("PATH")).map(OsString::as_os_str));
        env.insert("PATH".into(), path);
        Some(Self { command: command.to_owned(), env })
    }

    /// Becomes the pager of a text. Returns only where the system refuses.
    pub(super) fn become_pager(&self, text: &str) -> io::Error {
        let input = match held(text) {
            Ok(input) => input,
            Err(error) => return error,
        };
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", SCRIPT, "sh"]).arg(&self.command).env_clear().envs(&self.env);
        shell.stdin(input).exec()
    }
}

/// The entries of a PATH that are the same in every folder: what lies in a repository is never a pager.
fn absolute(path: Option<&OsStr>) -> OsString {
    let bytes = path.map_or(&b""[..], OsStr::as_bytes);
    let kept: Vec<&[u8]> =
        bytes.split(|byte| *byte == b':').filter(|entry| entry.starts_with(b"/")).collect();
    if kept.is_empty() { "/usr/bin:/bin".into() } else { OsStr::from_bytes(&kept.join(&b':')).to_owned() }
}

/// A text to be read from its beginning, in a file that has no name.
fn held(text: &str) -> io::Result<File> {
    let mut file = nameless()?;
    file.write_all(text.as_bytes())?;
    file.rewind()?;
    Ok(file)
}

#[cfg(target_os = "linux")]
fn nameless() -> io::Result<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    // It stays open in the pager as standard input; this handle does not.
    Ok(memfd_create("cargo-vault", MemfdFlags::CLOEXEC)?.into())
}

#[cfg(not(target_os = "linux"))]
fn nameless() -> io::Result<File> {
    use rustix::fs::{CWD, Mode, OFlags, openat, unlink};
    let path = format!("/tmp/.cargo-vault-{}", std::process::id());
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = openat(CWD, &path, flags, Mode::RUSR | Mode::WUSR)?;
    unlink(&path)?;
    Ok(file.into())
}

#[cfg(test)]
mod tests {
    use std::ffi::{OsStr, OsString};

    use super::{Pager, absolute};

    fn env(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
    }

    fn made(command: &str, pairs: &[(&str, &str)]) -> Option<Vec<(OsString, OsString)>> {
        let env = env(pairs);
        let pager = Pager::new(OsStr::new(command), env.iter().map(|(name, value)| (name, value)))?;
        Some(pager.env.into_iter().collect())
    }

    #[test]
    fn an_empty_one_and_cat_are_none() {
        assert_eq!([made("", &[]), made(" ", &[]), made("cat", &[])], [None, None, None]);
    }

    #[test]
    fn pager_gets_what_git_sets_and_no_relative_entry_of_path() {
        let got = made("less", &[("A", "b"), ("PATH", ":.:/usr/bin:bin:/bin:")]).unwrap();
        assert_eq!(got, env(&[("A", "b"), ("LESS", "FRX"), ("LV", "-c"), ("PATH", "/usr/bin:/bin")]));
    }

    #[test]
    fn what_the_user_set_stays() {
        let own = [("LESS", ""), ("LV", "x"), ("PATH", "/opt")];
        assert_eq!(made("less", &own).unwrap(), env(&own));
    }

    #[test]
    fn path_without_an_absolute_entry_is_the_usual_one() {
        assert_eq!([absolute(None), absolute(Some(OsStr::new("bin:.")))], ["/usr/bin:/bin"; 2]);
    }
}
