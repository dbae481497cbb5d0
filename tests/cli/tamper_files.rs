//! What else may lie in a vault's folders: links, pipes, folders, strays and names against the rules, each told by its name.

use std::time::{Duration, Instant};

use cargo_vault::kernel::format::{roster, secret};

use crate::{
    forge::{Team, env, first_error, identity, member, name, state, verify_finds},
    harness::{Person, Said},
};

const DB: &str = ".vault/secrets/dev/DB.toml";

/// Replaces something of a vault by what a shell line makes, and gives what the three commands say, within seconds.
#[track_caller]
fn answers_in_time(person: &Person) -> [Said; 3] {
    let begun = Instant::now();
    let said = [person.vault(&["get", "DB"]), person.vault(&["run", "true"]), person.vault(&["verify"])];
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    said
}

/// The shell lines that put a link of each kind, a pipe or a folder in place of a path.
const IN_PLACE: [(&str, &str); 7] = [
    ("inside", "mv \"$1\" .vault-aside && ln -s \"$PWD/.vault-aside\" \"$1\""),
    ("outside", "mv \"$1\" ../aside && ln -s \"$PWD/../aside\" \"$1\""),
    ("dangling", "rm -rf \"$1\" && ln -s nowhere \"$1\""),
    ("loop", "rm -rf \"$1\" && ln -s \"$PWD/$1\" \"$1\""),
    ("zero", "rm -rf \"$1\" && ln -s /dev/zero \"$1\""),
    ("pipe", "rm -rf \"$1\" && mkfifo \"$1\""),
    ("folder", "rm -rf \"$1\" && mkdir \"$1\""),
];

/// Puts each kind in a path's place, and fails unless `get`, `run` and `verify` say this.
#[track_caller]
fn each_kind_is_refused(path: &str, error: &dyn Fn(&str) -> Option<String>) {
    for (kind, line) in IN_PLACE {
        let ana = Person::with_vault("ana");
        ana.vault_with(&["set", "DB"], b"first").ok();
        ana.commit("DB");
        ana.sh(&format!("set -- '{path}'; {line}"));
        let before = state(&ana);
        let [get, run, verify] = answers_in_time(&ana);
        let Some(error) = error(kind) else { continue };
        let wanted = format!("error: {error}");
        assert_eq!((get.code, first_error(&get)), (5, wanted.as_str()), "{kind}: {}", get.err);
        assert_eq!((run.code, first_error(&run)), (125, wanted.as_str()), "{kind}: {}", run.err);
        assert_eq!(verify.code, 5, "{kind}: {}", verify.conversation());
        assert!(verify.conversation().contains(&error), "{kind}: {}", verify.conversation());
        assert!(state(&ana) == before, "{kind}: tree or trust changed");
    }
}

#[test]
fn secret_that_is_no_plain_file_is_refused() {
    let error = "`.vault/secrets/dev/DB.toml` is no plain file".to_owned();
    // A folder is found by its place in a listing, and as a file by its name alone.
    each_kind_is_refused(DB, &|kind| (kind != "folder").then(|| error.clone()));
}

#[test]
fn folder_in_place_of_a_secret_is_refused() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    ana.sh("rm .vault/secrets/dev/DB.toml && mkdir .vault/secrets/dev/DB.toml");
    ana.vault(&["get", "DB"]).refused(5, "error: `.vault/secrets/dev/DB.toml` is no plain file");
    let stray = "`.vault/secrets/dev/DB.toml` does not belong in a vault";
    ana.vault(&["run", "true"]).refused(125, &format!("error: {stray}"));
    ana.vault(&["list"]).refused(5, &format!("error: {stray}"));
    verify_finds(&ana, 5, stray);
    assert_eq!(ana.vault_with(&["set", "DB"], b"second").code, 5);
}

#[test]
fn log_that_is_no_plain_file_is_refused() {
    each_kind_is_refused(".vault/roster.log", &|_| Some("`.vault/roster.log` is no plain file".to_owned()));
}

#[test]
fn folder_of_an_environment_that_is_no_folder_is_refused() {
    each_kind_is_refused(".vault/secrets/dev", &|kind| match kind {
        // An empty folder is a secret that vanished.
        "folder" => None,
        "pipe" => Some("`.vault/secrets/dev` is no folder".to_owned()),
        _ => Some("`.vault/secrets/dev` is no plain file".to_owned()),
    });
}

