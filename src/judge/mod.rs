//! From subjects to findings: runs the rules, compares with what was there before, adds level and place.

use crate::finding::{Finding, Location, Place, Problem, Snippet};
use crate::git::Oid;
use crate::policy::{Level, Policy};
use crate::rules::Rule;
use bstr::BString;

/// Makes a finding of a problem; none when the policy allows the rule.
pub(crate) fn finding(
    policy: &Policy,
    rule: &'static Rule,
    problem: Problem,
    location: Location,
    snippet: Option<Snippet>,
) -> Option<Finding> {
    let (level, source) = policy.level(rule);
    let Problem { message, help, notes, .. } = problem;
    (level != Level::Allow).then_some(Finding {
        rule,
        level,
        source,
        message,
        help,
        notes,
        location,
        snippet,
    })
}

/// A file of a commit or a tree: where the problems of its text stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FilePlace<'a> {
    /// The commit that brings it; none when a tree is judged by itself.
    pub(crate) commit: Option<Oid>,
    /// Its blob.
    pub(crate) blob: Oid,
    /// Its path.
    pub(crate) path: &'a BString,
    /// Its bytes.
    pub(crate) text: &'a [u8],
}

impl FilePlace<'_> {
    /// The location and the snippet of a place in this file.
    pub(crate) fn locate(self, place: &Place) -> (Location, Option<Snippet>) {
        let (line, column, snippet) = match place {
            Place::Whole => (None, None, None),
            Place::Line(line) => (Some(*line), None, None),
            Place::Hidden { line, column } => (Some(*line), Some(*column), None),
            Place::Span(span) => {
                let (line, column) = span.position(self.text);
                (Some(line), Some(column), Some(Snippet::cut(self.text, *span)))
            }
        };
        (
            Location::Blob { commit: self.commit, blob: self.blob, path: self.path.clone(), line, column },
            snippet,
        )
    }
}
