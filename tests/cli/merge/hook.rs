//! The hook before a commit that `git install` writes: what it calls, beside what is there, and where it writes nothing.

use std::{fs, os::unix::fs::symlink};

use super::git;
use crate::harness::{PROGRAM, Person, redacted};

const HOOK: &str = ".git/hooks/pre-commit";

/// Ana, in whose hook a program stands for this one that notes what it is called with and ends so.
fn with_stand_in(ana: &Person, code: u8) {
    let stand_in = ana.root().join("it's a stand-in");
    ana.write(
        "../it's a stand-in",
        format!("#!/bin/sh\necho \"$CVAULT_DIR $*\" >> ../called\nexit {code}\n"),
    );
    ana.sh("chmod +x \"../it's a stand-in\"");
    let quoted = stand_in.to_str().unwrap().replace('\'', "'\\''");
    let hook = fs::read_to_string(ana.path(HOOK)).unwrap().replace(PROGRAM, &quoted);
    ana.write(HOOK, hook);
}

fn called(ana: &Person) -> String {
    fs::read_to_string(ana.root().join("called")).unwrap_or_default()
}

#[test]
fn commit_is_searched_first_and_stopped_by_what_is_found() {
    let ana = Person::with_vault("ana");
    ana.write(HOOK, "#!/usr/bin/env bash\ntouch ../theirs\nexit 0\n");
    ana.sh("chmod +x .git/hooks/pre-commit");
    ana.vault(&["git", "install"]).ok();
    with_stand_in(&ana, 1);
    assert_eq!(git(&ana, &["commit", "-q", "--allow-empty", "-m", "x"]).code, 1);
    assert_eq!((called(&ana).as_str(), ana.root().join("theirs").exists()), (" scan --staged\n", false));
    with_stand_in(&ana, 0);
    ana.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
    assert!(ana.root().join("theirs").exists());
}

#[test]
fn vault_further_down_is_named_to_the_search() {
    let ana = Person::new("ana");
    ana.sh("git init -q -b main .; mkdir 'a b'");
    ana.vault(&["-C", "a b", "init", "-q", "--name", "ana"]).ok();
    ana.vault(&["-C", "a b", "git", "install"]).ok();
    with_stand_in(&ana, 0);
    ana.commit("all");
    assert_eq!(called(&ana), "a b/.vault scan --staged\n");
}

#[test]
fn program_that_is_gone_stops_no_commit_and_is_named() {
    let ana = Person::with_vault("ana");
    ana.vault(&["git", "install"]).ok();
    with_stand_in(&ana, 1);
    ana.sh("rm \"../it's a stand-in\"");
    let said = git(&ana, &["commit", "-q", "--allow-empty", "-m", "x"]).ok();
    assert_eq!(said.err, "cargo-vault is not where it was: nothing was searched for secrets\n");
}

#[test]
fn hook_is_as_it_was_after_both() {
    let ana = Person::with_vault("ana");
    ana.vault(&["git", "install"]).ok();
    ana.vault(&["git", "uninstall"]).ok();
    assert!(!ana.path(HOOK).exists());
    let theirs = "#!/bin/sh -e\ntouch ../theirs";
    ana.write(HOOK, theirs);
    ana.sh("chmod 700 .git/hooks/pre-commit");
    ana.vault(&["git", "install"]).ok();
    assert!(fs::read_to_string(ana.path(HOOK)).unwrap().contains("scan --staged"));
    ana.vault(&["git", "uninstall"]).ok();
    assert_eq!(ana.read(HOOK), theirs.as_bytes());
    assert_eq!(ana.sh("stat -c %a .git/hooks/pre-commit"), "700\n");
}

/// What is said of a hook that is not added to, none of which is changed.
#[track_caller]
fn left(prepare: &str) -> String {
    let ana = Person::with_vault("ana");
    ana.sh(prepare);
    let all = "find . -path ./.git/objects -prune -o -path ./.git/config -prune -o -type f -print -exec cat {} + | sort";
    let before = ana.sh(all);
    let said = ana.vault(&["git", "install"]).ok();
    assert!(!said.text().contains("hook "), "{}", said.text());
    assert!(ana.vault(&["git", "install", "--json"]).ok().text().contains("\"written\":\"left\""));
    assert_eq!(ana.sh(all), before);
    redacted(said.err.lines().next().unwrap(), &ana)
}

#[test]
fn hooks_of_another_program_are_left_and_told_what_to_add() {
    let said = [
        "git config core.hooksPath .husky/_",
        "touch .pre-commit-config.yaml",
        "touch lefthook.yml",
        "mkdir .husky",
        "mkdir -p .git/hooks; printf '#!/usr/bin/python3\\n' > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit",
        "mkdir -p .git/hooks; printf '#!/bin/sh\\n' > .git/hooks/pre-commit; chmod -x .git/hooks/pre-commit",
    ]
    .map(left)
    .join("\n");
    insta::assert_snapshot!(said, @"
    help: `[ROOT]/ana-project/.husky/_/pre-commit` was left as it is: have it call `cargo-vault scan --staged`, and end where that fails
    help: `[ROOT]/ana-project/.pre-commit-config.yaml` was left as it is: add a local hook with `entry: cargo-vault scan --staged`, `language: system`, `pass_filenames: false`
    help: `[ROOT]/ana-project/lefthook.yml` was left as it is: add a command to `pre-commit` with `run: cargo-vault scan --staged`
    help: `[ROOT]/ana-project/.husky` was left as it is: have it call `cargo-vault scan --staged`, and end where that fails
    help: `[ROOT]/ana-project/.git/hooks/pre-commit` was left as it is: have it call `cargo-vault scan --staged`, and end where that fails
    help: `[ROOT]/ana-project/.git/hooks/pre-commit` was left as it is: have it call `cargo-vault scan --staged`, and end where that fails
    ");
}

#[test]
fn link_in_place_of_the_hook_is_not_written_through() {
    let ana = Person::with_vault("ana");
    ana.write("scripts/hook", "#!/bin/sh\n");
    ana.sh("chmod +x scripts/hook; mkdir -p .git/hooks");
    symlink("../../scripts/hook", ana.path(HOOK)).unwrap();
    ana.vault(&["git", "install"]).ok();
    ana.vault(&["git", "uninstall"]).ok();
    assert_eq!(ana.read("scripts/hook"), b"#!/bin/sh\n");
}
