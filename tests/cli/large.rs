//! Large teams: what they cost is what they have to, and nobody is left out or left in.

use std::fs;

use cargo_vault::kernel::{
    model::{Access, Role},
    seal::Identity,
    secret::Secret,
};

use crate::{
    forge::{Forge, env, identity},
    harness::{Person, Said},
};

/// Runs a command with somebody's key.
fn with_key(at: &Person, identity: &Identity, args: &[&str]) -> Said {
    let mut command = at.command(crate::harness::PROGRAM);
    command.args(args).env("CVAULT_KEY", text(&identity.reveal())).env("CVAULT_TRUST", "first-use");
    crate::harness::said(command, b"")
}

fn text(secret: &Secret) -> String {
    String::from_utf8(secret.expose().to_vec()).unwrap()
}

/// Every key file of an environment.
fn key_files(at: &Person, env: &str) -> Vec<String> {
    let entries = fs::read_dir(at.path(&format!(".vault/keys/{env}"))).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn fifty_members_share_ten_environments_and_one_leaves_them_all() {
    let ana = Person::with_vault("ana");
    let envs: Vec<String> = (0..10).map(|number| format!("e{number}")).collect();
    for name in &envs {
        ana.vault(&["env", "add", name]).ok();
        ana.vault_with(&["set", "-e", name, "DB"], name.as_bytes()).ok();
    }
    let access: Vec<(&str, Access)> = envs
        .iter()
        .enumerate()
        .map(|(number, name)| (name.as_str(), if number < 5 { Access::Write } else { Access::Read }))
        .collect();
    let people: Vec<Identity> = (1..50).map(|_| Identity::generate()).collect();
    let mut forge = Forge::of(&ana);
    for (number, person) in people.iter().enumerate() {
        forge.enrol((&ana, "ana"), (&format!("m{number}"), person), Role::Member, &access);
    }
    forge.sign(&identity(&ana), "add 49").put(&ana);
    ana.commit("team");
    ana.vault(&["verify", "--strict"]).ok();
    ana.vault(&["member", "remove", "m7", "--yes"]).ok();
    ana.commit("m7 leaves");
    ana.vault(&["verify", "--strict"]).ok();
    let elsewhere = ana.clone_for("somebody");
    let roster = Forge::of(&ana).roster;
    for name in &envs {
        assert_eq!(roster.environments[&env(name)].epoch, 2, "{name}");
        let files = key_files(&ana, name);
        assert_eq!(files.len(), 49, "{name}");
        assert!(!files.iter().any(|file| file.starts_with("m7.")), "{name}");
        for number in [0, 6, 8, 48] {
            let said = with_key(&elsewhere, &people[number], &["get", "-e", name, "DB"]).ok();
            assert_eq!(said.text(), *name, "m{number}");
        }
        let gone = with_key(&elsewhere, &people[7], &["get", "-e", name, "DB"]);
        assert_eq!((gone.code, gone.text().as_str()), (4, ""), "{}", gone.err);
    }
    let listed = ana.vault(&["exposed", "--to", "m7"]).text();
    for name in &envs {
        assert!(listed.contains(&format!("{name}/DB")), "{listed}");
    }
}

#[test]
fn one_of_a_thousand_opens_his_own_key_file_and_no_other() {
    let ana = Person::with_vault("ana");
    ana.vault_with(&["set", "DB"], b"first").ok();
    let bob = Identity::generate();
    let mut forge = Forge::of(&ana);
    forge.enrol((&ana, "ana"), ("bob", &bob), Role::Member, &[("dev", Access::Read)]);
    for number in 2..1000 {
        let name = format!("m{number}");
        forge.enrol((&ana, "ana"), (&name, &Identity::generate()), Role::Machine, &[("dev", Access::Read)]);
    }
    forge.sign(&identity(&ana), "add 999").put(&ana);
    ana.commit("team");
    let clone = ana.clone_for("bob");
    assert_eq!(key_files(&clone, "dev").len(), 1000);
    for file in key_files(&clone, "dev").iter().filter(|file| !file.starts_with("bob.")) {
        clone.write(&format!(".vault/keys/dev/{file}"), "nothing of the kind");
    }
    assert_eq!(with_key(&clone, &bob, &["get", "DB"]).ok().text(), "first");
    assert_eq!(with_key(&clone, &bob, &["run", "--", "printenv", "DB"]).ok().text(), "first\n");
    let own = key_files(&clone, "dev").into_iter().find(|file| file.starts_with("bob.")).unwrap();
    clone.write(&format!(".vault/keys/dev/{own}"), "nothing of the kind");
    assert_eq!(with_key(&clone, &bob, &["get", "DB"]).code, 5);
}
