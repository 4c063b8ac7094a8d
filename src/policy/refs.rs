//! Refs that the policy covers.

use std::path::PathBuf;

use bstr::{BStr, ByteSlice as _};
use schemars::JsonSchema;
use serde::Deserialize;

use super::levels::{LevelLayer, Profile, RuleLevels};
use crate::git::RefPattern;

/// Settings of the refs that are judged; every key has a default.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RefPolicy {
    /// Refs whose pushes are judged. Commits that they reach are accepted and not judged again.
    pub cover: Vec<RefPattern>,
    /// Refs among them that are not judged. Commits that only these reach are not accepted.
    pub exempt: Vec<RefPattern>,
    /// Refs that cannot be moved or deleted once they exist, if the rule `moved-tag` is on.
    pub immutable: Vec<RefPattern>,
    /// Levels of rules for single refs.
    ///
    /// Commits of a less strict ref are judged again when they are pushed to a stricter one.
    pub levels: Vec<RefLevels>,
}

/// Levels of rules for the refs that a pattern matches.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefLevels {
    /// Full name of the refs, in which `*` matches any text, slashes included.
    #[serde(rename = "match")]
    pub(super) pattern: RefPattern,
    /// Profile for these refs.
    #[serde(default)]
    pub(super) profile: Option<Profile>,
    /// Levels of single rules for these refs.
    #[serde(default)]
    pub(super) rules: RuleLevels,
    /// Policy file that sets them.
    #[serde(skip)]
    pub(super) path: PathBuf,
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
    /// Returns whether a push to a ref is judged.
    ///
    /// A ref in a namespace of git is judged if its name there is one of a covered ref. Exemptions do not apply
    /// to it: which part of its name is that of the namespace may be in doubt.
    pub(crate) fn covers(&self, refname: &BStr) -> bool {
        if is_namespaced(refname) {
            return is_in(&self.cover, refname) || is_in(&self.cover, name_in_namespace(refname));
        }
        is_in(&self.cover, refname) && !is_in(&self.exempt, refname)
    }
}

/// Folder of the namespaces of git (gitnamespaces(7)).
const NAMESPACES: &[u8] = b"refs/namespaces/";

/// Returns whether a ref is in a namespace.
pub(crate) fn is_namespaced(refname: &BStr) -> bool {
    refname.starts_with(NAMESPACES)
}

/// Returns the name of a ref as it is seen in its namespace; the name itself if it is in none.
pub(crate) fn name_in_namespace(refname: &BStr) -> &BStr {
    let mut name = refname;
    while let Some(rest) = name.strip_prefix(NAMESPACES) {
        let Some(at) = rest.find("/refs/") else { return name };
        name = rest.get(at + 1..).unwrap_or_default().as_bstr();
    }
    name
}

fn is_in(patterns: &[RefPattern], refname: &BStr) -> bool {
    patterns.iter().any(|pattern| pattern.matches(refname))
}

impl RefLevels {
    /// Returns whether the levels apply to a ref.
    pub(crate) fn matches(&self, refname: &BStr) -> bool {
        self.pattern.matches(name_in_namespace(refname)) || self.pattern.matches(refname)
    }

    /// Returns the levels.
    pub(super) fn layer(&self) -> LevelLayer {
        LevelLayer { profile: self.profile, rules: self.rules.clone(), path: self.path.clone() }
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
