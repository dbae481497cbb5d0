//! The user's own settings file, changed one setting at a time; comments and order stay.

use std::path::{Path, PathBuf};

use serde_json::Value;
use toml_edit::{Array, DocumentMut, Item, Table, TableLike};

use super::ctx::usage;
use crate::ui::Failure;

/// A setting that was changed, and where.
pub(super) struct Changed {
    pub(super) key: String,
    pub(super) value: Value,
    pub(super) path: PathBuf,
}

/// Something else stands where a table should.
pub(super) struct NoTable(String);

/// What the file holds; none is the same as an empty one.
pub(super) fn parse(path: &Path, text: Option<String>) -> Result<DocumentMut, Failure> {
    let parsed = text.unwrap_or_default().parse::<DocumentMut>();
    parsed.map_err(|error| {
        let what = error.message().lines().next().unwrap_or_default().to_owned();
        usage("settings", format!("`{}`: {what}", path.display())).help("nothing was changed")
    })
}

/// Says that the file is not of this shape.
pub(super) fn failure(path: &Path, NoTable(name): NoTable) -> Failure {
    usage("settings", format!("`{}`: `{name}` is no table", path.display())).help("nothing was changed")
}

/// Sets one setting, in its table, which is made if there is none.
pub(super) fn set(file: &mut DocumentMut, key: &str, value: &Value) -> Result<(), NoTable> {
    let (table, name) = match key.split_once('.') {
        Some((table, name)) => {
            let made = || Item::Table(Table::new());
            let found = file.entry(table).or_insert_with(made).as_table_like_mut();
            (found.ok_or_else(|| NoTable(table.to_owned()))?, name)
        }
        None => (file.as_table_mut() as &mut dyn TableLike, key),
    };
    let new = item(value);
    match table.get_mut(name) {
        // What stands around the value, a comment behind it among that, belongs to the person.
        Some(Item::Value(old)) => {
            let decor = old.decor().clone();
            *old = new;
            *old.decor_mut() = decor;
        }
        _ => {
            table.insert(name, Item::Value(new));
        }
    }
    Ok(())
}

fn item(value: &Value) -> toml_edit::Value {
    match value {
        Value::Bool(switch) => (*switch).into(),
        Value::Number(number) => number.as_i64().unwrap_or_default().into(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect::<Array>().into(),
        other => other.as_str().unwrap_or_default().into(),
    }
}

/// Takes one setting out, and its table if that leaves it empty. Says whether it was there.
pub(super) fn unset(file: &mut DocumentMut, key: &str) -> bool {
    if file.remove(key).is_some() {
        return true;
    }
    let Some((name, key)) = key.split_once('.') else { return false };
    let Some(table) = file.get_mut(name).and_then(Item::as_table_like_mut) else { return false };
    let was = table.remove(key).is_some();
    if was && table.is_empty() {
        file.remove(name);
    }
    was
}
