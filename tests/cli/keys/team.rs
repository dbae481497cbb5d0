//! A team with every kind of member: each joins with what he has, and one of each leaves.

use std::fs;

use super::{have, plugin, ssh_key};
use crate::{
    commands::json,
    forge::{anchor, pull, push},
    harness::{PROGRAM, Person, Said, said},
};

/// Somebody with a clone, whom the plugin of ana's workshop serves too.
fn fresh(ana: &Person, name: &str) -> Person {
    let person = ana.other(name);
    person.git(&["clone", "-q", ana.root().join("origin.git").to_str().unwrap(), "."]);
    person.git(&["config", "user.name", name]);
    person.vault(&["trust", &anchor(ana)]).ok();
    person
}

/// Runs `cargo-vault` with the folder of plugins on the PATH.
fn vault(person: &Person, args: &[&str], stdin: &[u8]) -> Said {
    let mut command = person.command("setsid");
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", person.root().join("plugins").display());
    command.arg("--wait").arg(PROGRAM).args(args).env("PATH", path);
    said(command, stdin)
}

fn allow(person: &Person) {
    vault(person, &["config", "set", "plugins.allow", "test"], b"").ok();
}

/// Asks to join, and is let in by ana, who was told the fingerprint.
fn joins(ana: &Person, person: &Person, name: &str, how: &[&str]) {
    pull(person);
    let joined = json(&vault(person, &[&["join", "--name", name, "--json"], how].concat(), b"").ok());
    push(person);
    pull(ana);
    let fingerprint = joined["fingerprint"].as_str().unwrap();
    vault(ana, &["approve", name, "--fingerprint", fingerprint], b"").ok();
    push(ana);
    pull(person);
}

#[test]
fn every_kind_of_member_joins_reads_writes_what_it_may_and_leaves() {
    if !have(&["ssh-keygen", "setsid"]) {
        return;
    }
    let Some(team) = plugin::Team::new() else { return };
    let ana = &team.ana;
    allow(ana);
    let origin = ana.root().join("origin.git");
    ana.git(&["clone", "-q", "--bare", ".", origin.to_str().unwrap()]);
    ana.git(&["remote", "add", "origin", origin.to_str().unwrap()]);
    ana.git(&["fetch", "-q"]);
    let people = ["native", "ssh", "rsa", "token"].map(|name| fresh(ana, name));
    let [native, ssh, rsa, token] = &people;
    joins(ana, native, "native", &[]);
    ssh_key(ssh, "ed25519", "id_ed25519", "");
    joins(ana, ssh, "ssh", &[]);
    let public = ssh_key(rsa, "rsa", "id_rsa", "");
    vault(ana, &["member", "add", "rsa", &public, "-e", "dev", "--read"], b"").ok();
    push(ana);
    allow(token);
    fs::copy(ana.root().join("token.txt"), token.root().join("own.txt")).unwrap();
    vault(token, &["identity", "import", "../own.txt", "token"], b"").ok();
    joins(ana, token, "token", &[]);
    // A second device of each who can have one.
    for name in ["native", "ssh", "token"] {
        let file = format!("../{name}-second.txt");
        let made = json(&ana.vault(&["identity", "new", "-o", &file, "--json"]).ok());
        let text = |key: &str| made[key].as_str().unwrap().to_owned();
        let (recipient, signs) = (text("recipient"), text("signs"));
        vault(ana, &["identity", "enrol", "--member", name, &recipient, &signs], b"").ok();
    }
    push(ana);
    for (person, name) in people.iter().zip(["native", "ssh", "rsa", "token"]) {
        pull(person);
        assert_eq!(vault(person, &["get", "DB"], b"").ok().text(), "first", "{name}");
        let set = vault(person, &["set", &name.to_uppercase()], name.as_bytes());
        assert_eq!(set.code, i32::from(name == "rsa"), "{name}: {}", set.err);
        if name != "rsa" {
            let second = ana.root().join(format!("{name}-second.txt")).display().to_string();
            let said = person.vault(&["get", &name.to_uppercase(), "--identity", &second]).ok();
            assert_eq!(said.text(), name, "by the second device");
            push(person);
            pull(ana);
        }
    }
    let listed = json(&ana.vault(&["member", "list", "--json"]).ok());
    assert_eq!(listed["members"].as_array().unwrap().len(), 5, "{listed}");
    vault(ana, &["verify", "--strict"], b"").ok();
    for (person, name) in people.iter().zip(["native", "ssh", "rsa", "token"]) {
        vault(ana, &["member", "remove", name, "--yes"], b"").ok();
        push(ana);
        pull(person);
        let said = vault(person, &["get", "DB"], b"");
        assert_eq!((said.code, said.text().as_str()), (4, ""), "{name}: {}", said.err);
        vault(ana, &["verify", "--strict"], b"").ok();
    }
    assert_eq!(ana.vault(&["get", "TOKEN"]).ok().text(), "token");
}
