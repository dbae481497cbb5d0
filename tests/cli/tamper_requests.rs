//! Requests under attack: all of them are written by somebody who can push, and none makes anyone believe more than that.

use cargo_vault::kernel::{
    format::request,
    model::Request,
    name::VaultId,
    seal::{Identity, PublicKey, Recipient},
};

use crate::{
    forge::{Forge, Team, anchor, identity, member, pull, push, state, verify_finds},
    harness::Person,
};

/// A request of these keys, which the first of them signs, under a file's name.
struct Forged<'a> {
    by: &'a Identity,
    member: &'a str,
    recipients: Vec<Recipient>,
    signs: Vec<PublicKey>,
    vault: VaultId,
}

impl<'a> Forged<'a> {
    fn of(team: &Team, by: &'a Identity, name: &'a str) -> Self {
        let (recipients, signs) = (vec![by.recipient().clone()], vec![by.signing_key().public()]);
        Self { by, member: name, recipients, signs, vault: Forge::of(&team.ana).roster.vault }
    }

    fn bytes(&self) -> Vec<u8> {
        let request = Request {
            member: member(self.member),
            recipients: self.recipients.clone(),
            signs: self.signs.clone(),
            environments: vec![crate::forge::env("dev")],
            at: crate::forge::now(),
        };
        request::print(&self.vault, &request, &self.by.signing_key())
    }
}

/// Mallory, who can push and is in no roster, writes a file among the requests, and ana has it.
fn pushed(team: &Team, file: &str, bytes: &[u8]) -> Person {
    let mallory = team.fresh(&format!("mallory-{}", rand::random::<u32>()));
    mallory.write(&format!(".vault/requests/{file}"), bytes);
    push(&mallory);
    pull(&team.ana);
    mallory
}

/// Approving is refused so, the listing names it so beside a sound request, and tree and trust stay as they are.
#[track_caller]
fn refused(team: &Team, name: &str, (code, refusal): (i32, &str), error: &str) {
    let erik = Identity::generate();
    let sound = Forged::of(team, &erik, "erik").bytes();
    team.ana.write(".vault/requests/erik.toml", sound);
    team.ana.vault(&["list"]).ok();
    let before = state(&team.ana);
    team.ana.vault(&["approve", name, "--yes"]).refused(code, &format!("error: {error}"));
    assert!(state(&team.ana) == before, "tree or trust changed");
    let listed = crate::commands::json(&team.ana.vault(&["requests", "--json"]).ok());
    let requests = listed["requests"].as_array().unwrap();
    let of = |file: &str| {
        let path = format!("requests/{file}.toml");
        requests.iter().find(|request| request["path"] == path.as_str()).unwrap().clone()
    };
    let (faulty, sound) = (of(name), of("erik"));
    assert_eq!((&faulty["fault"]["code"], &faulty["fault"]["message"]), (&refusal.into(), &error.into()));
    assert_eq!((&faulty["asker"], &sound["asker"]), (&serde_json::Value::Null, &"newcomer".into()));
    let text = team.ana.vault(&["requests"]).ok().text();
    assert!(text.contains(error) && text.contains("`erik` asks for `dev`"), "{text}");
    team.ana.vault(&["get", "DB"]).ok();
}

#[test]
fn request_that_another_key_signed_is_refused() {
    let team = Team::new();
    let (mallory, dora) = (Identity::generate(), Identity::generate());
    let forged = Forged { by: &mallory, ..Forged::of(&team, &dora, "dora") };
    pushed(&team, "dora.toml", &forged.bytes());
    let error = "`.vault/requests/dora.toml` is not signed by a key that it names";
    refused(&team, "dora", (5, "request-signature"), error);
    verify_finds(&team.ana, 5, error);
}

#[test]
fn request_that_lies_under_another_name_is_refused() {
    let team = Team::new();
    let mallory = Identity::generate();
    pushed(&team, "dora.toml", &Forged::of(&team, &mallory, "mallory").bytes());
    refused(&team, "dora", (5, "request-name"), "`.vault/requests/dora.toml` asks for `mallory`");
}

