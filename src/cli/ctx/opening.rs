//! Opening the vault for a command: what vouches for it, who is asked, and what came up while it was read.

use std::ffi::OsStr;

use super::{Ctx, color, usage};
use crate::{
    cli::ask::first_use,
    git::{Operation, Repo},
    kernel::model::Anchor,
    store::{Disk, Place},
    ui::Failure,
    unlock::Keyring,
    vault::{FirstUse, Hold, Introduction, MergeFault, Note, Opening, Sides, Vault, VaultError},
};

/// How a vault is opened over the folder that it lies in.
type Opens<W> = for<'d> fn(&'d W, &'d Disk, &Opening<'d>) -> Result<Vault<'d>, VaultError>;
const OPEN: Opens<Hold> = |hold, disk, opening| Vault::open(disk, opening, *hold);

impl Ctx {
    /// Opens the vault and lends it; tells what came up while it was read.
    pub(in crate::cli) fn with_vault<T>(
        &self,
        hold: Hold,
        act: impl FnOnce(&Vault<'_>, Keyring) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.with_vault_of(&self.place()?, hold, act)
    }

    /// The same of a vault elsewhere.
    pub(in crate::cli) fn with_vault_of<T>(
        &self,
        place: &Place,
        hold: Hold,
        act: impl FnOnce(&Vault<'_>, Keyring) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        // Whether anybody can be asked is found out only if there is something to ask.
        let ask = |introduction: &Introduction| {
            !self.silent && self.ui.can_ask() && first_use(&self.ui, introduction)
        };
        self.with_opened(place, (&hold, OPEN), FirstUse::Ask(&ask), act)
    }

    /// The same for a command that decides by itself what to do on first use.
    pub(in crate::cli) fn with_vault_met<T>(
        &self,
        hold: Hold,
        first_use: FirstUse<'_>,
        act: impl FnOnce(&Vault<'_>, Keyring) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.with_opened(&self.place()?, (&hold, OPEN), first_use, act)
    }

    /// What git is doing here, if it brings two commits together.
    pub(in crate::cli) fn operation(&self) -> Option<Operation> {
        let git = self.place().ok()?.git?;
        Some(Repo::open(&git.folder).ok()?.merging().ok()??.operation)
    }

    /// Finds what git merges here, or takes a commit that a merge has lost, opens the vault of the side that stays, and lends both.
    pub(in crate::cli) fn with_merge<T>(
        &self,
        with: Option<&str>,
        act: impl FnOnce(&Sides<'_>, &Vault<'_>, Keyring) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let place = self.place()?;
        let git = place.git.as_ref().ok_or(VaultError::from(MergeFault::Nothing))?;
        let repo = Repo::open(&git.folder).map_err(VaultError::from)?;
        let sides = Sides::find(&repo, git, with)?;
        let ask = |introduction: &Introduction| {
            !self.silent && self.ui.can_ask() && first_use(&self.ui, introduction)
        };
        let open: Opens<Sides<'_>> = |sides, disk, opening| sides.open(disk, opening);
        self.with_opened(&place, (&sides, open), FirstUse::Ask(&ask), |vault, keyring| {
            act(&sides, vault, keyring)
        })
    }

    fn with_opened<W, T>(
        &self,
        place: &Place,
        (what, open): (&W, Opens<W>),
        first_use: FirstUse<'_>,
        act: impl FnOnce(&Vault<'_>, Keyring) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let disk = Disk::open(place)?;
        let mut keyring = self.keyring()?;
        let (anchor, first_use) = self.vouched(keyring.anchor().cloned(), first_use)?;
        // A command that prints a key may print an anchor with it, and is asked before a person is.
        let command_first =
            anchor.is_none() && keyring.has_command() && matches!(first_use, FirstUse::Ask(_));
        let ask_nobody = |_: &Introduction| false;
        let first = if command_first { FirstUse::Ask(&ask_nobody) } else { first_use };
        let opening = Opening { place, data: self.data(), anchor: anchor.as_ref(), first_use: first };
        let anchor_of_command;
        let vault = match open(what, &disk, &opening) {
            Err(VaultError::FirstUse(_)) if command_first => {
                keyring.ask_command()?;
                anchor_of_command = keyring.anchor().cloned();
                let anchor = anchor_of_command.as_ref();
                open(what, &disk, &Opening { anchor, first_use, ..opening })?
            }
            other => other?,
        };
        self.subject.borrow_mut().vault = Some(vault.roster().vault);
        self.color_as(&vault);
        let result = act(&vault, keyring);
        vault.notes().into_iter().for_each(|note| self.tell(&note));
        result
    }

    /// Opens the vault of a place once more, as [`Self::with_vault`] did, and asks nobody. An anchor is the one that came with the key.
    pub(in crate::cli) fn with_vault_again<T>(
        &self,
        place: &Place,
        anchor: Option<&Anchor>,
        act: impl FnOnce(&Vault<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let disk = Disk::open(place)?;
        let ask_nobody = |_: &Introduction| false;
        let (anchor, first_use) = self.vouched(anchor.cloned(), FirstUse::Ask(&ask_nobody))?;
        let opening = Opening { place, data: self.data(), anchor: anchor.as_ref(), first_use };
        let vault = Vault::open(&disk, &opening, Hold::Shared)?;
        let result = act(&vault);
        vault.notes().into_iter().for_each(|note| self.tell(&note));
        result
    }

    /// Colours as the vault's configuration asks, where anybody sees it and did not ask otherwise. What is wrong with that file,
    /// `verify` says.
    fn color_as(&self, vault: &Vault<'_>) {
        if self.ui.is_seen()
            && !self.colored
            && let Some(asked) = vault.config().ok().and_then(|config| config.color)
        {
            self.ui.recolor(color(asked));
        }
    }

    /// What vouches for a vault: `CVAULT_TRUST`, or else the anchor of a key.
    fn vouched<'a>(
        &self,
        of_key: Option<Anchor>,
        first_use: FirstUse<'a>,
    ) -> Result<(Option<Anchor>, FirstUse<'a>), Failure> {
        match self.variable("CVAULT_TRUST").map(OsStr::to_string_lossy).as_deref() {
            Some("first-use") if matches!(first_use, FirstUse::Ask(_)) => Ok((of_key, FirstUse::Accept)),
            None | Some("first-use") => Ok((of_key, first_use)),
            Some(text) => match Anchor::parse(text) {
                Ok(anchor) => Ok((Some(anchor), first_use)),
                Err(_) => Err(usage("anchor", "`CVAULT_TRUST` is neither `first-use` nor an anchor")),
            },
        }
    }

    fn tell(&self, note: &Note) {
        match note {
            Note::OtherBranch(env) => self.ui.note(&format!(
                "newer secrets of `{env}` were seen on another branch or a later commit; these are as this commit has them"
            )),
            Note::CannotTell(env) => self.ui.warning(&format!(
                "newer secrets of `{env}` were seen here before, and without git nobody can tell why they are gone"
            )),
            Note::Unkept(why) => self.ui.warning(&format!("that this vault is trusted is kept nowhere: {why}")),
            Note::Stray(path) => self.ui.warning(&format!("`.vault/{path}` does not belong in a vault")),
        }
    }
}
