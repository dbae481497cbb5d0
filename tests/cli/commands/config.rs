//! `config`.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::PathBuf,
    thread,
};

use super::{ana_with, conversation, json, keys};
use crate::harness::{PROGRAM, Person, said};

fn settings(person: &Person) -> PathBuf {
    person.home.join(".config/cargo-vault/settings.toml")
}

#[track_caller]
#[expect(clippy::disallowed_methods, reason = "a test writes what a person would")]
fn put(person: &Person, text: &str) {
    fs::create_dir_all(settings(person).parent().unwrap()).unwrap();
    fs::write(settings(person), text).unwrap();
}

/// What stands in a person's file after one command.
#[track_caller]
fn file_after(before: &str, args: &[&str]) -> String {
    let ana = Person::new("ana");
    put(&ana, before);
    ana.vault(&[&["config"], args].concat()).ok();
    fs::read_to_string(settings(&ana)).unwrap()
}

#[test]
fn every_setting_is_listed_with_who_says_so() {
    let mut ana = ana_with(&[]);
    ana.set("CVAULT_ENV", "prod");
    put(&ana, "color = \"never\"\n[run]\nallow = [\"EDITOR\", \"PAGER\"]\n");
    ana.write(".vault/config.toml", "color = \"always\"\nkeep = 5\n");
    insta::assert_snapshot!(conversation(&ana, &["config"], b""), @"
    exit 0
    --- stdout
    SETTING        VALUE         FROM
    audit.off      false         built in              Write no audit log
    audit.reads    false         built in              Write plain reads to the audit log too
    color          never         your settings         When to colour
    commit         false         built in              Make each change of a vault a commit
    env            prod          `CVAULT_ENV`          The environment of a command that names none
    keep           5             `.vault/config.toml`  How many versions a new secret keeps in its file
    plugins.allow                built in              Age plugins that members may be wrapped to by
    run.allow      EDITOR,PAGER  your settings         Names that `run` lets through though they could change tools
    run.on_change  restart       built in              What `run --watch` does when a value has changed
    --- stderr
    ");
    assert_eq!(ana.vault(&["config", "list"]).ok().text(), ana.vault(&["config"]).ok().text());
}

#[test]
fn flags_win_and_the_default_environment_is_the_vaults() {
    let ana = ana_with(&[]);
    let from = |args: &[&str]| {
        let answer = json(&ana.vault(args).ok());
        (answer["value"].clone(), answer["origin"].clone(), answer["from"].clone())
    };
    let null = serde_json::Value::Null;
    assert_eq!(from(&["config", "get", "env", "--json"]), ("dev".into(), "vault".into(), null));
    let flagged = from(&["config", "get", "env", "--json", "-e", "prod"]);
    assert_eq!(flagged, ("prod".into(), "flag".into(), "--env".into()));
    let flagged = from(&["config", "get", "color", "--json", "--color", "never"]);
    assert_eq!(flagged, ("never".into(), "flag".into(), "--color".into()));
}

#[test]
fn config_in_json_has_its_shape() {
    let ana = Person::new("ana");
    let answer = json(&ana.vault(&["config", "--json"]).ok());
    assert_eq!(keys(&answer), ["faults", "schema", "settings"]);
    for setting in answer["settings"].as_array().unwrap() {
        assert_eq!(keys(setting), ["about", "default", "from", "key", "origin", "takes", "value"]);
    }
    let answer = json(&ana.vault(&["config", "path", "--json"]).ok());
    assert_eq!(keys(&answer), ["path", "schema", "sound"]);
    let answer = json(&ana.vault(&["config", "set", "color", "never", "--json"]).ok());
    assert_eq!(keys(&answer), ["key", "path", "schema", "value"]);
    let answer = json(&ana.vault(&["config", "unset", "color", "--json"]).ok());
    assert_eq!(keys(&answer), ["key", "path", "schema", "value"]);
}

#[test]
fn setting_is_set_read_back_and_taken_out() {
    let ana = Person::new("ana");
    insta::assert_snapshot!(conversation(&ana, &["config", "set", "run.allow", "EDITOR,PAGER"], b""), @r"
    exit 0
    --- stdout
    `run.allow` is `EDITOR,PAGER`, in `[ROOT]/ana-home/.config/cargo-vault/settings.toml`
    --- stderr
    ");
    assert_eq!(ana.vault(&["config", "get", "run.allow"]).ok().text(), "EDITOR\nPAGER\n");
    insta::assert_snapshot!(conversation(&ana, &["config", "unset", "run.allow"], b""), @r"
    exit 0
    --- stdout
    `run.allow` is no longer set in `[ROOT]/ana-home/.config/cargo-vault/settings.toml`
    --- stderr
    ");
    assert_eq!(fs::read_to_string(settings(&ana)).unwrap(), "");
    let path = settings(&ana);
    let error = format!("error: `run.allow` is not set in `{}`", path.display());
    ana.vault(&["config", "unset", "run.allow"]).refused(3, &error);
    assert_eq!(ana.vault(&["config", "path"]).ok().text(), format!("{}\n", path.display()));
}

#[test]
fn what_is_set_counts() {
    let ana = ana_with(&[("EDITOR", "x")]);
    assert_eq!(ana.vault(&["run", "--", "/usr/bin/printenv", "EDITOR"]).code, 125);
    ana.vault(&["config", "set", "run.allow", "EDITOR"]).ok();
    assert_eq!(ana.vault(&["run", "--", "/usr/bin/printenv", "EDITOR"]).ok().text(), "x\n");
}

#[test]
fn comments_and_order_stay() {
    let before = "# mine\n\n[audit] # log\nreads = true # all\n\n[run]\nallow = [] # none\n";
    let after = file_after(before, &["set", "audit.reads", "false"]);
    assert_eq!(after, before.replace("reads = true", "reads = false"));
    let after = file_after(before, &["set", "color", "never"]);
    assert_eq!(after, format!("color = \"never\"\n{before}"));
    let after = file_after(before, &["unset", "run.allow"]);
    assert_eq!(after, "# mine\n\n[audit] # log\nreads = true # all\n");
    assert_eq!(file_after("audit.off = false\n", &["set", "audit.off", "true"]), "audit.off = true\n");
    assert_eq!(file_after("audit = {}\n", &["set", "audit.off", "true"]), "audit = { off = true }\n");
}

#[test]
fn unknown_setting_offers_the_nearest() {
    let ana = Person::new("ana");
    insta::assert_snapshot!(conversation(&ana, &["config", "set", "colour", "never"], b""), @r"
    exit 3
    --- stdout
    --- stderr
    error: there is no setting `colour`

    help: there is a setting `color`
    help: `cargo vault config` shows them all
    ");
    ana.vault(&["config", "get", "run.alow"]).refused(3, "error: there is no setting `run.alow`");
    assert!(!settings(&ana).exists());
}

#[test]
fn value_of_another_kind_is_told_what_is_allowed() {
    let ana = Person::new("ana");
    let refused = |args: &[&str], error: &str| {
        ana.vault(&[&["config", "set"], args].concat()).refused(2, error);
        assert!(!settings(&ana).exists());
    };
    refused(&["audit.off", "maybe"], "error: `audit.off` is `true` or `false`, and not `maybe`");
    refused(&["color", "red"], "error: `color` is `auto`, `always` or `never`, and not `red`");
    refused(
        &["color", "auto", "never"],
        "error: `color` is `auto`, `always` or `never`, and not `auto,never`",
    );
    refused(&["run.allow", "A B"], "error: `run.allow` is names, with commas between them, and not `A B`");
}

#[test]
fn setting_that_is_not_the_users_is_refused_with_its_place() {
    let ana = Person::new("ana");
    insta::assert_snapshot!(conversation(&ana, &["config", "set", "keep", "3"], b""), @r"
    exit 2
    --- stdout
    --- stderr
    error: `keep` is the repository's to set

    help: write `keep = …` in `.vault/config.toml`, and commit it
    ");
    ana.vault(&["config", "set", "env", "prod"]).refused(2, "error: `env` is no setting of a file");
}

#[test]
fn setting_of_the_repository_that_only_the_user_may_set_is_refused_by_name() {
    let ana = ana_with(&[]);
    ana.write(".vault/config.toml", "run.allow = [\"PATH\"]\n");
    let said = ana.vault(&["config"]);
    assert_eq!(said.code, 5);
    let warning = "warning: `.vault/config.toml`, line 1: unknown field `run`, expected `color` or `keep`\n";
    assert!(said.err.starts_with(warning), "{}", said.err);
    let row = said.text().lines().find(|line| line.starts_with("run.allow")).unwrap().to_owned();
    assert!(!row.contains("PATH"), "{row}");
}

#[test]
fn file_with_a_fault_stops_other_commands_and_is_mended_by_this_one() {
    let ana = ana_with(&[]);
    put(&ana, "[audit]\nred = true\n");
    let error =
        format!("error: `{}`: unknown field `red`, expected `off` or `reads`", settings(&ana).display());
    ana.vault(&["list"]).refused(2, &error);
    let said = ana.vault(&["config"]);
    assert_eq!((said.code, said.text().lines().count()), (2, 10), "{}", said.conversation());
    ana.vault(&["config", "unset", "audit.red"]).ok();
    ana.vault(&["list"]).ok();
}

#[test]
fn file_that_is_no_toml_is_left_as_it_is() {
    let ana = Person::new("ana");
    put(&ana, "color = never\n");
    let said = ana.vault(&["config", "set", "color", "never"]);
    assert_eq!(said.code, 2, "{}", said.conversation());
    assert_eq!(fs::read_to_string(settings(&ana)).unwrap(), "color = never\n");
    put(&ana, "audit = 1\n");
    let error = format!("error: `{}`: `audit` is no table", settings(&ana).display());
    ana.vault(&["config", "set", "audit.off", "true"]).refused(2, &error);
}

#[test]
fn pipe_in_place_of_the_file_is_not_waited_for() {
    let ana = Person::new("ana");
    ana.sh("mkdir -p ~/.config/cargo-vault; mkfifo ~/.config/cargo-vault/settings.toml");
    let error = format!("error: `{}`: it is no plain file", settings(&ana).display());
    ana.vault(&["list"]).refused(2, &error);
    assert_eq!(ana.vault(&["config"]).code, 2);
    assert_eq!(ana.vault(&["config", "set", "color", "never"]).code, 1);
}

#[test]
fn new_file_is_private_and_an_old_one_keeps_its_mode_and_its_link() {
    let ana = Person::new("ana");
    let mode = || fs::metadata(settings(&ana)).unwrap().permissions().mode() & 0o777;
    ana.vault(&["config", "set", "color", "never"]).ok();
    assert_eq!(mode(), 0o600);
    let own = ana.home.join("dotfiles");
    fs::rename(settings(&ana), &own).unwrap();
    fs::set_permissions(&own, fs::Permissions::from_mode(0o644)).unwrap();
    symlink(&own, settings(&ana)).unwrap();
    ana.vault(&["config", "set", "color", "always"]).ok();
    assert_eq!((mode(), fs::read_to_string(&own).unwrap().as_str()), (0o644, "color = \"always\"\n"));
    assert!(fs::symlink_metadata(settings(&ana)).unwrap().is_symlink());
    assert_eq!(fs::read_dir(&ana.home).unwrap().count(), 3);
}

#[test]
fn settings_set_at_once_are_all_there() {
    let ana = Person::new("ana");
    let set = |key: &'static str, value: &'static str| {
        let mut command = ana.command(PROGRAM);
        command.args(["config", "set", key, value]);
        thread::spawn(move || said(command, b"").ok())
    };
    for _ in 0..10 {
        let all = [
            set("color", "never"),
            set("audit.off", "true"),
            set("audit.reads", "true"),
            set("run.allow", "PATH"),
        ];
        all.into_iter().for_each(|one| drop(one.join().unwrap()));
        let origins = json(&ana.vault(&["config", "--json"]).ok());
        let users = origins["settings"].as_array().unwrap().iter().filter(|one| one["origin"] == "user");
        assert_eq!(users.count(), 4);
        fs::remove_file(settings(&ana)).unwrap();
    }
}

#[test]
fn change_of_a_setting_stands_in_the_audit_log() {
    let ana = Person::new("ana");
    ana.vault(&["config", "set", "run.allow", "PATH"]).ok();
    let log = fs::read_to_string(ana.home.join(".local/state/cargo-vault/audit.jsonl")).unwrap();
    assert!(log.contains("\"action\":\"config\""), "{log}");
}
