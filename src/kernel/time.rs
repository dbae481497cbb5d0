//! A moment as the format writes it, `YYYY-MM-DDTHH:MM:SSZ`: text for people, compared and signed as text.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

/// A moment of the calendar in UTC, to the second.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp([u8; LENGTH]);

const LENGTH: usize = 20;

impl Timestamp {
    /// Accepts exactly the one spelling of a real date and time.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes().try_into().ok()?;
        is_moment(bytes).then_some(Self(*bytes))
    }

    /// The text, which is also what is signed.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a moment is written in ASCII")
    }

    /// How long after another moment it is; no time at all if it is before.
    pub fn since(&self, earlier: &Self) -> Duration {
        let moment = |at: &Self| humantime::parse_rfc3339(at.as_str()).expect("a moment was parsed");
        moment(self).duration_since(moment(earlier)).unwrap_or_default()
    }
}

/// By hand, since a listing reads thousands, and the crate would have to parse and print each.
fn is_moment(text: &[u8; LENGTH]) -> bool {
    let fits = |(found, shape): (&u8, &u8)| match shape {
        b'0' => found.is_ascii_digit(),
        exact => found == exact,
    };
    if !text.iter().zip(b"0000-00-00T00:00:00Z").all(fits) {
        return false;
    }
    let number = |at: usize, len: usize| {
        text[at..at + len].iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
    };
    let (year, month, day) = (number(0, 4), number(5, 2), number(8, 2));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    let of_day = number(11, 2) < 24 && number(14, 2) < 60 && number(17, 2) < 60;
    year >= 1970 && (1..=days).contains(&day) && of_day
}

impl From<SystemTime> for Timestamp {
    fn from(moment: SystemTime) -> Self {
        let text = humantime::format_rfc3339_seconds(moment).to_string();
        Self::parse(&text).expect("the years from 1970 to 9999 are written so")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
