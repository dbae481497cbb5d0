//! A text with references to secrets: `{{ vault "NAME" }}` and `cvault://ENV/NAME`, and all else byte for byte.
//!
//! `{{ vault "cvault://ENV/NAME" }}` says where the second form ends, `| json`, `| base64` and `| url` behind a name say how
//! the value is written, and `{{ vault literal "TEXT" }}` is TEXT. A bare reference ends at the first byte that no name has, and
//! before a `.` or `/` that no name ends with; it begins no later than the word that it stands in. What is put in is not looked
//! through again.

use std::fmt;

use super::quote;
use crate::kernel::{
    name::{EnvName, SecretName},
    refusal::{NameFault, Refusal},
    secret::Secret,
};

/// The longest template.
pub const TEMPLATE: usize = 8 * 1024 * 1024;
/// The longest text with all values in it.
const FILLED: usize = 64 * 1024 * 1024;
/// The longest text between quotes.
const QUOTED: usize = 4096;
const SCHEME: &[u8] = b"cvault://";

/// Where something stands, from 1; a column is a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filter {
    Json,
    Base64,
    Url,
}

/// A secret that a text refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Where the reference begins.
    pub at: Spot,
    /// The environment, if it is named.
    pub env: Option<EnvName>,
    /// The secret.
    pub name: SecretName,
    filter: Option<Filter>,
}

/// One thing that is wrong.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each variant is its documentation")]
pub enum TemplateFault {
    #[error("it is over 8 MiB")]
    TooLarge,
    #[error("with its values it is over 64 MiB")]
    Swollen,
    #[error("{at}: nothing closes what `{{{{ vault` opens")]
    Unclosed { at: Spot },
    #[error("{at}: behind `{{{{ vault` stands neither a name nor a literal")]
    Unknown { at: Spot },
    #[error("{at}: the reference names no secret: {fault}")]
    Name { at: Spot, fault: NameFault },
    #[error("{at}: the reference names no environment: {fault}")]
    Env { at: Spot, fault: NameFault },
    #[error("{at}: there is no such filter")]
    Filter { at: Spot },
    #[error("{at}: the value of `{name}` is no text")]
    NotText { at: Spot, name: SecretName },
}

/// Everything that is wrong, in its order; at least one thing.
#[derive(Debug, thiserror::Error)]
#[error("{} things are not in order", faults.len())]
pub struct TemplateError {
    /// What is wrong.
    pub faults: Vec<TemplateFault>,
}

/// A text that was taken apart.
#[derive(Debug, Default)]
pub struct Template(Vec<Part>);

#[derive(Debug)]
enum Part {
    Text(Vec<u8>),
    Value(Reference),
}

/// Takes a text apart.
pub fn template(text: &[u8]) -> Result<Template, TemplateError> {
    let (mut template, mut faults) = (Template::default(), Vec::new());
    if text.len() > TEMPLATE {
        return Err(TemplateError { faults: vec![TemplateFault::TooLarge] });
    }
    let mut reader = Reader::of(text);
    let mut begun = 0;
    while reader.at < text.len() {
        let at = reader.at;
        if let Some(found) = reader.found() {
            template.text(&text[begun..at]);
            found.map_or_else(|fault| faults.push(fault), |found| template.push(found));
            begun = reader.at;
        } else {
            reader.skip(1);
        }
    }
    template.text(&text[begun..]);
    if faults.is_empty() { Ok(template) } else { Err(TemplateError { faults }) }
}

