//! What a remote has that is not taken in: everything is as it was then, but that git knows where the remote is.

use super::*;

/// What a sync says that takes nothing in.
#[track_caller]
fn not_taken(victim: &Person) -> String {
    let before = all_of(victim);
    let said = sync(victim);
    assert!(all_of(victim) == before, "{}", said.conversation());
    assert!(alone(victim));
    victim.vault(&["get", "DB"]).ok();
    told(&said, victim)
}

#[test]
fn secret_that_nobody_signed_who_may_is_not_taken_in() {
    let team = Team::new();
    let stranger = team.fresh("mallory");
    change(&stranger, "dev/DB", &identity(&team.carl), |record| record.revision += 1);
    push(&stranger);
    insta::assert_snapshot!(not_taken(&team.bob), @r"
    exit 5
    --- stdout
    --- stderr
    error: `.vault/secrets/dev/DB.toml` was changed after `ana` signed it, or never signed by `ana`

      where  origin/main, and nothing was taken in
    help: `git log HEAD..FETCH_HEAD -- .vault` shows what came
    ");
}

#[test]
fn secret_that_was_put_back_is_not_taken_in() {
    let team = Team::new();
    set(&team.ana, "DB", "second");
    sync(&team.ana).ok();
    team.bob.vault(&["sync"]).ok();
    let stranger = team.fresh("mallory");
    stranger.git(&["checkout", "-q", "HEAD~1", "--", DB]);
    push(&stranger);
    insta::assert_snapshot!(not_taken(&team.bob), @r"
    exit 5
    --- stdout
    --- stderr
    error: `dev/DB` was put back: commit [COMMIT] has revision 2, here is revision 1

      put back in  commit [COMMIT] by Test <test@example.org>, as git has it: nobody signed that
      where        origin/main, and nothing was taken in
    help: `git log HEAD..FETCH_HEAD -- .vault` shows what came
    ");
}

#[test]
fn secret_that_was_put_back_is_not_taken_in_by_a_shallow_clone_that_saw_the_newer_one() {
    let team = Team::new();
    set(&team.ana, "DB", "second");
    sync(&team.ana).ok();
    let bob = team.ana.other("shallow");
    let origin = format!("file://{}", team.ana.root().join("origin.git").display());
    bob.git(&["clone", "-q", "--depth", "1", &origin, "."]);
    bob.vault(&["trust", &crate::forge::anchor(&team.ana)]).ok();
    bob.vault(&["verify"]).ok();
    let stranger = team.fresh("mallory");
    stranger.git(&["checkout", "-q", "HEAD~1", "--", DB]);
    push(&stranger);
    let before = all_of(&bob);
    insta::assert_snapshot!(told(&bob.vault(&["sync"]), &bob), @r"
    exit 5
    --- stdout
    --- stderr
    note: this clone is shallow: commits that were not fetched are not looked at
    error: `dev/DB` was put back: commit [COMMIT] has revision 2, here is revision 1

      put back in  commit [COMMIT] by Test <test@example.org>, as git has it: nobody signed that
      where        origin/main, and nothing was taken in
    help: `git log HEAD..FETCH_HEAD -- .vault` shows what came
    ");
    assert!(all_of(&bob) == before);
}

#[test]
fn vault_that_was_taken_away_is_not_taken_in() {
    let team = Team::new();
    let stranger = team.fresh("mallory");
    stranger.git(&["rm", "-rq", ".vault"]);
    push(&stranger);
    insta::assert_snapshot!(not_taken(&team.bob), @r"
    exit 3
    --- stdout
    --- stderr
    error: commit [COMMIT] has no vault

      where  origin/main, and nothing was taken in
    ");
}

#[test]
fn default_branch_that_was_rewritten_is_refused_until_it_is_verified_once() {
    let team = Team::new();
    set(&team.ana, "DB", "second");
    sync(&team.ana).ok();
    team.bob.vault(&["sync"]).ok();
    team.ana.git(&["reset", "-q", "--hard", "HEAD~1"]);
    set(&team.ana, "OTHER", "x");
    push(&team.ana);
    insta::assert_snapshot!(not_taken(&team.bob), @r"
    exit 1
    --- stdout
    --- stderr
    error: the remote's default branch was rewritten: [COMMIT] does not come after [COMMIT], where it was

      where  origin/main, and nothing was taken in
    help: if that was meant: `cargo vault verify` takes it as it is now, once
    ");
    // Now the clone knows where the branch is, which is taken no sooner.
    insta::assert_snapshot!(not_taken(&team.bob), @r"
    exit 1
    --- stdout
    --- stderr
    error: the remote's default branch was rewritten: [COMMIT] does not come after [COMMIT], where it was

    help: if that was meant: `cargo vault verify` takes it as it is now, once
    ");
    team.bob.vault(&["verify"]).ok();
    sync(&team.bob).ok();
    assert_eq!([value(&team.bob, "DB"), value(&team.bob, "OTHER")], ["second", "x"]);
}

#[test]
fn default_branch_that_was_moved_back_is_refused_though_nothing_of_it_is_new() {
    let team = Team::new();
    set(&team.ana, "DB", "second");
    sync(&team.ana).ok();
    team.bob.vault(&["sync"]).ok();
    team.ana.git(&["push", "-qf", "origin", "HEAD~1:main"]);
    let said = team.bob.vault(&["sync"]);
    assert_eq!((said.code, value(&team.bob, "DB")), (1, "second".to_owned()), "{}", said.conversation());
    assert!(said.err.starts_with("error: the remote's default branch was rewritten: "), "{}", said.err);
}

#[test]
fn what_a_merge_driver_made_of_both_is_not_taken_in_unless_it_verifies() {
    let Team { ana, bob, .. } = Team::new();
    set(&ana, "DB", "of ana");
    sync(&ana).ok();
    set(&bob, "DB", "of bob");
    bob.vault(&["sync", "-m", "mine"])
        .refused(6, "error: the commits here and those of `origin/main` conflict, and nothing was taken in");
    bob.git(&["config", "merge.cargo-vault.driver", "cp %B %A"]);
    insta::assert_snapshot!(not_taken(&bob), @r"
    exit 6
    --- stdout
    --- stderr
    error: `dev/DB` has other bytes here than in commit [COMMIT]: both are revision 2

      replaced in  commit [COMMIT] by Test <test@example.org>, as git has it: nobody signed that
      where        what is here on top of origin/main, and nothing was taken in
    help: `git pull --rebase origin main` takes it in all the same, to be mended then
    help: `cargo vault repair -e dev DB` writes what lies here anew, above both
    ");
}

#[test]
fn vault_that_does_not_verify_here_is_neither_committed_nor_pushed() {
    let team = Team::new();
    change(&team.bob, "dev/DB", &identity(&team.carl), |record| record.revision += 1);
    let before = team.bob.git(&["status", "--porcelain", "-b"]);
    assert_eq!(sync(&team.bob).code, 5);
    assert_eq!(team.bob.git(&["status", "--porcelain", "-b"]), before);
}

#[test]
fn commit_that_a_hook_made_otherwise_is_not_pushed() {
    let team = Team::new();
    set(&team.bob, "DB", "second");
    team.bob.write("spoilt", "of a hook\n");
    let blob = team.bob.git(&["hash-object", "-w", "spoilt"]);
    let script = format!("#!/bin/sh\ngit update-index --cacheinfo 100644,{},{DB}\n", blob.trim());
    team.bob.write(".git/hooks/pre-commit", script);
    team.bob.sh("chmod +x .git/hooks/pre-commit; rm spoilt");
    let origin = team.bob.git(&["ls-remote", "origin"]);
    insta::assert_snapshot!(told(&sync(&team.bob), &team.bob), @r"
    exit 5
    --- stdout
    --- stderr
    error: `.vault/secrets/dev/DB.toml` does not end in a signature

      where             here, and nothing was pushed
      committed before  vault: dev/DB
    help: `git log -p -- .vault/secrets/dev/DB.toml` shows who changed it
    ");
    assert_eq!(team.bob.git(&["ls-remote", "origin"]), origin);
    assert_eq!(value(&team.bob, "DB"), "second");
}
