//! Secrets as files: the flags, and the folder or the memory that holds them.

use std::{collections::BTreeSet, env::current_exe, ffi::OsString, io, path::PathBuf};

use super::super::super::ctx::Ctx;
use crate::{
    kernel::name::SecretName,
    run::{Files, FilesError, Filing, Folder, Given, Medium, Places, Scratch, keep},
    ui::Failure,
};

/// The flags.
#[derive(Debug, clap::Args)]
pub(super) struct InFiles {
    /// Give this one as a file, its path in the variable
    ///
    /// The value itself is in no variable. On Linux the file is in memory, and read once it is inherited: programs that close
    /// what they inherit before they start others, as Python's subprocess does, want `--dir`.
    #[arg(long, value_name = "NAME[=VARIABLE]", value_parser = filed)]
    file: Vec<Filed>,
    /// Give all as files in one folder, its path in this variable
    ///
    /// A file has the secret's name, and `/` in it makes a folder. The folder is in memory, mode 0700, and goes away with the
    /// program, however it ends. The values themselves are in no variable.
    #[arg(long, value_name = "VARIABLE", value_parser = variable)]
    dir: Option<String>,
    /// Let the folder be on a disk where none is in memory
    #[arg(long)]
    on_disk: bool,
    /// Keep a folder for a program, in this one
    #[arg(long, hide = true, value_name = "DIR")]
    pub(super) keep_in: Option<PathBuf>,
}

/// A secret that is to be a file, and the variable for its path.
#[derive(Clone, Debug)]
struct Filed {
    name: SecretName,
    variable: Option<String>,
}

fn filed(text: &str) -> Result<Filed, String> {
    let (name, path) = text.split_once('=').map_or((text, None), |(name, path)| (name, Some(path)));
    let name = super::super::set::name(name)?;
    Ok(Filed { name, variable: path.map(variable).transpose()? })
}

/// The name of a variable, as every shell takes it.
fn variable(text: &str) -> Result<String, String> {
    let sound = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if sound {
        Ok(text.to_owned())
    } else {
        Err("a variable has letters, digits and `_`, and begins with no digit".to_owned())
    }
}

impl InFiles {
    /// What is to be in files.
    pub(super) fn filing(&self) -> Filing {
        let files = self.file.iter().map(|filed| (filed.name.clone(), filed.variable.clone()));
        Filing { files: files.collect(), dir: self.dir.clone() }
    }

    /// The secrets that are named, and so are given whatever else is.
    pub(super) fn named(&self) -> BTreeSet<&SecretName> {
        self.file.iter().map(|filed| &filed.name).collect()
    }

    /// Puts values into memory, or into a folder if that is asked for or there is no other way.
    pub(super) fn lay(&self, ctx: &Ctx, filed: &[Given], in_folder: bool) -> Result<Files, Failure> {
        if !in_folder {
            return Ok(Files::in_memory(filed)?);
        }
        let mut folder = Folder::new(self.scratch(ctx)?);
        folder.lay(filed)?;
        Ok(Files::Folder(folder))
    }

    fn scratch(&self, ctx: &Ctx) -> Result<Scratch, FilesError> {
        let temporary = ctx.variable("TMPDIR").map_or_else(|| "/tmp".into(), |folder| ctx.cwd.join(folder));
        let runtime = ctx.variable("XDG_RUNTIME_DIR").map(PathBuf::from);
        // Without `--dir` a system that has no memory for it was asked for a file, and has nothing better.
        let single = self.dir.is_none() && !cfg!(target_os = "linux");
        let medium = if self.on_disk || single { Medium::Any } else { Medium::Memory };
        let parent = Places { runtime, temporary }.folder(medium)?;
        // The last word stands where a program would.
        let keeper: [OsString; 4] =
            ["run".into(), "--keep-in".into(), parent.clone().into(), "keeper".into()];
        let made = current_exe().and_then(|exe| Scratch::make(&exe, &keeper));
        made.map_err(|source| FilesError::Write { path: parent, source })
    }
}

/// What the keeper does, which is this program too.
pub(super) fn kept(parent: &std::path::Path) -> Result<(), FilesError> {
    let failed = |source: io::Error| FilesError::Write { path: parent.to_owned(), source };
    keep(parent, "run").map_err(failed)
}
