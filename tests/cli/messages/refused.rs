//! What was understood and is refused.

use super::{Try, tried};
use crate::{
    forge::Team,
    harness::{Person, skipped},
};

fn ana_with(name: &str, value: &[u8]) -> Person {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "--exact", name], value).ok();
    ana
}

#[test]
fn default_environment() {
    let line = "cargo vault env rm --yes dev";
    insta::assert_snapshot!(tried(&ana_with("A", b"x"), "environment-default", line), @r"
    $ cargo vault env rm --yes dev
    error: `dev` is the default environment
    [exit 1]

    again: exit 1
    ");
}

#[test]
fn environment_that_another_extends() {
    let ana = ana_with("A", b"x");
    ana.vault(&["env", "add", "base"]).ok();
    ana.vault(&["env", "add", "prod", "--extends", "base"]).ok();
    let line = "cargo vault env rm --yes base";
    insta::assert_snapshot!(tried(&ana, "environment-extended", line), @r"
    $ cargo vault env rm --yes base
    error: environment `prod` extends `base`

    help: `cargo vault env rm prod` removes that one first
    [exit 1]

    $ cargo vault env rm prod
    error: environment `prod` and its 0 secrets are removed only when asked twice

    help: `cargo vault env rm prod --yes` removes them
    [exit 2]

    again: exit 1
    ");
}

#[test]
fn name_that_could_run_code() {
    let line = "cargo vault run -- /bin/echo started";
    insta::assert_snapshot!(tried(&ana_with("LD_PRELOAD", b""), "name-refused", line), @r#"
    $ cargo vault run -- /bin/echo started
    error: `LD_PRELOAD` could run code or change the tools in the child

    help: `--except LD_PRELOAD` leaves it out
    help: `allow = ["LD_PRELOAD"]` under `[run]` in your own `settings.toml` lets it through
    [exit 125]

    $ cargo vault run --except LD_PRELOAD -- /bin/echo started
    started

    again: exit 125
    "#);
}

#[test]
fn name_that_could_run_code_is_let_through_by_the_line_of_the_help() {
    let ana = ana_with("LD_PRELOAD", b"");
    let said = ana.vault(&["run", "--", "/bin/echo", "started"]);
    let (_, rest) = said.err.split_once("help: `allow").unwrap();
    let (line, _) = rest.split_once('`').unwrap();
    let settings = format!("[run]\nallow{line}\n");
    ana.sh(&format!("printf '%s' '{settings}' > \"$HOME/.config/cargo-vault/settings.toml\""));
    assert_eq!(ana.vault(&["run", "--", "/bin/echo", "started"]).ok().text(), "started\n");
}

#[test]
fn two_names_of_one_variable() {
    let ana = ana_with("db/url", b"x");
    ana.vault(&["set", "DB_URL", "y"]).ok();
    insta::assert_snapshot!(tried(&ana, "variable", "cargo vault run -- /bin/echo started"), @r"
    $ cargo vault run -- /bin/echo started
    error: `DB_URL` and `db/url` would both become the variable `DB_URL`

    help: `--except db/url` leaves it out
    [exit 125]

    $ cargo vault run --except db/url -- /bin/echo started
    started

    again: exit 125
    ");
}

#[test]
fn value_with_a_nul() {
    let ana = ana_with("A", b"x\0y");
    let line = "cargo vault run -- /bin/sh -c 'cat $A | od -c -An'";
    insta::assert_snapshot!(tried(&ana, "nul", line), @r"
    $ cargo vault run -- /bin/sh -c 'cat $A | od -c -An'
    error: the value of `A` has a NUL byte, which no variable can carry

    help: `--file A` gives it as a file, its path in the variable
    help: `--except A` leaves it out
    [exit 125]

    $ cargo vault run --file A -- /bin/sh -c 'cat $A | od -c -An'
       x  \0   y

    $ cargo vault run --except A -- /bin/sh -c 'cat $A | od -c -An'
       t   y   p   e   d

    again: exit 125
    ");
}

#[test]
fn value_that_is_too_long_for_a_variable() {
    let ana = ana_with("A", &[b'x'; 140_000]);
    let line = "cargo vault run -- /bin/sh -c 'cat $A | wc -c'";
    insta::assert_snapshot!(tried(&ana, "too-long", line), @r"
    $ cargo vault run -- /bin/sh -c 'cat $A | wc -c'
    error: the value of `A` is over 128 KiB, which no variable can carry

    help: `--file A` gives it as a file, its path in the variable
    help: `--except A` leaves it out
    [exit 125]

    $ cargo vault run --file A -- /bin/sh -c 'cat $A | wc -c'
    140000

    $ cargo vault run --except A -- /bin/sh -c 'cat $A | wc -c'
    5

    again: exit 125
    ");
}

#[test]
fn path_in_a_variable_that_could_run_code() {
    let line = "cargo vault run --file A=LD_PRELOAD -- /bin/echo started";
    insta::assert_snapshot!(tried(&ana_with("A", b"x"), "path-refused", line), @r#"
    $ cargo vault run --file A=LD_PRELOAD -- /bin/echo started
    error: `LD_PRELOAD` could run code or change the tools in the child

    help: `allow = ["LD_PRELOAD"]` under `[run]` in your own `settings.toml` lets it through
    [exit 125]

    again: exit 125
    "#);
}

#[test]
fn path_in_a_variable_that_is_taken() {
    let ana = ana_with("A", b"x");
    ana.vault(&["set", "B", "y"]).ok();
    let line = "cargo vault run --file A=B -- /bin/sh -c 'ls -A $PLACE | sed s/.*fd.*/file/'";
    let fill = &[("NAME", "A"), ("VARIABLE", "PLACE")];
    let case = Try { person: &ana, code: "variable-twice", line, fill };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault run --file A=B -- /bin/sh -c 'ls -A $PLACE | sed s/.*fd.*/file/'
    error: variable `B` is to hold two things

    help: `--file NAME=VARIABLE` or `--dir VARIABLE` puts the path into another
    [exit 125]

    $ cargo vault run --file A=PLACE -- /bin/sh -c 'ls -A $PLACE | sed s/.*fd.*/file/'
    file

    $ cargo vault run --file A=B --dir PLACE -- /bin/sh -c 'ls -A $PLACE | sed s/.*fd.*/file/'
    A
    B

    again: exit 125
    ");
}

#[test]
fn cargo_that_is_to_be_watched() {
    let fill = &[("NAME", "app")];
    let ana = ana_with("A", b"x");
    ana.write("target/debug/app", "#!/bin/sh\necho started\n");
    ana.sh("chmod +x target/debug/app");
    let case =
        Try { person: &ana, code: "not-for-cargo", line: "cargo vault run --watch -- cargo run", fill };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault run --watch -- cargo run
    error: `--file`, `--dir` and `--watch` are for the program itself, and not for cargo

    help: build first, and run the built program: `-- ./target/debug/NAME`
    [exit 125]

    $ cargo vault run --watch -- ./target/debug/app -- cargo run
    started

    again: exit 125
    ");
}

#[test]
fn file_that_would_be_a_folder() {
    let ana = ana_with("db", b"x");
    ana.vault(&["set", "db/user", "y"]).ok();
    let line = "cargo vault run --dir SECRETS --on-disk -- /bin/sh -c 'ls $SECRETS'";
    insta::assert_snapshot!(tried(&ana, "file-clash", line), @r"
    $ cargo vault run --dir SECRETS --on-disk -- /bin/sh -c 'ls $SECRETS'
    error: `db` and `db/user` cannot both be files, since one is the other's folder

    help: `--except db/user` leaves it out
    [exit 125]

    $ cargo vault run --dir SECRETS --on-disk --except db/user -- /bin/sh -c 'ls $SECRETS'
    db

    again: exit 125
    ");
}

#[test]
fn runtime_folder_that_others_can_enter() {
    let mut ana = ana_with("A", b"x");
    let Ok(runtime) = tempfile::Builder::new().prefix("cargo-vault-test-").tempdir_in("/dev/shm") else {
        return skipped("there is no /dev/shm");
    };
    let runtime = runtime.path().to_str().unwrap();
    ana.set("XDG_RUNTIME_DIR", runtime);
    ana.sh("chmod 700 $XDG_RUNTIME_DIR; mkdir -m 755 $XDG_RUNTIME_DIR/cargo-vault");
    let line = "cargo vault run --dir SECRETS -- /bin/sh -c 'ls $SECRETS'";
    let told = tried(&ana, "not-private", line);
    let shown = told.lines().filter(|line| !line.starts_with("drwx")).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(shown.replace(runtime, "[RUNTIME]"), @r"
    $ cargo vault run --dir SECRETS -- /bin/sh -c 'ls $SECRETS'
    error: `[RUNTIME]/cargo-vault` is not a folder of yours alone

    help: `ls -ld [RUNTIME]/cargo-vault` shows whose it is and who can enter
    [exit 125]

    $ ls -ld [RUNTIME]/cargo-vault

    again: exit 125
    ");
}

#[test]
fn values_that_are_too_much_together() {
    let ana = ana_with("A", b"x");
    for i in 0..24 {
        ana.vault_with(&["set", &format!("BIG_{i}")], &[b'x'; 130_000]).ok();
    }
    let fill = &[("NAME", "A")];
    let case = Try { person: &ana, code: "too-much", line: "cargo vault run -- /bin/echo started", fill };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault run -- /bin/echo started
    error: all variables and arguments together are over the system's limit

      longest  BIG_9
    help: `--only NAME,NAME` takes only what the program needs
    [exit 125]

    $ cargo vault run --only A,A -- /bin/echo started
    started

    again: exit 125
    ");
}

#[test]
fn program_that_cannot_be_run() {
    let ana = ana_with("A", b"x");
    ana.write("notes.txt", "text");
    insta::assert_snapshot!(tried(&ana, "cannot-run", "cargo vault run -- ./notes.txt"), @r"
    $ cargo vault run -- ./notes.txt
    error: `./notes.txt` cannot be run: Permission denied (os error 13)
    [exit 126]

    again: exit 126
    ");
}

#[test]
fn value_over_the_limit() {
    let ana = ana_with("A", b"x");
    ana.write("big", vec![b'x'; 1024 * 1024 + 1]);
    insta::assert_snapshot!(tried(&ana, "value-too-large", "cargo vault set A --file big"), @r"
    $ cargo vault set A --file big
    error: a value has 1048577 bytes, over the limit of 1 MiB
    [exit 1]

    again: exit 1
    ");
}

#[test]
fn command_that_fails_to_give_a_value() {
    let line = "cargo vault set A --from-command 'exit 3'";
    insta::assert_snapshot!(tried(&ana_with("A", b"x"), "command", line), @r"
    $ cargo vault set A --from-command 'exit 3'
    error: `exit 3` ended with exit status: 3
    [exit 1]

    again: exit 1
    ");
}

#[test]
fn reader_who_writes() {
    let team = Team::new();
    insta::assert_snapshot!(tried(&team.carl, "not-writer", "cargo vault set DB other"), @r"
    $ cargo vault set DB other
    error: `carl` may not write environment `dev`

      writable by  ana, bob
    help: ask with `cargo vault join -e dev`; ana then runs `cargo vault approve carl`
    [exit 1]

    $ cargo vault join -e dev
    `carl` asks for `dev`
      fingerprint  [VAULT]
      identity     [RECIPIENT]  (in `[ROOT]/carl-home/.config/cargo-vault/identities/default.txt`)
    (and so on)

    $ cargo vault approve carl
    error: the fingerprint of `carl` was not compared

    help: `cargo vault approve carl --fingerprint FINGERPRINT` takes the one that you were told another way
    [exit 2]

    again: exit 1
    ");
}

#[test]
fn writer_who_would_change_the_roster() {
    let team = Team::new();
    insta::assert_snapshot!(tried(&team.bob, "not-admin", "cargo vault env add prod"), @r"
    $ cargo vault env add prod
    error: `bob` may not change the roster

      admins  ana
    [exit 1]

    again: exit 1
    ");
}

#[test]
fn change_at_an_old_commit() {
    let ana = ana_with("A", b"x");
    ana.commit("A");
    ana.vault(&["ci", "setup"]).ok();
    ana.commit("ci");
    ana.vault(&["list"]).ok();
    ana.git(&["checkout", "-q", "HEAD^"]);
    insta::assert_snapshot!(tried(&ana, "aside", "cargo vault env add prod"), @r"
    $ cargo vault env add prod
    error: this is an old commit or another branch, so the roster cannot be changed here

    help: merge the default branch first, and try again
    [exit 6]

    again: exit 6
    ");
}

#[test]
fn file_where_changes_are_staged() {
    let ana = ana_with("A", b"x");
    ana.commit("A");
    ana.sh("rm -rf .vault/.work/new && : > .vault/.work/new");
    insta::assert_snapshot!(tried(&ana, "not-folder", "cargo vault set A other"), @r"
    $ cargo vault set A other
    error: `.vault/.work/new` is no folder

    help: `git clean -fdX -- .vault/.work` clears what was under way
    [exit 5]

    $ git clean -fdX -- .vault/.work
    Removing .vault/.work/

    again: exit 0
    ");
}

#[test]
fn disk_that_cannot_be_written() {
    let ana = Person::new("ana");
    ana.sh("rmdir \"$HOME\" && : > \"$HOME\"");
    let fill = &[("FILE", "key.txt")];
    let case = Try { person: &ana, code: "write", line: "cargo vault identity new", fill };
    insta::assert_snapshot!(case.told(), @r"
    $ cargo vault identity new
    error: cannot write `[ROOT]/ana-home/.config/cargo-vault/identities`: Not a directory (os error 20)

      audit log  not written: cannot open `[ROOT]/ana-home/.local/state/cargo-vault`: Not a directory (os error 20)
    help: nothing was changed
    help: `cargo vault identity new --output FILE` makes one elsewhere, and `--identity FILE` uses it
    [exit 1]

    $ cargo vault identity new --output key.txt
    made an identity in `[ROOT]/ana-project/key.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]
    (and so on)

    $ cargo vault identity new --identity key.txt
    error: cannot write `[ROOT]/ana-home/.config/cargo-vault/identities`: Not a directory (os error 20)

      audit log  not written: cannot open `[ROOT]/ana-home/.local/state/cargo-vault`: Not a directory (os error 20)
    (and so on)
    [exit 1]

    again: exit 1
    ");
}

#[test]
fn key_of_what_is_kept_that_is_none() {
    let ana = Person::with_vault("ana");
    let bob = ana.clone_for("bob");
    bob.sh("mkdir -p \"$HOME/.local/share/cargo-vault\"; : > \"$HOME/.local/share/cargo-vault/kept.key\"");
    let anchor = crate::forge::anchor(&ana);
    let line = format!("cargo vault trust {anchor}");
    insta::assert_snapshot!(tried(&bob, "kept-key", &line), @r"
    $ cargo vault trust [ANCHOR]
    error: `[ROOT]/bob-home/.local/share/cargo-vault/kept.key` is no key that only this user can read

    help: `rm [ROOT]/bob-home/.local/share/cargo-vault/kept.key` has a new one made; what was trusted and seen is forgotten then
    [exit 1]

    $ rm [ROOT]/bob-home/.local/share/cargo-vault/kept.key
    (nothing is shown)

    again: exit 0
    ");
}
