//! Git's merge and diff drivers: real merges, rebases and picks of branches that changed one secret, and what git shows of it.

mod choice;
mod hook;
mod matrix;

use std::fs;

use crate::{
    forge::Team,
    harness::{PROGRAM, Person, Said, redacted, said},
};

const DB: &str = ".vault/secrets/dev/DB.toml";

/// Ana with `dev/DB`, committed, in a clone that merges by this program.
fn ana() -> Person {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB", "--keep", "3"], b"first").ok();
    ana.commit("DB");
    ana.vault(&["git", "install", "--no-hook"]).ok();
    ana
}

/// Makes a branch of what `change` does on top of the first commit, and goes on with `main`.
fn on_branch(person: &Person, branch: &str, change: impl FnOnce(&Person)) {
    person.git(&["checkout", "-q", "-b", branch, "main"]);
    change(person);
    person.commit(branch);
    person.git(&["checkout", "-q", "main"]);
}

fn set(person: &Person, name: &str, value: &str, flags: &[&str]) {
    person.vault_with(&[&["set", name], flags].concat(), value.as_bytes()).ok();
}

/// Runs git, whatever comes of it.
fn git(person: &Person, args: &[&str]) -> Said {
    let mut command = person.command("git");
    command.args(args);
    said(command, b"")
}

fn value(person: &Person, name: &str) -> String {
    person.vault(&["get", name]).ok().text()
}

#[test]
fn branches_that_set_different_secrets_merge_where_nothing_is_installed() {
    let ana = ana();
    ana.vault(&["git", "uninstall"]).ok();
    on_branch(&ana, "side", |ana| set(ana, "A", "theirs", &[]));
    set(&ana, "B", "ours", &[]);
    ana.commit("ours");
    ana.git(&["merge", "-q", "side"]);
    assert_eq!((value(&ana, "A"), value(&ana, "B")), ("theirs".to_owned(), "ours".to_owned()));
    ana.vault(&["verify"]).ok();
}

#[test]
fn value_of_one_side_and_description_of_the_other_are_one_secret_after_the_merge() {
    for how in [&["merge", "-q", "side"][..], &["rebase", "-q", "side"], &["cherry-pick", "side"]] {
        let ana = ana();
        on_branch(&ana, "side", |ana| set(ana, "DB", "second", &[]));
        set(&ana, "DB", "first", &["--description", "primary"]);
        ana.commit("ours");
        ana.git(how);
        assert_eq!(value(&ana, "DB"), "second");
        assert!(ana.vault(&["list", "--json"]).ok().text().contains("\"description\":\"primary\""));
        ana.vault(&["verify"]).ok();
        assert_eq!(ana.git(&["status", "--porcelain"]), "");
    }
}

#[test]
fn one_value_that_both_sides_set_is_no_conflict() {
    let ana = ana();
    on_branch(&ana, "side", |ana| set(ana, "DB", "second", &[]));
    set(&ana, "DB", "second", &[]);
    ana.commit("ours");
    ana.git(&["merge", "-q", "side"]);
    assert_eq!(value(&ana, "DB"), "second");
    ana.vault(&["verify"]).ok();
}

