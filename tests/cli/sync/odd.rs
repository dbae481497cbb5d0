//! Repositories that are not as most are: each is synced, or refused by name.

use super::*;

/// Ana alone with a vault, without a remote.
fn alone_with_vault() -> Person {
    let ana = Person::with_vault("ana");
    set(&ana, "DB", "first");
    ana
}

/// Gives a person a remote without anything in it.
fn add_remote(person: &Person) {
    let origin = person.root().join("origin.git").to_str().unwrap().to_owned();
    person.git(&["init", "-q", "--bare", "-b", "main", &origin]);
    person.git(&["remote", "add", "origin", &origin]);
}

#[test]
fn without_a_remote_it_commits_and_says_so() {
    let ana = alone_with_vault();
    insta::assert_snapshot!(told(&sync(&ana), &ana), @r"
    exit 0
    --- stdout
    committed: vault: dev/DB
    there is no remote to take in from
    --- stderr
    help: `git remote add origin ADDRESS` says where to push
    ");
}

#[test]
fn first_push_makes_the_branch_which_is_followed_then() {
    let ana = alone_with_vault();
    add_remote(&ana);
    insta::assert_snapshot!(told(&ana.vault(&["sync"]), &ana), @r"
    exit 0
    --- stdout
    committed: vault: dev/DB
    `origin/main` has nothing new
    2 commits not pushed
    --- stderr
    help: `cargo vault sync --push` pushes
    ");
    insta::assert_snapshot!(told(&sync(&ana), &ana), @r"
    exit 0
    --- stdout
    there was nothing to commit
    `origin/main` has nothing new
    pushed 2 commits
    --- stderr
    ");
    assert_eq!(ana.git(&["status", "-sb"]), "## main...origin/main\n");
}

#[test]
fn clone_of_an_empty_repository_gets_its_first_commit_with_the_vault() {
    let ana = Person::new("ana");
    ana.git(&["init", "-q", "--bare", "-b", "main", "../origin.git"]);
    ana.git(&["clone", "-q", "../origin.git", "."]);
    ana.vault(&["init", "-q", "--name", "ana"]).ok();
    sync(&ana).ok();
    assert_eq!(ana.git(&["status", "-sb"]), "## main...origin/main\n");
    assert_eq!(ana.git(&["log", "--format=%s"]), "vault: found the vault with dev\n");
}

#[test]
fn vault_made_on_an_older_commit_goes_on_top_of_a_branch_without_one() {
    let ana = Person::new("ana");
    ana.git(&["init", "-q", "-b", "main", "."]);
    ana.commit("begin");
    add_remote(&ana);
    ana.git(&["push", "-q", "-u", "origin", "main"]);
    let bob = ana.other("bob");
    bob.git(&["clone", "-q", "-b", "main", "../origin.git", "."]);
    bob.commit("more");
    bob.git(&["push", "-q"]);
    ana.vault(&["init", "-q", "--name", "ana"]).ok();
    sync(&ana).ok();
    assert_eq!(ana.git(&["log", "--format=%s"]), "vault: found the vault with dev\nmore\nbegin\n");
}

#[test]
fn head_on_no_branch_is_refused() {
    let team = Team::new();
    team.ana.git(&["checkout", "-q", "--detach"]);
    set(&team.ana, "DB", "second");
    insta::assert_snapshot!(told(&sync(&team.ana), &team.ana), @r"
    exit 1
    --- stdout
    --- stderr
    error: HEAD is on no branch

    help: `git switch -` goes to the one before
    ");
    assert_eq!(team.ana.git(&["status", "--porcelain"]), " M .vault/secrets/dev/DB.toml\n");
}

#[test]
fn merge_that_is_under_way_is_refused() {
    let team = Team::new();
    team.ana.git(&["checkout", "-q", "-b", "side"]);
    team.ana.commit("side");
    team.ana.git(&["checkout", "-q", "main"]);
    team.ana.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    insta::assert_snapshot!(told(&sync(&team.ana), &team.ana), @r"
    exit 6
    --- stdout
    --- stderr
    error: a merge is under way here

    help: `git status` shows how it goes on, and how back
    ");
}

#[test]
fn without_git_it_is_refused() {
    let ana = Person::new("ana");
    ana.vault(&["init", "-q", "--name", "ana"]).ok();
    insta::assert_snapshot!(told(&sync(&ana), &ana), @r"
    exit 1
    --- stdout
    --- stderr
    error: there is no git repository around this vault
    ");
}

#[test]
fn bare_repository_is_refused() {
    let team = Team::new();
    team.ana.git(&["config", "core.bare", "true"]);
    insta::assert_snapshot!(told(&sync(&team.ana), &team.ana), @r"
    exit 1
    --- stdout
    --- stderr
    error: the git repository here is bare: no work tree is its own
    ");
}

#[test]
fn repository_of_sha256_is_refused() {
    let ana = Person::new("ana");
    ana.git(&["init", "-q", "--object-format=sha256", "."]);
    ana.vault(&["init", "-q", "--name", "ana"]).ok();
    insta::assert_snapshot!(told(&sync(&ana), &ana), @r"
    exit 1
    --- stdout
    --- stderr
    error: git cannot open `[ROOT]/ana-project/.git`: unknown object format 'sha256'
    ");
}

#[test]
fn without_a_git_program_it_is_refused() {
    let mut team = Team::new();
    team.ana.set("PATH", "/nowhere:.");
    let mut command = team.ana.command(PROGRAM);
    command.args(["sync"]);
    crate::harness::said(command, b"").refused(1, "error: there is no `git` in the whole paths of `PATH`");
}

#[test]
fn work_tree_of_git_worktree_is_synced_on_its_own_branch() {
    let Team { ana, mut bob, .. } = Team::new();
    let main = bob.cwd.clone();
    bob.git(&["worktree", "add", "-q", "-b", "side", "../side"]);
    bob.cwd = bob.root().join("side");
    set(&bob, "OF_BOB", "b");
    sync(&bob).ok();
    assert_eq!(bob.git(&["status", "-sb"]), "## side...origin/side\n");
    ana.git(&["checkout", "-q", "-b", "side"]);
    ana.git(&["pull", "-q", "origin", "side"]);
    set(&ana, "OF_ANA", "a");
    sync(&ana).ok();
    set(&bob, "MORE", "m");
    sync(&bob).ok();
    assert_eq!(value(&bob, "OF_ANA"), "a");
    assert_eq!(bob.git(&["worktree", "list"]).lines().count(), 2);
    bob.cwd = main;
    assert_eq!(bob.git(&["status", "-sb"]), "## main...origin/main\n");
}

#[test]
fn submodule_is_synced_as_the_repository_that_it_is() {
    let Team { ana, bob, .. } = Team::new();
    let mut outer = ana.other("outer");
    outer.home.clone_from(&bob.home);
    outer.git(&["init", "-q", "-b", "main", "."]);
    outer.git(&["submodule", "-q", "add", "-b", "main", "../origin.git", "ünter"]);
    outer.commit("outer");
    outer.cwd = outer.cwd.join("ünter");
    set(&ana, "OF_ANA", "a");
    sync(&ana).ok();
    set(&outer, "OF_BOB", "b");
    sync(&outer).ok();
    assert_eq!(value(&outer, "OF_ANA"), "a");
    assert_eq!(outer.git(&["status", "-sb"]), "## main...origin/main\n");
}

#[test]
fn vault_in_a_folder_of_any_name_is_synced_from_anywhere() {
    let mut ana = Person::new("ana");
    let inner = "[a] ü *\\b/c";
    ana.git(&["init", "-q", "-b", "main", "."]);
    fs::create_dir_all(ana.path(inner)).unwrap();
    let top = ana.cwd.clone();
    ana.cwd = ana.path(inner);
    ana.vault(&["init", "-q", "--name", "ana"]).ok();
    add_remote(&ana);
    sync(&ana).ok();
    let mut bob = ana.other("bob");
    bob.home.clone_from(&ana.home);
    bob.git(&["clone", "-q", "-b", "main", "../origin.git", "."]);
    let below = bob.path(inner).join("deep");
    fs::create_dir_all(&below).unwrap();
    bob.cwd = below;
    set(&ana, "OF_ANA", "a");
    sync(&ana).ok();
    set(&bob, "OF_BOB", "b");
    // A pattern would take this for the vault's folder.
    bob.write("../../../a ü xb/c/.vault", "of another\n");
    let written = bob.root().join("written");
    let hook = format!("#!/bin/sh\nfind . -name '.vault' > '{}'\n", written.display());
    bob.write("../../../.git/hooks/post-rewrite", hook);
    bob.sh("chmod +x ../../../.git/hooks/post-rewrite");
    sync(&bob).ok();
    assert_eq!(value(&bob, "OF_ANA"), "a");
    assert_eq!(fs::read_to_string(written).unwrap(), format!("./{inner}/.vault\n"));
    ana.cwd = top;
    assert_eq!(ana.git(&["status", "--porcelain"]), "");
    assert_eq!(
        bob.git(&["-c", "core.quotePath=false", "status", "--porcelain", "../../.."]),
        "?? \"a ü xb/\"\n"
    );
}

#[test]
fn sparse_checkout_stays_sparse() {
    let Team { ana, bob, .. } = Team::new();
    ana.write("big/file", "big\n");
    push(&ana);
    bob.git(&["pull", "-q"]);
    bob.git(&["sparse-checkout", "set", ".vault"]);
    let before = (bob.read(".git/config"), bob.git(&["sparse-checkout", "list"]));
    set(&ana, "OF_ANA", "a");
    sync(&ana).ok();
    set(&bob, "OF_BOB", "b");
    sync(&bob).ok();
    assert_eq!(value(&bob, "OF_ANA"), "a");
    assert!(!bob.path("big").exists());
    assert_eq!((bob.read(".git/config"), bob.git(&["sparse-checkout", "list"])), before);
    assert_eq!(bob.git(&["status", "--porcelain"]), "");
}

#[test]
fn shallow_clone_says_what_was_not_looked_at_and_goes_on() {
    let team = Team::new();
    let mut bob = team.ana.other("shallow");
    bob.home.clone_from(&team.bob.home);
    let origin = format!("file://{}", team.ana.root().join("origin.git").display());
    bob.git(&["clone", "-q", "--depth", "1", &origin, "."]);
    set(&team.ana, "OF_ANA", "a");
    sync(&team.ana).ok();
    set(&bob, "OF_BOB", "b");
    insta::assert_snapshot!(told(&sync(&bob), &bob), @r"
    exit 0
    --- stdout
    committed: vault: dev/OF_BOB
    took in 1 commit of `origin/main`
      dev/OF_ANA new: 1 by ana
    pushed 1 commit
    --- stderr
    note: this clone is shallow: commits that were not fetched are not looked at
    ");
    assert_eq!(value(&bob, "OF_ANA"), "a");
}

#[test]
fn line_ends_of_the_vault_stay_with_autocrlf() {
    let Team { ana, bob, .. } = Team::new();
    ana.write("notes.txt", "one\ntwo\n");
    push(&ana);
    bob.git(&["config", "core.autocrlf", "true"]);
    set(&bob, "OF_BOB", "b");
    sync(&bob).ok();
    assert_eq!(bob.read("notes.txt"), b"one\r\ntwo\r\n");
    bob.vault(&["verify", "--strict"]).ok();
    ana.vault(&["sync"]).ok();
    assert_eq!(value(&ana, "OF_BOB"), "b");
    assert_eq!(bob.git(&["status", "--porcelain"]), "");
}

#[test]
fn branch_that_follows_another_name_is_exchanged_with_that() {
    let Team { ana, bob, .. } = Team::new();
    bob.git(&["branch", "-q", "-m", "főág"]);
    set(&bob, "OF_BOB", "b");
    sync(&bob).ok();
    ana.vault(&["sync"]).ok();
    assert_eq!(value(&ana, "OF_BOB"), "b");
}

#[test]
fn dash_in_front_of_a_remote_branch_is_no_option() {
    let Team { bob, .. } = Team::new();
    bob.git(&["update-ref", "refs/heads/x", "HEAD"]);
    bob.git(&["push", "-q", "origin", "x:refs/heads/--upload-pack=touch"]);
    bob.git(&["config", "branch.main.merge", "refs/heads/--upload-pack=touch"]);
    set(&bob, "OF_BOB", "b");
    sync(&bob).ok();
    let there = bob.git(&["ls-remote", "origin", "refs/heads/--upload-pack=touch"]);
    assert_eq!(there.split('\t').next(), Some(bob.git(&["rev-parse", "HEAD"]).trim()));
}

#[test]
fn address_with_a_password_is_followed_and_shown_without_it() {
    let Team { bob, .. } = Team::new();
    bob.git(&["config", "branch.main.remote", "ext-vault://bob:hunter2@example.org/x"]);
    bob.git(&["config", "url.../origin.git.insteadOf", "ext-vault://bob:hunter2@example.org/x"]);
    set(&bob, "OF_BOB", "b");
    insta::assert_snapshot!(told(&sync(&bob), &bob), @r"
    exit 0
    --- stdout
    committed: vault: dev/OF_BOB
    `ext-vault://example.org/x/main` has nothing new
    pushed 1 commit
    --- stderr
    ");
}

#[test]
fn reference_that_only_ends_in_the_name_of_the_branch_is_another() {
    let team = Team::new();
    set(&team.ana, "DB", "second");
    let there = team.ana.git(&["rev-parse", "HEAD"]);
    team.ana.git(&["push", "-q", "origin", "HEAD~1:refs/heads/a/refs/heads/main"]);
    team.ana.write("../origin.git/hooks/pre-receive", "#!/bin/sh\nexit 1\n");
    team.ana.sh("chmod +x ../origin.git/hooks/pre-receive");
    sync(&team.ana).refused(1, "error: `git push` failed");
    assert_eq!(team.ana.git(&["rev-parse", "origin/main"]), there);
}

#[test]
fn folder_that_is_not_in_utf_8_is_refused_only_where_commits_meet() {
    use std::os::unix::ffi::OsStrExt;

    let Team { ana, mut bob, .. } = Team::new();
    let odd = bob.root().join(std::ffi::OsStr::from_bytes(b"od\xff"));
    fs::rename(&bob.cwd, &odd).unwrap();
    bob.cwd = odd;
    set(&ana, "OF_ANA", "a");
    sync(&ana).ok();
    sync(&bob).ok();
    assert_eq!(value(&bob, "OF_ANA"), "a");
    set(&ana, "MORE", "m");
    sync(&ana).ok();
    set(&bob, "OF_BOB", "b");
    insta::assert_snapshot!(told(&sync(&bob), &bob), @r"
    exit 1
    --- stdout
    --- stderr
    error: no commits can be put on top of others here: `[ROOT]/od�/.git` is not in UTF-8

      committed before  vault: dev/OF_BOB
    help: `git pull --rebase` does so, and `cargo vault sync` goes on
    ");
    bob.git(&["pull", "-q", "--rebase"]);
    sync(&bob).ok();
    let names = fs::read_dir(bob.root()).unwrap().count();
    assert_eq!(names, 7, "a folder was made");
}
