//! The clone around a vault: whether git commits it whole, gives it back byte for byte, and has all of it here.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    git::{GitError, Repo, program},
    kernel::{
        format::path,
        tree::{EntryKind, Tree},
    },
    store::{Disk, GitPlace, Links, Place, place_for_new, read_text},
};

use super::{
    super::{attached::DRIVER, publish::packed},
    Around, Check, Fact, Opened, Patient, Tracked, of,
};

/// The most files of a vault that are asked about, one by one.
const FILES: usize = 2_000;

/// `opens` is whether the vault does: what does not is nothing to commit.
pub(super) fn look(patient: &Patient<'_>, opens: bool) -> Vec<(Check, Vec<Fact>)> {
    let git_is_here = patient.variable("PATH").is_some_and(|path| program(path, "git").is_some());
    let no_git = (!git_is_here).then_some(Around::NoGit);
    let Some(place) = &patient.place else {
        return no_git.map(|fact| of(Check::Repository, [fact])).into_iter().collect();
    };
    let mut found = vec![(Check::Published, beside(place))];
    let mut repository: Vec<Around> = no_git.into_iter().collect();
    match &place.git {
        None => repository.push(Around::NoRepository { folder: folder_of(place) }),
        Some(git) => match in_git(place, git, opens) {
            Ok(more) => {
                repository.extend(kinds(place, git));
                found.extend(more);
            }
            Err(fault) => repository.push(Around::NotRead { top: top(place, git), fault }),
        },
    }
    found.extend([of(Check::Repository, repository), of(Check::Attributes, fixed(place, opens))]);
    // What does not open was not compared with what is committed.
    found.retain(|(check, facts)| opens || *check != Check::Repository || !facts.is_empty());
    joined(found)
}

/// What two looks found for one check.
fn joined(found: Vec<(Check, Vec<Fact>)>) -> Vec<(Check, Vec<Fact>)> {
    let mut all: Vec<(Check, Vec<Fact>)> = Vec::new();
    for (check, facts) in found {
        match all.iter_mut().find(|(known, _)| *known == check) {
            Some((_, known)) => known.extend(facts),
            None => all.push((check, facts)),
        }
    }
    all
}

/// The folder that the vault lies in.
fn folder_of(place: &Place) -> PathBuf {
    place.vault.parent().unwrap_or(&place.vault).to_owned()
}

fn top(place: &Place, git: &GitPlace) -> PathBuf {
    git.top(&place.vault).to_owned()
}

fn in_git(place: &Place, git: &GitPlace, opens: bool) -> Result<Vec<(Check, Vec<Fact>)>, GitError> {
    let repo = Repo::open(&git.folder)?;
    let by_folder = repo.is_sparse_by_folder();
    let tracked = || Tracked { top: top(place, git), inside: git.inside.clone(), by_folder };
    let (files, folders) = files(place, git);
    let mut repository = Vec::new();
    if let Some(path) = odd_rules(place, git, &folders) {
        return Ok(vec![of(Check::Repository, [Around::OddRules { path }])]);
    }
    if repo.is_shallow() {
        repository.push(Around::Shallow { top: top(place, git) });
    }
    let left_out = repo.left_out(&git.inside)?;
    if left_out > 0 {
        repository.push(Around::LeftOut { tracked: tracked(), files: left_out });
    }
    match repo.uncommitted(&git.inside)? {
        0 => {}
        _ if !opens || left_out > 0 => {}
        files => repository.push(Around::Uncommitted { tracked: tracked(), files }),
    }
    let driver = (!repo.has_merge_driver(DRIVER)).then_some(Around::NoDriver);
    Ok(vec![
        of(Check::Repository, repository),
        of(Check::Ignored, ignored(place, git, &repo, &files)?),
        of(Check::Attributes, rewritten(place, git, &repo, &files)?),
        of(Check::Drivers, driver),
    ])
}

/// A file of rules for which libgit2 would wait, such as a pipe. Nothing that reads rules can be asked then.
fn odd_rules(place: &Place, git: &GitPlace, folders: &[String]) -> Option<PathBuf> {
    let top = top(place, git);
    let above = place.vault.ancestors().take_while(|folder| folder.starts_with(&top)).map(Path::to_owned);
    let below = folders.iter().map(|folder| place.vault.join(folder));
    let in_folders =
        above.chain(below).flat_map(|folder| [folder.join(".gitignore"), folder.join(".gitattributes")]);
    let in_git = ["attributes", "exclude"].map(|name| git.common.join("info").join(name));
    // Through a link too, since libgit2 follows it.
    let is_odd = |file: &PathBuf| fs::metadata(file).is_ok_and(|found| !found.is_file() && !found.is_dir());
    in_folders.chain(in_git).find(is_odd)
}

/// The files of a vault below the work tree, and those that it may have one day; and the folders that were walked.
fn files(place: &Place, git: &GitPlace) -> (Vec<String>, Vec<String>) {
    let mut files: Vec<String> =
        [path::ROSTER, path::LOG, path::ATTRIBUTES, path::IGNORE].map(str::to_owned).into();
    let mut walked = Vec::new();
    if let Ok(disk) = Disk::open(place) {
        let mut folders = vec!["keys".to_owned(), "secrets".to_owned()];
        while let Some(folder) = folders.pop().filter(|_| files.len() < FILES) {
            walked.push(folder.clone());
            for entry in disk.list(&folder).unwrap_or_default() {
                let below = format!("{folder}/{}", entry.name);
                match entry.kind {
                    EntryKind::Folder => folders.push(below),
                    EntryKind::File => files.push(below),
                    EntryKind::Other => {}
                }
            }
        }
    }
    files.extend(["keys/new/new.age".to_owned(), "secrets/new/NEW.toml".to_owned()]);
    (files.into_iter().map(|file| format!("{}/{file}", git.inside)).collect(), walked)
}

