//! `identity`.

use std::{fs, os::unix::fs::PermissionsExt};

use super::{ana_with, conversation, json, keys};
use crate::{
    harness::{PROGRAM, Person},
    pty::{is_here, vault_at_terminal},
};

const DEFAULT: &str = ".config/cargo-vault/identities/default.txt";

#[test]
fn identity_is_made_in_the_users_folder() {
    let ana = Person::new("ana");
    insta::assert_snapshot!(conversation(&ana, &["identity", "new"], b""), @r"
    exit 0
    --- stdout
    made an identity in `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]
    --- stderr
    ");
}

#[test]
fn identity_file_is_for_its_owner_only() {
    let ana = Person::new("ana");
    ana.sh(&format!("umask 000; {PROGRAM} identity new"));
    let mode = |path: &str| fs::metadata(ana.home.join(path)).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(DEFAULT), mode(".config/cargo-vault/identities")), (0o600, 0o700));
}

#[test]
fn identity_in_json_has_its_shape() {
    let ana = Person::new("ana");
    assert_eq!(
        keys(&json(&ana.vault(&["identity", "new", "--json"]).ok())),
        ["origin", "path", "recipient", "schema", "signs"]
    );
    let shown = json(&ana.vault(&["identity", "show", "--json"]).ok());
    assert_eq!(keys(&shown["identities"][0]), ["guard", "origin", "recipient", "signs"]);
}

#[test]
fn second_identity_of_one_name_is_refused_and_the_first_stays() {
    let ana = Person::new("ana");
    ana.vault(&["identity", "new"]).ok();
    let before = fs::read(ana.home.join(DEFAULT)).unwrap();
    let error =
        format!("error: you have an identity `default` already: `{}`", ana.home.join(DEFAULT).display());
    ana.vault(&["identity", "new"]).refused(6, &error);
    assert_eq!(fs::read(ana.home.join(DEFAULT)).unwrap(), before);
}

#[test]
fn identity_goes_to_the_file_that_is_named() {
    let ana = Person::new("ana");
    ana.vault(&["identity", "new", "-o", "key.txt"]).ok();
    let text = String::from_utf8(ana.read("key.txt")).unwrap();
    assert!(text.contains("\nAGE-SECRET-KEY-1"), "not an identity file");
    assert_eq!(fs::metadata(ana.path("key.txt")).unwrap().permissions().mode() & 0o7777, 0o600);
    assert!(!ana.home.join(DEFAULT).exists());
}

#[test]
fn name_of_an_identity_is_no_path() {
    let ana = Person::new("ana");
    assert_eq!(ana.vault(&["identity", "new", "../x"]).code, 2);
}

#[test]
fn every_identity_is_shown() {
    let ana = Person::new("ana");
    ana.vault(&["identity", "new"]).ok();
    ana.vault(&["identity", "new", "work"]).ok();
    insta::assert_snapshot!(conversation(&ana, &["identity", "show"], b""), @r"
    exit 0
    --- stdout
    `[ROOT]/ana-home/.config/cargo-vault/identities/default.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]

    `[ROOT]/ana-home/.config/cargo-vault/identities/work.txt`
      recipient   [RECIPIENT]
      signs with  ssh-ed25519 [SIGNING KEY]
    --- stderr
    ");
}

#[test]
fn nothing_private_is_shown() {
    let ana = Person::new("ana");
    ana.vault(&["identity", "new"]).ok();
    let said = ana.vault(&["identity", "show", "-v"]).ok();
    assert!(!said.text().contains("AGE-SECRET") && !said.err.contains("AGE-SECRET"));
}

