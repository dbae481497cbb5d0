//! What a shell holds of a vault: written into one of its variables, and read back from there by whoever is started in it.

use std::{
    ffi::{OsStr, OsString},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};

use super::{is_variable, os};
use crate::kernel::{
    format::hex,
    name::EnvName,
    secret::{MARK, Secret},
};

/// The variable that holds it.
pub const HELD: &str = "CVAULT_HOOK";
/// The most that it may take, which is well below what a system takes for one variable.
const MOST: usize = 100 * 1024;
const VERSION: &str = "1";

/// A variable that was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// Its name.
    pub name: String,
    /// What it was before; none where there was none.
    pub was: Option<OsString>,
    /// A keyed mark of the value that it was given.
    pub mark: [u8; MARK],
}

/// What a shell holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The vault's folder.
    pub place: PathBuf,
    /// What the vault's files, and what else decides, looked like.
    pub seen: [u8; 16],
    /// The environments whose files are looked at.
    pub envs: Vec<EnvName>,
    /// The variables; none where nothing was loaded, and the person was told why.
    pub loaded: Vec<Loaded>,
}

impl Held {
    /// Prints it in letters, digits, `+`, `/`, `-`, `:` and `,`; nothing if that is more than a variable should have.
    pub fn print(&self) -> Option<Secret> {
        let base64 = |bytes: &[u8]| BASE64_STANDARD_NO_PAD.encode(bytes);
        let envs = self.envs.iter().map(EnvName::as_str).collect::<Vec<_>>().join(",");
        let seen = hex::print(&self.seen);
        let mut text = format!("{VERSION}:{}:{seen}:{envs}", base64(self.place.as_os_str().as_bytes()));
        for Loaded { name, was, mark } in &self.loaded {
            let was = was.as_ref().map_or_else(|| "-".to_owned(), |was| base64(was.as_bytes()));
            text.push_str(&format!(":{name},{},{was}", base64(mark)));
        }
        (text.len() <= MOST).then(|| Secret::new(text.into_bytes()))
    }

    /// Reads it back. The names stand in statements that a shell evaluates, so each is looked at.
    pub fn parse(text: &OsStr) -> Option<Self> {
        let base64 = |text: &str| BASE64_STANDARD_NO_PAD.decode(text).ok();
        let mut parts = text.to_str()?.split(':');
        if parts.next()? != VERSION {
            return None;
        }
        let place = Path::new(OsStr::from_bytes(&base64(parts.next()?)?)).to_owned();
        let seen = hex::parse(parts.next()?)?.try_into().ok()?;
        let envs = parts.next()?.split(',').filter(|name| !name.is_empty());
        let envs = envs.map(|name| EnvName::parse(name).ok()).collect::<Option<_>>()?;
        let loaded = parts.map(|part| {
            let mut fields = part.split(',');
            let (name, mark, was) = (fields.next()?, fields.next()?, fields.next()?);
            let was = if was == "-" { None } else { Some(os(base64(was)?)) };
            let sound = is_variable(name) && name != HELD && fields.next().is_none();
            sound.then_some(Loaded { name: name.to_owned(), was, mark: base64(mark)?.try_into().ok()? })
        });
        Some(Self { place, seen, envs, loaded: loaded.collect::<Option<_>>()? })
    }
}
