//! What a test of the command line stands on: a folder of its own that holds a home, a project and whatever else it makes.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_cargo-vault");

/// A person or machine with a home and a project folder, both gone after the test.
pub(crate) struct Person {
    root: std::rc::Rc<TempDir>,
    /// Home of this person.
    pub(crate) home: PathBuf,
    /// Where commands run.
    pub(crate) cwd: PathBuf,
    /// The variables that commands get, beside `HOME` and git's.
    pub(crate) env: BTreeMap<String, String>,
}

/// What a command said and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    /// The exit code, or 128 and the signal.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: Vec<u8>,
    /// Standard error.
    pub(crate) err: String,
}

impl Said {
    /// Standard output as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    /// Fails the test unless the command was done.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "stdout: {}\nstderr: {}", self.text(), self.err);
        self
    }

    /// Fails the test unless the command ended with this code and this first line of an error.
    #[track_caller]
    pub(crate) fn refused(self, code: i32, error: &str) -> Self {
        assert_eq!(
            (self.code, self.err.lines().find(|l| l.starts_with("error"))),
            (code, Some(error)),
            "{}",
            self.err
        );
        self
    }

    /// The whole conversation, for a snapshot.
    pub(crate) fn conversation(&self) -> String {
        format!("exit {}\n--- stdout\n{}--- stderr\n{}", self.code, self.text(), self.err)
    }
}

impl Person {
    /// Somebody with an empty project folder, without git.
    pub(crate) fn new(name: &str) -> Self {
        let root = std::rc::Rc::new(tempfile::Builder::new().prefix("cargo-vault-test-").tempdir().unwrap());
        Self::within(root, name)
    }

    fn within(root: std::rc::Rc<TempDir>, name: &str) -> Self {
        let (home, cwd) =
            (root.path().join(format!("{name}-home")), root.path().join(format!("{name}-project")));
        fs::create_dir_all(&home).unwrap();
        fs::create_dir_all(&cwd).unwrap();
        let env = BTreeMap::from([("USER".to_owned(), name.to_owned())]);
        Self { root, home, cwd, env }
    }

    /// Somebody with a git repository and a vault in it, committed.
    pub(crate) fn with_vault(name: &str) -> Self {
        let person = Self::new(name);
        person.git(&["init", "-q", "-b", "main", "."]);
        person.vault(&["init", "-q", "--name", name]).ok();
        person.commit("vault");
        person
    }

    /// Another person on the same machine's disk, with a home of his own and an empty project folder.
    pub(crate) fn other(&self, name: &str) -> Self {
        Self::within(self.root.clone(), name)
    }

    /// Another person with a clone of this one's repository.
    pub(crate) fn clone_for(&self, name: &str) -> Self {
        let other = self.other(name);
        other.git(&["clone", "-q", self.cwd.to_str().unwrap(), "."]);
        other
    }

