//! The crates that are built into the program, as cargo resolves them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// Where the program is shipped.
pub(crate) const TARGET: &str = "x86_64-unknown-linux-gnu";

/// What `cargo metadata` says.
pub(crate) struct Tree {
    /// Every crate, those that only tests need among them.
    pub(crate) all: Vec<Value>,
    /// The crates that the program is built of, by name and version, without the program itself.
    pub(crate) built_in: Vec<Value>,
    /// What each needs, by cargo's ids.
    pub(crate) needs: BTreeMap<String, BTreeSet<String>>,
    /// The program.
    pub(crate) program: Value,
    /// SHA-256 of what was downloaded, by name and version.
    pub(crate) hashes: BTreeMap<String, String>,
}

/// `name version`.
pub(crate) fn id(package: &Value) -> String {
    format!("{} {}", package["name"].as_str().unwrap(), package["version"].as_str().unwrap())
}

/// The folder of a crate.
pub(crate) fn folder(package: &Value) -> PathBuf {
    Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap().to_owned()
}

/// The licences of a crate, as SPDX writes them.
pub(crate) fn licence(package: &Value) -> String {
    package["license"].as_str().unwrap_or_default().replace('/', " OR ").replace("  ", " ")
}

impl Tree {
    pub(crate) fn read() -> Option<Self> {
        let root = env!("CARGO_MANIFEST_DIR");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--offline",
            "--filter-platform",
            TARGET,
        ]);
        let printed = cargo.current_dir(root).output().ok()?;
        let metadata: Value = serde_json::from_slice(&printed.stdout).ok()?;
        let program = metadata["resolve"]["root"].as_str()?.to_owned();
        let needs = metadata["resolve"]["nodes"].as_array()?.iter().map(|node| {
            let deps = node["deps"].as_array().unwrap().iter().filter(|dep| is_normal(dep));
            let deps = deps.map(|dep| dep["pkg"].as_str().unwrap().to_owned()).collect();
            (node["id"].as_str().unwrap().to_owned(), deps)
        });
        let needs: BTreeMap<String, BTreeSet<String>> = needs.collect();
        let all = metadata["packages"].as_array()?.clone();
        let needs = without_unbuilt(needs, &all, &built(root)?);
        let reached = reach(&needs, &program);
        let mut built_in: Vec<Value> =
            all.iter().filter(|package| reached.contains(package["id"].as_str().unwrap())).cloned().collect();
        built_in.sort_by_key(id);
        let program = all.iter().find(|package| package["id"] == program.as_str())?.clone();
        Some(Self { all, built_in, needs, program, hashes: hashes(root) })
    }
}

/// The crates that are built, by name and version. `cargo metadata` names more: it follows features of crates that are left out.
fn built(root: &str) -> Option<BTreeSet<String>> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    let printed = cargo.args(["--target", TARGET]).current_dir(root).output().ok()?;
    let text = String::from_utf8(printed.stdout).ok().filter(|_| printed.status.success())?;
    let named = text.lines().map(|line| line.split(' ').take(2).collect::<Vec<_>>());
    Some(named.map(|words| format!("{} {}", words[0], words[1].trim_start_matches('v'))).collect())
}

fn without_unbuilt(
    needs: BTreeMap<String, BTreeSet<String>>,
    all: &[Value],
    built: &BTreeSet<String>,
) -> BTreeMap<String, BTreeSet<String>> {
    let kept: BTreeSet<&str> = all
        .iter()
        .filter(|package| built.contains(&id(package)))
        .map(|package| package["id"].as_str().unwrap())
        .collect();
    let cut = |deps: BTreeSet<String>| deps.into_iter().filter(|dep| kept.contains(dep.as_str())).collect();
    needs.into_iter().map(|(package, deps)| (package, cut(deps))).collect()
}

fn is_normal(dep: &Value) -> bool {
    dep["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null())
}

fn reach(needs: &BTreeMap<String, BTreeSet<String>>, program: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&String> = needs[program].iter().collect();
    while let Some(package) = next.pop() {
        if reached.insert(package.clone()) {
            next.extend(&needs[package]);
        }
    }
    reached
}

fn hashes(root: &str) -> BTreeMap<String, String> {
    let lock: toml::Table =
        toml::from_str(&fs::read_to_string(Path::new(root).join("Cargo.lock")).unwrap()).unwrap();
    let packages = lock["package"].as_array().unwrap().iter();
    let hashed = packages.filter_map(|package| {
        let text = |key: &str| package.get(key).and_then(toml::Value::as_str);
        Some((format!("{} {}", text("name")?, text("version")?), text("checksum")?.to_owned()))
    });
    hashed.collect()
}

/// A library in C that a crate brings along.
pub(crate) struct Bundled {
    pub(crate) name: &'static str,
    pub(crate) version: String,
    pub(crate) licence: &'static str,
    /// The text of its licence.
    pub(crate) text: String,
}

/// The libraries in C that crates bring along, which cargo does not know of.
pub(crate) fn bundled(tree: &Tree) -> Vec<Bundled> {
    let of = |name: &str| tree.built_in.iter().find(|package| package["name"] == name).unwrap();
    let (git, zlib, dbus) = (of("libgit2-sys"), of("libz-sys"), of("libdbus-sys"));
    let read = |package: &Value, file: &str| fs::read_to_string(folder(package).join(file)).unwrap();
    let header = read(zlib, "src/zlib/zlib.h");
    let (_, behind) = header.split_once("#define ZLIB_VERSION \"").unwrap();
    let build = read(dbus, "build_vendored.rs");
    let (_, dbus_version) = build.split_once("DBUS_VERSION: &str = \"\\\"").unwrap();
    vec![
        Bundled {
            name: "libdbus",
            version: dbus_version.split('\\').next().unwrap().to_owned(),
            licence: "AFL-2.1 OR GPL-2.0-or-later",
            text: read(dbus, "vendor/dbus/COPYING"),
        },
        Bundled {
            name: "libgit2",
            version: git["version"].as_str().unwrap().split_once('+').unwrap().1.to_owned(),
            licence: "GPL-2.0-only with a linking exception",
            text: read(git, "libgit2/COPYING"),
        },
        Bundled {
            name: "zlib",
            version: behind.split('"').next().unwrap().to_owned(),
            licence: "Zlib",
            text: read(zlib, "src/zlib/LICENSE"),
        },
    ]
}
