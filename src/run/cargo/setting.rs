//! The settings, given to cargo on its command line, by which it starts us in place of the program.

use std::{
    collections::BTreeSet,
    ffi::{OsStr, OsString},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{
    CargoError,
    cfg::is_true,
    configured::{Configured, Runner, shouted},
    credential::Tokens,
    line::Line,
};

/// How cargo is told, and whom we start in turn.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// Arguments of cargo's.
    pub(super) args: Vec<OsString>,
    /// Variables, where its command line is not ours.
    pub(super) variables: Vec<(OsString, String)>,
    /// The runner that somebody configured.
    pub(super) chain: Vec<OsString>,
}

impl Settings {
    /// Has us start this; all targets have to agree, since a runner is not told for which it is called.
    fn chain_to(&mut self, words: Vec<OsString>) -> Result<(), CargoError> {
        let first = self.args.is_empty() && self.variables.is_empty();
        if !first && self.chain != words {
            return Err(CargoError::SeveralRunners);
        }
        self.chain = words;
        Ok(())
    }
}

/// cargo, and what it is started with.
pub(super) struct Around<'a> {
    /// As it was typed.
    pub(super) cargo: &'a OsStr,
    pub(super) line: &'a Line,
    pub(super) configured: &'a Configured<'a>,
    /// What cargo inherits.
    pub(super) env: &'a [(OsString, OsString)],
}

/// The program that cargo is to start, and its arguments.
pub(super) struct Ours<'a> {
    pub(super) exe: &'a Path,
    pub(super) word: &'a str,
    pub(super) socket: &'a Path,
    /// A link to the program that may be made, where its own path cannot be written.
    pub(super) link: PathBuf,
}

impl Ours<'_> {
    /// The words in a list, which carries any text.
    fn list(&self) -> Result<String, CargoError> {
        let exe = match self.exe.to_str() {
            Some(exe) => exe.to_owned(),
            None => self.linked()?,
        };
        let words = [exe.as_str(), self.word, text(self.socket)?];
        Ok(format!("[{}]", words.map(quoted).join(", ")))
    }

    /// The words in one string, which is split at spaces.
    pub(super) fn string(&self) -> Result<String, CargoError> {
        let plain =
            |path: &Path| path.to_str().filter(|path| !path.contains(char::is_whitespace)).map(str::to_owned);
        let exe = match plain(self.exe) {
            Some(exe) => exe,
            None => self.linked()?,
        };
        let space = || CargoError::Space { path: self.socket.to_owned() };
        let socket = plain(self.socket).ok_or_else(space)?;
        if exe.contains(char::is_whitespace) {
            return Err(space());
        }
        Ok([&exe, self.word, &socket].join(" "))
    }

    fn linked(&self) -> Result<String, CargoError> {
        symlink(self.exe, &self.link)
            .or_else(|source| if self.link.is_symlink() { Ok(()) } else { Err(source) })
            .map_err(|source| CargoError::Socket { path: self.link.clone(), source })?;
        text(&self.link).map(str::to_owned)
    }
}

fn text(path: &Path) -> Result<&str, CargoError> {
    path.to_str().ok_or_else(|| CargoError::Space { path: path.to_owned() })
}

/// A string of TOML on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// Makes us the runner, in front of one that is configured.
pub(super) fn runner(around: &Around<'_>, ours: &Ours<'_>) -> Result<Settings, CargoError> {
    if !around.configured.has_runner() {
        // True of every target, so that no compiler needs to be asked which it is.
        let setting = format!("target.'cfg(all())'.runner={}", ours.list()?);
        return Ok(Settings { args: vec!["--config".into(), setting.into()], ..Settings::default() });
    }
    let mut settings = Settings::default();
    for triple in targets(around)? {
        let theirs = theirs(around, &triple)?;
        let value = match theirs.is_text {
            true => quoted(&ours.string()?),
            false => ours.list()?,
        };
        let setting = format!("target.{}.runner={value}", quoted(&triple));
        settings.chain_to(theirs.words)?;
        settings.args.extend(["--config".into(), setting.into()]);
    }
    Ok(settings)
}

