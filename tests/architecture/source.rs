//! One file of `src/` as the rules see it: the paths that its words spell, comments and literals left out, and
//! the lines that are tests.

use std::{iter, ops::RangeInclusive};

/// An identifier or a mark, and the line it stands on.
struct Word {
    text: String,
    line: usize,
}

/// A path written in full: `use crate::{store::Disk, vault}` spells two.
pub(crate) struct Path {
    /// From `crate` on where the path leads into this crate, also if it was written with `super`.
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
    /// It follows `use` or `extern crate`.
    pub(crate) imported: bool,
    /// It is followed by `as`.
    pub(crate) renamed: bool,
    /// It follows a `.` or `::`, so that its first segment is a member of something.
    pub(crate) member: bool,
}

impl Path {
    /// Whether these segments follow one another somewhere in it.
    pub(crate) fn spells(&self, part: &[&str]) -> bool {
        self.segments.windows(part.len()).any(|window| window == part)
    }

    /// The path as a person writes it.
    pub(crate) fn text(&self) -> String {
        self.segments.join("::")
    }
}

/// One file of `src/`.
pub(crate) struct Source {
    /// Below `src/`, with `/` between its parts.
    pub(crate) file: String,
    pub(crate) text: String,
    pub(crate) paths: Vec<Path>,
    /// Inline modules under `#[cfg(test)]`, from the attribute to the closing brace.
    pub(crate) test_modules: Vec<RangeInclusive<usize>>,
    /// Where `#[test]` stands.
    pub(crate) tests: Vec<usize>,
}

impl Source {
    /// Reads a file's text.
    pub(crate) fn read(file: &str, text: &str) -> Self {
        let words: Vec<Word> = Lexer { rest: text, line: 1 }.collect();
        Self {
            file: file.to_owned(),
            text: text.to_owned(),
            paths: Paths::spelled(&words, module_of(file)),
            test_modules: test_modules(&words),
            tests: words
                .windows(4)
                .filter(|w| spell(w, &["#", "[", "test", "]"]))
                .map(|w| w[0].line)
                .collect(),
        }
    }

    /// The top-level module that the file belongs to; none for `main.rs` and `lib.rs`.
    pub(crate) fn room(&self) -> Option<String> {
        module_of(&self.file).into_iter().next()
    }

    /// Whether the whole file is tests.
    pub(crate) fn is_tests(&self) -> bool {
        self.file.split('/').any(|part| part == "tests" || part == "tests.rs")
    }

    /// Whether the line belongs to tests.
    pub(crate) fn tests_at(&self, line: usize) -> bool {
        self.is_tests() || self.test_modules.iter().any(|lines| lines.contains(&line))
    }
}

fn module_of(file: &str) -> Vec<String> {
    let mut parts: Vec<String> = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    let last = parts.last().map(String::as_str);
    if last == Some("mod") || file == "main.rs" || file == "lib.rs" {
        parts.pop();
    }
    parts
}

fn spell(words: &[Word], texts: &[&str]) -> bool {
    words.len() >= texts.len() && iter::zip(words, texts).all(|(word, text)| word.text == *text)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Reads words one by one; what is between quotes or in comments is no word.
struct Lexer<'a> {
    rest: &'a str,
    line: usize,
}

impl Iterator for Lexer<'_> {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        loop {
            let skipped = blank(self.rest);
            if skipped == 0 {
                break;
            }
            self.take(skipped);
        }
        let (line, first) = (self.line, self.rest.chars().next()?);
        let len = match first {
            _ if is_name(self.rest) => self.rest.find(|c: char| !c.is_alphanumeric() && c != '_'),
            ':' if self.rest.starts_with("::") => Some(2),
            _ => Some(first.len_utf8()),
        };
        let text = self.take(len.unwrap_or(self.rest.len())).to_owned();
        Some(Word { text, line })
    }
}

impl<'a> Lexer<'a> {
    fn take(&mut self, len: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(len);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }
}

