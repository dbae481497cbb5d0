//! The system's keychain: a real gnome-keyring on a bus of the test's own.

use std::time::{Duration, Instant};

use super::{DEFAULT, bin, have};
use crate::harness::{Person, Said, said};

/// Somebody with a repository, a bus and a keychain while a script runs.
struct Desktop {
    ana: Person,
}

impl Desktop {
    fn new() -> Option<Self> {
        if !have(&["dbus-run-session", "gnome-keyring-daemon"]) {
            return None;
        }
        let ana = Person::new("ana");
        ana.git(&["init", "-q", "-b", "main", "."]);
        ana.sh("mkdir -m 700 ../run");
        Some(Self { ana })
    }

    /// Runs a script of `/bin/sh` with `cargo-vault` on the PATH and the keychain, unlocked, as process `$KEYCHAIN`.
    fn session(&self, script: &str) -> Said {
        let whole = format!(
            "printf pw | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null 2>&1 & KEYCHAIN=$!\n\
             for i in 1 2 3 4 5 6 7 8 9 10; do\n\
             dbus-send --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner \
             string:org.freedesktop.secrets 2>/dev/null | grep -q true && break; sleep 0.2; done\n\
             set -eu\n{script}\nkill $KEYCHAIN"
        );
        let mut command = self.ana.command("dbus-run-session");
        command.args(["--", "/bin/sh", "-c", &whole]).env("XDG_RUNTIME_DIR", self.ana.root().join("run"));
        command.env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", bin().display()));
        said(command, b"")
    }
}

#[test]
fn identity_lies_in_the_keychain_and_no_file_has_it() {
    let Some(desktop) = Desktop::new() else { return };
    let said = desktop.session(
        "cargo-vault init\nprintf value | cargo-vault set DB\ncargo-vault get DB\n\
         cargo-vault identity export default > ../exported",
    );
    let text = said.ok().text();
    assert!(text.contains("(in the system keychain, as `default`)"), "{text}");
    assert!(text.ends_with("value"), "{text}");
    let ana = &desktop.ana;
    assert!(!ana.home.join(DEFAULT).exists());
    let index = std::fs::read_to_string(ana.home.join(".config/cargo-vault/identities.toml")).unwrap();
    let exported = std::fs::read_to_string(ana.root().join("exported")).unwrap();
    let key = exported.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap();
    assert!(index.contains("[default]") && !index.contains("SECRET"), "{index}");
    ana.sh(&format!(
        "! grep -r {key} \"$HOME/.config\" \"$HOME/.local/state\" \"$HOME/.local/share/cargo-vault\" ."
    ));
}

#[test]
fn silent_keychain_is_given_two_seconds_and_named() {
    let Some(desktop) = Desktop::new() else { return };
    let begun = Instant::now();
    let said = desktop.session(
        "cargo-vault init -q; printf value | cargo-vault set -q DB\n\
         kill -STOP $KEYCHAIN\n(cargo-vault get DB || echo exit $?) 2>&1\nkill -CONT $KEYCHAIN",
    );
    let text = said.ok().text();
    assert!(text.contains("error: your one key cannot open environment `dev`"), "{text}");
    assert!(
        text.contains("(the system keychain, as `default`): the system keychain did not answer within 2 s"),
        "{text}"
    );
    assert!(text.trim_end().ends_with("exit 4"), "{text}");
    assert!(begun.elapsed() >= Duration::from_secs(2));
}

#[test]
fn keychain_is_not_asked_where_a_file_has_the_key() {
    let Some(desktop) = Desktop::new() else { return };
    // Stopped, it would take two seconds and fail; that nothing is wrong shows that nobody asked.
    let said = desktop.session(
        "cargo-vault init -q --in file >/dev/null; printf value | cargo-vault set -q DB >/dev/null\n\
         cargo-vault -q identity new other --in keychain >/dev/null\nkill -STOP $KEYCHAIN\n\
         cargo-vault get DB\ncargo-vault identity list\nkill -CONT $KEYCHAIN",
    );
    let text = said.ok().text();
    assert!(text.starts_with("value"), "{text}");
    assert!(text.contains("other") && text.contains("the system keychain"), "{text}");
}

