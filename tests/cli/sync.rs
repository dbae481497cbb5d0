//! `sync`: clones that exchange a vault through a bare remote, by the person's own git.

mod killed;
mod odd;
mod own_commit;
mod own_git;
mod random;
mod refused;
mod shared;

use std::fs;

use crate::{
    forge::{Team, change, identity, push, state},
    harness::{PROGRAM, Person, Said},
    history::told,
};

const DB: &str = ".vault/secrets/dev/DB.toml";

/// Sets a secret.
fn set(person: &Person, name: &str, value: &str) {
    person.vault_with(&["set", name], value.as_bytes()).ok();
}

fn value(person: &Person, name: &str) -> String {
    person.vault(&["get", name]).ok().text()
}

fn sync(person: &Person) -> Said {
    person.vault(&["sync", "--push"])
}

/// Branch, commit, index and work tree of a person's clone, with every file of the vault.
fn all_of(person: &Person) -> String {
    let git = ["symbolic-ref HEAD", "rev-parse HEAD", "status --porcelain"];
    let git = git.map(|line| person.git(&line.split(' ').collect::<Vec<_>>())).concat();
    let files = state(person).into_iter().filter(|(path, _)| path.contains("-project/.vault/"));
    let files = files.map(|(path, bytes)| format!("{path}\n{}", String::from_utf8_lossy(&bytes)));
    git + &files.collect::<String>()
}

/// Whether no work tree is left beside the person's.
fn alone(person: &Person) -> bool {
    person.git(&["worktree", "list"]).lines().count() == 1
}

