//! What `cargo-vault __complete` offers.

use std::{collections::BTreeSet, os::unix::fs::symlink};

use super::{ana, offered};
use crate::harness::{Person, Said};

/// The first column.
fn words(offered: &str) -> Vec<&str> {
    offered.lines().map(|line| line.split('\t').next().unwrap()).collect()
}

#[test]
fn every_command_is_offered_with_what_it_does() {
    let ana = Person::new("ana");
    let offered = offered(&ana, &[""]);
    assert!(offered.contains("get\tPrint a secret's value\n"), "{offered}");
    let tree = cargo_vault::cli::commands();
    let shown: BTreeSet<&str> = tree
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .map(clap::Command::get_name)
        .collect();
    assert_eq!(words(&offered).into_iter().collect::<BTreeSet<_>>(), shown);
}

#[test]
fn commands_below_a_command_are_offered() {
    assert_eq!(words(&offered(&Person::new("ana"), &["env", ""])), ["list", "add", "rm"]);
}

#[test]
fn flags_are_offered_behind_a_hyphen() {
    let offered = offered(&Person::new("ana"), &["get", "--v"]);
    assert_eq!(offered, "--verbose\tSay more\n--version\tThis version, if it is still in the file\n");
}

#[test]
fn flags_before_a_command_are_offered() {
    let offered = offered(&Person::new("ana"), &["--"]);
    assert!(words(&offered).contains(&"--env") && words(&offered).contains(&"--version"), "{offered}");
}

#[test]
fn secrets_of_the_default_environment_are_offered_without_a_key() {
    let mut ana = ana();
    ana.sh(&format!("rm -r '{}/.config'", ana.home.display()));
    ana.set("CVAULT_KEY_FILE", "/nowhere");
    assert_eq!(offered(&ana, &["get", ""]), "DATABASE_URL\nDB_HOST\ndb/password\n");
}

#[test]
fn only_what_begins_as_typed_is_offered() {
    assert_eq!(offered(&ana(), &["get", "DB"]), "DB_HOST\n");
    assert_eq!(offered(&ana(), &["get", "db/p"]), "db/password\n");
    assert_eq!(offered(&ana(), &["list", "db/"]), "db/password\n");
}

#[test]
fn secrets_of_the_typed_environment_are_offered() {
    let ana = ana();
    for typed in [&["get", "-e", "prod", ""][..], &["--env=prod", "get", ""], &["get", "-eprod", ""]] {
        assert_eq!(offered(&ana, typed), "TLS_KEY\n", "{typed:?}");
    }
}

#[test]
fn secrets_of_extended_environments_are_offered_too() {
    let ana = ana();
    ana.vault(&["env", "add", "stage", "--extends", "prod"]).ok();
    assert_eq!(offered(&ana, &["get", "-e", "stage", ""]), "TLS_KEY\n");
}

#[test]
fn environment_of_the_variable_is_asked_and_one_typed_before_the_command_wins() {
    let mut ana = ana();
    ana.set("CVAULT_ENV", "prod");
    assert_eq!(offered(&ana, &["get", ""]), "TLS_KEY\n");
    let typed = ana.vault(&["__complete", "CVAULT_ENV=dev", "--", "get", "DB"]).ok();
    assert_eq!(typed.text(), "DB_HOST\n");
}

#[test]
fn vault_of_another_folder_is_asked() {
    let mut ana = ana();
    let other = ana.other("bob");
    let project = ana.cwd.to_str().unwrap();
    assert_eq!(offered(&other, &["-C", project, "get", "DB"]), "DB_HOST\n");
    let set = format!("CVAULT_DIR={project}/.vault");
    assert_eq!(other.vault(&["__complete", &set, "--", "get", "DB"]).ok().text(), "DB_HOST\n");
    ana.set("CVAULT_DIR", format!("{project}/.vault"));
    ana.cwd = ana.home.clone();
    assert_eq!(offered(&ana, &["get", "DB"]), "DB_HOST\n");
}

#[test]
fn environments_are_offered_where_one_is_asked_for() {
    let ana = ana();
    for typed in [&["get", "-e", ""][..], &["env", "rm", ""], &["env", "add", "x", "--extends", ""]] {
        assert_eq!(offered(&ana, typed), "dev\nprod\n", "{typed:?}");
    }
    assert_eq!(offered(&ana, &["get", "--env=p"]), "--env=prod\n");
}

#[test]
fn nothing_is_offered_for_a_name_that_is_new() {
    assert_eq!(offered(&ana(), &["env", "add", ""]), "");
    assert_eq!(offered(&ana(), &["init", "--name", ""]), "");
}

