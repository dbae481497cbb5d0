//! `docs/recover.py`, the second reader: opens what the program made, refuses what was tampered with, and agrees with the
//! program over the vectors.

use std::{path::Path, process::Command};

use sha2::{Digest, Sha256};

use crate::{
    forge::{Forge, Team, anchor, change, identity, member},
    harness::{Person, Said, said, skipped},
};

const MISSING: &str = "Python 3.11 with `cryptography`, or `age`, is missing";

/// The repository that this test was built from.
fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `recover.py` with these arguments; none where its tools are missing.
fn recover(person: &Person, args: &[&str]) -> Option<Said> {
    let mut command = person.command("python3");
    command.arg("-B").arg(repository().join("docs/recover.py")).args(args);
    has_tools(person).then(|| said(command, b""))
}

/// Whether Python with its one package, and `age`, are here.
fn has_tools(person: &Person) -> bool {
    let ends_well = |mut command: Command| command.output().is_ok_and(|output| output.status.success());
    let mut python = person.command("python3");
    python.args(["-c", "import cryptography, tomllib"]);
    let mut age = person.command("age-keygen");
    age.arg("--version");
    ends_well(python) && ends_well(age)
}

/// Where a person's identity is kept.
fn key_file(person: &Person) -> String {
    person.home.join(".config/cargo-vault/identities/default.txt").to_str().unwrap().to_owned()
}

#[test]
fn every_value_of_a_vault_with_all_kinds_opens() {
    let ana = Person::with_vault("ana");
    let every_byte: Vec<u8> = (0..=255).collect();
    let large = vec![b'x'; 1024 * 1024];
    let values: [(&str, &str, &[u8]); 8] = [
        ("TEXT", "text", "déjà vu\n\n".as_bytes()),
        ("EMPTY", "text", b""),
        ("JSON", "json", b"{\"a\": [1, 2]}"),
        ("BINARY", "binary", &every_byte),
        ("USERPASS", "userpass", b"{\"username\":\"u\",\"password\":\"p\"}"),
        ("LARGE", "text", &large),
        ("db/password", "text", b"$2a$10$Tw\"'"),
        ("CLASS", "text", &large[..60]),
    ];
    for (name, kind, value) in values {
        ana.vault_with(
            &["set", name, "--kind", kind, "--exact", "--tag", "a b=c\"d", "--description", "\u{7f}é"],
            value,
        )
        .ok();
    }
    ana.vault_with(&["set", "TEXT", "--keep", "3"], b"again").ok();
    ana.vault_with(&["set", "GONE"], b"gone").ok();
    ana.vault(&["rm", "GONE"]).ok();
    ana.vault(&["env", "add", "prod", "--extends", "dev"]).ok();
    ana.vault_with(&["set", "-e", "prod", "TEXT"], b"of prod").ok();
    let key = key_file(&ana);
    let Some(listed) = recover(&ana, &["--identity", &key]) else {
        return skipped(MISSING);
    };
    let hash = |value: &[u8]| Sha256::digest(value).iter().map(|b| format!("{b:02x}")).collect::<String>();
    let current = |name: &str, value: &[u8]| if name == "TEXT" { hash(b"again") } else { hash(value) };
    let mut wanted: Vec<String> =
        values.iter().map(|(name, _, value)| format!("{name}\t{}", current(name, value))).collect();
    wanted.sort();
    assert_eq!(listed.ok().text().lines().collect::<Vec<_>>(), wanted);
    for (name, _, value) in &values[1..] {
        assert_eq!(recover(&ana, &["--identity", &key, name]).unwrap().ok().out, *value, "{name}");
    }
    assert_eq!(recover(&ana, &["--identity", &key, "--env", "prod", "TEXT"]).unwrap().ok().text(), "of prod");
    assert_eq!(recover(&ana, &["--identity", &key, "--env", "prod", "JSON"]).unwrap().ok().out, values[2].2);
    let said = recover(&ana, &["--identity", &key, "GONE"]).unwrap();
    assert_eq!((said.code, said.err.as_str()), (1, "no value GONE in dev\n"));
    let anchor = anchor(&ana);
    let said = recover(&ana, &["--verify", "--anchor", &anchor]).unwrap().ok();
    assert!(said.text().ends_with("every line, the roster and every secret verify\n"), "{}", said.text());
}

