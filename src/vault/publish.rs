//! Whether `cargo publish` would pack a vault into a crate, and the line that has it left out.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::store::{Links, read_text};

/// Whether a manifest is of a package that may be published with a folder below it; `vault` is that folder's path from there.
pub fn would_publish(manifest: &str, vault: &str) -> bool {
    let Ok(table) = toml::from_str::<Table>(manifest) else { return false };
    let Some(package) = table.get("package").and_then(Value::as_table) else { return false };
    let lists_vault = |list: &Value| {
        let items = list.as_array().into_iter().flatten().filter_map(Value::as_str);
        items.into_iter().any(|item| item.trim_matches('/').starts_with(vault))
    };
    let nowhere =
        |publish: &Value| publish.as_bool() == Some(false) || publish.as_array().is_some_and(Vec::is_empty);
    let inherited = table.get("workspace").and_then(|workspace| workspace.get("package"));
    let setting = |name: &str| match package.get(name) {
        Some(Value::Table(table)) if table.contains_key("workspace") => inherited?.get(name),
        own => own,
    };
    let published = !setting("publish").is_some_and(nowhere);
    // cargo does not look at `exclude` where there is an `include`.
    let packed = match setting("include") {
        Some(list) => lists_vault(list),
        None => !setting("exclude").is_some_and(lists_vault),
    };
    published && packed
}

/// The manifest with one line more by which the vault is left out; none if it has to be done by hand.
pub fn excluded(manifest: &str, vault: &str) -> Option<String> {
    let line = format!("[package]\nexclude = [\"/{vault}\"]\n");
    let excluded = manifest.replacen("[package]\n", &line, 1);
    // A second `exclude` in the table would be no TOML.
    let parses = toml::from_str::<Table>(&excluded).is_ok();
    (excluded != manifest && parses && !would_publish(&excluded, vault)).then_some(excluded)
}

/// A package that would be published with the vault in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// Its manifest.
    pub manifest: PathBuf,
    /// The vault's path from there.
    pub vault: String,
    /// Whether one line would have it left out.
    pub mendable: bool,
}

/// The package around a vault, and the members of its workspace with a vault of their own.
pub(super) fn packed(vault: &Path, top: &Path) -> Vec<Packed> {
    let nearest = vault.ancestors().skip(1).take_while(|folder| folder.starts_with(top));
    let Some(root) = nearest.into_iter().find(|folder| folder.join("Cargo.toml").exists()) else {
        return Vec::new();
    };
    let members = members(root).into_iter().map(|member| (member.join(".vault"), member));
    let own = members.filter(|(own, _)| own.is_dir() && own != vault);
    let all = [(vault.to_owned(), root.to_owned())].into_iter().chain(own);
    all.filter_map(|(vault, root)| packed_by(&vault, &root)).collect()
}

fn packed_by(vault: &Path, root: &Path) -> Option<Packed> {
    let manifest = root.join("Cargo.toml");
    let text = read_text(&manifest, Links::Refuse).ok()??;
    let vault = vault.strip_prefix(root).ok()?.to_str()?.to_owned();
    let mendable = excluded(&text, &vault).is_some();
    would_publish(&text, &vault).then_some(Packed { manifest, vault, mendable })
}

/// The folders of a workspace's members; of globs the usual one, `crates/*`.
fn members(root: &Path) -> Vec<PathBuf> {
    let text = read_text(&root.join("Cargo.toml"), Links::Refuse).ok().flatten().unwrap_or_default();
    let table = toml::from_str::<Table>(&text).unwrap_or_default();
    let listed = table.get("workspace").and_then(|workspace| workspace.get("members"));
    let listed = listed.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    // Never outside: what lies there is none of the package's.
    let inside = |member: &&str| !member.starts_with('/') && !member.split('/').any(|part| part == "..");
    let mut folders: Vec<PathBuf> =
        listed.filter(inside).flat_map(|member| spelled_out(root, member)).collect();
    folders.sort();
    folders
}

fn spelled_out(root: &Path, member: &str) -> Vec<PathBuf> {
    match member.strip_suffix("/*") {
        Some(folder) => {
            let entries = std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
            entries.map(|entry| entry.path()).collect()
        }
        None => vec![root.join(member)],
    }
}