/// Length of the blank, comment, literal, lifetime or raw identifier's mark at the front, else 0.
fn blank(text: &str) -> usize {
    let begins = |starts: &[&str]| starts.iter().any(|start| text.starts_with(start));
    let until = |end: Option<usize>| end.unwrap_or(text.len());
    let spaces = text.len() - text.trim_start().len();
    if spaces > 0 {
        spaces
    } else if text.starts_with("//") {
        until(text.find('\n'))
    } else if text.starts_with("/*") {
        block_comment(text)
    } else if text.starts_with(|c: char| c.is_ascii_digit()) {
        until(text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_'))
    } else if begins(&["\"", "b\"", "c\""]) {
        quoted(text, '"')
    } else if begins(&["r\"", "br\"", "cr\"", "r#", "br#", "cr#"]) {
        raw(text)
    } else if begins(&["'", "b'"]) {
        tick(text)
    } else {
        0
    }
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let here = &text.as_bytes()[at..];
        at += if here.starts_with(b"/*") {
            depth += 1;
            2
        } else if here.starts_with(b"*/") {
            depth -= 1;
            2
        } else {
            1
        };
        if depth == 0 {
            break;
        }
    }
    at
}

fn quoted(text: &str, mark: char) -> usize {
    let mut escaped = false;
    let open = text.find(mark).expect("the caller saw the mark") + 1;
    for (at, c) in text[open..].char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == mark => return open + at + 1,
            _ => {}
        }
    }
    text.len()
}

/// `r"…"`, `br#"…"#`; or only the `r#` of an identifier.
fn raw(text: &str) -> usize {
    let open = text.find(|c| c != 'b' && c != 'c' && c != 'r').expect("the caller saw a mark");
    let fence = text[open..].len() - text[open..].trim_start_matches('#').len();
    let start = open + fence;
    if !text[start..].starts_with('"') {
        return start;
    }
    let end = format!("\"{}", "#".repeat(fence));
    text[start + 1..].find(&end).map_or(text.len(), |at| start + 1 + at + end.len())
}

/// `'x'`, `'\u{1b}'`; or the name of a lifetime.
fn tick(text: &str) -> usize {
    let open = text.find('\'').expect("the caller saw the mark") + 1;
    let mut chars = text[open..].chars();
    let first = chars.next();
    if first == Some('\\') || chars.next() == Some('\'') {
        return quoted(text, '\'');
    }
    let name = &text[open..];
    open + name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len())
}

/// Collects paths, knowing in which module they stand.
struct Paths<'a> {
    words: &'a [Word],
    at: usize,
    module: Vec<String>,
    /// Depth of braces at which each inline module was opened.
    opened: Vec<usize>,
    found: Vec<Path>,
}

impl<'a> Paths<'a> {
    fn spelled(words: &'a [Word], module: Vec<String>) -> Vec<Path> {
        let mut paths = Paths { words, at: 0, module, opened: Vec::new(), found: Vec::new() };
        let mut depth = 0;
        while let Some(word) = paths.text(0) {
            match word {
                "mod" if paths.text(2) == Some("{") => {
                    paths.module.push(paths.text(1).unwrap_or_default().to_owned());
                    paths.opened.push(depth);
                    depth += 1;
                    paths.at += 3;
                }
                "{" if !paths.follows(&["use"]) => {
                    depth += 1;
                    paths.at += 1;
                }
                "}" => {
                    depth = depth.saturating_sub(1);
                    if paths.opened.last() == Some(&depth) {
                        paths.opened.pop();
                        paths.module.pop();
                    }
                    paths.at += 1;
                }
                word if word == "{" || is_name(word) => {
                    let imported = paths.follows(&["use", "crate"]);
                    let member = paths.follows(&[".", "::"]);
                    paths.tree(&[], imported, member);
                }
                _ => paths.at += 1,
            }
        }
        paths.found
    }

