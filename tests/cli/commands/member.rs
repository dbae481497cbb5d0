//! `member`.

use super::{ana_with, conversation, files, json};
use crate::{forge::Team, harness::Person};

#[test]
fn members_are_listed_with_what_each_may_do() {
    let ana = ana_with(&[]);
    ana.vault(&["env", "add", "prod"]).ok();
    let ((bob, signs), (carl, _)) = (made(&ana, "bob"), made(&ana, "carl"));
    ana.vault(&["member", "add", "bob", &bob, "--signs", &signs, "-e", "dev", "-e", "prod"]).ok();
    ana.vault(&["member", "add", "carl", &carl, "--read", "--role", "machine"]).ok();
    insta::assert_snapshot!(conversation(&ana, &["member", "list"], b""), @r"
    exit 0
    --- stdout
    NAME  ROLE     WRITE     READ  KEYS             SINCE       BY
    ana   admin    dev prod        [ID]…[ID]  [DATE]  ana
    bob   member   dev prod        [ID]…[ID]  [DATE]  ana
    carl  machine            dev   [ID]…[ID]  [DATE]  ana
    --- stderr
    ");
}

#[test]
fn members_in_json_have_their_shape() {
    let ana = ana_with(&[]);
    let answer = json(&ana.vault(&["member", "list", "--json"]).ok());
    let own = json(&ana.vault(&["identity", "show", "--json"]).ok())["identities"][0].clone();
    let since = answer["members"][0]["since"].clone();
    let member = serde_json::json!({
        "name": "ana", "role": "admin", "recipients": [own["recipient"]],
        "signs": [own["signs"]],
        "write": ["dev"], "read": [], "since": since, "by": "ana"
    });
    assert_eq!(answer, serde_json::json!({ "schema": 1, "members": [member] }));
}

/// A recipient and the key that signs beside it, of an identity that is made for this.
fn made(person: &Person, name: &str) -> (String, String) {
    let file = format!("../{name}.txt");
    let said = json(&person.vault(&["identity", "new", "-o", &file, "--json"]).ok());
    let text = |key: &str| said[key].as_str().unwrap().to_owned();
    (text("recipient"), text("signs"))
}

/// The command is refused so, and no file is changed.
#[track_caller]
fn refused(person: &Person, (args, stdin): (&[&str], &str), code: i32, error: &str) {
    let before = files(person);
    person.vault_with(&[&["member"], args].concat(), stdin.as_bytes()).refused(code, error);
    assert!(files(person) == before, "something was written");
}

/// Whose key opens and writes `dev` here.
#[track_caller]
fn writes_with(person: &Person, key: &str, value: &str) {
    person.vault_with(&["set", "DB", "--identity", key], value.as_bytes()).ok();
    assert_eq!(person.vault(&["get", "DB", "--identity", key]).ok().text(), value);
    person.vault(&["verify"]).ok();
}

#[test]
fn native_member_is_added_with_the_key_that_signs() {
    let ana = ana_with(&[("DB", "first")]);
    let (recipient, signs) = made(&ana, "carla");
    let args = ["member", "add", "carla", &recipient, "--signs", &signs];
    insta::assert_snapshot!(conversation(&ana, &args, b""), @r"
    exit 0
    --- stdout
    added `carla`, who has `dev` (write)
      role    member
      keys    [ID]…[ID]
      anchor  [ANCHOR]
    --- stderr
    help: commit and push `.vault`
    help: tell `carla` the anchor: `cargo vault trust [ANCHOR]` there knows this vault by it
    ");
    writes_with(&ana, "../carla.txt", "by carla");
}

#[test]
fn member_that_is_added_in_json_has_its_shape() {
    let ana = ana_with(&[]);
    let (recipient, signs) = made(&ana, "carla");
    let args = ["member", "add", "carla", &recipient, "--signs", &signs, "--role", "admin", "--json"];
    let wanted = serde_json::json!({
        "schema": 1, "member": "carla", "role": "admin", "write": ["dev"], "read": [], "recipients": [recipient],
        "signs": [signs], "skipped": [], "anchor": null
    });
    let mut answer = json(&ana.vault(&args).ok());
    assert_eq!(answer["anchor"].take(), crate::forge::anchor(&ana));
    assert_eq!(answer, wanted);
}

#[test]
fn reader_who_is_added_touches_no_secret() {
    let ana = ana_with(&[("DB", "first")]);
    ana.commit("DB");
    let (recipient, _) = made(&ana, "carla");
    ana.vault(&["member", "add", "carla", &recipient, "--read"]).ok();
    let status = ana.git(&["status", "--porcelain", "-uall", "--", ".vault"]);
    let lines: Vec<&str> = status.lines().collect();
    assert_eq!(lines[..2], [" M .vault/roster.log", " M .vault/roster.toml"]);
    assert!(lines.len() == 3 && lines[2].starts_with("?? .vault/keys/dev/carla."), "{status}");
}

#[test]
fn native_recipient_alone_writes_nothing() {
    let ana = ana_with(&[]);
    let (recipient, _) = made(&ana, "carla");
    let error = "error: nothing that `carla` brings can sign, and who writes or administers has to";
    refused(&ana, (&["add", "carla", &recipient], ""), 2, error);
    refused(&ana, (&["add", "carla", &recipient, "--read", "--role", "admin"], ""), 2, error);
}

#[test]
fn ssh_keys_are_added_as_their_files_have_them() {
    let ana = ana_with(&[("DB", "first")]);
    if !crate::keys::have(&["ssh-keygen"]) {
        return;
    }
    ana.sh(
        "ssh-keygen -q -t ed25519 -N '' -C 'eva@x' -f ../eva; ssh-keygen -q -t rsa -b 2048 -N '' -f ../rsa",
    );
    let public = |name: &str| std::fs::read_to_string(ana.root().join(name)).unwrap();
    ana.vault(&["member", "add", "eva", &public("eva.pub")]).ok();
    writes_with(&ana, "../eva", "by eva");
    let error = "error: nothing that `rolf` brings can sign, and who writes or administers has to";
    refused(&ana, (&["add", "rolf", &public("rsa.pub")], ""), 2, error);
    ana.vault(&["member", "add", "rolf", "--read", &public("rsa.pub")]).ok();
    assert_eq!(ana.vault(&["get", "DB", "--identity", "../rsa"]).ok().text(), "by eva");
    let error = "error: `rolf` may only read with this key: the roster does not let it sign";
    ana.vault_with(&["set", "DB", "--identity", "../rsa"], b"x").refused(1, error);
}

#[test]
fn each_key_of_a_list_opens_and_unknown_kinds_are_named() {
    let ana = ana_with(&[("DB", "first")]);
    if !crate::keys::have(&["ssh-keygen"]) {
        return;
    }
    ana.sh("ssh-keygen -q -t ed25519 -N '' -f ../eva; ssh-keygen -q -t rsa -b 2048 -N '' -f ../rsa");
    ana.sh("ssh-keygen -q -t ecdsa -N '' -f ../ec");
    let (native, _) = made(&ana, "native");
    let public = |name: &str| std::fs::read_to_string(ana.root().join(name)).unwrap();
    let list = format!(
        "# eva's\n\ncommand=\"echo \\\"a b\\\"\",no-pty {}{}{}{native}\n",
        public("eva.pub"),
        public("ec.pub"),
        public("rsa.pub")
    );
    insta::assert_snapshot!(conversation(&ana, &["member", "add", "eva", "-"], list.as_bytes()), @r"
    exit 0
    --- stdout
    added `eva`, who has `dev` (write)
      role    member
      keys    [ID]…[ID], ssh-ed25519 …[ID], ssh-rsa …[ID]
      anchor  [ANCHOR]
    --- stderr
    warning: line 4 is passed over: nothing can be wrapped to a key of kind ecdsa-sha2-nistp256
    help: commit and push `.vault`
    help: tell `eva` the anchor: `cargo vault trust [ANCHOR]` there knows this vault by it
    ");
    for key in ["../eva", "../rsa", "../native.txt"] {
        assert_eq!(ana.vault(&["get", "DB", "--identity", key]).ok().text(), "first", "{key}");
    }
    ana.vault(&["verify"]).ok();
}

#[test]
fn list_without_a_key_adds_nobody() {
    let ana = ana_with(&[]);
    let add = &["add", "eva", "-"][..];
    refused(&ana, (add, ""), 2, "error: standard input: there is no key in it");
    refused(&ana, (add, "# none\n"), 2, "error: standard input: there is no key in it");
    refused(&ana, (add, "Not Found\n"), 2, "error: standard input: line 1 is no public key");
    refused(&ana, (add, "<!DOCTYPE html>\n"), 2, "error: standard input: line 1 is no public key");
    let large = "#\n".repeat(40_000);
    refused(&ana, (add, &large), 1, "error: standard input: over 64 KiB, which no list of keys is");
    let dss = "ssh-dss AAAAB3NzaC1kc3M= eva\n";
    refused(&ana, (add, dss), 2, "error: standard input: nothing can be wrapped to any key in it: ssh-dss");
}

#[test]
fn list_with_one_bad_line_adds_nobody() {
    let ana = ana_with(&[]);
    let (native, _) = made(&ana, "native");
    let list = format!("{native}\nage1qqqq\n");
    refused(
        &ana,
        (&["add", "eva", "-", "--read"], &list),
        2,
        "error: standard input: line 2 is no public key",
    );
}

#[test]
fn key_or_name_of_somebody_else_is_refused() {
    let team = Team::new();
    let (recipient, signs) = made(&team.ana, "new");
    let bob = crate::forge::identity(&team.bob);
    let (his, his_signs) = (bob.recipient().as_str(), bob.signing_key().public().text());
    let error = "error: `bob` is a member already";
    refused(&team.ana, (&["add", "bob", &recipient, "--signs", &signs], ""), 6, error);
    let error = format!("error: `{}` is a key of `bob`", bob.recipient().short());
    refused(&team.ana, (&["add", "robert", his, "--read"], ""), 6, &error);
    let tail = &his_signs[his_signs.len() - 4..];
    let error = format!("error: `ssh-ed25519 …{tail}` is a key of `bob`");
    refused(&team.ana, (&["add", "robert", &recipient, "--signs", &his_signs], ""), 6, &error);
}

#[test]
fn key_that_is_none_is_refused() {
    let ana = ana_with(&[]);
    let small = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let zero = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z";
    for key in [small, zero, "age1qqqq", "ssh-rsa AAAA", "hello"] {
        let said = ana.vault(&["member", "add", "eva", key]);
        assert!(said.code == 2 && said.err.contains("it is written `age1…`"), "{key}: {}", said.err);
    }
}

#[test]
fn member_is_granted_an_environment_with_one_key_file_for_each_key() {
    let team = Team::new();
    team.ana.vault(&["env", "add", "prod"]).ok();
    team.ana.vault_with(&["set", "-e", "prod", "DB"], b"third").ok();
    let (second, signs) = made(&team.ana, "second");
    team.ana.vault(&["identity", "enrol", "--member", "bob", &second, &signs]).ok();
    let args = ["member", "grant", "bob", "-e", "prod"];
    insta::assert_snapshot!(conversation(&team.ana, &args, b""), @r"
    exit 0
    --- stdout
    granted `prod` (write) to `bob`
    --- stderr
    help: commit and push `.vault`
    ");
    assert_eq!(team.ana.sh("ls .vault/keys/prod | grep -c '^bob[.]'"), "2\n");
    let said = team.ana.vault(&["get", "-e", "prod", "DB", "--identity", "../second.txt"]).ok();
    assert_eq!(said.text(), "third");
    team.ana.vault(&["verify"]).ok();
}

#[test]
fn answer_of_grant_in_json_has_its_shape() {
    let team = Team::new();
    let granted = json(&team.ana.vault(&["member", "grant", "carl", "--json"]).ok());
    assert_eq!(granted, serde_json::json!({ "schema": 1, "member": "carl", "write": ["dev"], "read": [] }));
}

#[test]
fn grant_of_what_somebody_has_is_refused() {
    let team = Team::new();
    let error = "error: `bob` may write environment `dev` already";
    refused(&team.ana, (&["grant", "bob"], ""), 6, error);
    refused(&team.ana, (&["grant", "bob", "--read"], ""), 6, error);
    let error = "error: `carl` may read environment `dev` already";
    refused(&team.ana, (&["grant", "carl", "--read"], ""), 6, error);
    refused(&team.ana, (&["grant", "carol"], ""), 3, "error: there is no member `carol`");
    refused(&team.ana, (&["grant", "carl", "-e", "prod"], ""), 3, "error: environment `prod` does not exist");
}

#[test]
fn member_who_is_made_an_admin_lets_others_in() {
    let team = Team::new();
    let (recipient, _) = made(&team.bob, "new");
    let add = ["member", "add", "nora", &recipient, "--read"];
    team.bob.vault(&add).refused(1, "error: `bob` may not change the roster");
    team.ana.vault(&["member", "role", "bob", "admin", "--yes"]).ok();
    crate::forge::push(&team.ana);
    crate::forge::pull(&team.bob);
    team.bob.vault(&add).ok();
    crate::forge::push(&team.bob);
    crate::forge::pull(&team.carl);
    team.carl.vault(&["verify"]).ok();
    let listed = json(&team.carl.vault(&["member", "list", "--json"]).ok());
    assert_eq!((&listed["members"][3]["name"], &listed["members"][3]["by"]), (&"nora".into(), &"bob".into()));
}

#[test]
fn who_is_no_admin_grants_nothing() {
    let team = Team::new();
    refused(&team.bob, (&["grant", "carl"], ""), 1, "error: `bob` may not change the roster");
}

#[test]
fn environment_is_removed_with_the_key_files_of_all_its_members() {
    let team = Team::new();
    team.ana.vault(&["env", "add", "prod"]).ok();
    team.ana.vault(&["member", "grant", "bob", "-e", "prod"]).ok();
    team.ana.vault(&["member", "grant", "carl", "-e", "prod", "--read"]).ok();
    team.ana.vault(&["env", "rm", "prod", "--yes"]).ok();
    assert!(!team.ana.path(".vault/keys/prod").exists());
    team.ana.vault(&["verify"]).ok();
    // Made again, it opens for its maker alone, and at a higher epoch.
    team.ana.vault(&["env", "add", "prod"]).ok();
    team.ana.vault(&["member", "grant", "bob", "-e", "prod"]).ok();
    let roster = String::from_utf8(team.ana.read(".vault/roster.toml")).unwrap();
    assert!(roster.contains("[environments.prod]\nepoch = 2\n"), "{roster}");
    team.ana.vault(&["verify"]).ok();
}

#[test]
fn member_who_lost_an_environment_is_granted_it_again() {
    let team = Team::new();
    let (ana, mut forge) = (crate::forge::identity(&team.ana), crate::forge::Forge::of(&team.ana));
    // As a `revoke` leaves it: a new epoch, and bob's keys named as former ones there.
    let bob = crate::forge::member("bob");
    let dev = forge.roster.environments.get_mut(&crate::forge::env("dev")).unwrap();
    dev.write.retain(|name| *name != bob);
    forge.rekey((&team.ana, "ana"), "dev");
    let keys = forge.roster.members[&bob].keys().into_iter().collect();
    let environments = [(crate::forge::env("dev"), 1)].into();
    let left = forge.roster.members[&bob].since;
    forge.roster.former.insert(bob, cargo_vault::kernel::model::Former { keys, left, environments });
    forge.sign(&ana, "revoke dev from bob").put(&team.ana);
    crate::forge::push(&team.ana);
    crate::forge::pull(&team.bob);
    assert_eq!(team.bob.vault(&["get", "DB"]).code, 4);
    team.ana.vault(&["member", "grant", "bob"]).ok();
    crate::forge::push(&team.ana);
    crate::forge::pull(&team.bob);
    writes_with(&team.bob, "../bob-home/.config/cargo-vault/identities/default.txt", "again");
}
