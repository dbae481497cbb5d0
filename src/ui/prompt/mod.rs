//! Questions on the terminal device, never on standard input or output, which may be a pipe.
//!
//! A hidden answer is read key by key: the line that a terminal collects by itself ends after 4095 bytes (1024 on some
//! systems), and a longer value would be cut without a word.

use std::{
    fs::File,
    io::{self, Read, Write},
    mem,
};

use rustix::{
    fs::{Mode, OFlags},
    termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr},
};
use zeroize::{Zeroize, Zeroizing};

use super::{UiError, escape::printable};
use crate::kernel::{limits, secret::Secret};

const DEVICE: &str = "/dev/tty";
const TRIES: usize = 3;
/// Longest answer to a question that is not hidden, in bytes.
const ANSWER: usize = 1024;

pub(super) fn can_ask() -> bool {
    open().is_ok()
}

pub(super) fn hidden(prompt: &str) -> Result<Secret, UiError> {
    let device = open()?;
    let silent = Silent::begin(&device)?;
    ask_hidden(&mut silent.device(), prompt)
}

pub(super) fn shown(prompt: &str) -> Result<Secret, UiError> {
    let mut device = &open()?;
    say(&mut device, &format!("{}: ", printable(prompt)))?;
    Ok(Secret::new(read_line(&mut device)?.into_bytes()))
}

pub(super) fn hidden_twice(prompt: &str) -> Result<Secret, UiError> {
    let device = open()?;
    let silent = Silent::begin(&device)?;
    ask_twice(&mut silent.device(), prompt)
}

pub(super) fn confirm(question: &str, default: bool) -> Result<bool, UiError> {
    ask_yes_or_no(&mut &open()?, question, default)
}

fn open() -> Result<File, UiError> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let device = rustix::fs::open(DEVICE, flags, Mode::empty()).map_err(|_| UiError::NoTerminal)?;
    Ok(device.into())
}

/// A terminal that shows nothing of what is typed, until this is dropped.
struct Silent<'a> {
    device: &'a File,
    before: Termios,
}

impl<'a> Silent<'a> {
    fn begin(device: &'a File) -> Result<Self, UiError> {
        let failed = |source: rustix::io::Errno| UiError::Terminal { source: source.into() };
        let before = tcgetattr(device).map_err(failed)?;
        let mut silent = before.clone();
        silent.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN;
        silent.special_codes[SpecialCodeIndex::VMIN] = 1;
        silent.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(device, OptionalActions::Now, &silent).map_err(failed)?;
        Ok(Self { device, before })
    }

    fn device(&self) -> &'a File {
        self.device
    }
}

impl Drop for Silent<'_> {
    fn drop(&mut self) {
        // Flushed, so that the rest of a pasted value does not reach the shell as commands.
        let _ = tcsetattr(self.device, OptionalActions::Flush, &self.before);
    }
}

fn ask_twice(device: &mut (impl Read + Write), prompt: &str) -> Result<Secret, UiError> {
    for _ in 0..TRIES {
        let first = ask_hidden(device, prompt)?;
        let second = ask_hidden(device, "the same again")?;
        if first.same_as(&second) {
            return Ok(first);
        }
        say(device, "the two differ\n")?;
    }
    Err(UiError::Differ)
}

fn ask_hidden(device: &mut (impl Read + Write), prompt: &str) -> Result<Secret, UiError> {
    say(device, &format!("{}: ", printable(prompt)))?;
    let answer = read_hidden(device);
    say(device, "\n")?;
    answer
}

fn ask_yes_or_no(device: &mut (impl Read + Write), question: &str, default: bool) -> Result<bool, UiError> {
    let choices = if default { "[Y/n]" } else { "[y/N]" };
    for _ in 0..TRIES {
        say(device, &format!("{} {choices} ", printable(question)))?;
        match read_line(device)?.trim().to_ascii_lowercase().as_str() {
            "" => return Ok(default),
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => say(device, "`y` or `n`\n")?,
        }
    }
    Err(UiError::NoAnswer)
}

