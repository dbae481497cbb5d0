//! The person's own git: hooks, signing, settings and the state of his clone; and what a repository would have it do.

use super::*;

fn hook(person: &Person, name: &str, script: &str) {
    person.write(&format!(".git/hooks/{name}"), format!("#!/bin/sh\n{script}\n"));
    person.sh(&format!("chmod +x .git/hooks/{name}"));
}

#[test]
fn failing_hook_is_quoted_and_nothing_is_lost() {
    let team = Team::new();
    set(&team.ana, "DB", "second");
    hook(&team.ana, "pre-commit", "echo 'run the tests first' >&2; exit 1");
    insta::assert_snapshot!(told(&sync(&team.ana), &team.ana), @r"
    exit 1
    --- stdout
    --- stderr
    error: `git commit` failed

      git said  run the tests first
    help: `git commit -- .vault` tries again, and shows all that it says
    ");
    assert_eq!(value(&team.ana, "DB"), "second");
    hook(&team.ana, "pre-commit", "");
    sync(&team.ana).ok();
    assert_eq!(team.ana.git(&["rev-list", "--count", "origin/main..HEAD"]), "0\n");
}

#[test]
fn push_that_the_remote_refuses_is_no_race() {
    let team = Team::new();
    set(&team.ana, "DB", "second");
    team.ana
        .write("../origin.git/hooks/pre-receive", "#!/bin/sh\necho \"protected \\033[31mbranch\"\nexit 1\n");
    team.ana.sh("chmod +x ../origin.git/hooks/pre-receive");
    let said = sync(&team.ana);
    assert_eq!(said.code, 1);
    assert!(said.err.starts_with("error: `git push` failed\n"), "{}", said.err);
    assert!(said.err.contains("remote: protected \\u{1b}[31mbranch"), "{}", said.err);
    assert!(said.err.contains("committed before  vault: dev/DB\n"), "{}", said.err);
}

#[test]
fn commits_are_signed_where_the_person_has_them_signed() {
    let Team { ana, bob, .. } = Team::new();
    set(&ana, "OF_ANA", "a");
    sync(&ana).ok();
    bob.sh("ssh-keygen -q -t ed25519 -N '' -f ../sign");
    for (key, value) in [("gpg.format", "ssh"), ("user.signingKey", "../sign"), ("commit.gpgSign", "true")] {
        bob.git(&["config", key, value]);
    }
    bob.git(&["config", "user.signingKey", bob.root().join("sign").to_str().unwrap()]);
    set(&bob, "OF_BOB", "b");
    sync(&bob).ok();
    let raw = bob.git(&["cat-file", "commit", "HEAD"]);
    assert!(raw.contains("-----BEGIN SSH SIGNATURE-----"), "{raw}");
    assert_eq!(bob.git(&["rev-parse", "HEAD"]), bob.git(&["rev-parse", "origin/main"]));
}

#[test]
fn file_that_was_changed_and_not_committed_is_not_overwritten() {
    let Team { ana, bob, .. } = Team::new();
    ana.write("notes.txt", "of ana\n");
    push(&ana);
    bob.write("notes.txt", "of bob\n");
    set(&bob, "OF_BOB", "b");
    bob.git(&["add", ".vault"]);
    bob.git(&["commit", "-qm", "mine"]);
    let before = all_of(&bob);
    insta::assert_snapshot!(told(&sync(&bob), &bob), @r"
    exit 1
    --- stdout
    --- stderr
    error: what you changed and did not commit is in the way of what came, and nothing was taken in

      git said  error: The following untracked working tree files would be overwritten by checkout:
                  notes.txt
                Please move or remove them before you switch branches.
                Aborting
    help: `git stash -uq` puts it aside, and `git stash pop -q` brings it back
    ");
    assert_eq!(all_of(&bob), before);
    assert_eq!(bob.read("notes.txt"), b"of bob\n");
}

#[test]
fn post_checkout_hook_that_fails_undoes_nothing() {
    let Team { ana, bob, .. } = Team::new();
    set(&ana, "OF_ANA", "a");
    sync(&ana).ok();
    hook(&bob, "post-checkout", "exit 3");
    sync(&bob).ok();
    assert_eq!(value(&bob, "OF_ANA"), "a");
}

#[test]
fn branch_goes_back_where_a_hook_spoils_what_came() {
    let Team { ana, bob, .. } = Team::new();
    set(&ana, "OF_ANA", "a");
    sync(&ana).ok();
    hook(&bob, "post-checkout", "touch .vault/stray");
    let head = bob.git(&["rev-parse", "HEAD"]);
    insta::assert_snapshot!(told(&sync(&bob), &bob), @r"
    exit 5
    --- stdout
    --- stderr
    error: `.vault/stray` does not belong in a vault

      where  origin/main, and nothing was taken in
    help: `git log -p -- .vault/stray` shows who changed it
    ");
    assert_eq!(bob.git(&["rev-parse", "HEAD"]), head);
    assert_eq!(bob.git(&["status", "--porcelain"]), "?? .vault/stray\n");
}

#[test]
fn commit_that_the_person_makes_meanwhile_is_kept() {
    let Team { ana, mut bob, .. } = Team::new();
    set(&ana, "OF_ANA", "a");
    sync(&ana).ok();
    set(&bob, "OF_BOB", "b");
    let meanwhile = "[ -e \"$HOME/once\" ] || { touch \"$HOME/once\"; /usr/bin/git -C \"$HOME/../bob-project\" commit -q --allow-empty -m meanwhile; }";
    before_each(&mut bob, "rebase", meanwhile);
    sync(&bob).ok();
    assert!(bob.home.join("once").exists());
    assert_eq!(bob.git(&["log", "--format=%s", "-3"]), "meanwhile\nvault: dev/OF_BOB\nvault: dev/OF_ANA\n");
    assert_eq!(bob.git(&["status", "--porcelain", "-b"]), "## main...origin/main\n");
}

#[test]
fn other_branches_and_settings_of_the_person_stay_as_they_are() {
    let Team { ana, bob, .. } = Team::new();
    set(&ana, "OF_ANA", "a");
    sync(&ana).ok();
    for setting in ["rebase.updateRefs", "rebase.autoStash", "pull.rebase", "submodule.recurse"] {
        bob.git(&["config", setting, "true"]);
    }
    set(&bob, "ONE", "1");
    bob.vault(&["sync", "-m", "one"]).ok();
    set(&bob, "TWO", "2");
    bob.git(&["add", "."]);
    bob.git(&["commit", "-qm", "two"]);
    bob.git(&["branch", "kept", "HEAD~1"]);
    set(&ana, "MORE", "m");
    sync(&ana).ok();
    let before = (bob.git(&["rev-parse", "kept"]), bob.read(".git/config"));
    sync(&bob).ok();
    assert_eq!((bob.git(&["rev-parse", "kept"]), bob.read(".git/config")), before);
}

#[test]
fn variables_of_another_repository_and_of_paths_are_not_followed() {
    let Team { mut ana, .. } = Team::new();
    set(&ana, "DB", "second");
    ana.set("GIT_INDEX_FILE", "/nowhere/index").set("GIT_LITERAL_PATHSPECS", "1");
    sync(&ana).ok();
    ana.env.remove("GIT_INDEX_FILE");
    assert_eq!(ana.git(&["status", "--porcelain", "-b"]), "## main...origin/main\n");
}

#[test]
fn nothing_that_is_committed_names_a_program() {
    let Team { ana, bob, .. } = Team::new();
    let ran = ana.root().join("ran");
    let touch = format!("touch {}", ran.display());
    ana.write(".gitattributes", "* filter=evil diff=evil merge=evil\n");
    ana.write(
        ".gitconfig",
        format!("[filter \"evil\"]\n\tsmudge = {touch}\n\tclean = {touch}\n[core]\n\tfsmonitor = {touch}\n"),
    );
    ana.write(
        ".gitmodules",
        format!("[submodule \"x\"]\n\tpath = x\n\turl = ext::{touch}\n\tupdate = !{touch}\n"),
    );
    for name in ["hooks/post-checkout", ".githooks/post-checkout", ".husky/post-checkout", "git"] {
        ana.write(name, format!("#!/bin/sh\n{touch}\n"));
        ana.sh(&format!("chmod +x {name}"));
    }
    let head = ana.git(&["rev-parse", "HEAD"]);
    ana.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},x", head.trim())]);
    push(&ana);
    set(&bob, "OF_BOB", "b");
    let mut bob = bob;
    bob.set("PATH", ".::/usr/local/bin:/usr/bin:/bin");
    sync(&bob).ok();
    assert!(!ran.exists());
    assert_eq!(bob.git(&["rev-parse", "HEAD"]), bob.git(&["rev-parse", "origin/main"]));
}
