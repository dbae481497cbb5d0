//! `diff`: what differs between two commits, or a commit and what lies here; with a key whether a value does, and which.

use cargo_vault::kernel::{
    seal::{Epoch, Place, seal},
    secret::Secret,
};
use serde_json::Value;

use crate::{
    forge::{Forge, Team, change, env, env_key, identity, name},
    harness::Person,
    history::told,
};

const DB: &str = ".vault/secrets/dev/DB.toml";

/// Ana with three secrets in a commit, and each changed in its way after it.
fn ana() -> Person {
    let ana = Person::with_vault("ana");
    for name in ["DB", "OLD", "SAME"] {
        ana.vault_with(&["set", name], b"first").ok();
    }
    ana.commit("first");
    ana.vault_with(&["set", "DB", "--description", "primary"], b"second\nline").ok();
    ana.vault_with(&["set", "NEW"], b"\xff\x00").ok();
    ana.vault(&["rm", "OLD"]).ok();
    ana
}

fn json(person: &Person, args: &[&str]) -> Value {
    let said = person.vault(&[args, &["--json"]].concat()).ok();
    serde_json::from_slice(&said.out).unwrap_or_else(|e| panic!("{e}: {}", said.conversation()))
}

fn stranger(person: &Person) -> Person {
    let mut clone = person.clone_for("stranger");
    clone.env.insert("CVAULT_TRUST".to_owned(), "first-use".to_owned());
    clone
}

