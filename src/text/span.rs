//! Ranges of a text, their line and column, and snippets of them.

use super::escape;

/// Range of bytes in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

/// Line of a text, with the part to point at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snippet {
    /// Line without its end, escaped.
    pub text: String,
    /// Index of the first character to point at, counted from 0.
    pub start: usize,
    /// Number of characters to point at, at least 1.
    pub len: usize,
}

/// A range of a text that is copied from another text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Copied {
    /// Byte offset of its start in the other text.
    pub from: usize,
    /// Byte offset of its start in the text.
    pub at: usize,
    /// Length in bytes.
    pub len: usize,
}

impl Copied {
    /// Returns the byte offset of its end in the text.
    pub(crate) fn end(&self) -> usize {
        self.at + self.len
    }
}

impl Span {
    /// Returns the bytes of the span.
    #[expect(clippy::indexing_slicing, reason = "a span is used with the text that it was made for")]
    pub fn slice(self, text: &[u8]) -> &[u8] {
        &text[self.start..self.end]
    }

    /// Returns line (from 1) and column (in bytes, from 1) of the start of the span.
    ///
    /// Only LF ends a line, as in git.
    pub fn position(self, text: &[u8]) -> (u32, u32) {
        let before = head(text, self.start);
        let column = before.len() - memchr::memrchr(b'\n', before).map_or(0, |lf| lf + 1);
        (line_number(text, self.start), one_based(column))
    }

    /// Returns the line in which the span starts, without its LF.
    pub fn line(self, text: &[u8]) -> &[u8] {
        let (before, rest) = text.split_at(self.start.min(text.len()));
        let first = memchr::memrchr(b'\n', before).map_or(0, |lf| lf + 1);
        let end = before.len() + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        head(text, end).split_at(first).1
    }
}

/// Returns the line of an offset, counted from 1.
pub(crate) fn line_number(text: &[u8], offset: usize) -> u32 {
    one_based(memchr::memchr_iter(b'\n', head(text, offset)).count())
}

/// Returns the first `max` bytes of a text.
pub(crate) fn head(text: &[u8], max: usize) -> &[u8] {
    text.split_at(max.min(text.len())).0
}

/// Converts a count from 0 into a position from 1; positions that are too large share the largest number.
fn one_based(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1)
}

impl Snippet {
    /// Creates the snippet of the line in which a span starts.
    ///
    /// It points at the part of the span in that line, and shows at most 60 bytes before the span, 120 bytes
    /// of it, and 60 bytes after it.
    pub(crate) fn cut(text: &[u8], span: Span) -> Self {
        let (before, rest) = text.split_at(span.start.min(text.len()));
        let first = memchr::memrchr(b'\n', before).map_or(0, |lf| lf + 1);
        let line = head(rest, memchr::memchr(b'\n', rest).unwrap_or(rest.len()));
        let inside = head(line, span.end.saturating_sub(span.start));
        let after = line.split_at(inside.len()).1;
        let (lead, lead_cut) = tail(before.split_at(first).1, 60);
        let lead = format!("{}{}", if lead_cut { "..." } else { "" }, escape(lead));
        let inside = escape(head(inside, 120));
        let after_text = escape(head(after, 60));
        let more = if after.len() > 60 { "..." } else { "" };
        Self {
            start: lead.chars().count(),
            len: inside.chars().count().max(1),
            text: format!("{lead}{inside}{}{more}", after_text.trim_end_matches(r"\x0d")),
        }
    }
}

/// Returns the last `max` bytes, and whether bytes were cut off.
fn tail(bytes: &[u8], max: usize) -> (&[u8], bool) {
    let cut = bytes.len().saturating_sub(max);
    (bytes.split_at(cut).1, cut > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_line_feeds_and_bytes_from_one() {
        let text = "a\r\n\u{e9}x: y\n".as_bytes();
        for (start, position) in [(0, (1, 1)), (3, (2, 1)), (5, (2, 3)), (9, (2, 7)), (99, (3, 1))] {
            assert_eq!(Span { start, end: start }.position(text), position, "{start}");
        }
    }

    #[test]
    fn a_snippet_is_one_line_and_points_at_the_span() {
        let text = b"x\n  - uses: a/b@c # d\r\nz";
        let snippet = Snippet::cut(text, Span { start: 12, end: 17 });
        assert_eq!(snippet, Snippet { text: "  - uses: a/b@c # d".into(), start: 10, len: 5 });
    }

    #[test]
    fn a_snippet_of_a_long_line_is_short_and_escaped() {
        let mut text = vec![b'\x1b'; 500];
        text.extend(b"uses");
        text.extend([b'y'; 500]);
        let snippet = Snippet::cut(&text, Span { start: 500, end: 504 });
        assert!(snippet.text.len() < 400 && !snippet.text.contains('\x1b'), "{snippet:?}");
        assert_eq!(snippet.text.get(snippet.start..snippet.start + snippet.len), Some("uses"));
    }
}
