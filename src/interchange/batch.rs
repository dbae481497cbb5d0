//! Many names with their values in one text: a line each, a record each that ends in NUL, a JSON object of strings, or a TOML
//! document of strings, and of bytes in base64.
//!
//! What is wrong is told by line or record, and never shown: in a text that was mixed up, anything can be a value.

use std::{collections::HashMap, fmt};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};
use zeroize::Zeroizing;

use crate::kernel::{
    limits,
    name::SecretName,
    refusal::{NameFault, Refusal},
    secret::Secret,
};

/// How names and values are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `NAME=VALUE` a line, which ends in a newline or in a carriage return and one; nothing is quoted.
    Lines,
    /// `NAME=VALUE` up to a NUL, as `env -0` prints.
    Null,
    /// A JSON object whose values are strings.
    Json,
    /// A TOML document whose values are strings, or `{ base64 = "…" }`. It may be empty.
    Toml,
}

/// One name and its value.
#[derive(Debug)]
pub struct Entry {
    /// The name.
    pub name: SecretName,
    /// The value.
    pub value: Secret,
    /// Whether it was written in base64, so that it need not be text.
    pub encoded: bool,
}

/// Where something stands, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// In this line.
    Line(usize),
    /// In this record.
    Record(usize),
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::Record(number) => write!(f, "record {number}"),
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each variant is its documentation")]
pub enum BatchFault {
    #[error("nothing is there to be set")]
    Empty,
    #[error("{at} has no `=`")]
    NoEquals { at: At },
    #[error("{at} begins with no name: {fault}")]
    Name { at: At, fault: NameFault },
    #[error("{at} sets `{name}`, and so does {first}")]
    Twice { at: At, name: SecretName, first: At },
    #[error("{at} gives `{name}` a value over 1 MiB")]
    TooLarge { at: At, name: SecretName },
    #[error("this is no JSON: line {line}, column {column}")]
    NotJson { line: usize, column: usize },
    #[error("this is no JSON object")]
    NotObject,
    #[error("{at} gives `{name}` {what}, which is no string")]
    NotString { at: At, name: SecretName, what: &'static str },
    #[error("{at} gives `{name}` half a character (`\\u` and a surrogate alone)")]
    Surrogate { at: At, name: SecretName },
    #[error("this is no UTF-8")]
    NotUtf8,
    #[error("{at} is no TOML: {what}")]
    NotToml { at: At, what: String },
    #[error("{at} gives `{name}` no base64")]
    NotBase64 { at: At, name: SecretName },
}

/// Everything that is wrong, in its order; at least one thing.
#[derive(Debug, thiserror::Error)]
#[error("{}", told(faults))]
pub struct BatchError {
    /// What is wrong.
    pub faults: Vec<BatchFault>,
}

fn told(faults: &[BatchFault]) -> String {
    match faults {
        [fault] => fault.to_string(),
        _ => format!("{} things are not in order", faults.len()),
    }
}

/// Takes a text apart. Nothing is given unless all of it is in order.
pub fn parse(text: &Secret, form: Form) -> Result<Vec<Entry>, BatchError> {
    let mut batch = Batch::default();
    match form {
        Form::Lines => batch.records(text.expose(), b'\n', At::Line),
        Form::Null => batch.records(text.expose(), 0, At::Record),
        Form::Json => batch.object(text.expose()),
        Form::Toml => batch.document(text.expose()),
    }
    if form != Form::Toml && batch.entries.is_empty() && batch.faults.is_empty() {
        batch.faults.push(BatchFault::Empty);
    }
    if batch.faults.is_empty() { Ok(batch.entries) } else { Err(BatchError { faults: batch.faults }) }
}

#[derive(Default)]
struct Batch {
    entries: Vec<Entry>,
    seen: HashMap<SecretName, At>,
    faults: Vec<BatchFault>,
}

impl Batch {
    fn records(&mut self, text: &[u8], end: u8, at: fn(usize) -> At) {
        let whole = text.strip_suffix(&[end]).unwrap_or(text);
        if whole.is_empty() && text.len() <= 1 {
            return;
        }
        for (i, record) in whole.split(|byte| *byte == end).enumerate() {
            let at = at(i + 1);
            let record = if end == b'\n' { record.strip_suffix(b"\r").unwrap_or(record) } else { record };
            match record.iter().position(|byte| *byte == b'=') {
                None => self.faults.push(BatchFault::NoEquals { at }),
                Some(equals) => self.record(at, &record[..equals], &record[equals + 1..]),
            }
        }
    }

    fn record(&mut self, at: At, name: &[u8], value: &[u8]) {
        let name = std::str::from_utf8(name).map_err(|_| NameFault::Character).and_then(parse_name);
        let Some(name) = self.name(at, name) else { return };
        if value.len() > limits::VALUE {
            return self.faults.push(BatchFault::TooLarge { at, name });
        }
        self.entries.push(Entry { name, value: Secret::new(value.to_vec()), encoded: false });
    }

    fn name(&mut self, at: At, name: Result<SecretName, NameFault>) -> Option<SecretName> {
        match name {
            Err(fault) => self.faults.push(BatchFault::Name { at, fault }),
            Ok(name) => match self.seen.insert(name.clone(), at) {
                Some(first) => self.faults.push(BatchFault::Twice { at, name, first }),
                None => return Some(name),
            },
        }
        None
    }

