//! `log`, `history`, `blame` and `list --at`: what was when, out of the commits and without a key.

use serde_json::Value;

use crate::{
    forge::{Forge, Team, change, identity, member},
    harness::Person,
    history::told,
};

const DB: &str = ".vault/secrets/dev/DB.toml";

/// Ana with `DB` set three times and then described, each in a commit of its own.
fn ana() -> Person {
    let ana = Person::with_vault("ana");
    ana.commit("vault");
    for value in ["first", "second", "third"] {
        ana.vault_with(&["set", "DB"], value.as_bytes()).ok();
        ana.commit(value);
    }
    ana.vault_with(&["set", "DB", "--description", "primary", "--keep", "2"], b"third").ok();
    ana.commit("described");
    ana
}

fn json(person: &Person, args: &[&str]) -> Value {
    let said = person.vault(&[args, &["--json"]].concat()).ok();
    serde_json::from_slice(&said.out).unwrap_or_else(|e| panic!("{e}: {}", said.conversation()))
}

fn commit(person: &Person, revision: &str) -> String {
    person.git(&["rev-parse", revision]).trim().to_owned()
}

/// Somebody who has no key and has just cloned.
fn stranger(person: &Person) -> Person {
    let mut clone = person.clone_for("stranger");
    clone.env.insert("CVAULT_TRUST".to_owned(), "first-use".to_owned());
    clone
}

#[test]
fn log_tells_every_commit_that_changed_the_vault_and_needs_no_key() {
    let ana = ana();
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault(&["rm", "DB"]).ok();
    ana.commit("prod");
    ana.write("README", "nothing of the vault");
    ana.commit("readme");
    let stranger = stranger(&ana);
    insta::assert_snapshot!(told(&stranger.vault(&["log"]), &stranger), @r#"
    exit 0
    --- stdout
    commit [COMMIT]  [TIME]  Test <test@example.org>
      prod is a new environment, by ana
      ana may now write prod, by ana
      dev/DB 4 removed by ana
      line 2 of the log: make environment prod, signed by ana

    commit [COMMIT]  [TIME]  Test <test@example.org>
      dev/DB 3 → 4 by ana; description: "primary"; keep: 1 → 2

    commit [COMMIT]  [TIME]  Test <test@example.org>
      dev/DB 2 → 3 by ana

    commit [COMMIT]  [TIME]  Test <test@example.org>
      dev/DB 1 → 2 by ana

    commit [COMMIT]  [TIME]  Test <test@example.org>
      dev/DB new: 1 by ana

    commit [COMMIT]  [TIME]  Test <test@example.org>
      ana is a new admin, by ana
      dev is a new environment, by ana
      ana may now write dev, by ana
      line 1 of the log: found the vault with dev, signed by ana
      .gitattributes is not as it was
      .gitignore is not as it was
    --- stderr
    "#);
}

#[test]
fn log_of_one_secret_in_one_environment_says_nothing_else() {
    let ana = ana();
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "-e", "prod", "DB"], b"other").ok();
    ana.vault_with(&["set", "-e", "prod", "OTHER"], b"other").ok();
    ana.commit("prod");
    insta::assert_snapshot!(told(&ana.vault(&["log", "DB", "-e", "prod"]), &ana), @r"
    exit 0
    --- stdout
    commit [COMMIT]  [TIME]  Test <test@example.org>
      prod/DB new: 1 by ana
    --- stderr
    ");
    assert_eq!(json(&ana, &["log", "DB"])["commits"].as_array().unwrap().len(), 5);
}

#[test]
fn log_ends_after_as_many_as_were_asked_and_begins_at_another_commit() {
    let ana = ana();
    let commits = json(&ana, &["log", "-n", "2", "--at", "HEAD~1"]);
    let ids: Vec<&str> =
        commits["commits"].as_array().unwrap().iter().map(|one| one["commit"].as_str().unwrap()).collect();
    assert_eq!(ids, [commit(&ana, "HEAD~1"), commit(&ana, "HEAD~2")]);
}

#[test]
fn merge_is_told_only_where_it_changed_something_itself() {
    let ana = ana();
    ana.git(&["checkout", "-q", "-b", "side"]);
    ana.vault_with(&["set", "SIDE"], b"x").ok();
    ana.commit("side");
    ana.git(&["checkout", "-q", "main"]);
    ana.vault_with(&["set", "MAIN"], b"x").ok();
    ana.commit("main");
    ana.git(&["merge", "-q", "-m", "merge", "side"]);
    let answer = json(&ana, &["log", "-n", "3"]);
    let messages =
        answer["commits"].as_array().unwrap().iter().map(|one| &one["changes"]["secrets"][0]["message"]);
    let mut messages: Vec<&str> = messages.map(|message| message.as_str().unwrap()).collect();
    messages.sort_unstable();
    let described = r#"dev/DB 3 → 4 by ana; description: "primary"; keep: 1 → 2"#;
    assert_eq!(messages, [described, "dev/MAIN new: 1 by ana", "dev/SIDE new: 1 by ana"]);
}