#[test]
fn vault_of_a_team_with_former_members_verifies_and_opens() {
    let team = Team::new();
    team.ana.vault(&["ci", "setup"]).ok();
    team.ana.vault(&["recovery", "create"]).ok();
    team.ana.vault(&["env", "add", "staging"]).ok();
    team.ana.vault(&["env", "rm", "--yes", "staging"]).ok();
    let mut forge = Forge::of(&team.ana);
    forge
        .remove((&team.ana, "ana"), "bob")
        .sign(&identity(&team.ana), "remove \"bob\" \u{1b} é")
        .put(&team.ana);
    team.ana.vault(&["verify"]).ok();
    let Some(said) = recover(&team.ana, &["--verify"]) else {
        return skipped(MISSING);
    };
    said.ok();
    let said = recover(&team.ana, &["--identity", &key_file(&team.carl), "DB"]).unwrap();
    assert_eq!(said.ok().text(), "first");
    let said = recover(&team.ana, &["--identity", &key_file(&team.bob), "DB"]).unwrap();
    assert!(said.code == 1 && said.err.starts_with("refused: key-missing\n"), "{}", said.err);
}

#[test]
fn vault_of_a_member_whose_lost_key_opened_nothing_verifies_and_opens() {
    let team = Team::new();
    let made = |name: &str| {
        let file = format!("../{name}.txt");
        let said = team.ana.vault(&["identity", "new", "-o", &file, "--json"]).ok();
        let said: serde_json::Value = serde_json::from_slice(&said.out).unwrap();
        ["recipient", "signs"].map(|key| said[key].as_str().unwrap().to_owned())
    };
    let ([lost, lost_signs], [new, signs]) = (made("lost"), made("new"));
    team.ana.vault(&["env", "add", "test"]).ok();
    team.ana.vault(&["member", "add", "dora", &lost, "--signs", &lost_signs, "-e", "test", "--yes"]).ok();
    team.ana.vault(&["env", "rm", "test", "--yes"]).ok();
    team.ana.vault(&["member", "replace", "dora", &new, "--signs", &signs, "--yes"]).ok();
    let roster = String::from_utf8(team.ana.read(".vault/roster.toml")).unwrap();
    let former = roster.split_once("[former.dora]\n").unwrap().1;
    assert!(!former.split_once("\n\n").unwrap_or((former, "")).0.contains("environments"), "{roster}");
    let Some(said) = recover(&team.ana, &["--identity", &key_file(&team.ana), "DB"]) else {
        return skipped(MISSING);
    };
    assert_eq!(said.ok().text(), "first");
}

#[test]
fn identity_with_an_anchor_behind_it_opens() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    let said = ana.vault(&["ci", "setup", "--json"]).ok().text();
    let key = said.split("\"key\":\"").nth(1).or_else(|| said.split("\"key\": \"").nth(1)).unwrap();
    ana.write("ci.txt", format!("{}\n", key.split('"').next().unwrap()));
    let Some(said) = recover(&ana, &["--identity", "ci.txt", "DB"]) else {
        return skipped(MISSING);
    };
    assert_eq!(said.ok().text(), "first");
}

/// Tampers with a team's vault, and fails unless `recover.py` and the program both refuse it, and for this reason.
#[track_caller]
fn both_refuse(code: &str, tamper: impl FnOnce(&Team)) {
    let team = Team::new();
    tamper(&team);
    let (verify, get) = (team.carl.vault(&["verify", "--json"]), team.carl.vault(&["get", "DB", "--json"]));
    assert!(verify.code != 0 && get.code != 0, "{}", verify.conversation());
    let ours = verify.text() + &verify.err + &get.err;
    assert!(ours.contains(&format!("\"{code}\"")), "{ours}");
    let Some(said) = recover(&team.carl, &["--verify"]) else { return skipped(MISSING) };
    assert!(said.code == 1 && said.err.starts_with(&format!("refused: {code}\n")), "{}", said.err);
    let said = recover(&team.carl, &["--identity", &key_file(&team.carl), "DB"]).unwrap();
    assert!(said.code == 1 && said.out.is_empty(), "{}", said.err);
    assert!(said.err.starts_with(&format!("refused: {code}\n")), "{}", said.err);
}