#[test]
fn what_lies_here_is_compared_with_head() {
    let ana = ana();
    ana.vault(&["env", "add", "prod"]).ok();
    ana.write(".vault/schema.toml", "");
    insta::assert_snapshot!(told(&ana.vault(&["diff"]), &ana), @r#"
    exit 0
    --- stdout
    dev/DB
      value changed · 1 → 2 · by ana
      description: "primary"
    dev/NEW
      new · 1 · by ana
      kind: text → binary
    dev/OLD
      removed · 1 · by ana
    prod is a new environment, by ana
    ana may now write prod, by ana
    line 2 of the log: make environment prod, signed by ana
    schema.toml is not as it was
    --- stderr
    "#);
}

#[test]
fn two_commits_are_compared_without_a_key() {
    let ana = ana();
    ana.commit("second");
    let stranger = stranger(&ana);
    insta::assert_snapshot!(told(&stranger.vault(&["diff", "HEAD~1", "HEAD"]), &stranger), @r#"
    exit 0
    --- stdout
    dev/DB
      value changed · 1 → 2 · by ana
      description: "primary"
    dev/NEW
      new · 1 · by ana
      kind: text → binary
    dev/OLD
      removed · 1 · by ana
    --- stderr
    "#);
}

#[test]
fn values_are_shown_to_who_asks_and_can_open_them() {
    let ana = ana();
    insta::assert_snapshot!(told(&ana.vault(&["diff", "--reveal"]), &ana), @r#"
    exit 0
    --- stdout
    dev/DB
      value changed · 1 → 2 · by ana
      description: "primary"
      - first
      + second
      + line
    dev/NEW
      new · 1 · by ana
      kind: text → binary
      + (2 bytes that are no text)
    dev/OLD
      removed · 1 · by ana
      - first
    --- stderr
    "#);
}

#[test]
fn values_in_json_are_there_only_if_asked_for() {
    let ana = ana();
    let plain = json(&ana, &["diff"]);
    assert!(!plain.to_string().contains("second"), "{plain:#}");
    let revealed = json(&ana, &["diff", "--reveal"]);
    let [db, new, old] = [0, 1, 2].map(|at| &revealed["secrets"][at]);
    let found = [&db["before_value"], &db["after_value"], &new["after_base64"], &old["before_value"]];
    assert_eq!(found, ["first", "second\nline", "/wA=", "first"], "{revealed:#}");
    assert!(old.get("after_value").is_none() && new.get("before_value").is_none(), "{revealed:#}");
}

#[test]
fn values_stay_hidden_from_who_has_no_key() {
    let ana = ana();
    ana.commit("second");
    let stranger = stranger(&ana);
    let said = stranger.vault(&["diff", "HEAD~1", "--reveal"]);
    insta::assert_snapshot!(told(&said, &stranger), @r"
    exit 4
    --- stdout
    --- stderr
    error: no key of yours was found to open environment `dev` as commit [COMMIT] has it

      readable then by  ana
    help: `cargo vault list -e dev --at [COMMIT]` needs no key
    ");
}

#[test]
fn new_seal_of_an_old_value_is_told_from_another_value_by_a_key_alone() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    ana.commit("first");
    ana.vault(&["rekey"]).ok();
    ana.commit("rekey");
    let messages = |person: &Person| {
        let answer = json(person, &["diff", "HEAD~1", "HEAD"]);
        (answer["secrets"][0]["changes"][0].clone(), answer)
    };
    let (change, _) = messages(&ana);
    assert_eq!(
        (&change["message"], &change["same"]),
        (&"re-sealed, same value · epoch 1 → 2 · by ana".into(), &true.into())
    );
    let (change, _) = messages(&stranger(&ana));
    assert_eq!(
        (&change["message"], &change["same"]),
        (&"re-sealed · epoch 1 → 2 · by ana".into(), &Value::Null)
    );
}

#[test]
fn value_that_was_set_once_more_is_said_to_be_the_same() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    ana.commit("first");
    ana.vault_with(&["set", "DB", "--description", "x"], b"first").ok();
    let answer = json(&ana, &["diff"]);
    assert_eq!(answer["secrets"][0]["changes"][0]["message"], "set again, same value · 1 → 2 · by ana");
}

#[test]
fn another_value_under_the_number_of_before_is_told_by_a_key() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB", "--keep", "2"], b"first").ok();
    ana.vault_with(&["set", "DB"], b"second").ok();
    ana.commit("second");
    let vault = Forge::of(&ana).roster.vault;
    // A writer seals another value under the number of before: only who opens both sees that.
    change(&ana, "dev/DB", &identity(&ana), |record| {
        record.revision += 1;
        let place = Place {
            vault: &vault,
            env: &env("dev"),
            name: &name("DB"),
            number: 2,
            epoch: 1,
            kind: record.kind,
        };
        let key = env_key(&ana, "dev", ("ana", &identity(&ana)));
        let epoch = Epoch { vault: place.vault, env: place.env, number: 1 };
        record.versions[0].sealed = seal(&key.seal_key(&epoch), &place, &Secret::new(b"third".to_vec()));
    });
    let answer = json(&ana, &["diff"]);
    let message = "re-sealed, with another value · epoch 1 → 1 · by ana";
    assert_eq!(answer["secrets"][0]["changes"][0]["message"], message);
}

#[test]
fn member_who_left_and_the_new_key_are_told_with_who_did_it() {
    let team = Team::new();
    team.ana.vault(&["member", "remove", "bob", "-y"]).ok();
    insta::assert_snapshot!(told(&team.ana.vault(&["diff"]), &team.ana), @r"
    exit 0
    --- stdout
    dev/DB
      re-sealed, same value · epoch 1 → 2 · by ana
    bob is no member any more, by ana
    dev has another key, of epoch 2, by ana
    bob may no longer read dev, by ana
    line 3 of the log: remove bob, signed by ana
    --- stderr
    ");
}

#[test]
fn one_environment_of_several_is_shown_alone() {
    let ana = ana();
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "-e", "prod", "DB"], b"x").ok();
    let answer = json(&ana, &["diff", "-e", "prod"]);
    let names: Vec<&Value> = answer["secrets"].as_array().unwrap().iter().map(|one| &one["env"]).collect();
    assert_eq!(names, ["prod"], "{answer:#}");
    assert_eq!(answer["roster"].as_array().unwrap().len(), 2, "{answer:#}");
}

#[test]
fn nothing_that_differs_is_said_too() {
    let ana = Person::with_vault("ana");
    ana.commit("first");
    ana.vault(&["diff"]).ok();
    assert!(ana.vault(&["diff"]).err.contains("note: nothing of the vault differs\n"));
}

#[test]
fn forged_secret_is_named_and_not_opened() {
    let ana = ana();
    ana.commit("second");
    let text = String::from_utf8(ana.read(DB)).unwrap();
    ana.write(DB, text.replace("author = \"ana\"", "author = \"eve\""));
    let said = ana.vault(&["diff", "--reveal"]).ok().text();
    assert_eq!(said, "dev/DB\n  does not verify\n  - second\n  - line\n");
}
