//! `cargo vault hook`: the scripts by which shells load what is allowed.

use std::{env::current_exe, path::Path};

use clap::ValueEnum;
use serde_json::{Value, json};

use super::super::{End, ctx::Ctx};
use crate::ui::{Class, Failure, Page, Report, printable};

/// Print what has your shell load the secrets of folders that you allowed
///
/// Its output belongs into the shell's start-up file, as its first lines say. Before each prompt the shell then asks this program,
/// which loads nothing in a folder that `cargo vault allow` was not typed in, and never asks for a passphrase or a touch.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
                        cargo vault hook bash >> ~/.bashrc\n  \
                        cargo vault hook fish > ~/.config/fish/conf.d/cargo-vault-hook.fish\n  \
                        cargo vault hook nushell > cargo-vault.nu\n  \
                        cargo vault hook direnv > ~/.config/direnv/lib/cargo_vault.sh")]
pub(in crate::cli) struct Args {
    /// The shell, or direnv
    #[arg(value_enum)]
    shell: Host,
}

/// Whoever has a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Host {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Nushell,
    /// A function for `use cargo_vault` in an .envrc
    Direnv,
}

impl Host {
    fn script(self) -> &'static str {
        match self {
            Self::Bash => include_str!("../hook/scripts/hook.bash"),
            Self::Zsh => include_str!("../hook/scripts/hook.zsh"),
            Self::Fish => include_str!("../hook/scripts/hook.fish"),
            Self::Powershell => include_str!("../hook/scripts/hook.ps1"),
            Self::Nushell => include_str!("../hook/scripts/hook.nu"),
            Self::Direnv => include_str!("../hook/scripts/hook.direnv"),
        }
    }

    /// A path as one word of the shell's.
    fn quoted(self, path: &str) -> String {
        match self {
            Self::Bash | Self::Zsh | Self::Direnv => format!("'{}'", path.replace('\'', "'\\''")),
            Self::Fish => format!("'{}'", path.replace('\\', "\\\\").replace('\'', "\\'")),
            Self::Powershell => {
                // It takes typographic ones for the same.
                let double = |c: char| if "'‘’‚‛".contains(c) { vec![c, c] } else { vec![c] };
                format!("'{}'", path.chars().flat_map(double).collect::<String>())
            }
            Self::Nushell => format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\"")),
        }
    }
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let exe = current_exe().map_err(|error| cannot(&format!("this program's file is not found: {error}")))?;
    ctx.ui.report(&Script { host: args.shell, program: written(&exe)? })?;
    Ok(End::Done)
}

/// A path that can stand in a script: text, of which nothing steers a terminal, nor ends what stands around it.
fn written(exe: &Path) -> Result<&str, Failure> {
    let text = exe.to_str().filter(|text| printable(text) == *text && !text.contains("'#"));
    text.ok_or_else(|| cannot("the path of this program's file cannot stand in a script"))
}

fn cannot(what: &str) -> Failure {
    Failure::new(Class::Refused, "no-program-path", what)
}

struct Script<'a> {
    host: Host,
    program: &'a str,
}

impl Script<'_> {
    fn text(&self) -> String {
        self.host.script().replace("PROGRAM", &self.host.quoted(self.program))
    }
}

impl Report for Script<'_> {
    fn text(&self, page: &mut Page) {
        self.text().lines().for_each(|line| page.line(line));
    }

    fn json(&self) -> Value {
        let shell = self.host.to_possible_value().map(|value| value.get_name().to_owned());
        json!({ "shell": shell, "script": self.text() })
    }
}
