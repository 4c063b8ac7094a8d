//! Options of allowed signers: when, for what and for whom a key counts.

use super::NAMESPACE;
use crate::signature::Circumstances;
use crate::signature::fault::{SignatureFault, Verified, demand};
use crate::text::glob;

/// Time in seconds since 1970 that a day of the east begins before it begins in UTC, and one of the west after it.
const EAST: u64 = 14 * 60 * 60;
const WEST: u64 = 12 * 60 * 60;

const AUTHORITY: &str = "`cert-authority` is not supported: list the keys themselves";

/// Principals and options of one allowed signer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// Patterns of the addresses that the key may sign for.
    pub(super) principals: String,
    /// Patterns of namespaces; `None` for all.
    namespaces: Option<String>,
    /// Start of the validity, in seconds since 1970.
    after: Option<u64>,
    /// End of the validity, in seconds since 1970.
    before: Option<u64>,
}

impl Options {
    /// Reads the principals and options of a line.
    ///
    /// # Errors
    /// Fails when an option is not one of OpenSSH, or has no valid value, and for the key of an authority, which signs
    /// keys and no commits.
    pub(super) fn read(principals: &str, options: Option<&str>) -> Verified<Self> {
        let mut read = Self { principals: principals.to_owned(), ..Self::default() };
        for option in options.into_iter().flat_map(split_options) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
            match name.to_ascii_lowercase().as_str() {
                "cert-authority" => return Err(SignatureFault::new(AUTHORITY)),
                "namespaces" if !value.is_empty() => read.namespaces = Some(value.to_owned()),
                "valid-after" => read.after = Some(time(value, WEST.cast_signed())?),
                "valid-before" => read.before = Some(time(value, -EAST.cast_signed())?),
                _ => return Err(SignatureFault::new("it has an option that is not understood")),
            }
        }
        Ok(read)
    }

    /// Checks that the key counts for a commit.
    pub(super) fn check(&self, circumstances: Circumstances<'_>) -> Verified<()> {
        let Circumstances { committed, committer, .. } = circumstances;
        let allows = |list: &String| matches_list(list, NAMESPACE.as_bytes());
        demand(
            self.namespaces.as_ref().is_none_or(allows),
            "its key does not count for the namespace `git`",
        )?;
        demand(
            self.after.is_none_or(|after| committed >= after),
            "its key was not yet valid at the committer date",
        )?;
        let has_ended = self.before.is_some_and(|before| committed > before);
        demand(!has_ended, "its key was no longer valid at the committer date")?;
        demand(matches_list(&self.principals, committer), "its key is not for the address of the committer")
    }
}

/// Splits options at commas that are not in quotes.
fn split_options(options: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let at_comma = |c: char| {
        is_quoted ^= c == '"';
        c == ',' && !is_quoted
    };
    options.split(at_comma).collect()
}

/// Parses a time: `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, with a `Z` for UTC.
///
/// Without it OpenSSH takes the time zone of the machine. `shift` moves such a time to where the key counts in every zone.
fn time(text: &str, shift: i64) -> Verified<u64> {
    let invalid = || SignatureFault::new("it has a time that is not valid");
    let (digits, shift) = match text.strip_suffix(['Z', 'z']) {
        Some(digits) => (digits, 0),
        None => (text, shift),
    };
    demand(digits.bytes().all(|byte| byte.is_ascii_digit()), "it has a time that is not valid")?;
    let padded = match digits.len() {
        8 => format!("{digits}000000"),
        12 => format!("{digits}00"),
        14 => digits.to_owned(),
        _ => return Err(invalid()),
    };
    let time = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", padded).map_err(|_| invalid())?;
    let zoned = time.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| invalid())?;
    Ok(u64::try_from(zoned.timestamp().as_second() + shift).unwrap_or(0))
}

/// Returns whether a list of patterns matches a text: one does, and none with `!` before it.
pub(super) fn matches_list(list: &str, text: &[u8]) -> bool {
    let matches = |pattern: &str| matches(pattern.as_bytes(), text);
    let (forbidden, allowed): (Vec<&str>, Vec<&str>) =
        list.split(',').partition(|pattern| pattern.starts_with('!'));
    allowed.into_iter().any(matches) && !forbidden.into_iter().any(|pattern| matches(pattern.split_at(1).1))
}

/// Returns whether a pattern matches a whole text; `?` stands for any byte.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    glob::matches(pattern, text, |own, byte| own == byte || *own == b'?')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(committed: u64) -> Circumstances<'static> {
        Circumstances { committed, committer: b"forge@x.test", now: 0 }
    }

    #[test]
    fn options_decide_when_and_for_what_a_key_counts() {
        const DAY: u64 = 24 * 60 * 60;
        for (principals, options, committed, counts) in [
            ("*", None, 0, true),
            ("forge@x.test", None, 0, true),
            ("a@x.test,*@x.test", None, 0, true),
            ("?orge@x.test", None, 0, true),
            ("*,!forge@*", None, 0, false),
            ("!a@x.test", None, 0, false),
            ("a@x.test", None, 0, false),
            ("orge@x.test", None, 0, false),
            ("*", Some("namespaces=\"git\""), 0, true),
            ("*", Some("namespaces=\"file,g*\""), 0, true),
            ("*", Some("namespaces=\"file\""), 0, false),
            ("*", Some("valid-after=\"19700102Z\""), DAY, true),
            ("*", Some("valid-after=\"19700102Z\""), DAY - 1, false),
            ("*", Some("valid-before=\"19700102Z\""), DAY, true),
            ("*", Some("valid-before=\"19700102Z\""), DAY + 1, false),
            ("*", Some("Valid-Before=197001020001Z,namespaces=git"), DAY + 60, true),
            ("*", Some("valid-before=19700102000001Z"), DAY + 2, false),
            ("*", Some("valid-after=19700102"), DAY + WEST, true),
            ("*", Some("valid-after=19700102"), DAY + WEST - 1, false),
            ("*", Some("valid-before=19700102"), DAY - EAST, true),
            ("*", Some("valid-before=19700102"), DAY - EAST + 1, false),
        ] {
            let read = Options::read(principals, options).unwrap();
            assert_eq!(read.check(at(committed)).is_ok(), counts, "{principals} {options:?} {committed}");
        }
    }

    #[test]
    fn other_options_and_values_are_refused() {
        for options in [
            "cert-authority",
            "no-touch-required",
            "namespaces=",
            "valid-after=2020",
            "valid-after=20201301Z",
            "valid-after=2020010124000Z",
            "valid-before=tomorrow",
            "valid-before=2020 101Z",
            "",
        ] {
            assert!(Options::read("*", Some(options)).is_err(), "{options}");
        }
    }
}