#[test]
fn what_nobody_signed_is_believed_by_no_history() {
    let ana = ana();
    let text = String::from_utf8(ana.read(DB)).unwrap();
    ana.write(DB, text.replace("author = \"ana\"", "author = \"eve\""));
    ana.commit("forged");
    ana.git(&["revert", "--no-edit", "HEAD"]);
    let said = ana.vault(&["log", "-n", "2"]).ok().text();
    assert!(said.contains("\n  dev/DB does not verify\n") && !said.contains(" eve"), "{said}");
    let events = json(&ana, &["history", "DB"]);
    assert_eq!(events["events"][1]["sound"], false, "{events:#}");
    assert_eq!(events["events"][0]["changes"][0]["message"], "signed anew · by ana", "{events:#}");
    assert!(!events.to_string().contains("\"eve\""), "{events:#}");
}

#[test]
fn history_shows_each_version_and_who_could_read_it_then() {
    let ana = ana();
    ana.vault_with(&["set", "DB"], b"fourth").ok();
    insta::assert_snapshot!(told(&ana.vault(&["history", "DB"]), &ana), @r#"
    exit 0
    --- stdout
    VERSION  WHERE    SET         BY   COMMIT         READABLE THEN BY  WHAT
    5        current  [DATE]  ana  not committed  ana               value changed · 4 → 5 · by ana
    4        file     [DATE]  ana  [COMMIT]   ana               value changed · 3 → 4 · by ana; description: "primary"; keep: 1 → 2
    3        git      [DATE]  ana  [COMMIT]   ana               value changed · 2 → 3 · by ana
    2        git      [DATE]  ana  [COMMIT]   ana               value changed · 1 → 2 · by ana
    1        git      [DATE]  ana  [COMMIT]   ana               new · 1 · by ana
    --- stderr
    "#);
}

#[test]
fn history_in_json_has_every_commit_in_full() {
    let ana = ana();
    let answer = json(&ana, &["history", "DB"]);
    let found: Vec<(&Value, &Value, &Value)> = answer["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| (&event["version"], &event["where"], &event["commit"]))
        .collect();
    let ids = ["HEAD", "HEAD~1", "HEAD~2", "HEAD~3"].map(|revision| Value::from(commit(&ana, revision)));
    let [four, three, two, one] = [4, 3, 2, 1].map(Value::from);
    let [current, file, git] = ["current", "file", "git"].map(Value::from);
    let expected =
        [(&four, &current, &ids[0]), (&three, &file, &ids[1]), (&two, &git, &ids[2]), (&one, &git, &ids[3])];
    assert_eq!(found, expected);
}

#[test]
fn history_of_a_secret_that_was_removed_is_there_still() {
    let ana = ana();
    ana.vault(&["rm", "DB"]).ok();
    ana.commit("removed");
    let answer = json(&ana, &["history", "DB"]);
    assert_eq!(answer["events"][0]["changes"][0]["message"], "removed · 4 · by ana");
    assert_eq!(answer["events"].as_array().unwrap().len(), 5);
}

#[test]
fn history_says_who_could_read_a_version_and_has_left_since() {
    let team = Team::new();
    team.ana.vault_with(&["set", "DB"], b"first").ok();
    team.ana.commit("first");
    team.ana.vault(&["member", "remove", "bob", "-y"]).ok();
    team.ana.commit("bob left");
    let answer = json(&team.ana, &["history", "DB"]);
    let told = &answer["events"][0]["changes"][0]["message"];
    assert_eq!(told, "re-sealed · epoch 1 → 2 · by ana", "{answer:#}");
    let first = answer["events"].as_array().unwrap().last().unwrap();
    let readers = first["readers"].as_array().unwrap();
    assert!(readers.contains(&"bob".into()), "{answer:#}");
    assert!(!answer["events"][0]["readers"].as_array().unwrap().contains(&"bob".into()), "{answer:#}");
}

#[test]
fn history_without_git_has_what_the_file_has() {
    let ana = ana();
    ana.sh("rm -rf .git");
    let answer = json(&ana, &["history", "DB"]);
    let versions: Vec<&Value> = answer["events"].as_array().unwrap().iter().map(|e| &e["version"]).collect();
    assert_eq!(versions, [&Value::from(4), &Value::from(3)], "{answer:#}");
}

#[test]
fn history_of_a_name_that_never_was_offers_the_nearest() {
    let ana = ana();
    ana.vault(&["history", "DV"]).refused(3, "error: environment `dev` has no secret `DV`");
}

#[test]
fn blame_names_the_commit_that_brought_the_value_and_not_the_last_one() {
    let ana = ana();
    ana.vault_with(&["set", "NEW"], b"x").ok();
    insta::assert_snapshot!(told(&ana.vault(&["blame"]), &ana), @r"
    exit 0
    --- stdout
    SECRET   VERSION  SET         BY   COMMIT
    dev/DB   4        [DATE]  ana  [COMMIT]
    dev/NEW  1        [DATE]  ana  not committed
    --- stderr
    ");
    let answer = json(&ana, &["blame"]);
    assert_eq!(answer["secrets"][0]["commit"], commit(&ana, "HEAD"));
}

#[test]
fn list_at_a_commit_shows_what_it_has_and_needs_no_key() {
    let ana = ana();
    ana.git(&["tag", "v1"]);
    ana.vault_with(&["set", "NEW"], b"x").ok();
    ana.vault(&["rm", "DB"]).ok();
    ana.commit("later");
    let stranger = stranger(&ana);
    insta::assert_snapshot!(told(&stranger.vault(&["list", "-l", "--at", "v1"]), &stranger), @r"
    exit 0
    --- stdout
    NAME  VERSION  SET         BY   KIND  DESCRIPTION
    DB    4        [DATE]  ana  text  primary
    --- stderr
    ");
    assert_eq!(stranger.vault(&["list"]).ok().text(), "NEW\n");
}

#[test]
fn old_commit_is_readable_as_it_was_though_its_writer_has_left() {
    let team = Team::new();
    team.bob.git(&["pull", "-q"]);
    team.bob.vault_with(&["set", "DB"], b"of bob").ok();
    team.bob.commit("of bob");
    team.bob.git(&["push", "-q"]);
    team.ana.git(&["pull", "-q"]);
    team.ana.git(&["tag", "then"]);
    team.ana.vault(&["member", "remove", "bob", "-y"]).ok();
    team.ana.commit("bob left");
    team.ana.git(&["push", "-q"]);
    assert!(team.ana.vault(&["list", "--at", "then"]).ok().text().contains("DB\n"));
}

#[test]
fn former_key_is_dead_on_a_branch_that_never_was_part_of_the_default_one() {
    let team = Team::new();
    team.ana.git(&["checkout", "-q", "-b", "evil"]);
    team.ana.vault_with(&["set", "DB"], b"x").ok();
    change(&team.ana, "dev/DB", &identity(&team.bob), |record| record.writer = member("bob"));
    team.ana.commit("evil");
    team.ana.git(&["checkout", "-q", "main"]);
    let mut forge = Forge::of(&team.ana);
    forge.remove((&team.ana, "ana"), "bob").sign(&identity(&team.ana), "remove bob").put(&team.ana);
    team.ana.commit("remove bob");
    team.ana.git(&["push", "-q"]);
    let said = team.ana.vault(&["list", "--at", "evil"]);
    insta::assert_snapshot!(told(&said, &team.ana), @r"
    exit 5
    --- stdout
    --- stderr
    error: in commit [COMMIT]: `.vault/secrets/dev/DB.toml` was signed with a former key of `bob`

    help: `git log -p [COMMIT] -- .vault/secrets/dev/DB.toml` shows who changed it
    ");
}

#[test]
fn former_key_is_dead_on_a_default_branch_that_was_set_back_too() {
    let team = Team::new();
    team.ana.git(&["checkout", "-q", "-b", "evil"]);
    team.ana.vault_with(&["set", "DB"], b"x").ok();
    change(&team.ana, "dev/DB", &identity(&team.bob), |record| record.writer = member("bob"));
    team.ana.commit("evil");
    team.ana.git(&["checkout", "-q", "main"]);
    team.ana.vault(&["member", "remove", "bob", "-y"]).ok();
    team.ana.commit("remove bob");
    team.ana.git(&["push", "-q"]);
    team.ana.vault(&["list"]).ok();
    team.ana.git(&["push", "-q", "--force", "origin", "evil:main"]);
    for at in ["origin/main", "evil"] {
        team.ana.vault(&["list", "--at", at]).refused(
            5,
            &format!(
                "error: in commit {}: `.vault/secrets/dev/DB.toml` was signed with a former key of `bob`",
                team.ana.git(&["rev-parse", "--short=12", "evil"]).trim()
            ),
        );
    }
}

#[test]
fn another_vault_in_a_commit_is_refused() {
    let ana = ana();
    ana.git(&["checkout", "-q", "--orphan", "other"]);
    ana.sh("rm -rf .vault");
    ana.vault(&["init", "-y"]);
    ana.commit("another");
    let said = ana.vault(&["list", "--at", "main"]);
    assert_eq!(said.code, 5, "{}", said.conversation());
}
