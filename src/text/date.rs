//! Dates in UTC, from seconds since 1970.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::tz::Offset;

/// Formats a time as RFC 3339, in UTC and to the second. A time before 1970 becomes the start of 1970.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    timestamp(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()).to_string()
}

/// Formats a time in seconds since 1970 as RFC 3339, in UTC.
pub(crate) fn of_seconds(seconds: u64) -> String {
    timestamp(seconds).to_string()
}

/// Parses what [`of_seconds`] has written; `None` for any other text, and for a time before 1970.
pub(crate) fn to_seconds(text: &str) -> Option<u64> {
    text.parse::<Timestamp>().ok()?.as_second().try_into().ok()
}

/// Returns whether a text has the form in which [`of_seconds`] writes a time from 1970 on. Such texts have the order of
/// their times.
pub(crate) fn is_rfc3339(text: &str) -> bool {
    text.len() == "2026-01-31T23:59:59Z".len() && text.ends_with('Z') && to_seconds(text).is_some()
}

/// Returns the year of a time in seconds since 1970; 9999 for any later time.
pub(crate) fn year(seconds: u64) -> i16 {
    Offset::UTC.to_datetime(timestamp(seconds)).year()
}

fn timestamp(seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_equal_the_output_of_date() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_700_000_000, "2023-11-14T22:13:20Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(UNIX_EPOCH + Duration::from_millis(seconds * 1000 + 999)), text);
            assert_eq!(to_seconds(text), Some(seconds));
            assert!(is_rfc3339(text), "{text}");
        }
        for text in [
            "",
            "x",
            "2026-11-31T00:00:00Z",
            "2026-11-01T25:00:00Z",
            "2026-11-01 00:00:00",
            "2026-11-01T00:00:00.1Z",
            "2026-11-01T00:00:00+00:00",
            "1969-12-31T23:59:59Z",
            "+02026-11-01T00:00Z",
            "2026-11-01T00:00:00\u{66a}",
        ] {
            assert!(!is_rfc3339(text), "{text}");
        }
        assert_eq!(rfc3339(UNIX_EPOCH - Duration::from_secs(1)), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn years_begin_on_the_first_of_january() {
        for (seconds, expected) in [
            (0, 1970),
            (31_535_999, 1970),
            (31_536_000, 1971),
            (951_782_400, 2000), // 29 February
            (978_307_199, 2000),
            (978_307_200, 2001),
            (1_709_164_800, 2024), // 29 February
            (1_735_689_599, 2024),
            (1_735_689_600, 2025),
            (4_102_444_799, 2099),
            (4_107_542_400, 2100), // 1 March, and no leap day before
            (u64::MAX, 9999),
        ] {
            assert_eq!(year(seconds), expected, "{seconds}");
        }
    }
}
