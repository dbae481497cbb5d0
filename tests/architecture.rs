//! The house rules of docs/architecture.md that a compiler does not check, checked on the text of `src/`.

#[path = "architecture/planted.rs"]
mod planted;
#[path = "architecture/source.rs"]
mod source;

use std::{fs, path};

use source::{Path, Source};

/// The rooms from the ground up. A room imports from floors below its own; those of one floor are strangers.
const FLOORS: [&[&str]; 6] = [
    &["kernel"],
    &["store", "git", "unlock", "ui", "audit", "link"],
    &["vault"],
    &["run", "interchange", "scan", "rotate"],
    &["agent"],
    &["cli"],
];

/// The files that may take a value out of its `Secret`: here is where to look for a leak.
const EXPOSING: &[&str] = &[
    "cli/reveal.rs",
    "interchange/batch.rs",
    "interchange/quote.rs",
    "kernel/format/identity_file.rs",
    "kernel/forms/mod.rs",
    "kernel/seal/identity.rs",
    "kernel/seal/passphrase.rs",
    "kernel/seal/plugin.rs",
    "kernel/seal/value.rs",
    "run/child.rs",
    "unlock/keychain.rs",
];
const MOST_EXPOSING: usize = 11;

/// Crates, and the folders or files that may name them.
const OWNERS: [(&str, &[&str]); 9] = [
    ("age", &["kernel/seal"]),
    ("age_core", &["kernel/seal"]),
    ("clap", &["cli", "main"]),
    ("dbus_secret_service", &["unlock"]),
    ("dirs", &["main", "store"]),
    ("git2", &["git"]),
    ("keyring", &["unlock"]),
    ("rpassword", &["ui"]),
    ("ssh_key", &["kernel/seal"]),
];

/// What would let the kernel reach a file, a clock, a variable, a terminal or another process.
const OUTSIDE: [&[&str]; 11] = [
    &["std", "fs"],
    &["std", "env"],
    &["std", "process"],
    &["std", "net"],
    &["io", "stdin"],
    &["io", "stdout"],
    &["io", "stderr"],
    &["SystemTime", "now"],
    &["Instant", "now"],
    &["elapsed"],
    &["rustix"],
];

/// Names under which a forbidden path could be spelled otherwise, if they were renamed.
const NEVER_RENAMED: [&str; 5] = ["std", "io", "time", "SystemTime", "Instant"];

const NAMELESS: [&str; 6] = ["util", "utils", "common", "helper", "helpers", "misc"];
const MOST_LINES: usize = 500;
const MOST_TEST_LINES: usize = 80;

