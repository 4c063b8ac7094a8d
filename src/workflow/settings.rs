//! Settings that the workflow rules read.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::uses::split_host;
use crate::text::glob;

/// Settings of the workflow rules.
#[derive(Debug, Clone)]
pub struct WorkflowSettings {
    /// True if a pin may be 64 digits long, as the oids of a SHA-256 repository are.
    pub sha256: bool,
    /// Minimum version of each action, by its name in lower case.
    pub minimum_versions: BTreeMap<String, String>,
    /// Actions that check out a repository and persist its credentials by default, as `owner/repository`.
    pub checkout_actions: Vec<String>,
    /// True if `permissions: read-all` is accepted.
    pub read_all: bool,
    /// Names of the environments that protect production secrets; empty accepts any named environment.
    pub environments: Vec<Pattern>,
    /// Names of production secrets, besides the passwords with which jobs log in to registries.
    pub production_secrets: Vec<Pattern>,
    /// Names of secrets that are never production secrets, however they are used.
    pub development_secrets: Vec<Pattern>,
}

impl Default for WorkflowSettings {
    fn default() -> Self {
        Self {
            sha256: false,
            minimum_versions: BTreeMap::new(),
            checkout_actions: ["actions/checkout", "forgejo/checkout", "gitea/checkout"]
                .map(str::to_owned)
                .into(),
            read_all: false,
            environments: Vec::new(),
            production_secrets: Vec::new(),
            development_secrets: ["*_CI", "*_DEV"].map(|pattern| Pattern(pattern.to_owned())).into(),
        }
    }
}

/// Pattern in which `*` matches any text; case is ignored, except in paths.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Pattern(String);

impl Pattern {
    /// Returns whether the whole text matches. Case is ignored, as forges do when they compare names.
    pub fn matches(&self, text: &str) -> bool {
        glob::matches(self.0.as_bytes(), text.as_bytes(), u8::eq_ignore_ascii_case)
    }

    /// Returns whether the whole path matches. Case counts, as it does for git.
    pub(crate) fn matches_path(&self, path: &[u8]) -> bool {
        glob::matches(self.0.as_bytes(), path, u8::eq)
    }

    /// Returns whether the value of a `uses` matches: an action after its host, if it has one, or an image.
    ///
    /// Host and path are compared separately, so that no `*` in the host matches a path. A pattern without a
    /// host matches only a value without one.
    pub fn matches_uses(&self, value: &str) -> bool {
        let matches = |pattern: &str, text: &str| {
            glob::matches(pattern.as_bytes(), text.as_bytes(), u8::eq_ignore_ascii_case)
        };
        match (split_host(&self.0), split_host(value)) {
            ((None, pattern), (None, value)) => matches(pattern, value),
            ((Some(host), pattern), (Some(value_host), value)) => {
                // `https://*` is a pattern for any path of any host.
                let any_path = pattern.is_empty() && host.ends_with('*');
                matches(host, value_host) && (any_path || matches(pattern, value))
            }
            _ => false,
        }
    }

    /// Returns the number of characters other than `*`: how specific the pattern is.
    pub(crate) fn literal_len(&self) -> usize {
        self.0.bytes().filter(|byte| *byte != b'*').count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_ignore_letter_case_except_for_paths() {
        assert!(Pattern("A/*".into()).matches("a/b@v1"));
        assert!(!Pattern("A/*".into()).matches_path(b"a/b") && Pattern("A/*".into()).matches_path(b"A/b"));
    }

    #[test]
    fn a_pattern_without_a_host_matches_no_value_with_one() {
        for (pattern, value, expected) in [
            ("our/*", "our/x@main", true),
            ("our/*", "https://evil.example/our/x@main", false),
            ("*", "https://evil.example/our/x@main", false),
            ("*/our/*", "https://evil.example/our/x@main", false),
            ("https://our.example/*", "our/x@main", false),
            ("https://our.example/*", "https://our.example/a/b@v1", true),
            ("https://our.example/*", "http://our.example/a/b@v1", false),
            ("HTTPS://Our.Example/A/*", "https://our.example/a/b@v1", true),
            ("https://*.our.example/*", "https://git.our.example/a/b@v1", true),
            ("https://*.our.example/*", "https://evil.example/x.our.example/b@v1", false),
            ("https://our.example/*", "https://our.example.evil.example/a/b@v1", false),
            ("https://*", "https://any.example/a/b@v1", true),
        ] {
            assert_eq!(Pattern(pattern.into()).matches_uses(value), expected, "{pattern} {value}");
        }
    }
}
