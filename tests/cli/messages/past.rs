//! What a fresh clone finds in the commits before it.

use super::tried;
use crate::harness::Person;

const DB: &str = ".vault/secrets/dev/DB.toml";

/// Ana in a clone that has seen nothing yet, of a repository in which `DB` was set twice and then became this.
fn clone_after(change: impl FnOnce(&Person)) -> Person {
    let ana = Person::with_vault("ana");
    for value in ["first", "second"] {
        ana.vault_with(&["set", "DB"], value.as_bytes()).ok();
        ana.commit(value);
    }
    change(&ana);
    let mut clone = ana.clone_for("clone");
    clone.home.clone_from(&ana.home);
    clone
}

#[test]
fn put_back() {
    let clone = clone_after(|ana| {
        ana.git(&["checkout", "-q", "HEAD~1", "--", DB]);
        ana.commit("tidy up");
    });
    insta::assert_snapshot!(tried(&clone, "rolled-back", "cargo vault verify"), @r"
    $ cargo vault verify
    rolled-back: `dev/DB` was put back: commit [ID] has revision 2, here is revision 1
      put back in: commit [ID] by Test <test@example.org>, as git has it: nobody signed that
      help: `git checkout [ID] -- .vault/secrets/dev/DB.toml` brings it back
      help: `cargo vault repair -e dev DB` asks, and writes it anew, above every revision that there was
    1 thing here is not in order
      vault     [VAULT]
      verified  1 secret, 1 environment, 1 log line
      history   4 commits, of which 4 changed the vault
    [exit 5]

    $ git checkout [ID] -- .vault/secrets/dev/DB.toml
    (nothing is shown)

    $ cargo vault repair -e dev DB
    note: there is nothing to repair of what was named

    again: exit 0
    ");
}

#[test]
fn lost() {
    let clone = clone_after(|ana| {
        ana.git(&["rm", "-q", DB]);
        ana.commit("tidy up");
    });
    insta::assert_snapshot!(tried(&clone, "vanished", "cargo vault verify"), @r"
    $ cargo vault verify
    vanished: `dev/DB` has vanished without a tombstone: commit [ID] has revision 2
      taken away in: commit [ID] by Test <test@example.org>, as git has it: nobody signed that
      help: `git checkout [ID] -- .vault/secrets/dev/DB.toml` brings it back
      help: `cargo vault repair -e dev DB` asks, and writes it anew, above every revision that there was
    1 thing here is not in order
      vault     [VAULT]
      verified  0 secrets, 1 environment, 1 log line
      history   4 commits, of which 4 changed the vault
    [exit 5]

    $ git checkout [ID] -- .vault/secrets/dev/DB.toml
    (nothing is shown)

    $ cargo vault repair -e dev DB
    note: there is nothing to repair of what was named

    again: exit 0
    ");
}

#[test]
fn replaced_in_a_merge() {
    let clone = clone_after(|ana| {
        ana.git(&["checkout", "-q", "-b", "side"]);
        ana.vault_with(&["set", "DB"], b"theirs").ok();
        ana.commit("theirs");
        ana.git(&["checkout", "-q", "main"]);
        ana.vault_with(&["set", "DB"], b"ours").ok();
        ana.commit("ours");
        ana.git(&["merge", "-q", "-s", "ours", "-m", "merge", "side"]);
    });
    insta::assert_snapshot!(tried(&clone, "rewritten", "cargo vault verify"), @r"
    $ cargo vault verify
    rewritten: `dev/DB` has other bytes here than in commit [ID]: both are revision 3
      replaced in: commit [ID] by Test <test@example.org>, as git has it: nobody signed that
      help: `cargo vault repair -e dev DB` writes what lies here anew, above both
    1 thing here is not in order
      vault     [VAULT]
      verified  1 secret, 1 environment, 1 log line
      history   6 commits, of which 5 changed the vault
    [exit 1]

    $ cargo vault repair -e dev DB
    `dev/DB` has the value from here, and stands above revision 3 of commit [ID]
    help: commit and push `.vault`: it holds for others from then on

    again: exit 0
    ");
}

#[test]
fn log_cut() {
    let clone = clone_after(|ana| {
        ana.vault(&["env", "add", "prod"]).ok();
        ana.commit("prod");
        ana.git(&["revert", "--no-edit", "HEAD"]);
    });
    insta::assert_snapshot!(tried(&clone, "forked", "cargo vault verify"), @r"
    $ cargo vault verify
    forked: `.vault/roster.log` lacks line 2, which commit [ID] has and no admin has dropped
      cut in: commit [ID] by Test <test@example.org>, as git has it: nobody signed that
      help: `git log -p -- .vault/roster.log` shows who changed it
      help: `cargo vault resolve --with [ID]` brings in again what that commit has
    1 thing here is not in order
      vault     [VAULT]
      verified  1 secret, 1 environment, 1 log line
      history   5 commits, of which 5 changed the vault
    [exit 5]

    $ git log -p -- .vault/roster.log
    (commits are shown)

    $ cargo vault resolve --with [ID]
    both sides are brought together; the roster needed no new line
    help: commit and push `.vault`: it holds for others from then on

    again: exit 0
    ");
}

#[test]
fn past_commit() {
    let clone = clone_after(|ana| {
        let good = ana.read(DB);
        ana.write(DB, "nothing");
        ana.commit("bad");
        ana.write(DB, good);
        ana.commit("good");
    });
    insta::assert_snapshot!(tried(&clone, "past", "cargo vault verify --strict"), @r"
    $ cargo vault verify --strict
    past: commit [ID] by Test <test@example.org>: `.vault/secrets/dev/DB.toml` does not end in a signature
    1 thing here is not in order
      vault     [VAULT]
      verified  1 secret, 1 environment, 1 log line
      history   5 commits, of which 5 changed the vault
    [exit 1]

    again: exit 1
    ");
}

#[test]
fn shallow() {
    let ana = clone_after(|_| {});
    let mut clone = ana.other("shallow");
    clone.home.clone_from(&ana.home);
    let url = format!("file://{}", ana.cwd.display());
    clone.git(&["clone", "-q", "--depth", "1", &url, "."]);
    insta::assert_snapshot!(tried(&clone, "shallow", "cargo vault verify --strict"), @r"
    $ cargo vault verify --strict
    shallow: this clone is shallow: older commits were not looked at
      help: `git fetch --unshallow` fetches the older commits
    1 thing here is not in order
      vault     [VAULT]
      verified  1 secret, 1 environment, 1 log line
      history   1 commit, of which 1 changed the vault; older ones were not fetched, and not checked
    [exit 1]

    $ git fetch --unshallow
    (nothing is shown)

    again: exit 0
    ");
}

#[test]
fn revision() {
    let ana = clone_after(|_| {});
    insta::assert_snapshot!(tried(&ana, "no-revision", "cargo vault verify --base nowhere"), @r"
    $ cargo vault verify --base nowhere
    error: git finds no commit `nowhere`

    help: `git fetch` brings what the remote has
    [exit 3]

    $ git fetch
    (nothing is shown)

    again: exit 3
    ");
}

#[test]
fn secret_that_a_commit_has_not() {
    let ana = clone_after(|_| {});
    insta::assert_snapshot!(tried(&ana, "no-secret", "cargo vault history --at HEAD DV"), @r"
    $ cargo vault history --at HEAD DV
    error: environment `dev` has no secret `DV` in commit [ID]

    help: there was a secret `DB`
    help: `cargo vault list -e dev --at [ID]` shows them all
    [exit 3]

    $ cargo vault list -e dev --at [ID]
    DB

    again: exit 3
    ");
}

#[test]
fn environment_that_a_commit_has_not() {
    let ana = clone_after(|ana| {
        ana.vault(&["env", "add", "prod"]).ok();
        ana.commit("prod");
    });
    insta::assert_snapshot!(tried(&ana, "no-environment", "cargo vault list -e prod --at HEAD~1"), @r"
    $ cargo vault list -e prod --at HEAD~1
    error: commit [ID] has no environment `prod`

    help: `cargo vault log --at [ID]` shows when there was one
    [exit 3]

    $ cargo vault log --at [ID]
    (commits are shown)

    again: exit 3
    ");
}
