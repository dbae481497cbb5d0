//! The terminal: channels by meaning, words by weight, questions on the terminal device.
//!
//! Standard output is the answer; standard error is the talk, and its loss is no error. With `json`, each is lines of
//! JSON. Both are written without a buffer of the library's, which would keep what passed through it.

use std::{
    cell::Cell,
    fs::File,
    io::{self, IsTerminal, Write},
    os::fd::{AsFd, BorrowedFd},
};

use anstyle::{AnsiColor, Style};
use rustix::fs::{FileType, fstat, stat};
use serde::Serialize;
use serde_json::Value;

use crate::kernel::secret::Secret;

mod escape;
mod failure;
mod page;
mod pager;
mod progress;
mod prompt;
mod screen;

pub use escape::printable;
pub use failure::{Class, Failure};
pub use page::{Page, Report, Word};
pub use pager::Pager;
pub use progress::Progress;

use screen::Screen;

const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const NOTE: Style = AnsiColor::BrightGreen.on_default().bold();
const HELP: Style = AnsiColor::BrightCyan.on_default().bold();

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// On a terminal, unless its user asked for none.
    #[default]
    Auto,
    /// Even into a pipe.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// As it is typed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

/// How the person, or program, wants to be talked to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// When to colour.
    pub color: Color,
    /// Without status and notes.
    pub quiet: bool,
    /// With details.
    pub verbose: bool,
    /// In JSON.
    pub json: bool,
}

/// Why the terminal, or what stands in for it, did not do its part.
#[derive(Debug, thiserror::Error)]
pub enum UiError {
    /// Whoever read the answer has stopped reading. The program ends without a word, and with 0.
    #[error("nobody reads standard output any more")]
    Closed,
    /// The answer could not be written.
    #[error("cannot write to standard output: {source}")]
    Write {
        /// What the system said.
        source: io::Error,
    },
    /// There is nobody to ask.
    #[error("there is no terminal to ask at")]
    NoTerminal,
    /// The terminal failed while asking.
    #[error("cannot use the terminal: {source}")]
    Terminal {
        /// What the system said.
        source: io::Error,
    },
    /// The person pressed Ctrl-C, or Ctrl-D on an empty line.
    #[error("interrupted at a question")]
    Interrupted,
    /// The terminal went away, or three answers were none.
    #[error("a question got no answer")]
    NoAnswer,
    /// The two hidden answers differed three times.
    #[error("the two answers differed three times")]
    Differ,
    /// A hidden answer over the limit of a value.
    #[error("the answer is over the limit of 1 MiB")]
    TooLong,
}

/// The one way to the person at the terminal.
#[derive(Debug)]
pub struct Ui {
    look: Cell<Look>,
    no_color: bool,
    answer_on_terminal: bool,
    talk_on_terminal: bool,
    /// How long a line of progress stands on the terminal.
    drawn: Cell<usize>,
}

impl Ui {
    /// Looks at what the streams are. `no_color` is whether `NO_COLOR` is set to something or `TERM` is `dumb`.
    pub fn new(look: Look, no_color: bool) -> Self {
        let answer_on_terminal = io::stdout().is_terminal();
        Self {
            look: Cell::new(look),
            no_color,
            answer_on_terminal,
            talk_on_terminal: io::stderr().is_terminal(),
            drawn: Cell::new(0),
        }
    }

    /// Writes the answer.
    pub fn report(&self, report: &dyn Report) -> Result<(), UiError> {
        let text = self.rendered(report);
        self.bytes(text.as_bytes())
    }

    /// Writes the answer, by way of a pager if a person sees it and it does not fit the terminal. `chosen` says which, once it is
    /// needed. This process becomes the pager, so nothing follows.
    pub fn report_paged(
        &self,
        report: &dyn Report,
        chosen: impl FnOnce() -> Option<Pager>,
    ) -> Result<(), UiError> {
        let text = self.rendered(report);
        let long =
            self.answer_on_terminal && !self.look().json && !Screen::of(io::stdout().as_fd()).holds(&text);
        if let Some(pager) = long.then(chosen).flatten() {
            self.wipe();
            // It is back only where there is none: then it is shown without.
            let error = pager.become_pager(&text);
            self.detail(&format!("no pager was started: {error}"));
        }
        self.bytes(text.as_bytes())
    }

    /// Writes the answer byte for byte.
    pub fn bytes(&self, bytes: &[u8]) -> Result<(), UiError> {
        self.wipe();
        answer(&mut unbuffered(io::stdout().as_fd()).map_err(|source| UiError::Write { source })?, bytes)
    }

    /// Says what was done or is going on.
    pub fn status(&self, text: &str) {
        self.talk(&self.status_line(text));
    }

    /// Says what is worth knowing.
    pub fn note(&self, text: &str) {
        self.talk(&self.note_line(text));
    }

    /// Says what explains the rest, to who asked for it.
    pub fn detail(&self, text: &str) {
        self.talk(&self.detail_line(text));
    }

    /// Says what may be wrong. Not silenced by `quiet`.
    pub fn warning(&self, text: &str) {
        self.talk(&self.accented(WARNING, "warning", text));
    }

    /// Says what to type next, unless it should be quiet.
    pub fn help(&self, text: &str) {
        if !self.look().quiet {
            self.talk(&self.accented(HELP, "help", text));
        }
    }

    /// Says why the command ends.
    pub fn failure(&self, failure: &Failure) {
        self.talk(&self.failure_text(failure));
    }

    /// Asks for something that is not shown while it is typed. A colon is put after the prompt.
    pub fn hidden(&self, prompt: &str) -> Result<Secret, UiError> {
        prompt::hidden(prompt)
    }

