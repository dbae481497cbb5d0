//! A dotenv file whose values may refer to secrets: `NAME=value` a line, as shells and most programs read it.
//!
//! `export` before a name, comments, and empty lines are passed over. A bare value ends at ` #` and has no white space at its
//! ends; what stands between `'` is taken as it is; between `"` a backslash makes `\n` `\r` `\t` `\"` `\\` `\$`, and stays
//! elsewhere; both may have several lines. Nothing is expanded: `$` before a name, `{` or `(` is refused outside of `'`. What is
//! wrong is told by its line and never shown, since such a file can hold values too.

use std::collections::HashMap;

use super::template::{Reader, TEMPLATE, Template, TemplateFault};
use crate::kernel::{
    name::SecretName,
    refusal::{NameFault, Refusal},
};

/// One variable.
#[derive(Debug)]
pub struct Variable {
    /// Its name, which is one that a secret can have.
    pub name: SecretName,
    /// Its value.
    pub value: Template,
}

/// One thing that is wrong.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each variant is its documentation")]
pub enum DotenvFault {
    #[error("it is over 8 MiB")]
    TooLarge,
    #[error("line {line} has no `=`")]
    NoEquals { line: usize },
    #[error("line {line} begins with no variable's name")]
    NotVariable { line: usize },
    #[error("line {line} begins with no name: {fault}")]
    Name { line: usize, fault: NameFault },
    #[error("line {line} sets `{name}`, and so does line {first}")]
    Twice { line: usize, name: SecretName, first: usize },
    #[error("line {line}: nothing closes the quote")]
    Unclosed { line: usize },
    #[error("line {line}: something stands behind the closing quote")]
    Behind { line: usize },
    #[error("line {line}: `$` would have to be expanded")]
    Expansion { line: usize },
    #[error("{0}")]
    Template(TemplateFault),
}

/// Everything that is wrong, in its order; at least one thing.
#[derive(Debug, thiserror::Error)]
#[error("{} things are not in order", faults.len())]
pub struct DotenvError {
    /// What is wrong.
    pub faults: Vec<DotenvFault>,
}

/// Takes a file apart.
pub fn dotenv(text: &[u8]) -> Result<Vec<Variable>, DotenvError> {
    if text.len() > TEMPLATE {
        return Err(DotenvError { faults: vec![DotenvFault::TooLarge] });
    }
    let mut lines = Lines { reader: Reader::of(text), seen: HashMap::new() };
    let (mut variables, mut faults) = (Vec::new(), Vec::new());
    lines.reader.skip_word(b"\xef\xbb\xbf");
    while !lines.reader.rest().is_empty() {
        match lines.line() {
            Ok(variable) => variables.extend(variable),
            Err(fault) => faults.push(fault),
        }
        lines.pass_line();
    }
    if faults.is_empty() { Ok(variables) } else { Err(DotenvError { faults }) }
}

struct Lines<'t> {
    reader: Reader<'t>,
    seen: HashMap<SecretName, usize>,
}

impl<'t> Lines<'t> {
    /// One line, or the several of one value; none where it is empty or a comment.
    fn line(&mut self) -> Result<Option<Variable>, DotenvFault> {
        self.skip_blanks();
        let line = self.reader.spot.line;
        if self.at_end() || self.reader.rest().starts_with(b"#") {
            return Ok(None);
        }
        if [b"export ", b"export\t"].iter().any(|word| self.reader.skip_word(*word)) {
            self.skip_blanks();
        }
        let is_word = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
        let rest = self.reader.rest();
        let name = &rest[..rest.iter().take_while(is_word).count()];
        self.reader.skip(name.len());
        self.skip_blanks();
        if !self.reader.skip_word(b"=") {
            let has = self.rest_of_line().contains(&b'=');
            return Err(if has { DotenvFault::NotVariable { line } } else { DotenvFault::NoEquals { line } });
        }
        let name = self.name(name, line)?;
        let spaced = self.skip_blanks() > 0;
        let value = match self.reader.rest().first() {
            Some(b'#') if spaced => Template::default(),
            Some(quote @ (b'\'' | b'"')) => self.quoted(*quote, line)?,
            _ => self.bare()?,
        };
        Ok(Some(Variable { name, value }))
    }

