//! Exemptions in comments: `# git-gate: allow[rule] reason` on the line of the exempted value.

use bstr::ByteSlice as _;

use crate::report::{CommentAllows, MARK};
use crate::text::Span;
use crate::workflow::{Document, shorten};

/// Comment that contains `git-gate:`, well-formed or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentExemption {
    /// Line number of the comment, counted from 1.
    pub line: u32,
    /// Byte offset of the start of the line. A lone CR ends a line, as it does for the forge.
    pub line_start: usize,
    /// Text of the comment, starting at `git-gate:`; shortened if it is long.
    pub text: String,
    /// Rules and reason of the exemption; `None` if it is malformed.
    pub allows: Option<CommentAllows>,
}

/// Returns whether a text may contain exemptions.
pub(crate) fn may_exempt(text: &[u8]) -> bool {
    text.find(MARK).is_some()
}

impl Document {
    /// Returns the exemptions in the comments of the file, at most one per comment.
    pub fn exemptions(&self) -> Vec<CommentExemption> {
        if !may_exempt(&self.text) {
            return Vec::new();
        }
        self.comments.all(&self.text).into_iter().filter_map(|comment| self.exemption(comment)).collect()
    }

    fn exemption(&self, comment: Span) -> Option<CommentExemption> {
        let (_, exemption) = comment.slice(&self.text).split_once_str(MARK)?;
        let exemption = exemption.to_str_lossy();
        let text = shorten(format!("{MARK}{}", exemption.trim_end()).as_str()).into_owned();
        Some(CommentExemption {
            line: self.line(comment),
            line_start: self.line_start(comment),
            text,
            allows: CommentAllows::parse(&exemption),
        })
    }

    /// Returns the number of the line on which a span starts, counted from 1.
    pub fn line(&self, span: Span) -> u32 {
        span.position(&self.text).0
    }

    /// Returns the byte offsets of all lines, in order. A lone CR ends a line, as it does for the forge.
    pub fn line_starts(&self) -> Vec<usize> {
        let ends = memchr::memchr2_iter(b'\n', b'\r', &self.text);
        [0].into_iter().chain(ends.map(|end| end + 1)).collect()
    }

    /// Returns the byte offset of the line on which a span starts. A lone CR ends a line, as it does for the
    /// forge.
    pub fn line_start(&self, span: Span) -> usize {
        let (before, _) = self.text.split_at(span.start);
        memchr::memrchr2(b'\n', b'\r', before).map_or(0, |end| end + 1)
    }
}