#[test]
fn requests_swapped_between_their_files_are_refused() {
    let team = Team::new();
    let (one, two) = (Identity::generate(), Identity::generate());
    pushed(&team, "dora.toml", &Forged::of(&team, &one, "nora").bytes());
    pushed(&team, "nora.toml", &Forged::of(&team, &two, "dora").bytes());
    refused(&team, "dora", (5, "request-name"), "`.vault/requests/dora.toml` asks for `nora`");
    refused(&team, "nora", (5, "request-name"), "`.vault/requests/nora.toml` asks for `dora`");
}

#[test]
fn request_for_another_vault_is_refused() {
    let team = Team::new();
    let (other, dora) = (Person::with_vault("ana"), Identity::generate());
    let forged = Forged { vault: Forge::of(&other).roster.vault, ..Forged::of(&team, &dora, "dora") };
    pushed(&team, "dora.toml", &forged.bytes());
    let error = "`.vault/requests/dora.toml` is not signed by a key that it names";
    refused(&team, "dora", (5, "request-signature"), error);
}

#[test]
fn request_with_conflict_markers_is_refused() {
    let team = Team::new();
    let (one, two) = (Identity::generate(), Identity::generate());
    let [ours, theirs] = [&one, &two].map(|by| Forged::of(&team, by, "dora").bytes());
    let bytes = [b"<<<<<<< HEAD\n", &ours[..], b"=======\n", &theirs, b">>>>>>> other\n"].concat();
    pushed(&team, "dora.toml", &bytes);
    let error = "`.vault/requests/dora.toml` has conflict markers";
    refused(&team, "dora", (6, "conflict"), error);
}

#[test]
fn request_for_an_admin_s_name_with_other_keys_gets_nobody_in() {
    let team = Team::new();
    let mallory = Identity::generate();
    pushed(&team, "ana.toml", &Forged::of(&team, &mallory, "ana").bytes());
    refused(
        &team,
        "ana",
        (5, "other-keys"),
        "`ana` is a member, and the request of that name has other keys",
    );
    let text = team.ana.vault(&["requests"]).ok().text();
    assert!(text.contains("`ana` would be REPLACED by who asks for `dev`\n"), "{text}");
}

#[test]
fn request_with_a_member_s_keys_beside_another_s_gets_nobody_in() {
    let team = Team::new();
    let mallory = Identity::generate();
    let bob = identity(&team.bob);
    let mut forged = Forged::of(&team, &mallory, "bob");
    forged.recipients.push(bob.recipient().clone());
    forged.recipients.sort();
    forged.signs.push(bob.signing_key().public());
    forged.signs.sort_by_key(PublicKey::text);
    pushed(&team, "bob.toml", &forged.bytes());
    refused(
        &team,
        "bob",
        (5, "other-keys"),
        "`bob` is a member, and the request of that name has other keys",
    );
}

#[test]
fn request_with_a_recipient_of_a_member_is_refused() {
    let team = Team::new();
    let mallory = Identity::generate();
    let ana = identity(&team.ana);
    let mut forged = Forged::of(&team, &mallory, "dora");
    forged.recipients = vec![ana.recipient().clone()];
    pushed(&team, "dora.toml", &forged.bytes());
    let error = format!("`{}` is a key of `ana`", ana.recipient().short());
    refused(&team, "dora", (6, "key-taken"), &error);
}

#[test]
fn request_with_a_signing_key_of_small_order_is_refused() {
    let team = Team::new();
    let mallory = Identity::generate();
    let small = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let mut forged = Forged::of(&team, &mallory, "dora");
    forged.signs.insert(0, PublicKey::parse(small).unwrap());
    pushed(&team, "dora.toml", &forged.bytes());
    let error =
        "`.vault/requests/dora.toml` names a key that is none, or keys that are not in order, each once";
    refused(&team, "dora", (5, "request-keys"), error);
}

