//! Which refs the policy covers.

use bstr::BStr;
use serde::Deserialize;
use serde::de::Error as _;

use super::glob;
use super::levels::{Profile, RuleLevels};

/// Settings of what is judged; every key has a default.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RefPolicy {
    /// The refs that are judged. What they reach is known, and so is never judged again.
    pub cover: Vec<RefPattern>,
    /// The refs among them that are not judged. What only they reach stays unknown.
    pub exempt: Vec<RefPattern>,
    /// The refs that may be made and then neither moved nor deleted, where the rule `moved-tag` is on.
    pub immutable: Vec<RefPattern>,
    /// Levels of rules that hold for some refs alone.
    pub levels: Vec<RefLevels>,
}

/// Levels of rules for the refs that a pattern matches.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefLevels {
    /// The refs.
    #[serde(rename = "match")]
    pub(super) pattern: RefPattern,
    /// The profile.
    #[serde(default)]
    pub(super) profile: Option<Profile>,
    /// Single rules.
    #[serde(default)]
    pub(super) rules: RuleLevels,
}

impl Default for RefPolicy {
    fn default() -> Self {
        Self {
            cover: vec![RefPattern("refs/heads/*".into()), RefPattern("refs/tags/*".into())],
            exempt: Vec::new(),
            immutable: vec![RefPattern("refs/tags/v*".into())],
            levels: Vec::new(),
        }
    }
}

impl RefPolicy {
    /// Whether a push to a ref is judged.
    pub fn covers(&self, refname: &BStr) -> bool {
        is_in(&self.cover, refname) && !is_in(&self.exempt, refname)
    }

    /// Whether a ref stays what it is once it is made.
    pub fn is_immutable(&self, refname: &BStr) -> bool {
        is_in(&self.immutable, refname)
    }
}

fn is_in(patterns: &[RefPattern], refname: &BStr) -> bool {
    patterns.iter().any(|pattern| pattern.matches(refname))
}

impl RefLevels {
    /// Whether they hold for a ref.
    pub fn matches(&self, refname: &BStr) -> bool {
        self.pattern.matches(refname)
    }
}

/// A full refname in which `*` stands for anything, slashes too: what `git rev-list --glob` means by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefPattern(String);

impl RefPattern {
    /// The pattern as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn matches(&self, refname: &[u8]) -> bool {
        glob::matches(self.0.as_bytes(), refname, u8::eq)
    }
}

impl<'de> Deserialize<'de> for RefPattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if !text.starts_with("refs/") || text.contains(['?', '[', '\\']) {
            let rule = "a full refname (`refs/...`) in which `*` stands for anything";
            return Err(D::Error::custom(format!("`{text}` is not {rule}")));
        }
        Ok(Self(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything_slashes_too() {
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

    #[test]
    fn branches_and_tags_are_covered_unless_exempt() {
        let policy =
            RefPolicy { exempt: vec![RefPattern("refs/heads/wip/*".into())], ..RefPolicy::default() };
        for (refname, covered) in [
            ("refs/heads/x", true),
            ("refs/tags/x", true),
            ("refs/heads/wip/x", false),
            ("refs/notes/x", false),
        ] {
            assert_eq!(policy.covers(refname.into()), covered, "{refname}");
        }
    }
}
