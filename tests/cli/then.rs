//! `show`, and `get --at`: values as they were, opened with the keys of then.

use serde_json::Value;

use crate::{
    forge::{Forge, Team, env_key, identity, put_key},
    harness::Person,
    history::told,
};

const DB: &str = ".vault/secrets/dev/DB.toml";

/// Ana with `DB` set three times, each in a commit of its own.
fn ana() -> Person {
    let ana = Person::with_vault("ana");
    for value in ["first", "second", "third\n\n"] {
        ana.vault_with(&["set", "DB"], value.as_bytes()).ok();
        ana.commit(value.trim());
    }
    ana
}

/// A team whose bob set `DB` and left since; it has had two epochs and another value after.
fn bob_left() -> Team {
    let team = Team::new();
    team.bob.vault_with(&["set", "DB"], b"of bob").ok();
    team.bob.commit("of bob");
    team.bob.git(&["push", "-q"]);
    team.ana.git(&["pull", "-q"]);
    team.ana.git(&["tag", "then"]);
    team.ana.vault(&["member", "remove", "bob", "-y"]).ok();
    team.ana.vault_with(&["set", "DB"], b"of ana").ok();
    team.ana.commit("bob left");
    team.ana.git(&["push", "-q"]);
    team
}

#[test]
fn version_that_only_git_has_is_shown_and_said_to_be_one() {
    let ana = ana();
    insta::assert_snapshot!(told(&ana.vault(&["show", "DB", "--version", "1"]), &ana), @r"
    exit 0
    --- stdout
    first--- stderr
    note: `dev/DB` version 1, set by ana on [TIME], as commit [COMMIT] of [TIME] has it
    ");
}

#[test]
fn value_that_is_shown_is_the_value_byte_for_byte() {
    let ana = ana();
    assert_eq!(ana.vault(&["show", "-q", "DB"]).ok().out, b"third\n");
    ana.vault_with(&["set", "DB", "--exact"], b"\x00\xffx\n").ok();
    ana.commit("binary");
    ana.vault_with(&["set", "DB"], b"later").ok();
    assert_eq!(ana.vault(&["show", "-q", "DB", "--version", "4"]).ok().out, b"\x00\xffx\n");
    assert_eq!(ana.vault(&["get", "DB", "--at", "HEAD"]).ok().out, b"\x00\xffx\n");
}

#[test]
fn tag_and_another_branch_are_read_as_they_are() {
    let ana = ana();
    ana.git(&["tag", "v1", "HEAD~1"]);
    ana.git(&["branch", "side", "HEAD~2"]);
    let got = ["v1", "side"].map(|at| ana.vault(&["get", "DB", "--at", at]).ok().text());
    assert_eq!(got, ["second", "first"]);
    let said = ana.vault(&["get", "DB", "--at", "v1", "--json"]).ok();
    let answer: Value = serde_json::from_slice(&said.out).unwrap();
    assert_eq!(answer["commit"], ana.git(&["rev-parse", "v1"]).trim());
    assert_eq!(answer["value"], "second");
}

#[test]
fn version_of_a_secret_that_was_removed_is_shown_still() {
    let ana = ana();
    ana.vault(&["rm", "DB"]).ok();
    assert_eq!(ana.vault(&["show", "-q", "DB", "--version", "2"]).ok().text(), "second");
}

#[test]
fn value_of_an_older_epoch_is_opened_with_the_key_of_then() {
    let ana = ana();
    ana.vault(&["rekey"]).ok();
    ana.vault_with(&["set", "DB"], b"fourth").ok();
    ana.commit("fourth");
    assert_eq!(ana.vault(&["show", "-q", "DB", "--version", "1"]).ok().text(), "first");
}

#[test]
fn what_a_former_member_signed_then_is_shown_with_his_name() {
    let team = bob_left();
    insta::assert_snapshot!(told(&team.ana.vault(&["show", "DB", "--at", "then"]), &team.ana), @r"
    exit 0
    --- stdout
    of bob--- stderr
    note: `dev/DB` version 2, set by bob on [TIME], as commit [COMMIT] of [TIME] has it
    warning: `bob` signed this, with a key that is a former one by now
    ");
}

#[test]
fn who_left_reads_on_with_his_key_of_then_what_he_has_anyway() {
    let team = bob_left();
    team.bob.git(&["pull", "-q"]);
    assert_eq!(team.bob.vault(&["get", "-q", "DB", "--at", "HEAD~1"]).ok().text(), "of bob");
    assert_eq!(team.bob.vault(&["get", "DB"]).code, 4);
}

#[test]
fn who_came_later_is_told_who_could_read_it_then() {
    let team = bob_left();
    team.ana.vault(&["identity", "new", "-o", "../dora.txt"]).ok();
    team.ana.vault(&["join", "--name", "dora", "-i", "../dora.txt"]).ok();
    team.ana.vault(&["approve", "dora", "--yes"]).ok();
    team.ana.commit("dora");
    team.ana.git(&["push", "-q", "--tags", "origin", "main"]);
    let mut dora = team.fresh("dora");
    dora.env.insert("CVAULT_TRUST".to_owned(), "first-use".to_owned());
    assert_eq!(dora.vault(&["get", "DB", "-i", "../dora.txt"]).ok().text(), "of ana");
    let said = dora.vault(&["show", "DB", "--at", "then", "-i", "../dora.txt"]);
    insta::assert_snapshot!(told(&said, &dora), @r"
    exit 4
    --- stdout
    --- stderr
    error: your one key does not open environment `dev` as commit [COMMIT] has it

      your keys         [ID]…[ID] (`[ROOT]/dora-project/../dora.txt`)
      readable then by  ana, bob, carl
    help: `cargo vault list -e dev --at [COMMIT]` needs no key
    ");
}

#[test]
fn key_that_was_swapped_in_a_commit_opens_nothing() {
    let ana = ana();
    let forge = Forge::of(&ana);
    ana.vault(&["env", "add", "prod"]).ok();
    let other = env_key(&ana, "prod", ("ana", &identity(&ana)));
    ana.git(&["checkout", "-q", "."]);
    ana.git(&["clean", "-fdq"]);
    forge.put(&ana);
    put_key(&ana, "dev", ("ana", identity(&ana).recipient()), &other);
    ana.git(&["checkout", "-q", "-b", "evil"]);
    ana.commit("evil");
    ana.git(&["checkout", "-q", "main"]);
    let said = ana.vault(&["get", "DB", "--at", "evil"]);
    assert!(said.out.is_empty() && said.code == 5, "{}", said.conversation());
    assert!(said.err.contains(" holds another key than the roster commits to\n"), "{}", said.err);
}

#[test]
fn secret_that_was_forged_in_a_commit_is_not_shown() {
    let ana = ana();
    let text = String::from_utf8(ana.read(DB)).unwrap();
    ana.write(DB, text.replace("author = \"ana\"", "author = \"eve\""));
    ana.commit("forged");
    let said = ana.vault(&["get", "DB", "--at", "HEAD"]);
    assert!(said.out.is_empty() && said.code == 5, "{}", said.conversation());
    assert!(said.err.starts_with("error: in commit "), "{}", said.err);
}

#[test]
fn reading_the_past_changes_nothing_of_what_was_seen() {
    let ana = ana();
    ana.vault(&["get", "DB", "--at", "HEAD~1"]).ok();
    ana.git(&["checkout", "-q", "HEAD~1", "--", DB]);
    ana.commit("put back");
    ana.vault(&["get", "DB"])
        .refused(5, "error: `dev/DB` was rolled back: revision 3 was seen here, revision 2 is in its place");
}