fn read_line(device: &mut impl Read) -> Result<String, UiError> {
    let mut line = Vec::new();
    while line.len() < ANSWER {
        match read_key(device)? {
            Some(b'\n') => return Ok(String::from_utf8_lossy(&line).into_owned()),
            Some(byte) => line.push(byte),
            None => break,
        }
    }
    Err(UiError::NoAnswer)
}

fn read_hidden(device: &mut impl Read) -> Result<Secret, UiError> {
    let mut typed = Typed::default();
    while let Some(key) = read_key(device)? {
        match typed.press(key) {
            Press::More => {}
            Press::Done => return Ok(typed.into_secret()),
            Press::Stop => return Err(UiError::Interrupted),
        }
        if typed.bytes.len() > limits::VALUE {
            return Err(UiError::TooLong);
        }
    }
    Err(UiError::NoAnswer)
}

/// Reads one byte, so that what follows stays in the terminal, for the next question.
fn read_key(device: &mut impl Read) -> Result<Option<u8>, UiError> {
    let mut key = [0];
    loop {
        match device.read(&mut key) {
            Ok(0) => return Ok(None),
            Ok(_) => {
                let byte = key[0];
                key.zeroize();
                return Ok(Some(byte));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => return Err(UiError::Terminal { source }),
        }
    }
}

fn say(device: &mut impl Write, text: &str) -> Result<(), UiError> {
    device.write_all(text.as_bytes()).map_err(|source| UiError::Terminal { source })
}

/// What a key does to a hidden answer.
enum Press {
    More,
    Done,
    Stop,
}

/// Where in the bytes of an arrow or function key the terminal is.
#[derive(Default, PartialEq, Eq)]
enum Sequence {
    #[default]
    Outside,
    Escape,
    Inside,
}

/// A hidden answer while it is typed; wiped when dropped, and each time that it outgrows its buffer.
#[derive(Default)]
struct Typed {
    bytes: Zeroizing<Vec<u8>>,
    sequence: Sequence,
}

impl Typed {
    fn press(&mut self, key: u8) -> Press {
        match mem::take(&mut self.sequence) {
            Sequence::Escape if matches!(key, b'[' | b'O') => {
                self.sequence = Sequence::Inside;
                return Press::More;
            }
            Sequence::Inside if !(0x40..=0x7e).contains(&key) => {
                self.sequence = Sequence::Inside;
                return Press::More;
            }
            Sequence::Inside => return Press::More,
            Sequence::Escape | Sequence::Outside => {}
        }
        self.press_alone(key)
    }

    fn press_alone(&mut self, key: u8) -> Press {
        match key {
            b'\n' | b'\r' => return Press::Done,
            // Ctrl-C, and Ctrl-D on an empty line.
            0x03 => return Press::Stop,
            0x04 if self.bytes.is_empty() => return Press::Stop,
            0x04 => return Press::Done,
            0x08 | 0x7f => self.erase(),
            // Ctrl-U
            0x15 => self.clear(),
            0x1b => self.sequence = Sequence::Escape,
            b'\t' | 0x20.. => self.push(key),
            // Nobody sees that another control character was typed, so none gets into a value this way.
            _ => {}
        }
        Press::More
    }

    fn push(&mut self, byte: u8) {
        if self.bytes.len() == self.bytes.capacity() {
            // By hand, because `Vec` leaves the old buffer unwiped when it grows.
            let mut larger = Zeroizing::new(Vec::with_capacity((self.bytes.capacity() * 2).max(256)));
            larger.extend_from_slice(&self.bytes);
            self.bytes = larger;
        }
        self.bytes.push(byte);
    }

    /// Drops the last character, which is several bytes where it is not ASCII.
    fn erase(&mut self) {
        while self.bytes.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
    }

    fn clear(&mut self) {
        self.bytes.zeroize();
    }

    fn into_secret(mut self) -> Secret {
        Secret::new(mem::take(&mut *self.bytes))
    }
}

#[cfg(test)]
mod tests;
