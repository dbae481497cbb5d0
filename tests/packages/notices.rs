//! The licences of all that is built into the program, as they ask to be passed on: each text once, below the crates that it
//! is of. Of a crate under several licences at choice the MIT one is passed on, and its words stand once below all who are
//! named in front of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::Path,
};

use crate::tree::{Tree, bundled, folder, id, licence};

/// How the MIT licence begins.
const MIT: &str = "Permission is hereby granted";

const RULE: &str = "--------------------------------------------------------------------------------";

/// Prints the notices.
pub(crate) fn print(tree: &Tree) -> String {
    let words_of_mit = words(&mit());
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut without, mut by_mit) = (BTreeSet::new(), BTreeSet::new());
    for package in &tree.built_in {
        let found = licence_texts(&folder(package), &licence(package));
        if found.is_empty() {
            without.insert(format!("{} ({})", id(package), licence(package)));
        }
        for text in found {
            let name = format!("{} ({})", id(package), licence(package));
            match holders(&text, &words_of_mit) {
                Some(holders) => drop(by_mit.insert((name, holders))),
                None => drop(texts.entry(text).or_default().insert(name)),
            }
        }
    }
    for library in bundled(tree) {
        let name = format!("{} {} ({})", library.name, library.version, library.licence);
        texts.entry(tidy(&library.text)).or_default().insert(name);
    }
    let mut printed =
        "What is built into cargo-vault, beside its own code, and under which licences.\n\n".to_owned();
    printed.push_str(
        "These crates bring no text of their licences; who grants them are the authors that they name:\n\n",
    );
    without.iter().for_each(|name| writeln!(printed, "    {name}").unwrap());
    write!(printed, "\n{RULE}\n\n").unwrap();
    for (name, holders) in by_mit {
        writeln!(printed, "    {name}").unwrap();
        holders.iter().for_each(|line| writeln!(printed, "        {line}").unwrap());
    }
    write!(printed, "\n{}\n", mit()).unwrap();
    let mut sections: Vec<(BTreeSet<String>, String)> =
        texts.into_iter().map(|(text, of)| (of, text)).collect();
    sections.sort();
    for (of, text) in sections {
        write!(printed, "\n{RULE}\n\n").unwrap();
        of.iter().for_each(|name| writeln!(printed, "    {name}").unwrap());
        write!(printed, "\n{text}\n").unwrap();
    }
    printed
}

/// The words of the MIT licence, without who grants it.
fn mit() -> String {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("LICENSE-MIT")).unwrap();
    tidy(&text[text.find(MIT).unwrap()..])
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Who grants a licence that is the MIT one to the word.
fn holders(text: &str, mit: &str) -> Option<Vec<String>> {
    let (head, _) = text.split_once(MIT)?;
    let same = words(&text[head.len()..]) == mit;
    let title = |line: &&str| {
        line.is_empty() || ["MIT License", "The MIT License (MIT)", "The MIT License"].contains(line)
    };
    same.then(|| head.lines().map(str::trim).filter(|line| !title(line)).map(str::to_owned).collect())
}

/// The texts that a crate brings: of its choice of licences that of MIT, else that of Apache, else all.
fn licence_texts(folder: &Path, licence: &str) -> BTreeSet<String> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file());
    let named: Vec<(String, String)> = files
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.to_ascii_uppercase();
            let is_one = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "COPYRIGHT", "UNLICENSE"];
            let is_one = is_one.iter().any(|begin| name.starts_with(begin));
            is_one.then(|| Some((name, tidy(&fs::read_to_string(&path).ok()?))))?
        })
        .collect();
    let choice = |of: &str| licence.split(" OR ").any(|one| one.trim() == of);
    let picked = |is: &dyn Fn(&str, &str) -> bool| -> BTreeSet<String> {
        named.iter().filter(|(name, text)| is(name, text)).map(|(_, text)| text.clone()).collect()
    };
    let mit = picked(&|name, text| choice("MIT") && (name.contains("MIT") || text.contains(MIT)));
    let apache = picked(&|name, _| choice("Apache-2.0") && name.contains("APACHE"));
    let all = picked(&|_, _| true);
    [mit, apache, all].into_iter().find(|texts| !texts.is_empty()).unwrap_or_default()
}

fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}
