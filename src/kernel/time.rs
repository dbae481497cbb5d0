//! A moment as the format writes it, `YYYY-MM-DDTHH:MM:SSZ`: text for people, compared and signed as text.

use std::{fmt, time::SystemTime};

/// A moment of the calendar in UTC, to the second.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(String);

impl Timestamp {
    /// Accepts exactly the one spelling of a real date and time.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 20 || !text.is_ascii() {
            return None;
        }
        let moment = humantime::parse_rfc3339(text).ok()?;
        (humantime::format_rfc3339_seconds(moment).to_string() == text).then(|| Self(text.to_owned()))
    }

    /// The text, which is also what is signed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same moment for arithmetic.
    pub fn moment(&self) -> SystemTime {
        humantime::parse_rfc3339(&self.0).expect("a timestamp was parsed once")
    }
}

impl From<SystemTime> for Timestamp {
    fn from(moment: SystemTime) -> Self {
        Self(humantime::format_rfc3339_seconds(moment).to_string())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
