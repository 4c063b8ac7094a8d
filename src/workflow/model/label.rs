//! Version in the comment after a pin, in the forms that people and tools write.

use super::uses::{Reference, Uses};
use crate::text::Span;
use crate::workflow::Document;

/// Pin with a version in its comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledPin {
    /// Repository, as `owner/name` in lower case, after the host if the value has one.
    pub repository: String,
    /// Version: `4.2.2`, or `name/v1.2.3` if a repository releases several products.
    pub version: String,
    /// Pinned oid.
    pub oid: String,
    /// Id of the job.
    pub job: String,
    /// Value of `uses`.
    pub uses: String,
    /// Span of that value.
    pub span: Span,
}

impl Document {
    /// Returns the pins with a full version in the comment: at least three numbers. A shorter version may
    /// move from release to release.
    pub fn labelled_pins(&self) -> Vec<LabelledPin> {
        let mut pins = self.all_labelled_pins();
        pins.retain(|pin| is_full(&pin.version));
        pins
    }

    /// Returns the pins with a version in the comment, full or not.
    pub fn all_labelled_pins(&self) -> Vec<LabelledPin> {
        let mut pins = Vec::new();
        for (job, clause) in self.model.uses() {
            let Uses::Repository(repository) = &clause.uses else { continue };
            let Reference::Commit(oid) = &repository.reference else { continue };
            let comment = self.comment(clause.span).map(ToString::to_string).unwrap_or_default();
            let Some(version) = version(&comment) else { continue };
            pins.push(LabelledPin {
                repository: repository.repository_address(),
                version: version.to_owned(),
                oid: oid.clone(),
                job: job.id.clone(),
                uses: clause.text.clone(),
                span: clause.span,
            });
        }
        pins
    }
}

/// Returns a tag in the form in which [`version`] returns it; the tag itself if it is not a version.
pub(crate) fn normal_version(tag: &str) -> String {
    version_of_word(tag).unwrap_or(tag).to_owned()
}

/// Returns the version in a comment: the first word that is one, without the text that tools add around it.
/// A leading `v` is removed, unless the version has a path (`name/v1.2.3`).
pub(crate) fn version(comment: &str) -> Option<&str> {
    comment.split_whitespace().find_map(version_of_word)
}

fn version_of_word(word: &str) -> Option<&str> {
    let word = word.trim_matches(|c| matches!(c, '(' | ')' | '[' | ']' | ',' | ';' | '#' | '`'));
    // `ratchet:owner/repo@v4`, `tag=v4`, `version: v4` (two words).
    let word = word.rsplit_once('@').map_or(word, |(_, version)| version);
    let word = ["tag", "version", "ver"].iter().find_map(|key| strip_key(word, key)).unwrap_or(word);
    let (path, last) = word.rsplit_once('/').map_or(("", word), |(path, last)| (path, last));
    let numbers = last.strip_prefix(['v', 'V']).unwrap_or(last);
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_');
    let is_version = numbers.starts_with(|c: char| c.is_ascii_digit()) && numbers.chars().all(allowed);
    is_version.then_some(if path.is_empty() { numbers } else { word })
}

fn strip_key<'t>(word: &'t str, key: &str) -> Option<&'t str> {
    word.strip_prefix(key)?.strip_prefix(['=', ':']).filter(|rest| !rest.is_empty())
}

/// Returns whether a version has at least three numbers.
fn is_full(version: &str) -> bool {
    let last = version.rsplit_once('/').map_or(version, |(_, last)| last);
    let numbers = last.strip_prefix(['v', 'V']).unwrap_or(last);
    let core = numbers.split_once(['-', '+']).map_or(numbers, |(core, _)| core);
    let parts: Vec<&str> = core.split('.').collect();
    parts.len() >= 3
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_found_in_every_form_of_comment() {
        for (comment, expected) in [
            ("v4.2.2", Some("4.2.2")),
            ("4.2.2", Some("4.2.2")),
            ("v4", Some("4")),
            ("tag=v4.2.2", Some("4.2.2")),
            ("version: v4.2", Some("4.2")),
            ("v 3.5.2", Some("3.5.2")),
            ("ratchet:actions/checkout@v4", Some("4")),
            ("codeql-bundle/v1.2.3", Some("codeql-bundle/v1.2.3")),
            ("zizmor: ignore[unpinned-uses] v2", Some("2")),
            ("pin@v1.0.0-rc.1", Some("1.0.0-rc.1")),
            ("(v1)", Some("1")),
            ("stable", None),
            ("main", None),
            ("v", None),
            ("", None),
            ("see issue", None),
            ("https://x.test/a", None),
        ] {
            assert_eq!(version(comment), expected, "{comment}");
        }
    }

    #[test]
    fn full_version_has_at_least_three_numbers() {
        for version in ["1.2.3", "name/v1.2.3", "1.2.3-rc.1", "1.2.3.4"] {
            assert!(is_full(version), "{version}");
        }
        for version in ["1", "1.2", "1.2.x", "2024-05-01", "1..2"] {
            assert!(!is_full(version), "{version}");
        }
    }
}
