//! Trailers of a message, parsed as git does without configuration: separator `:`, comment string `#`.
//!
//! Two differences from git are deliberate. Trailer blocks separated by blank lines form one block
//! ("stacked"), because forges append `Co-authored-by` that way. And a trailer counts only if no prose
//! follows it: a quoted example is not a signature.

#[cfg(test)]
mod against_git;

use std::borrow::Cow;

use bstr::ByteSlice as _;

use super::message::{self, is_blank, is_comment, is_indented};
use super::note;
use super::settings::Position;
use crate::text::line_number;

/// A trailer: `key: value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trailer<'a> {
    /// Key, as written.
    pub(super) key: &'a [u8],
    /// Value, unfolded, without blanks around it.
    pub(super) value: Cow<'a, [u8]>,
    /// Value on the first line, without blanks around it.
    pub(super) first_line: &'a [u8],
    /// Line of the message on which it starts, from 1.
    pub(super) line: u32,
}

/// Trailer block of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TrailerBlock<'a> {
    /// Trailers that no prose follows.
    pub(super) trailers: Vec<Trailer<'a>>,
    /// Trailers followed by prose. They do not count.
    pub(super) quoted: Vec<Trailer<'a>>,
    /// Last line of prose in the block, from 1.
    pub(super) prose: Option<u32>,
}

impl<'a> TrailerBlock<'a> {
    /// Reads the trailer block of a message; it is empty if there is none.
    pub(super) fn read(text: &'a [u8]) -> Self {
        let body = message::body(text);
        match start_of_block(body, message::end_of_title(text)) {
            Some(start) => parse(body, start),
            None => TrailerBlock::default(),
        }
    }

    /// Returns the trailers that count under the policy: those of the block, or each line of the form.
    pub(super) fn counting(&self, message: &'a [u8], position: Position) -> Cow<'_, [Trailer<'a>]> {
        match position {
            Position::Trailer => Cow::Borrowed(&self.trailers),
            Position::Anywhere => Cow::Owned(anywhere(message)),
        }
    }
}

impl Trailer<'_> {
    /// Returns whether the trailer has this key. Ignores case.
    pub(super) fn is(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key.as_bytes())
    }
}

/// Start of a line written by `git cherry-pick -x`.
pub(super) const CHERRY_PICKED: &[u8] = b"(cherry picked from commit ";

/// Returns the start offset of git's trailer block, together with all blocks stacked on it.
///
/// Paragraphs that are only notes may be below and between.
fn start_of_block(body: &[u8], title: usize) -> Option<usize> {
    let (mut start, mut end, mut kind) = (None, body.len(), ParagraphKind::Last);
    while let Some(paragraph) = Paragraph::last(body.split_at(end).0, title) {
        end = paragraph.start;
        if paragraph.lines.is_block(kind) {
            start = Some(end);
            kind = ParagraphKind::Stacked;
        } else if !paragraph.lines.are_notes() {
            break;
        }
    }
    start
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ParagraphKind {
    /// The last paragraph.
    ///
    /// It may contain prose if git wrote one of its trailers and at least a quarter of its lines are
    /// trailers.
    Last,
    /// An earlier paragraph. It may contain only trailers and notes.
    Stacked,
}

/// A paragraph after the title.
struct Paragraph {
    /// Offset of its first line.
    start: usize,
    lines: LineCounts,
}

/// Number of lines of each kind in a paragraph, counted from its end.
#[derive(Debug, Default)]
struct LineCounts {
    trailers: usize,
    /// Lines that are neither trailers nor comments, notes among them.
    others: usize,
    notes: usize,
    /// Indented lines not yet assigned: to a trailer if one is above them, otherwise to the other lines.
    indented: usize,
    by_git: bool,
}

impl Paragraph {
    /// Reads the last paragraph of a text; `None` if that is the title.
    ///
    /// See git's `find_trailer_block_start`.
    fn last(text: &[u8], title: usize) -> Option<Self> {
        let mut lines = LineCounts::default();
        let mut only_blank = true;
        let mut end = text.len();
        for line in text.lines_with_terminator().rev() {
            let start = end - line.len();
            if start < title {
                return None;
            }
            if is_comment(line) {
                lines.others += std::mem::take(&mut lines.indented);
            } else if !is_blank(line) {
                only_blank = false;
                lines.add(line);
            } else if !only_blank {
                lines.others += lines.indented;
                return Some(Self { start: end, lines });
            }
            end = start;
        }
        None
    }
}

impl LineCounts {
    fn add(&mut self, line: &[u8]) {
        let generated = line.starts_with(b"Signed-off-by: ") || line.starts_with(CHERRY_PICKED);
        if generated || split(line).is_some() {
            self.by_git |= generated;
            self.trailers += 1;
            self.indented = 0;
        } else if is_indented(line) {
            self.indented += 1;
        } else {
            self.others += 1 + std::mem::take(&mut self.indented);
            self.notes += usize::from(note::is_note(line));
        }
    }

    fn is_block(&self, kind: ParagraphKind) -> bool {
        kind == ParagraphKind::Last && self.is_block_of_git()
            || self.trailers > 0 && self.others == self.notes
    }

    /// Returns whether the paragraph is a trailer block for git if it is the last one.
    fn is_block_of_git(&self) -> bool {
        self.by_git && self.trailers * 3 >= self.others || self.trailers > 0 && self.others == 0
    }

    fn are_notes(&self) -> bool {
        self.notes > 0 && self.trailers == 0 && self.others == self.notes
    }
}

/// Splits a line at the `:` of a trailer.
///
/// A key of ASCII letters, digits and `-` and optional blanks precede it.
fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (key, value) = line.split_once_str(":")?;
    let key = key.trim_end_with(|c| c == ' ' || c == '\t');
    let is_key = !key.is_empty() && key.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    is_key.then_some((key, value))
}

