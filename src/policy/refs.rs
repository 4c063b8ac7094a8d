//! Which refs the policy covers.

use bstr::BStr;
use serde::Deserialize;

use super::levels::{Profile, RuleLevels};
use crate::git::RefPattern;

/// Settings of what is judged; every key has a default.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RefPolicy {
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
pub(crate) struct RefLevels {
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
            cover: vec![RefPattern::new("refs/heads/*"), RefPattern::new("refs/tags/*")],
            exempt: Vec::new(),
            immutable: vec![RefPattern::new("refs/tags/v*")],
            levels: Vec::new(),
        }
    }
}

impl RefPolicy {
    /// Whether a push to a ref is judged.
    pub(crate) fn covers(&self, refname: &BStr) -> bool {
        is_in(&self.cover, refname) && !is_in(&self.exempt, refname)
    }
}

fn is_in(patterns: &[RefPattern], refname: &BStr) -> bool {
    patterns.iter().any(|pattern| pattern.matches(refname))
}

impl RefLevels {
    /// Whether they hold for a ref.
    pub(crate) fn matches(&self, refname: &BStr) -> bool {
        self.pattern.matches(refname)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_and_tags_are_covered_unless_exempt() {
        let policy = RefPolicy { exempt: vec![RefPattern::new("refs/heads/wip/*")], ..RefPolicy::default() };
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
