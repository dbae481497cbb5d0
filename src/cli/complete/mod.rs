//! `cargo-vault __complete`: what the word that is being typed can become, for the scripts in `completions/`.
//!
//! They pass variables that were typed before the command, `--`, and the words behind `vault`, the last of which is completed.
//! Printed is a candidate a line, behind a tab what it is; or where only the shell knows, `:files`, `:folders`, or `:program N`
//! if the words from the Nth on are a command line of their own. What a value can be is known by the type that its argument
//! parses to, or by its `value_hint`: a new command has it by declaring its arguments.
//!
//! Nothing is asked, verified, trusted, written or run, and nothing fails: without an answer nothing is printed.

mod line;

use std::{
    any::TypeId,
    ffi::{OsStr, OsString},
    fmt::Write,
    path::{Path, PathBuf},
};

use clap::{Arg, Command, ValueHint};

use super::{
    args::{self, CommandName, NameBegin, RequestName},
    commands::identity::OwnName,
};
use crate::{
    kernel::name::{EnvName, MemberName, SecretName},
    store::{Disk, find},
    ui::printable,
    vault::{Glance, asked_names, own_names},
};
use line::Line;

/// What is typed to call this.
pub(super) const NAME: &str = "__complete";

/// What completion may know of the outside.
pub(super) struct Around<'a> {
    /// The words behind `__complete`.
    pub(super) words: &'a [OsString],
    /// The folder that the shell is in.
    pub(super) cwd: &'a Path,
    /// The user's folder of configuration.
    pub(super) config: Option<&'a Path>,
    /// A variable of the shell's.
    pub(super) variable: &'a dyn Fn(&str) -> Option<OsString>,
}

/// Candidates, or what the shell is to complete with.
enum Offer {
    Words(Vec<(String, String)>),
    Shell(String),
}

/// The answer, a line each.
pub(super) fn answer(around: &Around<'_>) -> String {
    match offer(around) {
        None => String::new(),
        Some(Offer::Shell(directive)) => format!(":{directive}\n"),
        Some(Offer::Words(words)) => words.iter().fold(String::new(), |mut text, (word, about)| {
            let tab = if about.is_empty() { "" } else { "\t" };
            writeln!(text, "{}{tab}{}", printable(word), printable(about)).expect("a string takes all");
            text
        }),
    }
}

fn offer(around: &Around<'_>) -> Option<Offer> {
    let dashes = around.words.iter().position(|word| word == "--")?;
    let (set, words) = (&around.words[..dashes], &around.words[dashes + 1..]);
    let words = words.iter().map(|word| word.to_str().map(str::to_owned)).collect::<Option<Vec<String>>>()?;
    let (current, before) = words.split_last()?;
    let root = root(before);
    let line = Line::walk(&root, before);
    let typed = Typed { line: &line, set, around };
    Some(typed.offer(current))
}

/// The tree of commands as far as it is needed: the command that is typed with all its flags, or all with their names.
fn root(before: &[String]) -> Command {
    match before.iter().find_map(|word| args::described(word)) {
        Some(command) => {
            let mut root = args::program().subcommand(command);
            root.build();
            root
        }
        None => args::program().subcommands(args::NAMES.iter().filter_map(|name| args::described(name))),
    }
}

/// A line that is typed, where it is typed.
struct Typed<'a> {
    line: &'a Line<'a>,
    set: &'a [OsString],
    around: &'a Around<'a>,
}

