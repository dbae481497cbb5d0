//! cargo's command line, read as far as it takes to know what cargo is going to start.

use std::ffi::{OsStr, OsString};

/// What cargo is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A program, which cargo becomes.
    Run,
    /// Tests or benches, which cargo starts.
    Tests,
    /// Tests, which nextest starts.
    Nextest,
    /// An exchange with a registry, and whether the package is built first.
    Registry {
        /// Whether this builds.
        builds: bool,
    },
    /// Miri, which is an interpreter and starts no program.
    Miri,
    /// Anything else.
    Other,
}

/// cargo's own commands, which no alias can replace.
const COMMANDS: [&str; 36] = [
    "add",
    "bench",
    "build",
    "check",
    "clean",
    "config",
    "doc",
    "fetch",
    "fix",
    "generate-lockfile",
    "help",
    "info",
    "init",
    "install",
    "locate-project",
    "login",
    "logout",
    "metadata",
    "new",
    "owner",
    "package",
    "pkgid",
    "publish",
    "remove",
    "report",
    "run",
    "rustc",
    "rustdoc",
    "search",
    "test",
    "tree",
    "uninstall",
    "update",
    "vendor",
    "version",
    "yank",
];
/// cargo's short names for them, which an alias can replace.
const SHORT: [(&str, &str); 6] =
    [("b", "build"), ("c", "check"), ("d", "doc"), ("r", "run"), ("rm", "remove"), ("t", "test")];
/// Options before the command that take the next word.
const VALUED_BEFORE: [&str; 4] = ["--color", "--config", "-C", "-Z"];
/// Options behind the command that do.
const VALUED: [&str; 30] = [
    "--artifact-dir",
    "--bench",
    "--bin",
    "--cargo-profile",
    "--color",
    "--config",
    "--config-file",
    "--example",
    "--exclude",
    "--features",
    "--filterset",
    "--index",
    "--jobs",
    "--lockfile-path",
    "--manifest-path",
    "--message-format",
    "--package",
    "--partition",
    "--profile",
    "--registry",
    "--target",
    "--target-dir",
    "--test",
    "--test-threads",
    "-E",
    "-F",
    "-P",
    "-Z",
    "-j",
    "-p",
];
/// Options of nextest's that say how tests are run, which it takes no building with.
const RUNNING: [&str; 11] = [
    "--fail-fast",
    "--ff",
    "--no-fail-fast",
    "--nff",
    "--no-capture",
    "--nocapture",
    "--max-fail",
    "--no-tests",
    "--retries",
    "--test-threads",
    "-j",
];
const MOST_ALIASES: usize = 32;

/// A command line of cargo's.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// The toolchain and the options in front of the command.
    before: Vec<OsString>,
    command: Option<String>,
    rest: Vec<OsString>,
}

/// An option that was typed.
struct Typed<'a> {
    name: &'a str,
    value: Option<&'a str>,
    /// How many words there are up to its end, those in front of the command counted.
    end: usize,
}

impl Line {
    /// Reads the words behind `cargo`.
    pub(super) fn read(words: &[OsString]) -> Self {
        let mut words = words.iter();
        let mut before = Vec::new();
        while let Some(word) = words.next() {
            match word.to_str() {
                Some(option) if option.starts_with(['-', '+']) => {
                    before.push(word.clone());
                    if VALUED_BEFORE.contains(&option) {
                        before.extend(words.next().cloned());
                    }
                }
                command => {
                    let command = command.map(str::to_owned);
                    return Self { before, command, rest: words.cloned().collect() };
                }
            }
        }
        Self { before, command: None, rest: Vec::new() }
    }

    /// The same with every alias replaced by what it stands for.
    pub(super) fn expanded(mut self, alias: &dyn Fn(&str) -> Option<Vec<String>>) -> Self {
        for _ in 0..MOST_ALIASES {
            let Some(command) = self.command.as_deref().filter(|command| !COMMANDS.contains(command)) else {
                break;
            };
            let short = || {
                SHORT.iter().find(|(short, _)| *short == command).map(|(_, long)| vec![(*long).to_owned()])
            };
            let Some(words) = alias(command).or_else(short) else { break };
            let words: Vec<OsString> = words.into_iter().map(OsString::from).chain(self.rest).collect();
            let inner = Self::read(&words);
            self.before.extend(inner.before);
            (self.command, self.rest) = (inner.command, inner.rest);
        }
        self
    }

    /// What cargo is asked for.
    pub(super) fn kind(&self) -> Kind {
        let has = |names: &[&str]| self.options().any(|option| names.contains(&option.name));
        match self.command.as_deref() {
            _ if has(&["-h", "--help"]) => Kind::Other,
            Some("run") => Kind::Run,
            Some("test" | "bench") if !has(&["--no-run"]) => Kind::Tests,
            Some("nextest") if self.nextest_run().is_some() && !has(&["--no-run"]) => Kind::Nextest,
            Some("publish") if has(&["--dry-run", "-n"]) => Kind::Other,
            Some("publish") => Kind::Registry { builds: !has(&["--no-verify"]) },
            Some("owner" | "yank") => Kind::Registry { builds: false },
            Some("miri") => Kind::Miri,
            _ => Kind::Other,
        }
    }

