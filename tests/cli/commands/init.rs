//! `init`.

use super::{conversation, files, json, keys};
use crate::{
    harness::Person,
    pty::{is_here, vault_at_terminal},
};

const MANIFEST: &str = "[package]\nname = \"app\" # ours\nversion = \"0.1.0\"\n";

/// Somebody with an empty git repository, and this manifest if any.
fn somebody(manifest: Option<&str>) -> Person {
    let person = Person::new("ana");
    person.git(&["init", "-q", "-b", "main", "."]);
    if let Some(manifest) = manifest {
        person.write("Cargo.toml", manifest);
    }
    person
}

/// What stands in the manifest after `init` with these flags, and what was said.
#[track_caller]
fn manifest_after(manifest: &str, flags: &[&str]) -> (String, String) {
    let ana = somebody(Some(manifest));
    let said = ana.vault(&[&["init"], flags].concat()).ok();
    assert!(!ana.path("Cargo.toml.new").exists());
    (String::from_utf8(ana.read("Cargo.toml")).unwrap(), said.err)
}

#[test]
fn vault_is_made_with_one_environment_and_its_first_admin() {
    let ana = somebody(None);
    insta::assert_snapshot!(conversation(&ana, &["init"], b""), @r"
    exit 0
    --- stdout
    created .vault with environment `dev`; you are `ana`, its first admin
      vault     [VAULT]
      identity  [RECIPIENT]  (in `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`)
    --- stderr
    help: `cargo vault git install` has git merge and show secrets by this program, in this clone
    help: `cargo vault recovery create` adds a key to keep offline, should yours be lost
    help: `cargo vault set DATABASE_URL` sets the first secret
    ");
}

#[test]
fn quiet_init_says_no_more_than_its_answer() {
    let ana = somebody(None);
    let said = ana.vault(&["init", "-q"]).ok();
    assert!(!said.err.contains("note:"), "{}", said.err);
}

#[test]
fn every_file_of_a_new_vault_has_its_place() {
    let ana = somebody(None);
    let recipient = json(&ana.vault(&["init", "--json"]).ok())["recipient"].as_str().unwrap().to_owned();
    let _ = recipient;
    let mut names: Vec<String> = files(&ana).into_keys().collect();
    names.retain(|name| !name.starts_with("./keys/dev/ana"));
    assert_eq!(names, ["./.gitattributes", "./.gitignore", "./roster.log", "./roster.toml"]);
}

#[test]
fn init_in_json_has_its_shape() {
    let ana = somebody(None);
    let answer = json(&ana.vault(&["init", "--json", "--name", "bea", "-e", "dev", "-e", "prod"]).ok());
    assert_eq!(
        keys(&answer),
        ["anchor", "environments", "from", "identity", "member", "recipient", "recovery", "schema", "vault"]
    );
    assert_eq!((&answer["member"], &answer["recovery"]), (&"bea".into(), &serde_json::Value::Null));
    assert_eq!(answer["environments"], serde_json::json!(["dev", "prod"]));
}

#[test]
fn first_environment_is_the_default() {
    let ana = somebody(None);
    ana.vault(&["init", "-e", "prod", "-e", "dev"]).ok();
    let listed = ana.vault(&["env", "list"]).ok().text();
    assert!(listed.contains("prod         ana                   default"), "{listed}");
}

#[test]
fn environment_named_twice_is_made_once_or_refused() {
    let ana = somebody(None);
    let said = ana.vault(&["init", "-e", "dev", "-e", "dev"]);
    if said.code == 0 {
        assert_eq!(ana.vault(&["env", "list"]).ok().text().lines().count(), 2);
    }
    assert_eq!(ana.path(".vault/roster.toml").exists(), said.code == 0, "{}", said.err);
}

#[test]
fn second_init_is_refused_and_changes_nothing() {
    let ana = somebody(None);
    ana.vault(&["init"]).ok();
    let before = files(&ana);
    let place = ana.path(".vault").canonicalize().unwrap();
    let error = format!("error: there is a vault in `{}` already", place.display());
    ana.vault(&["init", "--name", "eve"]).refused(6, &error);
    assert_eq!(files(&ana), before);
}

#[test]
fn name_is_that_of_the_flag_first() {
    let ana = somebody(None);
    ana.git(&["config", "user.name", "Gita Person"]);
    assert_eq!(json(&ana.vault(&["init", "--json", "--name", "bea"]).ok())["member"], "bea");
}

#[test]
fn name_is_made_of_gits_before_the_login() {
    let ana = somebody(None);
    ana.git(&["config", "user.name", "Gita O'Person 2nd"]);
    assert_eq!(json(&ana.vault(&["init", "--json"]).ok())["member"], "gita-o-person-2nd");
}

#[test]
fn name_of_gits_global_configuration_counts() {
    let ana = somebody(None);
    ana.git(&["config", "--global", "user.name", "Gita"]);
    assert_eq!(json(&ana.vault(&["init", "--json"]).ok())["member"], "gita");
}

#[test]
fn name_of_git_that_makes_no_name_gives_way_to_the_login() {
    let ana = somebody(None);
    ana.git(&["config", "user.name", "名前"]);
    assert_eq!(json(&ana.vault(&["init", "--json"]).ok())["member"], "ana");
}

#[test]
fn nobody_is_asked_to_give_a_name() {
    let mut ana = somebody(None);
    ana.env.remove("USER");
    ana.vault(&["init"]).refused(2, "error: neither git nor the system knows your name");
    assert!(!ana.path(".vault").exists() && !ana.home.join(".config").exists());
}

#[test]
fn name_that_breaks_the_rules_is_a_fault_of_usage() {
    let ana = somebody(None);
    assert_eq!(ana.vault(&["init", "--name", "Ana!"]).code, 2);
    assert!(!ana.path(".vault").exists());
}

#[test]
fn identity_that_is_there_is_used() {
    let ana = somebody(None);
    let made = json(&ana.vault(&["identity", "new", "--json"]).ok());
    assert_eq!(json(&ana.vault(&["init", "--json"]).ok())["recipient"], made["recipient"]);
}

#[test]
fn passphrase_needs_a_terminal_and_nothing_is_made_without() {
    let ana = somebody(None);
    ana.vault(&["init", "--passphrase"]).refused(2, "error: there is no terminal to ask at");
    assert!(!ana.path(".vault").exists() && !ana.home.join(".config/cargo-vault/identities").exists());
}

#[test]
fn vault_is_made_without_git() {
    let ana = Person::new("ana");
    ana.vault(&["init"]).ok();
    ana.vault_with(&["set", "A"], b"x").ok();
    assert_eq!(ana.vault(&["get", "A"]).ok().out, b"x");
}

#[test]
fn crate_that_would_publish_the_vault_is_warned_of_and_left_alone() {
    let (manifest, said) = manifest_after(MANIFEST, &[]);
    assert_eq!(manifest, MANIFEST);
    assert!(
        said.starts_with(
            "warning: `cargo publish` would pack `.vault` into the crate\nhelp: `cargo vault init --exclude` would have \
             added `exclude = [\"/.vault\"]` under `[package]` in `Cargo.toml`\n"
        ),
        "{said}"
    );
}

#[test]
fn exclude_adds_one_line_to_the_manifest() {
    let (manifest, said) = manifest_after(MANIFEST, &["--exclude"]);
    let expected = "[package]\nexclude = [\"/.vault\"]\nname = \"app\" # ours\nversion = \"0.1.0\"\n";
    assert_eq!(manifest, expected);
    assert!(said.starts_with("excluded `.vault` from the published crate, in `Cargo.toml`\n"), "{said}");
}

/// A manifest that `--exclude` has to leave as it is, and whether that is warned of.
#[track_caller]
fn assert_left_alone(manifest: &str, warned: bool) {
    let (after, said) = manifest_after(manifest, &["--exclude"]);
    assert_eq!(after, manifest);
    assert_eq!(said.contains("warning: `cargo publish` would pack `.vault`"), warned, "{said}");
}

#[test]
fn exclude_leaves_a_manifest_with_its_own_exclude_to_its_author() {
    assert_left_alone(&format!("{MANIFEST}exclude = [\"/big\"]\n"), true);
}

#[test]
fn exclude_leaves_a_manifest_that_includes_the_vault_to_its_author() {
    assert_left_alone(&format!("{MANIFEST}include = [\"/src\", \"/.vault\"]\n"), true);
}

#[test]
fn manifest_that_excludes_the_vault_is_left_alone() {
    assert_left_alone(&format!("{MANIFEST}exclude = [\".vault/\"]\n"), false);
}

#[test]
fn manifest_that_includes_other_files_only_is_left_alone() {
    assert_left_alone(&format!("{MANIFEST}include = [\"/src\"]\n"), false);
}

#[test]
fn manifest_that_is_never_published_is_left_alone() {
    assert_left_alone(&format!("{MANIFEST}publish = false\n"), false);
}

#[test]
fn manifest_of_a_workspace_alone_is_left_alone() {
    assert_left_alone("[workspace]\nmembers = []\n", false);
}

#[test]
fn manifest_that_is_no_toml_is_left_alone() {
    assert_left_alone("[package\n", false);
}

#[test]
fn folder_without_a_manifest_gets_none() {
    let ana = somebody(None);
    ana.vault(&["init", "--exclude"]).ok();
    assert!(!ana.path("Cargo.toml").exists());
}

/// What git calls for secrets after `init` was asked at a terminal.
fn driver_after(answer: &str, flags: &[&str]) -> (String, String) {
    let ana = somebody(None);
    let steps: &[(&str, &str)] = if flags.is_empty() { &[("this clone? [Y/n] ", answer)] } else { &[] };
    let said = vault_at_terminal(&ana, steps, &[&["init"], flags].concat()).ok();
    (ana.sh("git config merge.cargo-vault.driver || echo none"), said.text())
}

#[test]
fn init_asks_at_a_terminal_whether_git_is_to_merge_secrets() {
    if !is_here(&somebody(None)) {
        return;
    }
    let (yes, no) = (driver_after("\r", &[]), driver_after("n\r", &[]));
    assert!(yes.0.contains("git merge-driver") && no.0 == "none\n", "{yes:?} {no:?}");
    let quiet = driver_after("\r", &["-q"]);
    assert!(quiet.0 == "none\n" && !quiet.1.contains("in this clone?"), "{quiet:?}");
}

#[test]
fn init_with_yes_has_git_merge_secrets() {
    let ana = somebody(None);
    ana.vault(&["init", "--yes"]).ok();
    assert!(ana.git(&["config", "merge.cargo-vault.driver"]).contains("git merge-driver"));
}
