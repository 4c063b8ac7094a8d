//! Settings that the workflow rules read.

use serde::Deserialize;

use crate::text::glob;

/// Settings of the workflow rules.
#[derive(Debug, Clone)]
pub struct WorkflowSettings {
    /// True if a pin may be 64 digits long, as the oids of a SHA-256 repository are.
    pub sha256: bool,
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

/// Pattern in which `*` matches any text; case is ignored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Pattern(String);

impl Pattern {
    /// Returns whether the whole text matches. Case is ignored, as forges do when they compare names.
    pub fn matches(&self, text: &str) -> bool {
        glob::matches(self.0.as_bytes(), text.as_bytes(), u8::eq_ignore_ascii_case)
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
    fn patterns_ignore_letter_case() {
        assert!(Pattern("A/*".into()).matches("a/b@v1"));
    }
}