impl Typed<'_> {
    fn offer(&self, current: &str) -> Offer {
        let line = self.line;
        if let Some(arg) = line.pending {
            return self.values(arg, "", current);
        }
        if line.program.is_none() && !line.dashed && current.starts_with('-') {
            return self.flags(current);
        }
        if line.is_program() {
            return Offer::Shell(format!("program {}", line.program.unwrap_or(line.words)));
        }
        let mut words = if line.bare.is_empty() { self.commands(line.command, current) } else { Vec::new() };
        match line.positional().map(|arg| self.values(arg, "", current)) {
            Some(Offer::Words(values)) => words.extend(values),
            Some(shell) if words.is_empty() => return shell,
            _ => {}
        }
        Offer::Words(words)
    }

    fn flags(&self, current: &str) -> Offer {
        let command = self.line.command;
        if let Some((name, value)) = current.strip_prefix("--").and_then(|long| long.split_once('=')) {
            let arg = self.line.flag(name).filter(|arg| arg.get_action().takes_values());
            return arg
                .map_or(Offer::Words(Vec::new()), |arg| self.values(arg, &format!("--{name}="), value));
        }
        let shown = command.get_arguments().filter(|arg| !arg.is_hide_set() && !arg.is_positional());
        let mut words: Vec<(String, String)> = shown
            .filter_map(|arg| {
                let word = match (arg.get_long(), arg.get_short()) {
                    (Some(long), _) if arg.is_require_equals_set() => format!("--{long}="),
                    (Some(long), _) => format!("--{long}"),
                    (None, short) => format!("-{}", short?),
                };
                Some((word, arg.get_help().map(first_line).unwrap_or_default()))
            })
            .collect();
        // Before the definitions are built, as for the names of all commands they are not, these two are missing.
        for (word, about) in [("--help", "Print help"), ("--version", "Print version")] {
            let known = word == "--help" || self.line.command.get_version().is_some();
            if known && !words.iter().any(|(other, _)| other == word) {
                words.push((word.to_owned(), about.to_owned()));
            }
        }
        words.retain(|(word, _)| word.starts_with(current));
        Offer::Words(words)
    }

    fn commands(&self, of: &Command, current: &str) -> Vec<(String, String)> {
        let shown = of.get_subcommands().filter(|command| !command.is_hide_set());
        let named = shown.map(|command| {
            let about = command.get_about().map(first_line).unwrap_or_default();
            (command.get_name().to_owned(), about)
        });
        named.filter(|(name, _)| name.starts_with(current)).collect()
    }

    /// The values of an argument that begin as typed. Of a list the last one is completed, and what stands before it is kept.
    fn values(&self, arg: &Arg, kept: &str, typed: &str) -> Offer {
        let at =
            arg.get_value_delimiter().and_then(|comma| typed.rfind(comma).map(|at| at + comma.len_utf8()));
        let (head, begin) = typed.split_at(at.unwrap_or(0));
        let words = match possible(arg) {
            Some(words) => words,
            None => match self.known(arg, begin) {
                Offer::Words(words) => words,
                shell @ Offer::Shell(_) => return shell,
            },
        };
        let listed = |word: &str| head.split(',').any(|other| other == word);
        let fits = words.into_iter().filter(|(word, _)| word.starts_with(begin) && !listed(word));
        Offer::Words(fits.map(|(word, about)| (format!("{kept}{head}{word}"), about)).collect())
    }

    /// What an argument can be, by its hint and by the type that it parses to.
    fn known(&self, arg: &Arg, begin: &str) -> Offer {
        let parsed = arg.get_value_parser().type_id();
        let is = |id: TypeId| parsed == id;
        let plain =
            |names: Vec<String>| Offer::Words(names.into_iter().map(|n| (n, String::new())).collect());
        match arg.get_value_hint() {
            ValueHint::DirPath => Offer::Shell("folders".to_owned()),
            ValueHint::AnyPath | ValueHint::FilePath => Offer::Shell("files".to_owned()),
            ValueHint::Unknown if is(TypeId::of::<PathBuf>()) => Offer::Shell("files".to_owned()),
            ValueHint::Unknown if is(TypeId::of::<EnvName>()) => plain(self.environments()),
            ValueHint::Unknown if is(TypeId::of::<MemberName>()) => plain(self.members()),
            ValueHint::Unknown if is(TypeId::of::<RequestName>()) => plain(self.requests()),
            ValueHint::Unknown if is(TypeId::of::<SecretName>()) => plain(self.secrets(begin)),
            ValueHint::Unknown if is(TypeId::of::<NameBegin>()) => plain(self.secrets(begin)),
            ValueHint::Unknown if is(TypeId::of::<OwnName>()) => {
                plain(self.around.config.map(own_names).unwrap_or_default())
            }
            ValueHint::Unknown if is(TypeId::of::<CommandName>()) => Offer::Words(self.command_names()),
            _ => Offer::Words(Vec::new()),
        }
    }

    fn environments(&self) -> Vec<String> {
        let Some(disk) = self.disk() else { return Vec::new() };
        Glance::at(&disk).environments().map(ToString::to_string).collect()
    }

    fn members(&self) -> Vec<String> {
        let Some(disk) = self.disk() else { return Vec::new() };
        Glance::at(&disk).members().map(ToString::to_string).collect()
    }

    fn requests(&self) -> Vec<String> {
        let Some(disk) = self.disk() else { return Vec::new() };
        asked_names(&disk).iter().map(ToString::to_string).collect()
    }

    /// Secrets of the environments that the line names, but for those that stand on it already.
    fn secrets(&self, begin: &str) -> Vec<String> {
        let Some(disk) = self.disk() else { return Vec::new() };
        let glance = Glance::at(&disk);
        let mut envs: Vec<EnvName> = self.given("env").filter_map(|name| EnvName::parse(name).ok()).collect();
        if envs.is_empty() {
            let set = self.variable("CVAULT_ENV").and_then(|name| EnvName::parse(name.to_str()?).ok());
            envs.extend(set.or_else(|| glance.default_env().cloned()));
        }
        let mut names: Vec<SecretName> =
            envs.iter().flat_map(|env| glance.secrets(&disk, env, begin)).collect();
        names.sort_unstable();
        names.dedup();
        let names =
            names.iter().map(SecretName::as_str).filter(|name| !self.line.bare.iter().any(|b| b == name));
        names.map(str::to_owned).collect()
    }

    /// The commands below those that stand on the line as words.
    fn command_names(&self) -> Vec<(String, String)> {
        let tree = args::tree();
        let named = self.line.bare.iter().try_fold(&tree, |command, word| command.find_subcommand(word));
        named.map(|command| self.commands(command, "")).unwrap_or_default()
    }

    fn given(&self, id: &str) -> impl DoubleEndedIterator<Item = &str> {
        self.line.given.iter().filter(move |(other, _)| *other == id).map(|(_, value)| value.as_str())
    }

    /// A variable, as the line sets it for the command or as the shell has it.
    fn variable(&self, name: &str) -> Option<OsString> {
        let typed = self.set.iter().rev().find_map(|word| {
            let (key, value) = word.to_str()?.split_once('=')?;
            (key == name).then(|| OsString::from(value))
        });
        typed.or_else(|| (self.around.variable)(name)).filter(|value| !value.is_empty())
    }

    fn disk(&self) -> Option<Disk> {
        let cwd = match self.given("directory").next_back() {
            Some(folder) => self.around.cwd.join(self.home(folder)),
            None => self.around.cwd.to_owned(),
        };
        let named = self.variable("CVAULT_DIR").map(|dir| cwd.join(dir));
        Disk::open(&find(&cwd, named.as_deref()).ok()?).ok()
    }

    /// A folder as the shell will pass it on, which at the time of typing has not made a path of `~` yet.
    fn home(&self, folder: &str) -> PathBuf {
        match (folder.strip_prefix("~/"), (self.around.variable)("HOME")) {
            (Some(below), Some(home)) => Path::new(&home).join(below),
            _ => PathBuf::from(folder),
        }
    }
}

/// The values that an argument lists by itself.
fn possible(arg: &Arg) -> Option<Vec<(String, String)>> {
    let values = arg.get_possible_values();
    let shown = values.iter().filter(|value| !value.is_hide_set());
    let words = shown
        .map(|value| (value.get_name().to_owned(), value.get_help().map(first_line).unwrap_or_default()));
    (!values.is_empty()).then(|| words.collect())
}

fn first_line(text: &clap::builder::StyledStr) -> String {
    text.to_string().lines().next().unwrap_or_default().to_owned()
}

/// The words that call this, if they do.
pub(super) fn called(args: &[OsString]) -> Option<&[OsString]> {
    let [_, name, words @ ..] = args else { return None };
    (name == OsStr::new(NAME)).then_some(words)
}
