//! What cargo's configuration would have it run: in place of this program, around the compiler, or around a program.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::store::{Links, read_text};

/// How often one file may include the next, and how many are looked into at all.
const DEPTH: usize = 4;
const FILES: usize = 100;

/// Something that cargo would run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CargoRuns {
    /// The file that says so.
    pub file: PathBuf,
    /// The setting, as `build.rustc-wrapper`.
    pub setting: String,
    /// The line that says so and nothing else, from 1.
    pub line: Option<usize>,
    /// Whether the file is the user's own.
    pub own: bool,
}

impl CargoRuns {
    /// Whether `cargo vault` would run something else than this program.
    pub fn takes_our_place(&self) -> bool {
        self.setting == "alias.vault"
    }
}

/// A file of cargo's that could not be looked into.
#[derive(Debug)]
pub struct Unread {
    /// The file.
    pub file: PathBuf,
    /// Why not.
    pub source: io::Error,
    /// Whether it is the user's own.
    pub own: bool,
}

/// Everything that cargo's configuration would have it run in a folder, from the files in it and above it, and the user's own.
pub fn cargo_runs(folder: &Path, env: &BTreeMap<OsString, OsString>) -> (Vec<CargoRuns>, Vec<Unread>) {
    let variable = |name: &str| env.get(OsStr::new(name)).filter(|value| !value.is_empty());
    let home = variable("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(Path::new(variable("HOME")?).join(".cargo")));
    let (folder, home) = (whole(folder), home.as_deref().map(whole));
    in_files(&folder, home.as_deref())
}

/// Free of links, as far as it is there, so that two spellings of one folder are the same.
fn whole(folder: &Path) -> PathBuf {
    fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned())
}

fn in_files(folder: &Path, home: Option<&Path>) -> (Vec<CargoRuns>, Vec<Unread>) {
    let above = folder.ancestors().map(|folder| folder.join(".cargo"));
    let own = home.map(Path::to_owned).filter(|home| !above.clone().any(|folder| folder == *home));
    let mut scan = Scan { runs: Vec::new(), unread: Vec::new(), files: 0 };
    for folder in above.chain(own) {
        let own = Some(folder.as_path()) == home;
        if !own && folder.is_symlink() {
            let source = io::Error::other("it is a link");
            scan.unread.push(Unread { file: folder, source, own });
            continue;
        }
        // cargo takes the one without the ending where there are both.
        ["config", "config.toml"].iter().for_each(|name| scan.file(&folder.join(name), own, DEPTH));
    }
    (scan.runs, scan.unread)
}

struct Scan {
    runs: Vec<CargoRuns>,
    unread: Vec<Unread>,
    files: usize,
}

impl Scan {
    fn file(&mut self, file: &Path, own: bool, depth: usize) {
        let links = if own { Links::Follow } else { Links::Refuse };
        let unread = |source| Unread { file: file.to_owned(), source, own };
        let text = match read_text(file, links) {
            Ok(Some(text)) => text,
            Ok(None) => return,
            Err(source) => return self.unread.push(unread(source)),
        };
        let Ok(table) = DeTable::parse(&text) else {
            return self.unread.push(unread(io::Error::other("it is no TOML")));
        };
        for (setting, span) in settings(table.get_ref()) {
            let line = line_of(&text, &span);
            self.runs.push(CargoRuns { file: file.to_owned(), setting, line, own });
        }
        self.files += 1;
        for included in included(table.get_ref()) {
            let below = file.parent().unwrap_or(file).join(included);
            match depth.checked_sub(1).filter(|_| self.files < FILES) {
                Some(depth) => self.file(&below, own, depth),
                None => return self.unread.push(unread(io::Error::other("it includes too many others"))),
            }
        }
    }
}

type Pair<'a> = (String, &'a Spanned<DeValue<'a>>, Range<usize>);

/// The pairs of a table below one name, each with the span from its key to the end of its value.
fn below<'a>(table: &'a DeTable<'a>, name: &str) -> Vec<Pair<'a>> {
    let found = table.get(name).and_then(|value| value.get_ref().as_table());
    let pair = |(key, value): (&Spanned<_>, &'a Spanned<DeValue<'a>>)| {
        let key: &Spanned<std::borrow::Cow<'_, str>> = key;
        (format!("{name}.{}", key.get_ref()), value, key.span().start..value.span().end)
    };
    found.into_iter().flat_map(|table| table.iter()).map(pair).collect()
}

/// The settings by which cargo runs a program.
fn settings(table: &DeTable<'_>) -> Vec<(String, Range<usize>)> {
    let alias = below(table, "alias").into_iter().filter(|(name, ..)| name == "alias.vault");
    let build = below(table, "build").into_iter().filter(|(name, ..)| {
        ["build.rustc", "build.rustc-wrapper", "build.rustc-workspace-wrapper", "build.rustdoc"]
            .contains(&name.as_str())
    });
    let mut settings: Vec<_> = alias.chain(build).map(|(name, _, span)| (name, span)).collect();
    for (target, value, _) in below(table, "target") {
        let inner = value.get_ref().as_table().into_iter().flat_map(|table| table.iter());
        for (key, value) in inner.filter(|(key, _)| ["runner", "linker"].contains(&&**key.get_ref())) {
            settings.push((format!("{target}.{}", key.get_ref()), key.span().start..value.span().end));
        }
    }
    settings
}

/// The files that one includes: a path, or paths, each perhaps in a table.
fn included(table: &DeTable<'_>) -> Vec<PathBuf> {
    let Some(value) = table.get("include").map(Spanned::get_ref) else { return Vec::new() };
    let path = |value: &DeValue<'_>| {
        let path = value.as_str().or_else(|| value.as_table()?.get("path")?.get_ref().as_str());
        path.map(PathBuf::from)
    };
    let listed = value.as_array().into_iter().flat_map(|array| array.iter());
    path(value).into_iter().chain(listed.filter_map(|item| path(item.get_ref()))).collect()
}

/// The line of a pair, if it is on one with nothing else.
fn line_of(text: &str, span: &Range<usize>) -> Option<usize> {
    let start = text[..span.start].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[span.end..].find('\n').map_or(text.len(), |newline| span.end + newline);
    let (before, after) = (text[start..span.start].trim(), text[span.end..end].trim());
    let alone = !before.contains(['{', '=', ',']) && (after.is_empty() || after.starts_with('#'));
    let one = !text[span.clone()].contains('\n');
    (alone && one).then(|| 1 + text[..start].matches('\n').count())
}