    fn text(&self, ahead: usize) -> Option<&'a str> {
        self.words.get(self.at + ahead).map(|word| word.text.as_str())
    }

    /// Whether the word before, or before a leading `::`, is one of these.
    fn follows(&self, these: &[&str]) -> bool {
        let before = |back: usize| self.at.checked_sub(back).map(|at| self.words[at].text.as_str());
        let is = |word: Option<&str>| word.is_some_and(|word| these.contains(&word));
        is(before(1)) || (before(1) == Some("::") && is(before(2)))
    }

    /// Reads one path, or the group of paths that it ends in.
    fn tree(&mut self, prefix: &[String], imported: bool, member: bool) {
        let mut segments = prefix.to_vec();
        let line = self.words[self.at].line;
        loop {
            match self.text(0) {
                Some("{") => return self.group(&segments, imported, member),
                Some(word) if is_name(word) || (word == "*" && !segments.is_empty()) => {
                    segments.push(word.to_owned())
                }
                _ => break,
            }
            self.at += 1;
            let goes_on = self.text(1).is_some_and(|next| is_name(next) || next == "{" || next == "*");
            if self.text(0) != Some("::") || !goes_on {
                break;
            }
            self.at += 1;
        }
        let renamed = self.text(0) == Some("as");
        let segments = self.resolved(segments);
        self.found.push(Path { segments, line, imported, renamed, member });
    }

    fn group(&mut self, prefix: &[String], imported: bool, member: bool) {
        self.at += 1;
        while let Some(word) = self.text(0) {
            if word == "}" {
                self.at += 1;
                return;
            }
            if word == "{" || word == "*" || is_name(word) {
                self.tree(prefix, imported, member);
                self.at += if self.text(0) == Some("as") { 2 } else { 0 };
            } else {
                self.at += 1;
            }
        }
    }

    /// Writes `self`, `super` and this crate's own name out.
    fn resolved(&self, mut segments: Vec<String>) -> Vec<String> {
        if segments.len() > 1 && segments.last().is_some_and(|last| last == "self") {
            segments.pop();
        }
        let ups = segments.iter().take_while(|s| *s == "super" || *s == "self").count();
        if ups > 0 {
            let supers = segments[..ups].iter().filter(|s| *s == "super").count();
            let kept = self.module.len().saturating_sub(supers);
            let root = iter::once("crate".to_owned()).chain(self.module[..kept].iter().cloned());
            return root.chain(segments[ups..].iter().cloned()).collect();
        }
        if segments.first().is_some_and(|first| first == "cargo_vault") {
            segments[0] = "crate".to_owned();
        }
        segments
    }
}

fn test_modules(words: &[Word]) -> Vec<RangeInclusive<usize>> {
    let starts = (0..words.len()).filter(|at| spell(&words[*at..], &["#", "[", "cfg", "("]));
    starts.filter_map(|at| test_module(&words[at..])).collect()
}

/// The lines of the inline module that `#[cfg(test)]` at the front is for.
fn test_module(words: &[Word]) -> Option<RangeInclusive<usize>> {
    let mut at = closing(words, 1, ("[", "]"))?;
    let named = |name| words[..at].iter().any(|word| word.text == name);
    if !named("test") || named("not") {
        return None;
    }
    at += 1;
    while spell(&words[at..], &["#", "["]) {
        at = closing(words, at + 1, ("[", "]"))? + 1;
    }
    let open = at + 2;
    let is_module = words.get(at)?.text == "mod" && words.get(open)?.text == "{";
    let last = is_module.then(|| closing(words, open, ("{", "}"))).flatten()?;
    Some(words[0].line..=words[last].line)
}

/// Where the bracket that opens at `from` closes.
fn closing(words: &[Word], from: usize, (open, close): (&str, &str)) -> Option<usize> {
    let mut depth = 0usize;
    for (at, word) in words.iter().enumerate().skip(from) {
        if word.text == open {
            depth += 1;
        } else if word.text == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}
