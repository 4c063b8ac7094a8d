//! Findings: problems with the level of their rule and their location, without any credential.

use bstr::BString;

use crate::git::Oid;
use crate::policy::Policy;
use crate::report::{Finding, Level, Location, Problem, RuleMeta};
use crate::text::{Snippet, Span};
use crate::token;

/// Maximum length of a line that is shown, in bytes.
///
/// A line is searched for credentials again for each of its problems, so this bounds the time.
const MAX_SNIPPET_LINE: usize = 8192;

/// Returns the finding for a problem; `None` if the policy allows the rule.
pub(super) fn finding<P>(
    policy: &Policy,
    rule: &'static RuleMeta,
    problem: Problem<P>,
    location: Location,
    snippet: Option<Snippet>,
) -> Option<Finding> {
    let (level, source) = policy.level(rule);
    if level == Level::Allow {
        return None;
    }
    let Problem { message, help, notes, .. } = problem;
    Some(Finding {
        rule,
        level,
        source,
        // A quoted text may contain a credential that the quoting rule does not know.
        message: token::redact_message(message),
        help: help.map(token::redact_message),
        notes: notes.into_iter().map(token::redact_message).collect(),
        location: redacted(location),
        snippet,
        cause: None,
        commit: None,
        in_head: None,
        credential: None,
        exemption: None,
        repository: None,
        occurrence: 0,
        digest: None,
    })
}

/// Redacts the texts in a location. The fields of a git config location are redacted already.
fn redacted(location: Location) -> Location {
    match location {
        Location::Commit { commit, subject, line } => {
            let subject = token::redact_message(subject);
            Location::Commit { commit, subject, line }
        }
        Location::Ref { refname } => Location::Ref { refname: token::redact(&refname) },
        Location::Blob { commit, blob, path, line, column } => {
            Location::Blob { commit, blob, path: token::redact(&path), line, column }
        }
        Location::GitConfig { .. } => location,
    }
}

/// File of a commit or a tree, for locating the problems in its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct SourceFile<'a> {
    /// Commit that adds it; `None` if a tree is judged by itself.
    pub(super) commit: Option<Oid>,
    /// Blob of the file.
    pub(super) blob: Oid,
    /// Path from the root of the tree.
    pub(super) path: &'a BString,
    /// Content of the file.
    pub(super) text: &'a [u8],
}

impl SourceFile<'_> {
    /// Returns the location and the snippet of a span in this file; `None` is the whole file.
    ///
    /// The snippet is `None` for the whole file, and if its line is too long or contains a credential.
    pub(super) fn locate(self, span: Option<Span>) -> (Location, Option<Snippet>) {
        let (line, column) = span.map(|span| span.position(self.text)).unzip();
        let shows_nothing = |span: &Span| {
            let line = span.line(self.text);
            line.len() <= MAX_SNIPPET_LINE && token::redact(line) == line
        };
        let snippet = span.filter(shows_nothing).map(|span| Snippet::cut(self.text, span));
        let Self { commit, blob, path, .. } = self;
        (Location::Blob { commit, blob, path: path.clone(), line, column }, snippet)
    }
}
