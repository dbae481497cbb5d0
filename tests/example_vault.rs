//! The vault in `.vault-example/`, which nothing makes anew: what was written once opens in every later version.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/.vault-example");
const RECOVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/recover.py");

/// A copy of the vault, since even a reader keeps a lock in it, and a home of its own.
struct Copy {
    root: TempDir,
}

impl Copy {
    fn new() -> Self {
        let root = tempfile::Builder::new().prefix("cargo-vault-test-").tempdir().unwrap();
        fs::create_dir(root.path().join("home")).unwrap();
        copy(&Path::new(EXAMPLE).join("vault"), &root.path().join("vault"));
        Self { root }
    }

    fn vault(&self) -> PathBuf {
        self.root.path().join("vault")
    }

    /// A program with an empty home, whatever file modes the identity has in this checkout.
    fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.root.path()).env_clear();
        command.env("DBUS_SESSION_BUS_ADDRESS", "disabled:");
        command.env("HOME", self.root.path().join("home")).env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command.env("CVAULT_DIR", self.vault()).env("CVAULT_KEY_FILE", identity());
        command.env("CVAULT_TRUST", anchor());
        command
    }

    #[track_caller]
    fn program(&self, args: &[&str]) -> Vec<u8> {
        done(self.command(env!("CARGO_BIN_EXE_cargo-vault"), args).output().unwrap())
    }
}

#[track_caller]
fn done(output: Output) -> Vec<u8> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn identity() -> PathBuf {
    Path::new(EXAMPLE).join("identity.txt")
}

/// The anchor that the README gives to whoever tries this at home.
fn anchor() -> String {
    let readme = fs::read_to_string(Path::new(EXAMPLE).join("README.md")).unwrap();
    let line = readme.lines().find(|line| line.starts_with("| the anchor |")).expect("the README names it");
    line.split('`').nth(1).unwrap().to_owned()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap).filter(|entry| entry.file_name() != ".work")
    {
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// Every value of `prod`, its own and those that it takes from `dev`.
fn values() -> BTreeMap<&'static str, &'static [u8]> {
    BTreeMap::from([
        ("DATABASE_URL", &b"postgres://app:example@db.example.org/app"[..]),
        ("FEATURE_FLAGS", br#"{"dark_mode":true,"limits":[10,20]}"#),
        ("SIGNING_SEED", b"\x00\x01\xfe\xff"),
        ("smtp/login", br#"{"username":"mailer","password":"example"}"#),
        ("stripe/api-key", b"second-example-key"),
    ])
}

#[test]
fn every_value_of_the_example_vault_opens() {
    let vault = Copy::new();
    let opened = values().into_keys().map(|name| (name, vault.program(&["get", "-e", "prod", name])));
    assert_eq!(
        opened.collect::<BTreeMap<_, _>>(),
        values().into_iter().map(|(n, v)| (n, v.to_vec())).collect::<BTreeMap<_, _>>()
    );
}

#[test]
fn older_version_of_the_example_vault_opens() {
    let first = Copy::new().program(&["get", "stripe/api-key", "--version", "1"]);
    assert_eq!(first, b"first-example-key");
}

#[test]
fn example_vault_verifies_without_a_key_under_its_anchor() {
    let answer = Copy::new().program(&["verify", "--json"]);
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    let told = (&answer["ok"], &answer["known"], &answer["lines"], &answer["secrets"], &answer["anchor"]);
    assert_eq!(told, (&true.into(), &true.into(), &3.into(), &7.into(), &anchor().into()));
}

#[test]
fn removed_secret_of_the_example_vault_is_not_found() {
    let vault = Copy::new();
    let output = vault.command(env!("CARGO_BIN_EXE_cargo-vault"), &["get", "OLD_TOKEN"]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout), (Some(3), Vec::new()));
}

#[test]
fn reader_in_python_verifies_the_example_vault() {
    let vault = Copy::new();
    if !has_reader(&vault, "reader_in_python_verifies_the_example_vault") {
        return;
    }
    let folder = vault.vault();
    let args = [RECOVER, "--vault", folder.to_str().unwrap(), "--anchor", &anchor(), "--verify"];
    done(vault.command("python3", &args).output().unwrap());
}

#[test]
fn reader_in_python_opens_the_same_values() {
    let vault = Copy::new();
    if !has_reader(&vault, "reader_in_python_opens_the_same_values") {
        return;
    }
    let (folder, key) = (vault.vault(), identity());
    let (folder, key) = (folder.to_str().unwrap(), key.to_str().unwrap());
    let read = |name: &str| {
        let args = [RECOVER, "--vault", folder, "--identity", key, "--env", "prod", name];
        done(vault.command("python3", &args).output().unwrap())
    };
    let opened: BTreeMap<&str, Vec<u8>> = values().into_keys().map(|name| (name, read(name))).collect();
    assert_eq!(opened, values().into_iter().map(|(n, v)| (n, v.to_vec())).collect());
}

/// Whether this machine has what the reader stands on.
fn has_reader(vault: &Copy, test: &str) -> bool {
    let has = |program: &str, args: &[&str]| {
        vault.command(program, args).output().is_ok_and(|output| output.status.success())
    };
    let python = has("python3", &["-c", "import cryptography, tomllib"]);
    if !python || !has("age", &["--version"]) {
        // Not by a macro, whose output the test runner holds back.
        let line = format!("skipped: {test}: it needs age, python3 and its package cryptography\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        return false;
    }
    true
}
