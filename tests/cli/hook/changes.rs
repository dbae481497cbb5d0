//! What changes under a loaded shell: values, the roster, the vault itself, and what is allowed.

use super::{allowed_with, prompted};
use crate::{
    forge::{Forge, Team, anchor, identity, member, pull, push},
    harness::Person,
};

#[test]
fn value_that_is_set_loads_at_the_next_prompt() {
    let ana = allowed_with(&[("DB", b"one")]);
    let lines = "prompt; printf two | vault set DB; printf x | vault set NEW; prompt; echo $DB $NEW\n\
         vault rm NEW; prompt; echo ${NEW-none}";
    let said = prompted(&ana, lines).ok();
    assert_eq!(said.text(), "two x\nnone\n");
    assert_eq!(said.err, "cargo vault: +DB\ncargo vault: ~DB +NEW\ncargo vault: -NEW\n");
}

#[test]
fn value_of_an_environment_that_is_extended_loads_at_the_next_prompt() {
    let ana = allowed_with(&[("DB", b"one")]);
    ana.vault(&["env", "add", "prod", "--extends", "dev"]).ok();
    ana.vault(&["allow", "-e", "prod"]).ok();
    let said = prompted(&ana, "prompt; prompt; printf two | vault set DB; prompt; echo $DB").ok();
    assert_eq!(
        said.conversation(),
        "exit 0\n--- stdout\ntwo\n--- stderr\ncargo vault: +DB\ncargo vault: ~DB\n"
    );
}

#[test]
fn value_that_is_pulled_loads_at_the_next_prompt() {
    let team = Team::new();
    team.carl.vault(&["allow"]).ok();
    team.ana.vault_with(&["set", "DB"], b"pulled").ok();
    push(&team.ana);
    let said = prompted(&team.carl, "prompt; git pull -q; prompt; echo $DB").ok();
    assert_eq!(said.text(), "pulled\n");
    assert!(said.err.ends_with("cargo vault: ~DB\n"), "{}", said.err);
}

#[test]
fn deny_puts_back_at_the_next_prompt() {
    let ana = allowed_with(&[("DB", b"value")]);
    let said = prompted(&ana, "prompt; vault deny; prompt; echo ${DB-none}").ok();
    assert_eq!(
        said.conversation(),
        "exit 0\n--- stdout\nnone\n--- stderr\ncargo vault: +DB\n\
         cargo vault: `.vault` here is not allowed to load: `cargo vault allow`\ncargo vault: -DB\n"
    );
}

#[test]
fn vault_that_is_gone_puts_back_at_the_next_prompt() {
    let ana = allowed_with(&[("DB", b"value")]);
    let said =
        prompted(&ana, "prompt; mv .vault ../away; prompt; echo ${DB-none}; mv ../away .vault; prompt").ok();
    assert_eq!(
        said.conversation(),
        "exit 0\n--- stdout\nnone\n--- stderr\ncargo vault: +DB\ncargo vault: -DB\ncargo vault: +DB\n"
    );
}

#[test]
fn secret_that_was_forged_unloads_all_and_is_named() {
    let ana = allowed_with(&[("A", b"one"), ("B", b"two")]);
    let swap = "cd .vault/secrets/dev; mv A.toml x; mv B.toml A.toml; mv x B.toml; cd ../../..";
    let said =
        prompted(&ana, &format!("prompt; {swap}; prompt; prompt; echo ${{A-none}}; {swap}; prompt; echo $A"))
            .ok();
    assert_eq!(said.text(), "none\none\n");
    let lines: Vec<&str> = said.err.lines().collect();
    assert_eq!(
        (lines.len(), lines[0], lines[2], lines[3]),
        (4, "cargo vault: +A +B", "cargo vault: -A -B", "cargo vault: +A +B")
    );
    assert!(
        lines[1].starts_with("cargo vault: nothing loaded: 2 things here are not in order"),
        "{}",
        lines[1]
    );
}

#[test]
fn another_vault_that_is_pulled_unloads_and_is_not_loaded_though_it_is_trusted_then() {
    let ana = allowed_with(&[("DB", b"value")]);
    let eve = ana.other("eve");
    eve.git(&["init", "-q", "-b", "main", "."]);
    eve.vault(&["init", "-q", "--name", "eve"]).ok();
    let key = eve.home.join(".config/cargo-vault/identities/default.txt");
    eve.vault_with(&["set", "DB"], b"evil").ok();
    eve.commit("mine");
    let anchor = anchor(&eve);
    let take = format!(
        "rm -r .vault; cp -r '{}' .vault; git add -A; git commit -qm x",
        eve.path(".vault").display()
    );
    let own = format!("cp '{}' ~/.config/cargo-vault/identities/eve.txt", key.display());
    let trust = format!("vault trust {anchor} ");
    let lines = format!(
        "prompt; {take}; prompt; {own}; {trust} || exit; prompt; echo ${{DB-none}}; vault allow; prompt; echo $DB"
    );
    let said = prompted(&ana, &lines).ok();
    assert_eq!(said.text(), "none\nevil\n");
    let lines: Vec<&str> = said.err.lines().collect();
    assert!(lines[1].starts_with("cargo vault: nothing loaded: "), "{}", said.err);
    assert!(said.err.contains(
        "cargo vault: `.vault` here is not the one that was allowed, or older, or forked: look, then `cargo vault allow`\n"
    ), "{}", said.err);
}