#[test]
fn both_refuse_a_roster_that_was_changed() {
    both_refuse("roster-changed", |team| {
        let text = String::from_utf8(team.carl.read(".vault/roster.toml")).unwrap();
        team.carl.write(".vault/roster.toml", text.replacen("\"member\"", "\"admin\"", 1));
    });
}

#[test]
fn both_refuse_a_line_that_a_writer_signed() {
    both_refuse("log-signer", |team| {
        let mut forge = Forge::of(&team.carl);
        forge.sign(&identity(&team.bob), "me too").put(&team.carl);
    });
}

#[test]
fn both_refuse_a_secret_that_a_reader_signed() {
    both_refuse("not-writer", |team| {
        change(&team.carl, "dev/DB", &identity(&team.carl), |record| record.writer = member("carl"));
    });
}

#[test]
fn both_refuse_a_secret_with_a_changed_byte() {
    both_refuse("signature", |team| {
        let text = String::from_utf8(team.carl.read(".vault/secrets/dev/DB.toml")).unwrap();
        team.carl.write(".vault/secrets/dev/DB.toml", text.replacen("revision = 1", "revision = 3", 1));
    });
}

#[test]
fn both_refuse_a_secret_under_another_name() {
    both_refuse("path", |team| {
        team.bob.vault_with(&["set", "OTHER"], b"x").ok();
        team.carl.write(".vault/secrets/dev/DB.toml", team.bob.read(".vault/secrets/dev/OTHER.toml"));
    });
}

/// Vectors that `recover.py` takes and the program refuses, or that it reads otherwise, and why.
const EXCEPTIONS: [(&str, &[&str]); 6] = [
    (
        "it asks only those rules of a roster that it relies on: whoever breaks the others is an admin",
        &[
            "roster_admin_cannot_sign",
            "roster_circle",
            "roster_default",
            "roster_epoch_retired",
            "roster_epoch_zero",
            "roster_extends_itself",
            "roster_former_epoch_zero",
            "roster_former_key_at_other_name",
            "roster_former_key_no_key",
            "roster_former_key_of_member",
            "roster_former_keys_unsorted",
            "roster_former_no_keys",
            "roster_key_shared",
            "roster_listed_twice",
            "roster_no_recipient",
            "roster_no_writer",
            "roster_recipient_checksum",
            "roster_recipient_comment",
            "roster_recipient_private",
            "roster_recipient_shared",
            "roster_recipient_short",
            "roster_recipient_ssh_other",
            "roster_recipient_ssh_shared",
            "roster_recipient_twice",
            "roster_recipient_upper",
            "roster_recipients_unsorted",
            "roster_role",
            "roster_writer_cannot_sign",
            "roster_writer_twice",
            "roster_writers_unsorted",
        ],
    ),
    (
        "it does not read what people write by hand",
        &[
            "tree_allow_no_toml",
            "tree_config_no_toml",
            "tree_config_not_text",
            "tree_config_too_large",
            "tree_config_unknown",
            "tree_schema_no_toml",
            "tree_schema_too_large",
        ],
    ),
    ("it does not check requests", &["request_tree"]),
    ("without an identity it looks at no key file", &["tree_key_armor", "tree_key_missing"]),
    ("it says that there is no such value", &["file_folder_file", "file_folder_link", "file_folders_file"]),
    ("it refuses a stray where the program warns", &["names_stray"]),
];

#[test]
fn both_readers_agree_over_the_vectors() {
    let nobody = Person::new("nobody");
    if !has_tools(&nobody) {
        return skipped(MISSING);
    }
    let mut command = nobody.command("python3");
    command.arg("-B").arg(repository().join("tests/cli/recover_vectors.py"));
    command.arg(repository().join("docs/recover.py")).arg(repository().join("tests/vectors"));
    let text = said(command, b"").ok().text();
    let (mut asked, mut differ) = (0, Vec::new());
    for line in text.lines() {
        let [name, expected, got] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        if got == "not asked" {
            continue;
        }
        asked += 1;
        let both_refuse = !expected.starts_with("success") && !got.starts_with("success");
        if expected != got && !both_refuse {
            differ.push(name);
        }
    }
    let mut excused: Vec<&str> = EXCEPTIONS.iter().flat_map(|(_, names)| *names).copied().collect();
    excused.sort_unstable();
    assert_eq!(differ, excused);
    assert!(asked > 400, "{asked} vectors were asked");
}