    fn object(&mut self, text: &[u8]) {
        let mut reader = serde_json::Deserializer::from_slice(text);
        let read = reader.deserialize_map(Members).and_then(|members| reader.end().map(|()| members));
        let members = match read {
            Ok(members) => members,
            Err(error) if error.is_data() => return self.faults.push(BatchFault::NotObject),
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                return self.faults.push(BatchFault::NotJson { line, column });
            }
        };
        let (mut read_to, mut line) = (0, 1);
        for (name, value) in members {
            let begins = value.get().as_ptr() as usize - text.as_ptr() as usize;
            line += text[read_to..begins].iter().filter(|byte| **byte == b'\n').count();
            read_to = begins;
            self.member(At::Line(line), &name, value.get());
        }
    }

    fn member(&mut self, at: At, name: &str, value: &str) {
        let Some(name) = self.name(at, parse_name(name)) else { return };
        let what = match value.as_bytes().first() {
            Some(b'"') => match unescape(value) {
                Some(value) if value.len() > limits::VALUE => {
                    return self.faults.push(BatchFault::TooLarge { at, name });
                }
                Some(value) => return self.entries.push(Entry { name, value, encoded: false }),
                None => return self.faults.push(BatchFault::Surrogate { at, name }),
            },
            Some(b'{') => "an object",
            Some(b'[') => "a list",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') => "null",
            _ => "a number",
        };
        self.faults.push(BatchFault::NotString { at, name, what });
    }

    fn document(&mut self, text: &[u8]) {
        let Ok(text) = std::str::from_utf8(text) else { return self.faults.push(BatchFault::NotUtf8) };
        let line = |at: usize| At::Line(1 + text[..at].bytes().filter(|byte| *byte == b'\n').count());
        let table = match DeTable::parse(text) {
            Ok(table) => table.into_inner(),
            Err(error) => {
                let at = line(error.span().map_or(0, |span| span.start.min(text.len())));
                // What a parser says of TOML that it does not take is none of the text.
                return self.faults.push(BatchFault::NotToml { at, what: error.message().to_owned() });
            }
        };
        let mut pairs: Vec<_> = table.into_iter().collect();
        pairs.sort_by_key(|(name, _)| name.span().start);
        let (mut read_to, mut number) = (0, 1);
        for (name, value) in pairs {
            number +=
                text.as_bytes()[read_to..name.span().start].iter().filter(|byte| **byte == b'\n').count();
            read_to = name.span().start;
            self.pair(At::Line(number), name.get_ref(), value.into_inner());
        }
    }

    fn pair(&mut self, at: At, name: &str, value: DeValue<'_>) {
        let Some(name) = self.name(at, parse_name(name)) else { return };
        let (value, encoded) = match value {
            DeValue::String(text) => (Secret::new(text.into_owned().into_bytes()), false),
            DeValue::Table(mut table) => match table.remove("base64").map(Spanned::into_inner) {
                Some(DeValue::String(text)) if table.is_empty() => match decoded(text.into_owned()) {
                    Some(value) => (value, true),
                    None => return self.faults.push(BatchFault::NotBase64 { at, name }),
                },
                _ => return self.faults.push(BatchFault::NotString { at, name, what: "a table" }),
            },
            other => return self.faults.push(BatchFault::NotString { at, name, what: kind(&other) }),
        };
        if value.len() > limits::VALUE {
            return self.faults.push(BatchFault::TooLarge { at, name });
        }
        self.entries.push(Entry { name, value, encoded });
    }
}

/// What a value is that is no string.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn decoded(text: String) -> Option<Secret> {
    let text = Zeroizing::new(text);
    BASE64_STANDARD.decode(text.as_bytes()).ok().map(Secret::new)
}

fn parse_name(text: &str) -> Result<SecretName, NameFault> {
    SecretName::parse(text).map_err(|refusal| match refusal {
        Refusal::Name { fault, .. } => fault,
        _ => NameFault::Character,
    })
}

/// The members of an object, doubles among them, with their values as they are written: so no value is copied on the way.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

/// The text of a JSON string that was found sound but for its surrogates. It is never longer than it was written.
fn unescape(written: &str) -> Option<Secret> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(written.len()));
    let mut rest = written.strip_prefix('"')?.strip_suffix('"')?;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let kind = *rest.as_bytes().get(at + 1)?;
        rest = &rest[at + 2..];
        let c = match kind {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let (c, after) = escaped_character(rest)?;
                rest = after;
                c
            }
            other => char::from(other),
        };
        bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
    bytes.extend_from_slice(rest.as_bytes());
    Some(Secret::new(std::mem::take(&mut *bytes)))
}

/// What stands behind `\u`, of which two in a row can be one character.
fn escaped_character(text: &str) -> Option<(char, &str)> {
    let unit = |text: &str| u16::from_str_radix(text.get(..4)?, 16).ok();
    let first = unit(text)?;
    if let Some(c) = char::from_u32(u32::from(first)) {
        return Some((c, &text[4..]));
    }
    let second = unit(text[4..].strip_prefix("\\u")?)?;
    let c = char::decode_utf16([first, second]).next()?.ok()?;
    Some((c, &text[10..]))
}