#[test]
fn roster_that_is_forked_unloads_and_is_named() {
    let team = Team::new();
    let before = Forge::of(&team.ana);
    let mut forge = Forge::of(&team.ana);
    forge.sign(&identity(&team.ana), "a line").put(&team.ana);
    push(&team.ana);
    pull(&team.carl);
    team.carl.vault(&["allow"]).ok();
    // Somebody who can push, and was an admin, goes on from before that line.
    let mut forked = before;
    forked.roster.members.get_mut(&member("carl")).unwrap().role = cargo_vault::kernel::model::Role::Admin;
    forked.sign(&identity(&team.carl), "another line");
    let carl: &Person = &team.carl;
    let first = prompted(carl, "prompt; env | grep '^CVAULT_HOOK=\\|^DB='").ok();
    assert!(first.err.starts_with("cargo vault: +"), "{}", first.err);
    forked.put(carl);
    let state = first.text().lines().map(|line| format!("export '{line}'\n")).collect::<String>();
    let said = prompted(carl, &format!("{state}prompt; prompt; echo ${{DB-none}}")).ok();
    assert_eq!(said.text(), "none\n");
    let lines: Vec<&str> = said.err.lines().collect();
    assert_eq!((lines.len(), lines[1]), (2, "cargo vault: -DB"), "{}", said.err);
    assert!(lines[0].starts_with("cargo vault: nothing loaded: "), "{}", said.err);
}

#[test]
fn older_log_is_not_loaded_and_the_newer_one_is_again() {
    let team = Team::new();
    let mut forge = Forge::of(&team.ana);
    forge.sign(&identity(&team.ana), "a line").put(&team.ana);
    push(&team.ana);
    team.ana.vault(&["allow"]).ok();
    let said = prompted(
        &team.ana,
        "prompt; git checkout -q HEAD~1; prompt; echo ${DB-none}; git checkout -q -; prompt; [ -n \"$DB\" ]",
    )
    .ok();
    assert_eq!(said.text(), "none\n");
    assert!(said.err.contains("or older, or forked"), "{}", said.err);
}

#[test]
fn vault_that_is_no_longer_trusted_unloads() {
    let ana = allowed_with(&[("DB", b"value")]);
    let forget = "rm -r .git/cargo-vault ~/.local/share/cargo-vault/vaults ~/.local/share/cargo-vault/remotes 2>/dev/null";
    let said = prompted(&ana, &format!("prompt; {forget}; prompt; echo ${{DB-none}}")).ok();
    assert_eq!(
        said.conversation(),
        "exit 0\n--- stdout\nnone\n--- stderr\ncargo vault: +DB\n\
         cargo vault: nothing loaded: this vault is not known here yet\ncargo vault: -DB\n"
    );
}

#[test]
fn allowance_that_somebody_else_wrote_counts_as_nothing() {
    let ana = allowed_with(&[("DB", b"value")]);
    ana.sh("cd ~/.local/share/cargo-vault/shells; for f in [0-9a-f]*; do sed -i s/dev/dex/ $f; done");
    let said = prompted(&ana, "prompt; echo ${DB-none}").ok();
    assert_eq!(said.text(), "none\n");
    assert_eq!(ana.vault(&["allow", "--list"]).ok().text(), "");
}

#[test]
fn folder_that_is_moved_is_asked_again() {
    let ana = allowed_with(&[("DB", b"value")]);
    let said = prompted(&ana, "cp -a . ../moved; cd ../moved; prompt; echo ${DB-none}").ok();
    assert_eq!(
        said.conversation(),
        "exit 0\n--- stdout\nnone\n--- stderr\ncargo vault: `.vault` here is not allowed to load: `cargo vault allow`\n"
    );
}

#[test]
fn link_in_the_place_of_the_vault_is_not_followed() {
    let ana = allowed_with(&[("DB", b"value")]);
    let said =
        prompted(&ana, "mv .vault ../away; ln -s ../away .vault; prompt; prompt; echo ${DB-none}").ok();
    assert_eq!(said.text(), "none\n");
    assert_eq!(said.err.lines().count(), 1, "{}", said.err);
}
