//! Stanzas: the lines in which a header of age and its plugins' protocol are written (C2SP age.md and age-plugin.md).

use std::io::{self, BufRead};

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use zeroize::{Zeroize, Zeroizing};

/// Base64 characters a line of a body.
const COLUMNS: usize = 64;
/// The most that one stanza may take: a post-quantum recipient's is under 2 KiB.
const MOST: usize = 64 * 1024;

/// A type, its arguments, and a body. The body may be a key, and is wiped when dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stanza {
    /// The type or command.
    pub tag: String,
    /// The arguments.
    pub args: Vec<String>,
    /// The body.
    pub body: Zeroizing<Vec<u8>>,
}

impl Stanza {
    /// A stanza of text.
    pub fn new(tag: &str, args: &[&str], body: &[u8]) -> Self {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        Self { tag: tag.to_owned(), args, body: Zeroizing::new(body.to_vec()) }
    }

    /// Prints it: the line of arguments, and the body in lines of 64 characters, of which the last is shorter.
    pub fn print(&self) -> Zeroizing<Vec<u8>> {
        // Large enough from the start, so that no copy of a key is left behind by a growing buffer.
        let head = self.args.iter().map(|arg| arg.len() + 1).sum::<usize>() + self.tag.len() + 4;
        let mut text = Zeroizing::new(Vec::with_capacity(head + self.body.len() * 3 / 2 + 8));
        text.extend_from_slice(b"-> ");
        text.extend_from_slice(self.tag.as_bytes());
        for arg in &self.args {
            text.push(b' ');
            text.extend_from_slice(arg.as_bytes());
        }
        text.push(b'\n');
        let body = Zeroizing::new(BASE64_STANDARD_NO_PAD.encode(&*self.body));
        for line in body.as_bytes().chunks(COLUMNS) {
            text.extend_from_slice(line);
            text.push(b'\n');
        }
        if body.len().is_multiple_of(COLUMNS) {
            text.push(b'\n');
        }
        text
    }

    /// Reads one; none at the end of the stream.
    pub fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let bad = || io::Error::new(io::ErrorKind::InvalidData, "this is no stanza of age's");
        let mut left = MOST;
        let Some(head) = line(from, &mut left)? else { return Ok(None) };
        let head = std::str::from_utf8(&head).map_err(|_| bad())?;
        let mut words = head.strip_prefix("-> ").ok_or_else(bad)?.split(' ').map(str::to_owned);
        let sound = |word: &String| !word.is_empty() && word.bytes().all(|b| b.is_ascii_graphic());
        let tag = words.next().filter(sound).ok_or_else(bad)?;
        let args: Vec<String> = words.collect();
        if !args.iter().all(sound) {
            return Err(bad());
        }
        let mut text = Zeroizing::new(Vec::with_capacity(COLUMNS * 4));
        loop {
            let line = line(from, &mut left)?.ok_or_else(bad)?;
            grow(&mut text, &line);
            match line.len() {
                COLUMNS => {}
                0..COLUMNS => break,
                _ => return Err(bad()),
            }
        }
        let body = BASE64_STANDARD_NO_PAD.decode(&*text).map_err(|_| bad())?;
        Ok(Some(Self { tag, args, body: Zeroizing::new(body) }))
    }
}

/// Appends without leaving a copy behind, as a `Vec` that grows by itself does.
fn grow(text: &mut Zeroizing<Vec<u8>>, more: &[u8]) {
    if text.len() + more.len() > text.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity((text.len() + more.len()) * 2));
        larger.extend_from_slice(text);
        *text = larger;
    }
    text.extend_from_slice(more);
}

/// One line without its end, byte by byte out of the stream's own buffer; `left` is how much may still be read.
fn line(from: &mut impl BufRead, left: &mut usize) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let mut line = Zeroizing::new(Vec::with_capacity(COLUMNS * 4));
    let mut byte = [0];
    loop {
        if from.read(&mut byte)? == 0 {
            let ended = if line.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            return ended;
        }
        *left = left.checked_sub(1).ok_or_else(|| io::Error::other("this stanza is too long"))?;
        if byte[0] == b'\n' {
            byte.zeroize();
            return Ok(Some(line));
        }
        grow(&mut line, &byte);
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Stanza};

    fn read(text: &[u8]) -> std::io::Result<Option<Stanza>> {
        Stanza::read(&mut &text[..])
    }

    #[test]
    fn stanza_with_a_body_of_any_length_is_read_as_printed() {
        for len in [0, 1, 47, 48, 49, 96, 500] {
            let stanza = Stanza::new("file-key", &["0", "x"], &vec![7; len]);
            assert_eq!(read(&stanza.print()).unwrap(), Some(stanza), "{len}");
        }
    }

    #[test]
    fn full_last_line_is_followed_by_an_empty_one() {
        let printed = Stanza::new("a", &[], &[0; 48]).print();
        assert_eq!(&**printed, format!("-> a\n{}\n\n", "A".repeat(64)).as_bytes());
    }

    #[test]
    fn what_is_no_stanza_is_refused() {
        for bad in
            ["", "-> \n\n", "->a\n\n", "-> a  b\n\n", "-> a\n", "-> a\nA\n", "-> a\nAAB=\n", "-> \u{e9}\n\n"]
        {
            let refused = read(bad.as_bytes());
            assert!(refused.is_err() || bad.is_empty() && refused.unwrap().is_none(), "{bad:?}");
        }
        assert!(read(format!("-> a\n{}\n\n", "A".repeat(65)).as_bytes()).is_err());
    }

    #[test]
    fn stanza_without_end_is_refused_by_its_size() {
        let endless = format!("-> a\n{}", format!("{}\n", "A".repeat(64)).repeat(MOST / 64));
        assert_eq!(read(endless.as_bytes()).unwrap_err().to_string(), "this stanza is too long");
    }
}
