//! A clone in which git merges and shows secrets by this program: it says so in the clone's own configuration, which no commit
//! brings and no commit changes.

use std::path::PathBuf;

use crate::store::{GitPlace, Marked, StoreError, update_git_config, with_block, without_block};

/// A clone's configuration after that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Its file.
    pub config: PathBuf,
    /// What became of what stands there.
    pub became: Marked,
}

/// Has git merge and show secrets by a program, in all work trees of a clone. Its path is whole, and has no control characters.
pub fn attach(git: &GitPlace, program: &str) -> Result<Attached, StoreError> {
    update(git, |text| with_block(text, &drivers(program)))
}

/// Takes that back.
pub fn detach(git: &GitPlace) -> Result<Attached, StoreError> {
    update(git, without_block)
}

fn update(git: &GitPlace, change: impl FnOnce(&str) -> String) -> Result<Attached, StoreError> {
    let config = git.common.join("config");
    let became = update_git_config(&config, change)?;
    Ok(Attached { config, became })
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
