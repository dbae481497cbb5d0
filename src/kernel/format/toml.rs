//! The small TOML of machine-written files: a reader that takes exactly what the printer prints, key by key in order.
//!
//! A general TOML parser would accept more than the format allows and leave the difference to the re-printing check; this
//! one refuses it on the spot, by line, at a tenth of the time (docs/decisions/0002). The check stays, as a second wall.

use std::fmt::Write;

use base64::{Engine, prelude::BASE64_STANDARD};

use super::VERSION;
use crate::kernel::{refusal::Refusal, time::Timestamp};

/// Reads one file from its first line to its last.
pub(super) struct Reader<'a> {
    path: &'a str,
    whole: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// Begins a file with `format = 1`.
    pub(super) fn begin(path: &'a str, bytes: &'a [u8]) -> Result<Self, Refusal> {
        let whole = std::str::from_utf8(bytes).map_err(|_| Refusal::NotText { path: path.to_owned() })?;
        let mut reader = Self { path, whole, at: 0 };
        match reader.number("format")? {
            VERSION => Ok(reader),
            format if format > VERSION => Err(Refusal::Newer { path: path.to_owned(), format }),
            _ => Err(reader.syntax("`format` counts from 1")),
        }
    }

    /// Ends the file: nothing may be left, and the re-printing must be the same bytes.
    pub(super) fn end(self, printed: &str) -> Result<(), Refusal> {
        if !self.rest().is_empty() {
            return Err(self.unknown());
        }
        if self.whole == printed {
            return Ok(());
        }
        let same = self.whole.bytes().zip(printed.bytes()).take_while(|(a, b)| a == b).count();
        let line = 1 + self.whole.as_bytes()[..same].iter().filter(|b| **b == b'\n').count();
        Err(Refusal::Reprint { path: self.path.to_owned(), line })
    }

    /// A refusal at the present line.
    pub(super) fn syntax(&self, what: impl Into<String>) -> Refusal {
        let line = 1 + self.whole.as_bytes()[..self.at].iter().filter(|b| **b == b'\n').count();
        Refusal::Syntax { path: self.path.to_owned(), line, what: what.into() }
    }

    /// Whether the table `[name]` or `[[name]]` (as given, brackets included) comes next; if so, passes its header.
    pub(super) fn table(&mut self, header: &str) -> bool {
        let found = self
            .rest()
            .strip_prefix('\n')
            .and_then(|rest| rest.strip_prefix(header))
            .is_some_and(|r| r.starts_with('\n'));
        if found {
            self.at += header.len() + 2;
        }
        found
    }

    /// If a table `[group.NAME]` comes next, passes its header and gives the name.
    pub(super) fn table_in(&mut self, group: &str) -> Option<&'a str> {
        let rest = self.rest().strip_prefix("\n[")?.strip_prefix(group)?.strip_prefix('.')?;
        let (name, _) = rest.split_once("]\n")?;
        if name.contains('\n') {
            return None;
        }
        self.at += group.len() + name.len() + 5;
        Some(name)
    }

    /// A string.
    pub(super) fn text(&mut self, key: &str) -> Result<String, Refusal> {
        self.key(key)?;
        let text = self.string()?;
        self.line_end()?;
        Ok(text)
    }

    /// A string, if the key comes next.
    pub(super) fn maybe_text(&mut self, key: &str) -> Result<Option<String>, Refusal> {
        if self.has(key) { self.text(key).map(Some) } else { Ok(None) }
    }

    /// A string that `parse` makes something of.
    pub(super) fn parsed<T>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Refusal> {
        let before = self.at;
        let text = self.text(key)?;
        let value = parse(&text);
        value.ok_or_else(|| {
            self.at = before;
            self.syntax(format!("`{key}` has no value that this format knows"))
        })
    }

    /// Canonical base64.
    pub(super) fn base64(&mut self, key: &str) -> Result<Vec<u8>, Refusal> {
        self.key(key)?;
        let bad = "a sealed value is no canonical base64";
        let rest = self.rest().strip_prefix('"').ok_or_else(|| self.syntax(bad))?;
        let (text, _) = rest.split_once('"').ok_or_else(|| self.syntax(bad))?;
        let bytes = BASE64_STANDARD.decode(text).map_err(|_| self.syntax(bad))?;
        self.at += text.len() + 2;
        self.line_end()?;
        Ok(bytes)
    }

    /// A number.
    pub(super) fn number(&mut self, key: &str) -> Result<u64, Refusal> {
        self.key(key)?;
        let number = self.integer()?;
        self.line_end()?;
        Ok(number)
    }

    /// A moment.
    pub(super) fn time(&mut self, key: &str) -> Result<Timestamp, Refusal> {
        self.key(key)?;
        let time = self.moment()?;
        self.line_end()?;
        Ok(time)
    }

    /// A moment, if the key comes next.
    pub(super) fn maybe_time(&mut self, key: &str) -> Result<Option<Timestamp>, Refusal> {
        if self.has(key) { self.time(key).map(Some) } else { Ok(None) }
    }

    /// An array of strings, each made into something by `parse`.
    pub(super) fn list<T>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, Refusal> {
        self.key(key)?;
        self.pass("[")?;
        let mut items = Vec::new();
        while !self.rest().starts_with(']') {
            if !items.is_empty() {
                self.pass(", ")?;
            }
            let before = self.at;
            let text = self.string()?;
            let Some(item) = parse(&text) else {
                self.at = before;
                return Err(self.syntax(format!("`{key}` names something that this format does not know")));
            };
            items.push(item);
        }
        self.pass("]")?;
        self.line_end()?;
        Ok(items)
    }

    /// An inline table: `entry` reads each value after its name.
    pub(super) fn inline<T>(
        &mut self,
        key: &str,
        entry: impl Fn(&mut Self) -> Result<T, Refusal>,
    ) -> Result<Vec<(String, T)>, Refusal> {
        self.key(key)?;
        self.pass("{ ")?;
        let mut pairs = Vec::new();
        loop {
            let name = if self.rest().starts_with('"') { self.string()? } else { self.bare()?.to_owned() };
            self.pass(" = ")?;
            pairs.push((name, entry(self)?));
            if !self.rest().starts_with(", ") {
                break;
            }
            self.pass(", ")?;
        }
        self.pass(" }")?;
        self.line_end()?;
        Ok(pairs)
    }

    /// Whether this key comes next.
    pub(super) fn has(&self, key: &str) -> bool {
        self.rest().strip_prefix(key).is_some_and(|rest| rest.starts_with(" = "))
    }

    /// Passes exactly this.
    pub(super) fn pass(&mut self, exact: &str) -> Result<(), Refusal> {
        if !self.rest().starts_with(exact) {
            return Err(self.syntax(format!("`{exact}` was expected")));
        }
        self.at += exact.len();
        Ok(())
    }

    /// A string where one stands.
    pub(super) fn string(&mut self) -> Result<String, Refusal> {
        self.pass("\"")?;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let plain = rest.find(['"', '\\', '\n']).ok_or_else(|| self.syntax("a string has no end"))?;
            text.push_str(&rest[..plain]);
            self.at += plain + 1;
            match rest.as_bytes()[plain] {
                b'"' => return Ok(text),
                b'\\' => text.push(self.escape()?),
                _ => return Err(self.syntax("a string has no end")),
            }
        }
    }

    /// A decimal integer up to 2^63 − 1 where one stands.
    pub(super) fn integer(&mut self) -> Result<u64, Refusal> {
        let rest = self.rest();
        let digits = &rest[..rest.bytes().take_while(u8::is_ascii_digit).count()];
        let number = digits.parse::<i64>().map_err(|_| self.syntax("a number was expected"))?;
        self.at += digits.len();
        Ok(number.unsigned_abs())
    }

    /// A boolean where one stands.
    pub(super) fn boolean(&mut self) -> Result<bool, Refusal> {
        if self.rest().starts_with("true") {
            self.pass("true").map(|()| true)
        } else {
            self.pass("false").map(|()| false)
        }
    }

    /// A moment where one stands.
    pub(super) fn moment(&mut self) -> Result<Timestamp, Refusal> {
        let found = self.rest().get(..20).and_then(Timestamp::parse);
        let time = found.ok_or_else(|| self.syntax("a time as `2026-11-22T10:00:00Z` was expected"))?;
        self.at += 20;
        Ok(time)
    }

    fn rest(&self) -> &'a str {
        &self.whole[self.at..]
    }

    fn key(&mut self, key: &str) -> Result<(), Refusal> {
        if !self.has(key) {
            let found = self.rest().lines().next().unwrap_or_default();
            let found = found.split(" =").next().unwrap_or_default();
            return Err(self.syntax(format!("`{key}` was expected, found `{}`", shortened(found))));
        }
        self.at += key.len() + 3;
        Ok(())
    }

    fn unknown(&self) -> Refusal {
        let found = self.rest().trim_start().lines().next().unwrap_or_default();
        let found = found.split(" =").next().unwrap_or_default();
        self.syntax(format!("`{}` is unknown here", shortened(found)))
    }

    fn line_end(&mut self) -> Result<(), Refusal> {
        self.pass("\n").map_err(|_| self.syntax("the line should end here"))
    }

    fn bare(&mut self) -> Result<&'a str, Refusal> {
        let rest = self.rest();
        let name = &rest[..rest.bytes().take_while(|b| is_bare(*b)).count()];
        if name.is_empty() {
            return Err(self.syntax("a name was expected"));
        }
        self.at += name.len();
        Ok(name)
    }

    fn escape(&mut self) -> Result<char, Refusal> {
        let rest = self.rest();
        let (character, len) = match rest.bytes().next() {
            Some(b'"') => ('"', 1),
            Some(b'\\') => ('\\', 1),
            Some(b'b') => ('\u{8}', 1),
            Some(b't') => ('\t', 1),
            Some(b'n') => ('\n', 1),
            Some(b'f') => ('\u{c}', 1),
            Some(b'r') => ('\r', 1),
            Some(b'u') => {
                let code = rest.get(1..5).and_then(|digits| u32::from_str_radix(digits, 16).ok());
                (
                    code.and_then(char::from_u32)
                        .ok_or_else(|| self.syntax("an escape names no character"))?,
                    5,
                )
            }
            _ => return Err(self.syntax("an escape is unknown")),
        };
        self.at += len;
        Ok(character)
    }
}

