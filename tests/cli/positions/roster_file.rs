//! The roster, and what stands beside it: bytes, rules, branches.

use super::{Places, signed_all_the_same};
use crate::{
    forge::{Forge, Team, identity, pull, push},
    trust::kept_lines,
};

/// One byte of a file is another.
fn changed(places: &Places, file: &str, at: fn(&[u8]) -> usize) -> String {
    let bob = &places.team.bob;
    let mut bytes = bob.read(file);
    let at = at(&bytes);
    // Another letter of base64, so that what is wrong is the same each time.
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    bob.write(file, bytes);
    places.meet(bob)
}

#[test]
fn byte_changed_in_the_first_line_meets_a_refusal_everywhere() {
    insta::assert_snapshot!(changed(&Places::new(), ".vault/roster.log", |bytes| {
        bytes.windows(6).position(|some| some == b"\"sig\":").unwrap() + 20
    }), @r"
    known: verify 5 error: line 1 of `.vault/roster.log` has a signature that does not verify
    known: get 5 error: line 1 of `.vault/roster.log` has a signature that does not verify
    anchored: verify 5 error: line 1 of `.vault/roster.log` has a signature that does not verify
    anchored: get 5 error: line 1 of `.vault/roster.log` has a signature that does not verify
    fresh: verify 5 error: line 1 of `.vault/roster.log` has a signature that does not verify
    fresh: get 5 error: line 1 of `.vault/roster.log` has a signature that does not verify
    keyless: verify 5 error: line 1 of `.vault/roster.log` has a signature that does not verify
    ");
}

#[test]
fn byte_changed_in_the_last_line_meets_a_refusal_everywhere() {
    insta::assert_snapshot!(changed(&Places::new(), ".vault/roster.log", |bytes| bytes.len() - 30), @r"
    known: verify 5 error: line 2 of `.vault/roster.log` has a signature that does not verify
    known: get 5 error: line 2 of `.vault/roster.log` has a signature that does not verify
    anchored: verify 5 error: line 2 of `.vault/roster.log` has a signature that does not verify
    anchored: get 5 error: line 2 of `.vault/roster.log` has a signature that does not verify
    fresh: verify 5 error: line 2 of `.vault/roster.log` has a signature that does not verify
    fresh: get 5 error: line 2 of `.vault/roster.log` has a signature that does not verify
    keyless: verify 5 error: line 2 of `.vault/roster.log` has a signature that does not verify
    ");
}

#[test]
fn byte_changed_in_the_roster_meets_a_refusal_everywhere() {
    insta::assert_snapshot!(changed(&Places::new(), ".vault/roster.toml", |bytes| bytes.len() / 2), @r"
    known: verify 5 error: `.vault/roster.toml` was changed after it was signed on [TIME]
    known: get 5 error: `.vault/roster.toml` was changed after it was signed on [TIME]
    anchored: verify 5 error: `.vault/roster.toml` was changed after it was signed on [TIME]
    anchored: get 5 error: `.vault/roster.toml` was changed after it was signed on [TIME]
    fresh: verify 5 error: `.vault/roster.toml` was changed after it was signed on [TIME]
    fresh: get 5 error: `.vault/roster.toml` was changed after it was signed on [TIME]
    keyless: verify 5 error: `.vault/roster.toml` was changed after it was signed on [TIME]
    ");
}

#[test]
fn two_members_with_one_key_meet_a_refusal_everywhere() {
    let places = Places::new();
    let (bob, carl) = (identity(&places.team.bob), identity(&places.team.carl));
    let shown = signed_all_the_same(&places, |text| {
        text.replace(&carl.signing_key().public().text(), &bob.signing_key().public().text())
    });
    insta::assert_snapshot!(shown, @r"
    known: verify 5 error: `.vault/roster.toml`: `bob` and `carl` have one key
    known: get 5 error: `.vault/roster.toml`: `bob` and `carl` have one key
    anchored: verify 5 error: `.vault/roster.toml`: `bob` and `carl` have one key
    anchored: get 5 error: `.vault/roster.toml`: `bob` and `carl` have one key
    fresh: verify 5 error: `.vault/roster.toml`: `bob` and `carl` have one key
    fresh: get 5 error: `.vault/roster.toml`: `bob` and `carl` have one key
    keyless: verify 5 error: `.vault/roster.toml`: `bob` and `carl` have one key
    ");
}

#[test]
fn roster_without_an_admin_meets_a_refusal_everywhere() {
    let shown = signed_all_the_same(&Places::new(), |text| text.replace("\"admin\"", "\"member\""));
    insta::assert_snapshot!(shown, @r"
    known: verify 5 error: the last line of `.vault/roster.log` names other admins than `roster.toml`
    known: get 5 error: the last line of `.vault/roster.log` names other admins than `roster.toml`
    anchored: verify 5 error: the last line of `.vault/roster.log` names other admins than `roster.toml`
    anchored: get 5 error: the last line of `.vault/roster.log` names other admins than `roster.toml`
    fresh: verify 5 error: the last line of `.vault/roster.log` names other admins than `roster.toml`
    fresh: get 5 error: the last line of `.vault/roster.log` names other admins than `roster.toml`
    keyless: verify 5 error: the last line of `.vault/roster.log` names other admins than `roster.toml`
    ");
}

#[test]
fn old_roster_with_a_secret_that_a_removed_writer_signs_today_is_taken_by_nobody_who_knows() {
    let team = Team::new();
    team.bob.vault_with(&["set", "DB"], b"mine").ok();
    let bobs = team.bob.read(".vault/secrets/dev/DB.toml");
    let old = Forge::of(&team.bob);
    let keys = team.bob.path(".vault/keys").display().to_string();
    team.bob.sh(&format!("cp -r '{keys}' ../old-keys"));
    let mut forge = Forge::of(&team.ana);
    forge.remove((&team.ana, "ana"), "bob").sign(&identity(&team.ana), "remove bob").put(&team.ana);
    push(&team.ana);
    pull(&team.carl);
    team.carl.vault(&["get", "DB"]).ok();
    let places = Places::of(team);
    let bob = &places.team.bob;
    pull(bob);
    old.put(bob);
    bob.write(".vault/secrets/dev/DB.toml", bobs);
    bob.sh("rm -r .vault/keys && cp -r ../old-keys .vault/keys");
    insta::assert_snapshot!(places.meet(bob), @r"
    known: verify 5 former-key: `.vault/secrets/dev/DB.toml` was signed with a former key of `bob`; forked: `.vault/roster.log` lacks line 3, which commit [COMMIT] has and no admin has dropped
    known: get 5 error: `.vault/secrets/dev/DB.toml` was signed with a former key of `bob`
    anchored: verify 5 error: `.vault/roster.log` ends before line 3, which the anchor names
    anchored: get 5 error: `.vault/roster.log` ends before line 3, which the anchor names
    fresh: verify 5 forked: `.vault/roster.log` lacks line 3, which commit [COMMIT] has and no admin has dropped
    fresh: get 0 mine
    keyless: verify 5 former-key: `.vault/secrets/dev/DB.toml` was signed with a former key of `bob`; forked: `.vault/roster.log` lacks line 3, which commit [COMMIT] has and no admin has dropped
    ");
}

#[test]
fn secret_of_one_branch_under_the_other_one_s_epoch_of_the_same_number_meets_a_refusal_everywhere() {
    let places = Places::new();
    let Team { ana, carl, .. } = &places.team;
    let base = Forge::of(ana);
    let mut right = base.clone();
    ana.git(&["checkout", "-q", "-b", "right"]);
    right.remove((ana, "ana"), "carl").sign(&identity(ana), "remove carl").put(ana);
    let secret = ana.read(".vault/secrets/dev/DB.toml");
    ana.commit("right");
    ana.git(&["checkout", "-q", "main"]);
    let mut left = base;
    left.remove((ana, "ana"), "bob").sign(&identity(ana), "remove bob").put(ana);
    push(ana);
    pull(carl);
    carl.vault(&["get", "DB"]).ok();
    // As a merge in a forge would have it, which takes one file from here and one from there.
    ana.write(".vault/secrets/dev/DB.toml", secret);
    insta::assert_snapshot!(places.meet(ana), @r"
    known: verify 5 other-key: `.vault/secrets/dev/DB.toml` is sealed under another key of epoch 2 than environment `dev` has; past: commit [COMMIT] by Test <test@example.org>: `.vault/secrets/dev/DB.toml` is sealed under another key of epoch 2 than environment `dev` has
    known: get 5 error: `.vault/secrets/dev/DB.toml` is sealed under another key of epoch 2 than environment `dev` has
    anchored: verify 5 other-key: `.vault/secrets/dev/DB.toml` is sealed under another key of epoch 2 than environment `dev` has; past: commit [COMMIT] by Test <test@example.org>: `.vault/secrets/dev/DB.toml` is sealed under another key of epoch 2 than environment `dev` has
    anchored: get 5 error: `.vault/secrets/dev/DB.toml` is sealed under another key of epoch 2 than environment `dev` has
    fresh: verify 5 other-key: `.vault/secrets/dev/DB.toml` is sealed under another key of epoch 2 than environment `dev` has; past: commit [COMMIT] by Test <test@example.org>: `.vault/secrets/dev/DB.toml` is sealed under another key of epoch 2 than environment `dev` has
    fresh: get 5 error: `.vault/secrets/dev/DB.toml` is sealed under another key of epoch 2 than environment `dev` has
    keyless: verify 5 other-key: `.vault/secrets/dev/DB.toml` is sealed under another key of epoch 2 than environment `dev` has; past: commit [COMMIT] by Test <test@example.org>: `.vault/secrets/dev/DB.toml` is sealed under another key of epoch 2 than environment `dev` has
    ");
}

#[test]
fn roster_of_a_rejected_branch_is_kept_nowhere() {
    let places = Places::new();
    let Team { ana, bob, carl } = &places.team;
    bob.git(&["checkout", "-q", "-b", "proposal"]);
    let mut forge = Forge::of(bob);
    forge.sign(&identity(ana), "rejected").put(bob);
    bob.commit("proposal");
    bob.git(&["push", "-q", "origin", "proposal"]);
    for at in [carl, &places.anchored, &places.fresh] {
        at.git(&["fetch", "-q"]);
        at.git(&["checkout", "-q", "proposal"]);
        assert_eq!(at.vault(&["get", "DB"]).ok().text(), "first");
        at.git(&["checkout", "-q", "main"]);
        assert_eq!(at.vault(&["get", "DB"]).ok().text(), "first");
        assert_eq!(kept_lines(at), 2);
    }
    places.keyless.git(&["fetch", "-q"]);
    places.keyless.vault(&["verify", "--base", "HEAD", "--tip", "origin/proposal"]).ok();
    // What the base says is what counts for the next one.
    let said = places.keyless.vault(&["verify"]).ok();
    assert!(said.text().contains("2 log lines"), "{}", said.conversation());
}

#[test]
fn roster_of_a_future_format_is_named_as_such_everywhere() {
    let places = Places::new();
    let shown = signed_all_the_same(&places, |text| text.replacen("format = 1", "format = 2", 1));
    insta::assert_snapshot!(shown, @r"
    known: verify 1 error: `.vault/roster.toml` was written by a newer cargo-vault (format 2)
    known: get 1 error: `.vault/roster.toml` was written by a newer cargo-vault (format 2)
    anchored: verify 1 error: `.vault/roster.toml` was written by a newer cargo-vault (format 2)
    anchored: get 1 error: `.vault/roster.toml` was written by a newer cargo-vault (format 2)
    fresh: verify 1 error: `.vault/roster.toml` was written by a newer cargo-vault (format 2)
    fresh: get 1 error: `.vault/roster.toml` was written by a newer cargo-vault (format 2)
    keyless: verify 1 error: `.vault/roster.toml` was written by a newer cargo-vault (format 2)
    ");
}