#[test]
fn request_with_a_recipient_of_small_order_is_refused() {
    let team = Team::new();
    let mallory = Identity::generate();
    let mut forged = Forged::of(&team, &mallory, "dora");
    let zero = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z";
    forged.recipients = vec![Recipient::parse(zero).unwrap()];
    pushed(&team, "dora.toml", &forged.bytes());
    let error =
        "`.vault/requests/dora.toml` names a key that is none, or keys that are not in order, each once";
    refused(&team, "dora", (5, "request-keys"), error);
}

#[test]
fn name_of_one_who_left_is_given_to_nobody() {
    let team = Team::new();
    let mut forge = Forge::of(&team.ana);
    forge.remove((&team.ana, "ana"), "bob").sign(&identity(&team.ana), "remove bob").put(&team.ana);
    push(&team.ana);
    let mallory = Identity::generate();
    pushed(&team, "bob.toml", &Forged::of(&team, &mallory, "bob").bytes());
    let error = "`bob` was a member once, and the name stays hers or his";
    refused(&team, "bob", (6, "member-was"), error);
}

#[test]
fn keys_of_one_who_left_get_nobody_in() {
    let team = Team::new();
    let mut forge = Forge::of(&team.ana);
    forge.remove((&team.ana, "ana"), "bob").sign(&identity(&team.ana), "remove bob").put(&team.ana);
    push(&team.ana);
    let bob = identity(&team.bob);
    pushed(&team, "robert.toml", &Forged::of(&team, &bob, "robert").bytes());
    let error = format!("`{}` was a key of `bob`, and is good for nobody any more", bob.recipient().short());
    refused(&team, "robert", (6, "key-was"), &error);
}

#[test]
fn request_over_its_size_is_refused_unread() {
    let team = Team::new();
    pushed(&team, "dora.toml", &vec![b'#'; 16 * 1024 + 1]);
    refused(&team, "dora", (5, "too-large"), "`.vault/requests/dora.toml` is over 16384 bytes");
}

#[test]
fn request_that_is_a_link_is_refused() {
    let team = Team::new();
    let mallory = team.fresh("mallory");
    mallory.sh("mkdir -p .vault/requests && ln -s ../roster.toml .vault/requests/dora.toml");
    push(&mallory);
    pull(&team.ana);
    refused(&team, "dora", (5, "not-plain"), "`.vault/requests/dora.toml` is no plain file");
}

#[test]
fn file_with_a_name_that_steers_the_terminal_is_shown_escaped() {
    let team = Team::new();
    pushed(&team, "\u{1b}[31mdora.toml", b"format = 1\n");
    let said = team.ana.vault(&["requests"]).ok();
    assert!(said.text().contains("requests/\\u{1b}[31mdora.toml"), "{}", said.text());
    assert!(!said.text().contains('\u{1b}'));
}

#[test]
fn request_of_a_plugin_s_recipient_runs_no_program() {
    let team = Team::new();
    let mallory = Identity::generate();
    let mut forged = Forged::of(&team, &mallory, "dora");
    forged.recipients = vec![Recipient::parse("age1evil1qqqsyqcyq5rqwzqfupzeyc").unwrap()];
    pushed(&team, "dora.toml", &forged.bytes());
    let before = team.ana.sh("cd .vault && find . -type f -not -path './.work/*' -exec cat {} +");
    let said = team.ana.vault(&["approve", "dora", "--yes"]);
    assert!(said.code == 4 && said.err.contains("evil"), "{}", said.err);
    assert!(team.ana.sh("cd .vault && find . -type f -not -path './.work/*' -exec cat {} +") == before);
}

#[test]
fn request_that_was_pushed_lets_nobody_in_before_it_is_approved() {
    let team = Team::new();
    let mallory = Identity::generate();
    let clone = pushed(&team, "mallory.toml", &Forged::of(&team, &mallory, "mallory").bytes());
    clone.write("../key.txt", mallory.reveal().expose());
    clone.vault(&["trust", &anchor(&team.ana)]).ok();
    clone
        .vault(&["get", "DB", "--identity", "../key.txt"])
        .refused(4, "error: your one key cannot open environment `dev`");
    team.ana.vault(&["verify"]).ok();
}
