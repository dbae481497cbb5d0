//! `join`, `requests` and `approve`: somebody is let in by what he pushed and a fingerprint that he told.

use super::{conversation, files, json, keys};
use crate::{
    forge::{Team, anchor, pull, push, state},
    harness::Person,
    pty::{is_here, vault_at_terminal},
};

/// Dora, with a fresh clone that knows the vault, and no key yet.
fn dora(team: &Team) -> Person {
    let dora = team.fresh("dora");
    dora.vault(&["trust", &anchor(&team.ana)]).ok();
    dora
}

/// Dora asked, pushed it, and ana has it.
fn asked(team: &Team, args: &[&str]) -> Person {
    let dora = dora(team);
    dora.vault(&[&["join"], args].concat()).ok();
    push(&dora);
    pull(&team.ana);
    dora
}

/// The fingerprint of what somebody asks.
fn fingerprint(person: &Person, name: &str) -> String {
    let said = json(&person.vault(&["requests", "--json"]).ok());
    let requests = said["requests"].as_array().unwrap().iter();
    let mut of = requests.filter(|request| request["member"] == name);
    of.next().unwrap()["fingerprint"].as_str().unwrap().to_owned()
}

/// What git says that differs from the last commit, without what names a key file.
fn changed(person: &Person) -> Vec<String> {
    let status = person.git(&["status", "--porcelain", "--untracked-files=all", "--", ".vault"]);
    let without_id = |line: &str| match line.strip_suffix(".age") {
        Some(rest) => format!("{}.age", rest.rsplit_once('.').unwrap().0),
        None => line.to_owned(),
    };
    status.lines().map(without_id).collect()
}