    /// The folder that goes away after the test.
    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// Sets a variable for all commands that follow.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) -> &mut Self {
        self.env.insert(name.to_owned(), value.into());
        self
    }

    /// A command prepared with this person's environment and nothing else.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        // Nobody's keychain is asked, unless a test has one of its own.
        command
            .current_dir(&self.cwd)
            .env_clear()
            .env("DBUS_SESSION_BUS_ADDRESS", "disabled:")
            .envs(&self.env);
        let path = self.env.get("PATH").map_or("/usr/local/bin:/usr/bin:/bin", String::as_str);
        command.env("HOME", &self.home).env("PATH", path).env("LC_ALL", "C.UTF-8");
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0");
        for role in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{role}_NAME"), "Test")
                .env(format!("GIT_{role}_EMAIL"), "test@example.org");
        }
        command
    }

    /// Runs `cargo-vault`, away from any terminal, with nothing on standard input.
    #[track_caller]
    pub(crate) fn vault<S: AsRef<OsStr>>(&self, args: &[S]) -> Said {
        self.vault_with(args, b"")
    }

    /// The same with this on standard input.
    #[track_caller]
    pub(crate) fn vault_with<S: AsRef<OsStr>>(&self, args: &[S], stdin: &[u8]) -> Said {
        let mut command = self.command("setsid");
        command.arg("--wait").arg(PROGRAM).args(args);
        let said = said(command, stdin);
        crate::schema::check(args, &said);
        said
    }

    /// Runs git, which must succeed, and gives what it printed.
    #[track_caller]
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let mut command = self.command("git");
        command.args(["-c", "protocol.file.allow=always"]).args(args);
        said(command, b"").ok().text()
    }

    /// Commits everything.
    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    /// Runs a shell line, which must succeed.
    #[track_caller]
    pub(crate) fn sh(&self, line: &str) -> String {
        let mut command = self.command("/bin/sh");
        command.args(["-euc", line]);
        said(command, b"").ok().text()
    }

    /// A path in the project.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.cwd.join(below)
    }

    /// The bytes of a file in the project.
    #[track_caller]
    pub(crate) fn read(&self, below: &str) -> Vec<u8> {
        fs::read(self.path(below)).unwrap_or_else(|e| panic!("{below}: {e}"))
    }

    /// Writes a file in the project, making its folders.
    #[track_caller]
    #[expect(clippy::disallowed_methods, reason = "a test writes what an attacker would")]
    pub(crate) fn write(&self, below: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// Runs a prepared command to its end.
#[track_caller]
pub(crate) fn said(mut command: Command, stdin: &[u8]) -> Said {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut pipe = child.stdin.take().unwrap();
    let bytes = stdin.to_vec();
    // In a thread, since a child that does not read would block a large value; one that ends early closes the pipe.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&bytes)));
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    writer.join().unwrap();
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    Said { code, out: stdout, err: String::from_utf8_lossy(&stderr).into_owned() }
}

/// Says that this test is skipped, past the capture of what tests print, so that nobody overlooks it.
pub(crate) fn skipped(why: &str) {
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    // Where nobody listens, nobody can be told.
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
}

/// Takes what differs from run to run out of a conversation.
pub(crate) fn redacted(text: &str, person: &Person) -> String {
    let text = text.replace(person.root().to_str().unwrap(), "[ROOT]");
    let mut out = String::new();
    // A vault's folder in the user's data folder has the vault's name.
    let text = text.replace("/vaults/", "/vaults/=");
    for word in text.split_inclusive([' ', '\n', '`', '"', '#', '(', ')', ',', '=']) {
        let bare = word.trim_end_matches([' ', '\n', '`', '"', '#', '(', ')', ',', '=']);
        let hex =
            |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let known = if bare.starts_with("age1") && bare.len() > 20 {
            "[RECIPIENT]"
        } else if bare.starts_with("age1") && bare.contains('…') {
            "[ID]…[ID]"
        } else if bare.starts_with('…') && bare.chars().count() == 5 {
            "…[ID]"
        } else if bare.starts_with("AGE-SECRET-KEY-1") {
            "[IDENTITY]"
        } else if bare.starts_with("AAAAC3NzaC1lZDI1NTE5") {
            "[SIGNING KEY]"
        } else if bare.split('.').count() == 3 && bare.len() > 90 && bare.split('.').all(hex) {
            "[ANCHOR]"
        } else if bare.len() == 39 && bare.split('-').all(|g| g.len() == 4 && hex(g)) {
            "[VAULT]"
        } else if bare.len() == 64 && hex(bare) {
            "[VAULT ID]"
        } else if bare.len() == 20 && bare.ends_with('Z') && bare.as_bytes()[10] == b'T' {
            "[TIME]"
        } else if bare.len() == 10 && bare.as_bytes()[4] == b'-' && bare.as_bytes()[7] == b'-' {
            "[DATE]"
        } else {
            bare
        };
        out.push_str(known);
        out.push_str(&word[bare.len()..]);
    }
    out.replace("/vaults/=", "/vaults/")
}
