//! Identities of age plugins, with a small plugin that is built here.

use std::{fs, path::Path, process::Command, sync::OnceLock};

use super::{ana, hidden_away};
use crate::{
    commands::json,
    harness::{Person, Said, skipped},
    pty::is_here,
};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/keys/age-plugin-test.rs");
const IDENTITY: &str =
    "# recipient: age1test1qqqsyqcyq5rqwzqfupzeyc\nAGE-PLUGIN-TEST-1QQQSYQCYQ5RQWZQF3953CC\n";

/// The plugin, built once; none where there is no compiler to be found, which is said.
fn built() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<tempfile::TempDir>> = OnceLock::new();
    let build = || {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let mut rustc = Command::new("rustc");
        rustc.args(["--edition", "2021", "-o"]).arg(folder.path().join("age-plugin-test")).arg(SOURCE);
        rustc.status().is_ok_and(|status| status.success()).then_some(folder)
    };
    let built = BUILT.get_or_init(build).as_ref().map(tempfile::TempDir::path);
    if built.is_none() {
        skipped("there is no rustc on the PATH");
    }
    built
}

/// Ana with the plugin in a folder of her own that is on her PATH.
pub(crate) struct Team {
    pub(crate) ana: Person,
}

impl Team {
    pub(crate) fn new() -> Option<Self> {
        let built = built()?;
        let ana = ana();
        ana.sh("mkdir ../plugins");
        fs::copy(built.join("age-plugin-test"), ana.root().join("plugins/age-plugin-test")).unwrap();
        ana.write("../token.txt", IDENTITY);
        Some(Self { ana })
    }

    fn path(&self) -> String {
        format!("{}:/usr/local/bin:/usr/bin:/bin", self.ana.root().join("plugins").display())
    }

    /// Runs `cargo-vault` with the plugin's folder on the PATH.
    fn vault(&self, args: &[&str]) -> Said {
        self.with_path(&self.path(), args)
    }

    fn with_path(&self, path: &str, args: &[&str]) -> Said {
        let mut command = self.ana.command("setsid");
        command.arg("--wait").arg(crate::harness::PROGRAM).args(args).env("PATH", path);
        crate::harness::said(command, b"value")
    }

    fn set(&self, name: &str, text: &str) {
        self.ana.write(&format!("../plugins/{name}"), text);
    }

    fn allow(&self) {
        self.ana.write("../ana-home/.config/cargo-vault/settings.toml", "[plugins]\nallow = [\"test\"]\n");
    }

    /// Enrols the token as a device of ana's, and takes her other identity away.
    fn enrolled(&self) {
        let imported = json(&self.vault(&["identity", "import", "../token.txt", "token", "--json"]).ok());
        let (recipient, signs) = (&imported["recipient"], &imported["signs"]);
        self.allow();
        self.vault(&["identity", "enrol", recipient.as_str().unwrap(), signs.as_str().unwrap()]).ok();
        hidden_away(&self.ana);
    }

    fn log(&self) -> String {
        fs::read_to_string(self.ana.root().join("plugins/log")).unwrap_or_default()
    }
}

#[test]
fn token_opens_and_signs() {
    let Some(team) = Team::new() else { return };
    team.enrolled();
    assert_eq!(team.vault(&["get", "DB"]).ok().text(), "first");
    team.vault(&["set", "DB"]).ok();
    team.vault(&["verify"]).ok();
    assert_eq!(team.vault(&["get", "DB"]).ok().text(), "value");
}

#[test]
fn plugin_finds_no_key_of_ours_in_its_environment() {
    let Some(mut team) = Team::new() else { return };
    team.enrolled();
    let other = team.ana.vault(&["identity", "new", "-o", "../other.txt"]).ok();
    drop(other);
    team.ana.set("CVAULT_KEY_FILE", "../other.txt").set("CVAULT_KEY_COMMAND", "cat ../other.txt");
    let key = fs::read_to_string(team.ana.root().join("other.txt")).unwrap();
    team.ana.set("CVAULT_KEY", key.lines().last().unwrap());
    team.vault(&["get", "DB"]).ok();
    let log = team.log();
    assert!(
        log.contains("\"HOME\"=") && !log.contains("CVAULT_KEY") && !log.contains("AGE-SECRET-KEY"),
        "{log}"
    );
}

#[test]
fn plugin_is_not_started_for_a_recipient_that_settings_do_not_name() {
    let Some(team) = Team::new() else { return };
    let imported = json(&team.vault(&["identity", "import", "../token.txt", "token", "--json"]).ok());
    let (recipient, signs) = (imported["recipient"].as_str().unwrap(), imported["signs"].as_str().unwrap());
    let before = team.log();
    let said = team.vault(&["identity", "enrol", recipient, signs]);
    assert!(
        said.err.contains("help: `cargo vault config set plugins.allow test` lets it run"),
        "{}",
        said.err
    );
    said.refused(4, "error: plugin `test` is not allowed to run");
    assert_eq!(team.log(), before);
}

