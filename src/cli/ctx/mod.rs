//! The context of one command: what it may know of the outside, and the steps that most commands begin with.

mod about;
mod opening;

use std::{
    cell::RefCell,
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    os::unix::ffi::OsStringExt,
    path::{Path, PathBuf},
    rc::Rc,
};

use super::{
    Folders, World,
    args::Globals,
    ask::Terminal,
    explain::{quoted, unseen_key},
    settings::Settings,
};
use crate::{
    kernel::{model::Roster, name::EnvName, seal::Plugins, secret::Secret, time::Timestamp},
    run::{CoreLimit, without_keys},
    store::{Place, StoreError, find},
    ui::{Class, Color, Failure, Ui},
    unlock::{ChildEnv, Given, KeyCommand, Keychain, Keyring, PluginPrograms},
    vault,
};

use about::About;

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
    pub(super) commit: Option<bool>,
}

impl Typed {
    fn of(globals: &Globals) -> Self {
        Self {
            env: !globals.env.is_empty(),
            color: globals.color.is_some(),
            commit: (globals.commit || globals.no_commit).then_some(globals.commit),
        }
    }
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
            typed: Typed::of(globals),
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