    /// Asks for something that may be seen while it is typed.
    pub fn shown(&self, prompt: &str) -> Result<Secret, UiError> {
        prompt::shown(prompt)
    }

    /// Asks for it twice, and again if the two differ.
    pub fn hidden_twice(&self, prompt: &str) -> Result<Secret, UiError> {
        prompt::hidden_twice(prompt)
    }

    /// Asks a question whose answer is yes or no.
    pub fn confirm(&self, question: &str, default: bool) -> Result<bool, UiError> {
        prompt::confirm(question, default)
    }

    /// Whether there is a terminal to ask at.
    pub fn can_ask(&self) -> bool {
        prompt::can_ask()
    }

    /// Whether standard input is a terminal.
    pub fn stdin_is_terminal(&self) -> bool {
        io::stdin().is_terminal()
    }

    /// Whether standard output is a terminal.
    pub fn stdout_is_terminal(&self) -> bool {
        self.answer_on_terminal
    }

    /// Whether the answer goes where nobody can have it: to the null device, which also stands where standard output was closed.
    pub fn answer_leads_nowhere(&self) -> bool {
        let device = |stat: rustix::fs::Stat| {
            (FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice).then_some(stat.st_rdev)
        };
        let ours = fstat(io::stdout()).ok().and_then(device);
        ours.is_some() && ours == stat("/dev/null").ok().and_then(device)
    }

    /// Whether a person sees the answer or the talk.
    pub fn is_seen(&self) -> bool {
        self.answer_on_terminal || self.talk_on_terminal
    }

    /// How to talk.
    pub fn look(&self) -> Look {
        self.look.get()
    }

    /// Colours otherwise from here on, as a vault's own configuration may ask.
    pub fn recolor(&self, color: Color) {
        self.look.set(Look { color, ..self.look.get() });
    }

    fn rendered(&self, report: &dyn Report) -> String {
        if self.look().json {
            return escape::json_line(&with_schema(report.json()));
        }
        let columns = self.answer_on_terminal.then(|| Screen::of(io::stdout().as_fd()).columns);
        let mut page = Page::new(self.colors(self.answer_on_terminal)).within(columns);
        report.text(&mut page);
        page.into_text()
    }

    fn status_line(&self, text: &str) -> String {
        match (self.look().quiet, self.look().json) {
            (true, _) => String::new(),
            (false, true) => talk_json("status", text),
            (false, false) => format!("{}\n", printable(text)),
        }
    }

    fn note_line(&self, text: &str) -> String {
        if self.look().quiet { String::new() } else { self.accented(NOTE, "note", text) }
    }

    fn detail_line(&self, text: &str) -> String {
        match (self.look().verbose && !self.look().quiet, self.look().json) {
            (false, _) => String::new(),
            (true, true) => talk_json("detail", text),
            (true, false) => format!("{}\n", printable(text)),
        }
    }

    fn accented(&self, style: Style, label: &'static str, text: &str) -> String {
        if self.look().json {
            return talk_json(label, text);
        }
        let mut page = Page::new(self.colors(self.talk_on_terminal));
        page.accent(style, label, text);
        page.into_text()
    }

    fn failure_text(&self, failure: &Failure) -> String {
        if self.look().json {
            return failure.json();
        }
        let mut page = Page::new(self.colors(self.talk_on_terminal));
        failure.text(&mut page);
        page.into_text()
    }

    fn colors(&self, on_terminal: bool) -> bool {
        match self.look().color {
            Color::Auto => on_terminal && !self.no_color,
            Color::Always => true,
            Color::Never => false,
        }
    }

    /// Draws a line of progress.
    fn draw(&self, text: &str) {
        let (line, long) =
            progress::drawn_over(self.drawn.get(), text, Screen::of(io::stderr().as_fd()).columns);
        self.drawn.set(long);
        put(&line);
    }

    /// Wipes the line of progress, before anything else is written.
    fn wipe(&self) {
        put(&progress::wiped(self.drawn.take()));
    }

    fn talk(&self, text: &str) {
        self.wipe();
        put(text);
    }
}

fn put(text: &str) {
    if !text.is_empty() {
        // Where nobody listens, nobody can be told.
        let _ = unbuffered(io::stderr().as_fd()).and_then(|mut stream| stream.write_all(text.as_bytes()));
    }
}

/// An answer with the number of its schema before all else.
#[derive(Debug, Serialize)]
struct Answer {
    schema: u32,
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

/// What is no object becomes one, with the one key `answer`.
fn with_schema(json: Value) -> Answer {
    let rest = match json {
        Value::Object(rest) => rest,
        other => std::iter::once(("answer".to_owned(), other)).collect(),
    };
    Answer { schema: 1, rest }
}

/// One line of talk for a program.
#[derive(Debug, Serialize)]
struct Talk<'a> {
    schema: u32,
    kind: &'static str,
    message: &'a str,
}

fn talk_json(kind: &'static str, message: &str) -> String {
    escape::json_line(&Talk { schema: 1, kind, message })
}

fn unbuffered(stream: BorrowedFd<'_>) -> io::Result<File> {
    stream.try_clone_to_owned().map(File::from)
}

fn answer(stream: &mut impl Write, bytes: &[u8]) -> Result<(), UiError> {
    stream.write_all(bytes).and_then(|()| stream.flush()).map_err(|source| match source.kind() {
        io::ErrorKind::BrokenPipe => UiError::Closed,
        _ => UiError::Write { source },
    })
}

#[cfg(test)]
mod tests;
