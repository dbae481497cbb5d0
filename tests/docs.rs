//! What the documents say of this repository is so: the tests that they name exist, and so do the files that they link to.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The files below a folder of the repository whose names end so.
fn files(folder: &str, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(ROOT).join(folder)];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(end) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap()
}

/// The documents that people read.
fn documents() -> Vec<PathBuf> {
    let top = fs::read_dir(ROOT).unwrap().map(|entry| entry.unwrap().path());
    let mut documents: Vec<PathBuf> =
        top.filter(|path| path.extension().is_some_and(|e| e == "md")).collect();
    documents.extend(files("docs", ".md"));
    documents.extend(files("examples", ".md"));
    documents.extend(files(".vault-example", ".md"));
    documents
}

/// The name of every test in the repository.
fn tests() -> BTreeSet<String> {
    let sources = [files("tests", ".rs"), files("src", ".rs")].concat();
    let texts: Vec<String> = sources.iter().map(read).collect();
    texts.iter().flat_map(|text| tests_of(text)).collect()
}

fn tests_of(source: &str) -> Vec<String> {
    let behind = source.split("#[test]\n").skip(1);
    behind
        .filter_map(|text| {
            let function = text.lines().map(str::trim).find(|line| !line.starts_with("#["))?;
            Some(function.strip_prefix("fn ")?.split('(').next()?.to_owned())
        })
        .collect()
}

/// What stands between backquotes in the last column of each row.
fn last_column(table: &str) -> Vec<String> {
    let rows = table.lines().filter(|line| line.starts_with("| ") && line.contains('_'));
    let cells = rows.filter_map(|row| row.trim_end_matches(" |").rsplit(" | ").next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

#[test]
fn every_test_that_the_threat_model_names_exists() {
    let (named, tests) = (last_column(&read("docs/threat-model.md")), tests());
    let missing: Vec<&String> = named.iter().filter(|name| !tests.contains(*name)).collect();
    assert_eq!(missing, Vec::<&String>::new());
    assert!(named.len() > 50, "{}", named.len());
}

#[test]
fn every_row_of_the_threat_model_names_a_test() {
    let text = read("docs/threat-model.md");
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.ends_with("| test |"));
    let without: Vec<&str> = rows.filter(|row| !row.ends_with("` |")).collect();
    assert_eq!(without, Vec::<&str>::new());
}

#[test]
fn every_file_that_a_document_links_to_exists() {
    let broken: Vec<String> = documents().iter().flat_map(|document| broken_links(document)).collect();
    assert_eq!(broken, Vec::<String>::new());
}

fn broken_links(document: &Path) -> Vec<String> {
    let text = read(document);
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let own = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    let folder = document.parent().unwrap();
    own.filter(|target| !folder.join(target.split('#').next().unwrap()).exists())
        .map(|target| format!("{}: {target}", document.display()))
        .collect()
}

#[test]
fn decisions_are_numbered_from_one_and_short() {
    let decisions = files("docs/decisions", ".md");
    let faults: Vec<&PathBuf> = decisions
        .iter()
        .enumerate()
        .filter(|(i, path)| {
            let (text, number) = (read(path), format!("{:04}", i + 1));
            let named = path.file_name().unwrap().to_string_lossy().starts_with(&format!("{number}-"));
            let parts =
                ["\n## Decision\n", "\n## Why\n", "\n## Cost\n"].iter().all(|part| text.contains(part));
            !named || !parts || !text.starts_with(&format!("# {number}: ")) || text.lines().count() > 40
        })
        .map(|(_, path)| path)
        .collect();
    assert_eq!(faults, Vec::<&PathBuf>::new());
}

#[test]
fn exit_codes_of_the_program_and_of_the_document_are_the_same() {
    let text = read("docs/exit-codes.md");
    let table = text.split("## `run`").next().unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next()?.parse().ok());
    let source = read("src/ui/failure.rs");
    let codes = source.lines().filter_map(|line| line.trim().strip_prefix("Self::")?.split(" => ").nth(1));
    let mut known: Vec<u8> = codes.filter_map(|code| code.trim_end_matches(',').parse().ok()).collect();
    known.insert(0, 0);
    assert_eq!(rows.collect::<Vec<u8>>(), known);
}
