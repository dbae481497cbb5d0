//! Why a command ends without doing what was asked: what is, and what to type.

use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::{HELP, escape::json_line, page::Page};

const ERROR: Style = AnsiColor::BrightRed.on_default().bold();

/// What kind of failure it is; each has an exit code of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Refused, or a check found something.
    Refused,
    /// The command line makes no sense.
    Usage,
    /// Something named is not there.
    NotFound,
    /// No key, or none that can read this.
    Locked,
    /// Changed by somebody who may not, or not trusted.
    Tampered,
    /// Two changes contradict each other.
    Conflict,
    /// A mistake of this program's.
    Bug,
}

impl Class {
    /// The exit code, which never changes its meaning.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Refused => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Locked => 4,
            Self::Tampered => 5,
            Self::Conflict => 6,
            Self::Bug => 70,
        }
    }
}

impl From<Class> for ExitCode {
    fn from(class: Class) -> Self {
        Self::from(class.exit_code())
    }
}

/// A failure, as a person and a program are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind it is.
    pub class: Class,
    /// A stable word for programs.
    pub code: &'static str,
    /// What is, in one line.
    pub error: String,
    /// What things are called, and what they are; an empty name goes on with the one above.
    pub details: Vec<(String, String)>,
    /// What to type, one line each.
    pub hints: Vec<String>,
}

impl Failure {
    /// A failure without details or hints.
    pub fn new(class: Class, code: &'static str, error: impl Into<String>) -> Self {
        Self { class, code, error: error.into(), details: Vec::new(), hints: Vec::new() }
    }

    /// Adds a detail.
    #[must_use]
    pub fn detail(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.details.push((name.into(), text.into()));
        self
    }

    /// Adds a hint.
    #[must_use]
    pub fn help(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    pub(super) fn text(&self, page: &mut Page) {
        page.accent(ERROR, "error", &self.error);
        if !self.details.is_empty() || !self.hints.is_empty() {
            page.gap();
        }
        page.pairs(&self.details);
        self.hints.iter().for_each(|hint| page.accent(HELP, "help", hint));
    }

    pub(super) fn json(&self) -> String {
        let details = self.details.iter().map(|(name, text)| Detail { name, text }).collect();
        let error =
            Body { class: self.class, code: self.code, message: &self.error, details, help: &self.hints };
        json_line(&Document { schema: 1, error })
    }
}

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: u32,
    error: Body<'a>,
}

#[derive(Debug, Serialize)]
struct Body<'a> {
    class: Class,
    code: &'static str,
    message: &'a str,
    details: Vec<Detail<'a>>,
    help: &'a [String],
}

#[derive(Debug, Serialize)]
struct Detail<'a> {
    name: &'a str,
    text: &'a str,
}
