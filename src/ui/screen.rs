//! The size of a terminal, and whether a text fits it.

use std::os::fd::BorrowedFd;

/// A terminal's size in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Screen {
    pub(super) columns: usize,
    pub(super) rows: usize,
}

impl Screen {
    /// The size of the terminal behind a stream; of a usual one where it does not know.
    pub(super) fn of(stream: BorrowedFd<'_>) -> Self {
        let size = rustix::termios::tcgetwinsize(stream).ok();
        let known = |told: Option<u16>, usual| told.filter(|told| *told > 0).map_or(usual, usize::from);
        Self {
            columns: known(size.map(|size| size.ws_col), 80),
            rows: known(size.map(|size| size.ws_row), 24),
        }
    }

    /// Whether a text can be seen whole, with a line left for the next prompt.
    pub(super) fn holds(&self, text: &str) -> bool {
        let rows = text.lines().map(|line| visible(line).div_ceil(self.columns).max(1));
        rows.sum::<usize>() < self.rows
    }
}

/// How many characters of a line take room: all but our own sequences of colour, the only ones that are ever written.
fn visible(line: &str) -> usize {
    let mut parts = line.split('\u{1b}');
    let first = parts.next().unwrap_or_default().chars().count();
    parts.fold(first, |sum, part| sum + part.split_once('m').map_or(0, |(_, rest)| rest.chars().count()))
}

#[cfg(test)]
mod tests {
    use super::{Screen, visible};

    const SCREEN: Screen = Screen { columns: 10, rows: 4 };

    #[test]
    fn text_with_a_line_to_spare_is_held() {
        assert!(SCREEN.holds("a\nb\nc\n"));
        assert!(!SCREEN.holds("a\nb\nc\nd\n"));
    }

    #[test]
    fn line_that_wraps_takes_two() {
        assert!(SCREEN.holds("a\n0123456789\nc\n"));
        assert!(!SCREEN.holds("a\n0123456789x\nc\n"));
    }

    #[test]
    fn colours_take_no_room() {
        assert_eq!(visible("\u{1b}[1mé\u{1b}[0m b\u{1b}[0m"), 3);
    }
}