    fn name(&mut self, name: &[u8], line: usize) -> Result<SecretName, DotenvFault> {
        if name.first().is_none_or(u8::is_ascii_digit) {
            return Err(DotenvFault::NotVariable { line });
        }
        let name = SecretName::parse(&String::from_utf8_lossy(name)).map_err(|refusal| match refusal {
            Refusal::Name { fault, .. } => DotenvFault::Name { line, fault },
            _ => DotenvFault::NotVariable { line },
        })?;
        match self.seen.insert(name.clone(), line) {
            Some(first) => Err(DotenvFault::Twice { line, name, first }),
            None => Ok(name),
        }
    }

    fn quoted(&mut self, quote: u8, line: usize) -> Result<Template, DotenvFault> {
        let mut value = Template::default();
        self.reader.skip(1);
        loop {
            if let Some(found) = self.reader.found() {
                value.push(found.map_err(DotenvFault::Template)?);
                continue;
            }
            match self.reader.rest() {
                [] => return Err(DotenvFault::Unclosed { line }),
                [byte, ..] if *byte == quote => break,
                [b'\\', escaped, ..] if quote == b'"' && unescaped(*escaped).is_some() => {
                    value.text(unescaped(*escaped).as_slice());
                    self.reader.skip(2);
                }
                rest => {
                    self.check_dollar(quote == b'\'')?;
                    value.text(&rest[..1]);
                    self.reader.skip(1);
                }
            }
        }
        self.reader.skip(1);
        self.skip_blanks();
        if self.at_end() || self.reader.rest().starts_with(b"#") {
            Ok(value)
        } else {
            Err(DotenvFault::Behind { line: self.reader.spot.line })
        }
    }

    fn bare(&mut self) -> Result<Template, DotenvFault> {
        let mut value = Template::default();
        // White space is put in once something follows it that is no comment.
        let mut begun = self.reader.at;
        let mut blank = self.reader;
        while !self.at_end() {
            let blanks = self.skip_blanks();
            if self.at_end() || (blanks > 0 && self.reader.rest().starts_with(b"#")) {
                break;
            }
            value.text(&blank.rest()[..self.reader.at - begun]);
            match self.reader.found() {
                Some(found) => value.push(found.map_err(DotenvFault::Template)?),
                None => {
                    self.check_dollar(false)?;
                    value.text(&self.reader.rest()[..1]);
                    self.reader.skip(1);
                }
            }
            (begun, blank) = (self.reader.at, self.reader);
        }
        Ok(value)
    }

    /// What other readers would expand, each in its own way, is no value that all would agree on.
    fn check_dollar(&self, raw: bool) -> Result<(), DotenvFault> {
        let expands = |byte: &u8| byte.is_ascii_alphabetic() || b"_{(".contains(byte);
        match self.reader.rest() {
            [b'$', next, ..] if !raw && expands(next) => {
                Err(DotenvFault::Expansion { line: self.reader.spot.line })
            }
            _ => Ok(()),
        }
    }

    fn skip_blanks(&mut self) -> usize {
        let blanks = self.reader.rest().iter().take_while(|byte| b" \t".contains(byte)).count();
        self.reader.skip(blanks);
        blanks
    }

    fn at_end(&self) -> bool {
        matches!(self.reader.rest(), [] | [b'\n', ..] | [b'\r', b'\n', ..] | [b'\r'])
    }

    fn rest_of_line(&self) -> &'t [u8] {
        let rest = self.reader.rest();
        &rest[..rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())]
    }

    fn pass_line(&mut self) {
        self.reader.skip(self.rest_of_line().len());
        self.reader.skip_word(b"\n");
    }
}

/// What a backslash makes of a byte; none where it stays.
fn unescaped(byte: u8) -> Option<u8> {
    Some(match byte {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'"' | b'\\' | b'$' => byte,
        _ => return None,
    })
}
