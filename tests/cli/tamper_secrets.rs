//! Secret files under attack: swapped, copied, put back, cut, linked, misnamed; each is refused by its name, or worked with.

use cargo_vault::kernel::format::secret;

use crate::{
    forge::{
        Team, all_refuse, change, env, first_error, identity, member, name, pull, push, state, verify_finds,
    },
    harness::Person,
};

const DB: &str = ".vault/secrets/dev/DB.toml";

/// Somebody with a vault whose `DB` was committed and seen at `first`, then at `second`.
fn with_two_revisions() -> (Person, Vec<u8>) {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    ana.commit("first");
    let first = ana.read(DB);
    ana.vault_with(&["set", "DB"], b"second").ok();
    ana.commit("second");
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "second");
    (ana, first)
}

#[test]
fn swapped_files_are_refused() {
    let team = Team::new();
    team.bob.vault_with(&["set", "OTHER"], b"other").ok();
    let (db, other) = (team.bob.read(DB), team.bob.read(".vault/secrets/dev/OTHER.toml"));
    team.bob.write(DB, other);
    team.bob.write(".vault/secrets/dev/OTHER.toml", db);
    push(&team.bob);
    pull(&team.carl);
    team.carl
        .vault(&["get", "DB"])
        .refused(5, "error: `.vault/secrets/dev/DB.toml` calls itself `dev/OTHER`");
    team.carl
        .vault(&["get", "OTHER"])
        .refused(5, "error: `.vault/secrets/dev/OTHER.toml` calls itself `dev/DB`");
    let said = team.carl.vault(&["run", "true"]);
    assert!(
        said.err.contains("DB.toml` calls itself") && said.err.contains("OTHER.toml` calls itself"),
        "{}",
        said.err
    );
    said.refused(125, "error: 2 things here are not in order");
    verify_finds(&team.carl, 5, "`.vault/secrets/dev/DB.toml` calls itself `dev/OTHER`");
    verify_finds(&team.carl, 5, "`.vault/secrets/dev/OTHER.toml` calls itself `dev/DB`");
}

#[test]
fn secret_of_one_environment_is_refused_in_another() {
    let ana = Person::with_vault("ana");
    ana.vault(&["env", "add", "prod"]).ok();
    ana.vault_with(&["set", "-e", "prod", "DB"], b"prod").ok();
    ana.vault_with(&["set", "DB"], b"dev").ok();
    ana.commit("both");
    ana.vault(&["get", "DB"]).ok();
    let prod = ana.read(".vault/secrets/prod/DB.toml");
    ana.write(DB, prod);
    all_refuse(&ana, 5, "`.vault/secrets/dev/DB.toml` calls itself `prod/DB`");
}

#[test]
fn secret_of_another_vault_is_refused() {
    let (ana, eve) = (Person::with_vault("ana"), Person::with_vault("ana"));
    ana.vault_with(&["set", "DB"], b"ours").ok();
    eve.vault_with(&["set", "DB"], b"theirs").ok();
    ana.commit("DB");
    ana.write(DB, eve.read(DB));
    all_refuse(
        &ana,
        5,
        "`.vault/secrets/dev/DB.toml` was changed after `ana` signed it, or never signed by `ana`",
    );
}

#[test]
fn secret_signed_by_a_reader_or_a_stranger_is_refused() {
    let team = Team::new();
    change(&team.carl, "dev/DB", &identity(&team.carl), |record| record.revision = 9);
    let forged = "`.vault/secrets/dev/DB.toml` was changed after `ana` signed it, or never signed by `ana`";
    all_refuse(&team.carl, 5, forged);
    change(&team.carl, "dev/DB", &identity(&team.carl), |record| record.writer = member("carl"));
    all_refuse(
        &team.carl,
        5,
        "`.vault/secrets/dev/DB.toml` was signed by `carl`, who may not write environment `dev`",
    );
}

#[test]
fn older_revision_put_back_and_committed_is_refused() {
    let (ana, first) = with_two_revisions();
    ana.write(DB, first);
    ana.commit("back");
    all_refuse(&ana, 5, "`dev/DB` was rolled back: revision 2 was seen here, revision 1 is in its place");
}