fn parse(body: &[u8], start: usize) -> TrailerBlock<'_> {
    let mut block = TrailerBlock::default();
    let mut open = false;
    for (line, number) in body.split_at(start).1.lines().zip(line_number(body, start)..) {
        if is_comment(line) || is_blank(line) {
            open = false;
        } else if open && is_indented(line) {
            unfold(block.trailers.last_mut(), line);
        } else if let Some(trailer) = read(line, number) {
            block.trailers.push(trailer);
            open = true;
        } else {
            open = false;
            if !note::is_note(line) {
                block.prose = Some(number);
                block.quoted.append(&mut block.trailers);
            }
        }
    }
    block
}

/// Parses one line as a trailer. `number` is its line number.
pub(super) fn read(line: &[u8], number: u32) -> Option<Trailer<'_>> {
    let (key, value) = split(line)?;
    let first_line = value.trim_ascii();
    Some(Trailer { key, value: first_line.into(), first_line, line: number })
}

/// Returns whether a message has no title: it is empty, or sign-offs and nothing else.
pub(crate) fn is_untitled(message: &[u8]) -> bool {
    let is_signoff = |line: &[u8]| read(line, 1).is_some_and(|trailer| trailer.is("Signed-off-by"));
    message.lines().all(|line| line.trim_ascii().is_empty() || is_signoff(line.trim_ascii()))
}

/// Appends a folded line to its trailer after one blank, as git unfolds.
fn unfold(trailer: Option<&mut Trailer<'_>>, line: &[u8]) {
    if let Some(trailer) = trailer {
        let value = trailer.value.to_mut();
        if !value.is_empty() {
            value.push(b' ');
        }
        value.extend_from_slice(line.trim_ascii());
    }
}

