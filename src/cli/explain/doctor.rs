//! What the doctor says of each thing that it found: how grave it is, what is, and the exact command that mends it.

use std::{borrow::Cow, path::Path};

use super::{store, unlock, vault};
use crate::{
    git::Rewriter,
    ui::{Class, Failure},
    vault::{
        Packed,
        doctor::{Around, CargoRuns, Check, Fact, InKeychain, Kept, Machine, Opened, Tracked, Unread},
    },
};

/// Attributes by which git leaves bytes alone, whatever rules before have said.
const AS_THEY_ARE: &str = "-text !eol !filter !ident !working-tree-encoding";
/// On macOS the option takes an argument.
const SED: &str = if cfg!(target_os = "macos") { "sed -i ''" } else { "sed -i" };

/// How grave something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cli) enum Level {
    Ok,
    Note,
    Warning,
    Problem,
    /// A problem that looks like somebody's doing.
    Tampering,
}

impl Level {
    /// As it is told.
    pub(in crate::cli) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem | Self::Tampering => "problem",
        }
    }
}

/// What a person is told.
pub(in crate::cli) struct Told {
    pub(in crate::cli) level: Level,
    /// A stable word for programs.
    pub(in crate::cli) code: &'static str,
    pub(in crate::cli) message: String,
    /// The exact command that mends it, where there is one.
    pub(in crate::cli) command: Option<String>,
    /// What else there is to do or to know.
    pub(in crate::cli) help: Vec<String>,
}

impl Told {
    fn new(level: Level, code: &'static str, message: impl Into<String>) -> Self {
        Self { level, code, message: message.into(), command: None, help: Vec::new() }
    }

    fn command(self, command: impl Into<String>) -> Self {
        Self { command: Some(command.into()), ..self }
    }