#[test]
fn vault_that_is_no_folder_is_refused() {
    for (kind, line) in IN_PLACE.into_iter().filter(|(kind, _)| *kind != "folder") {
        let ana = Person::with_vault("ana");
        ana.vault_with(&["set", "DB"], b"first").ok();
        ana.sh(&format!("set -- .vault; {line}"));
        let vault = ana.cwd.canonicalize().unwrap().join(".vault");
        let error = format!("error: `{}` is no folder", vault.display());
        let [get, run, verify] = answers_in_time(&ana);
        assert_eq!((get.code, first_error(&get)), (5, error.as_str()), "{kind}");
        assert_eq!((run.code, first_error(&run)), (125, error.as_str()), "{kind}");
        assert_eq!((verify.code, first_error(&verify)), (5, error.as_str()), "{kind}");
    }
}

#[test]
fn writing_through_a_link_is_refused() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    ana.commit("DB");
    ana.sh(
        "mkdir ../target && mv .vault/secrets/dev ../aside && ln -s \"$PWD/../target\" .vault/secrets/dev",
    );
    let said = ana.vault_with(&["set", "NEW"], b"new");
    assert_eq!(said.code, 5, "{}", said.err);
    assert_eq!(ana.sh("ls ../target"), "");
}

#[test]
fn names_that_differ_in_case_only_are_refused() {
    let team = Team::new();
    let bytes = team.bob.read(DB);
    let lower = ".vault/secrets/dev/db.toml";
    team.bob.write(lower, bytes);
    change_name(&team.bob, lower);
    let error = "`DB` and `db` of environment `dev` differ only in case";
    let before = state(&team.bob);
    team.bob.vault(&["list"]).refused(6, &format!("error: {error}"));
    team.bob.vault(&["run", "true"]).refused(125, &format!("error: {error}"));
    verify_finds(&team.bob, 6, error);
    assert!(state(&team.bob) == before);
}

/// Has a copied file name itself after its path, signed by its writer.
fn change_name(person: &Person, path: &str) {
    let stem = path.strip_prefix(".vault/secrets/dev/").unwrap().strip_suffix(".toml").unwrap();
    let bytes = String::from_utf8(person.read(path)).unwrap().replacen(
        "secret = \"dev/DB\"",
        &format!("secret = \"dev/{stem}\""),
        1,
    );
    let name = name(stem);
    let mut record = secret::parse(&env("dev"), &name, bytes.as_bytes()).unwrap().record;
    record.writer = member("bob");
    let vault = roster::parse(&person.read(".vault/roster.toml")).unwrap().vault;
    person.write(path, secret::print(&vault, &record, &identity(person).signing_key()));
}

#[test]
fn name_that_would_differ_in_case_only_is_not_set() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    let before = state(&ana);
    ana.vault_with(&["set", "db"], b"x")
        .refused(6, "error: `DB` and `db` of environment `dev` differ only in case");
    ana.vault_with(&["set", "db/x"], b"x")
        .refused(6, "error: `DB` and `db` of environment `dev` differ only in case");
    assert!(state(&ana) == before);
    ana.vault_with(&["set", "DB/x"], b"x").ok();
}

#[test]
fn stray_that_looks_like_a_secret_fails_list_and_run_and_another_is_told() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    ana.write(".vault/secrets/dev/notes.txt", "hm");
    let said = ana.vault(&["list"]).ok();
    assert!(
        said.err.contains("warning: `.vault/secrets/dev/notes.txt` does not belong in a vault"),
        "{}",
        said.err
    );
    let said = ana.vault(&["run", "true"]).ok();
    assert!(
        said.err.contains("warning: `.vault/secrets/dev/notes.txt` does not belong in a vault"),
        "{}",
        said.err
    );
    verify_finds(&ana, 5, "`.vault/secrets/dev/notes.txt` does not belong in a vault");
    ana.sh("rm .vault/secrets/dev/notes.txt");
    ana.write(".vault/secrets/dev/X.toml", "x = 1\n");
    let error = "`.vault/secrets/dev/X.toml` does not end in a signature";
    ana.vault(&["list"]).refused(5, &format!("error: {error}"));
    ana.vault(&["run", "true"]).refused(125, &format!("error: {error}"));
    verify_finds(&ana, 5, error);
    // It hinders nobody who asks for another.
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "first");
}