    /// The command's name.
    pub(super) fn command(&self) -> &str {
        self.command.as_deref().unwrap_or_default()
    }

    /// Whether the command is cargo's own.
    pub(super) fn is_own(&self) -> bool {
        self.command.as_deref().is_none_or(|command| COMMANDS.contains(&command))
    }

    /// The toolchain that is named in front, as `+nightly`.
    pub(super) fn toolchain(&self) -> Option<&OsStr> {
        let first = self.before.first().map(OsString::as_os_str);
        first.filter(|word| word.as_encoded_bytes().starts_with(b"+"))
    }

    /// The values of an option, in their order.
    pub(super) fn values(&self, name: &str) -> Vec<String> {
        let named = self.options().filter(|option| option.name == name);
        named.filter_map(|option| option.value).map(str::to_owned).collect()
    }

    /// The options up to `--`, or up to the first argument of a program that is run.
    fn options(&self) -> impl Iterator<Item = Typed<'_>> {
        let is_run = self.command.as_deref() == Some("run");
        let words: Vec<&str> =
            self.before.iter().chain(&self.rest).map(|word| word.to_str().unwrap_or("?")).collect();
        let border = self.before.len();
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(word) = words.get(at) {
            at += 1;
            if *word == "--" || (is_run && at > border && !word.starts_with('-')) {
                break;
            }
            let next = words.get(at).filter(|next| !next.starts_with('-')).copied();
            let (name, value) = match word.split_once('=') {
                Some((name, value)) if word.starts_with("--") => (name, Some(value)),
                _ if VALUED.contains(word) || VALUED_BEFORE.contains(word) => {
                    at += usize::from(next.is_some());
                    (*word, next)
                }
                _ => (*word, None),
            };
            found.push(Typed { name, value, end: at });
        }
        found.into_iter()
    }

    /// Where in the rest nextest's `run` stands.
    fn nextest_run(&self) -> Option<usize> {
        let mut at = 0;
        while let Some(word) = self.rest.get(at)?.to_str() {
            if !word.starts_with('-') {
                return ["run", "r"].contains(&word).then_some(at);
            }
            at += 1 + usize::from(VALUED.contains(&word));
        }
        None
    }

    /// The words behind `cargo`, with settings where cargo, or nextest, takes them, and where they win over all that was typed:
    /// those behind a command count more than those in front of it.
    pub(super) fn with(&self, settings: &[OsString], options: &[&str]) -> Vec<OsString> {
        let typed = self.options().filter(|option| option.name == "--config").last();
        let typed = typed.and_then(|last| last.end.checked_sub(self.before.len())).filter(|at| *at > 0);
        let nextest = self.nextest_run().filter(|_| self.command.as_deref() == Some("nextest"));
        let (front, at) = match nextest.map(|at| at + 1).max(typed) {
            Some(at) => (&[][..], at),
            None => (settings, 0),
        };
        let behind = if front.is_empty() { settings } else { &[] };
        let mut words = self.before.clone();
        words.extend(front.iter().cloned().chain(self.command.iter().map(OsString::from)));
        words.extend(self.rest[..at].iter().chain(behind).cloned());
        words.extend(options.iter().map(OsString::from).chain(self.rest[at..].iter().cloned()));
        words
    }

    /// The words by which the same is built and nothing of it is run.
    pub(super) fn building(&self) -> Vec<OsString> {
        let (dropped, options): (&[&str], &[&str]) = match self.kind() {
            Kind::Nextest => (&RUNNING, &["--no-run"]),
            Kind::Registry { .. } => (&["--dry-run", "-n"], &["--dry-run"]),
            _ => (
                &["--doc", "--no-fail-fast", "--message-format"],
                &["--no-run", "--message-format=json-render-diagnostics"],
            ),
        };
        let mut line = self.clone();
        line.rest = without(&self.rest, dropped, self.kind() == Kind::Tests);
        line.with(&[], options)
    }
}

/// The words without some options and their values; without what stands behind `--` too, if that is for the tests.
fn without(words: &[OsString], dropped: &[&str], own: bool) -> Vec<OsString> {
    const TAKING: [&str; 6] =
        ["--message-format", "--max-fail", "--no-tests", "--retries", "--test-threads", "-j"];
    let mut kept = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let text = word.to_str().unwrap_or_default();
        if text == "--" {
            if !own {
                kept.extend([word].into_iter().chain(words).cloned());
            }
            break;
        }
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        // A number may stand right behind it.
        let jobs = dropped.contains(&"-j") && name.starts_with("-j") && name != "-j";
        if !dropped.contains(&name) && !jobs {
            kept.push(word.clone());
        } else if value.is_none() && TAKING.contains(&name) {
            words.next();
        }
    }
    kept
}
