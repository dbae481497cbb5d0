//! The answer of `verify`: for people, for programs, and as annotations.

use serde_json::{Value, json};

use super::{
    super::super::{
        changes,
        explain::past::{UNSIGNED, reservations, short, unsound},
    },
    Format,
    github::{Level, annotation},
};
use crate::{
    ui::{Failure, Page, Report},
    vault::{Changes, Checked, History, Unchecked},
};

/// What is shown above every annotation that is about no one code.
const TITLE: &str = "cargo vault";

/// What was checked, and what was found.
pub(super) struct Verdict {
    pub(super) checked: Checked,
    pub(super) findings: Vec<(String, Failure)>,
    /// The vault's folder below the work tree.
    pub(super) inside: String,
    pub(super) format: Format,
    /// Whether what is only told stands among the findings.
    pub(super) strict: bool,
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

impl Verdict {
    fn verdict(&self) -> String {
        match self.findings.len() {
            0 => "everything here is as its members signed it".to_owned(),
            1 => "1 thing here is not in order".to_owned(),
            many => format!("{many} things here are not in order"),
        }
    }

    fn history(&self) -> String {
        let History { commits, changed, earlier, unchecked, .. } = &self.checked.history;
        let before = (*earlier > 0).then(|| format!(", {earlier} of them the one before this"));
        let before = before.unwrap_or_default();
        let looked = format!("{}, of which {changed} changed the vault{before}", counted(*commits, "commit"));
        match unchecked {
            None if *commits == 0 => "no commit yet".to_owned(),
            None => looked,
            Some(Unchecked::Shallow) => format!("{looked}; older ones were not fetched, and not checked"),
            Some(Unchecked::NoGit) => "not checked: there is no git repository around this vault".to_owned(),
            Some(Unchecked::Unopened { why }) => format!("not checked: {why}"),
        }
    }

    /// What is worth knowing and no finding.
    fn past(&self) -> Vec<String> {
        let History { unsound: all, more, .. } = &self.checked.history;
        let told = all.iter().filter(|_| !self.strict).map(|one| unsound(one).error);
        let more = (*more > 0).then(|| format!("{more} more past commits did not verify"));
        told.chain(more).collect()
    }

    fn annotations(&self, page: &mut Page) {
        for (path, failure) in &self.findings {
            // What is wrong with cargo's own files has a whole path, and lies in no vault.
            let inside = !path.is_empty() && !path.starts_with('/');
            let file = inside.then(|| format!("{}/{path}", self.inside));
            page.line(annotation(Level::Error, file.as_deref(), failure.code, &whole(failure)));
        }
        if !self.strict {
            for (_, told) in reservations(&self.checked.history) {
                page.line(annotation(Level::Warning, None, told.code, &whole(&told)));
            }
        }
        if let Some(changes) = &self.checked.changes {
            page.line(annotation(Level::Notice, None, TITLE, &told(changes)));
        }
        let last = [self.verdict(), format!("history: {}", self.history())];
        page.line(annotation(Level::Notice, None, TITLE, &last));
    }
}

/// A failure in lines: what is, what belongs to it, what to type.
fn whole(failure: &Failure) -> Vec<String> {
    let details = failure.details.iter().map(|(name, text)| format!("{name}: {text}"));
    let hints = failure.hints.iter().map(|hint| format!("help: {hint}"));
    [failure.error.clone()].into_iter().chain(details).chain(hints).collect()
}

fn told(changes: &Changes) -> Vec<String> {
    let lines = changes::lines(changes);
    let since = short(&changes.base);
    let head = if lines.is_empty() {
        format!("nothing of the vault has changed since commit {since}")
    } else {
        format!("changed since commit {since}:")
    };
    [head].into_iter().chain(lines.into_iter().map(|line| format!("  {line}"))).collect()
}

impl Report for Verdict {
    fn text(&self, page: &mut Page) {
        if self.format == Format::Github {
            return self.annotations(page);
        }
        for (_, failure) in &self.findings {
            page.line(format!("{}: {}", failure.code, failure.error));
            failure.details.iter().for_each(|(name, text)| page.line(format!("  {name}: {text}")));
            failure.hints.iter().for_each(|hint| page.line(format!("  help: {hint}")));
        }
        for line in self.past() {
            page.line(format!("past: {line}"));
        }
        if !self.past().is_empty() {
            page.line(format!("  the authors are {UNSIGNED}"));
        }
        self.checked.changes.iter().flat_map(told).for_each(|line| page.line(line));
        page.line(self.verdict());
        let Checked { introduction, lines, environments, secrets, .. } = &self.checked;
        let counted =
            [counted(*secrets, "secret"), counted(*environments, "environment"), counted(*lines, "log line")]
                .join(", ");
        page.pairs(&[
            ("vault", introduction.vault.to_string()),
            ("verified", counted),
            ("history", self.history()),
        ]);
    }

    fn json(&self) -> Value {
        let findings = self.findings.iter().map(|(path, failure)| {
            json!({ "path": path, "code": failure.code, "class": failure.class, "message": failure.error, "help": failure.hints })
        });
        let Checked { introduction, unknown, lines, environments, secrets, history, changes, .. } =
            &self.checked;
        json!({
            "ok": self.findings.is_empty(),
            "vault": introduction.vault.hex(),
            "anchor": introduction.anchor.to_string(),
            "known": !unknown,
            "lines": lines,
            "environments": environments,
            "secrets": secrets,
            "findings": findings.collect::<Vec<_>>(),
            "history": history_json(history),
            "changes": changes.as_ref().map(changes::json),
        })
    }
}

fn history_json(history: &History) -> Value {
    let unchecked = history.unchecked.as_ref().map(|why| match why {
        Unchecked::NoGit => "no-git",
        Unchecked::Unopened { .. } => "git",
        Unchecked::Shallow => "shallow",
    });
    json!({
        "commits": history.commits,
        "changed": history.changed,
        "earlier": history.earlier,
        "fresh": history.fresh,
        "unchecked": unchecked,
        "unsound": history.unsound,
        "more": history.more,
        "rewritten": history.rewritten.as_ref().map(|moved| json!({ "before": moved.before, "now": moved.now })),
    })
}
