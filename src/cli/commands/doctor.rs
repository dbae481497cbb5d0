//! `cargo vault doctor`: what is not in order on this machine, and the command that mends each thing.

use serde_json::{Value, json};

use super::super::{
    End,
    ctx::{Ctx, usage},
    explain::doctor::{Level, Told, sound, told},
};
use crate::{
    kernel::model::Anchor,
    store::find,
    ui::{Class, Failure, Page, Report, Word},
    vault::doctor::{Check, Patient, examine},
};

/// Look for what is not in order, and say how to mend it
///
/// At the clone, your keys and folders, git, cargo and the machine. Nothing is changed, and no program is run. It ends with 0
/// unless something is a problem, and with 5 if it looks like somebody's doing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cargo vault doctor\n  cargo vault doctor --json\n  \
                        cargo-vault doctor    # where cargo may have an alias in our place")]
pub(in crate::cli) struct Args {}

pub(in crate::cli) fn run(ctx: &Ctx, _: &Args) -> Result<End, Failure> {
    let mut lines: Vec<Line> = Vec::new();
    let settings: Vec<Told> = ctx.faults.iter().cloned().map(Told::from).collect();
    lines.extend(about(Check::Settings, settings));
    let (patient, faults) = patient(ctx);
    for (check, facts) in examine(patient) {
        lines.extend(about(check, facts.iter().map(told).collect()));
    }
    lines.extend(faults.into_iter().map(|fault| Line { check: Check::Identity, told: fault.into() }));
    lines.sort_by_key(|line| line.check);
    let gravest = lines.iter().map(|line| line.told.level).max();
    ctx.ui.report(&Findings { lines })?;
    Ok(match gravest {
        Some(Level::Tampering) => End::Found(Class::Tampered),
        Some(Level::Problem) => End::Found(Class::Refused),
        Some(Level::Ok | Level::Note | Level::Warning) | None => End::Done,
    })
}

/// What the doctor gets to know, and what was wrong with the keys that were named.
fn patient(ctx: &Ctx) -> (Patient<'_>, Vec<Failure>) {
    let mut faults = Vec::new();
    let keyring = ctx.keyring().map_err(|fault| faults.push(fault)).ok();
    let asked = ctx.variable("CVAULT_TRUST").map(|text| text.to_string_lossy().into_owned());
    let first_use = asked.as_deref() == Some("first-use");
    let anchor = asked.filter(|_| !first_use).and_then(|text| {
        let wrong = |_| faults.push(usage("anchor", "`CVAULT_TRUST` is neither `first-use` nor an anchor"));
        Anchor::parse(&text).map_err(wrong).ok()
    });
    let named = ctx.variable("CVAULT_DIR").map(|dir| ctx.cwd.join(dir));
    let folders = ctx.folders();
    let (place, missing) = match find(&ctx.cwd, named.as_deref()) {
        Ok(place) => (Some(place), None),
        Err(fault) => (None, Some(fault)),
    };
    let patient = Patient {
        cwd: &ctx.cwd,
        place,
        missing,
        env: &ctx.env,
        config: folders.config.as_deref(),
        data: folders.data.as_deref(),
        state: folders.state.as_deref(),
        keyring,
        keychain: ctx.keychain(),
        anchor,
        first_use,
        now: ctx.now,
        terminal: ctx.ui.can_ask(),
    };
    (patient, faults)
}

/// What is said of one check.
fn about(check: Check, found: Vec<Told>) -> Vec<Line> {
    let found = if found.is_empty() { vec![sound(check)] } else { found };
    found.into_iter().map(|told| Line { check, told }).collect()
}

struct Line {
    check: Check,
    told: Told,
}

struct Findings {
    lines: Vec<Line>,
}

impl Findings {
    fn count(&self, wanted: &str) -> usize {
        self.lines.iter().filter(|line| line.told.level.as_str() == wanted).count()
    }

    fn verdict(&self) -> String {
        let counted = |level: &str| match self.count(level) {
            0 => None,
            1 => Some(format!("1 {level}")),
            many => Some(format!("{many} {level}s")),
        };
        let all: Vec<String> = ["problem", "warning", "note"].into_iter().filter_map(counted).collect();
        if all.is_empty() { "everything is in order".to_owned() } else { all.join(", ") }
    }
}

fn name(check: Check) -> String {
    format!("{check:?}").to_lowercase()
}

impl Report for Findings {
    fn text(&self, page: &mut Page) {
        for Line { check, told } in &self.lines {
            let level = format!("{:<8} ", told.level.as_str());
            let level = if told.level == Level::Ok { Word::dim(level) } else { Word::strong(level) };
            page.words(&[level, Word::plain(format!("{}: {}", name(*check), told.message))]);
            let command = told.command.iter().map(|command| format!("`{command}`"));
            for help in command.chain(told.help.iter().cloned()) {
                page.line(format!("           help: {help}"));
            }
        }
        page.line(self.verdict());
    }

    fn json(&self) -> Value {
        let findings = self.lines.iter().map(|Line { check, told }| {
            json!({
                "check": name(*check),
                "level": told.level.as_str(),
                "tampering": told.level == Level::Tampering,
                "code": told.code,
                "message": told.message,
                "command": told.command,
                "help": told.help,
            })
        });
        json!({
            "ok": self.count("problem") == 0,
            "problems": self.count("problem"),
            "warnings": self.count("warning"),
            "notes": self.count("note"),
            "findings": findings.collect::<Vec<_>>(),
        })
    }
}