    fn command_if(self, command: Option<String>) -> Self {
        Self { command, ..self }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}

impl From<Failure> for Told {
    fn from(failure: Failure) -> Self {
        let level = if failure.class == Class::Tampered { Level::Tampering } else { Level::Problem };
        let details = failure.details.into_iter().map(|(name, text)| format!("{name}: {text}"));
        let help = details.chain(failure.hints).collect();
        Self { level, code: failure.code, message: failure.error, command: None, help }
    }
}

fn ok(code: &'static str, message: impl Into<String>) -> Told {
    Told::new(Level::Ok, code, message)
}

fn note(code: &'static str, message: impl Into<String>) -> Told {
    Told::new(Level::Note, code, message)
}

fn warning(code: &'static str, message: impl Into<String>) -> Told {
    Told::new(Level::Warning, code, message)
}

fn problem(code: &'static str, message: impl Into<String>) -> Told {
    Told::new(Level::Problem, code, message)
}

/// What is said of a check that found nothing.
pub(in crate::cli) fn sound(check: Check) -> Told {
    let message = match check {
        Check::Versions => "known",
        Check::Settings => "your settings can be read",
        Check::Vault => "there is one, and it opens; `cargo vault verify` looks at every file",
        Check::Trust => "nothing speaks against it",
        Check::Identity => "nothing is wrong with your keys",
        Check::Keychain => "not asked: there is no folder of yours that says what lies in it",
        Check::Repository => "git has the vault, committed and whole",
        Check::Ignored => "no rule of git's leaves a file of the vault out",
        Check::Attributes => "git keeps the vault byte for byte",
        Check::Drivers => "git merges secrets with a driver of their own",
        Check::Published => "no crate takes the vault along, and no values lie beside it in the clear",
        Check::Cargo => "its configuration runs nothing in our place or around the compiler",
        Check::Folders => "yours, private where they have to be, and writable",
        Check::Memory => "keys can be locked in memory, and no core file is left",
        Check::Clock => "not behind what members have signed",
        Check::Path => "absolute folders only",
        Check::Home => "there",
        Check::Terminal => "there is one to ask at",
    };
    ok("ok", message)
}

/// What is said of something that was found.
pub(in crate::cli) fn told(fact: &Fact) -> Told {
    match fact {
        Fact::Versions { libgit2, age } => {
            ok("versions", format!("cargo-vault {}, libgit2 {libgit2}, age {age}", env!("CARGO_PKG_VERSION")))
        }
        Fact::Opened(fact) => opened(fact),
        Fact::Around(fact) => around(fact),
        Fact::Packed(packed) => would_be_packed(packed),
        Fact::PlainFile { path, tracked_in } => plain_file(path, tracked_in.as_deref()),
        Fact::CargoRuns(runs) => cargo_runs(runs),
        Fact::CargoUnread(unread) => cargo_unread(unread),
        Fact::CargoVariable { name } => {
            note("compiler", format!("`{name}` has cargo run a program around the compiler, or in its place"))
                .command(format!("unset {name}"))
        }
        Fact::Kept(fact) => kept(fact),
        Fact::Keychain(fact) => keychain(fact),
        Fact::Machine(fact) => machine(fact),
    }
}

fn opened(fact: &Opened) -> Told {
    match fact {
        Opened::NoVault { folder } => {
            note("no-vault", format!("there is none in `{}` or any folder above it", folder.display()))
                .command("cargo vault init")
        }
        Opened::NotCheckedOut { tracked, sparse } => not_checked_out(tracked, *sparse),
        Opened::NotFound(fault) => store::store(fault).into(),
        Opened::NotOpened(fault) => vault::vault(fault).into(),
        Opened::Unknown { anchor } => warning("unknown", "nothing vouches for this vault here")
            .help(format!(
                "compare it with a member who knows it: there `cargo vault trust --show` prints `{anchor}`"
            ))
            .help("then `cargo vault trust ANCHOR` here, with the anchor that is printed there"),
        Opened::Aside => {
            note("aside", "this is an older commit or another branch: the default branch goes on from here")
                .help("it can be read; merge the default branch before you write")
        }
        Opened::Known { vault, by_key: true } => {
            ok("known", format!("an anchor that came with the key vouches for vault {vault}"))
        }
        Opened::Known { vault, by_key: false } => ok("known", format!("vault {vault} is known here")),
        Opened::NoKey => note("no-key", "there is no identity here: nothing can be opened")
            .command("cargo vault identity new")
            .help("`cargo vault join` makes one too, and asks an admin to let you in"),
        Opened::Stranger { keys } => {
            let keys = if *keys == 1 {
                "your one key is".to_owned()
            } else {
                format!("none of your {keys} keys is")
            };
            let not = if keys.starts_with("your") { " not" } else { "" };
            note("stranger", format!("{keys}{not} a member's: nothing can be opened"))
                .help("`cargo vault join` asks an admin to let you in")
        }
        Opened::KeyUnread(fault) => unlock::unlock(fault).into(),
        Opened::Member { name, origin } => ok("member", format!("you are `{name}`, by {origin}")),
        Opened::ClockBehind { newest, seconds } => {
            let behind = humantime::format_duration(std::time::Duration::from_secs(seconds - seconds % 60));
            warning("clock", format!("the clock is {behind} behind what was signed at {newest}, or that was signed by a wrong one"))
                .help("set the clock of this machine, or look with `cargo vault list` at who wrote that")
        }
    }
}

fn not_checked_out(tracked: &Tracked, sparse: bool) -> Told {
    let (git, inside) = (git_in(&tracked.top), word(&tracked.inside));
    let (why, mend) = match sparse {
        true => ("a sparse checkout leaves it out", taken_in(tracked)),
        false => ("it is not in the work tree", format!("{git} checkout -- {inside}")),
    };
    problem("not-checked-out", format!("git has a vault in `{}`, and {why}", tracked.inside)).command(mend)
}

/// The command that has a sparse checkout take the vault in.
fn taken_in(tracked: &Tracked) -> String {
    let Tracked { top, inside, by_folder } = tracked;
    let what = if *by_folder { word(inside).into_owned() } else { format!("'/{inside}/**'") };
    format!("{} sparse-checkout add {what}", git_in(top))
}

fn around(fact: &Around) -> Told {
    match fact {
        Around::NoRepository { folder } => note(
            "no-repository",
            "git has no repository around the vault: nobody can tell what was put back or removed",
        )
        .command(format!("git init {}", path(folder))),
        Around::NotRead { top, fault } if fault.is_of_another_owner() => problem(
            "not-read",
            format!("git keeps away from `{}`: it belongs to somebody else", top.display()),
        )
        .command(format!("git config --global --add safe.directory {}", path(top))),
        Around::NotRead { fault, .. } => problem("not-read", fault.to_string()),
        Around::NoGit => warning("no-git", "there is no `git` in an absolute folder of `PATH`")
            .help("on Debian and Ubuntu `apt-get install git`, on macOS `xcode-select --install`"),
        Around::OddRules { path: file } => {
            problem("odd-rules", format!("`{}` is no plain file: git would wait for it", file.display()))
                .command(format!("rm {}", path(file)))
        }
        Around::Submodule { top } => note(
            "submodule",
            format!("`{}` is a submodule: it is committed and pushed by itself", top.display()),
        ),
        Around::WorkTree { common } => note(
            "work-tree",
            format!("this is one of several work trees; all remember in `{}`", common.display()),
        ),
        Around::Shallow { top } => note(
            "shallow",
            "this clone is shallow: what was there before its oldest commit cannot be compared",
        )
        .command(format!("{} fetch --unshallow", git_in(top))),
        Around::LeftOut { tracked, files } => {
            problem("left-out", format!("a sparse checkout leaves {} of the vault out", counted(*files)))
                .command(taken_in(tracked))
        }
        Around::Uncommitted { tracked, files } => {
            let (git, inside) = (git_in(&tracked.top), word(&tracked.inside));
            note("uncommitted", format!("{} of the vault {} not committed", counted(*files), are(*files)))
                .command(format!("{git} add -- {inside} && {git} commit -m vault -- {inside}"))
        }
        Around::Ignored { paths, top, rules } => ignored(paths, top, rules.as_deref()),
        Around::Rewritten { path, by, rules, inside } => rewritten(path, by)
            .command_if(rules.as_deref().map(|rules| added(&format!("/{inside}/** {AS_THEY_ARE}"), rules))),
        Around::OtherAttributes { file, text } => {
            let lines = text.trim_end().replace('\n', "\\n");
            problem("other-attributes", format!("`{}` is not as the format has it", file.display()))
                .command(format!("rm -f {0} && printf '{lines}\\n' > {0}", path(file)))
        }
        Around::NoDriver => note(
            "no-driver",
            "this clone's git merges secrets as text: two changes of one secret need a person",
        )
        .command("cargo vault git install"),
    }
}

fn ignored(paths: &[String], top: &Path, rules: Option<&Path>) -> Told {
    let (first, more) = (&paths[0], paths.len() - 1);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let told = problem("ignored", format!("git leaves `{first}`{more} out of a commit"));
    let told = told.command_if(rules.map(|rules| added("!/.vault/\\n!/.vault/**", rules)));
    told.help(format!("`{} check-ignore -v {}` names the rule", git_in(top), word(first)))
}

fn rewritten(path: &str, by: &Rewriter) -> Told {
    let by: Cow<'_, str> = match by {
        Rewriter::Filter(name) => format!("the filter `{name}`").into(),
        Rewriter::Encoding(name) => format!("the encoding `{name}` of the work tree").into(),
        Rewriter::Ident => "the attribute `ident`".into(),
        Rewriter::LineEnds => "an attribute about line ends".into(),
        Rewriter::AutoCrlf => "`core.autocrlf`".into(),
    };
    problem("rewritten", format!("git would change the bytes of `{path}`, by {by}"))
}

