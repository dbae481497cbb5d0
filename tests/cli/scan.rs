//! `scan`: what is found where, what is told of it, and that no value is.

mod alarms;

use std::{fs, os::unix::fs::symlink};

use serde_json::Value;

use crate::{
    commands::{conversation, json, keys},
    forge::{Team, pull, push},
    harness::{PROGRAM, Person, said},
};

const VALUE: &str = "correct horse battery staple";

/// Ana with `DB` and a short secret in `dev`, all of it committed.
fn ana() -> Person {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], VALUE.as_bytes()).ok();
    ana.vault_with(&["set", "PIN"], b"1234").ok();
    ana.commit("secrets");
    ana
}

/// What is found, as `path kind`.
fn found(person: &Person, args: &[&str]) -> (i32, Vec<String>) {
    let said = person.vault(&[&["scan", "--json"], args].concat());
    let answer: Value =
        serde_json::from_slice(&said.out).unwrap_or_else(|_| panic!("{}", said.conversation()));
    let all = answer["found"].as_array().unwrap().iter();
    let told = all.map(|one| format!("{} {}", one["path"].as_str().unwrap(), one["kind"].as_str().unwrap()));
    (said.code, told.collect())
}

/// The whole conversation without what differs from run to run.
fn told(person: &Person, args: &[&str]) -> String {
    let text = conversation(person, args, b"");
    let parts = text.split_inclusive([' ', '\n', '"']).map(|part| {
        let bare = part.trim_end_matches([' ', '\n', '"']);
        let is_fingerprint = bare.len() == 16 && bare.bytes().all(|b| b.is_ascii_hexdigit());
        if is_fingerprint { part.replace(bare, "[FINGERPRINT]") } else { part.to_owned() }
    });
    parts.collect()
}

fn nothing() -> (i32, Vec<String>) {
    (0, Vec::new())
}

fn one(path: &str) -> (i32, Vec<String>) {
    (1, vec![format!("{path} value")])
}

