//! Where a vault lies, and the git folder it belongs to, found without libgit2.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::error::StoreError;

/// The folder that holds a vault.
const VAULT: &str = ".vault";
/// A `.git` file or a `commondir` holds one path.
const POINTER_BYTES: u64 = 8 * 1024;

/// A vault's folder and its surroundings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The whole path of `.vault`, free of links.
    pub vault: PathBuf,
    /// The work tree around it, if git has one.
    pub git: Option<GitPlace>,
}

/// The git folders of the work tree that a vault lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitPlace {
    /// The git folder of this work tree: here is its `HEAD`.
    pub folder: PathBuf,
    /// The git folder that all work trees of the repository share.
    pub common: PathBuf,
    /// The path of `.vault` below the work tree, with `/` between its parts.
    pub inside: String,
}

impl GitPlace {
    /// The top of the work tree that a vault lies in.
    pub fn top<'a>(&self, vault: &'a Path) -> &'a Path {
        let depth = Path::new(&self.inside).components().count();
        vault.ancestors().nth(depth).unwrap_or(vault)
    }
}

/// Finds the vault of a folder: in it, or in the nearest one above. A folder named outright is the vault itself.
pub fn find(start: &Path, vault_dir: Option<&Path>) -> Result<Place, StoreError> {
    if let Some(named) = vault_dir {
        // Parted and joined again, because a slash at the end would make the system follow a link.
        let named: PathBuf = named.components().collect();
        return match is_vault(&named)? {
            true => place_of(canonical(&named)?),
            false => Err(StoreError::NoVault { start: named }),
        };
    }
    let start = canonical(start)?;
    for folder in start.ancestors() {
        let vault = folder.join(VAULT);
        if is_vault(&vault)? {
            return place_of(vault);
        }
    }
    Err(StoreError::NoVault { start })
}

/// The place of a vault that is to be made in a folder.
pub fn place_for_new(cwd: &Path) -> Result<Place, StoreError> {
    place_of(canonical(cwd)?.join(VAULT))
}

/// Whether a vault's folder is there; a link or a file in its place is refused and not passed over.
fn is_vault(path: &Path) -> Result<bool, StoreError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Ok(true),
        Ok(_) => Err(StoreError::NotFolder { path: path.to_owned() }),
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(StoreError::Read { path: path.to_owned(), source }),
    }
}

fn canonical(path: &Path) -> Result<PathBuf, StoreError> {
    fs::canonicalize(path).map_err(|source| StoreError::Read { path: path.to_owned(), source })
}

fn place_of(vault: PathBuf) -> Result<Place, StoreError> {
    let git = vault.parent().and_then(|parent| git_of(&vault, parent));
    Ok(Place { vault, git })
}

/// The nearest `.git` at or above `start`. One that points nowhere ends the search, as it does for git: what lies
/// further up is another repository.
fn git_of(vault: &Path, start: &Path) -> Option<GitPlace> {
    for top in start.ancestors() {
        let mark = top.join(".git");
        let folder = match fs::metadata(&mark) {
            Ok(found) if found.is_dir() && !is_git_folder(&mark) => continue,
            Ok(found) if found.is_dir() => mark,
            Ok(found) if found.is_file() => top.join(pointer(&mark, "gitdir: ")?),
            _ => continue,
        };
        return git_place(vault, top, &folder);
    }
    None
}

fn is_git_folder(folder: &Path) -> bool {
    fs::symlink_metadata(folder.join("HEAD")).is_ok()
}

fn git_place(vault: &Path, top: &Path, folder: &Path) -> Option<GitPlace> {
    if !is_git_folder(folder) {
        return None;
    }
    let folder = fs::canonicalize(folder).ok()?;
    let common = match pointer(&folder.join("commondir"), "") {
        Some(shared) => fs::canonicalize(folder.join(shared)).ok()?,
        None => folder.clone(),
    };
    // Names that are no UTF-8 may meet here; then neither reads what the other keeps, since it names another vault.
    let inside = vault.strip_prefix(top).ok()?.to_string_lossy().into_owned();
    Some(GitPlace { folder, common, inside })
}

/// The path that a one-line file of git holds after `prefix`.
fn pointer(file: &Path, prefix: &str) -> Option<PathBuf> {
    let mut text = String::new();
    File::open(file).ok()?.take(POINTER_BYTES).read_to_string(&mut text).ok()?;
    let path = text.strip_prefix(prefix)?.trim_end_matches(['\n', '\r']);
    (!path.is_empty() && !path.contains('\n')).then(|| PathBuf::from(path))
}
