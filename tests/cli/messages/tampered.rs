//! What was changed by somebody who may not, and what looks like it.

use std::fs;

use sha2::{Digest, Sha256};

use super::tried;
use crate::harness::Person;

fn ana() -> Person {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    ana.commit("DB");
    ana
}

/// Ana whose file was changed by somebody who committed that.
fn with_changed(path: &str, change: impl FnOnce(String) -> String) -> Person {
    let ana = ana();
    let text = String::from_utf8(ana.read(path)).unwrap();
    ana.write(path, change(text));
    ana.commit("innocent");
    ana
}

#[test]
fn roster() {
    let ana =
        with_changed(".vault/roster.toml", |text| text.replace("role = \"admin\"", "role = \"member\""));
    insta::assert_snapshot!(tried(&ana, "roster-changed", "cargo vault get DB"), @r"
    $ cargo vault get DB
    error: `.vault/roster.toml` was changed after it was signed on [TIME]

    help: `git log -p -- .vault/roster.toml` shows who changed it
    help: after a merge: `cargo vault resolve` brings both sides together
    [exit 5]

    $ git log -p -- .vault/roster.toml
    (commits are shown)

    $ cargo vault resolve
    error: nothing is being merged here

    help: `cargo vault verify` says whether anything is wrong, and what mends it
    [exit 1]

    again: exit 5
    ");
}

#[test]
fn roster_seen_from_a_folder_below() {
    let mut ana = with_changed(".vault/roster.toml", |text| text.replace("\"admin\"", "\"member\""));
    ana.write("crates/app/file", "");
    ana.cwd = ana.path("crates/app");
    insta::assert_snapshot!(tried(&ana, "roster-changed", "cargo vault get DB"), @r"
    $ cargo vault get DB
    error: `.vault/roster.toml` was changed after it was signed on [TIME]

    help: `git -C ../.. log -p -- .vault/roster.toml` shows who changed it
    help: after a merge: `cargo vault resolve` brings both sides together
    [exit 5]

    $ git -C ../.. log -p -- .vault/roster.toml
    (commits are shown)

    $ cargo vault resolve
    error: nothing is being merged here

    help: `cargo vault verify` says whether anything is wrong, and what mends it
    [exit 1]

    again: exit 5
    ");
}

#[test]
fn roster_seen_from_another_folder() {
    let mut ana = with_changed(".vault/roster.toml", |text| text.replace("\"admin\"", "\"member\""));
    let project = ana.cwd.to_str().unwrap().to_owned();
    ana.cwd = ana.home.clone();
    insta::assert_snapshot!(tried(&ana, "roster-changed", &format!("cargo vault -C {project} list")), @r"
    $ cargo vault -C [ROOT]/ana-project list
    error: `.vault/roster.toml` was changed after it was signed on [TIME]

    help: `git -C [ROOT]/ana-project log -p -- .vault/roster.toml` shows who changed it
    help: after a merge: `cargo vault resolve` brings both sides together
    [exit 5]

    $ git -C [ROOT]/ana-project log -p -- .vault/roster.toml
    (commits are shown)

    $ cargo vault resolve
    error: there is no `.vault` in `[ROOT]/ana-home` or any folder above it

    help: `cargo vault init` makes one here
    [exit 3]

    again: exit 5
    ");
}

#[test]
fn secret() {
    let ana = with_changed(".vault/secrets/dev/DB.toml", |text| text.replace("revision = 1", "revision = 2"));
    insta::assert_snapshot!(tried(&ana, "signature", "cargo vault get DB"), @r"
    $ cargo vault get DB
    error: `.vault/secrets/dev/DB.toml` was changed after `ana` signed it, or never signed by `ana`

    help: `git log -p -- .vault/secrets/dev/DB.toml` shows who changed it
    [exit 5]

    $ git log -p -- .vault/secrets/dev/DB.toml
    (commits are shown)

    again: exit 5
    ");
}

#[test]
fn secret_without_a_repository() {
    let ana = Person::new("ana");
    ana.vault(&["init", "--name", "ana"]).ok();
    ana.vault_with(&["set", "DB"], b"first").ok();
    let text = String::from_utf8(ana.read(".vault/secrets/dev/DB.toml")).unwrap();
    ana.write(".vault/secrets/dev/DB.toml", text.replace("revision = 1", "revision = 2"));
    insta::assert_snapshot!(tried(&ana, "signature", "cargo vault get DB"), @r"
    $ cargo vault get DB
    error: `.vault/secrets/dev/DB.toml` was changed after `ana` signed it, or never signed by `ana`
    [exit 5]

    again: exit 5
    ");
}

#[test]
fn secret_put_back() {
    let ana = ana();
    let first = ana.read(".vault/secrets/dev/DB.toml");
    ana.vault_with(&["set", "DB"], b"second").ok();
    ana.commit("second");
    ana.vault(&["get", "DB"]).ok();
    ana.write(".vault/secrets/dev/DB.toml", first);
    ana.commit("back");
    insta::assert_snapshot!(tried(&ana, "rolled-back", "cargo vault get DB"), @r"
    $ cargo vault get DB
    error: `dev/DB` was rolled back: revision 2 was seen here, revision 1 is in its place

    help: `git log -p -- .vault/secrets/dev/DB.toml` shows who changed it
    [exit 5]

    $ git log -p -- .vault/secrets/dev/DB.toml
    (commits are shown)

    again: exit 5
    ");
}

#[test]
fn secret_in_conflict() {
    let ana = ana();
    ana.git(&["checkout", "-q", "-b", "other"]);
    ana.vault_with(&["set", "DB"], b"theirs").ok();
    ana.commit("theirs");
    ana.git(&["checkout", "-q", "main"]);
    ana.vault_with(&["set", "DB"], b"ours").ok();
    ana.commit("ours");
    ana.sh("git merge -q other || true");
    insta::assert_snapshot!(tried(&ana, "conflict", "cargo vault get DB"), @r"
    $ cargo vault get DB
    error: `.vault/secrets/dev/DB.toml` has conflict markers

    help: `cargo vault resolve` brings both sides together
    [exit 6]

    $ cargo vault resolve
    both sides are brought together; the roster needed no new line

    Left for you to decide:
    (and so on)
    [exit 6]

    again: exit 6
    ");
}

#[test]
fn stray_with_a_name_that_is_a_command() {
    let ana = ana();
    ana.sh("mkdir '.vault/secrets/dev/x;touch owned;'; : > '.vault/secrets/dev/x;touch owned;/y'");
    ana.commit("innocent");
    insta::assert_snapshot!(tried(&ana, "stray", "cargo vault verify"), @r"
    $ cargo vault verify
    stray: `.vault/secrets/dev/x;touch owned;/y` does not belong in a vault
      help: `git log -p -- .vault/secrets/dev` shows who changed it
    1 thing here is not in order
      vault     [VAULT]
      verified  1 secret, 1 environment, 1 log line
      history   3 commits, of which 3 changed the vault
    [exit 5]

    $ git log -p -- .vault/secrets/dev
    (commits are shown)

    again: exit 5
    ");
    assert!(!ana.path("owned").exists());
}

#[test]
fn stray_with_a_name_that_moves_the_cursor() {
    let ana = ana();
    ana.sh("printf x > \"$(printf '.vault/\\033[2Jx')\"");
    ana.commit("innocent");
    insta::assert_snapshot!(tried(&ana, "stray", "cargo vault verify"), @r"
    $ cargo vault verify
    stray: `.vault/\u{1b}[2Jx` does not belong in a vault
      help: `git log -p -- .vault/` shows who changed it
    1 thing here is not in order
      vault     [VAULT]
      verified  1 secret, 1 environment, 1 log line
      history   3 commits, of which 3 changed the vault
    [exit 5]

    $ git log -p -- .vault/
    (commits are shown)

    again: exit 5
    ");
}

#[test]
fn attributes() {
    let ana = ana();
    ana.write(".vault/.gitattributes", "* text\n");
    insta::assert_snapshot!(tried(&ana, "fixed", "cargo vault verify"), @r"
    $ cargo vault verify
    fixed: `.vault/.gitattributes` is not what this version writes
      help: `git checkout -- .vault/.gitattributes` puts it back as it was committed
    1 thing here is not in order
      vault     [VAULT]
      verified  1 secret, 1 environment, 1 log line
      history   2 commits, of which 2 changed the vault
    [exit 1]

    $ git checkout -- .vault/.gitattributes
    (nothing is shown)

    again: exit 0
    ");
}

#[test]
fn vault_that_is_a_link() {
    let ana = ana();
    ana.sh("mv .vault elsewhere && ln -s elsewhere .vault");
    insta::assert_snapshot!(tried(&ana, "not-folder", "cargo vault get DB"), @r"
    $ cargo vault get DB
    error: `[ROOT]/ana-project/.vault` is no folder

    help: `ls -ld [ROOT]/ana-project/.vault` shows what it is
    [exit 5]

    $ ls -ld [ROOT]/ana-project/.vault
    (a link is shown)

    again: exit 5
    ");
}

#[test]
fn journal_of_another_folder() {
    let ana = ana();
    let body = "cargo-vault journal 1\nfolder 1\nput 0 secrets/dev/DB.toml\n";
    let sum: String = Sha256::digest(body).iter().map(|b| format!("{b:02x}")).collect();
    fs::create_dir_all(ana.path(".vault/.work/new")).unwrap();
    ana.write(".vault/.work/journal", format!("{body}{sum}"));
    insta::assert_snapshot!(tried(&ana, "foreign-journal", "cargo vault get DB"), @r"
    $ cargo vault get DB
    error: `[ROOT]/ana-project/.vault/.work/journal` was not written in this folder

    help: a commit or a copy brought it: `rm [ROOT]/ana-project/.vault/.work/journal` removes it
    [exit 5]

    $ rm [ROOT]/ana-project/.vault/.work/journal
    (nothing is shown)

    again: exit 0
    ");
}

#[test]
fn alias_of_cargo() {
    let ana = ana();
    ana.write(".cargo/config.toml", "[alias]\nvault = \"run --bin evil --\"\n");
    insta::assert_snapshot!(tried(&ana, "alias", "cargo vault verify"), @r"
    $ cargo vault verify
    alias: `[ROOT]/ana-project/.cargo/config.toml` has cargo run something else for `cargo vault`
      help: take `vault` out of its `[alias]`
    1 thing here is not in order
      vault     [VAULT]
      verified  1 secret, 1 environment, 1 log line
      history   2 commits, of which 2 changed the vault
    [exit 5]

    again: exit 5
    ");
}