#[test]
fn value_in_the_work_tree_is_told_by_place_and_name() {
    let ana = ana();
    ana.write("src/main.rs", format!("fn main() {{\n    connect(\"{VALUE}\");\n}}\n"));
    insta::assert_snapshot!(told(&ana, &["scan"]), @r"
    exit 1
    --- stdout
    PLACE             FOUND                FINGERPRINT
    src/main.rs:2:14  the value of dev/DB  [FINGERPRINT]
    --- stderr
    note: values under 12 bytes are not searched for: dev/PIN
    help: take it out; if others have seen it, `cargo vault set -e dev DB` gives it a new value
    help: the same with `--allow [FINGERPRINT] --reason TEXT` allows what is no secret
    ");
}

#[test]
fn work_tree_without_one_is_done() {
    insta::assert_snapshot!(conversation(&ana(), &["scan"], b""), @r"
    exit 0
    --- stdout
    --- stderr
    note: values under 12 bytes are not searched for: dev/PIN
    nothing found in 7 files, searched for 1 secret and known shapes
    ");
}

#[test]
fn finding_in_json_says_what_a_program_needs() {
    let ana = ana();
    ana.write("a", VALUE);
    let answer = json(&ana.vault(&["scan", "--json"]));
    assert_eq!(keys(&answer), ["allowed", "found", "more", "schema", "searched", "unsearched"]);
    let finding = serde_json::json!({
        "kind": "value", "message": "the value of dev/DB", "path": "a", "line": 1, "column": 1, "commit": null,
        "env": "dev", "name": "DB", "fingerprint": answer["found"][0]["fingerprint"],
    });
    assert_eq!(answer["found"], serde_json::json!([finding]));
    assert_eq!(
        answer["unsearched"]["secrets"],
        serde_json::json!([{ "env": "dev", "name": "PIN", "why": "short" }])
    );
}

#[test]
fn nothing_that_a_search_says_or_keeps_holds_a_value() {
    let ana = ana();
    ana.write("a", format!("{VALUE}\n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\n"));
    for args in [&["scan", "-v"][..], &["scan", "--json"], &["scan", "--format", "sarif"]] {
        let said = ana.vault(args);
        let all = said.conversation();
        assert!(said.code == 1 && !all.contains("horse") && !all.contains("zQWB"), "{all}");
    }
    let kept = ana.sh("grep -rl -e horse -e zQWB .git/cargo-vault \"$HOME\" || true");
    assert_eq!(kept, "");
}

#[test]
fn search_needs_no_key_once_the_values_are_known() {
    let ana = ana();
    ana.vault(&["scan"]).ok();
    ana.write("a", VALUE);
    fs::rename(ana.home.join(".config"), ana.home.join("elsewhere")).unwrap();
    assert_eq!(found(&ana, &[]), one("a"));
}

#[test]
fn value_that_came_by_a_pull_is_searched_for_once_somebody_unlocks() {
    let ana = ana();
    ana.vault(&["scan"]).ok();
    let mut elsewhere = ana.clone_for("elsewhere");
    elsewhere.home.clone_from(&ana.home);
    elsewhere.vault_with(&["set", "NEW"], b"another long value").ok();
    elsewhere.commit("new");
    ana.git(&["pull", "-q", elsewhere.cwd.to_str().unwrap(), "main"]);
    ana.write("a", "another long value");
    assert_eq!(found(&ana, &[]), one("a"));
}

#[test]
fn value_that_is_set_is_known_from_then_on_without_a_key() {
    let ana = ana();
    ana.vault(&["scan"]).ok();
    ana.vault_with(&["set", "A_NEW"], b"another long value").ok();
    ana.vault_with(&["set", "DB"], b"a third long value").ok();
    ana.vault_with(&["set", "--batch"], b"Z_NEW=a fourth long value\n").ok();
    fs::rename(ana.home.join(".config"), ana.home.join("elsewhere")).unwrap();
    ana.write("a", format!("another long value\na third long value\na fourth long value\n{VALUE}\n"));
    let answer = json(&ana.vault(&["scan", "--json"]));
    let names: Vec<&Value> = answer["found"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    let why = &answer["unsearched"]["secrets"];
    assert_eq!(
        (names, why.as_array().unwrap().len()),
        (["A_NEW", "DB", "Z_NEW", "DB"].map(Value::from).iter().collect(), 1)
    );
}

#[test]
fn value_that_is_edited_is_known_from_then_on_without_a_key() {
    let mut ana = ana();
    ana.vault(&["scan"]).ok();
    ana.write("a", "another long value");
    ana.set("EDITOR", "cp a");
    ana.vault(&["edit", "DB"]).ok();
    fs::rename(ana.home.join(".config"), ana.home.join("elsewhere")).unwrap();
    assert_eq!(found(&ana, &[]), one("a"));
}

#[test]
fn without_a_key_what_is_not_searched_for_is_named() {
    let ana = ana();
    ana.vault(&["scan"]).ok();
    ana.vault(&["cp", "DB", "NEW"]).ok();
    fs::rename(ana.home.join(".config"), ana.home.join("elsewhere")).unwrap();
    insta::assert_snapshot!(told(&ana, &["scan"]), @r"
    exit 0
    --- stdout
    --- stderr
    note: values under 12 bytes are not searched for: dev/PIN
    note: values that nobody has unlocked here since they were set are not searched for: dev/NEW
    note: not unlocked: no key of yours was found, so environment `dev` stays locked
    nothing found in 8 files, searched for 1 secret and known shapes
    ");
}

#[test]
fn fingerprints_from_another_clone_count_for_nothing() {
    let ana = ana();
    ana.vault(&["scan"]).ok();
    let bob = ana.clone_for("bob");
    ana.sh(&format!("cp -r .git/cargo-vault '{}'", bob.path(".git").display()));
    bob.write("a", VALUE);
    let answer = json(&bob.vault(&["scan", "--json"]));
    assert_eq!(
        (&answer["found"], &answer["searched"]["secrets"]),
        (&serde_json::json!([]), &serde_json::json!(0))
    );
}

#[test]
fn environment_that_is_not_ones_own_to_read_is_named() {
    let ana = ana();
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "-e", "prod", "KEY"], b"the value of production").ok();
    let made = ana.vault(&["ci", "setup", "-e", "dev", "--name", "ci"]).ok();
    let text = made.text();
    let key = text.split_whitespace().find(|word| word.contains("AGE-SECRET-KEY-1")).unwrap();
    ana.commit("ci");
    let mut ci = ana.clone_for("ci");
    ci.set("CVAULT_KEY", key.trim_start_matches("CVAULT_KEY=").trim_matches(['\'', '"']));
    ci.write("a", format!("{VALUE} the value of production"));
    let answer = json(&ci.vault(&["scan", "--json"]));
    let why: Vec<&str> = answer["unsearched"]["secrets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["why"].as_str().unwrap())
        .collect();
    assert_eq!((answer["found"].as_array().unwrap().len(), why), (1, vec!["short", "locked"]));
}

#[test]
fn ignored_file_is_passed_over_unless_it_is_named() {
    let ana = ana();
    ana.write(".gitignore", "/log\n");
    ana.write("log", VALUE);
    assert_eq!((found(&ana, &[]), found(&ana, &["log"])), (nothing(), one("log")));
}

#[test]
fn folder_is_searched_for_what_git_would_take_in() {
    let ana = ana();
    ana.write(".gitignore", "log\n");
    ana.write("src/log", VALUE);
    ana.write("src/a", VALUE);
    ana.write("b", VALUE);
    assert_eq!(found(&ana, &["src"]), one("src/a"));
}

#[test]
fn staged_content_is_searched_and_not_what_lies_in_the_work_tree() {
    let ana = ana();
    ana.write("staged", VALUE);
    ana.git(&["add", "staged"]);
    ana.write("staged", "clean");
    ana.write("not", VALUE);
    assert_eq!(found(&ana, &["--staged"]), one("staged"));
}

#[test]
fn staged_value_is_told_with_how_to_go_on() {
    let ana = ana();
    ana.write("a file", VALUE);
    ana.git(&["add", "-A"]);
    insta::assert_snapshot!(told(&ana, &["scan", "--staged"]), @r"
    exit 1
    --- stdout
    PLACE       FOUND                FINGERPRINT
    a file:1:1  the value of dev/DB  [FINGERPRINT]
    --- stderr
    note: values under 12 bytes are not searched for: dev/PIN
    help: take it out; if others have seen it, `cargo vault set -e dev DB` gives it a new value
    help: `git restore --staged ':/a file'` keeps it out of this commit
    help: the same with `--allow [FINGERPRINT] --reason TEXT` allows what is no secret
    ");
}

#[test]
fn staged_dotenv_file_and_plain_files_in_the_vault_are_refused() {
    let ana = ana();
    for path in
        [".env", "app/.env.local", ".env.example", ".vault/notes.txt", ".vault/secrets/dev/PLAIN.toml"]
    {
        ana.write(path, "NAME=x\n");
    }
    ana.git(&["add", "-A"]);
    let refused = [
        ".env dotenv",
        ".vault/notes.txt vault-stray",
        ".vault/secrets/dev/PLAIN.toml vault-unsealed",
        "app/.env.local dotenv",
    ];
    assert_eq!(found(&ana, &["--staged"]), (1, refused.map(str::to_owned).to_vec()));
}

#[test]
fn staged_identity_is_refused() {
    let ana = ana();
    ana.sh("cp \"$HOME\"/.config/cargo-vault/identities/default.txt me.txt; git add me.txt");
    assert_eq!(found(&ana, &["--staged"]), (1, vec!["me.txt age-identity".to_owned()]));
}

#[test]
fn hook_of_a_commit_of_one_path_sees_the_index_of_that_commit() {
    let ana = ana();
    ana.write("bad", "clean");
    ana.write("good", "clean");
    ana.commit("both");
    ana.write("bad", VALUE);
    ana.write("good", "cleaner");
    ana.write(".git/hooks/pre-commit", format!("#!/bin/sh\nexec '{PROGRAM}' scan --staged\n"));
    ana.sh("chmod +x .git/hooks/pre-commit; git commit -q -m good good");
    let mut command = ana.command("git");
    command.args(["commit", "-q", "-m", "bad", "bad"]);
    let refused = said(command, b"");
    let told: Vec<&str> = refused.err.lines().filter(|line| line.contains(":1:1 ")).collect();
    assert!(refused.code == 1 && told.len() == 1 && told[0].starts_with("bad:1:1 "), "{}", refused.err);
}

#[test]
fn index_that_git_names_and_that_is_not_there_is_no_empty_one() {
    let mut ana = ana();
    ana.write("a", VALUE);
    ana.git(&["add", "-A"]);
    ana.set("GIT_INDEX_FILE", "nowhere");
    let said = ana.vault(&["scan", "--staged"]);
    assert_eq!((said.code, said.err.contains("error: cannot read `")), (3, true), "{}", said.err);
}

#[test]
fn repository_below_the_vaults_own_is_searched_by_itself() {
    let ana = ana();
    ana.write("above", VALUE);
    ana.write("sub/a", VALUE);
    ana.git(&["add", "above"]);
    ana.git(&["-C", "sub", "init", "-q", "."]);
    ana.git(&["-C", "sub", "add", "a"]);
    assert_eq!(found(&ana, &["--staged", "-C", "sub"]), one("a"));
}

#[test]
fn value_that_somebody_else_has_set_is_searched_for_after_a_pull() {
    let team = Team::new();
    team.ana.vault_with(&["set", "DB"], b"a value of the day before").ok();
    push(&team.ana);
    pull(&team.bob);
    assert_eq!(found(&team.bob, &[]), nothing());
    team.ana.vault_with(&["set", "DB"], VALUE.as_bytes()).ok();
    push(&team.ana);
    pull(&team.bob);
    team.bob.write("leak", VALUE);
    assert_eq!(found(&team.bob, &[]), one("leak"));
}

#[test]
fn search_of_a_hook_asks_nobody_for_a_key() {
    let mut ana = ana();
    ana.sh("mv \"$HOME\"/.config/cargo-vault/identities/default.txt ../key");
    ana.set("CVAULT_KEY_COMMAND", "touch ../asked; cat ../key");
    insta::assert_snapshot!(told(&ana, &["scan", "--staged"]), @r"
    exit 0
    --- stdout
    --- stderr
    note: values that nobody has unlocked here since they were set are not searched for: dev/DB, dev/PIN
    note: not unlocked: no key of yours was found, so environment `dev` stays locked
    help: `cargo vault scan` asks for the key, and knows them from then on
    ");
    let asked = ana.path("../asked").exists();
    ana.vault(&["scan"]).ok();
    assert_eq!((asked, ana.path("../asked").exists()), (false, true));
}

#[test]
fn history_tells_the_commit_that_brought_it_and_each_content_once() {
    let ana = ana();
    ana.write("a", VALUE);
    ana.commit("in");
    let commit = ana.git(&["rev-parse", "HEAD"]).trim().to_owned();
    ana.git(&["mv", "a", "b"]);
    ana.commit("moved");
    ana.git(&["rm", "-q", "b"]);
    ana.commit("out");
    let answer = json(&ana.vault(&["scan", "--history", "--json"]));
    let told: Vec<_> =
        answer["found"].as_array().unwrap().iter().map(|one| (&one["path"], &one["commit"])).collect();
    assert_eq!(told, [(&Value::from("a"), &Value::from(commit))]);
    assert_eq!((found(&ana, &[]), &answer["searched"]["commits"]), (nothing(), &Value::from(5)));
}

#[test]
fn history_has_what_only_another_branch_or_a_tag_leads_to() {
    let ana = ana();
    ana.git(&["checkout", "-q", "-b", "side"]);
    ana.write("a", VALUE);
    ana.commit("side");
    ana.git(&["tag", "kept"]);
    ana.git(&["checkout", "-q", "main"]);
    ana.git(&["branch", "-q", "-D", "side"]);
    assert_eq!(found(&ana, &["--history"]), one("a"));
}

#[test]
fn shallow_clone_says_what_it_did_not_search() {
    let ana = ana();
    ana.write("a", VALUE);
    ana.commit("in");
    ana.git(&["rm", "-q", "a"]);
    ana.commit("out");
    let bob = ana.other("bob");
    bob.git(&["clone", "-q", "--depth=1", &format!("file://{}", ana.cwd.display()), "."]);
    let said = bob.vault(&["scan", "--history"]).ok();
    let warning = "warning: this clone is shallow: older commits were not fetched, and not searched\n";
    assert!(said.err.contains(warning) && said.err.contains("nothing found in 1 commit, "), "{}", said.err);
}

#[test]
fn history_with_tags_of_what_is_no_commit_is_searched() {
    let ana = ana();
    ana.write("a", VALUE);
    ana.commit("in");
    ana.git(&["tag", "blob", "HEAD:a"]);
    ana.git(&["tag", "tree", "HEAD^{tree}"]);
    ana.git(&["tag", "-a", "-m", "x", "told", "HEAD"]);
    assert_eq!(found(&ana, &["--history"]), one("a"));
}

#[test]
fn stashed_value_is_found_in_the_history() {
    let ana = ana();
    ana.write("a", VALUE);
    ana.git(&["add", "-A"]);
    ana.git(&["stash", "-q"]);
    assert_eq!(found(&ana, &["--history"]), one("a"));
}

#[test]
fn file_that_is_only_meant_to_be_added_is_no_content_yet() {
    let ana = ana();
    ana.write("a", VALUE);
    ana.git(&["add", "-N", "a"]);
    let said = ana.vault(&["scan", "--staged"]).ok();
    assert!(!said.err.contains("warning"), "{}", said.err);
}

#[test]
fn commits_of_a_range_tell_what_they_brought_in_alone() {
    let ana = ana();
    ana.write("old", VALUE);
    ana.commit("old");
    ana.write("new", format!("new {VALUE}"));
    ana.commit("new");
    assert_eq!(found(&ana, &["--commits", "HEAD~1..HEAD"]), one("new"));
}

#[test]
fn build_output_is_searched_where_it_is_binary_too() {
    let ana = ana();
    ana.write(".gitignore", "/target\n");
    ana.write(
        "target/debug/app",
        [&b"\x7fELF\0\xff\xfe"[..], &vec![0; 400_000], VALUE.as_bytes(), b"\0"].concat(),
    );
    assert_eq!((found(&ana, &[]), found(&ana, &["--target"])), (nothing(), one("target/debug/app")));
}

#[test]
fn allowed_finding_is_none_any_more_and_the_file_says_why() {
    let ana = ana();
    ana.write("doc.md", VALUE);
    let answer = json(&ana.vault(&["scan", "--json"]));
    let fingerprint = answer["found"][0]["fingerprint"].as_str().unwrap().to_owned();
    ana.vault(&["scan", "--allow", &fingerprint, "--reason", "it is an example"]).ok();
    let text = String::from_utf8(ana.read(".vault/scan-allow.toml")).unwrap();
    let row = format!(
        "[[allow]]\nfingerprint = \"{fingerprint}\"\nkind = \"value\"\npath = \"doc.md\"\nreason = \"it is an example\"\n"
    );
    ana.vault(&["verify"]).ok();
    assert_eq!((text, found(&ana, &[])), (row, nothing()));
}

#[test]
fn what_is_allowed_in_one_file_is_found_in_another() {
    let ana = ana();
    ana.write("a", VALUE);
    let answer = json(&ana.vault(&["scan", "--json"]));
    ana.vault(&["scan", "--allow", answer["found"][0]["fingerprint"].as_str().unwrap()]).ok();
    ana.write("b", VALUE);
    assert_eq!(found(&ana, &[]), one("b"));
}

#[test]
fn links_pipes_and_what_lies_behind_them_are_passed_over() {
    let ana = ana();
    let outside = ana.root().join("outside");
    fs::create_dir(&outside).unwrap();
    ana.write("real/a", "clean");
    ana.commit("real");
    ana.sh(&format!("printf '{VALUE}' >'{}/a'; rm -r real; mkfifo pipe", outside.display()));
    symlink(&outside, ana.path("real")).unwrap();
    symlink(outside.join("a"), ana.path("link")).unwrap();
    assert_eq!((found(&ana, &[]), found(&ana, &["."])), (nothing(), nothing()));
}

#[test]
fn pipe_that_is_named_is_told_as_not_searched() {
    let ana = ana();
    ana.sh("mkfifo pipe");
    let said = ana.vault(&["scan", "pipe"]).ok();
    assert!(said.err.contains("warning: `pipe` was not searched: it is no plain file\n"), "{}", said.err);
}

#[test]
fn nothing_that_a_repository_names_is_run() {
    let ana = ana();
    let ran = ana.root().join("ran");
    let run = format!("touch '{}'; cat", ran.display());
    for name in ["filter.x.clean", "filter.x.smudge", "filter.x.process", "diff.x.textconv", "core.fsmonitor"]
    {
        ana.git(&["config", name, &run]);
    }
    ana.git(&["config", "filter.x.required", "true"]);
    ana.write("a.txt", VALUE);
    ana.sh("git -c filter.x.clean=cat -c filter.x.process= -c core.fsmonitor= add a.txt");
    ana.write(".gitattributes", "*.txt filter=x diff=x\n");
    ana.write("b.txt", "clean");
    let _ = fs::remove_file(&ran);
    assert_eq!(
        (found(&ana, &[]), found(&ana, &["--staged"]), ran.exists()),
        (one("a.txt"), one("a.txt"), false)
    );
}

#[test]
fn file_with_a_name_that_is_no_text_is_searched() {
    let ana = ana();
    ana.sh(&format!("printf '{VALUE}' >\"$(printf 'a\\377b')\""));
    ana.git(&["add", "-A"]);
    assert_eq!((found(&ana, &[]), found(&ana, &["--staged"])), (one("a\u{fffd}b"), one("a\u{fffd}b")));
}

#[test]
fn without_a_vault_known_shapes_are_searched_for() {
    let bob = Person::new("bob");
    bob.git(&["init", "-q", "."]);
    bob.write("a", "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");
    insta::assert_snapshot!(told(&bob, &["scan"]), @r"
    exit 1
    --- stdout
    PLACE  FOUND           FINGERPRINT
    a:1:1  a GitHub token  [FINGERPRINT]
    --- stderr
    note: there is no vault here or above: only known shapes are searched for
    help: the same with `--allow [FINGERPRINT] --reason TEXT` allows what is no secret
    ");
}

#[test]
fn vault_that_nothing_vouches_for_is_not_unlocked() {
    let ana = ana();
    let bob = ana.clone_for("bob");
    insta::assert_snapshot!(told(&bob, &["scan"]), @r"
    exit 0
    --- stdout
    --- stderr
    note: values that nobody has unlocked here since they were set are not searched for: dev/DB, dev/PIN
    note: not unlocked: nothing vouches for this vault here
    nothing found in 7 files, searched for 0 secrets and known shapes
    ");
}

#[test]
fn sarif_has_place_rule_and_fingerprint() {
    let ana = ana();
    ana.write("a b", format!("\n  {VALUE}"));
    insta::assert_snapshot!(told(&ana, &["scan", "--format", "sarif"]), @r#"
    exit 1
    --- stdout
    {"$schema":"https://json.schemastore.org/sarif-2.1.0.json","runs":[{"columnKind":"unicodeCodePoints","results":[{"level":"error","locations":[{"physicalLocation":{"artifactLocation":{"uri":"a%20b"},"region":{"startColumn":3,"startLine":2}}}],"message":{"text":"the value of dev/DB"},"partialFingerprints":{"cargoVault/v1":"[FINGERPRINT]"},"ruleId":"value"}],"tool":{"driver":{"name":"cargo-vault","rules":[{"id":"value"}],"version":"0.1.0"}}}],"version":"2.1.0"}
    --- stderr
    note: values under 12 bytes are not searched for: dev/PIN
    help: take it out; if others have seen it, `cargo vault set -e dev DB` gives it a new value
    help: the same with `--allow [FINGERPRINT] --reason TEXT` allows what is no secret
    "#);
}

#[test]
fn linked_work_tree_shares_what_is_known() {
    let ana = ana();
    ana.vault(&["scan"]).ok();
    ana.git(&["worktree", "add", "-q", "../linked"]);
    let mut linked = ana.other("linked");
    linked.cwd = ana.root().join("linked");
    linked.home.clone_from(&ana.home);
    fs::rename(ana.home.join(".config"), ana.home.join("elsewhere")).unwrap();
    linked.write("a", VALUE);
    linked.git(&["add", "-A"]);
    assert_eq!(found(&linked, &["--staged"]), one("a"));
}
