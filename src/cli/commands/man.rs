//! `cargo vault man`: the manual pages, shown, printed or written.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{OpenOptions, create_dir_all, remove_file, rename},
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use clap::ValueHint;
use serde_json::{Value, json};

use super::super::{
    End,
    args::{CommandName, command_name, tree},
    ctx::Ctx,
    manual::{Sheet, sheet, sheets},
};
use crate::{
    run::without_keys,
    ui::{Class, Failure, Page, Report},
};

/// Show a command's manual page
///
/// On a terminal by man(1), where there is one; into a pipe or a file as roff.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault man\n  cargo vault man env add\n  \
                        cargo vault man --dir ~/.local/share/man/man1")]
pub(in crate::cli) struct Args {
    /// Whose page, as `set` or `env add`; else the program's
    #[arg(value_parser = command_name)]
    command: Vec<CommandName>,
    /// Write the pages, this one and those of all commands below it, to this folder
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    dir: Option<PathBuf>,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let tree = tree();
    let command = named(&tree, &args.command)?;
    if let Some(dir) = &args.dir {
        let written = write(&ctx.cwd.join(dir), &sheets(command))?;
        ctx.ui.report(&Written(written))?;
        return Ok(End::Done);
    }
    let sheet = sheet(command);
    if ctx.ui.stdout_is_terminal() && !ctx.ui.look().json && show(ctx, &sheet.roff) {
        return Ok(End::Done);
    }
    ctx.ui.report(&sheet)?;
    Ok(End::Done)
}

fn named<'a>(tree: &'a clap::Command, words: &[CommandName]) -> Result<&'a clap::Command, Failure> {
    words.iter().try_fold(tree, |command, CommandName(word)| {
        command.find_subcommand(word).filter(|found| !found.is_hide_set()).ok_or_else(|| {
            let whole = command.get_bin_name().unwrap_or("cargo vault");
            Failure::new(Class::NotFound, "no-command", format!("`{whole}` has no command `{word}`"))
                .help(format!("`{whole} --help` shows what there is"))
        })
    })
}

/// Has man(1) show a page; whether it did. It gets no key of ours.
fn show(ctx: &Ctx, roff: &str) -> bool {
    let Some(man) = program(ctx) else { return false };
    let env: BTreeMap<&OsString, &OsString> = without_keys(&ctx.env).collect();
    let mut command = Command::new(man);
    command.args(["-l", "-"]).env_clear().envs(env).stdin(Stdio::piped()).stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else { return false };
    // A person who leaves before the end of the page has seen what there was to see.
    let _ = child.stdin.take().map(|mut pipe| pipe.write_all(roff.as_bytes()));
    child.wait().is_ok_and(|status| status.success())
}

/// Where man(1) is, in the whole paths of PATH: a relative one would lead into the repository.
fn program(ctx: &Ctx) -> Option<PathBuf> {
    let folders = std::env::split_paths(ctx.variable("PATH")?).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join("man")).find(|man| man.is_file())
}

/// Writes each page to a file of its own, over an older one.
fn write(dir: &Path, sheets: &[Sheet]) -> Result<Vec<PathBuf>, Failure> {
    let failed = |path: &Path, e: &io::Error| {
        Failure::new(Class::Refused, "write", format!("`{}` cannot be written: {e}", path.display()))
    };
    create_dir_all(dir).map_err(|e| failed(dir, &e))?;
    let mut written = Vec::new();
    for sheet in sheets {
        let path = dir.join(format!("{}.1", sheet.name));
        replace(&path, sheet.roff.as_bytes()).map_err(|e| failed(&path, &e))?;
        written.push(path);
    }
    Ok(written)
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A name of this process's own, so that neither a second one nor what a crash left is in the way.
    let staged = path.with_extension(format!("1.{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).open(&staged)?;
    file.write_all(bytes).and_then(|()| rename(&staged, path)).inspect_err(|_| {
        // The first error is the one to tell.
        let _ = remove_file(&staged);
    })
}

impl Report for Sheet {
    fn text(&self, page: &mut Page) {
        self.roff.lines().for_each(|line| page.line(line));
    }

    fn json(&self) -> Value {
        json!({ "page": self.name, "roff": self.roff })
    }
}

struct Written(Vec<PathBuf>);

impl Report for Written {
    fn text(&self, page: &mut Page) {
        self.0.iter().for_each(|path| page.line(format!("wrote `{}`", path.display())));
    }

    fn json(&self) -> Value {
        json!({ "written": self.0 })
    }
}