/// The command that adds lines to a file of rules, the last of which wins.
fn added(lines: &str, rules: &Path) -> String {
    format!("printf '\\n{lines}\\n' >> {}", path(rules))
}

fn would_be_packed(packed: &Packed) -> Told {
    let Packed { manifest, vault, mendable } = packed;
    let told = warning(
        "packed",
        format!("`cargo publish` would pack `{vault}` into the crate of `{}`", manifest.display()),
    );
    let line = format!("exclude = [\"/{vault}\"]");
    match mendable {
        true => told.command(format!("{SED} -e '/^\\[package\\]$/a\\' -e '{line}' {}", path(manifest))),
        false => told.help(format!("add `{line}` under `[package]`, or the path to the list that is there")),
    }
}

fn plain_file(file: &Path, tracked_in: Option<&Path>) -> Told {
    let shown = file.display();
    match tracked_in {
        Some(top) => {
            let below = file.strip_prefix(top).unwrap_or(file);
            warning("plain-file", format!("`{shown}` is in git, in the clear"))
                .command(format!("{} rm --cached -- {}", git_in(top), path(below)))
                .help("git's history keeps its values: change each where it is used")
        }
        None => note("plain-file", format!("`{shown}` lies beside the vault, in the clear"))
            .help("`cargo vault set NAME` takes each of its values, and then it can go"),
    }
}

