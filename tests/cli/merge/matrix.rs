//! What two people did to one secret on two branches, each with each, in a real merge, rebase and pick: one sound vault in which
//! nobody's value is lost, or a secret in conflict that every reader names, and that one command mends.

use super::git;
use crate::{
    forge::Team,
    harness::{Person, Said},
};

const DB: &str = ".vault/secrets/dev/DB.toml";

/// What somebody does on his branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Sets,
    SetsAnother,
    Removes,
    Renames,
}

const DEEDS: [Deed; 4] = [Deed::Sets, Deed::SetsAnother, Deed::Removes, Deed::Renames];

impl Deed {
    fn touches(self) -> bool {
        self != Self::SetsAnother
    }

    fn done_by(self, person: &Person, name: &str) {
        let (value, other) = (format!("of {name}"), format!("OF_{}", name.to_uppercase()));
        person.git(&["checkout", "-q", "-b", &format!("{name}-{self:?}"), "main"]);
        match self {
            Self::Sets => person.vault_with(&["set", "DB"], value.as_bytes()),
            Self::SetsAnother => person.vault_with(&["set", &other], value.as_bytes()),
            Self::Removes => person.vault(&["rm", "DB"]),
            Self::Renames => person.vault(&["mv", "DB", "MOVED"]),
        }
        .ok();
        person.commit("a deed");
    }
}

/// Ana, whose clone has a branch of hers and one of bob's for each deed.
fn both() -> Team {
    let team = Team::new();
    for deed in DEEDS {
        deed.done_by(&team.ana, "ana");
        deed.done_by(&team.bob, "bob");
    }
    team.ana.git(&["fetch", "-q", team.bob.cwd.to_str().unwrap(), "+refs/heads/bob-*:refs/heads/bob-*"]);
    team
}

/// Every name with its value after both deeds.
fn wanted(ana: Deed, bob: Deed) -> Vec<(&'static str, Option<&'static str>)> {
    let has = |deed| ana == deed || bob == deed;
    let db = match (ana, bob) {
        (Deed::Sets, _) => Some("of ana"),
        (_, Deed::Sets) => Some("of bob"),
        _ if has(Deed::Removes) || has(Deed::Renames) => None,
        _ => Some("first"),
    };
    vec![
        ("DB", db),
        ("MOVED", has(Deed::Renames).then_some("first")),
        ("OF_ANA", (ana == Deed::SetsAnother).then_some("of ana")),
        ("OF_BOB", (bob == Deed::SetsAnother).then_some("of bob")),
    ]
}

fn has_now(person: &Person) -> Vec<(&'static str, Option<String>)> {
    let get =
        |name| Some(person.vault(&["get", name])).filter(|said| said.code != 3).map(|said| said.ok().text());
    ["DB", "MOVED", "OF_ANA", "OF_BOB"].map(|name| (name, get(name))).to_vec()
}

/// What is wrong with a cell, if anything is.
fn fault(ana: &Person, (mine, his): (Deed, Deed), how: &[&str], merges: bool) -> Option<String> {
    ana.git(&["checkout", "-q", "-B", "work", &format!("ana-{mine:?}")]);
    let branch = format!("bob-{his:?}");
    let Said { code, err, .. } = git(ana, &[how, &[&branch]].concat());
    let clean = !(mine.touches() && his.touches()) || (merges && mine != Deed::Sets && his != Deed::Sets);
    let found = match (clean, code) {
        (true, 0) => {
            let (has, verified) = (has_now(ana), ana.vault(&["verify"]));
            let wanted: Vec<_> =
                wanted(mine, his).into_iter().map(|(name, value)| (name, value.map(str::to_owned))).collect();
            match (has == wanted, verified.code) {
                (true, 0) => None,
                (false, _) => Some(format!("{has:?}")),
                _ => Some(verified.conversation()),
            }
        }
        (false, 1) => {
            let (get, status) = (ana.vault(&["get", "DB"]), ana.git(&["status", "--porcelain", DB]));
            let named = get.err.starts_with("error: `.vault/secrets/dev/DB.toml` has conflict markers");
            let told = !merges || err.contains("error: `dev/DB`: both sides changed it: ");
            let wrong = get.code != 6 || !named || !told || &status[..2] != "UU";
            if wrong { Some(format!("{err}{}{status}", get.err)) } else { unmended(ana, (mine, his), how[0]) }
        }
        _ => Some(format!("ended with {code}: {err}")),
    };
    git(ana, &[how[0], "--abort"]);
    ana.git(&["reset", "-q", "--hard"]);
    found.map(|found| format!("{mine:?} and {his:?}: {found}"))
}

/// What is wrong after a person has taken the side that is brought in.
fn unmended(ana: &Person, (mine, his): (Deed, Deed), how: &str) -> Option<String> {
    let resolved = ana.vault(&["resolve", "--all", "--theirs"]);
    let go_on = if how == "merge" { "commit -q --no-edit" } else { &format!("{how} --continue") };
    let went_on = ana.sh(&format!("GIT_EDITOR=true git {go_on} 2>&1 || true"));
    let (taken, name) = if how == "rebase" { (mine, "ana") } else { (his, "bob") };
    let wanted = (taken == Deed::Sets).then(|| format!("of {name}"));
    let (has, verified) = (has_now(ana), ana.vault(&["verify"]));
    let moved = (mine == Deed::Renames || his == Deed::Renames).then(|| "first".to_owned());
    let right = has[0].1 == wanted && has[1].1 == moved && verified.code == 0;
    (!right).then(|| format!("{}{went_on}{has:?}\n{}", resolved.conversation(), verified.conversation()))
}

#[track_caller]
fn all_cells(how: &[&str], merges: bool) {
    let Team { ana, .. } = both();
    if merges {
        ana.vault(&["git", "install", "--no-hook"]).ok();
    }
    let cells = DEEDS.into_iter().flat_map(|mine| DEEDS.map(|his| (mine, his)));
    let faults: Vec<String> = cells.filter_map(|cell| fault(&ana, cell, how, merges)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn two_deeds_are_merged_or_named() {
    all_cells(&["merge", "-q"], true);
}

#[test]
fn two_deeds_are_rebased_or_named() {
    all_cells(&["rebase", "-q"], true);
}

#[test]
fn two_deeds_are_picked_or_named() {
    all_cells(&["cherry-pick"], true);
}

#[test]
fn two_deeds_are_merged_or_named_where_nothing_is_installed() {
    all_cells(&["merge", "-q"], false);
}

#[test]
fn two_deeds_are_rebased_or_named_where_nothing_is_installed() {
    all_cells(&["rebase", "-q"], false);
}

#[test]
fn two_deeds_are_picked_or_named_where_nothing_is_installed() {
    all_cells(&["cherry-pick"], false);
}