impl Template {
    /// Every reference, in the order of the text.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.0.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Value(reference) => Some(reference),
        })
    }

    /// Puts the values in.
    pub fn fill<'v>(&self, value: impl Fn(&Reference) -> &'v Secret) -> Result<Secret, TemplateError> {
        let (mut parts, mut faults, mut len) = (Vec::new(), Vec::new(), 0);
        for part in &self.0 {
            let made = match part {
                Part::Text(text) => Ok(Secret::new(text.clone())),
                Part::Value(reference) => reference.written(value(reference)),
            };
            match made {
                Ok(made) => {
                    len += made.len();
                    parts.push(made);
                }
                Err(fault) => faults.push(fault),
            }
            if len > FILLED {
                faults.push(TemplateFault::Swollen);
                break;
            }
        }
        let whole = || Secret::concat(&parts.iter().collect::<Vec<_>>());
        if faults.is_empty() { Ok(whole()) } else { Err(TemplateError { faults }) }
    }

    pub(super) fn text(&mut self, text: &[u8]) {
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(Part::Text(before)) => before.extend_from_slice(text),
            _ => self.0.push(Part::Text(text.to_vec())),
        }
    }

    pub(super) fn push(&mut self, found: Found<'_>) {
        match found {
            Found::Literal(text) => self.text(text),
            Found::Reference(reference) => self.0.push(Part::Value(reference)),
        }
    }
}

impl Reference {
    fn written(&self, value: &Secret) -> Result<Secret, TemplateFault> {
        let not_text = || TemplateFault::NotText { at: self.at, name: self.name.clone() };
        match self.filter {
            None => Ok(Secret::concat(&[value])),
            Some(Filter::Json) => quote::json(value).ok_or_else(not_text),
            Some(Filter::Base64) => Ok(quote::base64(value)),
            Some(Filter::Url) => Ok(quote::url(value)),
        }
    }
}

/// What a text has at a place.
pub(super) enum Found<'t> {
    Reference(Reference),
    Literal(&'t [u8]),
}

/// A place in a text, that knows its line and column.
#[derive(Clone, Copy)]
pub(super) struct Reader<'t> {
    text: &'t [u8],
    pub(super) at: usize,
    pub(super) spot: Spot,
}

impl<'t> Reader<'t> {
    pub(super) fn of(text: &'t [u8]) -> Self {
        // A mark of byte order takes no column.
        let column = usize::from(!text.starts_with(b"\xef\xbb\xbf"));
        Self { text, at: 0, spot: Spot { line: 1, column } }
    }