fn cargo_runs(runs: &CargoRuns) -> Told {
    let CargoRuns { file, setting, line, own } = runs;
    let shown = file.display();
    let told = match (runs.takes_our_place(), own) {
        (true, false) => {
            let what = format!("`{shown}` has cargo run something else for `cargo vault`");
            Told::new(Level::Tampering, "alias", what)
        }
        (true, true) => warning("alias", format!("`{shown}` has cargo run something else for `cargo vault`")),
        (false, own) => {
            let level = if *own { Level::Note } else { Level::Warning };
            Told::new(level, "compiler", format!("`{shown}` has cargo run a program, by `{setting}`")).help(
                "`cargo vault run` gives secrets to the program that you name: name the built one, not cargo",
            )
        }
    };
    let key = setting.rsplit('.').next().unwrap_or(setting);
    match line {
        // By the key too, so that it does no harm once another command has moved the lines.
        Some(line) => told.command(format!("{SED} '{line}{{/{key}/d;}}' {}", path(file))),
        None => told.help(format!("take `{setting}` out of it")),
    }
}

fn cargo_unread(unread: &Unread) -> Told {
    let Unread { file, source, own } = unread;
    let level = if *own { Level::Note } else { Level::Warning };
    let what = format!("`{}` was not looked into: {source}; it can have cargo run anything", file.display());
    Told::new(level, "cargo-unread", what)
}

fn kept(fact: &Kept) -> Told {
    match fact {
        Kept::OthersRead { path: file, mode } => {
            problem("others-read", format!("others can read `{}` (mode {mode:03o})", file.display()))
                .command(format!("chmod 600 {}", path(file)))
        }
        Kept::OthersWrite { path: file, mode } => {
            problem("others-write", format!("others can write `{}` (mode {mode:03o})", file.display()))
                .command(format!("chmod go-w {}", path(file)))
        }
        Kept::NotOurs { path: file, owner } => {
            problem("not-ours", format!("`{}` belongs to user {owner}", file.display()))
                .help(format!("as root: `chown -R USER {}`", path(file)))
        }
        Kept::NotFolder { path: file } => problem("not-folder", format!("`{}` is no folder", file.display()))
            .command(format!("mv {0} {0}.old", path(file))),
        Kept::NotPlain { path: file } => {
            problem("not-plain", format!("`{}` is no plain file", file.display()))
                .command(format!("mv {0} {0}.old", path(file)))
        }
        Kept::CannotWrite { path: folder, ours } => {
            problem("cannot-write", format!("nothing can be written in `{}`", folder.display()))
                .command_if(ours.then(|| format!("chmod u+wx {}", path(folder))))
        }
        Kept::CannotLook { path: file, source } => {
            problem("cannot-look", format!("`{}` cannot be looked at: {source}", file.display()))
        }
        Kept::NoKeptKey { path: file } => problem(
            "kept-key",
            format!("`{}` is no key: nothing that was trusted and seen counts", file.display()),
        )
        .command(format!("rm {}", path(file))),
    }
}