#[test]
fn plugin_is_not_started_where_path_has_a_relative_entry() {
    let Some(team) = Team::new() else { return };
    team.enrolled();
    let before = team.log();
    for entry in ["", ".", "plugins"] {
        let error = format!("error: PATH has the relative entry `{entry}`, so no plugin is started");
        for path in [format!("{entry}:{}", team.path()), format!("{}:{entry}", team.path())] {
            team.with_path(&path, &["get", "DB"]).refused(4, &error);
        }
    }
    assert_eq!(team.log(), before);
}

#[test]
fn plugin_that_is_missing_dies_or_babbles_is_named() {
    let Some(team) = Team::new() else { return };
    team.enrolled();
    let error = "error: there is no program `age-plugin-test` on the PATH";
    team.with_path("/usr/local/bin:/usr/bin:/bin", &["get", "DB"]).refused(4, error);
    team.set("behave", "die");
    team.vault(&["get", "DB"]).refused(4, "error: `age-plugin-test` ended before it was done");
    team.set("behave", "babble");
    let error = "error: `age-plugin-test` does not speak age's protocol: this is no stanza of age's";
    team.vault(&["get", "DB"]).refused(4, error);
}

#[test]
fn pin_is_asked_for_once_a_command() {
    let Some(team) = Team::new() else { return };
    if !is_here(&team.ana) {
        return;
    }
    team.enrolled();
    team.set("pin", "1234");
    team.vault(&["get", "DB"]).refused(4, "error: `age-plugin-test` says: that is not the PIN");
    let mut ana = team.ana.other("nobody");
    (ana.home, ana.cwd) = (team.ana.home.clone(), team.ana.cwd.clone());
    let path = team.path();
    let typed = |pin: &str, args: &[&str]| {
        let line = format!("PATH='{path}' exec \"$0\" \"$@\"");
        let argv = [&["/bin/sh", "-c", &line, crate::harness::PROGRAM], args].concat();
        crate::pty::at_terminal(&ana, &[("PIN of the token: ", &format!("{pin}\r"))], &argv)
    };
    let said = typed("1234", &["set", "DB", "typed"]).ok();
    assert_eq!(said.text().matches("PIN of the token").count(), 1, "{}", said.text());
    assert!(said.text().contains("note: touch the token"), "{}", said.text());
    let said = typed("4321", &["get", "DB"]);
    assert!(said.code == 4 && said.text().contains("says: that is not the PIN"), "{}", said.text());
}

#[test]
fn token_is_asked_last() {
    let Some(team) = Team::new() else { return };
    team.enrolled();
    fs::rename(team.ana.root().join("away.txt"), team.ana.home.join(super::DEFAULT)).unwrap();
    // `default` and `token` lie beside each other, and the token would be first in neither order.
    fs::rename(
        team.ana.home.join(super::DEFAULT),
        team.ana.home.join(".config/cargo-vault/identities/z.txt"),
    )
    .unwrap();
    let before = team.log();
    assert_eq!(team.vault(&["get", "DB"]).ok().text(), "first");
    assert_eq!(team.log(), before);
}

#[test]
fn vault_is_founded_with_a_token() {
    let Some(team) = Team::new() else { return };
    team.vault(&["identity", "import", "../token.txt", "token"]).ok();
    hidden_away(&team.ana);
    team.ana.sh("mkdir other && cd other && git init -q -b main .");
    team.vault(&["-C", "other", "init", "--name", "ana"]).ok();
    team.vault(&["-C", "other", "set", "DB"]).ok();
    assert_eq!(team.vault(&["-C", "other", "get", "DB"]).ok().text(), "value");
}

/// A recipient of the C2SP's vectors, whose other half lies in no token here.
const TAGGED: &str = "age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4e";

#[test]
fn tagged_recipient_is_wrapped_to_without_any_plugin() {
    let ana = ana();
    let signs = json(&ana.vault(&["identity", "new", "-o", "../other.txt", "--json"]).ok())["signs"].clone();
    ana.vault(&["identity", "enrol", TAGGED, signs.as_str().unwrap()]).ok();
    ana.vault(&["verify"]).ok();
    let headers = ana.sh(
        "for file in .vault/keys/dev/*.age; do sed 1d \"$file\" | base64 -di 2>/dev/null | head -c 60; done",
    );
    assert!(headers.contains("-> p256tag "), "{headers}");
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "first");
}

#[test]
fn recipient_of_a_plugin_in_the_roster_starts_none() {
    let Some(team) = Team::new() else { return };
    team.enrolled();
    fs::rename(team.ana.root().join("away.txt"), team.ana.home.join(super::DEFAULT)).unwrap();
    let before = team.log();
    team.vault(&["get", "DB"]).ok();
    team.vault(&["list"]).ok();
    team.vault(&["verify"]).ok();
    team.vault(&["set", "DB"]).ok();
    team.vault(&["env", "list"]).ok();
    assert_eq!(team.log(), before);
}
