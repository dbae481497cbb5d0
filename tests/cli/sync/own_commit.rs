//! `--commit`, and `commit = true` in the person's settings: each change of a vault is a commit of it alone.

use super::*;

/// Ana with a vault, and settings by which each change is committed.
fn committing() -> Person {
    let ana = Person::with_vault("ana");
    ana.vault(&["config", "set", "commit", "true"]).ok();
    ana
}

fn subjects(person: &Person, count: usize) -> Vec<String> {
    let log = person.git(&["log", "--format=%s", &format!("-{count}")]);
    log.lines().map(str::to_owned).collect()
}

fn commits(person: &Person) -> String {
    person.git(&["rev-list", "--count", "HEAD"])
}

#[test]
fn change_is_a_commit_of_the_vault_alone_and_never_says_a_value() {
    let ana = Person::with_vault("ana");
    ana.write("notes.txt", "staged\n");
    ana.git(&["add", "notes.txt"]);
    let said = ana.vault_with(&["set", "DB", "--commit"], b"the value");
    insta::assert_snapshot!(told(&said, &ana), @r"
    exit 0
    --- stdout
    set `dev/DB` (version 1)
    --- stderr
    note: committed: vault: set dev/DB
    ");
    assert_eq!(
        ana.git(&["log", "-1", "--format=%B", "--name-only"]),
        "vault: set dev/DB\n\n\n.vault/secrets/dev/DB.toml\n"
    );
    assert_eq!(ana.git(&["status", "--porcelain"]), "A  notes.txt\n");
}

#[test]
fn every_command_that_changes_a_vault_makes_one_commit_that_says_so() {
    let ana = committing();
    let done: &[(&[&str], &str)] = &[
        (&["set", "DB"], "vault: set dev/DB"),
        (&["mv", "DB", "DB2"], "vault: mv dev/DB, dev/DB2"),
        (&["cp", "DB2", "DB3"], "vault: cp dev/DB3"),
        (&["rm", "-y", "DB3"], "vault: rm dev/DB3"),
        (&["set", "DB2"], "vault: set dev/DB2"),
        (&["env", "add", "prod"], "vault: make environment prod"),
        (&["ci", "setup", "--name", "runner"], "vault: add machine runner: dev"),
        (&["member", "remove", "runner", "-y"], "vault: remove runner; 3 secrets written"),
        (&["rekey"], "vault: make new keys of dev; 3 secrets written"),
        (&["env", "rm", "prod", "-y"], "vault: remove environment prod"),
    ];
    for (round, (args, subject)) in done.iter().enumerate() {
        let before = commits(&ana);
        ana.vault_with(args, format!("value {round}").as_bytes()).ok();
        assert_eq!(subjects(&ana, 1), [*subject]);
        assert_eq!(ana.git(&["rev-list", "--count", "HEAD~1"]), before, "{args:?}");
        assert_eq!(ana.git(&["status", "--porcelain"]), "");
    }
    ana.vault(&["verify", "--strict"]).ok();
}

#[test]
fn changes_at_once_are_all_committed() {
    let ana = committing();
    let one = format!("(printf value | '{PROGRAM}' set K$n 2>&1 || echo failed $n) >>../said &");
    let said = ana.sh(&format!("for n in 1 2 3 4 5 6 7 8; do {one} done; wait; cat ../said"));
    assert!(!said.contains("failed"), "{said}");
    assert_eq!(ana.git(&["status", "--porcelain", "--", ".vault"]), "");
    assert_eq!(ana.vault(&["list", "-q"]).ok().text().lines().count(), 8);
}

#[test]
fn hook_after_a_commit_that_syncs_is_not_waited_for() {
    let ana = committing();
    ana.write(".git/hooks/post-commit", format!("#!/bin/sh\nexec '{PROGRAM}' sync -q\n"));
    ana.sh("chmod +x .git/hooks/post-commit");
    ana.vault_with(&["set", "DB"], b"value").ok();
    assert_eq!(ana.git(&["status", "--porcelain", "--", ".vault"]), "");
}

#[test]
fn new_vault_is_a_commit_too() {
    let ana = Person::new("ana");
    ana.git(&["init", "-q", "-b", "main", "."]);
    ana.vault(&["init", "--name", "ana", "--commit"]).ok();
    assert_eq!(subjects(&ana, 2), ["vault: found the vault with dev"]);
    assert_eq!(ana.git(&["status", "--porcelain"]), "");
}

#[test]
fn what_changes_nothing_makes_no_commit() {
    let ana = committing();
    ana.vault_with(&["set", "DB"], b"value").ok();
    ana.write(".vault/schema.toml", "");
    let before = commits(&ana);
    for args in [&["list"][..], &["get", "DB"], &["verify"], &["status"], &["identity", "new", "other"]] {
        ana.vault(args).ok();
    }
    ana.vault(&["get", "NONE", "--commit"]).refused(3, "error: environment `dev` has no secret `NONE`");
    assert_eq!(commits(&ana), before);
}

#[test]
fn what_was_changed_before_is_named_and_not_called_set() {
    let ana = Person::with_vault("ana");
    set(&ana, "BEFORE", "1");
    ana.vault_with(&["set", "DB", "--commit"], b"value").ok();
    assert_eq!(subjects(&ana, 1), ["vault: dev/BEFORE, dev/DB"]);
}

#[test]
fn no_commit_leaves_one_change_to_the_person() {
    let ana = committing();
    let before = commits(&ana);
    ana.vault_with(&["set", "DB", "--no-commit"], b"value").ok();
    assert_eq!(
        (commits(&ana), ana.git(&["status", "--porcelain"])),
        (before, "?? .vault/secrets/\n".to_owned())
    );
}

#[test]
fn later_flag_wins_and_config_says_which() {
    let ana = committing();
    let said = ana.vault(&["config", "get", "commit", "--commit", "--no-commit", "--json"]).ok();
    let answer: serde_json::Value = serde_json::from_slice(&said.out).unwrap();
    assert_eq!((&answer["value"], &answer["from"]), (&false.into(), &"--no-commit".into()));
}

#[test]
fn flag_without_git_is_refused_before_anything_is_written_and_the_setting_is_silent() {
    let ana = Person::new("ana");
    ana.vault(&["init", "-q", "--name", "ana"]).ok();
    insta::assert_snapshot!(told(&ana.vault_with(&["set", "DB", "--commit"], b"value"), &ana), @r"
    exit 1
    --- stdout
    --- stderr
    error: there is no git repository around this vault
    ");
    assert_eq!(ana.vault(&["get", "DB"]).code, 3);
    ana.vault(&["config", "set", "commit", "true"]).ok();
    insta::assert_snapshot!(told(&ana.vault_with(&["set", "DB"], b"value"), &ana), @r"
    exit 0
    --- stdout
    set `dev/DB` (version 1)
    --- stderr
    ");
}

#[test]
fn operation_under_way_stops_the_flag_and_not_the_setting() {
    let ana = committing();
    ana.git(&["checkout", "-q", "-b", "side"]);
    ana.commit("side");
    ana.git(&["checkout", "-q", "main"]);
    ana.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    let before = commits(&ana);
    insta::assert_snapshot!(told(&ana.vault_with(&["set", "DB"], b"value"), &ana), @r"
    exit 0
    --- stdout
    set `dev/DB` (version 1)
    --- stderr
    warning: nothing is committed: a merge is under way here
    ");
    insta::assert_snapshot!(told(&ana.vault_with(&["set", "DB", "--commit"], b"second"), &ana), @r"
    exit 6
    --- stdout
    --- stderr
    error: a merge is under way here

    help: `git status` shows how it goes on, and how back
    ");
    assert_eq!((commits(&ana), value(&ana, "DB")), (before, "value".to_owned()));
}

#[test]
fn hook_that_fails_leaves_the_change_and_says_so() {
    let ana = committing();
    ana.write(".git/hooks/pre-commit", "#!/bin/sh\necho no >&2\nexit 1\n");
    ana.sh("chmod +x .git/hooks/pre-commit");
    insta::assert_snapshot!(told(&ana.vault_with(&["set", "DB"], b"value"), &ana), @r"
    exit 1
    --- stdout
    set `dev/DB` (version 1)
    --- stderr
    error: `git commit` failed

      git said  no
    help: `git commit -- .vault` tries again, and shows all that it says
    help: it was done: only the commit is missing
    ");
    assert_eq!(value(&ana, "DB"), "value");
}

#[test]
fn repository_does_not_ask_for_commits() {
    let ana = Person::with_vault("ana");
    ana.write(".vault/config.toml", "commit = true\n");
    let before = commits(&ana);
    insta::assert_snapshot!(told(&ana.vault_with(&["set", "DB"], b"value"), &ana), @r"
    exit 5
    --- stdout
    --- stderr
    error: `.vault/config.toml`, line 1: unknown field `commit`, expected `color` or `keep`

    help: `git log -p -- .vault/config.toml` shows who changed it
    ");
    assert_eq!(commits(&ana), before);
}

#[test]
fn change_on_no_branch_is_a_commit_there() {
    let ana = committing();
    ana.git(&["checkout", "-q", "--detach"]);
    ana.vault_with(&["set", "DB"], b"value").ok();
    assert_eq!(subjects(&ana, 1), ["vault: set dev/DB"]);
}