/// Returns every line of a message that has the form of a trailer.
///
/// The line may be at any position. Folded values are not joined.
fn anywhere(text: &[u8]) -> Vec<Trailer<'_>> {
    text.lines().zip(1..).filter_map(|(line, number)| read(line, number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the trailers that count, and those followed by prose.
    fn block(text: &str) -> (Vec<String>, Vec<String>) {
        let block = TrailerBlock::read(text.as_bytes());
        let show = |trailers: &[Trailer<'_>]| {
            let one = |t: &Trailer<'_>| format!("{}: {} @{}", t.key.as_bstr(), t.value.as_bstr(), t.line);
            trailers.iter().map(one).collect()
        };
        (show(&block.trailers), show(&block.quoted))
    }

    fn counting(text: &str) -> Vec<String> {
        block(text).0
    }

    #[test]
    fn the_last_paragraph_of_trailers_is_the_block() {
        assert_eq!(counting("s\n\nbody\n\nA: b\nC-d : e  \n"), ["A: b @5", "C-d: e @6"]);
        assert_eq!(counting("s\n\nA:b"), ["A: b @3"]);
        assert_eq!(counting("\n\nA: b\n"), ["A: b @3"]);
    }

    #[test]
    fn the_title_holds_no_trailer() {
        for text in ["A: b\n", "s\nA: b\n", "# c\nA: b\n", "A: b\n\n# c\n", ""] {
            assert_eq!(counting(text), [""; 0], "{text:?}");
        }
    }

    #[test]
    fn folded_values_are_unfolded() {
        assert_eq!(counting("s\n\nA: b\n  c\n\td\nE:\n f\n"), ["A: b c d @3", "E: f @6"]);
        assert_eq!(counting("s\n\nA: b\n# c\n d\nE: f\n"), [""; 0]);
    }

    #[test]
    fn prose_needs_a_git_line_and_a_quarter_of_trailers() {
        assert_eq!(counting("s\n\nx\ny\nz\nSigned-off-by: b\n"), ["Signed-off-by: b @6"]);
        assert_eq!(counting("s\n\nw\nx\ny\nz\nSigned-off-by: b\n"), [""; 0]);
        assert_eq!(counting("s\n\nx\nsigned-off-by: b\n"), [""; 0]);
        assert_eq!(counting("s\n\nx\n(cherry picked from commit 1)\nA: b\n"), ["A: b @5"]);
    }

    #[test]
    fn trailer_followed_by_prose_does_not_count() {
        let (counting, quoted) = block("s\n\nfor example\nSigned-off-by: b\nis one\nSigned-off-by: c\n");
        assert_eq!(counting, ["Signed-off-by: c @6"]);
        assert_eq!(quoted, ["Signed-off-by: b @4"]);
    }

    #[test]
    fn git_and_maintainer_notes_are_not_prose() {
        let text = "s\n\nSigned-off-by: a\n[b: fixed it]\nSigned-off-by: b\n(cherry picked from commit 1)\n";
        assert_eq!(counting(text), ["Signed-off-by: a @3", "Signed-off-by: b @5"]);
        for prose in ["[b: not closed", "not opened]", " [indented]", "(picked from commit 1"] {
            assert_eq!(counting(&format!("s\n\nSigned-off-by: a\n#\n{prose}\n")), [""; 0], "{prose}");
        }
    }

    #[test]
    fn stacked_blocks_are_one_and_prose_ends_them() {
        assert_eq!(counting("s\n\nA: b\n\n\nC: d\n e\n\nF: g\n"), ["A: b @3", "C: d e @6", "F: g @9"]);
        assert_eq!(counting("s\n\nA: b\n\nprose\n\nF: g\n"), ["F: g @7"]);
        assert_eq!(counting("s\n\nSigned-off-by: a\nprose\n\nF: g\n"), ["F: g @6"]);
        // Only git's own block, the last one, may contain prose; notes may be below it.
        assert_eq!(counting("s\n\nprose\nSigned-off-by: a\n\nF: g\n"), ["F: g @6"]);
        assert_eq!(counting("s\n\nx\nSigned-off-by: a\n\nFixes #12\n"), ["Signed-off-by: a @4"]);
        let (counting, quoted) = block("s\n\nA: b\n\nprose\nSigned-off-by: c\n");
        assert_eq!((counting, quoted), (vec!["Signed-off-by: c @6".to_owned()], vec!["A: b @3".to_owned()]));
    }

    #[test]
    fn paragraphs_of_notes_are_not_prose() {
        for note in
            ["Fixes #12", "See merge request a/b!1", "BREAKING CHANGE: x", "(backported from commit 1)"]
        {
            for text in [
                format!("s\n\nSigned-off-by: a\n{note}\n"),
                format!("s\n\nSigned-off-by: a\n\n{note}\n"),
                format!("s\n\nSigned-off-by: a\n\n{note}\n\nFixes #3\n"),
            ] {
                assert_eq!(counting(&text), ["Signed-off-by: a @3"], "{text}");
            }
            let stacked = format!("s\n\nSigned-off-by: a\n{note}\n\nC: d\n");
            assert_eq!(counting(&stacked), ["Signed-off-by: a @3", "C: d @6"]);
        }
        assert_eq!(counting("s\n\nFixes #12\n"), [""; 0]);
        assert_eq!(counting("Signed-off-by: a\n\nFixes #12\n"), [""; 0]);
    }

    #[test]
    fn trailing_comments_and_conflicts_are_ignored() {
        assert_eq!(counting("s\n\nA: b\n# c\n\n# d\nConflicts:\n\tfile\n"), ["A: b @3"]);
    }

    #[test]
    fn keys_are_letters_digits_and_dashes() {
        for text in
            ["s\n\n A: b\n", "s\n\n> A: b\n", "s\n\nA b: c\n", "s\n\nä: b\n", "s\n\n: b\n", "s\n\nA_b: c\n"]
        {
            assert_eq!(counting(text), [""; 0], "{text:?}");
        }
        assert_eq!(counting("s\n\nsigned-OFF-by\t: a\n"), ["signed-OFF-by: a @3"]);
    }

    #[test]
    fn anywhere_reads_every_line() {
        let trailers = anywhere(b"A: b\n\nx\nC: d\ny\n");
        assert_eq!(trailers.iter().map(|trailer| trailer.line).collect::<Vec<_>>(), [1, 4]);
    }
}