fn ignored(place: &Place, git: &GitPlace, repo: &Repo, files: &[String]) -> Result<Option<Around>, GitError> {
    let paths = repo.ignored(files)?;
    if paths.is_empty() {
        return Ok(None);
    }
    // Nothing below an ignored folder can be taken in again.
    let (above, _) = git.inside.rsplit_once('/').unwrap_or_default();
    let above_is_ignored = !above.is_empty() && !repo.ignored(&[format!("{above}/")])?.is_empty();
    let rules = folder_of(place).join(".gitignore");
    let rules = (!above_is_ignored && is_plain_or_absent(&rules)).then_some(rules);
    Ok(Some(Around::Ignored { paths, top: top(place, git), rules }))
}

/// The first file whose bytes git would change. Rules that are to win over those that do go beside the vault, or where the
/// strongest ones stand already.
fn rewritten(
    place: &Place,
    git: &GitPlace,
    repo: &Repo,
    files: &[String],
) -> Result<Option<Around>, GitError> {
    for path in files {
        let Some(by) = repo.rewriter(path)? else { continue };
        let strongest = git.common.join("info/attributes");
        let set_there = read_text(&strongest, Links::Follow).ok().flatten().is_some_and(|text| {
            text.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
        });
        let (rules, inside) = match set_there {
            true => (strongest, git.inside.clone()),
            false => (folder_of(place).join(".gitattributes"), ".vault".to_owned()),
        };
        let rules = is_plain_or_absent(&rules).then_some(rules);
        return Ok(Some(Around::Rewritten { path: path.clone(), by, rules, inside }));
    }
    Ok(None)
}

/// A file that a command may add to: a link would lead it elsewhere.
fn is_plain_or_absent(file: &Path) -> bool {
    fs::symlink_metadata(file).map_or(true, |found| found.is_file())
}

/// The attributes inside the vault, whose bytes are fixed.
fn fixed(place: &Place, opens: bool) -> Option<Around> {
    let file = place.vault.join(path::ATTRIBUTES);
    match read_text(&file, Links::Refuse) {
        Ok(Some(text)) if text == path::ATTRIBUTES_BYTES => None,
        Ok(None) | Err(_) if !opens => None,
        _ => Some(Around::OtherAttributes { file, text: path::ATTRIBUTES_BYTES }),
    }
}

fn kinds(place: &Place, git: &GitPlace) -> Option<Around> {
    if git.folder != git.common {
        return Some(Around::WorkTree { common: git.common.clone() });
    }
    let top = top(place, git);
    // The git folder of a submodule lies in that of the repository around it.
    top.join(".git").is_file().then_some(Around::Submodule { top })
}

/// A vault that git has and this work tree has not.
pub(super) fn not_checked_out(cwd: &Path) -> Option<Opened> {
    let around = place_for_new(cwd).ok()?;
    let git = around.git.as_ref()?;
    let (repo, top) = (Repo::open(&git.folder).ok()?, top(&around, git));
    let above = around.vault.ancestors().skip(1).take_while(|folder| folder.starts_with(&top));
    let insides =
        above.filter_map(|folder| folder.join(".vault").strip_prefix(&top).ok()?.to_str().map(str::to_owned));
    let inside = insides
        .into_iter()
        .find(|inside| repo.tracks(&format!("{inside}/{}", path::ROSTER)).is_ok_and(|tracks| tracks))?;
    let sparse = repo.left_out(&inside).is_ok_and(|files| files > 0);
    Some(Opened::NotCheckedOut {
        tracked: Tracked { top, inside, by_folder: repo.is_sparse_by_folder() },
        sparse,
    })
}

/// What lies beside the vault and would take it, or values, outside.
fn beside(place: &Place) -> Vec<Fact> {
    let folder = folder_of(place);
    let repo = place.git.as_ref().map(|git| (top(place, git), Repo::open(&git.folder)));
    let top = repo.as_ref().map_or_else(|| folder.clone(), |(top, _)| top.clone());
    let mut found: Vec<Fact> = packed(&place.vault, &top).into_iter().map(Fact::Packed).collect();
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut plain: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| is_plain_values(path)).collect();
    plain.sort();
    found.extend(plain.into_iter().map(|path| {
        let tracked = repo.as_ref().and_then(|(top, repo)| {
            let below = path.strip_prefix(top).ok()?.to_str()?;
            repo.as_ref().ok()?.tracks(below).ok()?.then(|| top.clone())
        });
        Fact::PlainFile { path, tracked_in: tracked }
    }));
    found
}

/// `.env` and `.env.local`, but not `.env.example` and its like.
fn is_plain_values(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let rest = name.strip_prefix(".env");
    let harmless = ["example", "sample", "template", "dist", "schema"];
    rest.is_some_and(|rest| {
        (rest.is_empty() || rest.starts_with('.')) && !harmless.iter().any(|word| rest.contains(word))
    }) && fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
}