/// A program in front of git in the person's `PATH`, which runs this before every command that has this word.
fn before_each(person: &mut Person, word: &str, line: &str) {
    let bin = person.root().join("bin");
    let script =
        format!("#!/bin/sh\ncase \" $* \" in *' {word} '*) {line} ;; esac\nexec /usr/bin/git \"$@\"\n");
    person.write("../bin/git", script);
    person.sh("chmod +x ../bin/git");
    person.set("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display()));
}

#[test]
fn two_who_set_different_secrets_have_both_after_two_syncs() {
    let Team { ana, bob, .. } = Team::new();
    set(&ana, "OF_ANA", "a");
    set(&bob, "OF_BOB", "b");
    insta::assert_snapshot!(told(&sync(&ana), &ana), @r"
    exit 0
    --- stdout
    committed: vault: dev/OF_ANA
    `origin/main` has nothing new
    pushed 1 commit
    --- stderr
    ");
    insta::assert_snapshot!(told(&bob.vault(&["sync"]), &bob), @r"
    exit 0
    --- stdout
    committed: vault: dev/OF_BOB
    took in 1 commit of `origin/main`
      dev/OF_ANA new: 1 by ana
    1 commit not pushed
    --- stderr
    help: `cargo vault sync --push` pushes
    ");
    insta::assert_snapshot!(told(&sync(&bob), &bob), @r"
    exit 0
    --- stdout
    there was nothing to commit
    `origin/main` has nothing new
    pushed 1 commit
    --- stderr
    ");
    insta::assert_snapshot!(told(&ana.vault(&["sync"]), &ana), @r"
    exit 0
    --- stdout
    there was nothing to commit
    took in 1 commit of `origin/main`
      dev/OF_BOB new: 1 by bob
    --- stderr
    ");
    assert_eq!([value(&ana, "OF_BOB"), value(&bob, "OF_ANA")], ["b", "a"]);
    for person in [&ana, &bob] {
        person.vault(&["verify", "--strict"]).ok();
        assert_eq!(person.git(&["status", "--porcelain", "-b"]), "## main...origin/main\n");
        assert!(alone(person));
    }
}

#[test]
fn nothing_is_done_where_there_is_nothing_to_do() {
    let team = Team::new();
    let before = all_of(&team.ana);
    insta::assert_snapshot!(told(&sync(&team.ana), &team.ana), @r"
    exit 0
    --- stdout
    there was nothing to commit
    `origin/main` has nothing new
    --- stderr
    ");
    assert_eq!(all_of(&team.ana), before);
}

#[test]
fn what_else_is_changed_and_staged_stays_so_to_the_byte() {
    let Team { ana, bob, .. } = Team::new();
    ana.write("src/main.rs", "fn main() {}\n");
    ana.write("notes.txt", "one\n");
    push(&ana);
    bob.git(&["pull", "-q"]);
    set(&ana, "OF_ANA", "a");
    sync(&ana).ok();
    bob.write("src/main.rs", "fn main() { todo!() }\n");
    bob.git(&["add", "src/main.rs"]);
    bob.write("src/main.rs", "fn main() { todo!(\"half\") }\n");
    bob.write("notes.txt", "two\n");
    bob.write("new.txt", "new\n");
    set(&bob, "OF_BOB", "b");
    bob.git(&["add", ".vault"]);
    set(&bob, "LATER", "after it was staged");
    sync(&bob).ok();
    assert_eq!(bob.git(&["status", "--porcelain"]), " M notes.txt\nMM src/main.rs\n?? new.txt\n");
    assert_eq!(bob.git(&["show", ":src/main.rs"]), "fn main() { todo!() }\n");
    assert_eq!(bob.read("src/main.rs"), b"fn main() { todo!(\"half\") }\n");
    assert_eq!(
        bob.git(&["log", "--format=%s", "--name-only", "-1"]),
        "vault: dev/LATER, dev/OF_BOB\n\n.vault/secrets/dev/LATER.toml\n.vault/secrets/dev/OF_BOB.toml\n"
    );
}

#[test]
fn message_is_the_persons_own_if_he_gives_one() {
    let team = Team::new();
    set(&team.ana, "DB", "second");
    team.ana.vault(&["sync", "-m", "Rotate the database\n\nAs every month."]).ok();
    assert_eq!(team.ana.git(&["log", "-1", "--format=%B"]).trim(), "Rotate the database\n\nAs every month.");
}

#[test]
fn somebody_who_was_first_is_taken_in_and_pushed_over() {
    let Team { ana, mut bob, .. } = Team::new();
    set(&ana, "OF_ANA", "a");
    let theirs =
        format!("cd '{}' && HOME='{}' '{PROGRAM}' sync --push -q", ana.cwd.display(), ana.home.display());
    before_each(&mut bob, "push", &format!("[ -e ../once ] || {{ touch ../once; ({theirs}) >/dev/null; }}"));
    set(&bob, "OF_BOB", "b");
    insta::assert_snapshot!(told(&sync(&bob), &bob), @r"
    exit 0
    --- stdout
    committed: vault: dev/OF_BOB
    took in 1 commit of `origin/main`
      dev/OF_ANA new: 1 by ana
    pushed 1 commit
    --- stderr
    ");
    assert!(bob.path("../once").exists());
    assert_eq!(value(&bob, "OF_ANA"), "a");
    assert_eq!(bob.git(&["rev-list", "--count", "--merges", "HEAD"]), "0\n");
}

#[test]
fn race_that_is_lost_five_times_is_given_up_and_nothing_is_lost() {
    let Team { ana, mut bob, .. } = Team::new();
    let theirs = format!(
        "cd '{}' && /usr/bin/git commit -q --allow-empty -m more && /usr/bin/git push -q",
        ana.cwd.display()
    );
    before_each(&mut bob, "push", &format!("({theirs})"));
    set(&bob, "OF_BOB", "b");
    insta::assert_snapshot!(told(&sync(&bob), &bob), @r"
    exit 6
    --- stdout
    --- stderr
    error: somebody else was first 5 times

      committed before  vault: dev/OF_BOB
    help: `cargo vault sync --push` tries again
    ");
    assert_eq!(value(&bob, "OF_BOB"), "b");
    bob.env.remove("PATH");
    sync(&bob).ok();
    assert_eq!(bob.git(&["rev-parse", "HEAD"]), bob.git(&["rev-parse", "origin/main"]));
}

#[test]
fn conflict_leaves_everything_as_it_was_and_names_the_secret() {
    let Team { ana, bob, .. } = Team::new();
    set(&ana, "DB", "of ana");
    sync(&ana).ok();
    set(&bob, "DB", "of bob");
    bob.git(&["commit", "-qam", "mine"]);
    bob.write("notes.txt", "not committed\n");
    let before = all_of(&bob);
    insta::assert_snapshot!(told(&sync(&bob), &bob), @r"
    exit 6
    --- stdout
    --- stderr
    error: the commits here and those of `origin/main` conflict, and nothing was taken in

      conflict in  .vault/secrets/dev/DB.toml
    help: `git pull --rebase origin main` stops where they conflict
    help: `cargo vault resolve` mends the vault there, `git rebase --continue` goes on
    ");
    assert_eq!(all_of(&bob), before);
    assert!(alone(&bob));
    assert_eq!(value(&bob, "DB"), "of bob");
}
