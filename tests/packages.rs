//! What is shipped beside the program: the list of all that is built into it, their licences, and the promise of a compiler.
//!
//! `packaging/` is made from what cargo knows, and is compared with it byte for byte. `just packaging` writes it anew.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "packages/notices.rs"]
mod notices;
#[path = "packages/sbom.rs"]
mod sbom;
#[path = "packages/tree.rs"]
mod tree;

use std::{fs, io::Write, path::Path};

use tree::Tree;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The tree of the lock file for Linux, where the program is shipped; none where cargo lacks the crates, which is said.
fn tree() -> Option<Tree> {
    let tree = Tree::read();
    if tree.is_none() {
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        // Where nobody listens, nobody can be told.
        let _ = writeln!(std::io::stderr(), "skipped: {test}: cargo has not all crates at hand");
    }
    tree
}

/// Compares a file with what it should be, or writes it if that was asked for.
#[expect(clippy::disallowed_methods, reason = "`just packaging` asks a test to write, by a variable")]
fn assert_is(file: &str, wanted: &str) {
    let path = Path::new(ROOT).join("packaging").join(file);
    if std::env::var_os("PACKAGING_WRITE").is_some() {
        return fs::write(path, wanted).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    let differs = found.lines().zip(wanted.lines()).find(|(found, wanted)| found != wanted);
    assert!(found == wanted, "packaging/{file} is stale, `just packaging` writes it anew: {differs:?}");
}

#[test]
fn list_of_what_is_built_in_is_as_the_lock_file_has_it() {
    let Some(tree) = tree() else { return };
    assert_is("cargo-vault.cdx.json", &sbom::print(&tree));
}

#[test]
fn licences_of_what_is_built_in_are_as_the_crates_have_them() {
    let Some(tree) = tree() else { return };
    assert_is("THIRD-PARTY.txt", &notices::print(&tree));
}

#[test]
fn list_names_every_crate_that_cargo_tree_does() {
    let listed = fs::read_to_string(Path::new(ROOT).join("packaging/cargo-vault.cdx.json")).unwrap();
    let notices = fs::read_to_string(Path::new(ROOT).join("packaging/THIRD-PARTY.txt")).unwrap();
    let mut cargo = std::process::Command::new(env!("CARGO"));
    cargo.args(["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    cargo.args(["--target", tree::TARGET]).current_dir(ROOT);
    let printed = cargo.output().unwrap();
    if !printed.status.success() {
        return drop(tree());
    }
    let text = String::from_utf8(printed.stdout).unwrap();
    let crates = text.lines().filter(|line| !line.starts_with("cargo-vault v"));
    let crates = crates.map(|line| line.split(' ').take(2).collect::<Vec<_>>());
    let missing: Vec<String> = crates
        .map(|words| (words[0].to_owned(), words[1].trim_start_matches('v').to_owned()))
        .filter(|(name, version)| {
            let purl = format!("\"purl\": \"pkg:cargo/{name}@{}\"", version.replace('+', "%2B"));
            !listed.contains(&purl) || !notices.contains(&format!("{name} {version}"))
        })
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
    assert!(text.lines().count() > 100, "{text}");
}

#[test]
fn no_crate_asks_for_a_newer_compiler_than_the_program_promises() {
    let Some(tree) = tree() else { return };
    let number = |text: &str| -> Vec<u32> { text.split('.').map(|part| part.parse().unwrap()).collect() };
    let promised = number(env!("CARGO_PKG_RUST_VERSION"));
    let newer: Vec<String> = tree
        .all
        .iter()
        .filter_map(|package| {
            let asked = package["rust_version"].as_str()?;
            (number(asked) > promised).then(|| format!("{} asks for {asked}", tree::id(package)))
        })
        .collect();
    assert_eq!(newer, Vec::<String>::new(), "promised is {}", env!("CARGO_PKG_RUST_VERSION"));
}

#[test]
fn readme_states_the_compiler_that_is_promised() {
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    assert!(readme.contains(&format!("Rust {} or newer", env!("CARGO_PKG_RUST_VERSION"))));
}

#[test]
fn files_of_the_debian_package_exist() {
    let manifest = fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&manifest).unwrap();
    let assets = manifest["package"]["metadata"]["deb"]["assets"].as_array().unwrap();
    let sources: Vec<&str> = assets.iter().map(|asset| asset[0].as_str().unwrap()).collect();
    // What is built first is not here yet.
    let missing: Vec<&&str> = sources
        .iter()
        .filter(|source| !source.starts_with("target/") && !Path::new(ROOT).join(source).is_file())
        .collect();
    assert_eq!(missing, Vec::<&&str>::new());
    let scripts =
        fs::read_dir(Path::new(ROOT).join("completions")).unwrap().map(|file| file.unwrap().file_name());
    let left: Vec<_> = scripts
        .filter(|name| !sources.contains(&format!("completions/{}", name.to_string_lossy()).as_str()))
        .collect();
    assert_eq!(left, Vec::<std::ffi::OsString>::new());
}
