//! Commits and refs that are excluded from a search for new commits.

use crate::git::Oid;
use crate::text::glob;

/// Commits and refs to exclude from the walk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Excluded {
    /// Commits and tags by oid. Missing ones are ignored.
    pub oids: Vec<Oid>,
    /// Patterns of full refnames, in which `*` matches any text.
    pub refs: Vec<String>,
    /// Patterns of refs that are not excluded although [`Excluded::refs`] matches them.
    pub except: Vec<String>,
    /// Values of some of these refs: likely ancestors of the new commits.
    pub values: Vec<Oid>,
    /// True if the commits are the start of a range that a user names.
    pub is_start: bool,
}

impl Excluded {
    pub(super) fn is_empty(&self) -> bool {
        self.oids.is_empty() && self.refs.is_empty()
    }

    /// Returns true if a ref is excluded.
    pub(super) fn has_ref(&self, name: &[u8]) -> bool {
        let is_in =
            |patterns: &[String]| patterns.iter().any(|it| glob::matches(it.as_bytes(), name, u8::eq));
        is_in(&self.refs) && !is_in(&self.except)
    }

    /// Returns the refs as arguments of `git rev-list`. `--exclude` applies to the next `--glob` only.
    pub(super) fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        for pattern in &self.refs {
            arguments.extend(self.except.iter().map(|except| format!("--exclude={except}")));
            arguments.push(match pattern.as_str() {
                // For a glob, git reads every ref. These two options are equivalent and faster, but not after
                // `--exclude`.
                "refs/heads/*" if self.except.is_empty() => "--branches".to_owned(),
                "refs/tags/*" if self.except.is_empty() => "--tags".to_owned(),
                pattern => format!("--glob={}", glob(pattern)),
            });
        }
        arguments
    }
}

/// Converts a pattern to a glob of git.
///
/// git reads a glob without special characters as a directory, so the last character of a full refname
/// becomes a character class.
fn glob(pattern: &str) -> String {
    let mut start = pattern.chars();
    match start.next_back() {
        Some(last) if !pattern.contains('*') => format!("{}[{last}]", start.as_str()),
        _ => pattern.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_patterns_become_rev_list_arguments() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let arguments = |refs: &[&str], except: &[&str]| {
            Excluded { refs: texts(refs), except: texts(except), ..Excluded::default() }.arguments().join(" ")
        };
        assert_eq!(arguments(&["refs/heads/*", "refs/tags/*"], &[]), "--branches --tags");
        assert_eq!(
            arguments(&["refs/heads/*x", "refs/tags/v1"], &[]),
            "--glob=refs/heads/*x --glob=refs/tags/v[1]"
        );
        assert_eq!(
            arguments(&["refs/heads/*"], &["refs/heads/w"]),
            "--exclude=refs/heads/w --glob=refs/heads/*"
        );
    }
}
