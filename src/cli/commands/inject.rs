//! `cargo vault inject`: puts values where a text refers to them.

use std::path::{Path, PathBuf};

use clap::ValueHint;
use serde_json::{Value, json};

use super::{
    super::{End, ctx::Ctx, explain, reveal},
    references::{self, Text},
};
use crate::{
    interchange::template,
    ui::{Failure, Page, Report},
};

/// Put values where a text refers to them
///
/// A reference is written {{ vault "NAME" }} or cvault://ENV/NAME, in any text; all else stays byte for byte. The bare form ends
/// where no name goes on: {{ vault "cvault://ENV/NAME" }} sets it apart from what follows.
///
/// Values are put in raw. {{ vault "NAME" | json }} writes one as a string of JSON, with its quotes, which YAML takes too;
/// | base64 and | url are the other filters. {{ vault literal "{{" }} is two braces.
///
/// If any value is missing or does not open, all such are named with their lines, and nothing is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault inject app.conf.tmpl -o app.conf\n  \
                  cargo vault inject -e prod deploy.yaml | kubectl apply -f -\n  \
                  echo 'postgres://app:{{ vault \"db/password\" | url }}@db/app' | cargo vault inject -")]
pub(in crate::cli) struct Args {
    /// The text; `-` is standard input
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// Write to this file, for you alone to read; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print binary values to a terminal too, and replace a file that is there
    #[arg(short, long)]
    force: bool,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    let label = references::label(&args.file);
    let text = references::read(ctx, &args.file)?;
    let template = template(&text).map_err(|error| explain::template(&label, &error))?;
    let values = references::open(ctx, &[Text { label: &label, templates: vec![&template] }])?;
    let filled = template.fill(|reference| values.of(reference));
    let filled = filled.map_err(|error| explain::template(&label, &error))?;
    if let Some(path) = args.output.as_ref().filter(|path| path.as_os_str() != "-") {
        reveal::write(&ctx.cwd.join(path), &filled, args.force)?;
        ctx.ui.report(&Wrote { path, places: &values.places })?;
    } else if ctx.ui.look().json {
        reveal::print(&ctx.ui, &reveal::filled(&filled, &values.places))?;
    } else {
        let again = format!("inject {}", args.file.display());
        reveal::show(&ctx.ui, &filled, reveal::Shown { what: "text", again: &again, force: args.force })?;
    }
    Ok(End::Done)
}

struct Wrote<'a> {
    path: &'a Path,
    places: &'a [reveal::Place],
}

impl Report for Wrote<'_> {
    fn text(&self, page: &mut Page) {
        let several = if self.places.len() == 1 { "secret" } else { "secrets" };
        page.line(format!("wrote `{}` with {} {several}", self.path.display(), self.places.len()));
    }

    fn json(&self) -> Value {
        json!({ "path": self.path.to_string_lossy(), "secrets": self.places })
    }
}
