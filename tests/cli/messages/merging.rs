//! Two branches that are brought together, and cannot be yet.

use cargo_vault::kernel::time::Timestamp;

use super::tried;
use crate::{
    forge::{Forge, identity, member},
    harness::Person,
};

/// Ana after a merge that stopped, of what she did on `side` and what on the main branch.
fn stopped(side: impl FnOnce(&Person), main: impl FnOnce(&Person)) -> Person {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    ana.commit("first");
    ana.git(&["checkout", "-q", "-b", "side"]);
    side(&ana);
    ana.commit("side");
    ana.git(&["checkout", "-q", "main"]);
    main(&ana);
    ana.commit("main");
    ana.sh("git merge side >~/git-said 2>&1 && exit 1 || true");
    ana
}

#[test]
fn nothing_merged() {
    let ana = Person::with_vault("ana");
    insta::assert_snapshot!(tried(&ana, "nothing-merged", "cargo vault resolve"), @r"
    $ cargo vault resolve
    error: nothing is being merged here

    help: `cargo vault verify` says whether anything is wrong, and what mends it
    [exit 1]

    $ cargo vault verify
    everything here is as its members signed it
      vault     [VAULT]
      verified  0 secrets, 1 environment, 1 log line
    (and so on)

    again: exit 1
    ");
}

#[test]
fn commit_that_does_not_lead_here() {
    let ana = Person::with_vault("ana");
    ana.git(&["checkout", "-q", "-b", "side"]);
    ana.commit("side");
    ana.git(&["checkout", "-q", "main"]);
    insta::assert_snapshot!(tried(&ana, "not-before", "cargo vault resolve --with side"), @r"
    $ cargo vault resolve --with side
    error: `side` names no commit that leads to HEAD

    help: `git merge` brings another branch in, and `cargo vault resolve` what git cannot merge of it
    [exit 1]

    $ git merge
    fatal: No remote for the current branch.
    [exit 128]

    $ cargo vault resolve
    error: nothing is being merged here

    help: `cargo vault verify` says whether anything is wrong, and what mends it
    [exit 1]

    again: exit 1
    ");
}

#[test]
fn environment_made_twice() {
    let add = |ana: &Person| drop(ana.vault(&["env", "add", "prod"]).ok());
    let ana = stopped(add, add);
    insta::assert_snapshot!(tried(&ana, "roster-clash", "cargo vault resolve"), @r"
    $ cargo vault resolve
    error: both sides made environment `prod`, each with a key of its own

    help: git can take back what it began, as with `git merge --abort`
    help: on the branch that nobody has yet, undo the commit that made `prod`, and use another name; note its values first
    [exit 6]

    $ git merge --abort
    (nothing is shown)

    again: exit 1
    ");
}

#[test]
fn key_that_no_commit_has() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    let old = ana.read(".vault/secrets/dev/DB.toml");
    // Nothing of that epoch was committed, so its key file is gone.
    ana.vault(&["rekey"]).ok();
    ana.vault(&["rekey"]).ok();
    ana.sh("rm -rf .git; git init -q -b main .");
    ana.write(".vault/secrets/dev/DB.toml", old);
    ana.commit("put back");
    insta::assert_snapshot!(tried(&ana, "no-older-key", "cargo vault repair DB"), @r"
    $ cargo vault repair DB
    error: no commit here has a key that you open for `dev/DB` as it was signed

    help: whoever writes `dev` and could open it when it was sealed can repair it
    help: `cargo vault set -e dev DB` gives it a new value
    [exit 4]

    $ cargo vault set -e dev DB
    set `dev/DB` (version 2)

    again: exit 0
    ");
}

#[test]
fn parting_that_no_commit_has() {
    let ana = Person::with_vault("ana");
    let mut forge = Forge::of(&ana);
    let since = forge.roster.members[&member("ana")].since;
    forge.roster.members.get_mut(&member("ana")).unwrap().since =
        Timestamp::parse("2026-01-01T00:00:00Z").unwrap();
    forge.sign(&identity(&ana), "in no commit");
    forge.roster.members.get_mut(&member("ana")).unwrap().since = since;
    let line = |why: &str| {
        let mut forge = forge.clone();
        forge.sign(&identity(&ana), why).put(&ana);
        ana.commit(why);
    };
    ana.git(&["checkout", "-q", "-b", "side"]);
    line("side");
    ana.git(&["checkout", "-q", "main"]);
    line("main");
    ana.sh("git merge side >~/git-said 2>&1 && exit 1 || true");
    insta::assert_snapshot!(tried(&ana, "no-base", "cargo vault resolve"), @r"
    $ cargo vault resolve
    error: no commit here has the roster of line 2, from which the two sides part

    help: `git fetch --unshallow` fetches the older commits, `git fetch --all` other branches
    [exit 3]

    $ git fetch --unshallow
    fatal: --unshallow on a complete repository does not make sense
    [exit 128]

    $ git fetch --all
    (nothing is shown)

    again: exit 3
    ");
}
