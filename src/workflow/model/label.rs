//! Version in the comment after a pin, in the forms that people and tools write.

use std::collections::{HashMap, HashSet};

use bstr::ByteSlice as _;

use super::uses::{Reference, Repository, Uses};
use super::{Job, UsesClause};
use crate::text::Span;
use crate::workflow::{ActionsLock, Document, Release};

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
    /// Returns the version of the action that a `uses` runs, with the text that says it: the tag, else the comment after an
    /// oid; else the tag of which the lock file has the commit.
    pub(crate) fn used_release(&self, job: &Job, clause: &UsesClause) -> Option<(String, Release)> {
        let Uses::Repository(repository) = &clause.uses else { return None };
        let comment = self.comment(clause.span).map(|comment| comment.to_str_lossy()).unwrap_or_default();
        let label = match &repository.reference {
            Reference::Name(name) => Some(name.as_str()),
            _ => version(&comment),
        };
        let mut known = [label, self.locked(job, clause)].into_iter().flatten();
        known.find_map(|text| Some((text.to_owned(), Release::parse(text)?)))
    }

    /// Returns the oids that a comment anywhere in the file names together with a version.
    ///
    /// Some generators write such a list at the end of the file instead of a comment after each pin.
    pub fn oids_with_version(&self) -> HashSet<String> {
        let mut found = HashSet::new();
        for span in self.comments.all(&self.text) {
            let comment = span.slice(&self.text).to_str_lossy();
            let is_oid = |word: &&str| word.len() == 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
            let mut oids = comment.split(|c: char| !c.is_ascii_alphanumeric()).filter(is_oid).peekable();
            if oids.peek().is_some() && version(&comment).is_some() {
                found.extend(oids.map(str::to_owned));
            }
        }
        found
    }

    /// Returns the pins with a full version in the comment: at least three numbers. A shorter version may
    /// move from release to release.
    pub fn labelled_pins(&self) -> Vec<LabelledPin> {
        let mut pins = self.all_labelled_pins();
        pins.retain(|pin| is_full(&pin.version));
        pins
    }

    /// Returns the pins with a version in the comment, full or not, and those of a lock file.
    pub fn all_labelled_pins(&self) -> Vec<LabelledPin> {
        let mut pins = self.lock_file.as_ref().map(ActionsLock::labelled_pins).unwrap_or_default();
        for (job, clause) in self.model.uses() {
            let Uses::Repository(repository) = &clause.uses else { continue };
            let Reference::Commit(oid) = &repository.reference else { continue };
            let comment = self.comment(clause.span).map(|comment| comment.to_str_lossy()).unwrap_or_default();
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

/// Oids of the pins of a file by repository and version; `None` where two pins of one version differ.
pub(crate) struct KnownPins(HashMap<(String, String), Option<String>>);

impl KnownPins {
    /// Collects the pins of a file.
    pub(crate) fn of(document: &Document) -> Self {
        let mut known: HashMap<(String, String), Option<String>> = HashMap::new();
        for LabelledPin { repository, version, oid, .. } in document.all_labelled_pins() {
            let entry = known.entry((repository, version)).or_insert_with(|| Some(oid.clone()));
            *entry = entry.take().filter(|known| *known == oid);
        }
        Self(known)
    }

    /// Returns the oid with which the file pins the tag that another `uses` names.
    pub(crate) fn oid(&self, repository: &Repository) -> Option<&str> {
        let Reference::Name(tag) = &repository.reference else { return None };
        self.0.get(&(repository.repository_address(), normal_version(tag)))?.as_deref()
    }
}

/// Returns a tag in the form in which [`version`] returns it; the tag itself if it is not a version.
pub(crate) fn normal_version(tag: &str) -> String {
    version_of_word(tag).unwrap_or(tag).to_owned()
}

/// Returns the version in a comment: the first word that is one, without the text that tools add around it.
/// A leading `v` is removed, unless the version has a name (`name/v1.2.3`, `name-v1.2.3`).
pub(crate) fn version(comment: &str) -> Option<&str> {
    comment.split_whitespace().find_map(version_of_word)
}

fn version_of_word(word: &str) -> Option<&str> {
    let word = word.trim_matches(|c| matches!(c, '(' | ')' | '[' | ']' | ',' | ';' | '#' | '`' | '"' | '\''));
    let word = word.trim_end_matches(['.', ':']);
    // A URL names a version only if it is that of a release.
    let is_path = word.contains('/');
    let released = if is_path { word.split_once("/releases/tag/").map(|(_, tag)| tag) } else { None };
    if is_path && released.is_none() && word.contains("://") {
        return None;
    }
    // `ratchet:owner/repo@v4`, `tag=v4`, `version: v4` (two words).
    let marked = released.or_else(|| word.rsplit_once('@').map(|(_, version)| version));
    let marked = marked.or_else(|| ["tag", "version", "ver"].iter().find_map(|key| strip_key(word, key)));
    let word = marked.unwrap_or(word);
    let last = word.rsplit_once('/').map_or(word, |(_, last)| last);
    let numbers = numbers_of(last)?;
    let is_plain = last.len() == word.len() && is_number_start(last);
    let is_version = is_release(last, numbers, is_plain && marked.is_some());
    is_version.then_some(if is_plain { numbers } else { word })
}

/// Returns whether a name is nothing but a version.
fn is_number_start(name: &str) -> bool {
    name.strip_prefix(['v', 'V']).unwrap_or(name).starts_with(|c: char| c.is_ascii_digit())
}

/// Returns the part of a tag that begins with its number: all of `4.2.2`, and what follows the `v` of `v4` and of
/// `codeql-bundle-v2.17.1`.
fn numbers_of(tag: &str) -> Option<&str> {
    if is_number_start(tag) {
        return Some(tag.strip_prefix(['v', 'V']).unwrap_or(tag));
    }
    let parts = tag.match_indices(['-', '_']).filter_map(|(at, _)| tag.get(at + 1..));
    let mut numbers = parts.filter(|part| is_number_start(part) && part.contains('.'));
    numbers.next().map(|part| part.strip_prefix(['v', 'V']).unwrap_or(part))
}

/// Returns whether the part of a tag that begins with its number is a version: up to four numbers with dots, or one
/// after a `v`. A bare number is one only where the comment says so; a date is none.
fn is_release(tag: &str, numbers: &str, is_marked: bool) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_');
    let core = numbers.split(['-', '+', '_']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').collect();
    let is_part = |part: &&str| matches!(*part, "x" | "*") || part.starts_with(|c: char| c.is_ascii_digit());
    let has_v = tag.len() > numbers.len();
    // `v1beta1` is a version; the beginning of an oid is none.
    let is_single = has_v && !is_hex(core) || is_marked && core.bytes().all(|byte| byte.is_ascii_digit());
    numbers.chars().all(|c| allowed(c) || c == '*')
        && match parts.len() {
            1 => is_single,
            2..=4 => parts.iter().all(is_part),
            _ => false,
        }
}

fn is_hex(text: &str) -> bool {
    text.len() >= 7 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn strip_key<'t>(word: &'t str, key: &str) -> Option<&'t str> {
    word.strip_prefix(key)?.strip_prefix(['=', ':']).filter(|rest| !rest.is_empty())
}

/// Returns whether a version has at least three numbers.
fn is_full(version: &str) -> bool {
    let last = version.rsplit_once('/').map_or(version, |(_, last)| last);
    let numbers = numbers_of(last).unwrap_or(last);
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
            ("codeql-bundle-v2.17.1", Some("codeql-bundle-v2.17.1")),
            ("release-v1.2", Some("release-v1.2")),
            ("pkg_1.2.3", Some("pkg_1.2.3")),
            ("https://github.com/o/r/releases/tag/v1.2.3", Some("1.2.3")),
            ("v1.2.3.4", Some("1.2.3.4")),
            ("4.x", Some("4.x")),
            ("v1beta1", Some("1beta1")),
            ("tag=4", Some("4")),
            ("as of v4.2.2.", Some("4.2.2")),
            ("see issue 123", None),
            ("4", None),
            ("https://github.com/o/r/issues/5", None),
            ("https://github.com/o/r/blob/v1.2.3/x", None),
            ("master (no tagged release newer than v1/2023 ...)", None),
            ("v2.15.0.14.2.15.0", None),
            ("2024-05-01", None),
            ("3d3c42e", None),
            ("3d3c42e5aac5ba805825da76410c181273ba90b1", None),
            ("nightly-2024-05-01", None),
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
        for version in ["1.2.3", "name/v1.2.3", "name-v1.2.3", "1.2.3-rc.1", "1.2.3.4"] {
            assert!(is_full(version), "{version}");
        }
        for version in ["1", "1.2", "1.2.x", "2024-05-01", "1..2"] {
            assert!(!is_full(version), "{version}");
        }
    }
}
