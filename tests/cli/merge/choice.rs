//! `resolve NAME`: a person decides on a secret that both sides changed, and it stands above both.

use super::{git, on_branch, set, torn, value};
use crate::harness::{Person, redacted};

/// Ana amid a merge that left `dev/DB` to her.
fn stuck() -> Person {
    let ana = torn();
    assert_eq!(git(&ana, &["merge", "-q", "side"]).code, 1);
    ana
}

#[track_caller]
fn concluded(ana: &Person) {
    ana.git(&["commit", "-q", "--no-edit"]);
    assert_eq!(ana.git(&["status", "--porcelain"]), "");
    ana.vault(&["verify"]).ok();
}

#[test]
fn each_way_out_says_what_it_did_and_the_merge_is_concluded() {
    let mut said = String::new();
    for (how, stdin, wanted) in
        [("--ours", "", "ours"), ("--theirs", "", "theirs"), ("--value", "both\n", "both")]
    {
        let ana = stuck();
        said += &redacted(
            &ana.vault_with(&["resolve", "-e", "dev", "DB", how], stdin.as_bytes()).conversation(),
            &ana,
        );
        concluded(&ana);
        assert_eq!(value(&ana, "DB"), wanted);
    }
    insta::assert_snapshot!(said, @"
    exit 0
    --- stdout
    `dev/DB` is as our side has it (version 2)
    --- stderr
    help: `git commit` concludes the merge
    exit 0
    --- stdout
    `dev/DB` is as their side has it (version 2)
    --- stderr
    help: `git commit` concludes the merge
    exit 0
    --- stdout
    `dev/DB` has another value (version 3)
    --- stderr
    help: `git commit` concludes the merge
    ");
}

#[test]
fn what_was_chosen_has_a_revision_above_both_and_another_value_a_number_above_both() {
    let ana = torn();
    ana.git(&["checkout", "-q", "side"]);
    set(&ana, "DB", "theirs again", &[]);
    ana.commit("again");
    ana.git(&["checkout", "-q", "main"]);
    git(&ana, &["merge", "-q", "side"]);
    ana.vault_with(&["resolve", "DB", "--value"], b"both").ok();
    let file = String::from_utf8(ana.read(".vault/secrets/dev/DB.toml")).unwrap();
    assert!(file.contains("revision = 4\n") && file.contains("\nnumber = 4\n"), "{file}");
    concluded(&ana);
}

#[test]
fn review_is_told_of_a_value_that_is_another_under_its_number() {
    let ana = stuck();
    ana.vault(&["resolve", "DB", "--theirs"]).ok();
    concluded(&ana);
    let said = ana.vault(&["verify", "--base", "HEAD^1"]).ok().text();
    assert!(said.contains("dev/DB 2 → 2 by ana"), "{said}");
    let said = ana.vault(&["diff", "HEAD^1", "HEAD"]).ok().text();
    assert!(said.contains("re-sealed, with another value · epoch 1 → 1 · by ana"), "{said}");
}

#[test]
fn answer_in_json_says_what_was_taken() {
    let ana = stuck();
    let said = ana.vault(&["resolve", "--all", "--theirs", "--json"]).ok().text();
    assert_eq!(
        said,
        "{\"schema\":1,\"chosen\":[{\"env\":\"dev\",\"name\":\"DB\",\"version\":2}],\"left\":0,\"took\":\"theirs\"}\n"
    );
}

#[test]
fn both_values_are_edited_until_one_is_left() {
    let mut ana = stuck();
    // What the editor was given, and what it leaves.
    ana.set(
        "EDITOR",
        "sh -c 'cat \"$1\" >> ../seen; sed -i -n /ours$/p \"$1\"; sed -i s/^.*ours$/edited/ \"$1\"' edit",
    );
    insta::assert_snapshot!(redacted(&ana.vault(&["resolve", "DB", "--edit"]).conversation(), &ana), @r"
    exit 0
    --- stdout
    `dev/DB` has another value (version 3)
    --- stderr
    help: `git commit` concludes the merge
    ");
    assert_eq!(
        String::from_utf8(ana.read("../seen")).unwrap(),
        "<<<<<<< ours\nours\n=======\ntheirs\n>>>>>>> theirs\n"
    );
    assert_eq!(value(&ana, "DB"), "edited\nedited");
    concluded(&ana);
}

#[test]
fn both_values_that_are_left_in_the_editor_decide_nothing() {
    let mut ana = stuck();
    let before = ana.read(".vault/secrets/dev/DB.toml");
    ana.set("EDITOR", "true");
    insta::assert_snapshot!(redacted(&ana.vault(&["resolve", "DB", "--edit"]).conversation(), &ana), @r"
    exit 6
    --- stdout
    --- stderr
    error: both values are still in the text

      text  nothing was changed, and what was typed is gone
    help: leave one value, and no line that begins with `<<<<<<<`, `=======` or `>>>>>>>`
    ");
    assert_eq!(ana.read(".vault/secrets/dev/DB.toml"), before);
}

#[test]
fn secret_that_git_has_merged_is_not_decided_on() {
    let ana = stuck();
    set(&ana, "OTHER", "x", &[]);
    let before = ana.read(".vault/secrets/dev/OTHER.toml");
    ana.vault(&["resolve", "OTHER", "--ours"]).refused(1, "error: git has not left `dev/OTHER` unmerged");
    assert_eq!(ana.read(".vault/secrets/dev/OTHER.toml"), before);
    ana.vault(&["resolve", "DB", "--ours"]).ok();
    ana.vault(&["resolve", "--all", "--ours"]).refused(1, "error: git has left no secret unmerged");
}

#[test]
fn forged_side_is_not_taken_by_a_person_either() {
    let ana = super::ana();
    on_branch(&ana, "side", |ana| {
        set(ana, "DB", "theirs", &[]);
        ana.sh("sed -i 's/^keep = 3/keep = 9/; s/^revision = 2/revision = 99/' .vault/secrets/dev/DB.toml");
    });
    set(&ana, "DB", "ours", &[]);
    ana.commit("ours");
    git(&ana, &["merge", "-q", "side"]);
    ana.vault(&["resolve", "DB", "--theirs"]).refused(
        5,
        "error: their side of `dev/DB` is not taken: `.vault/secrets/dev/DB.toml` was changed after `ana` signed it, or never signed by `ana`",
    );
    ana.vault(&["resolve", "DB", "--ours"]).ok();
    let file = String::from_utf8(ana.read(".vault/secrets/dev/DB.toml")).unwrap();
    assert!(file.contains("revision = 3\n"), "{file}");
    assert_eq!(value(&ana, "DB"), "ours");
}

#[test]
fn secret_that_was_set_under_the_older_key_is_taken_over_by_name() {
    let ana = super::ana();
    on_branch(&ana, "side", |ana| drop(ana.vault(&["rekey"]).ok()));
    set(&ana, "DB", "second", &[]);
    ana.commit("second");
    git(&ana, &["merge", "-q", "side"]);
    ana.vault(&["resolve", "DB", "--ours"]).ok();
    concluded(&ana);
    assert_eq!(value(&ana, "DB"), "second");
}
