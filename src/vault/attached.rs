//! A clone in which git merges and shows secrets by this program, and searches what is to be committed for them: it says so in the
//! clone's own git folder, which no commit brings and no commit changes.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::VaultError;
use crate::{
    git::Repo,
    store::{
        GitPlace, Links, Marked, Spot, StoreError, read_text, update_git_config, update_hook, with_block,
        without_block,
    },
};

/// The driver that `.vault/.gitattributes` names.
pub(super) const DRIVER: &str = "cargo-vault";
/// The shells whose hooks can be added to.
const SHELLS: [&str; 6] = ["sh", "bash", "dash", "zsh", "ksh", "ash"];
/// Files at the top of a work tree by whose programs its hooks are kept.
const KEEPERS: [(&str, Keeper); 9] = [
    (".pre-commit-config.yaml", Keeper::PreCommit),
    ("lefthook.yml", Keeper::Lefthook),
    ("lefthook.yaml", Keeper::Lefthook),
    ("lefthook.toml", Keeper::Lefthook),
    ("lefthook.json", Keeper::Lefthook),
    (".lefthook.yml", Keeper::Lefthook),
    (".lefthook.yaml", Keeper::Lefthook),
    (".lefthook.toml", Keeper::Lefthook),
    (".husky", Keeper::Husky),
];

/// Who keeps the hooks of a clone, which are then left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// `core.hooksPath` names their folder.
    HooksPath,
    /// The program pre-commit.
    PreCommit,
    /// Lefthook.
    Lefthook,
    /// Husky.
    Husky,
    /// A hook that no shell runs, a link, or one that git passes over since it cannot be run.
    Own,
}

/// A file after that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Which.
    pub path: PathBuf,
    /// What became of what stands there.
    pub became: Marked,
}

/// The hook before a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hook {
    /// It was written.
    Written(Attached),
    /// It was left, to somebody who adds to this file or folder.
    Left(PathBuf, Keeper),
}

/// Whether git merges secrets by any program here. Where git cannot tell, nothing is offered.
pub fn is_attached(git: &GitPlace) -> bool {
    Repo::open(&git.folder).is_ok_and(|repo| repo.has_merge_driver(DRIVER))
}

/// Has git merge and show secrets by a program, in all work trees of a clone. Its path is whole, and has no control characters.
pub fn attach(git: &GitPlace, program: &str) -> Result<Attached, StoreError> {
    update(git, |text| with_block(text, &drivers(program), Spot::End))
}

/// Has git search what is to be committed by a program. Hooks that others keep are left as they are.
pub fn attach_hook(git: &GitPlace, top: &Path, program: &str) -> Result<Hook, VaultError> {
    if let Some(folder) = Repo::open(&git.folder)?.hooks_path() {
        return Ok(Hook::Left(top.join(folder).join("pre-commit"), Keeper::HooksPath));
    }
    if let Some((file, keeper)) = KEEPERS.iter().find(|(file, _)| top.join(file).exists()) {
        return Ok(Hook::Left(top.join(file), *keeper));
    }
    let path = hook(git);
    if path.symlink_metadata().is_ok() && !is_ours_to_add_to(&path) {
        return Ok(Hook::Left(path, Keeper::Own));
    }
    let became = update_hook(&path, Some(&search(git, program)))?;
    Ok(Hook::Written(Attached { path, became }))
}

/// Takes both back.
pub fn detach(git: &GitPlace) -> Result<[Attached; 2], StoreError> {
    let path = hook(git);
    let plain = path.symlink_metadata().is_ok_and(|found| found.is_file());
    let text = if plain { read_text(&path, Links::Refuse).ok().flatten() } else { None };
    let became = if text.is_some() { update_hook(&path, None)? } else { Marked::Unchanged };
    Ok([update(git, without_block)?, Attached { path, became }])
}

fn update(git: &GitPlace, change: impl FnOnce(&str) -> String) -> Result<Attached, StoreError> {
    let path = git.common.join("config");
    let became = update_git_config(&path, change)?;
    Ok(Attached { path, became })
}

fn hook(git: &GitPlace) -> PathBuf {
    git.common.join("hooks/pre-commit")
}

/// Whether a hook is a file of its own that a shell runs.
fn is_ours_to_add_to(path: &Path) -> bool {
    let runs = |found: fs::Metadata| found.is_file() && found.permissions().mode() & 0o111 != 0;
    let text = read_text(path, Links::Refuse).ok().flatten().unwrap_or_default();
    let mut words =
        text.lines().next().and_then(|line| line.strip_prefix("#!")).unwrap_or_default().split_whitespace();
    let program = words.next().map(base);
    let program = if program == Some("env") { words.next().map(base) } else { program };
    path.symlink_metadata().is_ok_and(runs) && program.is_some_and(|program| SHELLS.contains(&program))
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What a hook does first. Where the program is gone that is said, and stops nothing.
fn search(git: &GitPlace, program: &str) -> String {
    let word = word(program);
    // A hook starts at the top of the work tree, where a vault is looked for that may lie further down.
    let vault = match git.inside.as_str() {
        ".vault" => String::new(),
        inside => format!("CVAULT_DIR={} ", self::word(inside)),
    };
    format!(
        "if [ -x {word} ]; then {vault}{word} scan --staged || exit; \
         else echo 'cargo-vault is not where it was: nothing was searched for secrets' >&2; fi\n"
    )
}

/// The sections, with what git does where the program is gone: else it would take our side for the outcome of a merge.
fn drivers(program: &str) -> String {
    let word = word(program);
    // Git puts paths in the place of `%O`, and one `%` in the place of two.
    let in_driver = word.replace('%', "%%");
    let driver = format!(
        "if [ -x {in_driver} ]; then {in_driver} git merge-driver %O %A %B %P; else git merge-file %A %O %B; fi"
    );
    let textconv =
        format!("f() {{ if [ -x {word} ]; then {word} git textconv \"$1\"; else cat \"$1\"; fi; }}; f");
    format!(
        "[merge \"cargo-vault\"]\n\tname = secrets of cargo vault\n\tdriver = {}\n\trecursive = binary\n\
         [diff \"cargo-vault\"]\n\ttextconv = {}\n",
        value(&driver),
        value(&textconv)
    )
}

/// A path as one word of a shell.
fn word(path: &str) -> String {
    format!("'{}'", path.replace('\'', "'\\''"))
}

/// A value of one line, as git's configuration has it.
fn value(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}
