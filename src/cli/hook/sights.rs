//! What decides over what a shell is given, looked at from outside: the vault's files, what is trusted and allowed, and the user's
//! keys and settings.

use std::path::{Path, PathBuf};

use super::super::ctx::Ctx;
use crate::{
    kernel::{format::path, name::EnvName},
    store::{Place, Sight, files_below},
    vault::{Allowances, trust_file},
};

/// Variables by which a key or a vault is chosen. Of those that hold a key, only that they are there counts.
const VARIABLES: [&str; 3] = ["CVAULT_KEY_FILE", "CVAULT_TRUST", "DBUS_SESSION_BUS_ADDRESS"];

/// What is looked at for one vault, and what it looked like from the start, before anything was read.
pub(super) struct Sights {
    vault: PathBuf,
    files: Vec<PathBuf>,
    sight: Sight,
}

impl Sights {
    /// Looks at what decides for the vault of a place, but for its environments.
    pub(super) fn of(ctx: &Ctx, place: Place) -> Self {
        let mut files: Vec<PathBuf> = [path::ROSTER, path::LOG].map(|file| place.vault.join(file)).into();
        files.push(trust_file(&place, ctx.data()));
        if let Some(git) = &place.git {
            // Another branch, and what was fetched.
            files.extend(["HEAD", "FETCH_HEAD"].map(|file| git.folder.join(file)));
        }
        Self::looked(ctx, place.vault, files)
    }

    /// The same where a vault's folder should be and is none.
    pub(super) fn of_no_folder(ctx: &Ctx, vault: PathBuf) -> Self {
        Self::looked(ctx, vault, Vec::new())
    }

    fn looked(ctx: &Ctx, vault: PathBuf, mut files: Vec<PathBuf>) -> Self {
        files.push(vault.clone());
        files.extend(Allowances::open(ctx.data()).files(&vault));
        if let Ok(config) = ctx.config() {
            files.extend(["settings.toml", "identities.toml"].map(|file| config.join(file)));
            files.extend(files_below(&config.join("identities")));
        }
        if let Some(home) = &ctx.folders().home {
            files.extend(["id_ed25519", "id_rsa"].map(|file| home.join(".ssh").join(file)));
        }
        files.extend(ctx.variable("CVAULT_KEY_FILE").map(|file| ctx.cwd.join(file)));
        let mut sight = Sight::default();
        VARIABLES.iter().for_each(|name| sight.note(ctx.variable(name).unwrap_or_default()));
        sight.note(ctx.names_a_key().to_string());
        sight.note(env!("CARGO_PKG_VERSION"));
        files.iter().for_each(|file| sight.look(file));
        Self { vault, files, sight }
    }

    /// The vault's folder.
    pub(super) fn vault(&self) -> &Path {
        &self.vault
    }

    /// The files, with those of these environments.
    pub(super) fn files(&self, envs: &[EnvName]) -> Vec<PathBuf> {
        self.files.iter().cloned().chain(self.below(envs)).collect()
    }

    /// What it all looked like, and these environments look like now.
    pub(super) fn seen(&self, envs: &[EnvName]) -> [u8; 16] {
        let mut sight = self.sight.clone();
        self.below(envs).for_each(|file| sight.look(&file));
        sight.seen()
    }

    fn below<'a>(&'a self, envs: &'a [EnvName]) -> impl Iterator<Item = PathBuf> + 'a {
        let folders = envs.iter().flat_map(|env| [path::secrets(env), path::keys(env)]);
        folders.flat_map(|folder| files_below(&self.vault.join(folder)))
    }
}
