//! The context of one command: what it may know of the outside, and the steps that most commands begin with.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    os::unix::ffi::OsStringExt,
    path::{Path, PathBuf},
    rc::Rc,
};

use rustix::process::{getpid, getuid};

use super::{
    Folders, World,
    args::Globals,
    ask::{Terminal, first_use},
    explain::{quoted, unseen_key},
    settings::Settings,
};
use crate::{
    audit::{Audit, AuditError, Durable},
    kernel::{
        model::{Action, Anchor, Event, Outcome, Roster, Subject},
        name::{EnvName, MemberName, VaultId},
        seal::Plugins,
        secret::Secret,
        time::Timestamp,
    },
    run::{CoreLimit, without_keys},
    store::{Disk, Place, StoreError, find},
    ui::{Class, Color, Failure, Ui},
    unlock::{ChildEnv, Given, KeyCommand, Keychain, Keyring, PluginPrograms},
    vault::{self, FirstUse, Hold, Introduction, Note, Opening, Vault, VaultError},
};

/// Where nothing can be kept: a folder that cannot be, for a user who has none.
const NOWHERE: &str = "/dev/null/cargo-vault";

const SETTINGS: &str = "settings.toml";

/// What a hint begins with that git is to be asked.
const GIT: &str = "`git ";

/// Where an identity can be kept that cannot be where it belongs.
pub(super) const ELSEWHERE: &str =
    "`cargo vault identity new --output FILE` makes one elsewhere, and `--identity FILE` uses it";

/// The context.
pub(super) struct Ctx {
    pub(super) ui: Rc<Ui>,
    pub(super) cwd: PathBuf,
    /// Where the person stands, which `-C` does not change.
    started: Option<PathBuf>,
    /// The environment, without the key itself.
    pub(super) env: BTreeMap<OsString, OsString>,
    pub(super) envs: Vec<EnvName>,
    pub(super) yes: bool,
    pub(super) no_pager: bool,
    pub(super) now: Timestamp,
    pub(super) settings: Settings,
    pub(super) core: CoreLimit,
    /// Whether nobody may be asked anything, as at a prompt of the shell.
    pub(super) silent: bool,
    /// What is wrong with what every command begins with. Commands that mend it go on.
    pub(super) faults: Vec<Failure>,
    /// What was typed as a flag and not taken from elsewhere.
    pub(super) typed: Typed,
    /// Whether the person said when to colour, so that a vault's configuration does not.
    colored: bool,
    folders: Folders,
    identity: Option<PathBuf>,
    key: RefCell<Option<Secret>>,
    subject: RefCell<About>,
}

/// Settings that a flag gave.
#[derive(Clone, Copy, Default)]
pub(super) struct Typed {
    pub(super) env: bool,
    pub(super) color: bool,
}

/// What the audit log is told that a command was about.
#[derive(Clone, Default)]
struct About {
    vault: Option<VaultId>,
    actor: Option<MemberName>,
    env: Option<EnvName>,
    to: Option<EnvName>,
    names: Vec<Subject>,
}

impl Ctx {
    pub(super) fn new(mut world: World, globals: &Globals, no_color: bool) -> Result<Self, Failure> {
        let own = |folder: Option<PathBuf>| folder.map(|folder| folder.join("cargo-vault"));
        let folders = Folders {
            config: own(world.folders.config),
            data: own(world.folders.data),
            state: own(world.folders.state),
            home: world.folders.home,
        };
        let mut faults = Vec::new();
        let settings = read_settings(&folders).unwrap_or_else(|fault| {
            faults.push(fault);
            Settings::default()
        });
        let mut look = globals.look();
        let colored = globals.color.is_some() || settings.color.is_some();
        if globals.color.is_none() {
            look.color = settings.color.map_or(Color::Auto, color);
        }
        let started = world.cwd.as_ref().ok().cloned();
        let cwd = match (&globals.directory, world.cwd) {
            (Some(folder), Ok(cwd)) => cwd.join(folder),
            (Some(folder), Err(_)) => folder.clone(),
            (None, Ok(cwd)) => cwd,
            (None, Err(e)) => {
                faults.push(usage("cwd", format!("the current folder cannot be read: {e}")));
                PathBuf::from(".")
            }
        };
        if let Some(folder) = &globals.directory
            && !cwd.is_dir()
        {
            return Err(usage("no-folder", format!("there is no folder `{}`", folder.display())));
        }
        let key = world.env.remove(OsStr::new("CVAULT_KEY")).filter(|key| !key.is_empty());
        let key = RefCell::new(key.map(|key| Secret::new(key.into_vec())));
        let identity = globals.identity.as_ref().map(|path| cwd.join(path));
        let (env, now, core) = (world.env, world.now, world.core);
        let mut ctx = Self {
            ui: Rc::new(Ui::new(look, no_color)),
            cwd,
            started,
            env,
            envs: globals.env.clone(),
            yes: globals.yes,
            no_pager: globals.no_pager,
            now,
            settings,
            core,
            silent: false,
            faults,
            typed: Typed { env: !globals.env.is_empty(), color: globals.color.is_some() },
            colored,
            folders,
            identity,
            key,
            subject: RefCell::default(),
        };
        if let Err(fault) = ctx.envs_from_variable() {
            ctx.faults.push(fault);
        }
        Ok(ctx)
    }