fn shortened(text: &str) -> &str {
    text.char_indices().nth(40).map_or(text, |(end, _)| &text[..end])
}

fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// Prints one file from its first line to its last.
pub(super) struct Printer(String);

impl Printer {
    /// Begins a file with `format = 1`.
    pub(super) fn begin() -> Self {
        let mut printer = Self(String::with_capacity(1024));
        printer.number("format", VERSION);
        printer
    }

    /// The file.
    pub(super) fn end(self) -> String {
        self.0
    }

    /// A table's header, as given.
    pub(super) fn table(&mut self, header: &str) {
        self.write(format_args!("\n{header}\n"));
    }

    pub(super) fn text(&mut self, key: &str, text: &str) {
        self.write(format_args!("{key} = "));
        self.string(text);
        self.0.push('\n');
    }

    pub(super) fn maybe_text(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    pub(super) fn base64(&mut self, key: &str, bytes: &[u8]) {
        self.write(format_args!("{key} = \""));
        BASE64_STANDARD.encode_string(bytes, &mut self.0);
        self.0.push_str("\"\n");
    }

    pub(super) fn number(&mut self, key: &str, number: u64) {
        self.write(format_args!("{key} = {number}\n"));
    }

    pub(super) fn time(&mut self, key: &str, time: &Timestamp) {
        self.write(format_args!("{key} = {time}\n"));
    }

    pub(super) fn maybe_time(&mut self, key: &str, time: Option<&Timestamp>) {
        if let Some(time) = time {
            self.time(key, time);
        }
    }

    pub(super) fn list<'t>(&mut self, key: &str, items: impl IntoIterator<Item = &'t str>) {
        self.write(format_args!("{key} = ["));
        for (i, item) in items.into_iter().enumerate() {
            self.0.push_str(if i == 0 { "" } else { ", " });
            self.string(item);
        }
        self.0.push_str("]\n");
    }

    /// An inline table; each value comes already printed.
    pub(super) fn inline<'t>(&mut self, key: &str, pairs: impl IntoIterator<Item = (&'t str, String)>) {
        self.write(format_args!("{key} = {{ "));
        for (i, (name, value)) in pairs.into_iter().enumerate() {
            self.0.push_str(if i == 0 { "" } else { ", " });
            if !name.is_empty() && name.bytes().all(is_bare) {
                self.0.push_str(name);
            } else {
                self.string(name);
            }
            self.0.push_str(" = ");
            self.0.push_str(&value);
        }
        self.0.push_str(" }\n");
    }

    fn write(&mut self, what: std::fmt::Arguments<'_>) {
        self.0.write_fmt(what).expect("writing to a string does not fail");
    }

    fn string(&mut self, text: &str) {
        self.0.push_str(&quoted(text));
    }
}

/// A basic string with the shortest escapes.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' || c == '\u{7f}' => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