#[test]
fn somebody_new_asks_with_a_key_that_is_made() {
    let team = Team::new();
    let dora = dora(&team);
    insta::assert_snapshot!(conversation(&dora, &["join"], b""), @r"
    exit 0
    --- stdout
    `dora` asks for `dev`
      fingerprint  [VAULT]
      identity     [RECIPIENT]  (in `[ROOT]/dora-home/.config/cargo-vault/identities/default.txt`)
    --- stderr
    help: commit and push `.vault/requests/dora.toml`
    help: tell ana the fingerprint another way; `cargo vault approve dora` then lets you in
    ");
    assert_eq!(changed(&dora), ["?? .vault/requests/dora.toml"]);
}

#[test]
fn requests_are_listed() {
    let team = Team::new();
    let _dora = asked(&team, &[]);
    insta::assert_snapshot!(conversation(&team.ana, &["requests"], b""), @r"
    exit 0
    --- stdout
    `dora` asks for `dev`
      fingerprint  [VAULT]
      keys         [ID]…[ID]
      asked        [TIME]
    --- stderr
    ");
}

#[test]
fn nobody_asks_for_anything() {
    let team = Team::new();
    insta::assert_snapshot!(conversation(&team.ana, &["requests"], b""), @r"
    exit 0
    --- stdout
    --- stderr
    note: nobody asks for anything
    ");
}

#[test]
fn approved_one_is_a_member_and_the_request_is_gone() {
    let team = Team::new();
    let dora = asked(&team, &[]);
    let told = fingerprint(&dora, "dora");
    let args = ["approve", "dora", "--fingerprint", &told];
    insta::assert_snapshot!(conversation(&team.ana, &args, b""), @r"
    exit 0
    --- stdout
    `dora` is a member now, and has `dev` (write)
      fingerprint  [VAULT]
      anchor       [ANCHOR]
    --- stderr
    help: commit and push `.vault`
    help: tell `dora` the anchor: `cargo vault trust [ANCHOR]` there knows this vault by it
    ");
    push(&team.ana);
    pull(&dora);
    assert_eq!(dora.vault(&["get", "DB"]).ok().text(), "first");
    dora.vault_with(&["set", "DB"], b"second").ok();
    push(&dora);
    pull(&team.ana);
    assert_eq!(team.ana.vault(&["get", "DB"]).ok().text(), "second");
    assert!(team.ana.vault(&["verify"]).ok().text().contains("3 log lines"));
}

#[test]
fn reader_who_is_let_in_changes_one_key_file_the_roster_and_one_line_of_the_log() {
    let team = Team::new();
    let _dora = asked(&team, &[]);
    let log = team.ana.read(".vault/roster.log");
    team.ana.vault(&["approve", "dora", "--read", "--yes"]).ok();
    let wanted = [
        " D .vault/requests/dora.toml",
        " M .vault/roster.log",
        " M .vault/roster.toml",
        "?? .vault/keys/dev/dora.age",
    ];
    assert_eq!(changed(&team.ana), wanted);
    let longer = team.ana.read(".vault/roster.log");
    assert!(longer.starts_with(&log));
    assert_eq!(longer[log.len()..].iter().filter(|b| **b == b'\n').count(), 1);
}

#[test]
fn reader_who_is_let_in_cannot_write() {
    let team = Team::new();
    let dora = asked(&team, &[]);
    team.ana.vault(&["approve", "dora", "--read", "--yes"]).ok();
    push(&team.ana);
    pull(&dora);
    assert_eq!(dora.vault(&["get", "DB"]).ok().text(), "first");
    dora.vault_with(&["set", "DB"], b"x").refused(1, "error: `dora` may not write environment `dev`");
}

#[test]
fn answers_in_json_have_their_shape() {
    let team = Team::new();
    let dora = dora(&team);
    let joined = json(&dora.vault(&["join", "--json"]).ok());
    assert_eq!(
        keys(&joined),
        [
            "approvers",
            "environments",
            "fingerprint",
            "identity",
            "member",
            "path",
            "recipient",
            "schema",
            "signs"
        ]
    );
    assert_eq!(
        (&joined["path"], &joined["approvers"][0]),
        (&".vault/requests/dora.toml".into(), &"ana".into())
    );
    push(&dora);
    pull(&team.ana);
    let listed = json(&team.ana.vault(&["requests", "--json"]).ok());
    let request = serde_json::json!({
        "path": "requests/dora.toml", "member": "dora", "asker": "newcomer", "environments": ["dev"],
        "fingerprint": joined["fingerprint"], "recipients": [joined["recipient"]], "signs": [joined["signs"]],
        "at": listed["requests"][0]["at"], "fault": null
    });
    assert_eq!(listed, serde_json::json!({ "schema": 1, "requests": [request] }));
    let approved = json(&team.ana.vault(&["approve", "dora", "--yes", "--json"]).ok());
    let wanted = serde_json::json!({
        "schema": 1, "member": "dora", "write": ["dev"], "read": [], "fingerprint": joined["fingerprint"],
        "anchor": anchor(&team.ana)
    });
    assert_eq!(approved, wanted);
}

#[test]
fn nothing_is_granted_where_nobody_compared_the_fingerprint() {
    let team = Team::new();
    let _dora = asked(&team, &[]);
    let before = state(&team.ana);
    let error = "error: the fingerprint of `dora` was not compared";
    team.ana.vault(&["approve", "dora"]).refused(2, error);
    assert!(state(&team.ana) == before);
}

#[test]
fn nothing_is_granted_to_another_fingerprint() {
    let team = Team::new();
    let dora = asked(&team, &[]);
    let before = state(&team.ana);
    let error =
        format!("error: the request of `dora` has another fingerprint: {}", fingerprint(&dora, "dora"));
    let other = "0123-4567-89ab-cdef-0123-4567-89ab-cdef";
    team.ana.vault(&["approve", "dora", "--fingerprint", other]).refused(5, &error);
    assert!(state(&team.ana) == before);
}

#[test]
fn person_who_compares_says_yes_or_nothing_is_granted() {
    let team = Team::new();
    if !is_here(&team.ana) {
        return;
    }
    let dora = asked(&team, &[]);
    let before = state(&team.ana);
    let question = "Did `dora` tell you this fingerprint another way? [y/N] ";
    let no = vault_at_terminal(&team.ana, &[(question, "n\r")], &["approve", "dora"]);
    assert!(no.code == 1 && no.text().contains("error: nothing was granted"), "{}", no.text());
    assert!(no.text().contains(&format!("  fingerprint  {}", fingerprint(&dora, "dora"))), "{}", no.text());
    assert!(state(&team.ana) == before);
    let yes = vault_at_terminal(&team.ana, &[(question, "y\r")], &["approve", "dora"]).ok();
    assert!(yes.text().contains("`dora` is a member now, and has `dev` (write)"), "{}", yes.text());
}

#[test]
fn key_of_a_variable_approves_after_the_question() {
    let team = Team::new();
    if !is_here(&team.ana) {
        return;
    }
    let _dora = asked(&team, &[]);
    let line = "export CVAULT_KEY=\"$(grep AGE- ~/.config/cargo-vault/identities/default.txt)\"; \
                mv ~/.config/cargo-vault/identities ../away; \"$0\" approve dora";
    let said = crate::pty::shell_at_terminal(&team.ana, &[("[y/N] ", "y\r")], line).ok();
    assert!(said.text().contains("`dora` is a member now"), "{}", said.text());
}

#[test]
fn request_that_changes_while_a_person_compares_is_not_approved() {
    let team = Team::new();
    if !is_here(&team.ana) {
        return;
    }
    let dora = asked(&team, &[]);
    team.ana.vault(&["env", "add", "prod"]).ok();
    push(&team.ana);
    pull(&dora);
    dora.vault(&["join", "-e", "prod"]).ok();
    team.ana.write("../other.toml", dora.read(".vault/requests/dora.toml"));
    let before = files(&team.ana);
    // Swapped once the fingerprint is shown, and answered after that.
    let line = "touch ../err; (until grep -q fingerprint ../err; do sleep 0.05; done; \
                cp ../other.toml .vault/requests/dora.toml; echo swapped) & \
                \"$0\" approve dora 2>../err; code=$?; cat ../err; exit $code";
    let steps = [("swapped", "y\r")];
    let said = crate::pty::shell_at_terminal(&team.ana, &steps, line);
    assert!(
        said.text().contains("the request of `dora` was changed while it was looked at"),
        "{}",
        said.text()
    );
    assert_eq!(said.code, 6);
    let mut after = files(&team.ana);
    let swapped = after.insert("./requests/dora.toml".to_owned(), before["./requests/dora.toml"].clone());
    assert!(swapped != Some(before["./requests/dora.toml"].clone()) && after == before);
}

#[test]
fn vault_that_is_met_for_the_first_time_is_trusted_before_anything_is_asked() {
    let team = Team::new();
    let dora = team.fresh("dora");
    dora.vault(&["join"]).refused(5, "error: this vault is not known here yet");
    assert_eq!(changed(&dora), [""; 0]);
    assert!(!dora.home.join(".config/cargo-vault/identities").exists(), "a key was made");
    if is_here(&dora) {
        let said = vault_at_terminal(&dora, &[("Trust it?", "y\r")], &["join"]).ok();
        assert!(said.text().contains("`dora` asks for `dev`"), "{}", said.text());
    }
}

#[test]
fn asking_again_takes_the_place_of_the_first() {
    let team = Team::new();
    team.ana.vault(&["env", "add", "prod"]).ok();
    push(&team.ana);
    let dora = dora(&team);
    dora.vault(&["join"]).ok();
    let first = fingerprint(&dora, "dora");
    dora.vault(&["join", "-e", "prod", "-e", "dev"]).ok();
    let listed = json(&dora.vault(&["requests", "--json"]).ok());
    assert_eq!(listed["requests"].as_array().unwrap().len(), 1);
    assert_eq!(listed["requests"][0]["environments"], serde_json::json!(["dev", "prod"]));
    assert_eq!(fingerprint(&dora, "dora"), first);
}

/// Joining so is refused, and nothing is written.
#[track_caller]
fn cannot_join(person: &Person, args: &[&str], code: i32, error: &str) {
    let before = files(person);
    person.vault(&[&["join"], args].concat()).refused(code, error);
    assert!(files(person) == before, "something was written");
}

#[test]
fn name_of_a_member_is_refused_to_another_key() {
    let team = Team::new();
    cannot_join(&dora(&team), &["--name", "bob"], 6, "error: `bob` is a member already");
}

#[test]
fn name_that_somebody_asks_for_is_refused_to_another_key() {
    let team = Team::new();
    asked(&team, &[]);
    let other = team.fresh("other");
    other.vault(&["trust", &anchor(&team.ana)]).ok();
    let error = "error: somebody else asks to join as `dora` already";
    cannot_join(&other, &["--name", "dora"], 6, error);
}

#[test]
fn member_is_refused_another_name() {
    let team = Team::new();
    let said = team.bob.vault(&["join", "--name", "robert"]);
    assert!(said.err.contains("is a key of `bob`"), "{}", said.err);
    assert_eq!(said.code, 6);
}

#[test]
fn member_is_refused_what_he_has() {
    let team = Team::new();
    cannot_join(&team.bob, &[], 6, "error: `bob` may write environment `dev` already");
}

#[test]
fn environment_that_does_not_exist_is_refused() {
    let team = Team::new();
    cannot_join(&dora(&team), &["-e", "nowhere"], 3, "error: environment `nowhere` does not exist");
}

#[test]
fn name_and_key_of_one_who_left_are_refused() {
    let team = Team::new();
    let mut forge = crate::forge::Forge::of(&team.ana);
    let ana = crate::forge::identity(&team.ana);
    forge.remove((&team.ana, "ana"), "bob").sign(&ana, "remove bob").put(&team.ana);
    push(&team.ana);
    pull(&team.bob);
    cannot_join(
        &team.bob,
        &["--name", "bob"],
        6,
        "error: `bob` was a member once, and the name stays hers or his",
    );
    let said = team.bob.vault(&["join", "--name", "robert"]);
    assert!(said.err.contains("was a key of `bob`, and is good for nobody any more"), "{}", said.err);
    assert_eq!(changed(&team.bob), [""; 0]);
}

#[test]
fn member_who_asks_for_more_is_granted_more_with_the_keys_he_has() {
    let team = Team::new();
    team.ana.vault(&["env", "add", "prod"]).ok();
    team.ana.vault_with(&["set", "-e", "prod", "DB"], b"third").ok();
    push(&team.ana);
    pull(&team.bob);
    let said = team.bob.vault(&["get", "-e", "prod", "DB"]);
    assert!(
        said.err
            .contains("help: ask with `cargo vault join -e prod`; ana then runs `cargo vault approve bob`\n"),
        "{}",
        said.err
    );
    team.bob.vault(&["join", "-e", "prod"]).ok();
    push(&team.bob);
    pull(&team.ana);
    insta::assert_snapshot!(conversation(&team.ana, &["requests"], b""), @r"
    exit 0
    --- stdout
    `bob`, a member, asks for `prod`
      fingerprint  [VAULT]
      keys         [ID]…[ID]
      asked        [TIME]
    --- stderr
    ");
    insta::assert_snapshot!(conversation(&team.ana, &["approve", "bob", "--yes"], b""), @r"
    exit 0
    --- stdout
    granted `prod` (write) to `bob`
      fingerprint  [VAULT]
      anchor       [ANCHOR]
    --- stderr
    help: commit and push `.vault`
    ");
    push(&team.ana);
    pull(&team.bob);
    assert_eq!(team.bob.vault(&["get", "-e", "prod", "DB"]).ok().text(), "third");
}

#[test]
fn reader_asks_to_write_and_no_new_key_file_is_made() {
    let team = Team::new();
    team.carl.vault(&["join"]).ok();
    push(&team.carl);
    pull(&team.ana);
    team.ana.vault(&["approve", "carl", "--yes"]).ok();
    let wanted = [" D .vault/requests/carl.toml", " M .vault/roster.log", " M .vault/roster.toml"];
    assert_eq!(changed(&team.ana), wanted);
    push(&team.ana);
    pull(&team.carl);
    team.carl.vault_with(&["set", "DB"], b"by carl").ok();
    team.ana.vault(&["verify"]).ok();
}

#[test]
fn environment_comes_with_those_that_it_extends_to_read() {
    let team = Team::new();
    team.ana.vault(&["env", "add", "prod", "--extends", "dev"]).ok();
    push(&team.ana);
    let dora = asked(&team, &["-e", "prod"]);
    let approved = json(&team.ana.vault(&["approve", "dora", "--yes", "--json"]).ok());
    assert_eq!((&approved["write"], &approved["read"]), (&["prod"][..].into(), &["dev"][..].into()));
    push(&team.ana);
    pull(&dora);
    assert_eq!(dora.vault(&["get", "-e", "prod", "DB"]).ok().text(), "first");
}

#[test]
fn flag_grants_other_than_was_asked_for_and_the_variable_does_not() {
    let mut team = Team::new();
    team.ana.vault(&["env", "add", "prod"]).ok();
    push(&team.ana);
    let dora = asked(&team, &["-e", "prod", "-e", "dev"]);
    team.ana.set("CVAULT_ENV", "dev");
    let before = files(&team.ana);
    let all = json(&team.ana.vault(&["approve", "dora", "--yes", "--json"]).ok());
    assert_eq!(all["write"], serde_json::json!(["dev", "prod"]));
    team.ana.git(&["checkout", "-q", "--", "."]);
    team.ana.git(&["clean", "-qfd", "--", ".vault"]);
    assert!(files(&team.ana) == before);
    let less = json(&team.ana.vault(&["approve", "dora", "--yes", "-e", "prod", "--json"]).ok());
    assert_eq!(less["write"], serde_json::json!(["prod"]));
    drop(dora);
}

/// Approving is refused so, and nothing changes.
#[track_caller]
fn cannot_approve(by: &Person, args: &[&str], code: i32, error: &str) {
    let before = files(by);
    by.vault(&[&["approve", "--yes"], args].concat()).refused(code, error);
    assert!(files(by) == before, "something was written");
}

#[test]
fn who_is_no_admin_cannot_approve() {
    let team = Team::new();
    asked(&team, &[]);
    pull(&team.bob);
    cannot_approve(&team.bob, &["dora"], 1, "error: `bob` may not change the roster");
}

#[test]
fn admin_cannot_grant_what_he_cannot_open() {
    let team = Team::new();
    team.ana.vault(&["member", "role", "bob", "admin", "--yes"]).ok();
    team.ana.vault(&["env", "add", "prod"]).ok();
    push(&team.ana);
    asked(&team, &["-e", "prod"]);
    pull(&team.bob);
    cannot_approve(&team.bob, &["dora"], 4, "error: your one key cannot open environment `prod`");
}

#[test]
fn nobody_of_that_name_asks() {
    let team = Team::new();
    asked(&team, &[]);
    let said = team.ana.vault(&["approve", "dorra", "--yes"]);
    assert!(said.err.contains("help: there is a request of `dora`\n"), "{}", said.err);
    cannot_approve(&team.ana, &["dorra"], 3, "error: nobody asks to join as `dorra`");
}

#[test]
fn old_commit_is_not_joined_by_approving_there() {
    let team = Team::new();
    asked(&team, &[]);
    team.ana.git(&["checkout", "-q", "-b", "aside"]);
    team.ana.git(&["checkout", "-q", "main"]);
    team.ana.vault(&["env", "add", "prod"]).ok();
    push(&team.ana);
    team.ana.git(&["fetch", "-q"]);
    team.ana.vault(&["list"]).ok();
    team.ana.git(&["checkout", "-q", "aside"]);
    let error = "error: this is an old commit or another branch, so the roster cannot be changed here";
    team.ana.vault(&["approve", "dora", "--yes"]).refused(6, error);
}

#[test]
fn audit_log_tells_who_asked_and_who_approved() {
    let team = Team::new();
    let dora = asked(&team, &[]);
    team.ana.vault(&["approve", "dora", "--yes"]).ok();
    let told = |person: &Person| {
        person.sh("cat ~/.local/state/cargo-vault/audit.jsonl 2>/dev/null || cat $(find ~/.local/state/cargo-vault -type f | head -1)")
    };
    assert!(
        told(&dora).contains(r#""action":"join","env":"dev","names":["dora"],"outcome":"done""#),
        "{}",
        told(&dora)
    );
    assert!(
        told(&team.ana)
            .contains(r#""actor":"ana","action":"approve","env":"dev","names":["dora"],"outcome":"done""#),
        "{}",
        told(&team.ana)
    );
}
