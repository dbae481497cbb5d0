//! The list of all that is built into the program, in CycloneDX 1.5; without a time, so that the same lock file makes the
//! same list.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::tree::{Tree, bundled, id, licence};

/// Prints the list.
pub(crate) fn print(tree: &Tree) -> String {
    let program = purl(&tree.program);
    let mut components: Vec<Value> = tree.built_in.iter().map(|package| component(tree, package)).collect();
    components.extend(bundled(tree).iter().map(|library| {
        json!({
            "type": "library",
            "bom-ref": library.name,
            "name": library.name,
            "version": library.version,
            "licenses": [{ "license": { "name": library.licence } }],
        })
    }));
    let list = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": program,
                "name": tree.program["name"],
                "version": tree.program["version"],
                "licenses": [{ "expression": licence(&tree.program) }],
                "purl": program,
            }
        },
        "components": components,
        "dependencies": dependencies(tree),
    });
    format!("{list:#}\n")
}

fn purl(package: &Value) -> String {
    let version = package["version"].as_str().unwrap().replace('+', "%2B");
    format!("pkg:cargo/{}@{version}", package["name"].as_str().unwrap())
}

fn component(tree: &Tree, package: &Value) -> Value {
    json!({
        "type": "library",
        "bom-ref": purl(package),
        "name": package["name"],
        "version": package["version"],
        "purl": purl(package),
        "licenses": [{ "expression": licence(package) }],
        "hashes": [{ "alg": "SHA-256", "content": tree.hashes[&id(package)] }],
    })
}

fn dependencies(tree: &Tree) -> Vec<Value> {
    let known = tree.built_in.iter().chain([&tree.program]);
    let names: BTreeMap<&str, String> =
        known.map(|package| (package["id"].as_str().unwrap(), purl(package))).collect();
    let mut all: Vec<(String, Vec<String>)> = names
        .iter()
        .map(|(id, name)| {
            let mut needs: Vec<String> =
                tree.needs[*id].iter().map(|needed| names[needed.as_str()].clone()).collect();
            needs.sort();
            (name.clone(), needs)
        })
        .collect();
    for (crate_name, library) in [
        ("pkg:cargo/libdbus-sys@", "libdbus"),
        ("pkg:cargo/libgit2-sys@", "libgit2"),
        ("pkg:cargo/libz-sys@", "zlib"),
    ] {
        all.iter_mut()
            .filter(|(name, _)| name.starts_with(crate_name))
            .for_each(|(_, needs)| needs.push(library.to_owned()));
    }
    all.sort();
    all.into_iter().map(|(name, needs)| json!({ "ref": name, "dependsOn": needs })).collect()
}