#[test]
fn last_name_of_a_list_is_completed_and_no_name_twice() {
    let ana = ana();
    assert_eq!(offered(&ana, &["run", "--only", "DB_HOST,D"]), "DB_HOST,DATABASE_URL\n");
    assert_eq!(offered(&ana, &["rm", "DB_HOST", "D"]), "DATABASE_URL\n");
}

#[test]
fn values_that_a_flag_lists_are_offered() {
    assert_eq!(
        words(&offered(&Person::new("ana"), &["ci", "setup", "--for", ""])),
        ["github", "gitlab", "shell"]
    );
    assert_eq!(offered(&Person::new("ana"), &["--color=a"]), "--color=auto\n--color=always\n");
}

#[test]
fn shell_is_asked_for_files_folders_and_programs() {
    let ana = Person::new("ana");
    assert_eq!(offered(&ana, &["set", "A", "--file", "x"]), ":files\n");
    assert_eq!(offered(&ana, &["-C", ""]), ":folders\n");
    assert_eq!(offered(&ana, &["run", "--", ""]), ":program 2\n");
    assert_eq!(offered(&ana, &["run", "-e", "dev", "git", "--am"]), ":program 3\n");
}

#[test]
fn commands_are_offered_to_the_manual() {
    assert_eq!(words(&offered(&Person::new("ana"), &["man", "env", "a"])), ["add"]);
}

#[test]
fn line_that_makes_no_sense_gets_nothing() {
    let ana = ana();
    for typed in [
        &["nonsense", ""][..],
        &["get", "--nonsense=", ""],
        &["get", "DB_HOST", ""],
        &["env", "nonsense", ""],
    ] {
        assert_eq!(offered(&ana, typed).replace("DATABASE_URL\nDB_HOST\ndb/password\n", ""), "", "{typed:?}");
    }
    for raw in [&["__complete"][..], &["__complete", "--"], &["__complete", "x"]] {
        let Said { code, out, err } = ana.vault(raw);
        assert_eq!((code, out.len(), err.as_str()), (0, 0, ""), "{raw:?}");
    }
}

#[test]
fn names_that_no_secret_can_have_are_not_offered() {
    let ana = ana();
    for name in ["\u{1b}[31mred", "$(touch P)", "a b", "-rf", "CON", "x..toml", "a\nb"] {
        ana.write(&format!(".vault/secrets/dev/{name}.toml"), "");
    }
    symlink("/etc/passwd", ana.path(".vault/secrets/dev/LINK.toml")).unwrap();
    symlink("/etc", ana.path(".vault/secrets/dev/FOLDER")).unwrap();
    assert_eq!(offered(&ana, &["get", ""]), "DATABASE_URL\nDB_HOST\ndb/password\n");
}

#[test]
fn vault_that_is_a_link_a_broken_roster_or_a_pipe_offers_nothing() {
    let ana = ana();
    ana.sh("mv .vault elsewhere; ln -s elsewhere .vault");
    assert_eq!(offered(&ana, &["get", ""]), "");
    ana.sh("rm .vault; mv elsewhere .vault; echo nonsense > .vault/roster.toml");
    assert_eq!(offered(&ana, &["get", ""]), "");
    assert_eq!(offered(&ana, &["get", "-e", "prod", ""]), "TLS_KEY\n");
    ana.sh("rm .vault/roster.toml; mkfifo .vault/roster.toml");
    assert_eq!(offered(&ana, &["get", "-e", ""]), "");
}

#[test]
fn completion_of_a_strange_vault_neither_asks_nor_trusts_nor_writes() {
    let ana = ana();
    ana.commit("secrets");
    let bob = ana.clone_for("bob");
    let before = bob.sh("find . ../bob-home | sort; cat .vault/roster.toml");
    assert_eq!(offered(&bob, &["get", "DB"]), "DB_HOST\n");
    assert_eq!(bob.sh("find . ../bob-home | sort; cat .vault/roster.toml"), before);
}

#[test]
fn completion_works_as_cargo_calls_it() {
    assert_eq!(ana().vault(&["vault", "__complete", "--", "get", "DB"]).ok().text(), "DB_HOST\n");
}

#[test]
fn own_identities_are_offered_where_one_that_is_there_is_wanted() {
    let ana = ana();
    ana.vault(&["identity", "new", "laptop"]).ok();
    let index = "[phone]\nrecipient = \"age1test1x\"\nsigns = \"ssh-ed25519 \
                 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN\"\n";
    ana.write("../ana-home/.config/cargo-vault/identities.toml", index);
    assert_eq!(offered(&ana, &["identity", "export", ""]), "default\nlaptop\nphone\n");
    assert_eq!(offered(&ana, &["identity", "new", ""]), "");
}
