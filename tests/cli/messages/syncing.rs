//! A clone in which git cannot do what `sync` needs.

use super::tried;
use crate::{forge::Team, harness::Person};

/// Ana in a clone with a change that is not committed.
fn changed() -> Person {
    let Team { ana, .. } = Team::new();
    ana.vault_with(&["set", "DB"], b"second").ok();
    ana
}

#[test]
fn no_message() {
    insta::assert_snapshot!(tried(&changed(), "no-message", "cargo vault sync -m ''"), @r"
    $ cargo vault sync -m ''
    error: the message of a commit is not empty
    [exit 2]

    again: exit 2
    ");
}

#[test]
fn detached() {
    let ana = changed();
    ana.git(&["checkout", "-q", "--detach"]);
    insta::assert_snapshot!(tried(&ana, "detached", "cargo vault sync"), @r"
    $ cargo vault sync
    error: HEAD is on no branch

    help: `git switch -` goes to the one before
    [exit 1]

    $ git switch -
    M	.vault/secrets/dev/DB.toml
    Your branch is up to date with 'origin/main'.
    Switched to branch 'main'

    again: exit 0
    ");
}

#[test]
fn underway() {
    let ana = changed();
    ana.git(&["stash", "-q"]);
    ana.git(&["checkout", "-q", "-b", "side"]);
    ana.commit("side");
    ana.git(&["checkout", "-q", "main"]);
    ana.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    insta::assert_snapshot!(tried(&ana, "underway", "cargo vault sync"), @r"
    $ cargo vault sync
    error: a merge is under way here

    help: `git status` shows how it goes on, and how back
    [exit 6]

    $ git status
    On branch main
    Your branch is up to date with 'origin/main'.

    (and so on)

    again: exit 6
    ");
}

#[test]
fn bare() {
    let ana = changed();
    ana.git(&["config", "core.bare", "true"]);
    insta::assert_snapshot!(tried(&ana, "bare", "cargo vault sync"), @r"
    $ cargo vault sync
    error: the git repository here is bare: no work tree is its own
    [exit 1]

    again: exit 1
    ");
}

#[test]
fn hook_that_fails() {
    let ana = changed();
    ana.write(".git/hooks/pre-commit", "#!/bin/sh\necho 'run the tests first' >&2\nexit 1\n");
    ana.sh("chmod +x .git/hooks/pre-commit");
    insta::assert_snapshot!(tried(&ana, "git-failed", "cargo vault sync"), @r"
    $ cargo vault sync
    error: `git commit` failed

      git said  run the tests first
    help: `git commit -- .vault` tries again, and shows all that it says
    [exit 1]

    $ git commit -- .vault
    run the tests first
    [exit 1]

    again: exit 1
    ");
}

#[test]
fn in_the_way() {
    let Team { ana, bob, .. } = Team::new();
    ana.write("notes.txt", "of ana\n");
    crate::forge::push(&ana);
    bob.write("notes.txt", "of bob\n");
    bob.git(&["add", "notes.txt"]);
    insta::assert_snapshot!(tried(&bob, "in-the-way", "cargo vault sync"), @r"
    $ cargo vault sync
    error: what you changed and did not commit is in the way of what came, and nothing was taken in

      git said  error: Your local changes to the following files would be overwritten by checkout:
                  notes.txt
                Please commit your changes or stash them before you switch branches.
                Aborting
    help: `git stash -uq` puts it aside, and `git stash pop -q` brings it back
    [exit 1]

    $ git stash -uq
    (nothing is shown)

    $ git stash pop -q
    (nothing is shown)

    again: exit 1
    ");
}

#[test]
fn push_elsewhere() {
    let ana = changed();
    ana.git(&["clone", "-q", "--bare", ".", "../own.git"]);
    ana.git(&["remote", "add", "own", "../own.git"]);
    ana.git(&["config", "remote.pushDefault", "own"]);
    ana.git(&["config", "push.default", "current"]);
    insta::assert_snapshot!(tried(&ana, "push-elsewhere", "cargo vault sync --push"), @r"
    $ cargo vault sync --push
    error: `main` takes in from `origin/main`, and git's settings push it to `own`

    help: `cargo vault sync` takes in, and `git push -q` pushes there
    [exit 1]

    $ cargo vault sync
    committed: vault: dev/DB
    `origin/main` has nothing new
    1 commit not pushed
    (and so on)

    $ git push -q
    (nothing is shown)

    again: exit 1
    ");
}