    fn envs_from_variable(&mut self) -> Result<(), Failure> {
        if let (true, Some(name)) = (self.envs.is_empty(), self.variable("CVAULT_ENV")) {
            let name = name.to_string_lossy().into_owned();
            let parsed = EnvName::parse(&name).map_err(|e| usage("name", format!("`CVAULT_ENV`: {e}")))?;
            self.envs.push(parsed);
        }
        Ok(())
    }

    /// A variable that is set and not empty.
    pub(super) fn variable(&self, name: &str) -> Option<&OsStr> {
        self.env.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// The user's folder of configuration, where identities are kept.
    pub(super) fn config(&self) -> Result<&Path, Failure> {
        let folder = self.folders.config.as_deref();
        folder.ok_or_else(|| {
            usage("no-home", "this user has no home folder to keep an identity in").help(ELSEWHERE)
        })
    }

    /// The user's folders, as far as he has any.
    pub(super) fn folders(&self) -> &Folders {
        &self.folders
    }

    /// Where the person stands, and a program is started.
    pub(super) fn started(&self) -> &Path {
        self.started.as_deref().unwrap_or(&self.cwd)
    }

    /// The user's own settings.
    pub(super) fn settings_file(&self) -> Result<PathBuf, Failure> {
        let file = self.folders.config.as_ref().map(|config| config.join(SETTINGS));
        file.ok_or_else(|| usage("no-home", "this user has no home folder to keep settings in"))
    }

    /// The user's data folder, where what is trusted is kept.
    pub(super) fn data(&self) -> &Path {
        self.folders.data.as_deref().unwrap_or(Path::new(NOWHERE))
    }

    /// Refuses a command that shows a key once, where nobody would have it. Found out before anything is done.
    pub(super) fn can_show_a_key(&self) -> Result<(), Failure> {
        if self.ui.answer_leads_nowhere() { Err(unseen_key()) } else { Ok(()) }
    }

    /// Whether anything can be kept for this user at all.
    pub(super) fn has_home(&self) -> bool {
        self.folders.data.is_some()
    }

    /// Finds the vault.
    pub(super) fn place(&self) -> Result<Place, Failure> {
        Ok(self.find()?)
    }

    /// The same, for who has to know why there is none.
    pub(super) fn find(&self) -> Result<Place, StoreError> {
        let named = self.variable("CVAULT_DIR").map(|dir| self.cwd.join(dir));
        find(&self.cwd, named.as_deref())
    }

    /// A failure whose hints for git can be typed where the person stands; without them where there is no git to ask.
    pub(super) fn placed(&self, mut failure: Failure) -> Failure {
        if !failure.hints.iter().any(|hint| hint.contains(GIT)) {
            return failure;
        }
        let Ok(place) = self.place() else { return failure };
        let Some(parent) =
            place.vault.parent().filter(|_| place.git.is_some() && place.vault.ends_with(".vault"))
        else {
            failure.hints.retain(|hint| !hint.contains(GIT));
            return failure;
        };
        let here = self.started.as_ref().and_then(|here| here.canonicalize().ok()).unwrap_or_default();
        let folder = match here.strip_prefix(parent) {
            Ok(below) if below.as_os_str().is_empty() => return failure,
            Ok(below) => below.components().map(|_| "..").collect(),
            Err(_) => parent.to_owned(),
        };
        let there = format!("{GIT}-C {} ", quoted(&folder));
        failure.hints.iter_mut().for_each(|hint| *hint = hint.replace(GIT, &there));
        failure
    }

    /// The keys that this command may use.
    pub(super) fn keyring(&self) -> Result<Keyring, Failure> {
        // Nobody knows what a command asks.
        let command = self.variable("CVAULT_KEY_COMMAND").filter(|_| !self.silent).map(|line| KeyCommand {
            line: line.to_owned(),
            cwd: self.cwd.clone(),
            env: self.child_env(),
        });
        let keychain = if self.silent { self.keychain().silent() } else { self.keychain() };
        let keyring = Keyring::gather(Given {
            flag: self.identity.clone(),
            // A copy, since a command that asks a person first opens the vault twice.
            key: self.key.borrow().as_ref().map(|key| Secret::concat(&[key])),
            key_file: self.variable("CVAULT_KEY_FILE").map(|path| self.cwd.join(path)),
            command,
            config: self.folders.config.clone(),
            keychain,
            ssh: self.folders.home.as_ref().map(|home| home.join(".ssh")),
            plugins: Some(self.plugins(None)),
        })?;
        Ok(if self.silent { keyring.silent() } else { keyring })
    }

    /// Wipes the variable's key: this goes on beside a program, and opens the vault by it no more.
    pub(super) fn forget_key(&self) {
        self.key.take();
    }

    /// A text with home written as a shell has it, for a table that has no room for more.
    pub(super) fn homely(&self, text: &str) -> String {
        let home = self.variable("HOME").and_then(OsStr::to_str).map(|home| home.trim_end_matches('/'));
        match home.filter(|home| !home.is_empty()) {
            Some(home) => text.replace(&format!("`{home}/"), "`~/"),
            None => text.to_owned(),
        }
    }

    /// Whether a key was named for this command.
    pub(super) fn names_a_key(&self) -> bool {
        let variables = ["CVAULT_KEY_FILE", "CVAULT_KEY_COMMAND"];
        let named = || variables.iter().any(|name| self.variable(name).is_some());
        self.identity.is_some() || self.key.borrow().is_some() || named()
    }

    /// The system's keychain, as this session reaches it.
    pub(super) fn keychain(&self) -> Keychain {
        let socket =
            || self.variable("XDG_RUNTIME_DIR").is_some_and(|dir| Path::new(dir).join("bus").exists());
        match self.variable("DBUS_SESSION_BUS_ADDRESS").map(OsStr::as_encoded_bytes) {
            None => Keychain::here(socket()),
            // As D-Bus has it for a session that is to reach nothing; it counts on every system.
            Some(b"disabled:") => Keychain::default(),
            // Other kinds of address have the bus's library start a program.
            Some(address) => Keychain::here(address.starts_with(b"unix:")),
        }
    }

    /// The programs of age plugins, as the user's own settings let them run, and those named here.
    pub(super) fn plugins(&self, also: Option<&str>) -> Rc<dyn Plugins> {
        let allowed = self.settings.plugins.allow.iter().cloned().chain(also.map(str::to_owned)).collect();
        let path = self.variable("PATH").map(OsStr::to_owned);
        Rc::new(PluginPrograms::new(allowed, path, self.child_env(), Rc::new(self.ask())))
    }

    /// What a program of the person's own gets: everything but keys.
    pub(super) fn child_env(&self) -> ChildEnv {
        without_keys(&self.env).map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Prompts on the terminal.
    pub(super) fn ask(&self) -> Terminal {
        Terminal(self.ui.clone())
    }

    /// Opens the vault and lends it; tells what came up while it was read.
    pub(super) fn with_vault<T>(
        &self,
        hold: Hold,
        act: impl FnOnce(&Vault<'_>, Keyring) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        // Whether anybody can be asked is found out only if there is something to ask.
        let ask = |introduction: &Introduction| {
            !self.silent && self.ui.can_ask() && first_use(&self.ui, introduction)
        };
        let first_use = FirstUse::Ask(&ask);
        self.with_vault_met(hold, first_use, act)
    }

    /// The same for a command that decides by itself what to do on first use.
    pub(super) fn with_vault_met<T>(
        &self,
        hold: Hold,
        first_use: FirstUse<'_>,
        act: impl FnOnce(&Vault<'_>, Keyring) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let place = self.place()?;
        let disk = Disk::open(&place)?;
        let mut keyring = self.keyring()?;
        let (anchor, first_use) = self.vouched(keyring.anchor().cloned(), first_use)?;
        // A command that prints a key may print an anchor with it, and is asked before a person is.
        let command_first =
            anchor.is_none() && keyring.has_command() && matches!(first_use, FirstUse::Ask(_));
        let ask_nobody = |_: &Introduction| false;
        let first = if command_first { FirstUse::Ask(&ask_nobody) } else { first_use };
        let opening = Opening { place: &place, data: self.data(), anchor: anchor.as_ref(), first_use: first };
        let anchor_of_command;
        let vault = match Vault::open(&disk, &opening, hold) {
            Err(VaultError::FirstUse(_)) if command_first => {
                keyring.ask_command()?;
                anchor_of_command = keyring.anchor().cloned();
                let anchor = anchor_of_command.as_ref();
                Vault::open(&disk, &Opening { anchor, first_use, ..opening }, hold)?
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
    pub(super) fn with_vault_again<T>(
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

    /// The one environment of a command that takes one: named, or the vault's default.
    pub(super) fn one_env(&self, roster: &Roster) -> Result<EnvName, Failure> {
        match &self.envs[..] {
            [] => Ok(roster.default.clone()),
            [env] => Ok(env.clone()),
            _ => Err(usage("several-environments", "this command takes one environment")),
        }
    }

    /// The environments of a command that takes several.
    pub(super) fn all_envs(&self, roster: &Roster) -> Vec<EnvName> {
        if self.envs.is_empty() { vec![roster.default.clone()] } else { self.envs.clone() }
    }

    /// Tells the audit log who acts where.
    pub(super) fn about(&self, actor: Option<&MemberName>, env: Option<&EnvName>) {
        let mut about = self.subject.borrow_mut();
        about.actor = actor.cloned().or(about.actor.take());
        about.env = env.cloned().or(about.env.take());
    }

    /// Tells the audit log from which environment something goes to which.
    pub(super) fn about_way(&self, from: &EnvName, to: &EnvName) {
        let mut about = self.subject.borrow_mut();
        about.env = Some(from.clone());
        about.to = Some(to.clone()).filter(|to| to != from);
    }

    /// Tells the audit log of which vault.
    pub(super) fn about_vault(&self, vault: VaultId) {
        self.subject.borrow_mut().vault = Some(vault);
    }

    /// Tells the audit log of what.
    pub(super) fn names(&self, names: impl IntoIterator<Item = Subject>) {
        self.subject.borrow_mut().names.extend(names);
    }

    /// Adds one event to the audit log, unless the user wants none.
    pub(super) fn record(
        &self,
        action: Action,
        outcome: Outcome,
        durable: Durable,
    ) -> Result<(), AuditError> {
        let Some(state) = self.folders.state.as_ref().filter(|_| !self.settings.audit.off) else {
            return Ok(());
        };
        let About { vault, actor, env, to, names } = self.subject.borrow().clone();
        let uid = getuid().as_raw();
        let pid = getpid().as_raw_nonzero().get().unsigned_abs();
        let event = Event { at: self.now, uid, pid, vault, actor, action, env, to, names, outcome };
        Audit::at(state).append(&event, durable)
    }
}

fn read_settings(folders: &Folders) -> Result<Settings, Failure> {
    let Some(config) = &folders.config else { return Ok(Settings::default()) };
    let path = config.join(SETTINGS);
    Settings::read(&path).map_err(|what| {
        usage("settings", format!("`{}`: {what}", path.display()))
            .help("`cargo vault config` shows what there is to set")
    })
}

fn color(color: vault::Color) -> Color {
    match color {
        vault::Color::Auto => Color::Auto,
        vault::Color::Always => Color::Always,
        vault::Color::Never => Color::Never,
    }
}

/// A failure of what was typed.
pub(super) fn usage(code: &'static str, error: impl Into<String>) -> Failure {
    Failure::new(Class::Usage, code, error)
}
