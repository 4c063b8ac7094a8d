//! Time limit of a push.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Time limit of pushes: 60 seconds, unless the policy sets another one, or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(with = "Option<String>", extend("pattern" = DEADLINE))]
pub(crate) struct PushDeadline(Option<Deadline>);

/// Form of a time limit, for the schema: what [`Deadline::parse`] accepts, or `none`.
const DEADLINE: &str =
    r"^(none|(0*[1-9][0-9]{0,8}(\.[0-9]{1,3})?|0*\.([1-9][0-9]{0,2}|0[1-9][0-9]?|00[1-9]))(ms|s|m))$";

/// Time limit of a hook, greater than zero: `4.5s`, `900ms`, `2m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deadline(Duration);

impl Default for PushDeadline {
    fn default() -> Self {
        Self(Some(Deadline(Duration::from_secs(60))))
    }
}

impl PushDeadline {
    /// Returns the deadline; `None` if there is none.
    pub(crate) fn get(self) -> Option<Deadline> {
        self.0
    }
}

/// Maximum number of digits of a time limit, before its point.
const MAX_DIGITS: usize = 9;

impl Deadline {
    /// Returns the time limit.
    pub(crate) fn limit(self) -> Duration {
        self.0
    }

    /// Parses a number with the unit `ms`, `s` or `m`; `None` if it is invalid or zero.
    fn parse(text: &str) -> Option<Self> {
        let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let seconds = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            _ => return None,
        };
        let number = text.strip_suffix(unit)?;
        let (whole, part) =
            number.split_once('.').map_or((number, None), |(whole, part)| (whole, Some(part)));
        let is_small = whole.trim_start_matches('0').len() <= MAX_DIGITS
            && part.is_none_or(|part| matches!(part.len(), 1..=3));
        let number: f64 = is_small.then(|| number.parse().ok())??;
        let limit = Duration::try_from_secs_f64(number * seconds).ok()?;
        (!limit.is_zero()).then_some(Self(limit))
    }
}

impl Serialize for PushDeadline {
    /// Writes the time limit as a policy would, for the default in the schema.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(deadline) => serializer.collect_str(&deadline),
            None => serializer.serialize_str("none"),
        }
    }
}

impl fmt::Display for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl<'de> Deserialize<'de> for PushDeadline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || D::Error::custom("a deadline is `none`, or a number with a unit, for example `4.5s`");
        match Option::<String>::deserialize(deserializer)?.as_deref() {
            None => Ok(Self::default()),
            Some("none") => Ok(Self(None)),
            Some(text) => Deadline::parse(text).map(|deadline| Self(Some(deadline))).ok_or_else(wrong),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_has_a_unit() {
        for (text, milliseconds) in [
            ("4.5s", Some(4500)),
            ("900ms", Some(900)),
            ("2m", Some(120_000)),
            ("5", None),
            ("0s", None),
            ("-1s", None),
            ("1.2.3s", None),
            ("0.001s", Some(1)),
            (".5s", Some(500)),
            ("1.s", None),
            ("0.0001s", None),
            ("1234567890s", None),
            ("0001m", Some(60_000)),
            ("s", None),
            ("1h", None),
            ("infs", None),
            ("99999999999999999999m", None),
        ] {
            let deadline = Deadline::parse(text).map(|deadline| deadline.limit().as_millis());
            assert_eq!(deadline, milliseconds, "{text}");
        }
    }
}
