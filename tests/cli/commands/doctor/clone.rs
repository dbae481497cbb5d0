//! `doctor`, on the clone around a vault.

use std::{fs, os::unix::fs::symlink};

use serde_json::Value;

use super::{ana, finding, finds, is_mended, with_cargo};
use crate::harness::{PROGRAM, Person};

#[test]
fn vault_without_a_repository_is_a_note() {
    let mut ana = Person::new("ana");
    ana.vault(&["init"]).ok();
    with_cargo(&mut ana);
    assert_eq!(is_mended(&ana, "", "no-repository", "note"), "git init [ROOT]/ana-project");
}

#[test]
fn uncommitted_files_are_counted() {
    let ana = ana();
    ana.vault_with(&["set", "B"], b"y").ok();
    let command = is_mended(&ana, "", "uncommitted", "note");
    let git = "git -C [ROOT]/ana-project";
    assert_eq!(command, format!("{git} add -- .vault && {git} commit -m vault -- .vault"));
    assert_eq!(ana.git(&["status", "--porcelain"]), "");
}

#[test]
fn rule_that_leaves_a_file_out_is_overruled_wherever_it_stands() {
    let ana = ana();
    for rule in [
        "echo '*.log' > .gitignore",
        "echo .vault > .gitignore",
        "printf 'secrets/' > .gitignore",
        "echo '.*' > .git/info/exclude",
        "git config --global core.excludesFile ~/ignored; echo '*.age' > ~/ignored",
    ] {
        let command = is_mended(&ana, rule, "ignored", "problem");
        assert_eq!(command, "printf '\\n!/.vault/\\n!/.vault/**\\n' >> [ROOT]/ana-project/.gitignore");
        ana.sh("git check-ignore -q .vault/roster.log .vault/secrets/dev/A.toml && exit 1; rm -f .gitignore ~/ignored; : > .git/info/exclude");
    }
}

#[test]
fn rule_on_a_folder_above_has_no_command() {
    let ana = Person::new("ana");
    ana.sh("git init -q .; mkdir sub; echo sub/ > .gitignore; cd sub; '$0' init"
        .replace("$0", PROGRAM)
        .as_str());
    let said = ana.vault(&["-C", "sub", "doctor", "--json"]);
    assert_eq!(finding(&said, "ignored").unwrap()["command"], Value::Null);
}

#[test]
fn link_in_place_of_the_rules_is_not_written_through() {
    let ana = ana();
    symlink(ana.home.join("profile"), ana.path(".gitignore")).unwrap();
    ana.sh("echo '*.log' > .git/info/exclude");
    assert_eq!(finds(&ana, "", "ignored", "problem")["command"], Value::Null);
}

#[test]
fn pipe_in_place_of_rules_is_not_waited_for() {
    let ana = ana();
    for file in [".gitignore", ".gitattributes", ".vault/keys/.gitignore", ".git/info/attributes"] {
        let command = is_mended(&ana, &format!("rm -f {file}; mkfifo {file}"), "odd-rules", "problem");
        assert_eq!(command, format!("rm [ROOT]/ana-project/{file}"));
    }
    finds(&ana, "mkfifo pipe; ln -s pipe .gitignore", "odd-rules", "problem");
}

#[test]
fn attribute_that_changes_bytes_is_overruled_wherever_it_stands() {
    let ana = ana();
    let beside =
        "printf '\\n/.vault/** -text !eol !filter !ident !working-tree-encoding\\n' >> [ROOT]/ana-project";
    for rule in ["* filter=lfs", "*.toml ident", "*.log working-tree-encoding=UTF-16"] {
        let before = format!("echo '{rule}' > .gitattributes");
        let command = is_mended(&ana, &before, "rewritten", "problem");
        assert_eq!(command, format!("{beside}/.gitattributes"));
    }
    ana.sh("rm .gitattributes");
    for rule in ["* text", "* eol=crlf text=auto", "* !text filter=x"] {
        let before = format!("echo '{rule}' > .git/info/attributes");
        let command = is_mended(&ana, &before, "rewritten", "problem");
        assert_eq!(command, format!("{beside}/.git/info/attributes"));
    }
}