/// The same by variables, which name the targets and not the settings' places: for a cargo whose command line is not ours.
pub(super) fn variables(around: &Around<'_>, ours: &Ours<'_>) -> Result<Settings, CargoError> {
    let mut settings = Settings::default();
    for triple in targets(around)? {
        settings.chain_to(theirs(around, &triple)?.words)?;
        let name = format!("CARGO_TARGET_{}_RUNNER", shouted(&triple));
        settings.variables.push((name.into(), ours.string()?));
    }
    Ok(settings)
}

/// Makes us the provider of the tokens that there are, for the registries that are known.
pub(super) fn providers(
    around: &Around<'_>,
    ours: &Ours<'_>,
    tokens: &Tokens,
) -> Result<Settings, CargoError> {
    let mut registries = around.configured.registries();
    registries.extend(around.line.values("--registry"));
    registries.insert("crates-io".to_owned());
    let mut settings = Settings::default();
    for registry in registries.iter().filter(|registry| tokens.has(registry)) {
        let place = match registry.as_str() {
            "crates-io" => "registry".to_owned(),
            named => format!("registries.{}", quoted(named)),
        };
        let value = match around.configured.has_text_provider(registry) {
            true => quoted(&ours.string()?),
            false => ours.list()?,
        };
        settings.args.extend(["--config".into(), format!("{place}.credential-provider={value}").into()]);
    }
    Ok(settings)
}

/// The targets that cargo builds for.
fn targets(around: &Around<'_>) -> Result<Vec<String>, CargoError> {
    let typed = around.line.values("--target");
    let named = if typed.is_empty() { around.configured.targets() } else { typed };
    if named.is_empty() {
        return Ok(vec![host(around)?]);
    }
    let triple = |named: String| match Path::new(&named) {
        _ if named == "host-tuple" => host(around),
        file if named.ends_with(".json") => {
            Ok(file.file_stem().unwrap_or_default().to_string_lossy().into_owned())
        }
        _ => Ok(named),
    };
    named.into_iter().map(triple).collect()
}

/// cargo says for which target it was built itself, which is the host.
fn host(around: &Around<'_>) -> Result<String, CargoError> {
    let said = ask(around, around.cargo, &["-vV"])?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| CargoError::Asked { program: around.cargo.to_owned() })
}

/// The runner that cargo would use for a target: its own, of a variable or a file, and after that one of a `cfg(…)`.
fn theirs(around: &Around<'_>, triple: &str) -> Result<Runner, CargoError> {
    let all: Vec<Runner> = around.configured.in_files().collect();
    let mut own = all.iter().filter(|runner| runner.key == triple);
    let first = own.next();
    // What is replaced has to be replaced by its like, also where a variable wins over it.
    let is_text = first.into_iter().chain(own).any(|runner| runner.is_text);
    let variable = around.configured.in_variable(triple);
    if let Some(words) = variable.or_else(|| first.map(|runner| runner.words.clone())) {
        return Ok(Runner { key: triple.to_owned(), words, is_text });
    }
    let mut conditional = all.into_iter().filter(|runner| runner.key.starts_with("cfg(")).peekable();
    let mut words = Vec::new();
    if conditional.peek().is_some() {
        let printed = ask(around, &around.configured.rustc(), &["--print", "cfg", "--target", triple])?;
        let known: BTreeSet<String> = printed.lines().map(str::to_owned).collect();
        words = conditional
            .find(|runner| is_true(&runner.key, &known))
            .map(|runner| runner.words)
            .unwrap_or_default();
    }
    Ok(Runner { key: triple.to_owned(), words, is_text })
}

fn ask(around: &Around<'_>, program: &OsStr, args: &[&str]) -> Result<String, CargoError> {
    let mut command = Command::new(program);
    command.args(around.line.toolchain()).args(args).env_clear().envs(around.env.iter().cloned());
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let asked = || CargoError::Asked { program: program.to_owned() };
    let output = output.ok().filter(|output| output.status.success()).ok_or_else(asked)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
