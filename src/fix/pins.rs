//! Pins unpinned actions to a known oid, and labels pins whose version is known.

use std::collections::HashMap;

use bstr::ByteSlice as _;

use super::known::{KnownPin, KnownPins};
use super::{CheckedFile, Edit, Repair};
use crate::text::Span;
use crate::workflow::{Reference, Uses, UsesClause, is_name, version};

/// Rule whose problems are repaired by a pin.
pub(crate) const RULE: &str = "unpinned-uses";

/// Rule whose problems are repaired by a label.
pub(crate) const LABEL_RULE: &str = "unlabelled-pin";

/// Returns the repairs of the unpinned and the unlabelled actions of a file.
pub(super) fn repairs(file: &CheckedFile<'_>, known: &KnownPins) -> Vec<Repair> {
    let clauses: Vec<&UsesClause> = file.document.model.uses().map(|(_, clause)| clause).collect();
    // A version comment applies to its whole line. It would be ambiguous if a line has two actions.
    let mut lines = HashMap::new();
    clauses.iter().for_each(|clause| *lines.entry(file.document.line(clause.span)).or_insert(0) += 1);
    let alone = |clause: &UsesClause| lines.get(&file.document.line(clause.span)) == Some(&1);
    let alone = clauses.iter().filter(|clause| alone(clause));
    let repair = |clause: &&&UsesClause| match () {
        () if file.has(RULE, clause.span) => pin(file, clause, known),
        () if file.has(LABEL_RULE, clause.span) => label(file, clause, known),
        () => None,
    };
    alone.filter_map(|clause| repair(&clause)).collect()
}

/// Returns the repair that inserts the oid, and the version in a comment unless a comment names one.
fn pin(file: &CheckedFile<'_>, clause: &UsesClause, known: &KnownPins) -> Option<Repair> {
    let Uses::Repository(repository) = &clause.uses else { return None };
    if !is_name(repository) {
        return None;
    }
    let tag = repository.reference.as_str();
    let certain = known.pin(repository, tag);
    let is_doubtful = certain.is_none();
    let KnownPin { oid, label } = certain.or_else(|| known.newest(repository, tag))?;
    // A comment with another version contradicts the tag: nobody knows which of them is meant.
    let other = file.document.comment(clause.span).map(ToString::to_string);
    let is_same = |other| [label.as_str(), tag].iter().any(|name| version(name) == Some(other));
    if other.as_deref().and_then(version).is_some_and(|other| !is_same(other)) {
        return None;
    }
    let written = clause.span.slice(file.text);
    // The text of an escaped, folded or anchored value differs from the value.
    let bare = written.trim_with(|c| matches!(c, '\'' | '"'));
    if bare != clause.text.as_bytes() {
        return None;
    }
    let mut span = clause.span;
    span.start += written.rfind_byte(b'@')? + 1;
    span.end = span.start + tag.len();
    let pin = Edit { span, text: oid.into_bytes(), repairs: RULE };
    let edits = [pin].into_iter().chain(comment(file, clause, &label, "")).collect();
    Some(Repair { edits, is_doubtful })
}

fn label(file: &CheckedFile<'_>, clause: &UsesClause, known: &KnownPins) -> Option<Repair> {
    let Uses::Repository(repository) = &clause.uses else { return None };
    let Reference::Commit(oid) = &repository.reference else { return None };
    let label = known.label(repository, oid)?;
    Some(Repair { edits: vec![comment(file, clause, &label, LABEL_RULE)?], is_doubtful: false })
}

/// Returns the edit that writes a version behind a value; `None` if its comment has one.
fn comment(file: &CheckedFile<'_>, clause: &UsesClause, label: &str, rule: &'static str) -> Option<Edit> {
    if file.document.comment(clause.span).is_some_and(|comment| version(&comment.to_string()).is_some()) {
        return None;
    }
    Some(match file.document.comment_span(clause.span) {
        Some(comment) => {
            let next = file.text.get(comment.start + 1).filter(|byte| !byte.is_ascii_whitespace());
            let blank = if next.is_some() { " " } else { "" };
            Edit::insert(comment.start + 1, format!(" {label}{blank}").into_bytes(), rule)
        }
        None => {
            let (_, rest) = file.text.split_at(clause.span.end);
            let line = rest.lines().next().unwrap_or_default();
            let end = clause.span.end + line.trim_end_with(|c| c.is_ascii_whitespace()).len();
            Edit { span: Span { start: end, end }, text: format!(" # {label}").into_bytes(), repairs: rule }
        }
    })
}