#[test]
fn older_revision_put_back_and_not_committed_is_refused() {
    let (ana, first) = with_two_revisions();
    ana.write(DB, first);
    all_refuse(&ana, 5, "`dev/DB` was rolled back: revision 2 was seen here, revision 1 is in its place");
    ana.git(&["checkout", "-q", "."]);
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "second");
}

#[test]
fn older_revision_pulled_is_refused() {
    let team = Team::new();
    let first = team.bob.read(DB);
    team.bob.vault_with(&["set", "DB"], b"second").ok();
    push(&team.bob);
    pull(&team.carl);
    assert_eq!(team.carl.vault(&["get", "DB"]).ok().text(), "second");
    team.bob.write(DB, first);
    push(&team.bob);
    pull(&team.carl);
    all_refuse(
        &team.carl,
        5,
        "`dev/DB` was rolled back: revision 2 was seen here, revision 1 is in its place",
    );
}

#[test]
fn secret_deleted_without_a_tombstone_is_refused() {
    let (ana, _) = with_two_revisions();
    ana.sh("rm .vault/secrets/dev/DB.toml");
    ana.commit("gone");
    all_refuse(&ana, 5, "`dev/DB` has vanished without a tombstone: revision 2 was seen here");
}

#[test]
fn deleted_name_that_begins_at_one_again_is_refused() {
    let (ana, first) = with_two_revisions();
    ana.vault(&["rm", "DB"]).ok();
    ana.commit("removed");
    let bytes = ana.read(DB);
    let file = secret::parse(&env("dev"), &name("DB"), &bytes).unwrap();
    let at = file.record.deleted.unwrap().at;
    ana.vault(&["get", "DB"]).refused(3, &format!("error: `dev/DB` was deleted on {at}"));
    ana.write(DB, first);
    ana.commit("again");
    all_refuse(&ana, 5, "`dev/DB` was rolled back: revision 3 was seen here, revision 1 is in its place");
}

#[test]
fn deleted_name_that_is_set_again_goes_on_counting() {
    let (ana, _) = with_two_revisions();
    ana.vault(&["rm", "DB"]).ok();
    ana.commit("removed");
    assert_eq!(ana.vault_with(&["set", "DB"], b"third").ok().text(), "set `dev/DB` (version 3)\n");
    ana.commit("again");
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "third");
    ana.vault(&["verify"]).ok();
}

#[test]
fn same_revision_with_other_bytes_is_refused() {
    let (ana, _) = with_two_revisions();
    change(&ana, "dev/DB", &identity(&ana), |record| record.description = Some("another".to_owned()));
    ana.commit("other bytes");
    all_refuse(&ana, 5, "`dev/DB` was replaced: revision 2 was seen here with other bytes");
}

#[test]
fn old_revision_on_another_branch_is_read_with_a_note() {
    let (ana, _) = with_two_revisions();
    ana.git(&["checkout", "-q", "-b", "old", "HEAD~1"]);
    let said = ana.vault(&["get", "DB"]).ok();
    assert_eq!(said.text(), "first");
    assert!(
        said.err.contains("newer secrets of `dev` were seen on another branch or a later commit"),
        "{}",
        said.err
    );
    ana.vault(&["verify"]).ok();
    ana.git(&["checkout", "-q", "main"]);
    let said = ana.vault(&["get", "DB"]).ok();
    assert_eq!((said.text().as_str(), said.err.as_str()), ("second", ""));
}

#[test]
fn visit_to_an_old_commit_does_not_let_a_later_rollback_pass() {
    let (ana, first) = with_two_revisions();
    ana.git(&["checkout", "-q", "HEAD~1"]);
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "first");
    ana.git(&["checkout", "-q", "main"]);
    ana.write(DB, first);
    ana.commit("back");
    all_refuse(&ana, 5, "`dev/DB` was rolled back: revision 2 was seen here, revision 1 is in its place");
}

#[test]
fn own_change_that_git_took_back_leaves_everything_working() {
    let (ana, _) = with_two_revisions();
    ana.vault_with(&["set", "DB"], b"third").ok();
    ana.vault_with(&["set", "NEW"], b"new").ok();
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "third");
    ana.git(&["checkout", "-q", "."]);
    ana.git(&["clean", "-qfd"]);
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "second");
    ana.vault(&["list"]).ok();
    ana.vault(&["run", "true"]).ok();
    ana.vault(&["verify"]).ok();
    ana.vault_with(&["set", "DB"], b"fourth").ok();
    ana.vault(&["verify"]).ok();
}

