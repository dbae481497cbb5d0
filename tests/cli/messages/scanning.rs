//! Searches that do not take place.

use super::tried;
use crate::harness::Person;

#[test]
fn without_git() {
    let bob = Person::new("bob");
    insta::assert_snapshot!(tried(&bob, "no-git", "cargo vault scan"), @r"
    $ cargo vault scan
    note: there is no vault here or above: only known shapes are searched for
    error: there is no git repository here

    help: `cargo vault scan .` searches the files of this folder
    [exit 1]

    $ cargo vault scan .
    note: there is no vault here or above: only known shapes are searched for
    nothing found in 0 files, searched for 0 secrets and known shapes

    again: exit 1
    ");
}

#[test]
fn repository_without_a_work_tree() {
    let ana = Person::with_vault("ana");
    ana.git(&["config", "core.bare", "true"]);
    insta::assert_snapshot!(tried(&ana, "no-work-tree", "cargo vault scan"), @r"
    $ cargo vault scan
    error: this git repository has no work tree

    help: `cargo vault scan --history` searches its commits
    [exit 1]

    $ cargo vault scan --history
    nothing found in 1 commit, 5 files, searched for 0 secrets and known shapes

    again: exit 1
    ");
}

#[test]
fn repository_of_a_kind_that_is_not_known() {
    let ana = Person::new("ana");
    ana.git(&["init", "-q", "--object-format=sha256", "."]);
    ana.write("a", "a file");
    insta::assert_snapshot!(tried(&ana, "git", "cargo vault scan"), @r"
    $ cargo vault scan
    note: there is no vault here or above: only known shapes are searched for
    error: git cannot open `[ROOT]/ana-project/.git`: unknown object format 'sha256'

    help: `cargo vault scan .` searches the files of this folder, as if there were no git
    [exit 1]

    $ cargo vault scan .
    note: there is no vault here or above: only known shapes are searched for
    nothing found in 1 file, searched for 0 secrets and known shapes

    again: exit 1
    ");
}

#[test]
fn path_that_is_not_there() {
    let ana = Person::with_vault("ana");
    insta::assert_snapshot!(tried(&ana, "no-file", "cargo vault scan nowhere"), @r"
    $ cargo vault scan nowhere
    error: cannot read `nowhere`: No such file or directory (os error 2)
    [exit 3]

    again: exit 3
    ");
}

#[test]
fn revision_that_is_none() {
    let ana = Person::with_vault("ana");
    insta::assert_snapshot!(tried(&ana, "no-revision", "cargo vault scan --commits nowhere..HEAD"), @r"
    $ cargo vault scan --commits nowhere..HEAD
    error: there is no commit `nowhere` here

    help: `git fetch` brings what the remote has
    [exit 3]

    $ git fetch
    (nothing is shown)

    again: exit 3
    ");
}

#[test]
fn project_that_was_not_built() {
    let ana = Person::with_vault("ana");
    insta::assert_snapshot!(tried(&ana, "no-target", "cargo vault scan --target"), @r"
    $ cargo vault scan --target
    error: there is no folder `target` of what cargo has built

    help: `CARGO_TARGET_DIR` says where it is, if it is elsewhere
    [exit 3]

    again: exit 3
    ");
}

#[test]
fn fingerprint_of_nothing() {
    let ana = Person::with_vault("ana");
    let line = "cargo vault scan --allow 0123456789abcdef";
    insta::assert_snapshot!(tried(&ana, "no-finding", line), @r"
    $ cargo vault scan --allow 0123456789abcdef
    error: nothing is found here whose fingerprint is `0123456789abcdef`

    help: `cargo vault scan` shows the fingerprint of each finding: allow one with the flags that found it
    [exit 3]

    $ cargo vault scan
    nothing found in 5 files, searched for 0 secrets and known shapes

    again: exit 3
    ");
}

#[test]
fn list_of_what_is_allowed_with_a_word_that_it_does_not_know() {
    let ana = Person::with_vault("ana");
    ana.write(".vault/scan-allow.toml", "[[allow]]\nfingerprint = \"0123456789abcdef\"\npaths = \"**\"\n");
    insta::assert_snapshot!(tried(&ana, "syntax", "cargo vault scan"), @r"
    $ cargo vault scan
    error: `.vault/scan-allow.toml`, line 3: unknown field `paths`, expected one of `fingerprint`, `kind`, `path`, `reason`

    help: `git log -p -- .vault/scan-allow.toml` shows who changed it
    [exit 5]

    $ git log -p -- .vault/scan-allow.toml
    (nothing is shown)

    again: exit 5
    ");
}
