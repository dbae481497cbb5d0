//! The person's editor: which it is, and how it is called so that what it edits is nowhere but in the file's own folder.

use std::{
    env::split_paths,
    ffi::{OsStr, OsString},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    process::Command,
};

/// What is known of some editors.
struct Known {
    names: &'static [&'static str],
    /// What keeps its backup, swap, undo and history files away, and has it follow no orders that stand in a text, whatever its own
    /// settings say.
    args: &'static [&'static str],
    /// What has it end only when the file is done with, where that has to be said.
    wait: Option<&'static str>,
}

const VIM: [&str; 7] =
    ["-n", "-i", "NONE", "--cmd", "set nomodeline", "-c", "silent! set nobackup nowritebackup noundofile"];

const KNOWN: [Known; 6] = [
    Known { names: &["vim", "nvim"], args: &VIM, wait: None },
    Known { names: &["gvim"], args: &VIM, wait: Some("-f") },
    Known {
        names: &["emacs"],
        args: &[
            "--eval",
            "(setq make-backup-files nil auto-save-default nil create-lockfiles nil enable-local-variables nil)",
        ],
        wait: None,
    },
    Known { names: &["nano"], args: &["--ignorercfiles"], wait: None },
    Known {
        names: &["code", "codium", "cursor", "subl", "zed", "idea", "clion", "rustrover", "gedit"],
        args: &[],
        wait: Some("--wait"),
    },
    Known { names: &["mate"], args: &[], wait: Some("-w") },
];

/// An editor.
pub struct Editor {
    line: OsString,
    known: Option<&'static Known>,
}

impl Editor {
    /// The editor of a line of shell, as git takes it.
    pub fn new(line: &OsStr, path: &OsStr) -> Self {
        let text = line.to_string_lossy();
        let word = text.split_whitespace().next().unwrap_or_default();
        // `vi` and `editor` are links to what is meant.
        let found = split_paths(path).filter(|folder| folder.is_absolute()).map(|folder| folder.join(word));
        let found = found.filter_map(|program| program.canonicalize().ok()).next();
        let known = found.as_deref().and_then(known).or_else(|| known(Path::new(word)));
        Self { line: line.to_owned(), known }
    }

    /// As it was typed.
    pub fn line(&self) -> &OsStr {
        &self.line
    }

    /// The same line with what has this editor wait, where it has to be told and is not.
    pub fn waiting(&self) -> Option<String> {
        let wait = self.known.and_then(|known| known.wait)?;
        let line = self.line.to_str()?;
        let told = line.split_whitespace().any(|word| word == wait || (wait == "--wait" && word == "-w"));
        (!told).then(|| format!("{line} {wait}"))
    }

    /// Calls it for a file: in this environment, with its temporary files beside that one.
    pub fn command(&self, file: &Path, env: impl Iterator<Item = (OsString, OsString)>) -> Command {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-+./:,@ ".contains(byte);
        // An editor that dies is to leave no core file, which would hold what it edits. A shell that stays is not to end by a key
        // that the editor heeds; what it catches, the editor has as it was.
        let how = if self.line.as_bytes().iter().all(plain) { "exec " } else { "trap : INT QUIT; " };
        let mut script = OsString::from(format!("ulimit -c 0; {how}"));
        script.push(&self.line);
        script.push(" \"$@\"");
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(script).arg(&self.line);
        command.args(self.known.map(|known| known.args).unwrap_or_default()).arg(file).env_clear().envs(env);
        let folder: Option<PathBuf> = file.parent().map(Path::to_owned);
        command.envs(folder.map(|folder| ("TMPDIR", folder)));
        command
    }
}

/// What is known of a program by its name, as `vim.tiny` and `emacs-gtk` have it.
fn known(program: &Path) -> Option<&'static Known> {
    let name = program.file_name()?.to_str()?;
    let name = name.split(['.', '-']).next().unwrap_or_default();
    KNOWN.iter().find(|known| known.names.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(line: &str) -> Vec<String> {
        let editor = Editor::new(OsStr::new(line), OsStr::new("/nowhere"));
        let command = editor.command(Path::new("/m/x.toml"), std::iter::empty());
        command.get_args().map(|arg| arg.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn editor_is_a_line_of_shell_that_gets_the_file() {
        assert_eq!(
            called("my 'edit or' -x"),
            ["-c", "ulimit -c 0; trap : INT QUIT; my 'edit or' -x \"$@\"", "my 'edit or' -x", "/m/x.toml"]
        );
    }

    #[test]
    fn shell_gives_way_to_an_editor_that_needs_none() {
        assert_eq!(called("ed -s")[..2], ["-c", "ulimit -c 0; exec ed -s \"$@\""]);
    }

    #[test]
    fn known_editor_is_told_to_keep_no_copies() {
        assert_eq!(called("/usr/bin/vim.tiny +1")[3..], [&VIM[..], &["/m/x.toml"]].concat());
        assert_eq!(called("nano")[3..], ["--ignorercfiles", "/m/x.toml"]);
    }

    #[test]
    fn editor_that_comes_back_at_once_is_known_unless_it_waits() {
        let waiting = |line| Editor::new(OsStr::new(line), OsStr::new("/nowhere")).waiting();
        assert_eq!(waiting("code-insiders -n"), Some("code-insiders -n --wait".to_owned()));
        assert_eq!([waiting("code -w"), waiting("subl --wait"), waiting("vim")], [None, None, None]);
    }

    #[test]
    fn temporary_files_of_the_editor_lie_beside_the_file() {
        let editor = Editor::new(OsStr::new("x"), OsStr::new(""));
        let env = [("TMPDIR".into(), "/tmp".into()), ("A".into(), "1".into())];
        let command = editor.command(Path::new("/m/x.toml"), env.into_iter());
        let seen: Vec<_> = command.get_envs().collect();
        let some = |text: &'static str| Some(OsStr::new(text));
        assert_eq!(seen, [(OsStr::new("A"), some("1")), (OsStr::new("TMPDIR"), some("/m"))]);
    }
}
