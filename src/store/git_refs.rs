//! Which commit a reference of git names, read from its files without libgit2.

use std::{fs::File, io::Read, path::Path};

use super::place::GitPlace;

/// How many references may lead from one to the next, as in git.
const DEPTH: usize = 5;
const REF_BYTES: u64 = 4 * 1024;
/// 100,000 references take about 10 MB.
const PACKED_BYTES: u64 = 256 * 1024 * 1024;

/// The commit of `HEAD` in hex; `None` before the first commit, and where references are kept in another way.
pub fn head(git: &GitPlace) -> Option<String> {
    resolve(git, "HEAD".to_owned())
}

fn resolve(git: &GitPlace, mut name: String) -> Option<String> {
    for _ in 0..=DEPTH {
        if !is_ref(&name) {
            return None;
        }
        let Some(text) = read_text(&folder_of(git, &name).join(&name), REF_BYTES) else {
            return packed(&read_text(&git.common.join("packed-refs"), PACKED_BYTES)?, &name);
        };
        match text.strip_prefix("ref:") {
            Some(next) => name = next.trim().to_owned(),
            None => return object_id(text.trim_end()),
        }
    }
    None
}

/// `HEAD`, or a path below `refs/` that cannot lead out of it.
fn is_ref(name: &str) -> bool {
    let parts_are_plain = name.split('/').all(|part| !part.is_empty() && !part.starts_with('.'));
    name == "HEAD" || (name.starts_with("refs/") && parts_are_plain && !name.contains(['\0', '\n']))
}

/// Each work tree has its own `HEAD` and a few references (gitrepository-layout(5)); the rest is shared.
fn folder_of<'a>(git: &'a GitPlace, name: &str) -> &'a Path {
    let own = ["HEAD", "refs/bisect/", "refs/worktree/", "refs/rewritten/"];
    if own.iter().any(|begin| name.starts_with(begin)) { &git.folder } else { &git.common }
}

fn packed(text: &str, name: &str) -> Option<String> {
    let line =
        |line: &str| line.split_once(' ').filter(|(_, found)| *found == name).map(|(id, _)| id.to_owned());
    object_id(&text.lines().find_map(line)?)
}

/// An id of SHA-1 or SHA-256.
fn object_id(text: &str) -> Option<String> {
    let hex = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    (hex && matches!(text.len(), 40 | 64)).then(|| text.to_owned())
}

fn read_text(path: &Path, cap: u64) -> Option<String> {
    let file = File::open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(cap).read_to_end(&mut bytes).ok()?;
    String::from_utf8(bytes).ok()
}