/// Writes other bytes in place of `DB`'s file, and fails unless all refuse them.
#[track_caller]
fn refused_as(bytes: impl AsRef<[u8]>, code: i32, error: &str) {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    ana.write(DB, bytes);
    all_refuse(&ana, code, error);
}

/// A vault's own `DB` after a change of its bytes.
#[track_caller]
fn changed(change: impl FnOnce(Vec<u8>) -> Vec<u8>, code: i32, error: &str) {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    let bytes = change(ana.read(DB));
    ana.write(DB, bytes);
    all_refuse(&ana, code, error);
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn carriage_returns_are_refused() {
    changed(
        |bytes| text(bytes).replace('\n', "\r\n").into_bytes(),
        5,
        "`.vault/secrets/dev/DB.toml` does not end in a signature",
    );
}

#[test]
fn byte_order_mark_is_refused() {
    let mark = |bytes: Vec<u8>| [b"\xef\xbb\xbf", &bytes[..]].concat();
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    ana.write(DB, mark(ana.read(DB)));
    let before = state(&ana);
    let said = ana.vault(&["get", "DB"]);
    assert!(said.err.starts_with("error: `.vault/secrets/dev/DB.toml`"), "{}", said.err);
    assert_eq!(said.code, 5);
    assert_eq!(ana.vault(&["run", "true"]).code, 125);
    assert_eq!(ana.vault(&["verify"]).code, 5);
    assert!(state(&ana) == before);
}

#[test]
fn truncated_file_is_refused() {
    changed(
        |bytes| bytes[..bytes.len() / 2].to_vec(),
        5,
        "`.vault/secrets/dev/DB.toml` does not end in a signature",
    );
    changed(
        |bytes| bytes[..bytes.len() - 1].to_vec(),
        5,
        "`.vault/secrets/dev/DB.toml` does not end in a signature",
    );
    refused_as(b"", 5, "`.vault/secrets/dev/DB.toml` does not end in a signature");
}

#[test]
fn conflict_markers_are_named() {
    changed(
        |bytes| {
            let text = text(bytes);
            format!("<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> theirs\n").into_bytes()
        },
        6,
        "`.vault/secrets/dev/DB.toml` has conflict markers",
    );
}

#[test]
fn tables_behind_the_signature_are_refused() {
    changed(
        |bytes| [&bytes[..], b"\n[more]\nx = 1\n"].concat(),
        5,
        "`.vault/secrets/dev/DB.toml` does not end in a signature",
    );
}

#[test]
fn newer_format_says_so() {
    changed(
        |bytes| text(bytes).replacen("format = 1", "format = 2", 1).into_bytes(),
        1,
        "`.vault/secrets/dev/DB.toml` was written by a newer cargo-vault (format 2)",
    );
}

#[test]
fn words_of_the_format_in_a_description_stay_words() {
    let ana = Person::with_vault("ana");
    let description = "[signature]\nsig = \"x\"\n<<<<<<< HEAD\n[[versions]]";
    ana.vault_with(&["set", "DB", "--description", description], b"first").ok();
    assert_eq!(ana.vault(&["get", "DB"]).ok().text(), "first");
    ana.vault(&["verify"]).ok();
    let said = ana.vault(&["list", "--json"]).ok();
    assert!(said.text().contains("[signature]\\nsig = \\\"x\\\""), "{}", said.text());
}

#[test]
fn each_flipped_byte_of_a_secret_is_refused_by_its_name() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB", "--description", "main"], b"first").ok();
    ana.commit("DB");
    let whole = ana.read(DB);
    for at in (0..whole.len()).step_by(11) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        ana.write(DB, bytes);
        let said = ana.vault(&["get", "DB"]);
        assert!(first_error(&said).contains("secrets/dev/DB.toml"), "byte {at}: {}", said.err);
        assert!(matches!(said.code, 1 | 5) && said.out.is_empty(), "byte {at}: {}", said.conversation());
    }
}
