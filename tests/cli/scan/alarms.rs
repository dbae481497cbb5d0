//! No false alarm on code that many people have read: the sources of five crates that this one is built of.

use std::{path::PathBuf, process::Command};

use serde_json::Value;

use crate::harness::{Person, skipped};

/// Large, with tables, tests, other languages and data among them; and without a key of anybody's.
const CRATES: [&str; 5] = ["clap_builder", "libc", "libgit2-sys", "proptest", "rustix"];

/// Where cargo has the sources of a package; none where it has not, or does not answer without a network.
fn sources(metadata: &Value, name: &str) -> Option<PathBuf> {
    let mut packages = metadata["packages"].as_array()?.iter();
    let package = packages.find(|package| package["name"] == name)?;
    let folder = PathBuf::from(package["manifest_path"].as_str()?).parent()?.to_owned();
    folder.join("Cargo.toml").is_file().then_some(folder)
}

fn metadata() -> Option<Value> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version=1", "--offline", "--locked"]);
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output().ok()?;
    serde_json::from_slice(&output.stdout).ok()
}

#[test]
fn sources_of_five_large_crates_raise_no_alarm() {
    let metadata = metadata().unwrap_or_default();
    let folders: Vec<PathBuf> = CRATES.iter().filter_map(|name| sources(&metadata, name)).collect();
    if folders.len() < CRATES.len() {
        return skipped("cargo has not the sources of all five crates here");
    }
    let ana = Person::with_vault("ana");
    for number in 0..20 {
        ana.vault(&["set", &format!("KEY_{number}"), "--generate"]).ok();
    }
    let mut args = vec!["scan", "--json"];
    args.extend(folders.iter().map(|folder| folder.to_str().unwrap()));
    let said = ana.vault(&args);
    let answer: Value = serde_json::from_slice(&said.out).unwrap();
    let searched = &answer["searched"];
    assert_eq!(
        (said.code, &answer["found"], &searched["secrets"]),
        (0, &serde_json::json!([]), &Value::from(20))
    );
    assert!(searched["bytes"].as_u64() > Some(10_000_000), "{searched}");
}
