//! Progress of what takes long: one line, drawn again a few times a second and wiped at the end.
//!
//! Nothing is drawn of what is done in a moment, and nothing moves where standard error is no terminal.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use super::Ui;

/// What is done by then needs no progress.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between two drawings.
const PAUSE: Duration = Duration::from_millis(100);

/// Progress that is shown as long as this lives.
pub struct Progress<'u> {
    ui: &'u Ui,
    /// None where nobody would see it.
    due: Option<Cell<Instant>>,
}

impl Ui {
    /// Begins to show progress.
    pub fn progress(&self) -> Progress<'_> {
        let seen = self.talk_on_terminal && !self.look().quiet && !self.look().json;
        Progress { ui: self, due: seen.then(|| Cell::new(Instant::now() + PATIENCE)) }
    }
}

impl Progress<'_> {
    /// Says how far it is, if it is time to.
    pub fn tell(&self, text: impl FnOnce() -> String) {
        if let Some(due) = &self.due
            && is_due(due, Instant::now())
        {
            self.ui.draw(&text());
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.ui.wipe();
    }
}

fn is_due(due: &Cell<Instant>, now: Instant) -> bool {
    if now < due.get() {
        return false;
    }
    due.set(now + PAUSE);
    true
}

/// What draws a line over one that is so long, and how long it is itself: never as wide as the terminal, where it would wrap.
/// Spaces wipe what was there, since not every terminal knows more.
pub(super) fn drawn_over(before: usize, text: &str, width: usize) -> (String, usize) {
    let shown: String = text.chars().take(width.saturating_sub(1)).collect();
    let long = shown.chars().count();
    let rest = before.saturating_sub(long);
    (format!("\r{shown}{}{}", " ".repeat(rest), "\u{8}".repeat(rest)), long)
}

/// What wipes a line that is so long.
pub(super) fn wiped(before: usize) -> String {
    if before == 0 { String::new() } else { format!("\r{}\r", " ".repeat(before)) }
}

#[cfg(test)]
mod tests {
    use std::{
        cell::Cell,
        time::{Duration, Instant},
    };

    use super::{PATIENCE, drawn_over, is_due, wiped};

    #[test]
    fn nothing_is_due_in_the_first_half_second_and_then_ten_times_a_second() {
        let begun = Instant::now();
        let due = Cell::new(begun + PATIENCE);
        let at = |millis| is_due(&due, begun + Duration::from_millis(millis));
        assert_eq!(
            [0, 499, 500, 501, 599, 600, 640, 1000, 1099, 1100].map(at),
            [false, false, true, false, false, true, false, true, false, true]
        );
    }

    #[test]
    fn line_is_drawn_over_a_longer_one() {
        assert_eq!(drawn_over(6, "abc", 80), ("\rabc   \u{8}\u{8}\u{8}".to_owned(), 3));
    }

    #[test]
    fn line_is_narrower_than_its_terminal() {
        assert_eq!(drawn_over(0, "abcdef", 4), ("\rabc".to_owned(), 3));
    }

    #[test]
    fn line_is_wiped_by_spaces() {
        assert_eq!((wiped(3), wiped(0)), ("\r   \r".to_owned(), String::new()));
    }
}