#[test]
fn shell_s_prompt_loads_by_an_open_keychain_and_has_a_locked_one_ask_nobody() {
    let Some(desktop) = Desktop::new() else { return };
    let lock = "dbus-send --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \
                org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login >/dev/null";
    let said = desktop.session(&format!(
        "cargo-vault init -q >/dev/null; printf value | cargo-vault set -q DB >/dev/null; cargo-vault allow -q >/dev/null\n\
         cargo-vault __hook bash 2>&1 >/dev/null\n{lock}\ncargo-vault __hook bash 2>&1 >/dev/null"
    ));
    let text = said.ok().text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), lines[0]), (2, "cargo vault: +DB"), "{text}");
    assert!(lines[1].ends_with("the system keychain would ask before it gives the key"), "{text}");
}

#[test]
fn key_that_is_gone_from_the_keychain_is_named() {
    let Some(desktop) = Desktop::new() else { return };
    let said = desktop.session(
        "cargo-vault init -q; printf value | cargo-vault set -q DB\n\
         sed s/age1/age1/ \"$HOME/.config/cargo-vault/identities.toml\" > ../kept\n\
         cargo-vault identity forget default --yes\ncp ../kept \"$HOME/.config/cargo-vault/identities.toml\"\n\
         (cargo-vault get DB || echo exit $?) 2>&1",
    );
    let text = said.ok().text();
    assert!(
        text.contains("the system keychain has no such key") && text.trim_end().ends_with("exit 4"),
        "{text}"
    );
}

#[test]
fn identity_goes_from_file_to_keychain_and_back() {
    let Some(desktop) = Desktop::new() else { return };
    let said = desktop.session(
        "cargo-vault init -q --in file; printf value | cargo-vault set -q DB\n\
         cargo-vault identity protect default --keychain\n\
         test ! -e \"$HOME/.config/cargo-vault/identities/default.txt\"\ncargo-vault get DB\n\
         cargo-vault identity protect default --remove\ncargo-vault get DB\n\
         test ! -e \"$HOME/.config/cargo-vault/identities.toml\"\n\
         cargo-vault identity forget default --yes\n(cargo-vault get DB || echo exit $?) 2>&1",
    );
    let text = said.ok().text();
    assert_eq!(text.matches("value").count(), 2, "{text}");
    assert!(text.trim_end().ends_with("exit 4"), "{text}");
}

#[test]
fn keychain_is_asked_for_by_name_only_where_there_is_one() {
    let ana = Person::new("ana");
    ana.vault(&["identity", "new", "--in", "keychain"]).refused(4, "error: there is no system keychain here");
    assert!(!ana.home.join(".config/cargo-vault/identities.toml").exists());
    ana.vault(&["identity", "new"]).ok();
    assert!(ana.home.join(DEFAULT).exists());
}

#[test]
fn dead_bus_is_no_keychain() {
    let mut ana = Person::new("ana");
    ana.set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    ana.vault(&["init"]).ok();
    assert!(ana.home.join(DEFAULT).exists());
}

#[test]
fn spoiled_list_of_the_keychain_is_refused_by_name() {
    let ana = super::ana();
    let place = ".config/cargo-vault/identities.toml";
    let shown = ana.home.join(place);
    super::hidden_away(&ana);
    for spoiled in ["x", "[a]\nrecipient = \"age1\"\nsigns = \"x\"\n", "[a]\nrecipient = 1\n"] {
        ana.write(&format!("../ana-home/{place}"), spoiled);
        let said = ana.vault(&["get", "DB"]);
        let error = format!("error: `{}` is not as it was written: ", shown.display());
        assert!(said.code == 4 && said.err.starts_with(&error), "{}", said.err);
    }
}

#[test]
fn doctor_says_whether_the_keychain_answers() {
    let Some(desktop) = Desktop::new() else { return };
    let said = desktop.session(
        "cargo-vault init -q >/dev/null\ncargo-vault doctor | grep keychain\nkill -STOP $KEYCHAIN\n\
         cargo-vault doctor --json | tr ',' '\\n' | grep 'answer within'\nkill -CONT $KEYCHAIN",
    );
    let text = said.ok().text();
    assert!(text.contains("ok       keychain: it answers; one identity of yours lies in it\n"), "{text}");
    assert!(text.contains("did not answer within 2 s; one identity of yours lies in it"), "{text}");
}
