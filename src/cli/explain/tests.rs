//! The words for every error that reaches a person: all of them in snapshots, none left out, each in the style of the house.

mod driver;
mod refusals;
mod rooms;

use std::{collections::BTreeSet, fmt::Debug};

use crate::ui::{Failure, printable};

/// Every variant of an error as it is explained, after a look that none is missing.
struct Words {
    variants: BTreeSet<String>,
    text: String,
}

impl Words {
    fn of<E: Debug>(errors: Vec<E>, explain: impl Fn(E) -> Failure) -> Self {
        let mut words = Self { variants: BTreeSet::new(), text: String::new() };
        for error in errors {
            words.variants.extend(idents(&format!("{error:?}")));
            let failure = explain(error);
            check_style(&failure);
            words.text.push_str(&shown(&failure));
        }
        words
    }

    /// Fails if the source of an error has a variant that is not among these.
    #[track_caller]
    fn are_all_of(&self, enums: &[&str], source: &str) -> &Self {
        for name in enums {
            let missing: Vec<String> =
                variants(source, name).into_iter().filter(|name| !self.variants.contains(name)).collect();
            assert!(missing.is_empty(), "no case for {missing:?} of `{name}`");
        }
        self
    }
}

/// Every word of a debug form that can be the name of a variant.
fn idents(debug: &str) -> impl Iterator<Item = String> {
    let words = debug.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with(|c: char| c.is_ascii_uppercase())).map(str::to_owned)
}

/// The names of an enum's variants, as its source has them.
fn variants(source: &str, name: &str) -> Vec<String> {
    let head = format!("pub enum {name} {{\n");
    let (_, body) = source.split_once(&head).unwrap_or_else(|| panic!("no enum `{name}`"));
    let body = body.split("\n}\n").next().unwrap_or_default();
    let lines = body.lines().filter_map(|line| line.strip_prefix("    "));
    let names = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    names.filter_map(|line| idents(line).next()).collect()
}

/// A failure as a person sees it, below its class and code.
fn shown(failure: &Failure) -> String {
    use std::fmt::Write;

    let mut text = format!("[{:?} {}] {}\n", failure.class, failure.code, failure.error);
    for (name, about) in &failure.details {
        writeln!(text, "  {name}: {about}").unwrap();
    }
    for hint in &failure.hints {
        writeln!(text, "  help: {hint}").unwrap();
    }
    // As the terminal gets it; the end of a line is ours.
    text.lines().map(|line| format!("{}\n", printable(line))).collect()
}

/// What style.md asks of a message, as far as a machine can see it.
#[track_caller]
fn check_style(failure: &Failure) {
    let error = &failure.error;
    assert!(!error.ends_with(['.', '!']), "a full stop: {error}");
    assert!(!error.is_empty(), "no message for {}", failure.code);
    for line in
        [error].into_iter().chain(&failure.hints).chain(failure.details.iter().map(|(_, about)| about))
    {
        let low = line.to_lowercase();
        for word in ["please", "oops", "sorry", "unfortunately"] {
            assert!(!low.contains(word), "`{word}`: {line}");
        }
        assert!(line.matches('`').count().is_multiple_of(2), "backticks without a partner: {line}");
        assert!(line.chars().all(|c| c.is_ascii() || "…’é".contains(c)), "beyond plain letters: {line}");
        assert!(!line.contains('\n'), "more than one line: {line:?}");
        assert!(line.chars().count() <= 240, "too long: {line}");
    }
    for hint in &failure.hints {
        assert!(!hint.ends_with('.'), "a full stop: {hint}");
    }
    assert!(
        failure.code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
        "a code is small letters: {}",
        failure.code
    );
}
