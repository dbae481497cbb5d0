//! `cargo vault completions`: the scripts by which shells complete what is typed.

use clap::ValueEnum;
use serde_json::{Value, json};

use super::super::{End, ctx::Ctx};
use crate::ui::{Failure, Page, Report};

/// Print the completion script of a shell
///
/// It completes commands, flags, and, from the vault of the folder you are in, environments, members and secrets; no key is
/// needed. It works for `cargo-vault` and for `cargo vault`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
                        cargo vault completions bash >> ~/.bashrc\n  \
                        cargo vault completions zsh > ~/.zfunc/_cargo-vault\n  \
                        cargo vault completions fish > ~/.config/fish/conf.d/cargo-vault.fish\n  \
                        cargo vault completions nushell > cargo-vault.nu")]
pub(in crate::cli) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// A shell that has a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Elvish,
    Nushell,
}

impl Shell {
    fn script(self) -> &'static str {
        match self {
            Self::Bash => include_str!("../../../completions/cargo-vault.bash"),
            Self::Zsh => include_str!("../../../completions/_cargo-vault"),
            Self::Fish => include_str!("../../../completions/cargo-vault.fish"),
            Self::Powershell => include_str!("../../../completions/cargo-vault.ps1"),
            Self::Elvish => include_str!("../../../completions/cargo-vault.elv"),
            Self::Nushell => include_str!("../../../completions/cargo-vault.nu"),
        }
    }
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    ctx.ui.report(&Script(args.shell))?;
    Ok(End::Done)
}

struct Script(Shell);

impl Report for Script {
    fn text(&self, page: &mut Page) {
        self.0.script().lines().for_each(|line| page.line(line));
    }

    fn json(&self) -> Value {
        let shell = self.0.to_possible_value().map(|value| value.get_name().to_owned());
        json!({ "shell": shell, "script": self.0.script() })
    }
}
