//! Numbers of a released version, for comparing versions.

use std::cmp::Ordering;

/// Numbers of a version such as `v4.1.1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Release {
    numbers: Vec<u64>,
    /// True if more than numbers follows, as in `1.0.0-rc.1`.
    is_early: bool,
}

impl Release {
    /// Parses a tag or the label of a pin: numbers with dots, behind a path or a name and a `v`, if any.
    pub(crate) fn parse(version: &str) -> Option<Self> {
        let last = version.rsplit_once('/').map_or(version, |(_, last)| last);
        let last = last.strip_prefix(['v', 'V']).unwrap_or(last);
        let end = last.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(last.len());
        let (numbers, rest) = last.split_at(end);
        let numbers = numbers.split('.').map(|number| number.parse().ok()).collect::<Option<Vec<u64>>>()?;
        Some(Self { numbers, is_early: rest.starts_with('-') })
    }

    /// Returns its first number: 4 for `v4.1.1`.
    pub(crate) fn major(&self) -> Option<u64> {
        self.numbers.first().copied()
    }

    /// Returns its second number: 1 for `v4.1.1`; `None` if it has only one.
    pub(crate) fn minor(&self) -> Option<u64> {
        self.numbers.get(1).copied()
    }

    /// Returns the number of its parts: 3 for `v4.1.1`.
    pub(crate) fn parts(&self) -> usize {
        self.numbers.len()
    }

    /// Returns whether it comes before the version that its numbers name: a release candidate or the like.
    pub(crate) fn is_early(&self) -> bool {
        self.is_early
    }

    /// Returns whether the parts of this version are the first ones of another: `v4` of `v4.1.1`.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        other.numbers.starts_with(&self.numbers)
    }

    /// Compares with another version; `None` if a shorter one may be either.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        if self.covers(other) && self.numbers != other.numbers {
            return None;
        }
        Some(self.numbers.cmp(&other.numbers).then(other.is_early.cmp(&self.is_early)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        use Ordering::{Equal, Greater, Less};
        for (one, other, expected) in [
            ("v4.1.1", "4.1.1", Some(Equal)),
            ("v4.1.0", "v4.1.1", Some(Less)),
            ("v4.10", "v4.9.1", Some(Greater)),
            ("v5", "v4.1.1", Some(Greater)),
            ("v3", "v4.1.1", Some(Less)),
            ("v4", "v4.1.1", None),
            ("v4.1", "v4.1.1", None),
            ("v4.1.1.2", "v4.1.1", Some(Greater)),
            ("v4.1.1-rc.1", "v4.1.1", Some(Less)),
            ("name/v4.1.2", "v4.1.1", Some(Greater)),
        ] {
            let (one, other) = (Release::parse(one).unwrap(), Release::parse(other).unwrap());
            assert_eq!(one.compare(&other), expected, "{one:?} {other:?}");
        }
        for text in ["", "v", "main", "v1..2", "release-x"] {
            assert_eq!(Release::parse(text), None, "{text}");
        }
    }
}