#[test]
fn no_identity_is_said_with_what_to_type() {
    let ana = Person::new("ana");
    insta::assert_snapshot!(conversation(&ana, &["identity", "show"], b""), @r"
    exit 3
    --- stdout
    --- stderr
    error: you have no identity yet

    help: `cargo vault identity new` makes one; `cargo vault init` does too
    ");
}

#[test]
fn identity_that_others_can_read_is_refused() {
    let ana = ana_with(&[("A", "x")]);
    fs::set_permissions(ana.home.join(DEFAULT), fs::Permissions::from_mode(0o640)).unwrap();
    let said = ana.vault(&["get", "A"]);
    assert!(said.err.contains("help: `chmod 600 /"), "{}", said.err);
    let error = format!("error: others can read `{}` (mode 640)", ana.home.join(DEFAULT).display());
    said.refused(4, &error);
}

#[test]
fn identity_under_a_passphrase_shows_its_public_half_only() {
    let ana = Person::new("ana");
    if !is_here(&ana) {
        return;
    }
    let typed = [("New passphrase: ", "p\r"), ("the same again: ", "p\r")];
    vault_at_terminal(&ana, &typed, &["identity", "new", "--passphrase"]).ok();
    let file = fs::read_to_string(ana.home.join(DEFAULT)).unwrap();
    assert!(!file.contains("AGE-SECRET-KEY"));
    let shown = json(&ana.vault(&["identity", "show", "--json"]).ok())["identities"][0].clone();
    assert_eq!((shown["recipient"].is_string(), &shown["signs"]), (true, &serde_json::Value::Null));
}

#[test]
fn named_identity_comes_before_the_users_own() {
    let ana = ana_with(&[("A", "x")]);
    ana.vault(&["identity", "new", "-o", "other.txt"]).ok();
    let shown = json(&ana.vault(&["identity", "show", "--json", "-i", "other.txt"]).ok());
    assert!(shown["identities"][0]["origin"].as_str().unwrap().contains("other.txt"));
    // It opens nothing, and the user's own still does.
    assert_eq!(ana.vault(&["get", "A", "-i", "other.txt"]).ok().out, b"x");
}

#[test]
fn identity_file_that_is_none_is_refused() {
    let ana = ana_with(&[("A", "x")]);
    ana.write("junk", "AGE-SECRET-KEY-1NOT\n");
    let said = ana.vault(&["get", "A", "-i", "junk"]);
    assert_eq!((said.code, said.out.len()), (4, 0));
    assert!(
        said.err.starts_with("error: `") && said.err.contains("junk`: this is no identity of age\n"),
        "{}",
        said.err
    );
}

/// The public halves that `identity show` tells of a file, as arguments of `enrol`.
fn halves(person: &Person, file: &str) -> [String; 2] {
    let shown = json(&person.vault(&["--identity", file, "identity", "show", "--json"]).ok());
    ["recipient", "signs"].map(|half| shown["identities"][0][half].as_str().unwrap().to_owned())
}

#[test]
fn second_device_opens_and_writes_and_touches_no_secret() {
    let ana = ana_with(&[("DB", "first")]);
    ana.commit("DB");
    let secret = ana.read(".vault/secrets/dev/DB.toml");
    ana.vault(&["identity", "new", "-o", "../laptop.txt"]).ok();
    let [recipient, signs] = halves(&ana, "../laptop.txt");
    insta::assert_snapshot!(conversation(&ana, &["identity", "enrol", &recipient, &signs], b""), @r"
    exit 0
    --- stdout
    added a device of `ana`
      recipient  [RECIPIENT]
    --- stderr
    help: commit and push `.vault`: the device opens it from then on
    ");
    let changed = ana.git(&["status", "--short"]);
    assert_eq!(changed.lines().count(), 3, "{changed}");
    assert_eq!(ana.read(".vault/secrets/dev/DB.toml"), secret);
    ana.commit("laptop");
    let laptop = ana.clone_for("laptop");
    let here = ["--identity", "../laptop.txt"];
    laptop.vault(&[&here[..], &["trust", &anchor(&ana)]].concat()).ok();
    assert_eq!(laptop.vault(&[&here[..], &["get", "DB"]].concat()).ok().text(), "first");
    laptop.vault_with(&[&here[..], &["set", "DB"]].concat(), b"second").ok();
    laptop.vault(&["verify"]).ok();
    insta::assert_snapshot!(conversation(&laptop, &[&here[..], &["whoami"]].concat(), b""), @"
    exit 0
    --- stdout
    you are `ana`, an admin
      opens  dev (write)
      by     [RECIPIENT]  (in `[ROOT]/laptop-project/../laptop.txt`)
    --- stderr
    ");
}

fn anchor(person: &Person) -> String {
    json(&person.vault(&["trust", "--show", "--json"]).ok())["anchor"].as_str().unwrap().to_owned()
}

#[test]
fn device_that_is_enrolled_already_is_refused() {
    let ana = ana_with(&[]);
    ana.vault(&["identity", "new", "-o", "../laptop.txt"]).ok();
    let [recipient, signs] = halves(&ana, "../laptop.txt");
    ana.vault(&["identity", "enrol", &recipient, &signs]).ok();
    let error = format!("error: `{recipient}` is a key of `ana` already");
    ana.vault(&["identity", "enrol", &recipient, &signs]).refused(6, &error);
    let said = ana.vault(&["identity", "enrol", "--member", "anna", &recipient, &signs]);
    assert!(said.err.contains("help: there is a member `ana`"), "{}", said.err);
    said.refused(3, "error: there is no member `anna`");
    ana.vault(&["identity", "enrol", &recipient]).refused(6, &error);
    for bad in ["age1", "x", "ssh-ed25519 AAAA", "ssh-ed25519"] {
        assert_eq!(ana.vault(&["identity", "enrol", bad]).code, 2, "{bad}");
    }
}

#[test]
fn device_of_somebody_else_is_not_taken_for_ones_own() {
    let ana = ana_with(&[]);
    ana.vault(&["recovery", "create"]).ok();
    ana.vault(&["identity", "new", "-o", "../laptop.txt"]).ok();
    let [recipient, signs] = halves(&ana, "../laptop.txt");
    ana.vault(&["identity", "enrol", "--member", "recovery", &recipient, &signs]).ok();
    let said = ana.vault(&["identity", "enrol", &recipient, &signs]);
    assert!(said.code == 6 && said.err.contains("is a key of `recovery`\n"), "{}", said.err);
}

#[test]
fn identity_is_exported_and_taken_in_elsewhere() {
    let ana = ana_with(&[("DB", "value")]);
    let file = ana.vault(&["identity", "export", "default"]).ok().text();
    assert!(file.starts_with("# created: ") && file.contains("\nAGE-SECRET-KEY-1"), "{file}");
    let bo = ana.other("bo");
    bo.vault_with(&["identity", "import", "-"], file.as_bytes()).ok();
    let theirs = |person: &Person| {
        json(&person.vault(&["identity", "show", "--json"]).ok())["identities"][0]["recipient"].clone()
    };
    assert_eq!(theirs(&bo), theirs(&ana));
    bo.vault_with(&["identity", "import", "-"], file.as_bytes()).refused(
        6,
        &format!("error: you have an identity `default` already: `{}`", bo.home.join(DEFAULT).display()),
    );
    bo.vault_with(&["identity", "import", "-", "again"], file.as_bytes()).ok();
    let listed = json(&bo.vault(&["identity", "list", "--json"]).ok());
    let names: Vec<_> =
        listed["identities"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["again", "default"]);
}

#[test]
fn what_is_no_identity_is_not_taken_in() {
    let ana = Person::new("ana");
    ana.vault_with(&["identity", "import", "-"], b"hunter2").refused(4, "error: this is no identity of age");
    let error = "error: a plugin's identity has no comment above it that says its recipient";
    ana.vault_with(&["identity", "import", "-"], b"AGE-PLUGIN-X-1QQQSYQCYQ5").refused(4, error);
    let seedless = "# recipient: age1test1qqqsyqcyq5rqwzqfupzeyc\n# cargo-vault signing seed: YWdl*A==\n\
                    AGE-PLUGIN-TEST-1QQQSYQCYQ5RQWZQF3953CC\n";
    let error = "error: the signing seed above a plugin's identity was damaged";
    ana.vault_with(&["identity", "import", "-"], seedless.as_bytes()).refused(4, error);
    let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
    let error = "error: this is an SSH key, which stays where ssh has it";
    ana.vault_with(&["identity", "import", "-"], key.as_bytes()).refused(2, error);
    ana.vault(&["identity", "import", "nothing.txt"]).refused(
        4,
        "error: `nothing.txt` cannot be read: No such file or directory (os error 2)"
            .replace("nothing.txt", ana.path("nothing.txt").to_str().unwrap())
            .as_str(),
    );
    assert!(!ana.home.join(".config/cargo-vault/identities").exists());
}

#[test]
fn identity_goes_under_a_passphrase_and_out_again() {
    let ana = ana_with(&[("DB", "value")]);
    if !is_here(&ana) {
        return;
    }
    let twice = [("New passphrase: ", "right\r"), ("the same again: ", "right\r")];
    vault_at_terminal(&ana, &twice, &["identity", "protect", "default"]).ok();
    assert!(!fs::read_to_string(ana.home.join(DEFAULT)).unwrap().contains("SECRET"));
    assert_eq!(ana.vault(&["get", "DB"]).code, 4);
    let once = [("Passphrase of", "right\r")];
    assert!(vault_at_terminal(&ana, &once, &["get", "DB"]).ok().text().contains("value"));
    vault_at_terminal(&ana, &once, &["identity", "protect", "default", "--remove"]).ok();
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "value");
}

#[test]
fn identity_is_not_shown_on_a_terminal_unless_forced() {
    let ana = ana_with(&[]);
    if !is_here(&ana) {
        return;
    }
    let said = vault_at_terminal(&ana, &[], &["identity", "export", "default"]);
    assert!(said.code == 1 && !said.text().contains("AGE-SECRET-KEY"), "{}", said.text());
    let said = vault_at_terminal(&ana, &[], &["identity", "export", "default", "--force"]);
    assert!(said.ok().text().contains("AGE-SECRET-KEY-1"));
    ana.vault(&["identity", "export", "default", "-o", "../out.txt"]).ok();
    let mode = fs::metadata(ana.root().join("out.txt")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    ana.vault(&["identity", "export", "default", "-o", "../out.txt"])
        .refused(6, &format!("error: `{}` exists already", ana.cwd.join("../out.txt").display()));
}

#[test]
fn identity_is_forgotten_only_when_asked_twice() {
    let ana = ana_with(&[]);
    insta::assert_snapshot!(conversation(&ana, &["identity", "forget", "default"], b""), @"
    exit 2
    --- stdout
    --- stderr
    warning: it is the only key of `ana` in the vault here
    error: identity `default` is forgotten only when asked twice

    help: `cargo vault identity forget default --yes` forgets it
    ");
    assert!(ana.home.join(DEFAULT).exists());
    ana.vault(&["identity", "forget", "defalt", "--yes"]).refused(3, "error: you have no identity `defalt`");
    ana.vault(&["identity", "forget", "default", "--yes"]).ok();
    assert!(!ana.home.join(DEFAULT).exists());
    insta::assert_snapshot!(conversation(&ana, &["identity", "list"], b""), @"
    exit 0
    --- stdout
    --- stderr
    note: you have no identity yet
    help: `cargo vault identity new` makes one; `cargo vault init` does too
    ");
}

#[test]
fn link_in_the_place_of_an_identity_is_not_written_through() {
    let ana = Person::new("ana");
    ana.sh("mkdir -p -m 700 \"$HOME/.config/cargo-vault/identities\"; printf kept > ../kept");
    ana.sh("ln -s \"$PWD/../kept\" \"$HOME/.config/cargo-vault/identities/default.txt\"");
    assert_eq!(ana.vault(&["identity", "new"]).code, 6);
    assert_eq!(fs::read(ana.root().join("kept")).unwrap(), b"kept");
}