fn machine(fact: &Machine) -> Told {
    match fact {
        Machine::Unlocked { soft, hard } => locked_memory(*soft, *hard),
        Machine::Dumpable => {
            warning("dumpable", "the system lets others of this user look into this process")
        }
        Machine::NoPath => warning("no-path", "`PATH` is not set: no `git` is found")
            .command("export PATH=/usr/local/bin:/usr/bin:/bin"),
        Machine::OddPath { odd, sound } => {
            let odd: Vec<_> = odd.iter().map(|entry| format!("`{}`", entry.display())).collect();
            let what = format!(
                "`PATH` has {}: a repository could put programs there, so they are passed over",
                odd.join(", ")
            );
            let sound = (!sound.is_empty()).then(|| format!("export PATH={}", path(Path::new(sound))));
            warning("odd-path", what.replace("``", "an empty entry")).command_if(sound)
        }
        Machine::NoHome => {
            warning("no-home", "this user has no home folder: nothing can be kept or remembered")
                .help("a machine does with the variable `CVAULT_KEY` alone: `cargo vault ci setup` makes one")
        }
        Machine::HomeUnset => {
            note("home-unset", "`HOME` is not set: the system's own record of this user counts")
        }
        Machine::HomeMissing { path: home } => {
            problem("home-missing", format!("there is no folder `{}`, which `HOME` names", home.display()))
                .command(format!("mkdir -p {}", path(home)))
        }
        Machine::NoTerminal => {
            note("no-terminal", "there is no terminal to ask at: passphrases and first use need one")
        }
    }
}

fn keychain(fact: &InKeychain) -> Told {
    let lie = |identities: &usize| match identities {
        0 => "no identity of yours lies in it".to_owned(),
        1 => "one identity of yours lies in it".to_owned(),
        many => format!("{many} identities of yours lie in it"),
    };
    match fact {
        InKeychain::Answers { identities } => ok("keychain", format!("it answers; {}", lie(identities))),
        InKeychain::None { identities: 0 } => {
            ok("keychain", "there is none to be reached from here: identities lie in files")
        }
        InKeychain::None { identities } => {
            warning("keychain", format!("there is none to be reached from here, and {}", lie(identities)))
                .help("another session of yours may have one; `--identity FILE` does without")
        }
        InKeychain::Fails { identities, fault } => {
            let told = format!("{fault}; {}", lie(identities));
            let told = if *identities == 0 { note("keychain", told) } else { warning("keychain", told) };
            told.help("unlock it, as by logging in at the desktop")
        }
        InKeychain::NotListed(error) => unlock::unlock(error).into(),
    }
}

fn locked_memory(soft: Option<u64>, hard: Option<u64>) -> Told {
    const PAGES: u64 = 64 * 1024;
    let limit = soft.map_or("no limit".to_owned(), |bytes| format!("{} KiB", bytes / 1024));
    let told = warning(
        "unlocked",
        format!("keys cannot be locked in memory, and may reach the swap (the limit is {limit})"),
    );
    match hard.is_none_or(|hard| hard >= PAGES) {
        true => told.command(format!("ulimit -S -l {}", PAGES / 1024)),
        false => told.help("root raises `memlock` in `/etc/security/limits.conf`"),
    }
}

fn counted(files: usize) -> String {
    if files == 1 { "1 file".to_owned() } else { format!("{files} files") }
}

fn are(files: usize) -> &'static str {
    if files == 1 { "is" } else { "are" }
}

fn git_in(top: &Path) -> String {
    format!("git -C {}", path(top))
}

fn path(path: &Path) -> String {
    word(&path.to_string_lossy()).into_owned()
}

/// A word as a shell takes it.
fn word(text: &str) -> Cow<'_, str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/._-+:@%,=".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.into();
    }
    format!("'{}'", text.replace('\'', "'\\''")).into()
}
