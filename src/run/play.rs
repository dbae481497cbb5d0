//! Playing a line of shell as somebody: with a home of his own, none of the caller's variables, and `cargo vault` as this program.

use std::{
    ffi::{OsStr, OsString},
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Where the play is, and with what.
pub struct Stage<'a> {
    /// The folder of it all.
    pub folder: &'a Path,
    /// This program.
    pub program: &'a Path,
    /// The folders in which programs are looked for.
    pub path: &'a OsStr,
}

/// What a line showed, standard output and standard error together, and how it ended.
pub struct Shown {
    /// What was shown.
    pub output: String,
    /// The exit code; none where a signal ended it.
    pub exit: Option<i32>,
}

/// `cargo` is a function of the shell, so that nothing in the folder needs to be executable.
const SCRIPT: &str = "cargo() { \"$0\" \"$@\"; }\nexec 2>&1\n";

impl Stage<'_> {
    /// Runs a line in somebody's project.
    pub fn play(&self, who: &str, line: &str, variables: &[(&str, String)]) -> io::Result<Shown> {
        let home = self.folder.join(who);
        let project = home.join("shop");
        fs::create_dir_all(&project)?;
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(format!("{SCRIPT}{line}")).arg(self.program);
        command.env_clear().envs(environment(self, &home, who)).envs(variables.iter().cloned());
        let ended = command.current_dir(project).stdin(Stdio::null()).stderr(Stdio::null()).output()?;
        let output = String::from_utf8_lossy(&ended.stdout).into_owned();
        Ok(Shown { output, exit: ended.status.code() })
    }
}

fn environment(stage: &Stage<'_>, home: &PathBuf, who: &str) -> Vec<(String, OsString)> {
    let mut all: Vec<(String, OsString)> = vec![
        ("HOME".to_owned(), home.into()),
        ("PATH".to_owned(), stage.path.to_owned()),
        ("TMPDIR".to_owned(), stage.folder.into()),
        // No bus, and so no keychain.
        ("DBUS_SESSION_BUS_ADDRESS".to_owned(), "disabled:".into()),
    ];
    let fixed = [
        ("LC_ALL", "C.UTF-8"),
        ("TERM", "dumb"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_TERMINAL_PROMPT", "0"),
    ];
    all.extend(fixed.map(|(name, value)| (name.to_owned(), value.into())));
    for role in ["AUTHOR", "COMMITTER"] {
        all.push((format!("GIT_{role}_NAME"), who.into()));
        all.push((format!("GIT_{role}_EMAIL"), format!("{who}@example.org").into()));
    }
    all
}