#[test]
fn merge_that_was_signed_stands_in_the_audit_log() {
    let ana = ana();
    on_branch(&ana, "side", |ana| set(ana, "DB", "second", &[]));
    set(&ana, "DB", "first", &["--tag", "team=x"]);
    ana.commit("ours");
    ana.git(&["merge", "-q", "side"]);
    let log = ana.sh("cat ~/.local/state/cargo-vault/audit.jsonl");
    let last = log.lines().last().unwrap();
    assert!(
        last.contains(r#""actor":"ana","action":"merge","env":"dev","names":["DB"],"outcome":"done""#),
        "{last}"
    );
}

/// Both sides gave `dev/DB` a value.
fn torn() -> Person {
    let ana = ana();
    on_branch(&ana, "side", |ana| set(ana, "DB", "theirs", &[]));
    set(&ana, "DB", "ours", &[]);
    ana.commit("ours");
    ana
}

#[test]
fn two_values_are_left_to_a_person_with_both_authors_and_the_ways_out() {
    let ana = torn();
    let merged = git(&ana, &["merge", "-q", "side"]);
    insta::assert_snapshot!(redacted(&merged.conversation(), &ana), @r#"
    exit 1
    --- stdout
    Auto-merging .vault/secrets/dev/DB.toml
    CONFLICT (content): Merge conflict in .vault/secrets/dev/DB.toml
    Automatic merge failed; fix conflicts and then commit the result.
    --- stderr
    error: `dev/DB`: both sides changed it: ours has version 2 (`ana`, [TIME]), theirs has version 2 (`ana`, [TIME])

    help: `cargo vault resolve -e dev DB --ours` keeps our side
    help: `cargo vault resolve -e dev DB --theirs` takes theirs
    help: `cargo vault resolve -e dev DB --edit` opens both in your editor
    help: `cargo vault resolve -e dev DB --value` asks for another value
    "#);
    ana.vault(&["get", "DB"]).refused(6, "error: `.vault/secrets/dev/DB.toml` has conflict markers");
    let left = String::from_utf8(ana.read(".vault/secrets/dev/DB.toml")).unwrap();
    let marks: Vec<&str> = left.lines().filter(|line| line.starts_with(['<', '=', '>'])).collect();
    assert_eq!(marks, ["<<<<<<< ours", "=======", ">>>>>>> theirs"]);
}

#[test]
fn without_a_key_that_is_at_hand_nothing_is_signed_and_nobody_is_asked() {
    let ana = ana();
    on_branch(&ana, "side", |ana| set(ana, "DB", "second", &[]));
    set(&ana, "DB", "first", &["--description", "primary"]);
    ana.commit("ours");
    ana.sh("mv ~/.config/cargo-vault/identities ~/elsewhere");
    let merged = git(&ana, &["merge", "-q", "side"]);
    insta::assert_snapshot!(redacted(&merged.conversation(), &ana), @r#"
    exit 1
    --- stdout
    Auto-merging .vault/secrets/dev/DB.toml
    CONFLICT (content): Merge conflict in .vault/secrets/dev/DB.toml
    Automatic merge failed; fix conflicts and then commit the result.
    --- stderr
    error: `dev/DB`: both sides changed it: ours has version 2 (`ana`, [TIME]), theirs has version 2 (`ana`, [TIME])

      not compared  no key of yours was found, so environment `dev` stays locked
    help: `cargo vault resolve -e dev DB --ours` keeps our side
    help: `cargo vault resolve -e dev DB --theirs` takes theirs
    help: `cargo vault resolve -e dev DB --edit` opens both in your editor
    help: `cargo vault resolve -e dev DB --value` asks for another value
    "#);
    ana.git(&["merge", "--abort"]);
    ana.sh("mv ~/elsewhere ~/.config/cargo-vault/identities");
    ana.git(&["merge", "-q", "side"]);
}

#[test]
fn forged_side_is_not_signed_anew() {
    let ana = ana();
    on_branch(&ana, "side", |ana| {
        set(ana, "DB", "theirs", &[]);
        ana.sh("sed -i 's/^keep = 3/keep = 9/' .vault/secrets/dev/DB.toml");
    });
    set(&ana, "DB", "first", &["--description", "primary"]);
    ana.commit("ours");
    let merged = git(&ana, &["merge", "-q", "side"]);
    let error = merged.err.lines().find(|line| line.starts_with("error")).unwrap();
    assert_eq!(
        error,
        "error: their side of `dev/DB` is not taken: `.vault/secrets/dev/DB.toml` was changed after `ana` signed it, or never signed by `ana`"
    );
    assert_eq!(merged.code, 1);
}

#[test]
fn revision_that_is_put_back_is_left_in_conflict() {
    let ana = ana();
    let old = ana.read(DB);
    set(&ana, "DB", "second", &[]);
    ana.commit("second");
    on_branch(&ana, "side", |ana| ana.write(DB, &old));
    set(&ana, "DB", "second", &["--description", "primary"]);
    ana.commit("described");
    let picked = git(&ana, &["cherry-pick", "side"]);
    let error = "error: `dev/DB`: one side put revision 1 back in the place of a later one";
    assert_eq!(picked.err.lines().find(|line| line.starts_with("error: `")), Some(error));
}

#[test]
fn value_that_a_forged_base_calls_new_is_not_taken_for_new() {
    let ana = ana();
    set(&ana, "DB", "second", &[]);
    let second = ana.read(DB);
    set(&ana, "DB", "third", &[]);
    ana.commit("third");
    // A commit that makes today's value look old, and on it one with the value of yesterday.
    ana.git(&["checkout", "-q", "-b", "side"]);
    ana.sh(&format!("sed -i 's/^revision = 3/revision = 1/' {DB}"));
    ana.commit("forged");
    ana.write(DB, &second);
    ana.commit("yesterday's");
    ana.git(&["checkout", "-q", "main"]);
    set(&ana, "DB", "third", &["--description", "primary"]);
    ana.commit("described");
    let picked = git(&ana, &["cherry-pick", "side"]);
    assert!(
        picked.code == 1 && picked.err.contains("error: `dev/DB`: both sides changed it: "),
        "{}",
        picked.err
    );
}

#[test]
fn program_that_is_gone_leaves_a_merge_of_text_with_its_marks() {
    let ana = torn();
    let config = fs::read_to_string(ana.path(".git/config")).unwrap();
    ana.write(".git/config", config.replace(PROGRAM, "/nowhere/it's gone"));
    // The quote would end the word: as the installation writes it.
    let config = fs::read_to_string(ana.path(".git/config")).unwrap();
    ana.write(".git/config", config.replace("it's gone", "gone"));
    let merged = git(&ana, &["merge", "-q", "side"]);
    assert_eq!(merged.code, 1);
    ana.vault(&["get", "DB"]).refused(6, "error: `.vault/secrets/dev/DB.toml` has conflict markers");
    assert!(ana.git(&["log", "-p", "-1", "side"]).contains("sealed = "));
}

#[test]
fn file_that_is_no_secret_is_left_in_conflict_by_name() {
    let ana = ana();
    ana.write(".gitattributes", "*.txt merge=cargo-vault diff=cargo-vault\n");
    let odd = "a 'b'\n\"c\" $(touch ran).txt";
    ana.write(odd, "first\n");
    ana.commit("odd");
    on_branch(&ana, "side", |ana| ana.write(odd, "theirs\n"));
    ana.write(odd, "ours\n");
    ana.commit("ours");
    let merged = git(&ana, &["merge", "-q", "side"]);
    assert!(
        merged.err.contains("error: `a \\'b\\'\\n\\\"c\\\" $(touch ran).txt` is no secret's file\n"),
        "{}",
        merged.err
    );
    assert_eq!(
        fs::read_to_string(ana.path(odd)).unwrap(),
        "<<<<<<< ours\nours\n=======\ntheirs\n>>>>>>> theirs\n"
    );
    assert!(!ana.path("ran").exists());
}

#[test]
fn git_shows_who_set_which_version_and_never_what_is_sealed() {
    let ana = ana();
    set(&ana, "DB", "second", &["--description", "primary", "--keep", "1"]);
    let diff = ana.git(&["diff"]);
    ana.commit("second");
    let (log, show) = (ana.git(&["log", "-p", "-1", "--format="]), ana.git(&["show", "--format="]));
    assert_eq!((&log, &show), (&diff, &diff));
    let mut said = redacted(&diff, &ana);
    for (word, shown) in [("sealed as ", "[HASH]"), ("index ", "[BLOBS]")] {
        said = said
            .lines()
            .map(|line| {
                line.split_once(word).map_or(line.to_owned(), |(before, _)| format!("{before}{word}{shown}"))
            })
            .collect::<Vec<_>>()
            .join("\n");
    }
    insta::assert_snapshot!(said, @r#"
    diff --git a/.vault/secrets/dev/DB.toml b/.vault/secrets/dev/DB.toml
    index [BLOBS]
    --- a/.vault/secrets/dev/DB.toml
    +++ b/.vault/secrets/dev/DB.toml
    @@ -1,6 +1,7 @@
     secret dev/DB
     kind text
    -keep 3
    +description "primary"
    +keep 1
     epoch 1
    -revision 1 · by ana
    -version 1 · current · by ana · [TIME] · sealed as [HASH]
    +revision 2 · by ana
    +version 2 · current · by ana · [TIME] · sealed as [HASH]
    "#);
}

#[test]
fn installing_and_taking_back_leaves_the_configuration_as_it_was() {
    let ana = Person::with_vault("ana");
    for config in [&b"[core]\n\tbare = false\n[x]\n\ty = z"[..], b"[core]\n\tbare = false\n"] {
        ana.write(".git/config", config);
        let first = ana.vault(&["git", "install", "--json"]).ok().text();
        assert!(first.contains("\"written\":\"new\""), "{first}");
        assert!(ana.vault(&["git", "install", "--json"]).ok().text().contains("\"written\":\"unchanged\""));
        assert!(ana.git(&["config", "merge.cargo-vault.driver"]).contains(PROGRAM));
        assert!(ana.vault(&["git", "uninstall", "--json"]).ok().text().contains("\"written\":\"removed\""));
        assert_eq!(ana.read(".git/config"), config);
    }
    assert!(ana.vault(&["git", "uninstall", "--json"]).ok().text().contains("\"written\":\"unchanged\""));
}

#[test]
fn installed_in_one_work_tree_it_holds_in_all() {
    let ana = Person::with_vault("ana");
    ana.git(&["worktree", "add", "-q", "../tree"]);
    ana.vault(&["-C", "../tree", "git", "install"]).ok();
    assert!(ana.git(&["config", "--local", "merge.cargo-vault.driver"]).contains(PROGRAM));
    ana.vault(&["git", "uninstall"]).ok();
    let config = git(&ana, &["-C", "../tree", "config", "merge.cargo-vault.driver"]);
    assert_eq!(config.code, 1);
}

#[test]
fn program_whose_path_is_odd_is_called_all_the_same() {
    let ana = ana();
    let odd = ana.root().join("it's %O \"a\" \\ folder");
    fs::create_dir(&odd).unwrap();
    // Not by this process, of which a child elsewhere could hold the copy open to write.
    ana.sh(&format!("cp '{PROGRAM}' \"$(dirname \"$PWD\")/it's %O \\\"a\\\" \\\\ folder/\""));
    let mut command = ana.command(odd.join("cargo-vault"));
    command.args(["git", "install", "--no-hook"]);
    said(command, b"").ok();
    on_branch(&ana, "side", |ana| set(ana, "DB", "second", &[]));
    set(&ana, "DB", "first", &["--description", "primary"]);
    ana.commit("ours");
    ana.git(&["merge", "-q", "side"]);
    assert_eq!(value(&ana, "DB"), "second");
    assert!(ana.git(&["show", "--format=", "side"]).contains("version 2 · current · by ana"));
}

#[test]
fn installation_says_what_it_did() {
    let ana = Person::with_vault("ana");
    let config = |said: &Said| redacted(&said.conversation(), &ana).replace(PROGRAM, "[PROGRAM]");
    let both = [config(&ana.vault(&["git", "install"])), config(&ana.vault(&["git", "uninstall"]))].concat();
    insta::assert_snapshot!(both, @r#"
    exit 0
    --- stdout
    git merges and shows secrets by this program, in this clone
      program     [PROGRAM]
      written to  [ROOT]/ana-project/.git/config
      hook        [ROOT]/ana-project/.git/hooks/pre-commit
    --- stderr
    help: `git log -p -- .vault` shows what became of each secret; `cargo vault git uninstall` takes it back
    exit 0
    --- stdout
    git merges and shows secrets as text again, in this clone
    --- stderr
    "#);
}

#[test]
fn without_git_nothing_is_installed() {
    let ana = Person::new("ana");
    ana.vault(&["init", "-q", "--name", "ana"]).ok();
    ana.vault(&["git", "install"]).refused(1, "error: there is no git repository around this vault");
}

#[test]
fn secret_that_was_set_while_the_other_side_made_a_new_key_is_sealed_under_that() {
    let ana = ana();
    on_branch(&ana, "side", |ana| set(ana, "DB", "second", &[]));
    ana.vault(&["rekey"]).ok();
    ana.commit("a new key");
    ana.git(&["merge", "-q", "side"]);
    assert_eq!(value(&ana, "DB"), "second");
    assert!(ana.git(&["show", "--format=", "side", "HEAD", "-m"]).contains("epoch 2"));
    ana.vault(&["verify"]).ok();
}

#[test]
fn new_key_of_the_other_side_leaves_what_was_set_here_in_conflict() {
    let ana = ana();
    on_branch(&ana, "side", |ana| drop(ana.vault(&["rekey"]).ok()));
    set(&ana, "DB", "second", &[]);
    ana.commit("second");
    let merged = git(&ana, &["merge", "-q", "side"]);
    let error = merged.err.lines().find(|line| line.starts_with("error")).unwrap();
    assert_eq!(
        error,
        "error: their side of `dev/DB` is not taken: `.vault/secrets/dev/DB.toml` is sealed under epoch 2, environment `dev` is at epoch 1"
    );
    ana.vault(&["get", "DB"]).refused(6, "error: `.vault/secrets/dev/DB.toml` has conflict markers");
}

#[test]
fn what_somebody_set_who_was_removed_meanwhile_is_not_signed_anew() {
    let Team { ana, bob, .. } = Team::new();
    ana.vault(&["git", "install", "--no-hook"]).ok();
    set(&bob, "DB", "of bob", &[]);
    bob.commit("bob's");
    ana.vault(&["member", "remove", "bob", "--yes"]).ok();
    ana.commit("without bob");
    ana.git(&["fetch", "-q", bob.cwd.to_str().unwrap(), "main:side"]);
    let merged = git(&ana, &["merge", "-q", "side"]);
    let error = merged.err.lines().find(|line| line.starts_with("error")).unwrap();
    assert_eq!(
        error,
        "error: their side of `dev/DB` is not taken: `.vault/secrets/dev/DB.toml` was signed by `bob`, who may not write environment `dev`"
    );
    ana.vault(&["get", "DB"]).refused(6, "error: `.vault/secrets/dev/DB.toml` has conflict markers");
}

#[test]
fn lock_that_a_killed_git_has_left_is_named_with_what_removes_it() {
    let ana = Person::with_vault("ana");
    let before = ana.read(".git/config");
    ana.write(".git/config.lock", "");
    let said = ana.vault(&["git", "install", "--no-hook"]);
    insta::assert_snapshot!(redacted(&said.conversation(), &ana), @"
    exit 6
    --- stdout
    --- stderr
    error: another git writes the configuration: `[ROOT]/ana-project/.git/config.lock` exists already

    help: if none is at work here, one was stopped: `rm [ROOT]/ana-project/.git/config.lock`
    ");
    assert_eq!(ana.read(".git/config"), before);
}