#[test]
fn strays_elsewhere_fail_verify_by_name() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    for stray in [
        "extra",
        "secrets/prod/X.toml",
        "keys/prod/ana.00000000.age",
        "secrets/x.toml",
        "requests/x.txt",
        "keys/x",
    ] {
        ana.write(&format!(".vault/{stray}"), "x");
        let said = ana.vault(&["verify"]);
        assert_eq!(said.code, 5, "{stray}");
        assert!(said.text().contains("does not belong in a vault"), "{stray}: {}", said.text());
        let top = stray.split('/').take(2).collect::<Vec<_>>().join("/");
        assert!(said.text().contains(&format!("`.vault/{top}")), "{stray}: {}", said.text());
        ana.sh(&format!(
            "rm '.vault/{stray}' && rmdir -p '.vault/{}' 2>/dev/null || true",
            stray.rsplit_once('/').map_or("", |x| x.0)
        ));
    }
    ana.vault(&["verify"]).ok();
}

#[test]
fn names_that_break_the_rules_are_refused_wherever_they_come_from() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    for name in ["a\\b", "CON", "x.", "-rf", ".x", "COM1.txt", "\u{1b}[31mred", "a b", "x.TOML", "é"] {
        let before = state(&ana);
        let said = ana.vault_with(&["set", "--", name], b"x");
        assert_eq!(said.code, 2, "{name:?}: {}", said.err);
        assert!(!said.err.contains('\u{1b}'), "{name:?}: {:?}", said.err);
        assert!(state(&ana) == before);
        ana.write(&format!(".vault/secrets/dev/{name}.toml"), "x");
        let error = format!("error: `{}` cannot be a name: ", name.escape_default());
        for (command, code) in [(&["list"][..], 2), (&["run", "true"], 125), (&["verify"], 1)] {
            let said = ana.vault(command);
            assert!(
                !said.err.contains('\u{1b}') && !said.text().contains('\u{1b}'),
                "{name:?}: {:?}",
                said.err
            );
            let whole = said.conversation();
            assert!(whole.contains(error.strip_prefix("error: ").unwrap()), "{name:?}: {whole}");
            assert_eq!(said.code, code, "{name:?} {command:?}: {whole}");
        }
        std::fs::remove_file(ana.path(&format!(".vault/secrets/dev/{name}.toml"))).unwrap();
    }
    ana.vault(&["verify"]).ok();
}

#[test]
fn long_and_climbing_names_are_usage() {
    let ana = Person::with_vault("ana");
    let before = state(&ana);
    for name in ["..", "../x", "a/../b", "/etc/passwd", "a//b", "a/", &"x".repeat(256), &"x/".repeat(9)] {
        let said = ana.vault_with(&["set", "--", name], b"x");
        assert_eq!(said.code, 2, "{name}: {}", said.err);
        assert_eq!(ana.vault(&["get", "--", name]).code, 2, "{name}");
        assert_eq!(ana.vault(&["rm", "--", name]).code, 2, "{name}");
    }
    assert!(state(&ana) == before);
}

#[test]
fn escape_sequences_never_reach_the_terminal_raw() {
    let ana = Person::with_vault("ana");
    let hostile = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\r\u{8}";
    ana.vault_with(&["set", "DB", "--description", hostile, "--tag", &format!("team={hostile}")], b"first")
        .ok();
    for command in [&["list"][..], &["list", "--json"], &["list", "-v"], &["verify"], &["verify", "--json"]] {
        let said = ana.vault(command).ok();
        let whole = said.text() + &said.err;
        assert!(!whole.contains(['\u{1b}', '\u{7}', '\u{9b}', '\r', '\u{8}']), "{command:?}: {whole:?}");
    }
    ana.sh("printf x > \"$(printf '.vault/secrets/dev/\\033[31mred')\"");
    for command in [&["list"][..], &["verify"], &["verify", "--json"], &["run", "true"]] {
        let said = ana.vault(command);
        let whole = said.text() + &said.err;
        assert!(!whole.contains('\u{1b}'), "{command:?}: {whole:?}");
        assert!(whole.contains("red"), "{command:?}: {whole:?}");
    }
}
