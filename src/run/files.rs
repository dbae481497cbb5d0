//! Secrets in files, for programs that want a path: which of them, the variables that say where, and what holds them.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs::{self, File},
    io,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::{
            ffi::OsStrExt,
            fs::{DirBuilderExt, OpenOptionsExt},
        },
    },
    path::{Path, PathBuf},
};

use rustix::io::{FdFlags, fcntl_setfd};

use super::{Given, Rules, RunError, Scratch, child::hand_over, names::is_refused};
use crate::kernel::{name::SecretName, secret::Secret};

/// Which secrets are to be in files, and which variables say where. Their values are then in no variable.
#[derive(Clone, Debug, Default)]
pub struct Filing {
    /// Single ones, each with the variable that holds its path, if that is not its own.
    pub files: Vec<(SecretName, Option<String>)>,
    /// The variable that holds the path of the folder with all of them.
    pub dir: Option<String>,
}

/// Why values are in no files.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// No folder is in memory.
    #[error("no folder in memory was found for files with values")]
    NoMemory,
    /// Somebody else could read what lies there.
    #[error("`{}` is not a folder of yours alone", folder.display())]
    NotOurs {
        /// The folder.
        folder: PathBuf,
    },
    /// One would be the folder of another.
    #[error("`{file}` and `{below}` cannot both be files, since one is the other's folder")]
    Clash {
        /// The one that would be a folder.
        file: SecretName,
        /// What would lie in it.
        below: SecretName,
    },
    /// The system refused.
    #[error("`{}` cannot be written: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system gives no memory for a file.
    #[error("no file can be made in memory: {source}")]
    Memory {
        /// What the system said.
        source: io::Error,
    },
}

/// What holds the files, for as long as this is there.
pub enum Files {
    /// Memory that the child inherits.
    Memory(BTreeMap<SecretName, OwnedFd>),
    /// A folder that goes away.
    Folder(Folder),
}

impl Filing {
    /// Whether nothing is to be in a file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.dir.is_none()
    }

    /// Whether files need a folder on this system.
    pub fn needs_folder(&self) -> bool {
        self.dir.is_some() || (!self.files.is_empty() && !cfg!(target_os = "linux"))
    }

    /// Parts what stays in variables from what goes into files.
    pub fn part(&self, given: Vec<Given>) -> (Vec<Given>, Vec<Given>) {
        given.into_iter().partition(|given| !self.takes(&given.name))
    }

    /// Whether this secret goes into a file.
    pub fn takes(&self, name: &SecretName) -> bool {
        self.dir.is_some() || self.files.iter().any(|(filed, _)| filed == name)
    }

    /// The variables with a path in them, and of which secret; none is the folder.
    fn variables(&self, rules: &Rules) -> Vec<(String, Option<&SecretName>)> {
        let files = self.files.iter().map(|(name, variable)| {
            let own = || format!("{}{}", rules.prefix, name.variable());
            (variable.clone().unwrap_or_else(own), Some(name))
        });
        files.chain(self.dir.clone().map(|variable| (variable, None))).collect()
    }

    /// Refuses variables for paths that could run code, or that hold something else already.
    pub fn check(&self, in_variables: &[Given], rules: &Rules) -> Result<(), RunError> {
        let own = in_variables.iter().map(|given| format!("{}{}", rules.prefix, given.name.variable()));
        let mut taken: BTreeSet<String> = own.collect();
        for (variable, _) in self.variables(rules) {
            if is_refused(&variable) && !rules.allow.contains(&variable) {
                return Err(RunError::Path { variable });
            }
            if taken.contains(&variable) {
                return Err(RunError::Twice { variable });
            }
            taken.insert(variable);
        }
        Ok(())
    }

    /// Puts the paths into a child's environment.
    pub fn name_in(&self, environment: &mut Vec<(OsString, Secret)>, files: &Files, rules: &Rules) {
        for (variable, name) in self.variables(rules) {
            let path = name.map_or_else(|| files.folder().to_owned(), |name| files.path(name));
            environment.retain(|(there, _)| *there != *variable);
            // No secret, but it lies among them.
            environment.push((variable.into(), Secret::new(path.as_os_str().as_bytes().to_vec())));
        }
    }
}

impl Files {
    /// Holds the values in memory, for a child that inherits them.
    #[cfg(target_os = "linux")]
    pub fn in_memory(filed: &[Given]) -> Result<Self, FilesError> {
        let sealed = |given: &Given| {
            let file = super::memory_file::sealed(&given.value);
            file.map(|file| (given.name.clone(), file)).map_err(|source| FilesError::Memory { source })
        };
        filed.iter().map(sealed).collect::<Result<_, _>>().map(Self::Memory)
    }

    /// No such system has files in memory.
    #[cfg(not(target_os = "linux"))]
    pub fn in_memory(_: &[Given]) -> Result<Self, FilesError> {
        Err(FilesError::Memory { source: io::ErrorKind::Unsupported.into() })
    }

    /// Lets the child that is started next inherit them.
    pub fn bequeath(&self) -> Result<(), FilesError> {
        match self {
            Self::Memory(files) => files
                .values()
                .try_for_each(|file| fcntl_setfd(file, FdFlags::empty()))
                .map_err(|errno| FilesError::Memory { source: errno.into() }),
            Self::Folder(_) => Ok(()),
        }
    }

    fn path(&self, name: &SecretName) -> PathBuf {
        match self {
            Self::Memory(files) => {
                let file = files.get(name).expect("a secret that is to be in a file is in one");
                format!("/proc/self/fd/{}", file.as_raw_fd()).into()
            }
            Self::Folder(folder) => folder.path(name),
        }
    }

    fn folder(&self) -> &Path {
        match self {
            Self::Memory(_) => Path::new(""),
            Self::Folder(folder) => folder.scratch.folder(),
        }
    }
}

/// A folder of mode 0700 with a file of mode 0400 for each secret, named as it is.
pub struct Folder {
    scratch: Scratch,
    laid: BTreeSet<SecretName>,
}

impl Folder {
    /// An empty one.
    pub fn new(scratch: Scratch) -> Self {
        Self { scratch, laid: BTreeSet::new() }
    }

    /// Puts the values there, each in the place of the one before; those of secrets that are gone go.
    pub fn lay(&mut self, filed: &[Given]) -> Result<(), FilesError> {
        let names: BTreeSet<SecretName> = filed.iter().map(|given| given.name.clone()).collect();
        for name in &names {
            let below = names.iter().find(|other| other.as_str().starts_with(&format!("{name}/")));
            if let Some(below) = below {
                return Err(FilesError::Clash { file: name.clone(), below: below.clone() });
            }
        }
        for gone in self.laid.difference(&names) {
            let path = self.path(gone);
            remove(&path).map_err(|source| FilesError::Write { path, source })?;
        }
        for given in filed {
            let path = self.path(&given.name);
            self.place(&path, &given.value).map_err(|source| FilesError::Write { path, source })?;
        }
        self.laid = names;
        Ok(())
    }

    fn path(&self, name: &SecretName) -> PathBuf {
        self.scratch.folder().join(name.as_str())
    }

    /// By renaming, so that a program that reads meanwhile sees the old value or the new one.
    fn place(&self, path: &Path, value: &Secret) -> io::Result<()> {
        let above = path.parent().unwrap_or(path);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(above)?;
        // No secret's name begins with a full stop.
        let staged = self.scratch.folder().join(".new");
        remove(&staged)?;
        let mut file = File::options().write(true).create_new(true).mode(0o400).open(&staged)?;
        hand_over(value, &mut file)?;
        fs::rename(&staged, path)
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
