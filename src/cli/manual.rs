//! Manual pages: one for every command, made from the definitions that clap parses by.

use std::io;

use clap::Command;
use clap_mangen::Man;
use roff::{Roff, bold, roman};

/// One page.
pub(super) struct Sheet {
    /// `cargo-vault-env-add`, which is its file's name without the section.
    pub(super) name: String,
    /// The page, in roff.
    pub(super) roff: String,
}

/// The pages of a command and of all below it.
pub(super) fn sheets(command: &Command) -> Vec<Sheet> {
    let mut all = vec![sheet(command)];
    let below = command.get_subcommands().filter(|below| !below.is_hide_set());
    all.extend(below.flat_map(sheets));
    all
}

/// The page of one command.
pub(super) fn sheet(command: &Command) -> Sheet {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let source = concat!("cargo-vault ", env!("CARGO_PKG_VERSION"));
    // A page has no date, so that the same program makes the same page; an empty argument would be left out.
    let mut whole = command.clone();
    // Every flag stands below; the line of `--help` says how the rest is put.
    let usage = whole.render_usage().to_string();
    let whole = whole.override_usage(usage.trim_start_matches("Usage: ").to_owned());
    let man = Man::new(whole).date(" ").source(source).manual("cargo vault");
    let mut page = Vec::new();
    write(&man, command, &mut page).expect("a vector takes all that is written");
    // Each section is written as if it were a page of its own.
    let (page, head) = (String::from_utf8_lossy(&page), Roff::new().render());
    Sheet { name, roff: format!("{head}{}", page.replace(&head, "")) }
}

fn write(man: &Man, command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    if command.get_arguments().any(|arg| !arg.is_hide_set()) {
        man.render_options_section(page)?;
    }
    let below: Vec<&Command> = command.get_subcommands().filter(|below| !below.is_hide_set()).collect();
    if !below.is_empty() {
        commands(&below).to_writer(page)?;
    }
    if let Some(help) = command.get_after_long_help().or_else(|| command.get_after_help()) {
        extra(&help.to_string()).to_writer(page)?;
    }
    Ok(())
}

/// The commands below this one, and the pages that tell of them.
fn commands(below: &[&Command]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["COMMANDS"]);
    for command in below {
        let name = command.get_display_name().unwrap_or_else(|| command.get_name());
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        roff.control("TP", []);
        roff.text([bold(name), roman("(1)")]);
        roff.text([roman(about)]);
    }
    roff
}

/// What follows the flags: sections whose heading ends with a colon, and whose lines stand as they are written.
fn extra(help: &str) -> Roff {
    let mut roff = Roff::new();
    for block in help.split("\n\n") {
        let (heading, lines) = block.split_once('\n').unwrap_or(("Notes:", block));
        roff.control("SH", [heading.trim_end_matches(':').to_uppercase().as_str()]);
        roff.control("nf", []);
        for line in lines.lines() {
            roff.text([roman(line.trim_start())]);
        }
        roff.control("fi", []);
    }
    roff
}