#[test]
fn line_ends_are_converted_only_where_the_vault_does_not_forbid_it() {
    let ana = ana();
    ana.git(&["config", "core.autocrlf", "true"]);
    let said = ana.vault(&["doctor", "--json"]);
    assert_eq!(finding(&said, "rewritten"), None, "{}", said.conversation());
    ana.sh("rm .vault/.gitattributes; git add -A");
    let said = ana.vault(&["doctor", "--json"]);
    let message = finding(&said, "rewritten").unwrap()["message"].clone();
    assert_eq!(message, "git would change the bytes of `.vault/roster.toml`, by `core.autocrlf`");
    is_mended(&ana, "", "rewritten", "problem");
}

#[test]
fn attributes_of_the_vault_are_put_back_and_no_link_in_their_place_is_written_through() {
    let ana = ana();
    let file = ana.path(".vault/.gitattributes");
    is_mended(&ana, "echo '* text' > .vault/.gitattributes", "other-attributes", "problem");
    ana.git(&["diff", "--exit-code", "--", ".vault"]);
    fs::remove_file(&file).unwrap();
    symlink(ana.home.join("profile"), &file).unwrap();
    is_mended(&ana, "", "other-attributes", "problem");
    ana.git(&["diff", "--exit-code", "--", ".vault"]);
    assert!(!ana.home.join("profile").exists());
}

#[test]
fn missing_driver_is_a_note_whose_command_installs_it() {
    let ana = ana();
    assert_eq!(is_mended(&ana, "", "no-driver", "note"), "cargo vault git install");
}

#[test]
fn sparse_checkout_without_the_vault_is_named() {
    let ana = ana();
    ana.write("src/main.rs", "");
    ana.commit("src");
    let command = is_mended(&ana, "git sparse-checkout set --no-cone /src", "not-checked-out", "problem");
    assert_eq!(command, "git -C [ROOT]/ana-project sparse-checkout add '/.vault/**'");
    let command = is_mended(&ana, "git sparse-checkout set --cone src", "not-checked-out", "problem");
    assert_eq!(command, "git -C [ROOT]/ana-project sparse-checkout add .vault");
    let some = "git sparse-checkout disable; git sparse-checkout set --no-cone '/*' '!/.vault/secrets'";
    is_mended(&ana, some, "left-out", "problem");
}

#[test]
fn vault_that_was_removed_from_the_work_tree_is_put_back() {
    let ana = ana();
    let command = is_mended(&ana, "rm -rf .vault", "not-checked-out", "problem");
    assert_eq!(command, "git -C [ROOT]/ana-project checkout -- .vault");
}

#[test]
fn shallow_clone_is_named() {
    let ana = ana();
    let mut bob = ana.other("bob");
    bob.git(&["clone", "-q", "--depth=1", &format!("file://{}", ana.cwd.display()), "."]);
    with_cargo(&mut bob);
    assert_eq!(is_mended(&bob, "", "shallow", "note"), "git -C [ROOT]/bob-project fetch --unshallow");
}

#[test]
fn submodule_and_second_work_tree_are_named() {
    let ana = ana();
    let outer = ana.other("outer");
    outer.git(&["init", "-q", "."]);
    outer.git(&["submodule", "--quiet", "add", ana.cwd.to_str().unwrap(), "sub"]);
    let said = outer.vault(&["-C", "sub", "doctor", "--json"]);
    assert_eq!(finding(&said, "submodule").unwrap()["level"], "note");
    ana.git(&["worktree", "add", "-q", "../second", "-b", "second"]);
    let said = ana.vault(&["-C", "../second", "doctor", "--json"]);
    assert_eq!(finding(&said, "work-tree").unwrap()["level"], "note");
}
