//! `cargo vault demo`: a team's whole cycle, typed for real in a folder that goes away.

use std::{
    collections::BTreeMap,
    env::{current_exe, join_paths, split_paths},
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::super::{
    End,
    ctx::Ctx,
    script::{Note, PARTS, Step},
};
use crate::{
    git::program,
    run::{Scratch, Shown, Stage, keep},
    ui::{Class, Failure, Page, Report, Word},
};

/// Show the whole cycle in a temporary folder
///
/// Two people, a CI job, and one who can push and has no key. Every line is typed for real, with homes of its own; nothing of
/// yours is read or changed, and nothing is left behind.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault demo\n  cargo vault demo --step\n  cargo vault demo --json")]
pub(in crate::cli) struct Args {
    /// Wait between the parts
    #[arg(long)]
    step: bool,
    /// Keep a folder for a demo, in this one
    #[arg(long, hide = true, value_name = "DIR")]
    keep_in: Option<PathBuf>,
}

pub(in crate::cli) fn run(ctx: &Ctx, args: &Args) -> Result<End, Failure> {
    if let Some(parent) = &args.keep_in {
        return keep(parent, "demo")
            .map(|()| End::Done)
            .map_err(|error| cannot("the folder was not kept", &error));
    }
    let path = ctx.variable("PATH").unwrap_or_default();
    if program(path, "git").is_none() {
        let failure =
            Failure::new(Class::NotFound, "no-git", "there is no `git` in an absolute folder of `PATH`");
        return Err(failure.help("install git, and try again"));
    }
    let absolute = split_paths(path).filter(|folder| folder.is_absolute());
    let path = join_paths(absolute).expect("what was split can be joined");
    let exe = current_exe().map_err(|error| cannot("this program's file is not found", &error))?;
    let parent = ctx.variable("TMPDIR").map_or_else(|| PathBuf::from("/tmp"), |folder| ctx.cwd.join(folder));
    let keeper: [OsString; 3] = ["demo".into(), "--keep-in".into(), parent.clone().into()];
    let scratch = Scratch::make(&exe, &keeper)
        .map_err(|error| cannot(&format!("no folder can be made in `{}`", parent.display()), &error))
        .map_err(|failure| failure.help("`export TMPDIR=FOLDER` has it made elsewhere"))?;
    let stage = Stage { folder: scratch.folder(), program: &exe, path: &path };
    play(ctx, args, &stage)
}

fn cannot(what: &str, error: &io::Error) -> Failure {
    Failure::new(Class::Refused, "demo", format!("{what}: {error}"))
}

fn play(ctx: &Ctx, args: &Args, stage: &Stage<'_>) -> Result<End, Failure> {
    let json = ctx.ui.look().json;
    let mut noted: BTreeMap<&str, Vec<(&str, String)>> = BTreeMap::new();
    let mut played = Vec::new();
    for (number, part) in PARTS.iter().enumerate() {
        if args.step && number > 0 && !ctx.ui.confirm("go on?", true)? {
            return Ok(End::Done);
        }
        if !json {
            ctx.ui.report(&Heading { number, told: part.told })?;
        }
        for step in part.steps {
            let variables = noted.get(step.who).map(Vec::as_slice).unwrap_or_default();
            let shown = stage.play(step.who, step.line, variables);
            let shown = shown.map_err(|error| cannot(&format!("`{}` cannot be run", step.line), &error))?;
            let one = Played { told: part.told, step, shown, folder: stage.folder };
            if !json {
                ctx.ui.report(&one)?;
            }
            one.check()?;
            if let Some(note) = &step.note {
                let taken = (note.variable, note.taken(&one)?);
                noted.entry(note.of).or_default().push(taken);
            }
            played.push(one);
        }
    }
    if json {
        ctx.ui.report(&All { played })?;
    }
    ctx.ui.status("that was all of it, and the folder goes away now");
    ctx.ui.help("`cargo vault init` begins with a vault of your own");
    Ok(End::Done)
}

struct Heading {
    number: usize,
    told: &'static str,
}

impl Report for Heading {
    fn text(&self, page: &mut Page) {
        if self.number > 0 {
            page.gap();
        }
        page.words(&[Word::strong(format!("# {}. {}", self.number + 1, self.told))]);
    }

    fn json(&self) -> Value {
        json!({ "part": self.told })
    }
}

/// A step that was played.
struct Played<'a> {
    told: &'static str,
    step: &'static Step,
    shown: Shown,
    folder: &'a Path,
}

impl Played<'_> {
    /// What was shown, without the folder's random name.
    fn output(&self) -> String {
        self.shown.output.replace(&*self.folder.to_string_lossy(), "/demo")
    }

    fn check(&self) -> Result<(), Failure> {
        if self.shown.exit == Some(self.step.ends) {
            return Ok(());
        }
        let ended = self.shown.exit.map_or("was killed".to_owned(), |code| format!("ended with {code}"));
        let error = format!("`{}` {ended}, and was to end with {}", self.step.line, self.step.ends);
        let failure = Failure::new(Class::Refused, "demo", error);
        Err(failure
            .help("`cargo vault doctor` looks at this machine; what is not its fault is a bug of ours"))
    }
}

impl Note {
    /// What is taken down.
    fn taken(&self, played: &Played<'_>) -> Result<String, Failure> {
        let line = played.shown.output.lines().map(str::trim).find(|line| line.starts_with(self.line));
        let word = line.and_then(|line| line.split_whitespace().last()).map(str::to_owned);
        let error = || format!("`{}` did not show `{}`", played.step.line, self.line);
        word.ok_or_else(|| Failure::new(Class::Bug, "demo", error()))
    }
}

impl Report for Played<'_> {
    fn text(&self, page: &mut Page) {
        page.words(&[
            Word::dim(format!("{} ", self.step.who)),
            Word::strong(format!("$ {}", self.step.line)),
        ]);
        self.output().lines().for_each(|line| page.line(line));
    }

    fn json(&self) -> Value {
        json!({
            "part": self.told,
            "who": self.step.who,
            "command": self.step.line,
            "output": self.output(),
            "exit": self.shown.exit,
        })
    }
}

struct All<'a> {
    played: Vec<Played<'a>>,
}

impl Report for All<'_> {
    fn text(&self, page: &mut Page) {
        self.played.iter().for_each(|played| played.text(page));
    }

    fn json(&self) -> Value {
        json!({ "steps": self.played.iter().map(Report::json).collect::<Vec<_>>() })
    }
}