fn fault(source: &Source, line: usize, what: &str) -> String {
    format!("src/{}:{line}: {what}", source.file)
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

fn imports(source: &Source) -> Vec<String> {
    let Some(room) = source.room() else { return Vec::new() };
    let Some(own) = floor(&room) else {
        return vec![fault(source, 1, &format!("`{room}` stands on no floor"))];
    };
    let judge = |path: &Path| {
        let text = path.text();
        let (first, second) = (path.segments.first()?, path.segments.get(1).map(String::as_str));
        let what = match second {
            _ if first != "crate" || second == Some(&room) => return None,
            None if path.imported && path.renamed => "renames the crate".to_owned(),
            None => return None,
            Some(other) => match floor(other) {
                Some(below) if below < own => return None,
                Some(same) if same == own => format!("`{room}` imports sideways: `{text}`"),
                Some(_) => format!("`{room}` imports upwards: `{text}`"),
                None => format!("`{text}` leads to no room"),
            },
        };
        Some(fault(source, path.line, &what))
    };
    source.paths.iter().filter_map(judge).collect()
}

fn outside(source: &Source) -> Vec<String> {
    let judge = |path: &Path| {
        let last = path.segments.last().map(String::as_str).unwrap_or_default();
        let what = if OUTSIDE.iter().any(|part| path.spells(part)) {
            format!("the kernel does not reach outside: `{}`", path.text())
        } else if path.imported && path.renamed && NEVER_RENAMED.contains(&last) {
            format!("the kernel does not rename `{}`", path.text())
        } else {
            return None;
        };
        Some(fault(source, path.line, &what))
    };
    let in_kernel = source.room().is_some_and(|room| room == "kernel");
    source.paths.iter().filter(|_| in_kernel).filter_map(judge).collect()
}

fn length(source: &Source) -> Vec<String> {
    let lines = source.text.lines().count();
    let what = format!("has {lines} lines, over {MOST_LINES}");
    if lines > MOST_LINES { vec![fault(source, lines, &what)] } else { Vec::new() }
}

fn head(source: &Source) -> Vec<String> {
    if source.text.starts_with("//! ") {
        Vec::new()
    } else {
        vec![fault(source, 1, "does not begin with `//! `")]
    }
}

/// The lines that take a value out; tests may, since what they make up is no secret.
fn exposures(source: &Source) -> Vec<usize> {
    let is_door = |name: &String| name == "expose" || name.starts_with("expose_secret");
    let opens =
        |path: &&Path| (path.member || path.segments.len() > 1) && path.segments.last().is_some_and(is_door);
    let calls = source.paths.iter().filter(opens);
    calls.map(|path| path.line).filter(|line| !source.tests_at(*line)).collect()
}

fn expose_outside(source: &Source, listed: &[&str]) -> Vec<String> {
    let calls = exposures(source).into_iter().filter(|_| !listed.contains(&source.file.as_str()));
    calls.map(|line| fault(source, line, "calls `expose()` and is not in `EXPOSING`")).collect()
}

fn listed_in_vain(sources: &[Source], listed: &[&str]) -> Vec<String> {
    let calls = |file: &&&str| sources.iter().any(|s| s.file == **file && !exposures(s).is_empty());
    let vain = listed.iter().filter(|file| !calls(file));
    vain.map(|file| format!("src/{file}:1: is in `EXPOSING` and does not call `expose()`")).collect()
}

fn owners(source: &Source) -> Vec<String> {
    let judge = |path: &Path| {
        let (name, homes) = OWNERS.iter().find(|(name, _)| path.segments[0] == *name)?;
        let stem = source.file.trim_end_matches(".rs");
        let at_home = |home: &&str| {
            stem.strip_prefix(*home).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let named = path.imported || path.segments.len() > 1;
        let what = format!("`{name}` belongs to {}", homes.join(" and "));
        (named && !homes.iter().any(at_home)).then(|| fault(source, path.line, &what))
    };
    source.paths.iter().filter_map(judge).collect()
}

fn names(source: &Source) -> Vec<String> {
    let parts = source.file.trim_end_matches(".rs").split('/');
    let nameless = parts.filter(|part| NAMELESS.contains(part));
    nameless.map(|part| fault(source, 1, &format!("`{part}` says nothing about what is in it"))).collect()
}

fn unit_tests(source: &Source) -> Vec<String> {
    if source.is_tests() {
        return Vec::new();
    }
    let long = source.test_modules.iter().filter(|lines| lines.end() - lines.start() + 1 > MOST_TEST_LINES);
    let long =
        long.map(|lines| fault(source, *lines.start(), "over 80 lines of tests: they move to a `tests.rs`"));
    let loose = source.tests.iter().filter(|line| !source.tests_at(**line));
    let loose = loose.map(|line| fault(source, *line, "a test outside a module of tests"));
    long.chain(loose).collect()
}

/// Every `.rs` file below `src/`, in order.
fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    let root = path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    collect(&root, "", &mut found);
    assert!(found.iter().any(|source| source.file == "lib.rs"), "{} holds the sources", root.display());
    found.sort_by(|a, b| a.file.cmp(&b.file));
    found
}

fn collect(folder: &path::Path, below: &str, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("a folder of the sources can be listed") {
        let entry = entry.expect("an entry of the sources can be read");
        let name = entry.file_name().into_string().expect("a source has a UTF-8 name");
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{below}{name}/"), found);
        } else if name.ends_with(".rs") {
            let text = fs::read_to_string(entry.path()).expect("a source is UTF-8 text");
            found.push(Source::read(&format!("{below}{name}"), &text));
        }
    }
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "the house rules (docs/architecture.md) are broken:\n{}", faults.join("\n"));
}

fn assert_everywhere(rule: fn(&Source) -> Vec<String>) {
    assert_none(&sources().iter().flat_map(rule).collect::<Vec<_>>());
}

#[test]
fn no_room_imports_upwards_or_sideways() {
    assert_everywhere(imports);
}

#[test]
fn the_kernel_reaches_no_file_clock_variable_or_terminal() {
    assert_everywhere(outside);
}

#[test]
fn no_file_is_longer_than_500_lines() {
    assert_everywhere(length);
}

#[test]
fn every_file_begins_by_saying_what_it_is() {
    assert_everywhere(head);
}

#[test]
fn only_listed_files_take_a_value_out_of_its_secret() {
    assert_everywhere(|source| expose_outside(source, EXPOSING));
}

#[test]
fn every_file_listed_as_exposing_does_so() {
    assert_none(&listed_in_vain(&sources(), EXPOSING));
}

#[test]
fn fewer_than_twelve_files_take_a_value_out_of_its_secret() {
    assert!(EXPOSING.len() <= MOST_EXPOSING, "{} files are listed, over {MOST_EXPOSING}", EXPOSING.len());
}

#[test]
fn a_crate_is_named_only_in_the_room_that_owns_it() {
    assert_everywhere(owners);
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    assert_everywhere(names);
}

#[test]
fn unit_tests_over_80_lines_stand_in_a_file_of_their_own() {
    assert_everywhere(unit_tests);
}