    pub(super) fn rest(&self) -> &'t [u8] {
        &self.text[self.at..]
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        for byte in &self.text[self.at..self.at + bytes] {
            match byte {
                b'\n' => self.spot = Spot { line: self.spot.line + 1, column: 1 },
                // The first byte of a character counts, so the bytes behind it do not.
                0x80..=0xbf => {}
                _ => self.spot.column += 1,
            }
        }
        self.at += bytes;
    }

    /// What begins here, if anything of ours does; then it is passed over.
    pub(super) fn found(&mut self) -> Option<Result<Found<'t>, TemplateFault>> {
        match self.rest().first()? {
            b'{' => self.call(),
            b'c' if self.rest().starts_with(SCHEME) && !self.in_a_word() => Some(self.bare()),
            _ => None,
        }
    }

    /// Whether the character before this place is part of a word, or of another scheme.
    fn in_a_word(&self) -> bool {
        let before = &self.text[self.at.saturating_sub(4)..self.at];
        let last = before.utf8_chunks().last().filter(|chunk| chunk.invalid().is_empty());
        let last = last.and_then(|chunk| chunk.valid().chars().next_back());
        last.is_some_and(|c| c.is_alphanumeric() || "_-+.".contains(c))
    }

    fn bare(&mut self) -> Result<Found<'t>, TemplateFault> {
        let at = self.spot;
        let named = &self.rest()[SCHEME.len()..];
        let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-.+=@/".contains(byte);
        let run = &named[..named.iter().take_while(is_name).count()];
        let ends = run.iter().rposition(|byte| !b"./".contains(byte)).map_or(0, |last| last + 1);
        self.skip(SCHEME.len() + ends);
        let (env, name) = place(&String::from_utf8_lossy(&run[..ends]), at)?;
        Ok(Found::Reference(Reference { at, env: Some(env), name, filter: None }))
    }

    /// A `{{` that calls us. What is wrong is passed over as far as it was understood.
    fn call(&mut self) -> Option<Result<Found<'t>, TemplateFault>> {
        let mut ahead = *self;
        ahead.skip_word(b"{{").then_some(())?;
        // `{{-` and `{{~` of other engines, which would be taken for text though a value was meant.
        let trims = ahead.skip_word(b"-") || ahead.skip_word(b"~");
        ahead.skip_space();
        ahead.skip_word(b"vault").then_some(())?;
        let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.([:".contains(byte);
        if ahead.rest().first().is_some_and(goes_on) {
            return None;
        }
        let at = self.spot;
        *self = ahead;
        Some(if trims { Err(TemplateFault::Unknown { at }) } else { self.called(at) })
    }

    fn called(&mut self, at: Spot) -> Result<Found<'t>, TemplateFault> {
        self.skip_space();
        let literal = self.skip_word(b"literal");
        if literal {
            self.skip_space();
        }
        let text = self.quoted(at)?;
        self.skip_space();
        let filter = if !literal && self.skip_word(b"|") { Some(self.filter(at)?) } else { None };
        self.skip_space();
        if !self.skip_word(b"}}") {
            return Err(TemplateFault::Unclosed { at });
        }
        if literal {
            return Ok(Found::Literal(text));
        }
        let text = String::from_utf8_lossy(text);
        let (env, name) = match text.strip_prefix("cvault://") {
            Some(named) => place(named, at).map(|(env, name)| (Some(env), name))?,
            None => (None, secret(&text, at)?),
        };
        Ok(Found::Reference(Reference { at, env, name, filter }))
    }

    fn filter(&mut self, at: Spot) -> Result<Filter, TemplateFault> {
        self.skip_space();
        let known: [(&[u8], Filter); 3] =
            [(b"json", Filter::Json), (b"base64", Filter::Base64), (b"url", Filter::Url)];
        let word = self.rest().iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let found = known.iter().find(|(name, _)| *name == &self.rest()[..word]);
        self.skip(word);
        found.map(|(_, filter)| *filter).ok_or(TemplateFault::Filter { at })
    }

    /// What stands between quotes of either kind.
    fn quoted(&mut self, at: Spot) -> Result<&'t [u8], TemplateFault> {
        let quote = match self.rest().first() {
            Some(quote @ (b'"' | b'\'')) => *quote,
            Some(_) => return Err(TemplateFault::Unknown { at }),
            None => return Err(TemplateFault::Unclosed { at }),
        };
        self.skip(1);
        let inside = self.rest();
        let ends = inside.iter().take(QUOTED).position(|byte| *byte == quote || *byte == b'\n');
        match ends.filter(|ends| inside[*ends] == quote) {
            Some(ends) => {
                self.skip(ends + 1);
                Ok(&inside[..ends])
            }
            None => Err(TemplateFault::Unclosed { at }),
        }
    }

    pub(super) fn skip_word(&mut self, word: &[u8]) -> bool {
        let there = self.rest().starts_with(word);
        if there {
            self.skip(word.len());
        }
        there
    }

    fn skip_space(&mut self) {
        let space = self.rest().iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.skip(space);
    }
}

/// `ENV/NAME`.
fn place(text: &str, at: Spot) -> Result<(EnvName, SecretName), TemplateFault> {
    let (env, name) = text.split_once('/').unwrap_or((text, ""));
    let env = EnvName::parse(env).map_err(|refusal| TemplateFault::Env { at, fault: fault(&refusal) })?;
    Ok((env, secret(name, at)?))
}

fn secret(text: &str, at: Spot) -> Result<SecretName, TemplateFault> {
    SecretName::parse(text).map_err(|refusal| TemplateFault::Name { at, fault: fault(&refusal) })
}

fn fault(refusal: &Refusal) -> NameFault {
    match refusal {
        Refusal::Name { fault, .. } => *fault,
        _ => NameFault::Character,
    }
}
