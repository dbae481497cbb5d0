//! Moments: one spelling, real days.

use std::time::{Duration, SystemTime};

use crate::kernel::time::Timestamp;

fn taken(text: &str) -> bool {
    Timestamp::parse(text).is_some()
}

#[test]
fn the_one_spelling_is_taken() {
    assert_eq!(
        ["1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "9999-12-31T23:59:59Z"].map(taken),
        [true, true, true]
    );
}

#[test]
fn other_spellings_are_not() {
    let others = [
        "2026-11-22T10:00:00",
        "2026-11-22t10:00:00z",
        "2026-11-22 10:00:00Z",
        "2026-11-22T10:00:00.0Z",
        "2026-11-22T10:00:00+00:00",
        " 2026-11-22T10:00:00Z",
    ];
    assert_eq!(others.map(taken), [false; 6]);
}

#[test]
fn days_and_seconds_that_do_not_exist_are_not() {
    let others =
        ["2025-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2016-12-31T23:59:60Z"];
    assert_eq!(others.map(taken), [false; 4]);
    let others =
        ["1969-12-31T23:59:59Z", "2026-00-10T00:00:00Z", "2026-04-31T00:00:00Z", "2100-02-29T00:00:00Z"];
    assert_eq!(others.map(taken), [false; 4]);
}

#[test]
fn the_last_day_of_each_month_is_taken_and_none_after_it() {
    let days = |year: u32| {
        let last = |month: u32| (27..=32).rfind(|day| taken(&format!("{year}-{month:02}-{day}T10:00:00Z")));
        (1..=12).map(|month| last(month).unwrap_or_default()).sum::<u32>()
    };
    assert_eq!([1999, 2000, 2023, 2024, 2100].map(days), [365, 366, 365, 366, 365]);
}

#[test]
fn a_moment_loses_its_fraction_and_comes_back() {
    let moment = SystemTime::UNIX_EPOCH + Duration::from_millis(1_999);
    let time = Timestamp::from(moment);
    assert_eq!(time.as_str(), "1970-01-01T00:00:01Z");
    assert_eq!(time, Timestamp::from(SystemTime::UNIX_EPOCH + Duration::from_secs(1)));
}

#[test]
fn earlier_moments_are_less() {
    assert!(Timestamp::parse("2026-11-22T10:00:00Z") < Timestamp::parse("2026-11-22T10:00:01Z"));
}
