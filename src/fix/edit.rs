//! Edits of a text: ranges of bytes and their replacements.

use super::Repaired;
use crate::text::Span;

/// A range of bytes and its replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    /// Bytes to replace; empty for an insertion.
    pub(crate) span: Span,
    /// Replacement.
    pub(crate) text: Vec<u8>,
    /// Id of the rule whose problem is repaired; empty for an edit that belongs to another one.
    pub(crate) repairs: &'static str,
}

/// A changed line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// Line number, from 1.
    pub(crate) line: u32,
    /// Old line, with its line end.
    pub(crate) old: Vec<u8>,
    /// New text: one or more lines.
    pub(crate) new: Vec<u8>,
}

impl Edit {
    /// Creates an insertion.
    pub(super) fn insert(at: usize, text: Vec<u8>, repairs: &'static str) -> Self {
        Self { span: Span { start: at, end: at }, text, repairs }
    }
}

impl Edit {
    /// Returns the position in which edits are applied: at one offset, what stays on the line comes first.
    pub(super) fn order(&self) -> (usize, usize, bool) {
        (self.span.start, self.span.end, self.text.contains(&b'\n'))
    }
}

/// Applies edits, which must be in ascending order; `None` if they overlap or are outside the text.
pub(super) fn apply(text: &[u8], edits: &[Edit]) -> Option<Repaired> {
    let mut repaired = Vec::with_capacity(text.len() + 64 * edits.len());
    let mut at = 0;
    for edit in edits {
        repaired.extend_from_slice(text.get(at..edit.span.start)?);
        repaired.extend_from_slice(&edit.text);
        at = edit.span.end;
    }
    repaired.extend_from_slice(text.get(at..)?);
    let changes = changes(text, edits)?;
    Some(Repaired { text: repaired, changes })
}

/// Returns the lines that edits change, before and after. No edit may span two lines.
fn changes(text: &[u8], edits: &[Edit]) -> Option<Vec<Change>> {
    let mut changes = Vec::new();
    let (mut start, mut rest) = (0, edits);
    for (line, old) in (1..).zip(text.split_inclusive(|byte| *byte == b'\n')) {
        let end = start + old.len();
        let inside = rest.iter().take_while(|edit| edit.span.start < end || end == text.len()).count();
        let (own, others) = rest.split_at_checked(inside)?;
        if !own.is_empty() {
            let mut new = Vec::new();
            let mut at = start;
            for edit in own {
                new.extend_from_slice(text.get(at..edit.span.start)?);
                new.extend_from_slice(&edit.text);
                at = edit.span.end;
            }
            new.extend_from_slice(text.get(at..end)?);
            changes.push(Change { line, old: old.to_vec(), new });
        }
        (start, rest) = (end, others);
    }
    Some(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_applied_and_listed_by_line() {
        let edit =
            |start, end, text: &str| Edit { span: Span { start, end }, text: text.into(), repairs: "" };
        let repaired = apply(b"a\r\nb c\nd", &[edit(3, 3, "x\n"), edit(5, 6, "y"), edit(8, 8, "!")]).unwrap();
        assert_eq!(repaired.text, b"a\r\nx\nb y\nd!");
        let shown: Vec<_> =
            repaired.changes.iter().map(|change| (change.line, change.new.as_slice())).collect();
        assert_eq!(shown, [(2, &b"x\nb y\n"[..]), (3, b"d!")]);
    }

    #[test]
    fn overlapping_and_outside_edits_are_refused() {
        let edit = |start, end| Edit { span: Span { start, end }, text: Vec::new(), repairs: "" };
        assert!(apply(b"abc", &[edit(0, 2), edit(1, 3)]).is_none());
        assert!(apply(b"abc", &[edit(2, 9)]).is_none());
    }
}
