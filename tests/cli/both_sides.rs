//! Each kind of change on one branch with each kind on another, brought together by what git does and the messages say: what comes
//! of it verifies, no value is lost, and nobody reads on who was removed.

use cargo_vault::kernel::model::{Access, Role};
use serde_json::Value;

use crate::{
    forge::{Forge, Team, anchor, identity, pull, push},
    harness::Person,
};

const CHANGES: [&str; 7] = ["set same", "set other", "delete", "add", "remove", "rekey", "rename"];

/// Two admins, ana and dora, each with a clone in which nothing was done yet; bob reads and writes.
struct Sides {
    team: Team,
    dora: Person,
    /// Public keys of somebody whom ana lets in, and of somebody whom dora does.
    new: [String; 2],
}

impl Sides {
    fn new() -> Self {
        let team = Team::new();
        let dora = team.ana.other("dora");
        dora.vault(&["identity", "new"]).ok();
        let mut forge = Forge::of(&team.ana);
        let dev = [("dev", Access::Write)];
        forge.enrol((&team.ana, "ana"), ("dora", &identity(&dora)), Role::Admin, &dev);
        forge.sign(&identity(&team.ana), "add dora").put(&team.ana);
        team.ana.vault_with(&["set", "KEEP"], b"kept").ok();
        push(&team.ana);
        let new = ["one", "two"].map(|name| {
            let person = team.ana.other(name);
            person.vault(&["identity", "new"]).ok();
            identity(&person).recipient().as_str().to_owned()
        });
        dora.git(&["clone", "-q", team.ana.root().join("origin.git").to_str().unwrap(), "."]);
        dora.vault(&["trust", &anchor(&team.ana)]).ok();
        pull(&team.bob);
        team.ana.sh("cd ..; mkdir saved; cp -a [a-d]*-home [a-d]*-project origin.git saved");
        Self { team, dora, new }
    }

    /// Everybody is where he was.
    fn again(&self) {
        self.team.ana.sh("cd ..; rm -rf [a-d]*-home [a-d]*-project origin.git; cp -a saved/. .");
    }

    /// Both do their part, and dora has git bring ana's in.
    fn part(&self, [ana, dora]: [&str; 2], operation: &str) {
        change(&self.team.ana, ana, "ana", &self.new[0]);
        self.team.ana.git(&["push", "-q", "origin", "HEAD:main"]);
        change(&self.dora, dora, "dora", &self.new[1]);
        self.dora.git(&["fetch", "-q"]);
        let git = format!("git {operation} origin/main >~/git-said 2>&1 && echo done || echo stopped");
        if self.dora.sh(&git) == "stopped\n" {
            self.decide();
            let go_on = if operation == "rebase" { "rebase --continue" } else { "commit -q --no-edit" };
            self.dora.sh(&format!("GIT_EDITOR=true git {go_on} >~/git-said 2>&1"));
        }
        if self.dora.vault(&["verify"]).code != 0 {
            self.dora.vault(&["repair"]).ok();
            self.dora.commit("repaired");
        }
    }

    /// Resolves, and takes HEAD's side of what is left to a person.
    fn decide(&self) {
        let said = self.dora.vault(&["resolve", "--json"]);
        assert!([0, 6].contains(&said.code), "{}", said.conversation());
        let said: Value = serde_json::from_slice(&said.out).unwrap();
        for left in said["left"].as_array().unwrap() {
            let name = left["name"].as_str().unwrap();
            self.dora.git(&["checkout", "HEAD", "--", &format!(".vault/secrets/dev/{name}.toml")]);
            self.dora.vault(&["repair", name]).ok();
        }
        self.dora.git(&["add", ".vault"]);
    }

    /// What is not as it has to be.
    fn wrong(&self, [ana, dora]: [&str; 2]) -> Vec<String> {
        let mut wrong = Vec::new();
        let verified = self.dora.vault(&["verify"]);
        if verified.code != 0 {
            wrong.push(verified.conversation());
        }
        let mut is = |name: &str, wanted: &[&str]| {
            let said = self.dora.vault(&["get", name]);
            let value = if said.code == 3 { "none".to_owned() } else { said.text() };
            if !wanted.contains(&value.as_str()) {
                wrong.push(format!("{name} is not one of {wanted:?}: {}", said.conversation()));
            }
        };
        is("KEEP", &["kept"]);
        let mut db = Vec::new();
        for (what, side) in [(ana, "ana"), (dora, "dora")] {
            match what {
                "set same" => db.push(side),
                "delete" => db.push("none"),
                "set other" => is(&format!("NEW_{side}"), &[side]),
                "rename" => {
                    db.push("none");
                    is(&format!("NEW_{side}"), &["first"]);
                }
                _ => {}
            }
        }
        is("DB", if db.is_empty() { &["first"] } else { &db });
        if [ana, dora].contains(&"remove") {
            push(&self.dora);
            pull(&self.team.bob);
            let said = self.team.bob.vault(&["get", "KEEP"]);
            if said.code != 4 {
                wrong.push(format!("bob reads on: {}", said.conversation()));
            }
        }
        wrong
    }
}

#[track_caller]
fn change(person: &Person, what: &str, side: &str, key: &str) {
    let (new, member) = (format!("NEW_{side}"), format!("m-{side}"));
    match what {
        "set same" => person.vault_with(&["set", "DB"], side.as_bytes()),
        "set other" => person.vault_with(&["set", &new], side.as_bytes()),
        "delete" => person.vault(&["rm", "DB"]),
        "add" => person.vault(&["member", "add", &member, key, "-e", "dev", "--read"]),
        "remove" => person.vault(&["member", "remove", "bob", "-y"]),
        "rekey" => person.vault(&["rekey"]),
        "rename" => person.vault(&["mv", "DB", &new]),
        other => panic!("{other} is no change"),
    }
    .ok();
    person.commit(what);
}

/// Fails with every pair of which something is wrong in the end.
#[track_caller]
fn all_come_together(operation: &str, mine: &[&str]) {
    let sides = Sides::new();
    let mut faults = Vec::new();
    let pairs = mine.iter().flat_map(|dora| CHANGES.iter().map(move |ana| [*ana, *dora]));
    for (number, pair) in pairs.enumerate() {
        sides.again();
        // Every other pair with the driver, so that each change is met with it and without.
        if number % 2 == 1 {
            sides.dora.vault(&["git", "install", "--no-hook"]).ok();
        }
        sides.part(pair, operation);
        let wrong = sides.wrong(pair);
        if !wrong.is_empty() {
            faults.push(format!("{operation} of {pair:?}: {}", wrong.join("\n")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn any_two_changes_are_merged() {
    all_come_together("merge", &CHANGES);
}

#[test]
fn change_that_is_rebased_onto_any_other_is_there() {
    all_come_together("rebase", &CHANGES);
}

#[test]
fn any_change_is_picked_onto_another() {
    all_come_together("cherry-pick", &CHANGES);
}
