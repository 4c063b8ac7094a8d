//! Patterns of refnames.

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Serialize};

use crate::text::glob;

/// Maximum number of refnames or patterns per git command, so that they fit on a command line.
pub(super) const MAX_PATTERNS: usize = 1000;

/// Full refname in which `*` matches any text, slashes included, as in `git rev-list --glob`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(extend("pattern" = r"^refs/[^?\[\\]*$"))]
pub struct RefPattern(String);

impl RefPattern {
    /// Makes a pattern of a full refname that is known to be valid.
    pub(crate) fn new(text: &str) -> Self {
        debug_assert!(text.starts_with("refs/"), "patterns are full refnames");
        Self(text.to_owned())
    }

    /// Returns the pattern as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether the pattern matches a full refname.
    pub fn matches(&self, refname: &[u8]) -> bool {
        glob::matches(self.0.as_bytes(), refname, u8::eq)
    }
}

impl<'de> Deserialize<'de> for RefPattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if !text.starts_with("refs/") || text.contains(['?', '[', '\\']) {
            return Err(D::Error::custom(
                "the pattern has to be a full ref name (`refs/...`; `*` matches anything)",
            ));
        }
        Ok(Self(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_matches_slashes_too() {
        for (pattern, refname, expected) in [
            ("refs/heads/*", "refs/heads/main", true),
            ("refs/heads/*", "refs/heads/a/b", true),
            ("refs/heads/*", "refs/headsx", false),
            ("refs/*/wip/*", "refs/heads/wip/x", true),
            ("refs/*/wip/*", "refs/heads/x", false),
            ("refs/heads/main", "refs/heads/main", true),
            ("refs/heads/main", "refs/heads/mainx", false),
        ] {
            assert_eq!(
                RefPattern(pattern.into()).matches(refname.as_bytes()),
                expected,
                "{pattern} {refname}"
            );
        }
    }
}
