//! Lines of the log: whose they are, and how they are written.

use cargo_vault::kernel::{
    format::log,
    model::{Access, Role},
    seal::Identity,
};

use super::Places;
use crate::{
    forge::{Forge, Team, env, identity, member, pull, push},
    harness::Person,
};

/// A line by somebody, on top of what is there, that makes bob an admin.
fn line_by(places: &Places, signer: &Identity) -> String {
    let bob = &places.team.bob;
    let mut forge = Forge::of(bob);
    forge.roster.members.get_mut(&member("bob")).unwrap().role = Role::Admin;
    forge.sign(signer, "nothing to see here").put(bob);
    places.meet(bob)
}

#[test]
fn line_of_an_unknown_key_meets_a_refusal_everywhere() {
    let places = Places::new();
    insta::assert_snapshot!(line_by(&places, &Identity::generate()), @r"
    known: verify 5 error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then
    known: get 5 error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then
    anchored: verify 5 error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then
    anchored: get 5 error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then
    fresh: verify 5 error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then
    fresh: get 5 error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then
    keyless: verify 5 error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then
    ");
}

#[test]
fn line_of_a_writer_meets_a_refusal_everywhere() {
    let places = Places::new();
    insta::assert_snapshot!(line_by(&places, &identity(&places.team.bob)), @r"
    known: verify 5 error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then
    known: get 5 error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then
    anchored: verify 5 error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then
    anchored: get 5 error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then
    fresh: verify 5 error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then
    fresh: get 5 error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then
    keyless: verify 5 error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then
    ");
}

#[test]
fn line_of_a_reader_meets_a_refusal_everywhere() {
    let places = Places::new();
    insta::assert_snapshot!(line_by(&places, &identity(&places.team.carl)), @r"
    known: verify 5 error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then
    known: get 5 error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then
    anchored: verify 5 error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then
    anchored: get 5 error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then
    fresh: verify 5 error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then
    fresh: get 5 error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then
    keyless: verify 5 error: line 3 of `.vault/roster.log` was signed by a key that was no admin's then
    ");
}

/// Bob was made an admin and removed again, which everybody knows; gives the log from before the removal.
fn removed_admin() -> (Places, Forge) {
    let team = Team::new();
    let mut forge = Forge::of(&team.ana);
    forge.roster.members.get_mut(&member("bob")).unwrap().role = Role::Admin;
    forge.sign(&identity(&team.ana), "bob is an admin").put(&team.ana);
    push(&team.ana);
    pull(&team.bob);
    let before = forge.clone();
    forge.remove((&team.ana, "ana"), "bob").sign(&identity(&team.ana), "remove bob").put(&team.ana);
    push(&team.ana);
    pull(&team.carl);
    team.carl.vault(&["get", "DB"]).ok();
    (Places::of(team), before)
}

#[test]
fn log_that_a_removed_admin_goes_on_with_from_before_his_removal_is_taken_by_nobody_who_knows() {
    let (places, mut forge) = removed_admin();
    let bob = &places.team.bob;
    forge.sign(&identity(bob), "I am still here").put(bob);
    bob.git(&["fetch", "-q"]);
    bob.git(&["update-ref", "refs/heads/main", "refs/remotes/origin/main"]);
    insta::assert_snapshot!(places.meet(bob), @r"
    known: verify 5 error: `.vault/roster.log` differs from the one known here, from line 4 on
    known: get 5 error: `.vault/roster.log` differs from the one known here, from line 4 on
    anchored: verify 5 error: line 4 of `.vault/roster.log` is not the one that the anchor names
    anchored: get 5 error: line 4 of `.vault/roster.log` is not the one that the anchor names
    fresh: verify 5 forked: `.vault/roster.log` lacks line 4, which commit [COMMIT] has and no admin has dropped
    fresh: get 0 first
    keyless: verify 5 error: `.vault/roster.log` differs from the one known here, from line 4 on
    ");
}

#[test]
fn line_of_a_removed_admin_on_top_meets_a_refusal_everywhere() {
    let (places, _) = removed_admin();
    let bob = &places.team.bob;
    pull(bob);
    let mut forge = Forge::of(bob);
    forge.sign(&identity(bob), "I am still here").put(bob);
    insta::assert_snapshot!(places.meet(bob), @r"
    known: verify 5 error: line 5 of `.vault/roster.log` was signed by a key that was no admin's then
    known: get 5 error: line 5 of `.vault/roster.log` was signed by a key that was no admin's then
    anchored: verify 5 error: line 5 of `.vault/roster.log` was signed by a key that was no admin's then
    anchored: get 5 error: line 5 of `.vault/roster.log` was signed by a key that was no admin's then
    fresh: verify 5 error: line 5 of `.vault/roster.log` was signed by a key that was no admin's then
    fresh: get 5 error: line 5 of `.vault/roster.log` was signed by a key that was no admin's then
    keyless: verify 5 error: line 5 of `.vault/roster.log` was signed by a key that was no admin's then
    ");
}

/// The roster of the first line, and that line alone.
fn cut(person: &Person) {
    let mut forge = Forge::of(person);
    forge.lines.truncate(1);
    forge.roster.members.retain(|name, _| *name == member("ana"));
    let dev = forge.roster.environments.get_mut(&env("dev")).unwrap();
    (dev.write, dev.read) = (vec![member("ana")], Vec::new());
    forge.put(person);
}

#[test]
fn newest_line_cut_off_meets_a_refusal_with_an_anchor_and_verify_elsewhere() {
    let places = Places::new();
    cut(&places.team.bob);
    insta::assert_snapshot!(places.meet(&places.team.bob), @r"
    known: verify 5 stray: `.vault/keys/dev/bob.[ID].age` does not belong in a vault; stray: `.vault/keys/dev/carl.[ID].age` does not belong in a vault; forked: `.vault/roster.log` lacks line 2, which commit [COMMIT] has and no admin has dropped
    known: get 4 error: your one key cannot open environment `dev`
    anchored: verify 5 error: `.vault/roster.log` ends before line 2, which the anchor names
    anchored: get 5 error: `.vault/roster.log` ends before line 2, which the anchor names
    fresh: verify 5 stray: `.vault/keys/dev/bob.[ID].age` does not belong in a vault; stray: `.vault/keys/dev/carl.[ID].age` does not belong in a vault; forked: `.vault/roster.log` lacks line 2, which commit [COMMIT] has and no admin has dropped
    fresh: get 4 error: your one key cannot open environment `dev`
    keyless: verify 5 stray: `.vault/keys/dev/bob.[ID].age` does not belong in a vault; stray: `.vault/keys/dev/carl.[ID].age` does not belong in a vault; forked: `.vault/roster.log` lacks line 2, which commit [COMMIT] has and no admin has dropped
    ");
}

#[test]
fn newest_line_cut_off_below_its_roster_meets_a_refusal_everywhere() {
    let places = Places::new();
    let bob = &places.team.bob;
    let mut forge = Forge::of(bob);
    forge.lines.pop();
    bob.write(".vault/roster.log", log::print(&forge.lines));
    insta::assert_snapshot!(places.meet(bob), @r"
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
fn vault_replaced_with_the_victim_enrolled_is_taken_only_by_who_takes_what_is_there() {
    let places = Places::new();
    let Team { ana, bob, carl } = &places.team;
    let mallory = ana.other("mallory");
    mallory.git(&["init", "-q", "-b", "main", "."]);
    mallory.vault(&["init", "-q", "--name", "ana"]).ok();
    mallory.vault_with(&["set", "DB"], b"mallory's").ok();
    let mut forge = Forge::of(&mallory);
    forge.enrol((&mallory, "ana"), ("carl", &identity(carl)), Role::Member, &[("dev", Access::Read)]);
    forge.sign(&identity(&mallory), "add bob and carl").put(&mallory);
    bob.sh(&format!("rm -rf .vault && cp -r '{}' .vault", mallory.path(".vault").display()));
    insta::assert_snapshot!(places.meet(bob), @r"
    known: verify 5 error: this is another vault ([VAULT]) than the one known here ([VAULT])
    known: get 5 error: this is another vault ([VAULT]) than the one known here ([VAULT])
    anchored: verify 5 error: the anchor names vault [VAULT], this is vault [VAULT]
    anchored: get 5 error: the anchor names vault [VAULT], this is vault [VAULT]
    fresh: verify 0 everything here is as its members signed it
    fresh: get 0 mallory's
    keyless: verify 5 error: commit [COMMIT] has another vault ([VAULT]) than the one here ([VAULT])
    ");
}

#[test]
fn line_of_another_vault_meets_a_refusal_everywhere() {
    let places = Places::new();
    let bob = &places.team.bob;
    let mut foreign = Forge::of(&Person::with_vault("eve"));
    foreign.sign(&Identity::generate(), "second").sign(&Identity::generate(), "third");
    let mut forge = Forge::of(bob);
    forge.lines.push(foreign.lines[2].clone());
    forge.put(bob);
    insta::assert_snapshot!(places.meet(bob), @r"
    known: verify 5 error: line 3 of `.vault/roster.log` does not follow from the line before it
    known: get 5 error: line 3 of `.vault/roster.log` does not follow from the line before it
    anchored: verify 5 error: line 3 of `.vault/roster.log` does not follow from the line before it
    anchored: get 5 error: line 3 of `.vault/roster.log` does not follow from the line before it
    fresh: verify 5 error: line 3 of `.vault/roster.log` does not follow from the line before it
    fresh: get 5 error: line 3 of `.vault/roster.log` does not follow from the line before it
    keyless: verify 5 error: line 3 of `.vault/roster.log` does not follow from the line before it
    ");
}

/// The last line is written otherwise.
fn written(change: fn(&str) -> String) -> String {
    let places = Places::new();
    let bob = &places.team.bob;
    let text = String::from_utf8(bob.read(".vault/roster.log")).unwrap();
    let (first, last) = text.trim_end().split_once('\n').unwrap();
    let way = change(last);
    assert_ne!(way, last);
    bob.write(".vault/roster.log", format!("{first}\n{way}\n"));
    places.meet(bob)
}

#[test]
fn last_line_with_an_escape_meets_a_refusal_everywhere() {
    insta::assert_snapshot!(written(|line| line.replacen("add bob", "\\u0061dd bob", 1)), @r"
    known: verify 5 error: line 2 of `.vault/roster.log` is not written as this format writes it
    known: get 5 error: line 2 of `.vault/roster.log` is not written as this format writes it
    anchored: verify 5 error: line 2 of `.vault/roster.log` is not written as this format writes it
    anchored: get 5 error: line 2 of `.vault/roster.log` is not written as this format writes it
    fresh: verify 5 error: line 2 of `.vault/roster.log` is not written as this format writes it
    fresh: get 5 error: line 2 of `.vault/roster.log` is not written as this format writes it
    keyless: verify 5 error: line 2 of `.vault/roster.log` is not written as this format writes it
    ");
}

#[test]
fn last_line_with_a_space_meets_a_refusal_everywhere() {
    insta::assert_snapshot!(written(|line| line.replacen(",\"drops\"", ", \"drops\"", 1)), @r"
    known: verify 5 error: line 2 of `.vault/roster.log` is not written as this format writes it
    known: get 5 error: line 2 of `.vault/roster.log` is not written as this format writes it
    anchored: verify 5 error: line 2 of `.vault/roster.log` is not written as this format writes it
    anchored: get 5 error: line 2 of `.vault/roster.log` is not written as this format writes it
    fresh: verify 5 error: line 2 of `.vault/roster.log` is not written as this format writes it
    fresh: get 5 error: line 2 of `.vault/roster.log` is not written as this format writes it
    keyless: verify 5 error: line 2 of `.vault/roster.log` is not written as this format writes it
    ");
}

#[test]
fn last_line_with_a_key_twice_meets_a_refusal_everywhere() {
    insta::assert_snapshot!(written(|line| line.replacen("\"why\":", "\"why\":\"\",\"why\":", 1)), @r"
    known: verify 5 error: line 2 of `.vault/roster.log` is no entry of this format
    known: get 5 error: line 2 of `.vault/roster.log` is no entry of this format
    anchored: verify 5 error: line 2 of `.vault/roster.log` is no entry of this format
    anchored: get 5 error: line 2 of `.vault/roster.log` is no entry of this format
    fresh: verify 5 error: line 2 of `.vault/roster.log` is no entry of this format
    fresh: get 5 error: line 2 of `.vault/roster.log` is no entry of this format
    keyless: verify 5 error: line 2 of `.vault/roster.log` is no entry of this format
    ");
}

#[test]
fn log_line_of_a_future_format_is_named_as_such_everywhere() {
    insta::assert_snapshot!(written(|line| line.replacen("{\"v\":1,", "{\"v\":2,", 1)), @r"
    known: verify 1 error: line 2 of `.vault/roster.log` was written by a newer cargo-vault
    known: get 1 error: line 2 of `.vault/roster.log` was written by a newer cargo-vault
    anchored: verify 1 error: line 2 of `.vault/roster.log` was written by a newer cargo-vault
    anchored: get 1 error: line 2 of `.vault/roster.log` was written by a newer cargo-vault
    fresh: verify 1 error: line 2 of `.vault/roster.log` was written by a newer cargo-vault
    fresh: get 1 error: line 2 of `.vault/roster.log` was written by a newer cargo-vault
    keyless: verify 1 error: line 2 of `.vault/roster.log` was written by a newer cargo-vault
    ");
}
