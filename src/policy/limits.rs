//! Limits of the work for a push or a scan.

use std::fmt;
use std::num::NonZeroU64;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::Error as _;

/// Limits, each of which is proportional to the size of what is pushed if the policy does not set it.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Limits {
    /// Number of bytes that may come out of archives and of files over 64 MiB, for example `4GiB`.
    ///
    /// Without this key: 512 MiB, and 16 times what the push stores.
    pub unpacked: Option<ByteLimit>,
    /// Number of changed files and directories, counted for each commit.
    ///
    /// Without this key: 5 million, and one for each 16 bytes that the push stores.
    pub changed_paths: Option<NonZeroU64>,
    /// Number of commits whose signature is verified for `sign-off.proven`; beyond it, no signature counts.
    ///
    /// Without this key: 50000.
    pub signatures: Option<NonZeroU64>,
}

/// Number of bytes: `900MiB`, `4GiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String", extend("pattern" = "^0*[1-9][0-9]{0,8} *(GiB|MiB)$"))]
pub(crate) struct ByteLimit(u64);

/// Maximum number of digits of a limit.
const MAX_DIGITS: usize = 9;

/// Units of a number of bytes, largest first.
const UNITS: [(&str, u64); 2] = [("GiB", 1 << 30), ("MiB", 1 << 20)];

impl ByteLimit {
    /// Creates a limit of a number of bytes.
    pub(crate) const fn of(bytes: u64) -> Self {
        Self(bytes)
    }

    /// Returns the number of bytes.
    pub(crate) fn bytes(self) -> u64 {
        self.0
    }

    /// Parses a whole number with a unit; `None` if it is invalid or zero.
    fn parse(text: &str) -> Option<Self> {
        let (number, unit) = UNITS
            .iter()
            .find_map(|(name, unit)| Some((text.strip_suffix(name)?.trim_end_matches(' '), unit)))?;
        let digits = number.trim_start_matches('0');
        let is_number =
            (1..=MAX_DIGITS).contains(&digits.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
        let number: u64 = is_number.then(|| digits.parse().ok())??;
        number.checked_mul(*unit).map(Self)
    }
}

impl fmt::Display for ByteLimit {
    /// Writes the number in the largest unit in which it is at least 1, rounded up.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [gib, mib] = UNITS;
        let (name, unit) = if self.0.is_multiple_of(gib.1) { gib } else { mib };
        write!(f, "{} {name}", self.0.div_ceil(unit))
    }
}

impl<'de> Deserialize<'de> for ByteLimit {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::custom("a limit needs a whole number and a unit, for example `4GiB`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_has_a_unit() {
        for (text, shown) in [
            ("4GiB", Some("4 GiB")),
            ("900 MiB", Some("900 MiB")),
            ("1024MiB", Some("1 GiB")),
            ("1025MiB", Some("1025 MiB")),
            ("4", None),
            ("4GB", None),
            ("0MiB", None),
            ("-1GiB", None),
            ("99999999999999GiB", None),
        ] {
            assert_eq!(ByteLimit::parse(text).map(|limit| limit.to_string()).as_deref(), shown, "{text}");
        }
        assert_eq!(ByteLimit::of((512 << 20) + 1).to_string(), "513 MiB");
    }
}
