//! The tree of commands, as the program's own help shows it, so that a test that must know all of them finds new ones.

use crate::harness::Person;

/// Every command that does something, its words joined by spaces: `get`, `env add`.
pub(crate) fn commands(person: &Person) -> Vec<String> {
    let mut found = Vec::new();
    collect(person, &[], &mut found);
    found
}

fn collect(person: &Person, words: &[String], found: &mut Vec<String>) {
    let args: Vec<&str> = words.iter().map(String::as_str).chain(["-h"]).collect();
    let help = person.vault(&args).ok().text();
    let below = names(&help);
    if below.is_empty() {
        found.push(words.join(" "));
    }
    for name in below {
        collect(person, &[words, &[name]].concat(), found);
    }
}

/// The names under `Commands:`; what is indented further is the rest of a description.
fn names(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let rows = listed.take_while(|line| !line.is_empty());
    let names = rows.filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')));
    names.filter_map(|rest| rest.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn tree_of_commands_is_walked_to_its_leaves() {
    let found = commands(&Person::new("ana"));
    for known in ["init", "set", "env add", "identity new", "ci setup"] {
        assert!(found.iter().any(|command| command == known), "{known}: {found:?}");
    }
    assert!(!found.iter().any(|command| command == "env"), "{found:?}");
}
