//! The answer of `scan`: for people and for programs, by name and place.

use std::path::Path;

use serde_json::{Value, json};

use super::{
    super::super::{
        ctx::Ctx,
        explain::{past::short, quoted},
    },
    Format,
    known::Learnt,
    sarif,
};
use crate::{
    scan::{Finding, Outcome, Owner, Passed, Reach, Rule, What},
    ui::{Failure, Page, Report, Word},
};

/// What came of a search.
pub(super) struct Answer<'l> {
    pub(super) outcome: Outcome,
    pub(super) learnt: &'l Learnt,
    pub(super) commits: Option<usize>,
    /// Whether commits were searched of which older ones are not here.
    pub(super) shallow: bool,
    /// Whether it is what would be committed that was searched.
    pub(super) staged: bool,
    pub(super) format: Format,
}

/// What something is, in a clause.
pub(super) fn words(what: &What) -> String {
    match what {
        What::Value(Owner { env, name }) => format!("the value of {env}/{name}"),
        What::Token(kind, _) => kind.says.to_owned(),
        What::Random(_) => "looks drawn at random".to_owned(),
        What::File(Rule::Stray) => "is no file of a vault".to_owned(),
        What::File(Rule::Unsealed) => "is not sealed".to_owned(),
        What::File(Rule::Dotenv) => "is a .env file".to_owned(),
    }
}

fn place(finding: &Finding) -> String {
    let commit = finding.commit.as_ref().map(|commit| format!("{}:", short(commit))).unwrap_or_default();
    let at = finding.at.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default();
    format!("{commit}{}{at}", finding.path)
}

fn counted(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

impl Answer<'_> {
    /// Says how much was searched, and what was not.
    pub(super) fn tell(&self, ctx: &Ctx) {
        for Passed { path, why } in &self.outcome.passed {
            ctx.ui.warning(&format!("`{path}` was not searched: {why}"));
        }
        if self.shallow {
            ctx.ui.warning("this clone is shallow: older commits were not fetched, and not searched");
        }
        if self.outcome.findings.is_empty() && !ctx.ui.look().json && self.format == Format::Text {
            let said = format!("nothing found in {}", self.searched());
            // A hook that has nothing against a commit is silent.
            if self.staged { ctx.ui.detail(&said) } else { ctx.ui.status(&said) }
        }
        if self.outcome.more > 0 {
            ctx.ui.warning(&format!("{} are not shown", counted(self.outcome.more as u64, "finding")));
        }
    }

    fn searched(&self) -> String {
        let Outcome { files, allowed, .. } = &self.outcome;
        let mut parts = Vec::from_iter(self.commits.map(|commits| counted(commits as u64, "commit")));
        parts.push(counted(*files, "file"));
        let allowed = if *allowed > 0 { format!("; {allowed} allowed") } else { String::new() };
        let secrets = counted(self.learnt.secrets as u64, "secret");
        format!("{}, searched for {secrets} and known shapes{allowed}", parts.join(", "))
    }

    /// Prints it.
    pub(super) fn print(&self, ctx: &Ctx) -> Result<(), Failure> {
        if self.format == Format::Sarif && !ctx.ui.look().json {
            return Ok(ctx.ui.bytes(sarif::print(&self.outcome).as_bytes())?);
        }
        Ok(ctx.ui.report(self)?)
    }

    /// What to type next.
    pub(super) fn hints(&self, staged: bool) -> Vec<String> {
        let findings = &self.outcome.findings;
        let mut hints = Vec::new();
        let value = findings.iter().find_map(|finding| match &finding.what {
            What::Value(Owner { env, name }) => Some(format!("`cargo vault set -e {env} {name}`")),
            _ => None,
        });
        if let Some(set) = value {
            hints.push(format!("take it out; if others have seen it, {set} gives it a new value"));
        }
        if let (true, Some(file)) = (staged, findings.first()) {
            let path = format!(":/{}", file.path);
            hints.push(format!(
                "`git restore --staged {}` keeps it out of this commit",
                quoted(Path::new(&path))
            ));
        }
        if findings.iter().any(|finding| finding.what == What::File(Rule::Dotenv)) {
            hints.push("`cargo vault set --batch <.env` takes its values in".to_owned());
        }
        if let Some(first) = findings.first() {
            let allow = format!("--allow {} --reason TEXT", first.fingerprint);
            hints.push(format!("the same with `{allow}` allows what is no secret"));
        }
        hints
    }
}

impl Report for Answer<'_> {
    fn text(&self, page: &mut Page) {
        let rows: Vec<Vec<Word>> = self
            .outcome
            .findings
            .iter()
            .map(|finding| {
                let cells = [words(&finding.what), finding.fingerprint.clone()];
                std::iter::once(Word::strong(place(finding)))
                    .chain(cells.into_iter().map(Word::plain))
                    .collect()
            })
            .collect();
        if !rows.is_empty() {
            page.table(&["PLACE", "FOUND", "FINGERPRINT"], &rows);
        }
    }

    fn json(&self) -> Value {
        let Outcome { findings, more, allowed, files, bytes, passed } = &self.outcome;
        let unsearched = self.learnt.unsearched.iter().map(
            |(Owner { env, name }, reach)| json!({ "env": env, "name": name, "why": reach_word(*reach) }),
        );
        let passed = passed.iter().map(|Passed { path, why }| json!({ "path": path, "why": why }));
        json!({
            "found": findings.iter().map(finding_json).collect::<Vec<_>>(),
            "more": more,
            "allowed": allowed,
            "searched": { "commits": self.commits, "shallow": self.shallow, "files": files, "bytes": bytes, "secrets": self.learnt.secrets },
            "unsearched": { "secrets": unsearched.collect::<Vec<_>>(), "files": passed.collect::<Vec<_>>() },
        })
    }
}

fn reach_word(reach: Reach) -> &'static str {
    match reach {
        Reach::Searched => "searched",
        Reach::Short => "short",
        Reach::Locked => "locked",
        Reach::Unseen => "unseen",
        Reach::Faulty => "faulty",
    }
}

fn finding_json(finding: &Finding) -> Value {
    let Finding { what, path, commit, at, fingerprint } = finding;
    let owner = match what {
        What::Value(owner) => Some(owner),
        _ => None,
    };
    json!({
        "kind": what.kind(),
        "message": words(what),
        "path": path,
        "line": at.map(|(line, _)| line),
        "column": at.map(|(_, column)| column),
        "commit": commit,
        "env": owner.map(|owner| &owner.env),
        "name": owner.map(|owner| &owner.name),
        "fingerprint": fingerprint,
    })
}
